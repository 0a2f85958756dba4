//! The linter: every rule on its own examples, what silences it, how it ends, and its output in every format.

use std::fs;

use iamrbac::lint::catalogue::named;
use serde_json::Value;

use crate::formats::sarif::Held;
use crate::harness::{Directory, Run, corpus, root};

const TODAY: [&str; 2] = ["--today", "2026-11-22"];

fn rules() -> Vec<Value> {
    let run = Directory::new().run(&["lint", "--list", "-o", "json"]);
    run.json().as_array().unwrap().clone()
}

/// The codes of all rules.
pub fn codes() -> Vec<String> {
    rules().iter().map(|rule| text(&rule["code"]).to_owned()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn example(code: &str, which: &str) -> &'static str {
    let rule = named(code).unwrap_or_else(|| panic!("there is no rule `{code}`"));
    if which == "bad" { rule.bad } else { rule.good }
}

/// Whether the examples of a rule are configurations.
fn is_configuration(code: &str) -> bool {
    code.starts_with("exception-") || code == "silence-added"
}

/// The directory of an example: a manifest, or a configuration beside one.
pub fn directory(code: &str, which: &str) -> (Directory, &'static str) {
    let content = example(code, which);
    let directory = Directory::new();
    if is_configuration(code) {
        let manifest = example("resource-unknown", "bad");
        return (directory.with(".iamrbac.yaml", content).with("cluster.yaml", manifest), ".iamrbac.yaml");
    }
    if code == "file-unreadable" && which == "bad" {
        std::os::unix::fs::symlink("cluster.yaml", directory.path().join("cluster.yaml")).unwrap();
        return (directory, "cluster.yaml");
    }
    let kustomization = code == "kustomization-unbuilt" && which == "bad";
    let file = if kustomization { "kustomization.yaml" } else { "cluster.yaml" };
    (directory.with(file, content), file)
}

fn lint(directory: &Directory, arguments: &[&str]) -> Run {
    directory.run(&[&["lint"], &TODAY[..], arguments].concat())
}

fn findings(directory: &Directory, arguments: &[&str]) -> Vec<Value> {
    let run = lint(directory, &[&["-o", "json"], arguments].concat());
    run.json()["findings"].as_array().unwrap().clone()
}

/// The text that a place covers, as far as its first line goes.
fn covered(content: &str, place: &Value) -> String {
    let number = |name: &str| usize::try_from(place[name].as_u64().unwrap()).unwrap();
    let Some(line) = content.lines().nth(number("line") - 1) else { return String::new() };
    let end = if number("line") == number("endLine") { number("endColumn") - 1 } else { usize::MAX };
    let start = number("column") - 1;
    line.chars().skip(start).take(end.saturating_sub(start)).collect()
}

#[test]
fn every_rule_fires_on_its_bad_example_and_is_silent_on_its_good_one() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let code = text(&rule["code"]);
        let bad = example(code, "bad");
        let underlined = named(code).unwrap().underlined;
        let (place, file) = directory(code, "bad");
        // a change is judged against a base without any configuration
        let place = place.with("base/other.yaml", "");
        let base: &[&str] = if code == "silence-added" { &["--base", "base"] } else { &[] };
        let fired: Vec<Value> =
            findings(&place, base).into_iter().filter(|finding| finding["code"] == code).collect();
        match fired.first() {
            None => wrong.push(format!("{code}: does not fire")),
            Some(first) => {
                let shown = covered(bad, &first["place"]);
                if first["place"]["file"] != file || shown != underlined {
                    wrong.push(format!(
                        "{code}: underlines {shown:?} of {} and not {underlined:?}",
                        first["place"]
                    ));
                }
                if first["severity"] != rule["severity"] {
                    wrong.push(format!(
                        "{code}: is told as {}, listed as {}",
                        first["severity"], rule["severity"]
                    ));
                }
            }
        }
        let (place, _) = directory(code, "good");
        let place = place.with("base/other.yaml", "");
        let told = findings(&place, base);
        if let Some(finding) = told.iter().find(|finding| finding["code"] == code) {
            wrong.push(format!("{code}: fires on its good example: {finding}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A role with one mistake, in a directory.
fn misspelt() -> Directory {
    Directory::new().with("cluster.yaml", example("resource-unknown", "bad"))
}

#[test]
fn the_exit_status_says_whether_something_was_found() {
    let place = misspelt();
    assert_eq!(lint(&place, &[]).status, 0, "a warning does not fail by default");
    assert_eq!(lint(&place, &["--fail-on", "warning"]).status, 1);
    assert_eq!(lint(&place, &["--fail-on", "never"]).status, 0);
    let broken = Directory::new().with("a.yaml", example("syntax-error", "bad"));
    assert_eq!(lint(&broken, &[]).status, 2, "what cannot be read may hide findings");
    let going_on = lint(&broken, &["--keep-going"]);
    assert_eq!(going_on.status, 0, "{going_on:?}");
    assert!(going_on.stdout.contains("0 errors, 1 warning"), "{going_on:?}");
    let refused = Directory::new().with("a.yaml", example("object-refused", "bad"));
    let run = lint(&refused, &["-q"]);
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
    assert_eq!(lint(&misspelt(), &["-f", "nowhere"]).status, 2);
}

#[test]
fn a_comment_silences_its_line_and_says_why() {
    let comments = [
        ("beside", "  resources: [pod] # iamrbac: ignore R311 kept for an old server\n"),
        (
            "above",
            "  # iamrbac: ignore resource-unknown kept for an old server\n\n  # more\n  resources: [pod]\n",
        ),
    ];
    for (what, line) in comments {
        let manifest = example("resource-unknown", "bad").replace("  resources: [pod]\n", line);
        let place = Directory::new().with("cluster.yaml", manifest);
        let run = lint(&place, &["--fail-on", "note"]);
        assert_eq!(run.status, 0, "{what}: {run:?}");
        assert!(!run.stdout.contains("resource-unknown"), "{what}: {run:?}");
        assert!(run.stdout.contains("1 by inline comments"), "{what}: {run:?}");
    }
}

#[test]
fn a_configuration_gives_levels_excludes_and_budgets() {
    let with = |configuration: &str| misspelt().with(".iamrbac.yaml", configuration);
    let count =
        |place: &Directory| findings(place, &[]).iter().filter(|f| f["code"] == "resource-unknown").count();
    assert_eq!(count(&misspelt()), 1);
    assert_eq!(count(&with("lint: {levels: {R311: off}}")), 0);
    assert_eq!(lint(&with("lint: {levels: {resource-unknown: error}}"), &[]).status, 1);
    assert_eq!(count(&with("lint: {exclude: ['clu*.yaml']}")), 0);
    assert_eq!(count(&with("lint: {exclude: ['other/**']}")), 1);
    assert_eq!(lint(&with("lint: {failOn: warning}"), &[]).status, 1);
    assert_eq!(lint(&with("lint: {failOn: warning, budget: {warning: 1}}"), &[]).status, 0);
    assert_eq!(lint(&with("lint: {budget: {warning: 0}}"), &[]).status, 1);
    let wrong = lint(&with("lint: {levels: {R999: error}}"), &[]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("there is no rule `R999`"), "{wrong:?}");
    let elsewhere = misspelt().with("other.yaml", "lint: {levels: {R311: off}}");
    assert!(
        findings(&elsewhere, &["--config", "other.yaml"]).iter().all(|f| f["code"] != "resource-unknown")
    );
}

#[test]
fn an_exception_ends_on_its_day() {
    let configuration = "lint:\n  expected:\n  - code: R311\n    message: ClusterRole `reader`\n    reason: mended next week\n    expires: 2026-11-22\n";
    let place = misspelt().with(".iamrbac.yaml", configuration);
    let on = |day: &str| place.run(&["lint", "--today", day, "--fail-on", "warning"]);
    let last = on("2026-11-22");
    assert_eq!(last.status, 0, "{last:?}");
    assert!(last.stdout.contains("1 by expected exceptions") && last.stdout.contains("(as of 2026-11-22)"));
    let after = on("2026-11-23");
    assert_eq!(after.status, 1, "{after:?}");
    assert!(after.stdout.contains("exception-expired") && after.stdout.contains("resource-unknown"));
    assert_eq!(place.run(&["lint", "--today", "tomorrow"]).status, 2);
}

#[test]
fn a_baseline_fits_beside_a_comment_that_silences_the_same_elsewhere() {
    let rule = "- {apiGroups: [''], resources: [pods], verbs: [get]}";
    let role = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: reader}}\nrules:\n\
         {rule}\n{rule} # iamrbac: ignore rule-duplicate it is meant so\n{rule}\n"
    );
    let place = Directory::new().with("role.yaml", role);
    let only = ["-f", "role.yaml"];
    assert_eq!(findings(&place, &only).iter().filter(|one| one["code"] == "rule-duplicate").count(), 1);
    let before = lint(&place, &["-o", "json", "-f", "role.yaml"]).stdout;
    let place = place.with("before.json", before);
    let told = findings(&place, &["-f", "role.yaml", "--baseline", "before.json"]);
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_baseline_tells_only_what_is_new() {
    let place = misspelt();
    let before = lint(&place, &["-o", "json"]).stdout;
    // the same mistake further down is the same, a second one is new
    let moved = format!("# moved\n# further down\n{}", example("resource-unknown", "bad"));
    let place = Directory::new().with("cluster.yaml", moved).with("before.json", &before);
    assert!(findings(&place, &["-f", "cluster.yaml", "--baseline", "before.json"]).is_empty());
    let second = example("resource-unknown", "bad").replace("name: reader", "name: second");
    let place = place.with("second.yaml", second);
    let told = findings(&place, &["-f", "cluster.yaml", "-f", "second.yaml", "--baseline", "before.json"]);
    assert!(
        !told.is_empty() && told.iter().all(|finding| finding["place"]["file"] == "second.yaml"),
        "{told:?}"
    );
    assert_eq!(lint(&place, &["--baseline", "cluster.yaml"]).status, 2);
}

#[test]
fn rules_are_listed_and_explained() {
    let place = Directory::new();
    let list = place.run(&["lint", "--list"]).stdout;
    let table = place.run(&["lint", "--list", "-o", "markdown"]).stdout;
    let schema = place.run(&["lint", "--schema"]).stdout;
    for rule in rules() {
        let code = text(&rule["code"]);
        assert!(
            list.contains(code) && table.contains(&format!("`{code}`")) && schema.contains(code),
            "{code}"
        );
        let by_number = place.run(&["lint", "--explain", text(&rule["number"])]);
        assert!(by_number.stdout.starts_with(code) && by_number.status == 0, "{by_number:?}");
        assert!(by_number.stdout.contains("\nbad\n") && by_number.stdout.contains("\ngood\n"));
    }
    let unknown = place.run(&["lint", "--explain", "maping-role-path"]);
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("did you mean `mapping-role-path`?"), "{unknown:?}");
}

#[test]
fn a_rule_is_a_file_that_is_called_as_its_code() {
    let catalogue = root().join("src/lint/catalogue");
    let families = fs::read_dir(&catalogue).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<String> = families
        .filter(|path| path.is_dir())
        .flat_map(|path| fs::read_dir(path).unwrap())
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().replace('_', "-"))
        .collect();
    files.sort();
    let mut codes: Vec<String> = rules().iter().map(|rule| text(&rule["code"]).to_owned()).collect();
    codes.sort();
    assert_eq!(files, codes);
}

/// Every code that loading or the linter itself can tell, by what their sources name.
#[test]
fn every_code_that_lint_can_tell_has_a_rule() {
    let known: Vec<String> = rules().iter().map(|rule| text(&rule["code"]).to_owned()).collect();
    let mut directories = vec![root().join("src/manifest"), root().join("src/lint")];
    let mut seen = 0;
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let source = fs::read_to_string(&path).unwrap();
            for rest in source.split("Code::").skip(1) {
                let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
                if name == "ALL" || !name.starts_with(char::is_uppercase) {
                    continue;
                }
                let told = iamrbac::finding::Code::ALL.iter().find(|code| format!("{code:?}") == name);
                let told = told.unwrap_or_else(|| panic!("{}: {name}", path.display()));
                // only told where somebody shows a kubeconfig, which the linter never reads
                let elsewhere = told.as_str() == "cluster-differs";
                assert!(
                    elsewhere || known.iter().any(|code| code == told.as_str()),
                    "{}: {told}",
                    path.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn the_readme_has_the_table_of_rules() {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("<!-- rules: ").unwrap();
    let (first_line, rest) = rest.split_once('\n').unwrap();
    let (_, after) = rest.split_once("<!-- end of rules -->").unwrap();
    let table = Directory::new().run(&["lint", "--list", "-o", "markdown"]).stdout;
    let expected = format!("{before}<!-- rules: {first_line}\n\n{table}\n<!-- end of rules -->{after}");
    if expected != readme && std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(&path, expected).unwrap();
        return;
    }
    assert!(expected == readme, "the table of rules in the README is old: run with UPDATE_DOCUMENTS=1");
}

/// All the bad examples, each in a file of its own.
pub fn all_bad() -> Directory {
    rules().iter().map(|rule| text(&rule["code"])).filter(|code| !is_configuration(code)).fold(
        Directory::new(),
        |place, code| {
            let name = if code == "kustomization-unbuilt" { "kustomization" } else { code };
            place.with(&format!("{name}.yaml"), example(code, "bad"))
        },
    )
}

#[test]
fn annotations_are_one_line_each_and_comments_are_bounded() {
    let place = all_bad();
    let told = findings(&place, &[]).len();
    let annotations = lint(&place, &["-o", "github"]).stdout;
    assert_eq!(annotations.lines().count(), told);
    assert!(
        annotations
            .lines()
            .all(|line| ["::error ", "::warning ", "::notice "].iter().any(|word| line.starts_with(word)))
    );
    let comment = lint(&place, &["-o", "markdown"]).stdout;
    assert!(comment.len() < 65_536 && comment.contains("errors,"), "{}", comment.len());
    assert_eq!(comment.matches("<details>").count(), comment.matches("</details>").count());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let place = all_bad();
    for format in ["text", "json", "sarif", "junit", "github", "markdown"] {
        let [first, second] = [0, 1].map(|_| lint(&place, &["-o", format]).stdout);
        assert!(first == second && !first.is_empty(), "{format}");
    }
}

#[test]
fn kubernetes_own_policy_is_no_finding() {
    use iamrbac::model::builtin::{Edition, Version};
    for version in Version::ALL {
        let manifest = Edition::Kubernetes(*version).manifest().text;
        let place = Directory::new().with("default.yaml", manifest);
        // as a dump is: of a version that was told, that nobody told, or with nothing beside it
        for arguments in [&["--builtin", version.as_str()][..], &[], &["--builtin", "none"]] {
            let told = findings(&place, arguments);
            assert!(told.is_empty(), "{version} {arguments:?}: {told:?}");
        }
    }
    let nothing = Directory::new().with("empty.yaml", "");
    assert!(findings(&nothing, &[]).is_empty());
}

#[test]
fn the_examples_have_no_syntax_errors() {
    let mut clusters = vec![root().join("examples")];
    while let Some(directory) = clusters.pop() {
        let mut manifests = false;
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                clusters.push(path);
            } else {
                manifests |= path.extension().is_some_and(|extension| extension == "yaml");
            }
        }
        if manifests {
            let told = findings(&Directory::new(), &["-f", directory.to_str().unwrap()]);
            let broken = told
                .iter()
                .find(|finding| finding["number"].as_str().is_some_and(|number| number.starts_with('I')));
            assert!(broken.is_none(), "{broken:?}");
        }
    }
}

/// What public manifests write, and what was said of it once.
#[test]
fn what_public_manifests_write() {
    let role = |group: &str, resource: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: r}}\nrules:\n\
             - {{apiGroups: ['{group}'], resources: ['{resource}'], verbs: [create]}}\n"
        )
    };
    for (group, resource, told) in [
        // the approver of the platform asks for it, as for those of kube-controller-manager
        ("certificates.k8s.io", "certificatesigningrequests/selfnodeserver", None),
        (
            "policy",
            "podsecuritypolicies",
            Some("`podsecuritypolicies` of ClusterRole `r` is served no longer since Kubernetes 1.25"),
        ),
    ] {
        let place = Directory::new().with("a.yaml", role(group, resource));
        let all = findings(&place, &[]);
        let messages: Vec<&str> = all.iter().map(|one| text(&one["message"])).collect();
        match told {
            Some(told) => assert!(messages.contains(&told), "{messages:?}"),
            None => assert!(messages.iter().all(|one| !one.contains(resource)), "{messages:?}"),
        }
    }
    // kubectl is never given the templates of a chart
    let template = format!("{}---\n{{{{- if .Values.x }}}}\n---\n{}", role("", "pods"), role("", "nodes"));
    let chart = Directory::new().with("c/Chart.yaml", "name: c\n").with("c/templates/a.yaml", &template);
    let codes = |place: &Directory| -> Vec<String> {
        findings(place, &["--keep-going"]).iter().map(|one| text(&one["code"]).to_owned()).collect()
    };
    assert!(!codes(&chart).contains(&"read-past-error".to_owned()), "{:?}", codes(&chart));
    let alone = Directory::new().with("a.yaml", &template);
    assert!(codes(&alone).contains(&"read-past-error".to_owned()), "{:?}", codes(&alone));
}

#[test]
fn the_conformance_clusters_are_linted_to_the_end() {
    let Some(corpus) = corpus("random") else { return };
    let mut held = Held::new();
    let mut paths: Vec<_> = fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "json")).step_by(25) {
        let case: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let files = case["files"].as_object().unwrap();
        let place = files
            .iter()
            .filter(|(_, content)| content.is_string())
            .fold(Directory::new(), |place, (name, content)| place.with(name, text(content)));
        let run = lint(&place, &["-o", "sarif"]);
        assert!((0..=2).contains(&run.status), "{}: {run:?}", path.display());
        let findings = lint(&place, &["-o", "json"]).json();
        for finding in findings["findings"].as_array().unwrap() {
            assert!(finding["number"].is_string(), "a code without a rule: {finding}");
        }
        held.hold(place.path(), &run);
    }
    held.end();
}
