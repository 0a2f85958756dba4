//! What the linter tells: findings for people and as JSON (`iamrbac/lint/v1`), the list of rules, and one rule explained.

use std::fmt::Write as _;
use std::io;
use std::ops::ControlFlow;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::json::PlaceDocument;
use super::pieces;
use super::snippet::Excerpts;
use super::text::{Style, visible, wrapped};
use crate::finding::{Severity, Spot};
use crate::lint::catalogue::rules;
use crate::lint::{Report, Rule, Told, rule_of};
use crate::source::ahead::in_order;
use crate::source::{Place, Sources};

/// The name of the contract.
pub const SCHEMA: &str = "iamrbac/lint/v1";

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    today: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'a str>,
    complete: bool,
    counts: Counts,
    silenced: std::collections::BTreeMap<&'static str, usize>,
    /// Empty: see [`to_writer_pretty`].
    findings: [FindingDocument<'a>; 0],
}

#[derive(Debug, Serialize)]
struct Counts {
    error: usize,
    warning: usize,
    note: usize,
}

#[derive(Debug, Serialize)]
struct FindingDocument<'a> {
    code: &'static str,
    number: Option<&'static str>,
    severity: &'static str,
    confidence: Option<&'static str>,
    message: &'a str,
    help: Option<&'a str>,
    place: Option<PlaceDocument<&'a str>>,
    related: Vec<StepDocument<'a>>,
    chain: Vec<StepDocument<'a>>,
    fingerprint: String,
}

#[derive(Debug, Serialize)]
struct StepDocument<'a> {
    what: &'a str,
    place: Option<PlaceDocument<&'a str>>,
}

/// Writes the findings as JSON.
pub fn to_writer_pretty(out: impl io::Write, report: &Report) -> serde_json::Result<()> {
    let document = Document {
        schema: SCHEMA,
        today: report.today.to_string(),
        base: report.base.as_deref(),
        complete: !report.incomplete,
        counts: Counts {
            error: report.count(Severity::Error),
            warning: report.count(Severity::Warning),
            note: report.count(Severity::Note),
        },
        silenced: report.silenced.iter().map(|(silence, count)| (silence.as_str(), *count)).collect(),
        findings: [],
    };
    pieces::to_writer_pretty(out, &document, (1, "findings"), &report.findings, finding_document)
}

fn finding_document<'a>(told: &'a Told) -> FindingDocument<'a> {
    let finding = &told.finding;
    let rule = rule_of(finding.code);
    let steps = |steps: &'a [(Spot, String)], places: &'a [Option<Place>]| {
        let steps = steps.iter().zip(places);
        steps
            .map(|((_, what), place)| StepDocument { what, place: place.as_ref().map(PlaceDocument::shown) })
            .collect()
    };
    FindingDocument {
        code: finding.code.as_str(),
        number: rule.map(|rule| rule.number),
        severity: finding.severity.as_str(),
        confidence: rule.map(|rule| rule.confidence.as_str()),
        message: &finding.message,
        help: finding.help.as_deref(),
        place: told.place.as_ref().map(PlaceDocument::shown),
        related: steps(&finding.related, &told.related),
        chain: steps(&finding.flow, &told.flow),
        fingerprint: told.fingerprint.to_string(),
    }
}

/// Writes the findings with their excerpts, the chain of each, and the sum.
pub fn to_writer(
    mut out: impl io::Write,
    sources: &Sources,
    report: &Report,
    style: Style,
) -> io::Result<()> {
    let excerpts = Excerpts::new(sources, style);
    let one = |told: &Told| {
        let mut text = excerpts.told(told);
        for (position, ((_, what), place)) in told.finding.flow.iter().zip(&told.flow).enumerate() {
            step(&mut text, position + 1, what, place.as_ref(), style.width);
        }
        text.push('\n');
        let weight = text.len();
        (text, weight)
    };
    let written = in_order(&report.findings, one, |_, text| match out.write_all(text.as_bytes()) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    });
    match written {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => out.write_all(sum(report).as_bytes()),
    }
}

/// A link of a chain in lines of the width, its place behind it or on a line of its own.
fn step(out: &mut String, number: usize, what: &str, place: Option<&Place>, width: usize) {
    let first = format!("  {number}. ");
    let room = width.saturating_sub(first.len()).max(20);
    let mut lines = wrapped(&visible(what), room);
    if let Some(place) = place {
        let place = visible(&format!("{}:{}", place.file, place.line));
        match lines.last_mut() {
            Some(last) if last.width() + 2 + place.width() <= room => {
                let _ = write!(last, "  {place}");
            }
            _ => lines.push(place),
        }
    }
    for (number, line) in lines.iter().enumerate() {
        let before = if number == 0 { first.clone() } else { " ".repeat(first.len()) };
        let _ = writeln!(out, "{before}{line}");
    }
}

/// How many findings there are, how many are silenced, and as of which day that was judged.
pub fn sum(report: &Report) -> String {
    let counted = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let mut out = if report.findings.is_empty() {
        "no findings".to_owned()
    } else {
        [Severity::Error, Severity::Warning, Severity::Note]
            .map(|severity| counted(report.count(severity), severity.as_str()))
            .join(", ")
    };
    if !report.silenced.is_empty() {
        let by: Vec<String> = report
            .silenced
            .iter()
            .map(|(silence, count)| format!("{count} by {}", silence.as_str()))
            .collect();
        let _ = write!(out, "; silenced: {}", by.join(", "));
    }
    let _ = write!(out, " (as of {}", report.today);
    if let Some(base) = &report.base {
        let _ = write!(out, "; silenced by what is in {}", visible(base));
    }
    out.push_str(")\n");
    out
}

/// All rules, one a line.
pub fn list() -> String {
    let mut out = String::new();
    let mut family = None;
    for rule in rules() {
        if family.replace(rule.family) != Some(rule.family) {
            let _ = writeln!(out, "{}{}", if out.is_empty() { "" } else { "\n" }, rule.family);
        }
        let severity = rule.severity.as_str();
        let _ = writeln!(out, "  {} {severity:7} {:32} {}", rule.number, rule.code.as_str(), rule.summary);
    }
    out
}

/// The rules as JSON.
pub fn list_json() -> serde_json::Result<String> {
    let rule = |rule: &Rule| {
        serde_json::json!({
            "code": rule.code.as_str(), "number": rule.number, "family": rule.family.as_str(),
            "severity": rule.severity.as_str(), "confidence": rule.confidence.as_str(),
            "summary": rule.summary, "why": rule.why, "remedy": rule.remedy, "source": rule.source,
        })
    };
    serde_json::to_string_pretty(&rules().map(rule).collect::<Vec<_>>())
}

/// The rules as a table in Markdown, as documents have it.
pub fn list_markdown() -> String {
    let mut out =
        "| number | code | severity | confidence | what it tells |\n|---|---|---|---|---|\n".to_owned();
    for rule in rules() {
        let (severity, confidence) = (rule.severity.as_str(), rule.confidence.as_str());
        let _ = writeln!(
            out,
            "| {} | `{}` | {severity} | {confidence} | {} |",
            rule.number, rule.code, rule.summary
        );
    }
    out
}

/// One rule, with its examples.
pub fn explain(rule: &Rule, style: Style) -> String {
    let mut out =
        format!("{} ({}), {}, {}\n", rule.code, rule.number, rule.severity, rule.confidence.as_str());
    for (what, text) in
        [("", rule.summary), ("why", rule.why), ("remedy", rule.remedy), ("source", rule.source)]
    {
        if !what.is_empty() {
            let _ = writeln!(out, "\n{what}");
        }
        for line in wrapped(text, style.width.saturating_sub(2)) {
            let _ = writeln!(out, "  {line}");
        }
    }
    for (what, text) in [("bad", rule.bad), ("good", rule.good)] {
        let _ = writeln!(out, "\n{what}");
        for line in text.lines() {
            let _ = writeln!(out, "  {}", visible(line).trim_end());
        }
    }
    out
}
