//! Command lines of `kubectl auth can-i`: which request is asked.

use std::collections::BTreeSet;

use iamrbac::model::resource_type::{ResourceType, ResourceTypes, TypeSource};
use iamrbac::model::{Request, ResourceTarget, Target};
use iamrbac::query::question::{NoteCode, Typed, UsageErrorCode};
use serde_json::{Value, json};

use super::upstream::Upstream;
use super::{questions, seed};
use crate::world::random::Random;

const VERBS: [&str; 8] = ["get", "list", "create", "delete", "use", "impersonate", "Get", "*"];
const NAMES: [&str; 5] = ["web", "a/b", "", "*", "kube-system"];
const NAMESPACES: [&str; 4] = ["team-a", "default", "", "Team A"];
const SUBRESOURCES: [&str; 5] = ["log", "status", "", "scale", "nothing"];
const ODD_TYPES: [&str; 12] = [
    "",
    "*",
    "*.*",
    "foos",
    "foos.example.com",
    "pods,services",
    "po.",
    ".apps",
    "pods.v1",
    "deploy.v1.",
    "Foos.V1.Example.com",
    "pods.v1.core",
];

/// Words as a person might type them.
fn words(random: &mut Random, types: &[&ResourceType]) -> Vec<String> {
    let mut words = vec![random.text(&VERBS)];
    if random.chance(10) {
        words.push(random.text(&["/healthz", "/", "/api/*", "/logs/x y", "//"]));
    } else {
        let mut target = type_text(random, types);
        if random.chance(30) {
            target = format!("{target}/{}", random.text(&NAMES));
        }
        words.push(target);
    }
    if random.chance(30) {
        words.extend(["-n".to_owned(), random.text(&NAMESPACES)]);
    }
    if random.chance(20) {
        words.push("-A".to_owned());
    }
    if random.chance(20) {
        words.push(format!("--subresource={}", random.text(&SUBRESOURCES)));
    }
    words
}

fn type_text(random: &mut Random, types: &[&ResourceType]) -> String {
    if random.chance(15) {
        return random.text(&ODD_TYPES);
    }
    let known = *random.pick(types);
    let short: Vec<&str> = known.short_names.iter().collect();
    let mut name = match random.below(5) {
        0 => known.singular.to_string(),
        1 => known.kind.to_string(),
        2 if !short.is_empty() => random.text(&short),
        _ => known.plural.to_string(),
    };
    if random.chance(10) {
        name = if random.chance(50) { name.to_uppercase() } else { name.to_lowercase() };
    }
    let versions: Vec<&str> = known.versions.iter().collect();
    match random.below(6) {
        0 => format!("{name}.{}", known.group),
        1 if !versions.is_empty() => format!("{name}.{}.{}", random.pick(&versions), known.group),
        _ => name,
    }
}

fn typed(words: &[String]) -> Typed<'_> {
    let mut typed = Typed { verb: &words[0], target: &words[1], ..Typed::default() };
    let mut rest = words[2..].iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-A" => typed.all_namespaces = true,
            "-n" => typed.namespace = rest.next().map(String::as_str),
            other => typed.subresource = other.strip_prefix("--subresource="),
        }
    }
    typed
}

/// The request that kubectl sent; none where it sent none.
fn sent(review: &Value) -> Option<Request> {
    let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
    if let Some(url) = review.get("nonResourceAttributes") {
        return Some(Request {
            verb: text(url, "verb").as_str().into(),
            target: Target::Url(text(url, "path").as_str().into()),
        });
    }
    let resource = review.get("resourceAttributes")?;
    Some(Request {
        verb: text(resource, "verb").as_str().into(),
        target: Target::Resource(ResourceTarget {
            api_group: text(resource, "group").as_str().into(),
            resource: text(resource, "resource").as_str().into(),
            subresource: text(resource, "subresource").as_str().into(),
            name: text(resource, "name").as_str().into(),
            namespace: text(resource, "namespace").as_str().into(),
        }),
    })
}

/// Compares one command line; our deliberate differences all concern types that no server knows by that name, and the
/// namespace of cluster-scoped ones, which our reading tells itself.
fn check(upstream: &mut Upstream, words: &[String]) -> Result<(), String> {
    let Ok(reply) = upstream.ask(&json!({"op": "cani", "args": words})) else { return Ok(()) };
    let warned = reply["warnings"].to_string().contains("doesn't have a resource type");
    let read = typed(words).read(&ResourceTypes::default(), |_| BTreeSet::new());
    let asked = match (sent(&reply["review"]), read) {
        (None, Err(_)) => return Ok(()),
        (None, Ok(asked)) => return Err(format!("kubectl asks nothing, we {asked:?}")),
        (Some(_), Err(error)) => {
            let meant =
                warned || matches!(error.code, UsageErrorCode::SeveralTypes | UsageErrorCode::TypeMissing);
            return if meant { Ok(()) } else { Err(format!("we refuse: {error:?}")) };
        }
        (Some(expected), Ok(asked)) => {
            let ours = match &asked.kubectl_namespace {
                Some(namespace) => asked.request.in_namespace(namespace.clone()),
                None => asked.request.clone(),
            };
            if ours == expected {
                return Ok(());
            }
            asked
        }
    };
    let told = asked.notes.iter().any(|note| {
        matches!(note.code, NoteCode::UnknownType | NoteCode::UnknownVersion | NoteCode::OnlyInRules)
    });
    let star = typed(words).target.starts_with("*.");
    if warned && (told || star) { Ok(()) } else { Err(format!("kubectl {}, we {asked:?}", reply["review"])) }
}

#[test]
fn command_lines_ask_what_kubectl_asks() {
    let Some(mut upstream) = Upstream::start() else { return };
    let all = ResourceTypes::default();
    let types: Vec<&ResourceType> = all.iter().filter(|known| known.source == TypeSource::BuiltIn).collect();
    let random = &mut Random::new(seed() ^ 0xCA11);
    let mut wrong = Vec::new();
    for _ in 0..questions(2) {
        let words = words(random, &types);
        if let Err(why) = check(&mut upstream, &words) {
            wrong.push(format!("{words:?}: {why}"));
        }
    }
    wrong.truncate(10);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
