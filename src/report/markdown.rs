//! Findings as Markdown for a comment: short first, details folded, never longer than a comment may be.

use std::fmt::Write as _;

use super::text::visible_lines;
use crate::finding::Severity;
use crate::lint::Told;

/// A comment of GitHub has at most 65,536 characters; some are left for what a workflow adds.
pub const LONGEST: usize = 60_000;

/// A heading, the counts, and one line for each finding, with its remedy and its chain folded below.
pub fn findings(title: &str, told: &[Told]) -> String {
    let mut out = format!("### {}\n\n", escaped(title));
    if told.is_empty() {
        out.push_str("no findings\n");
        return out;
    }
    let count = |severity| told.iter().filter(|one| one.finding.severity == severity).count();
    let _ = writeln!(
        out,
        "{} errors, {} warnings, {} notes\n",
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Note)
    );
    let mut gravest: Vec<&Told> = told.iter().collect();
    gravest.sort_by_key(|one| std::cmp::Reverse(one.finding.severity));
    for (position, one) in gravest.iter().enumerate() {
        let item = item(one);
        if out.len() + item.len() > LONGEST {
            let _ = writeln!(out, "\nand {} more", gravest.len() - position);
            break;
        }
        out.push_str(&item);
    }
    out
}

fn item(one: &Told) -> String {
    let finding = &one.finding;
    let place = one.place.as_ref().map(|place| format!(" {}:{}", code(&place.file), place.line));
    let mut item = format!(
        "- **{}** {}{} {}\n",
        finding.severity,
        code(finding.code.as_str()),
        place.unwrap_or_default(),
        escaped(&finding.message)
    );
    if finding.help.is_some() || !finding.flow.is_empty() {
        item.push_str("  <details><summary>why and what to do</summary>\n\n");
        if let Some(help) = &finding.help {
            let _ = writeln!(item, "  {}\n", escaped(help));
        }
        for (position, (_, what)) in finding.flow.iter().enumerate() {
            let _ = writeln!(item, "  {}. {}", position + 1, escaped(what));
        }
        item.push_str("\n  </details>\n");
    }
    item
}

fn code(text: &str) -> String {
    format!("`{}`", visible_lines(text).replace('`', "'").replace('\n', " "))
}

/// A sentence with names in backticks: outside of them nothing is markup, mentions nobody and opens no tag.
fn escaped(text: &str) -> String {
    let text = visible_lines(text).replace('\n', " ");
    // an odd backtick would turn names and sentence around, and two in a row are another mark than one
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) || text.contains("``") {
        return plain(&text);
    }
    let pieces = pieces.iter().enumerate();
    pieces.map(|(index, piece)| if index % 2 == 1 { code(piece) } else { plain(piece) }).collect()
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_and_nothing_else_is_markup() {
        assert_eq!(escaped("`a<b@c` is *x* @team"), "`a<b@c` is \\*x\\* &#64;team");
        assert_eq!(escaped("`a` <img> `b"), "\\`a\\` &lt;img> \\`b");
        // a name that begins with two backticks
        assert_eq!(escaped("user ```<img> @team` may"), "user \\`\\`\\`&lt;img> &#64;team\\` may");
    }
}
