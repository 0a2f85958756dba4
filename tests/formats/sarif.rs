//! SARIF of `lint` and `diff`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::foreign;
use crate::harness::{Directory, Run, git, root, run_in};
use crate::lint::{all_bad, codes, directory};
use crate::world::world;

fn schema(path: &Path) -> jsonschema::Validator {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

/// What a log is held to, and what was looked at.
pub struct Held {
    schemas: Vec<jsonschema::Validator>,
    regions: usize,
    flows: usize,
    wrong: BTreeSet<String>,
}

impl Held {
    pub fn new() -> Self {
        let mut schemas = vec![schema(&root().join("tests/schema/sarif-2.1.0-subset.json"))];
        schemas.extend(foreign("sarif-2.1.0.json").map(|path| schema(&path)));
        Self { schemas, regions: 0, flows: 0, wrong: BTreeSet::new() }
    }

    /// The schemas, the indices of rules, and every region: whether it lies in its file and holds what it is told for.
    pub fn hold(&mut self, at: &Path, run: &Run) {
        let log = run.json();
        for schema in &self.schemas {
            let wrong: Vec<String> =
                schema.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path)).collect();
            assert!(wrong.is_empty(), "{}: {wrong:#?}", at.display());
        }
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        for result in log["runs"][0]["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            let whole = WHOLE.iter().any(|code| result["ruleId"] == *code);
            let told = result["message"]["text"].as_str().unwrap();
            let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array();
            self.flows += usize::from(steps.is_some());
            let steps: Vec<&Value> = steps.into_iter().flatten().map(|step| &step["location"]).collect();
            for step in &steps {
                let what = step["message"]["text"].as_str().unwrap();
                self.region(at, what, step, |covered| link_is_named(what, covered));
            }
            for related in result["relatedLocations"].as_array().into_iter().flatten() {
                let what = related["message"]["text"].as_str().unwrap();
                let rule = what == "the rule" || what == "this one covers it";
                self.region(at, what, related, |covered| {
                    (rule && covered.contains("verbs")) || is_named(what, covered) || is_named(told, covered)
                });
            }
            for location in result["locations"].as_array().unwrap() {
                let is_a_step = steps
                    .iter()
                    .any(|step| step["physicalLocation"]["region"] == location["physicalLocation"]["region"]);
                self.region(at, told, location, |covered| is_a_step || whole || is_named(told, covered));
            }
        }
    }

    /// That nothing was wrong, and much was looked at.
    pub fn end(self) {
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
        assert!(self.regions > 200 && self.flows > 25, "{} {}", self.regions, self.flows);
    }

    fn region(&mut self, at: &Path, what: &str, location: &Value, holds: impl Fn(&str) -> bool) {
        let physical = &location["physicalLocation"];
        if physical.is_null() {
            assert!(!location["logicalLocations"].is_null() || !location["message"].is_null(), "{location}");
            return;
        }
        let region = &physical["region"];
        let number = |name: &str| usize::try_from(region[name].as_u64().unwrap()).unwrap();
        let (start, end) =
            ((number("startLine"), number("startColumn")), (number("endLine"), number("endColumn")));
        // what is said of a whole file, or of a file that cannot be read
        if (start, end) == ((1, 1), (1, 1)) {
            return;
        }
        let file = physical["artifactLocation"]["uri"].as_str().unwrap();
        let content = String::from_utf8_lossy(&fs::read(at.join(unescaped(file))).unwrap()).into_owned();
        let lines: Vec<&str> = content.split('\n').collect();
        assert!(start <= end && end.0 <= lines.len(), "{location}");
        assert!(start.1 <= lines[start.0 - 1].chars().count() + 1, "{location}");
        assert!(end.1 <= lines[end.0 - 1].chars().count() + 1, "{location}");
        let mut covered: Vec<String> =
            lines[start.0 - 1..end.0].iter().map(|&line| line.to_owned()).collect();
        let last = covered.last_mut().unwrap();
        *last = last.chars().take(end.1 - 1).collect();
        let before: String = covered[0].chars().take(start.1 - 1).collect();
        covered[0] = covered[0].chars().skip(start.1 - 1).collect();
        let covered = covered.join("\n");
        // a value that begins a line has its key on a line above
        let lines_before = std::iter::once(before.as_str()).chain(lines[..start.0 - 1].iter().rev().copied());
        let mut keys = lines_before.map(|line| line.trim_end().trim_end_matches([':', '-', ' ']));
        let key = keys.find(|line| !line.trim().is_empty()).unwrap_or_default();
        let key = key.rsplit(['{', ',', ' ']).next().unwrap();
        if !holds(&covered) && !holds(key) {
            self.wrong.insert(format!("{what}: {file} covers {covered:?}"));
        }
        self.regions += 1;
    }
}

fn unescaped(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&rest[..2]).unwrap(), 16).unwrap());
            rest = &rest[2..];
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// What is said of a text where reading it ends, or of a whole document, and names nothing that stands there.
const WHOLE: [&str; 8] = [
    "read-past-error",
    "mapping-not-applied",
    "syntax-error",
    "template-unrendered",
    "encoding-invalid",
    "limit-exceeded",
    "content-dropped",
    "aws-auth-unreadable",
];

/// Whether a text between backticks, or a part of one, stands in the region or as the key before it; of a message without
/// any, whether a word does.
fn is_named(message: &str, covered: &str) -> bool {
    let fact = message.lines().next().unwrap();
    let mut names: Vec<&str> = fact.split('`').skip(1).step_by(2).collect();
    if names.is_empty() {
        names = fact.split([' ', ',']).filter(|word| word.len() > 2).collect();
    }
    let parts = names.iter().flat_map(|name| name.split(['/', ' ', ',', ':', '.', '[', ']']));
    let covered = covered.to_lowercase();
    // an alias stands for what is named
    names.contains(&"")
        || covered.starts_with('*')
        || parts.filter(|part| !part.is_empty()).any(|part| covered.contains(&part.to_lowercase()))
}

/// Whether the region of a link of a chain holds what the link names.
fn link_is_named(what: &str, covered: &str) -> bool {
    let (kind, fact) = what.split_once(": ").unwrap();
    let unquoted = |text: &str| text.trim_matches('"').to_owned();
    let last = |of: &str| of.rsplit([' ', '/']).next().map(unquoted).unwrap();
    let names: Vec<String> = match kind {
        "rule" => fact.split([' ', ',']).map(unquoted).chain(["*".to_owned()]).collect(),
        "binding" => fact.split_once(" gives ").map_or_else(
            || vec![last(fact)],
            |(_, role)| role.split([' ', ',']).skip(1).take(1).map(unquoted).collect(),
        ),
        "subject" => {
            let name = fact.split('"').nth(1).map_or_else(|| last(fact), str::to_owned);
            let part = |at: char| name.rsplit(at).next().unwrap().to_owned();
            vec![part(':'), part('/'), name.clone()]
        }
        "username" | "group" => fact
            .split('"')
            .skip(1)
            .step_by(2)
            .flat_map(|name| name.split([':', '/']))
            .map(str::to_owned)
            .collect(),
        _ => fact.split([' ', ',', '/']).map(unquoted).collect(),
    };
    fact.contains("\"\"") || names.iter().any(|name| !name.is_empty() && covered.contains(name.as_str()))
}

#[test]
fn lint_on_every_bad_example() {
    let mut held = Held::new();
    let today = ["lint", "--today", "2026-11-22", "-o", "sarif"];
    for code in codes() {
        let (place, _) = directory(&code, "bad");
        held.hold(place.path(), &place.run(&today));
    }
    let all = all_bad();
    held.hold(all.path(), &all.run(&today));
    let nothing = Directory::new().with("a.yaml", "");
    held.hold(nothing.path(), &nothing.run(&today));
    held.end();
}

#[test]
fn lint_and_diff_on_the_examples() {
    let mut held = Held::new();
    let mut clusters = Vec::new();
    for example in fs::read_dir(root().join("examples/clusters")).unwrap() {
        let inside = fs::read_dir(example.unwrap().path()).unwrap().map(|entry| entry.unwrap().path());
        clusters.extend(inside.filter(|path| path.is_dir()));
    }
    clusters.sort();
    assert!(clusters.len() > 8);
    for (base, head) in clusters.iter().zip(clusters.iter().cycle().skip(1)) {
        held.hold(head, &run_in(head, &["lint", "-o", "sarif"], b""));
        let base = base.to_str().unwrap();
        held.hold(head, &run_in(head, &["diff", base, ".", "-o", "sarif"], b""));
        held.hold(head, &run_in(head, &["diff", ".", ".", "-o", "sarif"], b""));
    }
    held.end();
}

#[test]
fn lint_and_diff_on_random_clusters() {
    let mut held = Held::new();
    for seed in 0..12 {
        let mut directory = Directory::new();
        for (path, text) in &world(seed, 40).files {
            directory = directory.with(path, text);
        }
        git(directory.path(), &["init", "-q"]);
        git(directory.path(), &["add", "."]);
        git(directory.path(), &["commit", "-qm", "before", "--allow-empty"]);
        let after = world(seed + 1, 40).files;
        let directory = after.iter().fold(directory, |directory, (path, text)| directory.with(path, text));
        held.hold(directory.path(), &directory.run(&["lint", "-o", "sarif", "--keep-going"]));
        held.hold(directory.path(), &directory.run(&["diff", "HEAD", "-o", "sarif", "--keep-going"]));
    }
    held.end();
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
