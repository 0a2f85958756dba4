//! Tests: what has to hold for any input at all.

use super::*;
use proptest::prelude::*;

const FRAGMENTS: [&str; 86] = [
    "accessEntry:\n",
    "{\"accessEntries\": []}",
    "kind: Role\n",
    "kind: ",
    "Role",
    "ClusterRole",
    "List",
    "ServiceAccount",
    "Deployment",
    "ConfigMap\n",
    "items:\n",
    "- kind: RoleBinding\n",
    "metadata:\n",
    "  name: aws-auth\n",
    "  name: x\n",
    "data:\n",
    "  mapRoles: |\n",
    "    - rolearn: a\n",
    "apiVersion: v1\n",
    "rules:\n",
    "- verbs: [get, \"list\"]\n",
    "  - a\n",
    "  b: c\n",
    "x: 1\n",
    "x: 2\n",
    "\"kind\": Role\n",
    "'kind': 'Role'\n",
    "? kind\n",
    ": Role\n",
    "\"ki\\x6ed\": \"R\\u006fle\"\n",
    "\"Ro\\\n  le\"\n",
    "!!binary Um9sZQ==\n",
    "!!bin%61ry Um9sZQ==\n",
    "&a ",
    "*a",
    "*a\n",
    "<<: *a\n",
    "<<: [*a]\n",
    "a: &a {kind: Role}\n",
    "{kind: Role}\n",
    "{\"kind\": \"Role\"}\n",
    "{\"items\": [{\"kind\": \"Role\"}]}",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "- ",
    "-\t",
    "\t",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}kind: Role\u{2028}",
    "---\n",
    "--- ",
    "---x\n",
    "...\n",
    "# kind: Role\n",
    " # c\n",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "|2+\n",
    "\\",
    "\\n",
    "%YAML 1.1\n",
    "{{ .x }}\n",
    "kind: {{ .x }}\n",
    "{% if %}\n",
    "~",
    "null",
    ".inf\n",
    "0x1",
    "é",
    "\u{1F600}",
    "\u{FEFF}",
    "yes: y\n",
    "!!int ",
    "! ",
    "k:",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&FRAGMENTS[..]), 0..24).prop_map(|parts| parts.concat())
}

fn all_trees(text: &str) -> Vec<(Chunk<'_>, &str)> {
    let chunks = documents(text, &Limits::default()).without_prefilter();
    chunks
        .map(|chunk| (text.get(chunk.span.clone()).unwrap(), chunk))
        .map(|(text, chunk)| (chunk, text))
        .collect()
}

fn check_spans(tree: &Tree<'_>, id: NodeId, within: &std::ops::Range<usize>) {
    let span = tree.span(id);
    assert!(tree.text().get(span.clone()).is_some(), "{span:?} of {:?}", tree.text());
    assert!(
        within.start <= span.start && span.end <= within.end,
        "{span:?} in {within:?} of {:?}",
        tree.text()
    );
    if tree.definition(id) != id {
        return;
    }
    match tree.kind(id) {
        Kind::Sequence(elements) => elements.iter().for_each(|element| check_spans(tree, *element, &span)),
        Kind::Mapping => {
            for field in tree.fields(id).filter(|field| span.contains(&tree.span(field.key_node).start)) {
                check_spans(tree, field.key_node, &span);
                // what an inner merge brings has its value where it was written
                if tree.span(field.value).start >= tree.span(field.key_node).end {
                    check_spans(tree, field.value, &span);
                }
                assert_eq!(tree.get(id, field.key), Some(field.value));
            }
        }
        Kind::Scalar(scalar) => {
            let resolved = scalar.resolve();
            if let Some(origins) = tree.origins(id) {
                for (at, character) in scalar.text.char_indices().filter(|(_, character)| *character != '\n')
                {
                    let source = tree.text().get(origins.place(at)..).and_then(|rest| rest.chars().next());
                    assert_eq!(source, Some(character), "{:?}", tree.text());
                }
            }
            if let Some(text) = scalar.as_str() {
                assert_eq!(resolved, Resolved::Str(text.into()));
            }
        }
    }
}

/// The verdict that a full parse gives on one object.
fn matters(tree: &Tree<'_>, id: NodeId) -> bool {
    let string = |id: NodeId, path: &[&str]| {
        let found = path.iter().try_fold(id, |id, key| tree.get(id, key))?;
        match tree.scalar(found)?.resolve() {
            Resolved::Str(text) => Some(text.into_owned()),
            _ => None,
        }
    };
    let kind = string(id, &["kind"]).unwrap_or_default();
    let listed = RELEVANT_KINDS.contains(&kind.as_str()) || NOTED_KINDS.contains(&kind.as_str());
    let data = tree.get(id, "data");
    let patch =
        data.is_some_and(|data| tree.fields(data).any(|field| field.key.eq_ignore_ascii_case("maproles")));
    let items = tree.get(id, "items").and_then(|items| tree.sequence(items)).unwrap_or_default();
    let aws_auth = kind == "ConfigMap" && string(id, &["metadata", "name"]).as_deref() == Some("aws-auth");
    // a patch of aws-auth need not say what it patches; in an object of another kind these words mean nothing
    let patch = patch && (kind.is_empty() || kind == "ConfigMap");
    let door =
        kind.is_empty() && ["accessEntry", "accessEntries"].iter().any(|key| tree.get(id, key).is_some());
    listed || patch || aws_auth || door || items.iter().any(|item| matters(tree, *item))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = decode(bytes) {
            documents(&text, &Limits::default()).for_each(drop);
            let _ = (parse_first(&text, &Limits::default()), parse_json(&text, &Limits::default()));
        }
    }

    #[test]
    fn any_text_has_chunks_in_order_and_spans_inside_each_other(text in text()) {
        let mut end = 0;
        for (chunk, _) in all_trees(&text) {
            match chunk.content {
                Content::Error(error) => prop_assert!(error.offset <= text.len()),
                Content::Tree(tree) => {
                    prop_assert!(chunk.span.start >= end);
                    end = chunk.span.end;
                    check_spans(&tree, tree.root(), &chunk.span);
                }
                _ => {}
            }
            prop_assert!(chunk.ignored.is_none_or(|at| chunk.span.contains(&at)));
        }
        if let Ok(Some(tree)) = parse_first(&text, &Limits::default()) {
            check_spans(&tree, tree.root(), &(0..text.len()));
        }
        if let Ok(tree) = parse_json(&text, &Limits::default()) {
            check_spans(&tree, tree.root(), &(0..text.len()));
        }
    }

    #[test]
    fn what_the_prefilter_skips_holds_nothing_relevant(text in text()) {
        for (chunk, source) in all_trees(&text) {
            let Content::Tree(tree) = chunk.content else { continue };
            match prefilter(source) {
                Relevance::Relevant => {}
                Relevance::Irrelevant(_) => prop_assert!(!matters(&tree, tree.root()), "{source:?}"),
                Relevance::Noted(kind) => {
                    let found = tree.get(tree.root(), "kind").and_then(|id| tree.scalar(id)).map(|scalar| scalar.text);
                    prop_assert!(found.is_some_and(|found| found.starts_with(kind)), "{source:?}");
                }
            }
        }
    }

    #[test]
    fn the_prefilter_changes_no_document_that_is_read(text in text()) {
        let filtered = documents(&text, &Limits::default());
        for (chunk, full) in filtered.zip(documents(&text, &Limits::default()).without_prefilter()) {
            if matches!(chunk.content, Content::Skipped(_)) && chunk.span != full.span {
                // a JSON stream is skipped as a whole
                break;
            }
            prop_assert_eq!((chunk.index, &chunk.span), (full.index, &full.span));
            if let (Content::Tree(one), Content::Tree(other)) = (chunk.content, full.content) {
                prop_assert_eq!(one.len(), other.len());
            }
        }
    }
}
