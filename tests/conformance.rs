//! Small clusters with questions and the answers of the real engines, and chains that we expect word for word.
//!
//! `conformance/edge` holds oddities, one each, with answers computed by running upstream's code: Kubernetes 1.34.1 and
//! aws-iam-authenticator 0.7.18. The larger corpus beside the repository is run where it is present.
//! `conformance/chains` holds our own cases, whose chains are compared too: a chain that nobody compares is a comment.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{Directory, corpus, root};

fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    files.sort();
    files
}

/// How the answer differs from upstream's, if it does.
fn difference(expect: &Value, got: &Value) -> Option<String> {
    let identity = &got["identity"];
    let none_if_empty = |value: &Value| match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::Array(items) if items.is_empty() => Value::Null,
        other => other.clone(),
    };
    if identity["authenticated"] != expect["authenticated"] {
        return Some(format!(
            "authenticated: {} instead of {}",
            identity["authenticated"], expect["authenticated"]
        ));
    }
    if got["decision"] != expect["decision"] {
        return Some(format!("decision: {} instead of {}", got["decision"], expect["decision"]));
    }
    if expect["authenticated"] == json!(true) {
        for field in ["username", "groups"] {
            if none_if_empty(&expect[field]) != none_if_empty(&identity[field]) {
                return Some(format!("{field}: {} instead of {}", identity[field], expect[field]));
            }
        }
        if !expect["mappedBy"].is_null() && expect["mappedBy"] != identity["mappedBy"] {
            return Some(format!("mappedBy: {} instead of {}", identity["mappedBy"], expect["mappedBy"]));
        }
    }
    None
}

fn run_corpus(directory: &Path) {
    let mut wrong = Vec::new();
    let mut asked = 0;
    for path in files(directory, "json") {
        let case: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut world = Directory::new();
        for (name, text) in case["files"].as_object().unwrap() {
            world = world.with(name, text.as_str().unwrap());
        }
        let cases = case["cases"].as_array().unwrap();
        let lines: Vec<String> = cases.iter().map(|case| case["ask"].to_string()).collect();
        let lines = lines.join("\n");
        let run = world.run_with_input(
            &["can-i", "--batch", "-", "-f", ".", "--keep-going", "--builtin", "1.34"],
            lines.as_bytes(),
        );
        let answers: Vec<Value> =
            run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answers.len(), cases.len(), "{}: {}", path.display(), run.stderr);
        for (case, answer) in cases.iter().zip(&answers) {
            asked += 1;
            if let Some(difference) = difference(&case["expect"], answer) {
                wrong.push(format!("{}: {difference}\n  {}", path.display(), case["ask"]));
            }
        }
    }
    assert!(asked > 100, "only {asked} questions");
    assert!(wrong.is_empty(), "{} of {asked} differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn oddities_are_answered_as_upstream_does() {
    run_corpus(&root().join("tests/conformance/edge"));
}

#[test]
fn generated_clusters_are_answered_as_upstream_does() {
    if let Some(corpus) = corpus("random") {
        run_corpus(&corpus);
    }
}

/// `1 caller: fact  file:line`, one line for each link.
fn chain(links: &Value) -> String {
    let line = |link: &Value| {
        let place = &link["place"];
        let place = match place["file"].as_str() {
            Some(file) => format!("  {file}:{}", place["line"]),
            None => String::new(),
        };
        format!("{}: {}{place}", link["step"].as_str().unwrap(), link["fact"].as_str().unwrap())
    };
    links.as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A case of ours is YAML: `about`, `files`, and `ask` with `arguments`, `decision`, `chain` and, for a no, `why`.
#[test]
fn chains_are_as_expected() {
    let cases = files(&root().join("tests/conformance/chains"), "yaml");
    assert!(cases.len() > 5);
    for path in cases {
        let case: Value = serde_yaml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut world = Directory::new();
        for (name, text) in case["files"].as_object().unwrap() {
            world = world.with(name, text.as_str().unwrap());
        }
        for ask in case["ask"].as_array().unwrap() {
            let line = ask["arguments"].as_str().unwrap();
            let mut arguments = vec!["can-i", "-o", "json"];
            arguments.extend(line.split(' '));
            let run = world.run(&arguments);
            let at = format!("{}: {line}\n{}", path.display(), run.stderr);
            let answer = run.json();
            assert_eq!(answer["decision"], ask["decision"], "{at}");
            if let Some(expected) = ask["chain"].as_str() {
                assert_eq!(chain(&answer["chain"]), expected.trim_end(), "{at}");
            }
            if let Some(expected) = ask["why"].as_str() {
                let why = &answer["why"][0];
                let got = format!(
                    "{} {}:{}",
                    why["code"].as_str().unwrap(),
                    why["place"]["file"].as_str().unwrap_or("-"),
                    why["place"]["line"]
                );
                assert_eq!(got, expected, "{at}");
            }
            for code in ask["notes"].as_array().into_iter().flatten() {
                let notes = answer["notes"].as_array().unwrap();
                assert!(notes.iter().any(|note| note["code"] == *code), "{at}: no note {code} in {notes:?}");
            }
        }
    }
}
