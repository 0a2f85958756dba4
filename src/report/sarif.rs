//! Findings as SARIF 2.1.0, for code scanning: regions, related places, the chain as a code flow, stable fingerprints.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use serde_json::{Value, json};

use super::pieces;
use super::text::visible;
use crate::finding::{Code, Severity};
use crate::lint::{Rule, Told, rule_of};
use crate::source::Place;

/// The log of one run.
pub fn findings(told: &[Told]) -> Value {
    let (positions, rules) = rules(told);
    let results: Vec<Value> = told.iter().map(|one| result(one, &positions)).collect();
    log(&rules, &results)
}

/// Writes the log of one run.
pub fn to_writer_pretty(out: impl io::Write, told: &[Told]) -> serde_json::Result<()> {
    let (positions, rules) = rules(told);
    pieces::to_writer_pretty(out, &log(&rules, &[]), (3, "results"), told, |one| result(one, &positions))
}

/// The rules of findings, and the position of each.
fn rules(told: &[Told]) -> (BTreeMap<Code, usize>, Vec<Value>) {
    let mut positions: BTreeMap<Code, usize> = BTreeMap::new();
    let mut rules = Vec::new();
    for one in told {
        let code = one.finding.code;
        positions.entry(code).or_insert_with(|| {
            rules.push(rule(code, rule_of(code)));
            rules.len() - 1
        });
    }
    (positions, rules)
}

fn log(rules: &[Value], results: &[Value]) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "iamrbac",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: Code, rule: Option<&Rule>) -> Value {
    let Some(rule) = rule else {
        let text = match code {
            Code::AccessGained => "a change lets somebody do what they could not do before",
            Code::AccessLost => "a change keeps somebody from what they could do before",
            Code::CallerLetIn => "a change lets somebody in",
            Code::CallerShutOut => "a change shuts somebody out",
            _ => return json!({ "id": code.as_str() }),
        };
        return json!({ "id": code.as_str(), "shortDescription": { "text": text } });
    };
    let help = format!("{}. {}. Source: {}", rule.why, rule.remedy, rule.source);
    json!({
        "id": code.as_str(),
        "name": rule.number,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.why },
        "help": { "text": help },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "precision": precision(rule), "tags": [rule.family.as_str()] },
    })
}

/// In the words of GitHub's code scanning.
fn precision(rule: &Rule) -> &'static str {
    match rule.confidence {
        crate::lint::Confidence::Certain => "very-high",
        crate::lint::Confidence::Likely => "high",
        crate::lint::Confidence::Possible => "medium",
    }
}

const fn level(severity: Severity) -> &'static str {
    severity.as_str()
}

fn result(one: &Told, rules: &BTreeMap<Code, usize>) -> Value {
    let finding = &one.finding;
    let message = match &finding.help {
        Some(help) => format!("{}\n{help}", visible(&finding.message)),
        None => visible(&finding.message),
    };
    let mut result = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": rules.get(&finding.code),
        "level": level(finding.severity),
        "message": { "text": message },
        "locations": one.place.iter().map(|place| location(place, None)).collect::<Vec<_>>(),
        "partialFingerprints": { "iamrbac/v1": one.fingerprint.to_string() },
    });
    let related = finding.related.iter().zip(&one.related);
    let related: Vec<Value> =
        related.filter_map(|((_, what), place)| Some(location(place.as_ref()?, Some(what)))).collect();
    let flow = finding.flow.iter().zip(&one.flow);
    let flow: Vec<Value> = flow
        .map(|((_, what), place)| match place {
            Some(place) => json!({ "location": location(place, Some(what)) }),
            None => json!({ "location": { "message": { "text": visible(what) } } }),
        })
        .collect();
    if let Value::Object(fields) = &mut result {
        if !related.is_empty() {
            fields.insert("relatedLocations".to_owned(), related.into());
        }
        if !flow.is_empty() {
            fields.insert("codeFlows".to_owned(), json!([{ "threadFlows": [{ "locations": flow }] }]));
        }
    }
    result
}

fn location(place: &Place, what: Option<&String>) -> Value {
    let mut location = if place.file.starts_with("builtin:") {
        json!({ "logicalLocations": [{ "fullyQualifiedName": format!("{} {}", place.file, place.path) }] })
    } else {
        json!({ "physicalLocation": {
            "artifactLocation": { "uri": uri(&place.file) },
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
        } })
    };
    if let (Some(what), Value::Object(fields)) = (what, &mut location) {
        fields.insert("message".to_owned(), json!({ "text": visible(what) }));
    }
    location
}

/// A path as a reference of a URI.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("./a b/ü:1.yaml"), "a%20b/%C3%BC%3A1.yaml");
    }
}
