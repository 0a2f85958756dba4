//! Tests of the reader as a whole: one table for each rule.

use super::*;

fn limits() -> Limits {
    Limits::default()
}

fn tree(text: &str) -> Tree<'_> {
    parse_first(text, &limits()).unwrap().unwrap()
}

fn fields(tree: &Tree<'_>, path: &[&str]) -> Vec<String> {
    let id = path.iter().try_fold(tree.root(), |id, key| tree.get(id, key)).unwrap();
    let text = |id| tree.scalar(id).map_or("…", |scalar| scalar.text);
    tree.fields(id).map(|field| format!("{}={}", field.key, text(field.value))).collect()
}

#[test]
fn keys_are_converted_as_sigs_yaml_does() {
    let tree =
        tree("yes: a\nOff: b\n0x10: c\n1.5: d\n'2': e\n2025-01-02: f\n.inf: g\n1e7: h\n!!binary aA==: i\n");
    let expected = ["true=a", "false=b", "16=c", "1.5=d", "2=e", "2025-01-02=f", ".inf=g", "1e+07=h", "h=i"];
    assert_eq!(fields(&tree, &[]), expected);
    assert!(tree.get(tree.root(), "true").is_some() && tree.get(tree.root(), "yes").is_none());
}

#[test]
fn merges_apply_in_document_order_and_earlier_maps_of_a_list_win() {
    let base = "a: &a {x: 1, z: 1}\nb: &b {x: 2, w: 2}\n";
    let cases: [(&str, &[&str]); 7] = [
        ("c:\n  <<: *a\n  x: 5\n", &["z=1", "x=5"]),
        ("c:\n  x: 5\n  <<: *a\n", &["x=1", "z=1"]),
        ("c:\n  <<: [*a, *b]\n", &["w=2", "x=1", "z=1"]),
        ("c:\n  <<: {q: 1}\n", &["q=1"]),
        ("c:\n  '<<': q\n", &["<<=q"]),
        ("c:\n  !!merge <<: *a\n", &["x=1", "z=1"]),
        ("c:\n  <<: {<<: *b, x: 7}\n", &["w=2", "x=7"]),
    ];
    for (text, expected) in cases {
        let text = format!("{base}{text}");
        assert_eq!(fields(&tree(&text), &["c"]), expected, "{text}");
    }
    for text in ["<<: 1\n", "<<: [1]\n", "a: &a [{x: 1}]\nb: {<<: *a}\n", "<<:\n"] {
        assert_eq!(parse_first(text, &limits()).unwrap_err().kind, ErrorKind::NotJson, "{text}");
    }
}

#[test]
fn of_equal_keys_the_last_counts_and_the_others_are_listed() {
    use OverrideReason::{Ambiguous, Merge, Repeated};
    let cases = [
        ("x: 1\nx: 2\n", vec!["x=2"], vec![(0, 5, Repeated)]),
        ("yes: 1\non: 2\n", vec!["true=2"], vec![(0, 7, Repeated)]),
        ("1: a\n'1': b\n", vec!["1=b"], vec![(0, 5, Ambiguous)]),
        ("x: 1\n<<: {x: 2}\n", vec!["x=2"], vec![(0, 10, Merge)]),
        ("<<: {x: 2}\nx: 1\n", vec!["x=1"], vec![]),
    ];
    for (text, expected, overrides) in cases {
        let tree = tree(text);
        assert_eq!(fields(&tree, &[]), expected);
        let place =
            |found: &Override| (tree.span(found.lost).start, tree.span(found.winner).start, found.reason);
        assert_eq!(tree.overrides().iter().map(place).collect::<Vec<_>>(), overrides, "{text}");
    }
    let many = (0..40).map(|number| format!("k{}: {number}\n", number % 30)).collect::<Vec<_>>().concat();
    assert_eq!(tree(&many).overrides().len(), 10);
}

#[test]
fn what_json_cannot_hold_loses_the_document() {
    let texts = [
        "~: 1",
        ": 1",
        "{a: 1}: b",
        "? [a]\n: b",
        "{{x}}",
        "a: .inf",
        "a: [.NaN]",
        "a: !!float .nan",
        "a: !!int x",
        "a: !!binary x",
        "18446744073709551615: x",
        "a: &a [*a]",
        "a: {{x}}",
    ];
    for text in texts {
        let error = parse_first(text, &limits()).unwrap_err();
        let kind = if text.contains("{{") { ErrorKind::Template } else { ErrorKind::NotJson };
        assert_eq!(error.kind, kind, "{text}: {error}");
    }
    assert_eq!(parse_json(r#"{"a": 1e999}"#, &limits()).unwrap_err().kind, ErrorKind::NotJson);
}

#[test]
fn spans_are_those_of_the_whole_text() {
    let text = "a: 1\n---\nb: &x \"é\"\nc: [x, {d: *x}]\ne: |\n  l1\n  l2\n\n";
    let chunk = documents(text, &limits()).without_prefilter().nth(1).unwrap();
    let Content::Tree(tree) = chunk.content else { panic!() };
    let at = |path: &[&str]| {
        let id = path.iter().try_fold(tree.root(), |id, key| tree.get(id, key)).unwrap();
        text.get(tree.span(id)).unwrap()
    };
    assert_eq!((at(&["b"]), at(&["c"]), at(&["e"])), ("\"é\"", "[x, {d: *x}]", "l1\n  l2"));
    let [_, inner] = tree.sequence(tree.get(tree.root(), "c").unwrap()).unwrap() else { panic!() };
    let alias = tree.get(*inner, "d").unwrap();
    assert_eq!(text.get(tree.span(alias)), Some("*x"));
    assert_eq!(text.get(tree.span(tree.definition(alias))), Some("\"é\""));
    assert_eq!(tree.scalar(alias).unwrap().text, "é");
}

#[test]
fn absent_values_are_null_with_empty_text_and_span() {
    let tree = tree("a:\nb: ~\n");
    let text = |key| tree.scalar(tree.get(tree.root(), key).unwrap()).unwrap().text;
    assert_eq!((text("a"), text("b")), ("", "~"));
    assert!(tree.span(tree.get(tree.root(), "a").unwrap()).is_empty());
}

#[test]
fn only_the_first_document_of_an_embedded_text_counts() {
    for (text, found) in [
        ("a: 1\n---\n\"broken", true),
        ("a: 1\n...\n\"broken", true),
        ("---\n---\na: 1", false),
        ("", false),
        ("# c", false),
        ("null", false),
        ("\u{FEFF}a: 1", true),
    ] {
        assert_eq!(parse_first(text, &limits()).unwrap().is_some(), found, "{text:?}");
    }
}

#[test]
fn a_block_at_the_end_of_an_embedded_text_gets_no_line_break_that_is_not_there() {
    for (text, value) in [
        ("a: |\n  x", "x"),
        ("a: |\n  x\n", "x\n"),
        ("a: |+\n  x\n\n", "x\n\n"),
        ("a: >\n  x\n  y", "x y"),
        ("a: |-\n  x", "x"),
        ("a: |\n  x\n  ", "x\n"),
    ] {
        assert_eq!(fields(&tree(text), &[]), [format!("a={value}")], "{text:?}");
    }
    let chunk = documents("a: |\n  x", &limits()).without_prefilter().next().unwrap();
    let Content::Tree(tree) = chunk.content else { panic!() };
    assert_eq!(fields(&tree, &[]), ["a=x\n"], "kubectl's reader ends the last line of a file");
}

/// One word for each chunk: its number, what it is, and `!` after an error.
fn outline(text: &str) -> Vec<String> {
    let word = |chunk: Chunk<'_>| {
        let content = match chunk.content {
            Content::Skipped(_) => "skipped".to_owned(),
            Content::Noted(kind) => kind.to_owned(),
            Content::Empty => "empty".to_owned(),
            Content::Tree(_) => "tree".to_owned(),
            Content::Error(error) => format!("{:?}@{}", error.kind, error.offset),
        };
        format!("{} {content}{}", chunk.index, if chunk.after_error { "!" } else { "" })
    };
    documents(text, &limits()).map(word).collect()
}

#[test]
fn documents_are_split_and_judged_as_kubectl_does() {
    let cases: [(&str, &[&str]); 16] = [
        ("", &[]),
        ("kind: Role\n", &["0 tree"]),
        ("# c\n---\nkind: Role\n---\nkind: Pod\n", &["0 empty", "0 tree", "1 skipped"]),
        ("kind: Namespace\n---\n\n", &["0 Namespace", "1 empty"]),
        ("kind: [Role\n---\nkind: Role\n", &["0 Syntax@6", "1 tree!"]),
        ("kind: Role\n--- x\nkind: Role\n", &["0 Separator@11", "0 tree!", "1 Syntax@21!"]),
        ("kind: Role\n--- {a: Role}\n", &["0 Separator@11", "0 tree!", "1 tree!"]),
        (r#"{"kind": "Role"} {"kind": "Pod"}"#, &["0 tree", "1 tree"]),
        ("{\"kind\": \"Role\"}\n---\nkind: Role\n", &["0 tree", "1 tree"]),
        ("{kind: Role,}\n", &["0 tree"]),
        (r#"{"kind": "Role""#, &["0 Syntax@15"]),
        ("{\"a\": \"Role\"}{}{]\n---\nkind: Role\n", &["0 tree", "1 tree", "2 Syntax@16", "3 tree!"]),
        ("{{ if .x }}\nkind: Role\n{{ end }}\n", &["0 Template@1"]),
        ("kind: Role\nx: {{ .y }}\n", &["0 Template@15"]),
        ("%YAML 1.1\n---\nkind: Role\n", &["0 skipped", "1 tree"]),
        (r#"{"kind": "Pod"}"#, &["0 skipped"]),
    ];
    for (text, expected) in cases {
        assert_eq!(outline(text), expected, "{text:?}");
    }
}

#[test]
fn what_upstream_ignores_behind_a_document_is_pointed_at() {
    for (text, at) in [
        ("kind: Role\n...\n# c\nkind: Role\n", Some(19)),
        ("kind: Role\n...\n", None),
        (" kind: Role\nx: y\n", Some(12)),
        ("kind: Role\n... # c\n", None),
        ("{kind: Role}/\n", Some(12)),
        ("{kind: Role} x \"\n- y: z: w\n", Some(13)),
        ("{kind: Role}\nx \"\n", Some(13)),
        ("[kind, Role] # c\n\nx: y\n", Some(18)),
    ] {
        let chunk = documents(text, &limits()).next().unwrap();
        assert!(matches!(chunk.content, Content::Tree(_)), "{text}");
        assert_eq!(chunk.ignored, at, "{text}");
    }
}

#[test]
fn what_may_not_scan_behind_a_document_is_an_error() {
    for rest in [" x: y", ": y", " @", " \"x", "\n\tx", " - x", "\nx #y\n\"", " ? x", " &", "\n@"] {
        let text = format!("{{kind: Role}}{rest}\n");
        let chunk = documents(&text, &limits()).next().unwrap();
        assert!(matches!(chunk.content, Content::Error(_)), "{text}");
    }
}

#[test]
fn the_prefilter_skips_what_it_can_prove() {
    for text in [
        "kind: Deployment\nspec:\n  x: ClusterRole\n- a\n",
        "---\n# c\nkind: Pod\nm: List\n",
        "a: b\n",
        "kind: ConfigMap\ndata: {a: b}\n",
        "{\"kind\": \"Pod\"}",
        "kind: Pod\r\nx: Role\r\n",
        "roles: RoleX\n",
    ] {
        assert!(matches!(prefilter(text), Relevance::Irrelevant(_)), "{text:?}");
    }
    assert_eq!(prefilter("kind: ServiceAccount\nx: Role\n"), Relevance::Noted("ServiceAccount"));
}

#[test]
fn the_prefilter_lets_through_every_way_to_hide_a_kind() {
    for text in [
        // escapes and joined lines
        "\"kind\": \"\\x52ole\"\n",
        "\"kind\": \"R\\u006fle\"\n",
        "\"kind\": \"Ro\\\n  le\"\n",
        "\"kind\": \"Ro\\\r\n  le\"\n",
        // line breaks of go-yaml only
        "kind: Pod\nx: y\u{2028}kind: Role\n",
        "kind: Pod\nx: y\u{85}kind: Role\n",
        "kind: Pod\nx: y\rkind: Role\n",
        "\"kind\": \"Ro\\\u{2028}le\"\n",
        // merges and aliases
        "a: &a {kind: Role}\n<<: *a\n",
        "x: &r Role\nkind: *r\n",
        // quotes over column 0, repeated and odd keys
        "a: \"x\nkind: Pod\n\"\n'kind': Role\n",
        "kind: Pod\nkind: Role\n",
        "kind: Pod\n? kind\n: Role\n",
        "kind: Pod\n\"kind\": Role\n",
        // any object with items is a list
        "kind: Foo\nitems:\n- kind: Role\n",
        "items: [{kind: Role}]\n",
        // tags
        "kind: !!binary Um9sZQ==\n",
        "kind: !<tag:yaml.org,2002:binary> Um9sZQ==\n",
        "kind: !!bin%61ry Um9sZQ==\n",
        // templates
        "kind: {{ .x }}\n",
        "{{ include \"x\" . }}\n",
        "{{ if .x }}\n\"kind\": {{ .y }}\n",
        // aws-auth and patches of it
        "kind: ConfigMap\nmetadata: {name: aws-auth}\n",
        "data: {mapRoles: x}\n",
        "data: {MAPUSERS: x}\n",
        "kind: ConfigMap\nmetadata: {name: \"aws\\x2dauth\"}\n",
        "--- #c\nx: y\n{kind: Role}\n",
        "---#c\nkind: Pod\nx: Role\n",
    ] {
        assert_eq!(prefilter(text), Relevance::Relevant, "{text:?}");
    }
    for kind in RELEVANT_KINDS {
        assert_eq!(prefilter(&format!("kind: {kind}\n")), Relevance::Relevant);
        assert_eq!(prefilter(&format!("{{kind: '{kind}'}}")), Relevance::Relevant);
    }
    for kind in NOTED_KINDS {
        assert_eq!(prefilter(&format!("{{kind: '{kind}'}}")), Relevance::Relevant);
    }
}

#[test]
fn hostile_texts_end_soon_in_an_error() {
    for part in [
        "[",
        "{a: ",
        "- ",
        "? ",
        "%TAG !a! b\n",
        "{\"a\":",
        "[[",
        "\"",
        "&a [*a, ",
        "- &a\n",
        "a: {",
        "!",
        "|",
    ] {
        let text = part.repeat(20_000);
        assert!(parse_first(&text, &limits()).is_err() || ["|", "!", "- &a\n"].contains(&part), "{part}");
        documents(&text, &limits()).without_prefilter().for_each(drop);
    }
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    let mut merges = "a0: &a0 {x: 1}\n".to_owned();
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(format!("a{level}: &a{level} [{aliases}]\n").as_str());
        merges.push_str(format!("a{level}: &a{level} {{<<: [{aliases}]}}\n").as_str());
    }
    for text in [bomb, merges] {
        assert_eq!(parse_first(&text, &limits()).unwrap_err().kind, ErrorKind::Limit);
    }
}

#[test]
fn limits_are_kept() {
    let nodes = Limits { nodes: 3, ..limits() };
    assert!(parse_first("a: 1", &nodes).is_ok());
    assert_eq!(parse_first("a: 1\nb: 2", &nodes).unwrap_err().kind, ErrorKind::Limit);
    assert_eq!(parse_json("[1, 2, 3]", &nodes).unwrap_err().kind, ErrorKind::Limit);
    let depth = Limits { depth: 2, ..limits() };
    for (text, fits) in [("[[1]]", true), ("[[[1]]]", false), ("[[[", false)] {
        assert_eq!(parse_json(text, &depth).is_ok(), fits);
        assert_eq!(parse_first(text, &depth).is_ok(), fits);
    }
    let few = Limits { documents: 1, ..limits() };
    let chunks: Vec<_> = documents("a: Role\n---\nb: Role\n---\nc: Role\n", &few).collect();
    assert!(
        matches!(&chunks[..], [_, Chunk { content: Content::Error(error), .. }] if error.kind == ErrorKind::Limit)
    );
}

#[test]
fn json_is_read_as_go_reads_it() {
    let text = r#" {"a": [1, -0, 1.5e3, true, null], "b\n": "x\"y", "a": {}, "e": []} "#;
    let tree = parse_json(text, &limits()).unwrap();
    assert_eq!(fields(&tree, &[]), ["b\n=x\"y", "a=…", "e=…"]);
    assert_eq!(tree.overrides().len(), 1);
    for text in [
        "",
        "{",
        "}",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a: 1}",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[1e]",
        "[tru]",
        "\"a\nb\"",
        "\"\\x\"",
        "\"a",
        "[1] 2",
        "[1 2]",
        "nul",
        "[-]",
        "{\"a\":1]",
        "'a'",
    ] {
        assert_eq!(parse_json(text, &limits()).unwrap_err().kind, ErrorKind::Syntax, "{text}");
    }
}

#[test]
fn a_node_is_small() {
    assert_eq!(size_of::<super::tree::Node>(), 20);
}
