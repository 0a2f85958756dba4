//! Every kind of wrong input has a clear message that names the place, and exit status 2.

use std::fmt::Write as _;

use crate::harness::{Directory, Run};

const ASK: [&str; 6] = ["can-i", "--user", "ana", "get", "pods", "--ascii"];
const ROLE: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: r\n";

/// Everything printed must hold each of the texts.
#[track_caller]
fn unanswered(run: &Run, texts: &[&str]) {
    assert_eq!(run.status, 2, "{run:?}");
    let all = format!("{}{}", run.stdout, run.stderr);
    for text in texts {
        assert!(all.contains(text), "no `{text}` in\n{}\n{}", run.stdout, run.stderr);
    }
}

#[track_caller]
fn manifest(text: impl AsRef<[u8]>, texts: &[&str]) {
    let world = Directory::new().with("a.yaml", text);
    unanswered(&world.run(&ASK), texts);
}

#[track_caller]
fn arguments(arguments: &[&str], texts: &[&str]) {
    let world = Directory::new().with("a.yaml", ROLE);
    unanswered(&world.run(arguments), texts);
}

fn role(rest: &str) -> String {
    format!("{ROLE}{rest}")
}

#[test]
fn malformed_yaml() {
    manifest(role("rules:\n- verbs: [get\n"), &["syntax-error", "a.yaml:"]);
    manifest(role("rules:\n\t- verbs: [get]\n"), &["syntax-error", "a.yaml:6"]);
    manifest(role("rules:\n  - verbs: [get]\n - verbs: [list]\n"), &["syntax-error", "a.yaml:"]);
    manifest(role("rules: [{verbs: [*]}]\n"), &["syntax-error", "a.yaml:5"]);
    manifest(role("rules: *nothing\n"), &["syntax-error", "a.yaml:5", "alias"]);
    manifest(role("rules: \"open\n"), &["syntax-error", "a.yaml:"]);
}

#[test]
fn malformed_json() {
    let world = Directory::new().with("a.json", "{\"kind\": \"ClusterRole\", \"metadata\": {\"name\": \"x\"");
    unanswered(&world.run(&ASK), &["syntax-error", "a.json:1"]);
}

#[test]
fn a_separator_with_content() {
    manifest(format!("--- {{a: b}}\n{ROLE}"), &["syntax-error", "a.yaml:1", "---"]);
}

#[test]
fn what_json_cannot_hold() {
    manifest(role("rules: []\n~: x\n"), &["syntax-error", "a.yaml:6"]);
    manifest(role("rules: []\nx: .inf\n"), &["syntax-error", "a.yaml:6"]);
    manifest(role("rules: []\n[a]: x\n"), &["syntax-error", "a.yaml:6"]);
}

#[test]
fn templates_that_are_not_rendered() {
    manifest(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: {{ .Values.name }}\n",
        &["template-unrendered", "a.yaml:", "render the chart"],
    );
    let world = Directory::new()
        .with("charts/x/Chart.yaml", "name: x\n")
        .with("charts/x/templates/a.yaml", "kind: Role\nmetadata: {name: {{ .Release.Name }}}\n")
        .with("charts/x/templates/b.yaml", "kind: RoleBinding\nmetadata: {name: {{ .Release.Name }}}\n");
    unanswered(&world.run(&ASK), &["2 templates of the chart in `charts/x`", "helm template"]);
}

#[test]
fn aliases_that_would_never_end() {
    let mut bomb = String::from("kind: ClusterRole\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let before = format!("*a{}", level - 1);
        writeln!(bomb, "a{level}: &a{level} [{}]", vec![before; 9].join(", ")).unwrap();
    }
    manifest(bomb, &["limit-exceeded", "a.yaml:"]);
    manifest(role("rules: &x [*x]\n"), &["syntax-error", "a.yaml:5"]);
}

#[test]
fn a_thousand_levels_of_nesting() {
    manifest(role(&format!("rules: {}\n", "[".repeat(1000))), &["a.yaml:5"]);
    let json = format!("{{\"kind\": \"ClusterRole\", \"a\": {}", "[".repeat(1000));
    unanswered(&Directory::new().with("a.json", json).run(&ASK), &["a.json:"]);
}

#[test]
fn bytes_that_are_no_text() {
    manifest(b"kind: ClusterRole\nname: \0\n", &["encoding-invalid", "a.yaml:2", "NUL"]);
    manifest(b"kind: ClusterRole\nname: \xff\n", &["encoding-invalid", "a.yaml:2", "UTF-8"]);
    manifest(b"\xff\xfek\0i\0n", &["encoding-invalid", "a.yaml"]);
    manifest(b"kind: ClusterRole\nname: \x07\n", &["syntax-error", "a.yaml:2"]);
}

#[test]
fn files_that_cannot_be_read() {
    arguments(
        &["can-i", "--user", "ana", "get", "pods", "-f", "nowhere.yaml"],
        &["nowhere.yaml", "no such file"],
    );
    arguments(&["can-i", "--user", "ana", "get", "pods", "-f", "a.yaml/b"], &["a.yaml/b"]);
    let empty = Directory::new();
    unanswered(&empty.run(&ASK), &["no file to read", "--include"]);
    let nothing = Directory::new().with("a.txt", "x");
    unanswered(&nothing.run(&ASK), &["no file to read"]);
}

#[cfg(unix)]
#[test]
fn files_without_permission() {
    use std::os::unix::fs::PermissionsExt;
    let world = Directory::new().with("a.yaml", ROLE).with("b.yaml", ROLE);
    let path = world.path().join("b.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o0)).unwrap();
    if std::fs::read(&path).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    unanswered(&world.run(&ASK), &["file-unreadable", "b.yaml", "permission denied"]);
}

#[test]
fn mistakes_on_the_command_line() {
    arguments(&["can-i", "--user", "ana", "get"], &["TYPE"]);
    arguments(&["can-i", "get", "pods"], &["--arn"]);
    arguments(&["can-i", "--user", "ana", "--arn", "arn:aws:iam::1:role/x", "get", "pods"], &["--arn"]);
    arguments(&["can-i", "--user", "ana", "get", "pods", "--nonsense"], &["--nonsense"]);
    arguments(&["can-i", "--user", "ana", "get", "pods", "-o", "xml"], &["xml", "json"]);
    arguments(&["can-i", "--user", "ana", "get", "pods", "--session-name", "x"], &["--session-name"]);
    arguments(&["nonsense"], &["nonsense"]);
    arguments(&[], &["Usage"]);
}

#[test]
fn questions_that_cannot_be_asked() {
    arguments(&["can-i", "--user", "ana", "get", "widgets"], &["widgets"]);
    arguments(&["can-i", "--user", "ana", "get", "podz"], &["podz", "pods"]);
    arguments(&["can-i", "--user", "ana", "get", "pods,services"], &["pods,services"]);
    arguments(&["can-i", "--user", "ana", "get", "/healthz", "--subresource", "log"], &["subresource"]);
    arguments(&["can-i", "--user", "ana", "get", ""], &["error"]);
}

#[test]
fn arns_that_are_none() {
    for (arn, why) in [
        ("dev", "invalid prefix"),
        ("arn:aws:iam::1", "not enough sections"),
        ("arn:amazon:iam::1:role/x", "partition"),
        ("arn:aws:iam::1:group/devs", "unrecognized resource"),
        ("arn:aws:sts::1:assumed-role/x", "does not have a role"),
        ("arn:aws:eks::1:cluster/x", "not a valid service"),
    ] {
        arguments(&["can-i", "--arn", arn, "get", "pods"], &[why, "arn:aws:iam::111122223333:role/NAME"]);
    }
}

#[test]
fn globs_and_versions_that_are_none() {
    arguments(&["can-i", "--user", "ana", "get", "pods", "--exclude", "a[b"], &["a[b", "glob"]);
    arguments(&["can-i", "--user", "ana", "get", "pods", "--builtin", "1.2"], &["1.2", "1.34", "none"]);
}

#[test]
fn a_batch_goes_on_after_a_line_that_is_no_question() {
    let world = Directory::new().with("a.yaml", ROLE);
    let lines = "nonsense\n{}\n{\"user\":\"a\"}\n{\"user\":\"a\",\"verb\":\"get\",\"path\":\"/version\"}\n{\"arn\":\"x\",\"verb\":\"get\",\"path\":\"/\"}\n{\"user\":\"a\",\"vreb\":\"get\"}\n";
    let run = world.run_with_input(&["can-i", "--batch", "-"], lines.as_bytes());
    assert_eq!(run.status, 0, "{run:?}");
    let answers: Vec<serde_json::Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 6);
    for position in [0, 1, 2, 5] {
        assert!(answers[position]["error"].as_str().unwrap().contains("question"), "{}", answers[position]);
    }
    assert_eq!(answers[3]["decision"], "allow");
    assert_eq!(answers[4]["why"][0]["code"], "arn-invalid");
    unanswered(&world.run(&["can-i", "--batch", "nowhere"]), &["nowhere"]);
}

/// A gap that cannot turn the answer does not count: a broken document about something else, before a yes.
#[test]
fn a_yes_stands_beside_an_unrelated_gap() {
    let world =
        Directory::new().with("a.yaml", ROLE).with("b.yaml", "kind: ClusterRole\nmetadata: {name: other\n");
    let run = world.run(&["can-i", "--user", "ana", "get", "/version", "-o", "json"]);
    assert_eq!((run.status, run.json()["complete"].clone()), (0, true.into()), "{run:?}");
    let no = world.run(&["can-i", "--user", "ana", "get", "pods", "-o", "json"]);
    assert_eq!((no.status, no.json()["complete"].clone()), (2, false.into()));
    let kept_going = world.run(&["can-i", "--user", "ana", "get", "pods", "--keep-going"]);
    assert_eq!(kept_going.status, 1);
}
