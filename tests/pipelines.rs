//! What people's pipelines run: the review script on a real change, the files of the release, the hooks, the action; and the
//! program as a plugin of kubectl. Workflows are checked by actionlint in `.ci/run`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Directory, binary, git, root};

const EXAMPLE: &str = "examples/clusters/05-review-a-change";

/// A repository whose branch `main` is the example before the change, and whose working tree is it after.
fn change() -> Directory {
    let mut directory = Directory::new();
    for name in ["aws-auth.yaml", "rbac.yaml"] {
        directory = directory.with(
            &format!("cluster/{name}"),
            fs::read(root().join(EXAMPLE).join("before").join(name)).unwrap(),
        );
    }
    let expectations = fs::read_to_string(root().join(EXAMPLE).join("iamrbac.test.yaml")).unwrap();
    let directory = directory
        .with("iamrbac.test.yaml", expectations.replace("manifests: [before]", "manifests: [cluster]"));
    git(directory.path(), &["init", "-q"]);
    git(directory.path(), &["add", "."]);
    git(directory.path(), &["commit", "-qm", "before"]);
    let mut directory = directory;
    for entry in fs::read_dir(root().join(EXAMPLE).join("after")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        directory = directory.with(&format!("cluster/{name}"), fs::read(&path).unwrap());
    }
    directory
}

fn review(directory: &Path, base: &str, environment: &[(&str, &str)]) -> i32 {
    let script = root().join("examples/pipelines/review.sh");
    let mut command = Command::new("bash");
    command.current_dir(directory).arg(script).args([base, "out", "cluster"]).env("IAMRBAC", binary());
    let output = command.envs(environment.iter().copied()).output().unwrap();
    output.status.code().unwrap()
}

#[test]
fn a_change_is_reviewed_by_its_base() {
    let directory = change();
    assert_eq!(review(directory.path(), "main", &[]), 1);
    let out = |name: &str| fs::read_to_string(directory.path().join("out").join(name)).unwrap();
    let comment = out("comment.md");
    assert!(
        comment.starts_with("<!-- iamrbac diff -->\n### Access: 1 let in, 4 permissions gained"),
        "{comment}"
    );
    assert!(comment.len() < 65_536 && comment.contains("iamrbac lint"), "{comment}");
    for name in ["lint.sarif", "diff.sarif"] {
        let log: Value = serde_json::from_str(&out(name)).unwrap();
        assert_eq!(log["version"], "2.1.0");
        assert!(!log["runs"][0]["results"].as_array().unwrap().is_empty(), "{name}");
    }
    assert!(out("test.xml").contains("main:./iamrbac.test.yaml"), "{}", out("test.xml"));
    // a base that is not there, and one that would be an option
    assert_eq!(review(directory.path(), "nowhere", &[]), 2);
    assert_eq!(review(directory.path(), "--output=evil", &[]), 2);
    assert!(!directory.path().join("evil").exists());
    // and one that the change calls a directory of its own
    fs::create_dir(directory.path().join("main")).unwrap();
    assert_eq!(review(directory.path(), "main", &[]), 2);
}

#[test]
fn nothing_fails_where_nothing_changed() {
    let directory = change();
    git(directory.path(), &["checkout", "-q", "--", "cluster"]);
    fs::remove_file(directory.path().join("cluster/backup-operator.yaml")).unwrap();
    assert_eq!(review(directory.path(), "main", &[("LINT_FAIL_ON", "error"), ("FAIL_ON", "any")]), 0);
}

#[test]
fn nobody_takes_away_the_expectation_that_their_change_does_not_meet() {
    let directory = change();
    let plain = directory.run(&["test", "--base", "main"]);
    assert_eq!(plain.status, 1, "{plain:?}");
    assert!(plain.stdout.contains("main:./iamrbac.test.yaml:17"), "{plain:?}");
    let directory = directory.with(
        "iamrbac.test.yaml",
        "schema: iamrbac/test/v1\nmanifests: [cluster]\nexpect:\n- {who: {user: ana}, allow: [delete nodes]}\n",
    );
    let run = directory.run(&["test", "--base", "main"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(
        run.stdout.contains("no longer expected in `iamrbac.test.yaml`: contractors are not let in"),
        "{run:?}"
    );
    // what the change expects of itself counts too
    assert!(run.stdout.contains("failed  iamrbac.test.yaml:4"), "{run:?}");
    fs::remove_file(directory.path().join("iamrbac.test.yaml")).unwrap();
    let gone = directory.run(&["test", "--base", "main", "-o", "json"]);
    assert_eq!(gone.status, 1, "{gone:?}");
    assert!(gone.json()["takenAway"].as_array().unwrap().len() > 5);
    let diff = directory.run(&["diff", "main", "-f", "cluster", "-o", "json"]);
    let silences = diff.json()["silences"].as_array().unwrap().clone();
    assert!(silences.len() > 5 && silences.iter().all(|one| one["code"] == "silence-added"), "{silences:?}");
    let markdown = directory.run(&["diff", "main", "-f", "cluster", "-o", "markdown"]).stdout;
    assert!(markdown.contains("**This change also changes what findings are silenced"), "{markdown}");
    let here = directory.run(&["test", "--base", "nowhere"]);
    assert_eq!(here.status, 2, "{here:?}");
}

#[test]
fn what_a_change_silences_is_told() {
    let directory = change().with(".iamrbac.yaml", "lint:\n  levels: {access-secrets: 'off'}\n");
    let run = directory.run(&["diff", "main", "-f", "cluster"]);
    assert!(run.stdout.contains("what the change silences\n  ! "), "{run:?}");
    let github = directory.run(&["diff", "main", "-f", "cluster", "-o", "github"]).stdout;
    assert!(github.contains("title=silence-added::"), "{github}");
}

/// Every region of code scanning stands in the files of the working tree, at text that is there.
#[test]
fn code_scanning_points_into_the_change() {
    let directory = change();
    let run = directory.run(&["diff", "main", "-f", "cluster", "-o", "sarif"]);
    let log = run.json();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let ids: Vec<&str> = results.iter().map(|one| one["ruleId"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        ["access-gained", "access-gained", "access-gained", "access-gained", "caller-let-in", "access-lost"]
    );
    let mut fingerprints: Vec<&str> =
        results.iter().map(|one| one["partialFingerprints"]["iamrbac/v1"].as_str().unwrap()).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), results.len());
    for result in results {
        let location = &result["locations"][0]["physicalLocation"];
        let file = location["artifactLocation"]["uri"].as_str().unwrap();
        let text = fs::read_to_string(directory.path().join(file)).unwrap();
        let line = usize::try_from(location["region"]["startLine"].as_u64().unwrap()).unwrap();
        assert!(line <= text.lines().count(), "{result}");
        if result["ruleId"] == "access-gained" {
            let told = text.lines().skip(line - 1).take(3).collect::<Vec<_>>().join(" ");
            let verb = result["message"]["text"].as_str().unwrap().strip_prefix("gained: ").unwrap();
            let verb = verb.split([',', ' ']).next().unwrap();
            assert!(told.contains(verb), "{told} {result}");
        }
    }
    assert_eq!(results[0]["level"], "error");
    let flow = &results[1]["codeFlows"][0]["threadFlows"][0]["locations"];
    assert!(flow.as_array().unwrap().len() > 5, "{flow}");
}

#[test]
fn the_release_is_packed_and_krew_is_told_of_it() {
    let directory = Directory::new();
    let target = "x86_64-unknown-linux-musl";
    let targets = [
        "aarch64-unknown-linux-musl",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
        "x86_64-pc-windows-msvc",
    ];
    let mut sums = String::new();
    for (number, target) in [target].iter().chain(&targets).enumerate() {
        writeln!(sums, "{number:064x}  iamrbac-v1.2.3-{target}.tar.gz").unwrap();
    }
    let directory = directory.with("sums", &sums);
    let run = |sums: &str| {
        let mut command = Command::new(root().join(".ci/krew"));
        command
            .current_dir(directory.path())
            .args(["v1.2.3", "https://example.com/iamrbac", sums])
            .output()
            .unwrap()
    };
    let output = run("sums");
    assert!(output.status.success(), "{output:?}");
    let manifest: Value = serde_yaml::from_slice(&output.stdout).unwrap();
    assert_eq!(manifest["metadata"]["name"], "iamrbac");
    let platforms = manifest["spec"]["platforms"].as_array().unwrap();
    assert_eq!(platforms.len(), 5);
    for (number, platform) in platforms.iter().enumerate() {
        assert_eq!(platform["sha256"], format!("{number:064x}"));
        let file = platform["files"][0]["from"].as_str().unwrap();
        assert_eq!(file.strip_prefix("*/").unwrap(), platform["bin"].as_str().unwrap());
    }
    fs::write(directory.path().join("some"), sums.lines().next().unwrap()).unwrap();
    assert!(!run("some").status.success(), "a platform without a sum is no release");
}

/// The scripts of the action, with a `gh` that says what it was asked.
#[cfg(unix)]
#[test]
fn the_action_keeps_one_comment_and_takes_releases_only() {
    use std::os::unix::fs::PermissionsExt;

    let gh =
        "#!/bin/sh\necho \"$@\" >> \"$LOG\"\ncase \"$*\" in *--paginate*) printf '%s' \"$KNOWN\" ;; esac\n";
    let directory = Directory::new().with("bin/gh", gh).with("comment.md", "<!-- iamrbac diff -->\n");
    let at = |name: &str| directory.path().join(name);
    fs::set_permissions(at("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", at("bin").display(), std::env::var("PATH").unwrap());
    let run = |script: &str, environment: &[(&str, &str)]| {
        let mut command = Command::new("bash");
        command.arg(root().join(".github/action").join(script)).env("PATH", &path).env("LOG", at("log"));
        command.env("REPOSITORY", "o/r").env("RUNNER_TEMP", directory.path());
        command.envs(environment.iter().copied()).output().unwrap()
    };
    let comment = at("comment.md");
    let comment = comment.to_str().unwrap();
    for (known, last) in [
        ("", format!("api --silent --method POST repos/o/r/issues/7/comments --field body=@{comment}")),
        (
            "42\n43\n",
            format!("api --silent --method PATCH repos/o/r/issues/comments/42 --field body=@{comment}"),
        ),
    ] {
        let output = run("comment.sh", &[("NUMBER", "7"), ("COMMENT", comment), ("KNOWN", known)]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(fs::read_to_string(at("log")).unwrap().lines().last(), Some(last.as_str()));
    }
    for version in ["v1", "--repo=evil", "v1.0.0;x", "v1.0.0 v2.0.0"] {
        let output = run("program.sh", &[("VERSION", version), ("ACTION", "/nowhere")]);
        assert_eq!(output.status.code(), Some(2), "{version} {output:?}");
    }
}

/// As krew links it.
#[cfg(unix)]
#[test]
fn a_plugin_of_kubectl_says_so() {
    let directory = Directory::new();
    let plugin = directory.path().join("kubectl-iamrbac");
    std::os::unix::fs::symlink(binary(), &plugin).unwrap();
    let called = |arguments: &[&str]| {
        let output = Command::new(&plugin).args(arguments).output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    assert!(called(&["can-i", "--help"]).contains("Usage: kubectl iamrbac can-i"));
    assert!(called(&["diff"]).contains("Usage: kubectl iamrbac diff"));
    assert!(directory.run(&["diff"]).stderr.contains("Usage: iamrbac diff"));
}

/// What others write reaches a script through its environment only, and what others made is pinned.
#[test]
fn workflows_expand_nothing_into_scripts() {
    let mut files: Vec<_> =
        fs::read_dir(root().join(".github/workflows")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.push(root().join("action.yml"));
    files.push(root().join(".pre-commit-hooks.yaml"));
    assert!(files.len() >= 4);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let document: Value = serde_yaml::from_str(&text).unwrap();
        check_steps(&document, &file);
    }
}

fn check_steps(value: &Value, file: &Path) {
    if let Some(script) = value.get("run").and_then(Value::as_str) {
        assert!(!script.contains("${{"), "{}: {script}", file.display());
    }
    if let Some(action) = value.get("uses").and_then(Value::as_str) {
        let commit = action.split_once('@').map_or("", |(_, commit)| commit);
        let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(action == "./" || is_commit, "{}: {action}", file.display());
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| check_steps(item, file)),
        Value::Object(fields) => fields.values().for_each(|item| check_steps(item, file)),
        _ => {}
    }
}
