//! What is printed for programs is read back and has lost nothing: the JSON, YAML, CSV, NDJSON and SARIF of every command,
//! for a cluster whose names have every letter that means something to one of these.

use std::collections::BTreeSet;

use iamrbac::report::text::visible;
use serde_json::Value;

use crate::harness::{Directory, Run};
use crate::hostile::names::cluster;

const NAMES: [&str; 8] = [
    "a \"b\", c;\té漢\n'd' e>&\\f|g",
    "null",
    "012",
    "- x: [y",
    "\u{1b}[2J\u{202e}",
    "\u{feff}a\u{200b}",
    " a ",
    "=SUM(1)",
];

const ROLE: &str = "arn:aws:iam::111122223333:role/dev";

/// Commands, and whether the names of the cluster stand in what they say by themselves, and not only in messages.
const SHOWN: [(&[&str], bool); 9] = [
    (&["can-i", "--user", "ana", "get", "pods"], false),
    (&["can-i", "--arn", ROLE, "get", "pods"], true),
    (&["can-i", "--arn", ROLE, "delete", "pods"], true),
    (&["can-i", "--user", "ana", "--list"], true),
    (&["whoami", "--arn", ROLE], true),
    (&["who-can", "get", "pods"], true),
    (&["matrix", "--resources", "pods"], true),
    (&["summary"], false),
    (&["diff", "/dev/null", "a.yaml"], false),
];

fn printed(place: &Directory, arguments: &[&str], format: &str) -> Option<Run> {
    let run = place.run(&[arguments, &["-o", format]].concat());
    let unknown = run.stderr.contains("invalid value") || run.stderr.contains("no `-o");
    (!unknown && !run.stdout.is_empty()).then_some(run)
}

fn texts<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::String(text) => {
            found.insert(text);
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

fn has(value: &Value, name: &str) -> bool {
    let mut found = BTreeSet::new();
    texts(value, &mut found);
    found.contains(name)
}

#[test]
fn json_and_yaml_say_the_same_and_every_name_as_it_is() {
    let mut both = 0;
    for name in NAMES {
        let place = cluster(name);
        for (arguments, named) in SHOWN {
            let run = printed(&place, arguments, "json").unwrap();
            let document = run.json();
            assert!(!named || has(&document, name), "{arguments:?}: no {name:?} in {document}");
            if let Some(yaml) = printed(&place, arguments, "yaml") {
                let read: Value = serde_yaml::from_str(&yaml.stdout).unwrap();
                assert_eq!(read, document, "{arguments:?}");
                both += 1;
            }
        }
    }
    assert!(both >= NAMES.len() * 6, "{both}");
}

#[test]
fn tables_for_programs_have_every_name_in_a_cell() {
    for name in NAMES {
        let place = cluster(name);
        let list = &["can-i", "--user", "ana", "--list"][..];
        for (arguments, format) in [(list, "csv"), (&["matrix"], "csv"), (&["matrix"], "wide-csv")] {
            let run = printed(&place, arguments, format).unwrap();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(run.stdout.as_bytes());
            // a reader that is not told otherwise refuses records of another length
            let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            let mut cells = records.iter().flatten();
            // a table has no escapes of its own: what would act on a terminal is written out
            let shown = visible(name);
            assert!(
                cells.any(|cell| unguarded(cell) == name || unguarded(cell) == shown),
                "{arguments:?} {format}: no {name:?}"
            );
        }
        let run = printed(&place, &["matrix", "--resources", "*"], "ndjson").unwrap();
        let rows: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(rows.iter().any(|row| has(row, name)), "no {name:?} in a line");
    }
}

/// A cell without the apostrophe that keeps spreadsheets from reckoning.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r'])).unwrap_or(cell)
}

#[test]
fn sarif_has_every_finding_of_the_json() {
    for name in NAMES {
        let place = cluster(name);
        let json = printed(&place, &["lint"], "json").unwrap().json();
        let sarif = printed(&place, &["lint"], "sarif").unwrap().json();
        let told = json["findings"].as_array().unwrap().iter().map(|finding| {
            let (place, code) = (&finding["place"], &finding["code"]);
            [
                code,
                &finding["severity"],
                &finding["fingerprint"],
                &place["file"],
                &place["line"],
                &place["column"],
            ]
            .map(Value::to_string)
        });
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let written = results.iter().map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            let region = &place["region"];
            let fingerprint = &result["partialFingerprints"]["iamrbac/v1"];
            [
                &result["ruleId"],
                &result["level"],
                fingerprint,
                &place["artifactLocation"]["uri"],
                &region["startLine"],
                &region["startColumn"],
            ]
            .map(Value::to_string)
        });
        let (mut told, mut written): (Vec<_>, Vec<_>) = (told.collect(), written.collect());
        told.sort();
        written.sort();
        assert!(!told.is_empty());
        assert_eq!(told, written, "{name:?}");
    }
}
