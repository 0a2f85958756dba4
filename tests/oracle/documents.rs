//! Files to documents: the reader of YAML and JSON on texts in every style, damaged.

use iamrbac::source::yaml::{Content, Kind, Limits, NodeId, Resolved, Tree, decode, documents};
use serde_json::{Map, Number, Value};

use super::upstream::Upstream;
use super::{questions, seed, shrink};
use crate::world::random::Random;
use crate::world::{Taste, text, world_of};

/// Our documents up to the first error, and whether there is one.
fn read(source: &str) -> (Vec<Value>, bool) {
    let Ok(source) = decode(source.as_bytes().to_vec()) else { return (Vec::new(), true) };
    let mut found = Vec::new();
    for chunk in documents(&source, &Limits::default()).without_prefilter() {
        match &chunk.content {
            Content::Tree(tree) => found.push(value(tree, tree.root())),
            Content::Empty => found.push(Value::Null),
            Content::Error(_) => return (found, true),
            Content::Skipped(_) | Content::Noted(_) => panic!("the prefilter is off"),
        }
    }
    (found, false)
}

fn value(tree: &Tree<'_>, node: NodeId) -> Value {
    match tree.kind(node) {
        Kind::Scalar(scalar) => match scalar.resolve() {
            Resolved::Null => Value::Null,
            Resolved::Bool(value) => value.into(),
            Resolved::Int(value) => value.into(),
            Resolved::UInt(value) => value.into(),
            Resolved::Float(value) => Number::from_f64(value).map_or(Value::Null, Value::Number),
            Resolved::Str(text) => text.into_owned().into(),
        },
        Kind::Sequence(items) => items.iter().map(|item| value(tree, *item)).collect::<Vec<_>>().into(),
        Kind::Mapping => {
            let fields: Map<String, Value> =
                tree.fields(node).map(|field| (field.key.to_owned(), value(tree, field.value))).collect();
            fields.into()
        }
    }
}

/// Whether two values are one: `1.0` and `1` are.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// What became of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Agree,
    /// We refuse what upstream reads, which is said and so never a wrong answer.
    Refused,
    /// We read what upstream refuses.
    Accepted,
    /// Both read it, otherwise.
    Otherwise,
}

fn outcome(upstream: &mut Upstream, source: &str) -> Outcome {
    let Ok((mut theirs, fails)) = upstream.documents(source) else { return Outcome::Agree };
    let (mut ours, we_fail) = read(source);
    // an empty document is none, and whether it is counted makes no difference
    theirs.retain(|document| !document.is_null());
    ours.retain(|document| !document.is_null());
    let common = theirs.iter().zip(&ours).all(|(theirs, ours)| same(theirs, ours));
    match (fails, we_fail) {
        _ if common && ours.len() == theirs.len() && fails == we_fail => Outcome::Agree,
        (_, true) if common && ours.len() <= theirs.len() => Outcome::Refused,
        (true, _) if common && ours.len() >= theirs.len() => Outcome::Accepted,
        _ => Outcome::Otherwise,
    }
}

/// One text: a world's file, damaged.
fn damaged(random: &mut Random) -> String {
    let oddities = *random.pick(&[20, 60, 100]);
    let files = world_of(random, Taste { mistakes: 0, oddities, asks: 0 }).files;
    let paths: Vec<&String> = files.keys().collect();
    let mut source = files[*random.pick(&paths)].clone();
    // a short text is damaged where it matters
    if random.chance(60) {
        let lines: Vec<&str> = source.split_inclusive('\n').collect();
        let start = random.below(lines.len());
        source = lines[start..(start + random.between(1, 12)).min(lines.len())].concat();
    }
    while random.chance(55) {
        source = text::mutated(random, &source);
    }
    source
}

#[test]
fn files_become_the_documents_that_upstream_makes_of_them() {
    let Some(mut upstream) = Upstream::start() else { return };
    let random = &mut Random::new(seed() ^ 0xD0C);
    let mut wrong = Vec::new();
    let mut refused = Vec::new();
    let total = questions(50);
    for _ in 0..total {
        let source = damaged(random);
        match outcome(&mut upstream, &source) {
            Outcome::Agree => {}
            Outcome::Refused => refused.push(source),
            kind => {
                let small = shrink::text(&source, |text| outcome(&mut upstream, text) == kind);
                let theirs = upstream.ask(&serde_json::json!({"op": "yaml", "text": small})).unwrap();
                wrong.push(format!("{kind:?} {small:?}\n  upstream {theirs}\n  we {:?}", read(&small)));
            }
        }
        if wrong.len() > 8 {
            break;
        }
    }
    eprintln!("{total} texts of manifests, {} refused by us alone", refused.len());
    if std::env::var_os("IAMRBAC_REFUSED").is_some() {
        for source in refused.iter().take(20) {
            let small = shrink::text(source, |text| outcome(&mut upstream, text) == Outcome::Refused);
            eprintln!("refused {small:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // these texts are damaged on purpose, most of them several times
    assert!(refused.len() as u64 * 12 <= total, "{} of {total} refused", refused.len());
}
