//! What is printed, through the binary: streams, exit statuses, formats and widths.

use serde_json::Value;

use crate::harness::{Directory, binary, root};

const FIRST_LOOK: &str = "examples/clusters/01-first-look";
const ALICE: &str = "arn:aws:sts::111122223333:assumed-role/eks-developer/alice";

fn ask(step: &str, arguments: &[&str]) -> crate::harness::Run {
    let mut all = vec!["can-i", "-f"];
    let path = format!("{FIRST_LOOK}/{step}");
    all.push(&path);
    all.extend(arguments);
    crate::harness::run_in(root(), &all, b"")
}

#[test]
fn exit_statuses() {
    assert_eq!(ask("3-bound", &["--arn", ALICE, "list", "pods"]).status, 0);
    assert_eq!(ask("3-bound", &["--arn", ALICE, "delete", "pods"]).status, 1);
    assert_eq!(ask("3-bound", &["--arn", "x", "list", "pods"]).status, 2);
    let world = Directory::new().with("a.yaml", SESSIONS);
    assert_eq!(world.run(&["can-i", "--arn", "arn:aws:iam::1:role/dev", "list", "pods"]).status, 3);
}

const SESSIONS: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - {rolearn: 'arn:aws:iam::1:role/dev', username: 'dev:{{SessionName}}'}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: alice}
subjects: [{kind: User, name: 'dev:alice'}]
roleRef: {kind: ClusterRole, name: view}
";

#[test]
fn a_session_that_is_singled_out_makes_it_depend() {
    let world = Directory::new().with("a.yaml", SESSIONS);
    let answer =
        world.run(&["can-i", "--arn", "arn:aws:iam::1:role/dev", "list", "pods", "-o", "json"]).json();
    assert_eq!(answer["decision"], "depends");
    assert_eq!(answer["on"], serde_json::json!(["session name"]));
    let cases: Vec<(&Value, &Value)> = answer["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| (&case["sessions"][0], &case["decision"]))
        .collect();
    assert!(cases.contains(&(&"alice".into(), &"allow".into())), "{cases:?}");
    assert!(cases.contains(&(&"any session name but alice".into(), &"deny".into())), "{cases:?}");
}

#[test]
fn quiet_prints_nothing_on_standard_output() {
    let run = ask("3-bound", &["--arn", ALICE, "list", "pods", "-q"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
}

#[test]
fn lines_fit_the_width() {
    for width in ["40", "60", "80", "120"] {
        let run = ask("3-bound", &["--arn", ALICE, "list", "pods", "--width", width]);
        let width: usize = width.parse().unwrap();
        for line in run.stdout.lines().skip(1) {
            let place_alone = line.trim_start().starts_with("examples/");
            assert!(line.chars().count() <= width || place_alone, "{width}: {line}");
        }
    }
}

#[test]
fn colours_are_asked_for() {
    let plain = ask("3-bound", &["--arn", ALICE, "list", "pods"]);
    assert!(!plain.stdout.contains('\u{1b}'));
    let coloured = ask("3-bound", &["--arn", ALICE, "list", "pods", "--color", "always"]);
    assert!(coloured.stdout.starts_with("\u{1b}[1;32myes"));
    let mut without = String::new();
    let mut rest = coloured.stdout.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        without.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    without.push_str(rest);
    assert_eq!(without, plain.stdout, "colours carry no meaning of their own");
}

#[test]
fn ascii_has_nothing_else() {
    let run = ask("7-path", &["--arn", ALICE, "list", "pods", "--ascii", "--source", "--references"]);
    assert!(run.stdout.is_ascii(), "{}", run.stdout);
}

#[test]
fn names_cannot_act_on_the_terminal() {
    let world = Directory::new().with(
        "a.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: \"a\\e[2Jb\\u202ec\"}\n\
         subjects: [{kind: User, name: ana}]\nroleRef: {kind: ClusterRole, name: view}\n",
    );
    let run = world.run(&["can-i", "--user", "ana", "list", "pods", "--source"]);
    assert_eq!(run.status, 0);
    assert!(!run.stdout.contains(['\u{1b}', '\u{202e}']), "{:?}", run.stdout);
    assert!(run.stdout.contains("\\u{1b}[2Jb\\u{202e}c"), "{}", run.stdout);
}

#[test]
fn yaml_is_the_same_document() {
    let json = ask("3-bound", &["--arn", ALICE, "list", "pods", "-o", "json"]).json();
    let yaml = ask("3-bound", &["--arn", ALICE, "list", "pods", "-o", "yaml"]);
    assert_eq!(json, serde_yaml::from_str::<Value>(&yaml.stdout).unwrap());
}

#[test]
fn documents_obey_the_schema() {
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(root().join("tests/schema/decision-v1.json")).unwrap())
            .unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let world = Directory::new().with("a.yaml", SESSIONS).with("b.yaml", "kind: Role\nmetadata: {\n");
    let mut documents = vec![
        world.run(&["can-i", "--arn", "arn:aws:iam::1:role/dev", "list", "pods", "-o", "json"]).json(),
        world.run(&["can-i", "--user", "x", "--as", "y", "list", "pods", "-o", "json"]).json(),
        world.run(&["can-i", "--user", "x", "get", "/version", "-o", "json", "--all"]).json(),
    ];
    for step in ["1-not-mapped", "2-not-bound", "3-bound", "4-named-in-audit-logs", "6-masters", "7-path"] {
        documents.push(ask(step, &["--arn", ALICE, "list", "pods", "-o", "json"]).json());
        documents.push(ask(step, &["--arn", ALICE, "get", "/healthz", "-o", "json", "--all"]).json());
    }
    let batch = world.run_with_input(
        &["can-i", "--batch", "-"],
        b"{\"arn\":\"arn:aws:iam::1:role/dev\",\"session\":\"s1\",\"verb\":\"get\",\"resource\":\"pods\"}\n",
    );
    documents.push(serde_json::from_str(batch.stdout.trim()).unwrap());
    for document in documents {
        let errors: Vec<String> = schema
            .iter_errors(&document)
            .map(|error| format!("{error} at {}", error.instance_path))
            .collect();
        assert!(errors.is_empty(), "{errors:?}\n{document:#}");
    }
}

#[test]
fn a_reader_who_goes_away_is_not_an_error() {
    let mut child = std::process::Command::new(binary())
        .args(["can-i", "-f", FIRST_LOOK, "--arn", ALICE, "list", "pods"])
        .current_dir(root())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panic"), "{output:?}");
}

#[test]
fn order_of_files_and_documents_changes_nothing() {
    let (auth, binding) = SESSIONS.split_once("---\n").unwrap();
    let one = Directory::new().with("a.yaml", SESSIONS);
    let other = Directory::new().with("a.yaml", format!("{binding}---\n{auth}"));
    let ask = ["can-i", "--arn", "arn:aws:iam::1:role/dev", "list", "pods"];
    let without_lines = |run: crate::harness::Run| -> String {
        run.stdout.chars().filter(|c| !c.is_ascii_digit() && !c.is_whitespace()).collect()
    };
    assert_eq!(without_lines(one.run(&ask)), without_lines(other.run(&ask)));
}
