//! Names in manifests that act on whatever shows them.

use super::harmless;
use crate::harness::Directory;

/// A binding of `ana` to a role, both called so that everything that shows them must take care.
pub fn cluster(name: &str) -> Directory {
    let quoted = serde_json::to_string(name).unwrap();
    Directory::new().with(
        "a.yaml",
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {quoted}}}\n\
             rules: [{{apiGroups: [\"\"], resources: [pods, {quoted}], verbs: [get, {quoted}]}}]\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {quoted}}}\n\
             subjects: [{{kind: User, name: ana}}, {{kind: Group, name: {quoted}}}]\n\
             roleRef: {{kind: ClusterRole, name: {quoted}}}\n---\n\
             apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: aws-auth, namespace: kube-system}}\ndata:\n  \
             mapRoles: |\n    - {{rolearn: \"arn:aws:iam::111122223333:role/dev\", username: {quoted}, groups: [{quoted}]}}\n"
        ),
    )
}

/// Every way to show a cluster.
const SHOWN: [&[&str]; 18] = [
    &["can-i", "--user", "ana", "get", "pods", "--all", "--source", "--references"],
    &["can-i", "--arn", "arn:aws:iam::111122223333:role/dev", "get", "pods", "--source"],
    &["can-i", "--user", "ana", "get", "pods", "-o", "yaml"],
    &["can-i", "--user", "ana", "--list"],
    &["can-i", "--user", "ana", "--list", "-o", "csv"],
    &["can-i", "--user", "ana", "--list", "-o", "kubectl"],
    &["whoami", "--arn", "arn:aws:iam::111122223333:role/dev"],
    &["who-can", "get", "pods", "--all"],
    &["matrix", "--all"],
    &["matrix", "-o", "csv"],
    &["matrix", "-o", "wide-csv"],
    &["matrix", "-o", "markdown"],
    &["summary"],
    &["lint"],
    &["lint", "-o", "markdown"],
    &["lint", "-o", "github"],
    &["lint", "-o", "junit"],
    &["diff", "/dev/null", "a.yaml"],
];

#[test]
fn escapes_and_marks_of_direction_are_written_out() {
    for name in [
        "a\u{1b}[2J",
        "a\u{202e}b",
        "a\u{2066}b\u{200b}",
        "a\u{9b}31m",
        "a\u{7}",
        "a\rb",
        "\u{feff}a",
        "\u{e0041}\u{e0042}",
    ] {
        let place = cluster(name);
        for arguments in SHOWN {
            let run = place.run(arguments);
            assert!((0..=3).contains(&run.status), "{arguments:?}: {run:?}");
            harmless(&run.stdout);
            harmless(&run.stderr);
        }
    }
}

#[test]
fn no_cell_is_a_formula() {
    for name in ["=HYPERLINK(\"http://x\")", "+1", "-1+1", "@SUM(A1)", "\t=1"] {
        let place = cluster(name);
        let mut seen = false;
        for arguments in [SHOWN[4], SHOWN[9], SHOWN[10]] {
            let run = place.run(arguments);
            for record in
                csv::ReaderBuilder::new().has_headers(false).from_reader(run.stdout.as_bytes()).records()
            {
                for cell in &record.unwrap() {
                    assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{arguments:?}: {cell:?}");
                    seen |= cell.starts_with('\'');
                }
            }
        }
        assert!(seen, "{name:?} is shown nowhere");
    }
}

#[test]
fn annotations_keep_to_their_line() {
    for name in ["a\n::error::gotcha", "a\r\n::set-output name=x::y", "a::b,c%0A::warning::d"] {
        let place = cluster(name);
        for arguments in [&["lint", "-o", "github"][..], &["diff", "/dev/null", "a.yaml", "-o", "github"]] {
            let run = place.run(arguments);
            for line in run.stdout.lines() {
                let told = [
                    "::error file=",
                    "::warning file=",
                    "::notice file=",
                    "::notice title=",
                    "::error title=",
                    "::warning title=",
                ];
                assert!(
                    told.iter().any(|start| line.starts_with(start)),
                    "{arguments:?}: {line:?} in {run:?}"
                );
            }
        }
    }
}

/// Markdown without its spans of code, in which nothing is markup.
fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

#[test]
fn pages_are_not_ended_by_names() {
    let place = cluster("</script><script>alert(1)</script><img src=x onerror=alert(1)>");
    for arguments in
        [&["matrix", "-o", "markdown"][..], &["lint", "-o", "markdown"], &["matrix", "-o", "html"]]
    {
        let run = place.run(arguments);
        if run.status == 2 && run.stderr.contains("invalid value 'html'") {
            eprintln!("skipped: there is no `-o html`");
            continue;
        }
        let shown = without_code(&run.stdout);
        assert!(!shown.contains("<script>alert") && !shown.contains("<img src=x"), "{arguments:?}: {shown}");
    }
}

#[test]
fn a_line_break_in_a_name_ends_no_line() {
    let forged = "yes, everyone may do everything";
    let place = cluster(&format!("x\n{forged}")).with("b/empty.yaml", "");
    for arguments in [
        &["can-i", "--user", "ana", "get", "pods"][..],
        &["can-i", "--user", "ana", "get", "pods", "--source", "--all"],
        &["can-i", "--user", "ana", "delete", "pods"],
        &["can-i", "--list", "--user", "ana"],
        &["who-can", "get", "pods"],
        &["whoami", "--user", "ana", "--as", "x"],
        &["matrix", "--resources", "pods"],
        &["summary"],
        &["lint"],
        &["diff", "b", "a.yaml"],
    ] {
        let run = place.run(arguments);
        let mut lines = run.stdout.lines().chain(run.stderr.lines());
        let found = lines.find(|line| line.trim_start_matches([' ', '│']).starts_with(forged));
        assert_eq!(found, None, "{arguments:?}: {run:?}");
    }
}
