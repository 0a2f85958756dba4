//! Tests: what the fast path accepts, the full parser reads alike, node by node.

use super::build::Builder;
use super::events::{self, Parsed};
use super::tree::{Kind, NodeId, Tree};
use super::{Limits, decode, fast, parse_json, resolve};
use proptest::prelude::*;
use std::path::PathBuf;

/// Manifests as kubectl, Helm and people write them; mutants are made of their lines.
const MANIFESTS: [&str; 6] = [
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: reader\n  labels:\n    app.kubernetes.io/name: \"reader\" # a comment\n    team: 'a'\nrules:\n- apiGroups:\n  - \"\"\n  - apps\n  resources:\n  - pods\n  - pods/log\n  verbs:\n  - get\n  - '*'\n- nonResourceURLs: [/healthz, \"/version\", '*']\n  verbs: [get]\n",
    "# kubectl get\napiVersion: v1\nitems:\n- apiVersion: rbac.authorization.k8s.io/v1\n  kind: RoleBinding\n  metadata:\n    annotations:\n      kubectl.kubernetes.io/last-applied-configuration: |\n        {\"apiVersion\":\"v1\"}\n    creationTimestamp: \"2025-03-01T10:11:12Z\"\n    name: b\n    namespace: a\n  roleRef:\n    apiGroup: rbac.authorization.k8s.io\n    kind: Role\n    name: r\n  subjects:\n  - kind: User\n    name: dev:ana\n\n- apiVersion: v1\n  kind: ServiceAccount\n  metadata: {name: x, labels: {a: b, c: [d, e]}}\nkind: List\nmetadata:\n  resourceVersion: \"\"\n",
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\ndata:\n  mapRoles: |\n    - rolearn: arn:aws:iam::111122223333:role/a\n      username: dev:{{SessionName}}\n\n      groups:\n      - system:masters\n  mapUsers: |-\n    []\n  mapAccounts: |+\n    - \"111122223333\"\n\n\nbinaryData: {}\n",
    "kind: Role\nrules:\n  -\n    verbs:\n      - - a\n        - b\n      -   get\n    resources: []\n  - verbs: [ get , list ]\n    resources: [\"pods\"]\n    x: -1\n    y: .5\n    z: null\n    w: a b  c # d\n    v: a#b:c\n    u: ~\n",
    "kind: Role\nmetadata:\n\n  # inside\n  name: é-ü\n  yes: 1\n  1: b\n  name: again\n  <<: {a: b}\nlist:\n- a: 1\n  b:\n  - c: |\n     x\n      y\n    d: 2\n-\n  e: f\n- |\n  text\n- \"q\"\n- [a, {b: c}]\n",
    "a:\n  b:\n    c:\n      d: e\n    f: 0x10\n  g: 12:30\nh: 2025-01-02\ni: \"x: y\"\n'j k': [arn:aws:iam::1:role/x, a@b.c]\nl: \"\"\nm: ''\nn: {}\n",
];

const INSERTED: [&str; 62] = [
    " ", "  ", "    ", "\n", "\n\n", "- ", "-", ":", ": ", "#", " #", "# c\n", "\"", "'", "|", "|-\n",
    "|+\n", "|2\n", ">\n", "[", "]", "{", "}", ",", ", ", "&a ", "*a", "!!str ", "? ", "?", "%", "@", "`",
    "\\", "\t", "\r", "---\n", "...\n", "--- ", "a: b\n", "a:\n", "- a\n", "- a: b\n", "[]", "{}", "{a: b}",
    "\"x\"", "'x'", "''", "null", "~", ".inf", ".", "=", "<<: ", "é", "\u{FEFF}", "\u{A0}", "\u{85}",
    "\u{2028}", "x", "0",
];

fn by_the_full_parser<'t>(text: &'t str, limits: &Limits) -> Option<Parsed<'t>> {
    events::parse(text, &(0..text.len()), limits).ok()
}

/// Everything that a tree holds, in comparable form.
fn content(tree: &Tree<'_>) -> Vec<String> {
    let mut views: Vec<_> = tree.views.iter().collect();
    views.sort_by_key(|(id, _)| **id);
    let rest =
        format!("{:?}\n{:?}\n{views:?}\n{:?}\n{:?}", tree.children, tree.cooked, tree.overrides, tree.root);
    let nodes = tree.nodes.iter().map(|node| format!("{node:?}"));
    nodes.chain(rest.lines().map(str::to_owned)).collect()
}

fn assert_same(tree: &Tree<'_>, expected: &Tree<'_>) {
    let (ours, theirs) = (content(tree), content(expected));
    let different = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
    assert_eq!(different, None, "{}", tree.text());
    assert_eq!(ours.len(), theirs.len(), "{}", tree.text());
}

/// Whether the fast path takes a text; if it does, the full parser has to make the same of it.
fn agrees(text: &str, limits: &Limits) -> bool {
    let Some(tree) = fast::parse(text, &(0..text.len()), limits) else { return false };
    let Some(parsed) = by_the_full_parser(text, limits) else { panic!("accepted, and is refused: {text:?}") };
    assert_eq!(parsed.rest, None, "{text:?}");
    let expected = parsed.tree.unwrap_or_else(|| panic!("accepted, and is empty: {text:?}"));
    assert_same(&tree, &expected);
    // a text inside of a text is taken as it is, to its very end
    let embedded =
        events::parse_first_in_full(text, limits).unwrap().unwrap_or_else(|| panic!("empty: {text:?}"));
    assert_same(&tree, &embedded);
    true
}

#[test]
fn what_kubectl_and_people_write_is_accepted() {
    for text in MANIFESTS {
        assert!(agrees(text, &Limits::default()), "{text}");
    }
}

#[test]
fn every_place_inside_a_larger_text_is_the_same() {
    for text in MANIFESTS {
        let before = "é: 1\n---\n";
        let larger = format!("{before}{text}---\nb: 2\n");
        let span = before.len()..before.len() + text.len();
        let tree = fast::parse(&larger, &span, &Limits::default()).unwrap();
        let expected = events::parse(&larger, &span, &Limits::default()).unwrap();
        assert_same(&tree, &expected.tree.unwrap());
    }
}

#[test]
fn each_thing_outside_of_the_subset_is_left_to_the_full_parser() {
    for text in [
        "",
        "# c\n",
        "a\n",
        "- \n",
        "a:\n",
        "a: &x b\n",
        "a: *x\n",
        "a: !!str b\n",
        "? a\n: b\n",
        "a: b\n  c\n",
        "a: \"b\n  c\"\n",
        "a: \"\\x41\"\n",
        "a: 'it''s'\n",
        "a: >\n  b\n",
        "a: |2\n   b\n",
        "a: |\n  b",
        "a:\tb\n",
        "a: b\r\n",
        " a: b\n",
        "a: [b,\n c]\n",
        "a: b\n...\n",
        "%YAML 1.1\n---\na: b\n",
        "{a: b}: c\n",
        "a: b: c\n",
        "- a\nb: c\n",
        "a: - b\n",
        "a: [b, ]\n",
        "a: [b: c]\n",
        "a: \u{85}\n",
        "\u{FEFF}a: b\n",
        "a : b\n",
        "a: .inf\n",
    ] {
        assert!(!agrees(text, &Limits::default()), "{text:?}");
    }
}

#[test]
fn limits_are_the_full_parsers() {
    for depth in 0..6 {
        let limits = Limits { depth, ..Limits::default() };
        for text in ["a: b\n", "a:\n  b:\n    c: d\n", "- - - a\n", "a: [[b]]\n", "a: {b: [c]}\n"] {
            agrees(text, &limits);
        }
    }
    for nodes in 0..6 {
        agrees("a: b\nc: d\n", &Limits { nodes, ..Limits::default() });
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
fn every_text_of_the_corpus_is_read_alike_or_left() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/yaml/documents.json");
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("skipped: no conformance texts at {}", path.display());
        return;
    };
    let source = String::from_utf8(bytes).unwrap();
    let cases = parse_json(&source, &Limits::default()).unwrap();
    let mut accepted = 0;
    for case in cases.sequence(cases.root()).unwrap() {
        let text_of =
            |key: &str| cases.get(*case, key).and_then(|id| cases.scalar(id)).map(|scalar| scalar.text);
        let bytes = match text_of("base64") {
            Some(encoded) => resolve::base64(encoded).unwrap(),
            None => text_of("text").unwrap().as_bytes().to_vec(),
        };
        let Ok(text) = decode(bytes) else { continue };
        accepted += usize::from(agrees(&text, &Limits::default()));
    }
    assert!(accepted > 100, "{accepted}");
}

/// One to six changes of a manifest: pieces inserted, deleted, doubled, and lines moved to another indentation.
fn mutant() -> impl Strategy<Value = String> {
    let change = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        prop::sample::select(&INSERTED[..]),
        0..6_u8,
    );
    (prop::sample::select(&MANIFESTS[..]), prop::collection::vec(change, 1..4)).prop_map(
        |(manifest, changes)| {
            let mut text = manifest.to_owned();
            for (from, to, piece, what) in changes {
                change_once(&mut text, from, to, piece, what);
            }
            text
        },
    )
}

fn change_once(text: &mut String, from: prop::sample::Index, to: prop::sample::Index, piece: &str, what: u8) {
    let edges: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
    let lines: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let (edge, line) = (*from.get(&edges), *from.get(&lines));
    match what {
        0 | 1 => text.insert_str(edge, piece),
        2 => text.insert_str(line, piece),
        3 => {
            let end = edges[(from.index(edges.len()) + to.index(4)).min(edges.len() - 1)];
            text.replace_range(edge..end, piece);
        }
        4 => {
            let moved = text.get(line..).unwrap().split_inclusive('\n').next().unwrap_or_default().to_owned();
            text.insert_str(*to.get(&lines), &moved);
        }
        _ => {
            let rest = text.get(line..).unwrap();
            let spaces = rest.len() - rest.trim_start_matches(' ').len();
            text.replace_range(line..line + spaces, &" ".repeat(to.index(7)));
        }
    }
}

/// How many mutants; more by hand than in every run: `FAST_PATH_MUTANTS=2000000 cargo test --release fast_tests`.
fn cases() -> u32 {
    std::env::var("FAST_PATH_MUTANTS").ok().and_then(|count| count.parse().ok()).unwrap_or(5000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutants_are_read_alike_or_left(text in mutant()) {
        agrees(&text, &Limits::default());
    }
}

#[test]
fn a_builder_without_nodes_says_so() {
    assert!(Builder::new("", &Limits::default()).unwrap().is_empty());
}

const DEFINITIONS: [&str; 3] = [
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\nspec:\n  group: example.com\n  names:\n    plural: things\n    shortNames:\n    - th\n  versions:\n  - additionalPrinterColumns: []\n    name: v1\n    schema:\n      openAPIV3Schema:\n        description: |-\n          A thing.\n\n            More of it\n        properties:\n          \"x-y\":\n            description: 'it''s\n              long'\n          spec: {type: object, enum: [a, \"b\"]}\n        type: object\n    served: true\n    subresources:\n      status: {}\n  - name: v2\n    schema:\n      openAPIV3Schema:\n        x: >-\n          a\n          b\n  scope: Namespaced\n",
    "kind: CustomResourceDefinition\nspec:\n  validation:\n    openAPIV3Schema:\n      a: b [c] {d: 'e'}\n      'f':\n      - \"g\n        h\"\n# c\n  version: v1\n  names: {plural: a}\n",
    "kind: CustomResourceDefinition\nspec:\n  validation:\n    openAPIV3Schema: # c\n      a: \"b\n        c: d\"\n      e:\n      - f: [g,\n          h]\n# c\n  version: v1\n  names: {plural: a}\n",
];

/// A tree as text, with nothing for what stands below a schema's key on a line of its own.
fn without_schemas(tree: &Tree<'_>, node: NodeId, text: &mut String) {
    match tree.kind(node) {
        Kind::Scalar(scalar) => text.extend([format!("{scalar:?}"), format!(" {:?}", tree.span(node))]),
        Kind::Sequence(items) => items.iter().for_each(|item| {
            text.push_str("- ");
            without_schemas(tree, *item, text);
        }),
        Kind::Mapping => tree.fields(node).for_each(|field| {
            text.extend([field.key, ": "]);
            if field.key != "openAPIV3Schema" {
                without_schemas(tree, field.value, text);
            }
        }),
    }
    text.push('\n');
}

/// Whether schemas could be passed over; if so, the rest has to be as the full parser has it, if it accepts the text.
fn agrees_without_schemas(text: &str) -> bool {
    let limits = Limits::default();
    let Some(tree) = fast::parse_without(text, &(0..text.len()), &limits, Some("openAPIV3Schema")) else {
        return false;
    };
    let Some(Parsed { tree: Some(full), rest }) = by_the_full_parser(text, &limits) else { return true };
    assert_eq!(rest, None, "{text:?}");
    let (mut found, mut expected) = (String::new(), String::new());
    without_schemas(&tree, tree.root(), &mut found);
    without_schemas(&full, full.root(), &mut expected);
    assert_eq!(found, expected, "{text:?}");
    true
}

#[test]
fn schemas_are_passed_over() {
    let passed_over = DEFINITIONS.map(agrees_without_schemas);
    // brackets that close on another line are left to the full parser
    assert_eq!(passed_over, [true, true, false]);
}

/// One to three changes of a definition, as of [`mutant`].
fn definition() -> impl Strategy<Value = String> {
    let index = any::<prop::sample::Index>;
    let change = (index(), index(), prop::sample::select(&INSERTED[..]), 0..6_u8);
    (prop::sample::select(&DEFINITIONS[..]), prop::collection::vec(change, 1..4)).prop_map(
        |(text, changes)| {
            changes.into_iter().fold(text.to_owned(), |mut text, (from, to, piece, what)| {
                change_once(&mut text, from, to, piece, what);
                text
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_beside_schemas_is_read_alike(text in definition()) {
        agrees_without_schemas(&text);
    }
}
