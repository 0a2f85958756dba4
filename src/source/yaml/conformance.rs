//! Test: the shared texts with what Kubernetes' own reader makes of each of them.

use super::{Chunk, Content, Kind, Limits, NodeId, Resolved, Tree, decode, documents, parse_json, resolve};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Texts that we refuse although upstream reads them, and why that is the better side to err on.
const REFUSED: [(&str, &str); 13] = [
    ("NEL/LS break", FOREIGN_BREAK),
    ("quoted col0", UNINDENTED_QUOTES),
    ("hash no space", "our parser wants a blank before a comment behind a quote"),
    ("mutant-0130", UNINDENTED_QUOTES),
    ("mutant-0136", FOREIGN_BREAK),
    ("mutant-0191", FOREIGN_BREAK),
    ("mutant-0379", FOREIGN_BREAK),
    ("mutant-0423", FOREIGN_BREAK),
    ("mutant-0566", FOREIGN_BREAK),
    ("mutant-0624", FOREIGN_BREAK),
    ("mutant-0687", UNINDENTED_QUOTES),
    ("mutant-0820", FOREIGN_BREAK),
    ("mutant-0876", FOREIGN_BREAK),
];
const FOREIGN_BREAK: &str = "U+2028 and U+0085 are line breaks to go-yaml, text to our parser";
const UNINDENTED_QUOTES: &str = "our parser wants the further lines of a quoted text to be indented";

/// Texts that we read although the recorded reader refuses them.
const ACCEPTED: [(&str, &str); 1] =
    [("utf16le", "kubectl converts UTF-16 with a mark before the recorded reader sees it")];

fn canonical(tree: &Tree<'_>, id: NodeId) -> String {
    match tree.kind(id) {
        Kind::Scalar(scalar) => match scalar.resolve() {
            Resolved::Null => "null".to_owned(),
            Resolved::Bool(value) => value.to_string(),
            Resolved::Int(value) => value.to_string(),
            Resolved::UInt(value) => value.to_string(),
            // Go's encoder prints whole floats without a fraction
            Resolved::Float(value) => format!("{value}"),
            Resolved::Str(text) => format!("{text:?}"),
        },
        Kind::Sequence(elements) => {
            let elements: Vec<_> = elements.iter().map(|element| canonical(tree, *element)).collect();
            format!("[{}]", elements.join(","))
        }
        Kind::Mapping => {
            let field = |field: super::Field<'_>| format!("{:?}:{}", field.key, canonical(tree, field.value));
            let mut fields: Vec<_> = tree.fields(id).map(field).collect();
            fields.sort();
            format!("{{{}}}", fields.join(","))
        }
    }
}

/// What we make of a text: the documents up to the first error, and whether there is one.
fn ours(bytes: &[u8]) -> (Vec<String>, bool) {
    let Ok(text) = decode(bytes.to_vec()) else { return (Vec::new(), true) };
    let mut found = Vec::new();
    let chunks: Vec<Chunk<'_>> = documents(&text, &Limits::default()).without_prefilter().collect();
    let first_error = chunks.iter().position(|chunk| matches!(chunk.content, Content::Error(_)));
    for (place, chunk) in chunks.iter().enumerate() {
        assert_eq!(chunk.after_error, first_error.is_some_and(|error| place > error), "{text:?}");
        match &chunk.content {
            Content::Tree(tree) if !chunk.after_error => found.push(canonical(tree, tree.root())),
            Content::Empty if !chunk.after_error => found.push("null".to_owned()),
            _ => {}
        }
    }
    (found, first_error.is_some())
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
fn every_text_is_read_as_upstream_reads_it_or_refused() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/yaml/documents.json");
    let path = std::env::var_os("YAML_CONFORMANCE").map_or(path, PathBuf::from);
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("skipped: no conformance texts at {}", path.display());
        return;
    };
    let source = String::from_utf8(bytes).unwrap();
    let cases = parse_json(&source, &Limits::default()).unwrap();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for case in cases.sequence(cases.root()).unwrap() {
        let text_of =
            |key: &str| cases.get(*case, key).and_then(|id| cases.scalar(id)).map(|scalar| scalar.text);
        let name = text_of("name").unwrap();
        let bytes = match text_of("base64") {
            Some(encoded) => resolve::base64(encoded).unwrap(),
            None => text_of("text").unwrap().as_bytes().to_vec(),
        };
        let expected = cases.get(*case, "documents").unwrap();
        let expected: Vec<_> =
            cases.sequence(expected).unwrap().iter().map(|id| canonical(&cases, *id)).collect();
        let upstream_fails = cases.get(*case, "error").is_some();
        let (found, fails) = ours(&bytes);
        let verdict = if found == expected && fails == upstream_fails {
            continue;
        } else if found.len() <= expected.len() && expected.starts_with(&found) && fails {
            "refused"
        } else {
            "accepted"
        };
        let listed = if verdict == "refused" { &REFUSED[..] } else { &ACCEPTED[..] };
        if listed.iter().any(|(listed, _)| *listed == name) {
            seen.insert(name);
        } else {
            wrong
                .push(format!("{verdict} {name}: {found:?} {fails}, upstream {expected:?} {upstream_fails}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let stale = REFUSED.iter().chain(&ACCEPTED).find(|(name, _)| !seen.contains(name));
    assert_eq!(stale, None, "this text needs no exception any more");
}
