//! Findings as a `JUnit` report: a test case each, failed where the finding fails the run.

use std::fmt::Write as _;

use super::xml::escaped;
use crate::finding::Severity;
use crate::lint::Told;

/// The report. Findings below the severity that fails the run are passed cases with their text as output.
pub fn findings(suite: &str, told: &[Told], fail_on: Option<Severity>) -> String {
    let fails = |one: &&Told| fail_on.is_some_and(|least| one.finding.severity >= least);
    let failures = told.iter().filter(fails).count();
    let tests = told.len().max(1);
    let suite = escaped(suite);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites tests=\"{tests}\" failures=\"{failures}\">");
    let _ = writeln!(
        out,
        "  <testsuite name=\"{suite}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">"
    );
    if told.is_empty() {
        let _ = writeln!(out, "    <testcase classname=\"{suite}\" name=\"no findings\"/>");
    }
    for one in told {
        let line = one.place.as_ref().map_or(0, |place| place.line);
        let file = if one.file().is_empty() { "(no file)" } else { one.file() };
        let name = format!("{} {file}:{line}", one.finding.code);
        let _ = writeln!(out, "    <testcase classname=\"{}\" name=\"{}\">", escaped(file), escaped(&name));
        let help = one.finding.help.as_ref().map_or(String::new(), |help| format!("\n{help}"));
        let text = escaped(&format!("{file}:{line}: {}{help}", one.finding.message));
        let _ = if fails(&one) {
            let message = escaped(&one.finding.message);
            let code = one.finding.code;
            writeln!(out, "      <failure type=\"{code}\" message=\"{message}\">{text}</failure>")
        } else {
            writeln!(out, "      <system-out>{}: {text}</system-out>", one.finding.severity)
        };
        let _ = writeln!(out, "    </testcase>");
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_run_is_one_passed_case() {
        let report = findings("lint", &[], Some(Severity::Error));
        assert!(report.contains("tests=\"1\" failures=\"0\"") && report.contains("name=\"no findings\""));
    }
}
