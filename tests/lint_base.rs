//! Nobody silences the finding on their own change: what silences comes from the base, and what a change adds to it is
//! told.

use std::fs;

use serde_json::Value;

use crate::harness::{Directory, git};

const ROLE: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: dev}\nrules:\n- apiGroups: [\"\"]\n  resources: [pod]\n  verbs: [get]\n";
const IGNORED: &str = "  # iamrbac: ignore resource-unknown our own server calls it so\n  resources: [pod]\n";

fn with_ignore() -> String {
    ROLE.replace("  resources: [pod]\n", IGNORED)
}

fn committed(directory: Directory) -> Directory {
    git(directory.path(), &["init", "-q"]);
    git(directory.path(), &["add", "."]);
    git(directory.path(), &["commit", "-qm", "base"]);
    directory
}

/// Codes and messages of what is told about a change to the commit.
fn told(directory: &Directory, arguments: &[&str]) -> Vec<(String, String)> {
    let run = directory
        .run(&[&["lint", "--today", "2026-11-22", "--base", "main", "-o", "json"], arguments].concat());
    let document = run.json();
    assert!(document["base"].as_str().unwrap().starts_with("main (commit "), "{document}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = document["findings"].as_array().unwrap().iter();
    findings.map(|one| (text(&one["code"]), text(&one["message"]))).collect()
}

fn codes(told: &[(String, String)]) -> Vec<&str> {
    told.iter().map(|(code, _)| code.as_str()).filter(|code| !code.starts_with("role-")).collect()
}

#[test]
fn a_comment_of_the_base_counts_wherever_it_moves_and_an_added_one_does_not() {
    let place = committed(Directory::new().with("deploy/r.yaml", with_ignore()));
    assert_eq!(codes(&told(&place, &[])), Vec::<&str>::new());
    let place = place.with("deploy/r.yaml", format!("# moved\n---\n{}", with_ignore()));
    assert_eq!(codes(&told(&place, &[])), Vec::<&str>::new());
    let second = with_ignore().replace("name: r,", "name: second,");
    let place = place.with("deploy/r.yaml", format!("{}---\n{second}", with_ignore()));
    let after = told(&place, &[]);
    assert_eq!(codes(&after), ["silence-added", "resource-unknown"], "{after:?}");
    // what the comment was about has changed
    let place = place.with("deploy/r.yaml", with_ignore().replace("[pod]", "[pod, services/exec]"));
    let after = told(&place, &["-f", "deploy"]);
    assert_eq!(codes(&after), ["silence-added", "resource-unknown", "subresource-unknown"], "{after:?}");
    // and without a base the comment of the working tree counts
    let run = place.run(&["lint", "-o", "json"]);
    assert!(!run.stdout.contains("\"resource-unknown\"") && !run.stdout.contains("silence-added"), "{run:?}");
}

/// The line with the comment is the same, and says another thing.
#[test]
fn a_comment_of_the_base_silences_nothing_that_the_base_does_not_have() {
    let aws_auth = |who: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: aws-auth, namespace: kube-system}}\ndata:\n  mapRoles: |\n\
             \x20   - rolearn: arn:aws:iam::111122223333:role/{who}\n      groups:\n\
             \x20     - system:masters # iamrbac: ignore mapping-system-masters for an emergency\n      username: u\n"
        )
    };
    for base in ["main", "base"] {
        let place = Directory::new().with("deploy/a.yaml", aws_auth("emergency"));
        let place = committed(place.with("base/deploy/a.yaml", aws_auth("emergency")));
        let run = |place: &Directory| place.run(&["lint", "--base", base, "-f", "deploy", "-o", "json"]);
        let same = run(&place);
        assert!(!same.stdout.contains("\"mapping-system-masters\""), "{same:?}");
        let place = place.with("deploy/a.yaml", aws_auth("somebody"));
        let changed = run(&place).json();
        let told = changed["findings"].as_array().unwrap().iter();
        let told: Vec<&Value> = told.filter(|one| one["code"] == "mapping-system-masters").collect();
        assert_eq!(told.len(), 1, "{changed}");
        assert_eq!(told[0]["related"][0]["place"]["line"], 8, "{changed}");
    }
}

/// A file that is called as the configuration is one more file to kubectl.
#[test]
fn nothing_hides_in_a_file_that_is_called_as_the_configuration() {
    let hidden = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n\
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n\
        subjects:\n- {kind: User, name: eve, apiGroup: rbac.authorization.k8s.io}\n";
    let place = committed(Directory::new().with("deploy/r.yaml", ROLE));
    let place = place.with("deploy/.iamrbac.yaml", hidden);
    let may = place.run(&["can-i", "--user", "eve", "delete", "nodes"]);
    assert_eq!(may.status, 0, "{may:?}");
    assert!(place.run(&["diff", "main"]).stdout.contains("deploy/.iamrbac.yaml"));
    git(place.path(), &["add", "."]);
    git(place.path(), &["commit", "-qm", "hidden"]);
    assert!(place.run(&["diff", "main~1", "main"]).stdout.contains("deploy/.iamrbac.yaml"));
    // and where it is the configuration, no document stands beside it
    let place = place.with(".iamrbac.yaml", format!("lint: {{}}\n---\n{hidden}"));
    assert_eq!(place.run(&["lint"]).status, 2);
    assert_eq!(place.run(&["diff", "main"]).status, 2);
}

#[test]
fn the_configuration_of_the_base_judges_and_what_is_added_to_it_is_told() {
    let old = "lint:\n  budget: {note: 9}\n  expected:\n  - {code: R311, reason: old server, expires: 2026-12-01}\n";
    let place = Directory::new().with("r.yaml", ROLE).with(".iamrbac.yaml", old);
    let place = committed(place);
    assert_eq!(codes(&told(&place, &[])), Vec::<&str>::new());
    for (new, expected) in [
        (
            old.replace("2026-12-01", "2027-12-01"),
            "the change moves the end of the exception for `resource-unknown` from 2026-12-01 to 2027-12-01",
        ),
        (
            old.replace("budget: {note: 9}", "budget: {note: 9, error: 2}"),
            "the change lets 2 findings of the severity `error` pass, and not 0",
        ),
        (
            format!("{old}  failOn: error\n  exclude: ['*.yaml']\n"),
            "the change excludes files that match `*.yaml`",
        ),
        (
            format!("{old}  - {{code: P404, reason: new, expires: 2027-01-01}}\n"),
            "the change expects `access-secrets` (new)",
        ),
        (
            format!("{old}  levels: {{R311: off}}\n"),
            "the change lowers the level of `resource-unknown` from warning to off",
        ),
        (
            format!("{old}  levels: {{access-secrets: note}}\n"),
            "the change lowers the level of `access-secrets` from warning to note",
        ),
    ] {
        fs::write(place.path().join(".iamrbac.yaml"), new).unwrap();
        let after = told(&place, &[]);
        assert_eq!(codes(&after), ["silence-added"], "{expected}: {after:?}");
        assert_eq!(after[0].1, expected);
    }
    // stricter is not told, and does not judge yet
    fs::write(place.path().join(".iamrbac.yaml"), "lint: {levels: {R311: error}, failOn: note}\n").unwrap();
    assert_eq!(codes(&told(&place, &[])), Vec::<&str>::new());
    // a budget that goes away lets more pass, unless its severity fails the run anyhow
    fs::remove_file(place.path().join(".iamrbac.yaml")).unwrap();
    let after = told(&place, &[]);
    assert_eq!(after.len(), 1, "{after:?}");
    assert_eq!(after[0].1, "the change lets any number of findings of the severity `note` pass, and not 9");
}

#[test]
fn a_baseline_is_that_of_the_base() {
    let place = committed(Directory::new().with("r.yaml", ROLE));
    let baseline = place.run(&["lint", "-o", "json"]).stdout;
    let place = place.with("baseline.out", baseline);
    let after = told(&place, &["--baseline", "baseline.out"]);
    assert_eq!(codes(&after), ["silence-added", "resource-unknown"], "{after:?}");
    assert!(after[0].1.contains("to the baseline `baseline.out`"), "{after:?}");
    git(place.path(), &["add", "."]);
    git(place.path(), &["commit", "-qm", "baseline"]);
    assert_eq!(codes(&told(&place, &["--baseline", "baseline.out"])), Vec::<&str>::new());
}

#[test]
fn a_base_is_a_path_too_and_an_option_is_none() {
    let place = Directory::new().with("r.yaml", with_ignore()).with("base/r.yaml", with_ignore());
    let run = |arguments: &[&str]| place.run(&[&["lint", "-f", "r.yaml"], arguments].concat());
    let same = run(&["--base", "base"]);
    assert!(
        !same.stdout.contains("resource-unknown") && same.stdout.contains("silenced by what is in base"),
        "{same:?}"
    );
    let without = Directory::new().with("r.yaml", with_ignore()).with("base/other.yaml", "");
    let run_without = without.run(&["lint", "-f", "r.yaml", "--base", "base"]);
    assert!(run_without.stdout.contains("resource-unknown") && run_without.stdout.contains("silence-added"));
    let option = run(&["--base=--output=x"]);
    assert_eq!(option.status, 2, "{option:?}");
    assert_eq!(run(&["--base", "nowhere"]).status, 2);
}
