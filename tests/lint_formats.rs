//! What the linter writes for other programs, held to the shapes that these read.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::harness::{Directory, root};
use crate::lint::all_bad;

fn schema(path: &std::path::Path) -> jsonschema::Validator {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

/// The schemas of SARIF: our own of the part that is written, and that of the standard where it is at hand.
fn sarif_schemas() -> Vec<jsonschema::Validator> {
    let mut schemas = vec![schema(&root().join("tests/schema/sarif-2.1.0-subset.json"))];
    match std::env::var_os("IAMRBAC_SARIF_SCHEMA") {
        Some(path) => schemas.push(schema(path.as_ref())),
        None => {
            eprintln!("skipped: IAMRBAC_SARIF_SCHEMA names no schema of SARIF (crate serde-sarif has one)");
        }
    }
    schemas
}

fn valid(schemas: &[jsonschema::Validator], what: &str, log: &Value) {
    for schema in schemas {
        let wrong: Vec<String> =
            schema.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path)).collect();
        assert!(wrong.is_empty(), "{what}: {wrong:#?}");
    }
}

#[test]
fn sarif_is_as_its_schema_says() {
    let schemas = sarif_schemas();
    valid(&schemas, "all", &all_bad().run(&["lint", "-o", "sarif"]).json());
    valid(&schemas, "nothing", &Directory::new().with("a.yaml", "").run(&["lint", "-o", "sarif"]).json());
}

#[test]
fn fingerprints_stay_where_lines_move_and_differ_between_findings() {
    let of = |place: &Directory| -> Vec<String> {
        let log = place.run(&["lint", "-o", "sarif"]).json();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|one| one["partialFingerprints"]["iamrbac/v1"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut place = all_bad();
    let mut before = of(&place);
    let names: Vec<String> = fs::read_dir(place.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in names {
        // bytes that are no text stay as they are
        if let Ok(text) = fs::read_to_string(place.path().join(&name)) {
            place = place.with(&name, format!("# moved\n# by two lines\n{text}"));
        }
    }
    let mut after = of(&place);
    before.sort();
    after.sort();
    assert_eq!(before, after);
    before.dedup();
    assert!(before.len() == after.len() && before.len() > 100, "{} {}", before.len(), after.len());
}

/// A name, the attributes that must be there, those that may be, and the children.
type Element = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Attributes and children of the elements of a report, as Jenkins' `junit-10.xsd` has them: of attributes those that
/// must be there first.
const JUNIT: [Element; 6] = [
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
    let mut suite = BTreeMap::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        let entities = text.split('&').skip(1).all(|rest| {
            ["amp;", "lt;", "gt;", "quot;", "#10;", "#9;"].iter().any(|entity| rest.starts_with(entity))
        });
        assert!(entities, "{text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            if name == "testsuite" {
                for (attribute, element) in
                    [("tests", "testcase"), ("failures", "failure"), ("errors", "error")]
                {
                    let count = counted.remove(element).unwrap_or_default().to_string();
                    assert_eq!(suite.get(attribute), Some(&count), "{attribute}");
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
        if name == "testsuite" {
            suite = own;
        }
        if !tag.ends_with('/') {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn junit_is_as_its_schema_says() {
    for fail_on in ["never", "error", "note"] {
        check_junit(&all_bad().run(&["lint", "-o", "junit", "--fail-on", fail_on]).stdout);
    }
    check_junit(&Directory::new().with("a.yaml", "").run(&["lint", "-o", "junit"]).stdout);
}
