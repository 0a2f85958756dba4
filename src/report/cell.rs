//! Cells of CSV.

use super::text::visible_lines;

/// The text as a cell that no spreadsheet takes for a formula, and in which no character acts on a terminal or hides
/// the order of others.
///
/// A spreadsheet takes a cell that starts with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula; such a cell
/// gets a `'` in front, which spreadsheets do not show.
pub fn guarded(text: &str) -> String {
    let text = visible_lines(text);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_texts() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(guarded(formula), format!("'{formula}"));
        }
        assert_eq!(guarded("\r=1"), "\\u{d}=1");
        for harmless in ["", "*", "'=1", "a=b", " =1"] {
            assert_eq!(guarded(harmless), harmless);
        }
    }
}
