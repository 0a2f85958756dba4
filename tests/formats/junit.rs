//! `JUnit` of `lint` and `test`.

use std::collections::BTreeMap;
use std::process::Command;

use super::foreign;
use crate::harness::{Directory, git, root, run_in};
use crate::lint::all_bad;

/// A name, the attributes that must be there, those that may be, and the children.
type Element = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Attributes and children of the elements of a report, as Jenkins' `junit-10.xsd` has them: of attributes those that
/// must be there first.
const JUNIT: [Element; 7] = [
    ("testsuites", &[], &["name", "time", "tests", "failures", "disabled", "errors"], &["testsuite"]),
    (
        "testsuite",
        &["name", "tests"],
        &["failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package"],
        &["testcase"],
    ),
    (
        "testcase",
        &["name"],
        &["assertions", "time", "classname", "status"],
        &["failure", "error", "system-out", "skipped"],
    ),
    ("failure", &[], &["type", "message"], &[]),
    ("error", &[], &["type", "message"], &[]),
    ("skipped", &[], &["type", "message"], &[]),
    ("system-out", &[], &[], &[]),
];

/// The attributes of a tag, which is what stands between the angle brackets.
fn attributes(tag: &str) -> BTreeMap<String, String> {
    let mut rest = tag.split_once(' ').map_or("", |(_, rest)| rest).trim_end_matches('/').trim();
    let mut all = BTreeMap::new();
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap();
        assert!(all.insert(name.to_owned(), value.to_owned()).is_none(), "{tag}: {name} twice");
        rest = after.trim_start();
    }
    assert_eq!(rest, "", "{tag}");
    all
}

/// Walks over the elements, and counts cases and failures in each suite.
fn check_junit(report: &str) {
    let body = report.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    let mut open: Vec<String> = Vec::new();
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut total: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut suite, mut whole) = (BTreeMap::new(), BTreeMap::new());
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        let entities = text.split('&').skip(1).all(|rest| {
            ["amp;", "lt;", "gt;", "quot;", "#10;", "#9;"].iter().any(|entity| rest.starts_with(entity))
        });
        assert!(entities, "{text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            let of = if name == "testsuite" { &suite } else { &whole };
            if name.starts_with("testsuite") {
                for (attribute, element) in
                    [("tests", "testcase"), ("failures", "failure"), ("errors", "error")]
                {
                    let counts = if name == "testsuite" { &mut counted } else { &mut total };
                    let count = counts.remove(element).unwrap_or_default();
                    let said = of.get(attribute).map_or(0, |said: &String| said.parse::<usize>().unwrap());
                    assert_eq!(said, count, "{attribute} of {name}");
                    *total.entry(element).or_default() += count;
                }
            }
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap();
        let (_, needed, allowed, _) = JUNIT.iter().find(|(known, ..)| *known == name).unwrap();
        if let Some(parent) = open.last() {
            let (.., children) = JUNIT.iter().find(|(known, ..)| known == parent).unwrap();
            assert!(children.contains(&name), "{name} in {parent}");
        } else {
            assert_eq!(name, "testsuites");
        }
        let own = attributes(tag);
        assert!(needed.iter().all(|needed| own.contains_key(*needed)), "{tag}");
        let known = |key: &String| needed.contains(&key.as_str()) || allowed.contains(&key.as_str());
        assert!(own.keys().all(known), "{tag}");
        if let Some((element, ..)) = JUNIT.iter().find(|(known, ..)| *known == name) {
            *counted.entry(*element).or_default() += 1;
        }
        match name {
            "testsuite" => suite = own,
            "testsuites" => whole = own,
            _ => {}
        }
        if !tag.ends_with('/') {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Both schemas, on one report.
fn hold(report: &str) {
    check_junit(report);
    let Some(schema) = foreign("junit-10.xsd") else { return };
    let place = Directory::new().with("report.xml", report);
    let mut command = Command::new("xmllint");
    let command = command.args(["--noout", "--nonet", "--schema"]).arg(schema).arg("report.xml");
    let output = command.current_dir(place.path()).output().unwrap();
    assert!(output.status.success(), "{}\n{report}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn lint_on_all_bad_examples_and_on_none() {
    let place = all_bad();
    let told = place.run(&["lint", "-o", "json"]).json()["findings"].as_array().unwrap().clone();
    let words = ["note", "warning", "error"];
    for fail_on in ["never", "error", "warning", "note"] {
        let report = place.run(&["lint", "-o", "junit", "--fail-on", fail_on]).stdout;
        hold(&report);
        let least = words.iter().position(|&word| word == fail_on).unwrap_or(words.len());
        let fails =
            told.iter().filter(|one| words[least..].iter().any(|&word| one["severity"] == word)).count();
        assert_eq!(
            (report.matches("<failure ").count(), report.matches("<testcase ").count()),
            (fails, told.len())
        );
    }
    hold(&Directory::new().with("a.yaml", "").run(&["lint", "-o", "junit"]).stdout);
}

#[test]
fn test_on_what_holds_what_fails_and_what_is_taken_away() {
    let example = root().join("examples/clusters/05-review-a-change");
    for manifests in ["before", "after"] {
        hold(&run_in(&example, &["test", "-f", manifests, "-o", "junit"], b"").stdout);
    }
    let odd = "schema: iamrbac/test/v1\nexpect:\n\
        - {name: \"<a> & 'b' \\\"c\\\" ]]> \\t\\x01 \\ud7ff\", who: {user: 'x'}, allow: [get pods], deny: [get pods]}\n\
        - {whoCan: get pods, exactly: []}\n";
    let directory = Directory::new()
        .with("a & b/\"<c>.iamrbac.test.yaml", odd)
        .with("a & b/broken.yaml", "apiVersion: v1\nkind: Role\nrules: [\n");
    let report = directory.run(&["test", "-o", "junit"]);
    hold(&report.stdout);
    assert!(report.stdout.contains("<error "), "what cannot be read leaves questions open: {report:?}");
    git(directory.path(), &["init", "-q"]);
    git(directory.path(), &["add", "."]);
    git(directory.path(), &["commit", "-qm", "before"]);
    let directory = directory.with("a & b/\"<c>.iamrbac.test.yaml", "schema: iamrbac/test/v1\nexpect: []\n");
    let taken = directory.run(&["test", "--base", "HEAD", "-o", "junit"]);
    hold(&taken.stdout);
    assert!(taken.stdout.contains("no longer expected"), "{taken:?}");
}
