//! Judged expectations for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::{JudgedFile, counts};
use crate::lint::Told;
use crate::query::expect::{Judged, Outcome};
use crate::report::diff::in_checkout;
use crate::report::github::{data, property};
use crate::report::json::{LinkDocument, NoteDocument, link_document, note_document};
use crate::report::xml::escaped;

/// The name of the JSON contract. v1 grows only by new fields.
pub const SCHEMA: &str = "iamrbac/test-result/v1";

/// All files, judged.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultDocument {
    schema: &'static str,
    met: usize,
    failed: usize,
    unanswered: usize,
    /// What a change takes from the expectations of its base.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    taken_away: Vec<String>,
    expectations: Vec<ExpectationDocument>,
}

#[derive(Debug, Serialize)]
struct ExpectationDocument {
    file: String,
    line: Option<usize>,
    entry: usize,
    field: &'static str,
    element: Option<usize>,
    about: String,
    expected: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chain: Vec<LinkDocument>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    why: Vec<WhyDocument>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<NoteDocument>,
}

#[derive(Debug, Serialize)]
struct WhyDocument {
    code: &'static str,
    message: String,
    help: String,
}

/// The document of the judged files.
pub fn document(files: &[JudgedFile<'_>], silences: &[Told]) -> ResultDocument {
    let counts = counts(files);
    let all = files.iter().flat_map(|file| file.judged.iter().map(move |judged| expectation(file, judged)));
    ResultDocument {
        schema: SCHEMA,
        met: counts.met,
        failed: counts.failed,
        unanswered: counts.unanswered,
        taken_away: silences.iter().map(|told| told.finding.message.clone()).collect(),
        expectations: all.collect(),
    }
}

fn expectation(file: &JudgedFile<'_>, judged: &Judged) -> ExpectationDocument {
    let mut document = ExpectationDocument {
        file: file.path.clone(),
        line: file.place(judged).map(|place| place.line),
        entry: judged.spot.entry,
        field: judged.spot.field,
        element: judged.spot.element,
        about: judged.about.clone(),
        expected: judged.expected.clone(),
        outcome: "met",
        found: None,
        chain: Vec::new(),
        why: Vec::new(),
        gaps: Vec::new(),
    };
    match &judged.outcome {
        Outcome::Met => {}
        Outcome::Failed { found, chain, why } => {
            document.outcome = "failed";
            document.found = Some(found.clone());
            document.chain = chain.iter().map(|link| link_document(file.sources, link)).collect();
            document.why = why
                .iter()
                .map(|reason| WhyDocument {
                    code: reason.code.as_str(),
                    message: reason.message.clone(),
                    help: reason.help.clone(),
                })
                .collect();
        }
        Outcome::Unanswered { why, gaps, .. } => {
            document.outcome = "unanswered";
            document.found = Some(why.clone());
            document.gaps = gaps.iter().map(|gap| note_document(file.sources, gap)).collect();
        }
    }
    document
}

/// A `JUnit` report: a suite for each file, a case for each expectation.
/// Source: the schema of Jenkins' xUnit plugin, `junit-10.xsd`, of which every reader takes this part.
pub fn junit(files: &[JudgedFile<'_>], silences: &[Told]) -> String {
    let all = counts(files);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let total = all.met + all.failed + all.unanswered + silences.len();
    let _ = writeln!(
        out,
        "<testsuites name=\"iamrbac test\" tests=\"{total}\" failures=\"{}\" errors=\"{}\">",
        all.failed, all.unanswered
    );
    for file in files {
        let count =
            |what: fn(&Outcome) -> bool| file.judged.iter().filter(|judged| what(&judged.outcome)).count();
        let failures = count(|outcome| matches!(outcome, Outcome::Failed { .. }));
        let errors = count(|outcome| matches!(outcome, Outcome::Unanswered { .. }));
        let path = escaped(&file.path);
        let _ = writeln!(
            out,
            "  <testsuite name=\"{path}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\">",
            file.judged.len()
        );
        for judged in &file.judged {
            let name = escaped(&format!("{}: {}", judged.about, judged.expected));
            let element = match judged.outcome {
                Outcome::Met => {
                    let _ = writeln!(out, "    <testcase classname=\"{path}\" name=\"{name}\"/>");
                    continue;
                }
                Outcome::Failed { .. } => "failure",
                Outcome::Unanswered { .. } => "error",
            };
            let details = file.details(judged);
            let message = escaped(details.first().map_or("", String::as_str));
            let text = escaped(&format!("{}\n{}", file.line(judged), details.join("\n")));
            let _ = write!(
                out,
                "    <testcase classname=\"{path}\" name=\"{name}\">\n      \
                 <{element} message=\"{message}\">{text}</{element}>\n    </testcase>\n"
            );
        }
        out.push_str("  </testsuite>\n");
    }
    taken_away(silences, &mut out);
    out.push_str("</testsuites>\n");
    out
}

/// A suite of what a change takes from the expectations: nothing that fails, and nothing to overlook.
fn taken_away(silences: &[Told], out: &mut String) {
    if silences.is_empty() {
        return;
    }
    let count = silences.len();
    let _ = writeln!(
        out,
        "  <testsuite name=\"what the change takes away\" tests=\"{count}\" failures=\"0\" errors=\"0\" skipped=\"{count}\">"
    );
    for told in silences {
        let name = escaped(&told.finding.message);
        let _ = writeln!(
            out,
            "    <testcase classname=\"iamrbac\" name=\"{name}\"><skipped message=\"taken away by the change\"/></testcase>"
        );
    }
    out.push_str("  </testsuite>\n");
}

/// Annotations of GitHub's checks, at the lines of the expectations.
/// Source: GitHub documentation, "Workflow commands for GitHub Actions".
pub fn annotations(files: &[JudgedFile<'_>], silences: &[Told]) -> String {
    let mut out = String::new();
    for file in files {
        for judged in file.judged.iter().filter(|judged| !matches!(judged.outcome, Outcome::Met)) {
            let place = file.place(judged);
            let line = place.map(|place| format!(",line={},endLine={}", place.line, place.end_line));
            let text = format!("{}: {}\n{}", judged.about, judged.expected, file.details(judged).join("\n"));
            let _ = writeln!(
                out,
                "::error file={}{},title=iamrbac test::{}",
                property(in_checkout(&file.path)),
                line.unwrap_or_default(),
                data(&text)
            );
        }
    }
    out.push_str(&crate::report::github::findings(silences));
    let counts = counts(files);
    let _ = writeln!(
        out,
        "::notice title=iamrbac test::{} met, {} failed, {} unanswered",
        counts.met, counts.failed, counts.unanswered
    );
    out
}
