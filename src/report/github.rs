//! Findings as annotations of GitHub Actions: one workflow command a line.

use std::fmt::Write as _;

use super::text::visible_lines;
use crate::finding::Severity;
use crate::lint::Told;

/// One command for each finding.
/// Source: GitHub documentation, workflow commands, setting an error message.
pub fn findings(told: &[Told]) -> String {
    let mut out = String::new();
    for one in told {
        let command = match one.finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let place = one.place.as_ref().filter(|place| !place.file.is_empty());
        let place = place.map(|place| {
            // columns are shown only within one line
            let columns = if place.line == place.end_line {
                format!(",col={},endColumn={}", place.column, place.end_column)
            } else {
                String::new()
            };
            format!("file={},line={},endLine={}{columns},", property(&place.file), place.line, place.end_line)
        });
        let help = one.finding.help.as_ref().map_or(String::new(), |help| format!("\n{help}"));
        let text = data(&format!("{}{help}", one.finding.message));
        let _ = writeln!(out, "::{command} {}title={}::{text}", place.unwrap_or_default(), one.finding.code);
    }
    out
}

/// A text as the message of a command.
pub(super) fn data(text: &str) -> String {
    visible_lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text as the value of a property of a command.
pub(super) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("50% a\nb::c"), "50%25 a%0Ab::c");
        assert_eq!(property("a:b,c.yaml"), "a%3Ab%2Cc.yaml");
    }
}
