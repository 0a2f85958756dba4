//! A comment for a pull request: what matters first, the chains folded, and never longer than GitHub takes.

use std::fmt::Write as _;

use super::{Shown, Way, entry_words, holders, with_callers};
use crate::query::chain::rule_text;
use crate::query::diff::Change;
use crate::query::diff::objects::Happened;
use crate::report::text::{visible, visible_lines};

/// GitHub takes 65,536 characters; the rest is left for what others put around.
const LONGEST: usize = 60_000;
/// Rows of a table beyond this are counted.
const ROWS: usize = 100;
/// So many holders of a permission are named; the others are counted.
const HOLDERS: usize = 5;

/// The whole difference.
pub fn difference(shown: &Shown<'_>) -> String {
    let mut out = String::from("<!-- iamrbac diff -->\n");
    let difference = shown.difference;
    let _ = writeln!(out, "### Access: {}\n", shown.in_short());
    let _ = writeln!(out, "From {} to {}.", code(shown.before), code(shown.after));
    if !shown.complete {
        out.push_str("\n**Incomplete:** not everything could be read, and what is unread may change this.\n");
    }
    silences(shown, &mut out);
    doors(shown, &mut out);
    table(&difference.gained, Way::Gained, &mut out);
    table(&difference.lost, Way::Lost, &mut out);
    for (who, why) in &difference.uncompared {
        let _ = writeln!(out, "\n**Not compared:** {}, since {why}.", code(&who.to_string()));
    }
    let mut left_out = 0;
    for (changes, way) in [(&difference.gained, Way::Gained), (&difference.lost, Way::Lost)] {
        for change in changes {
            push_if_room(&mut out, &folded(shown, change, way), &mut left_out);
        }
    }
    without_effect(shown, &mut out, &mut left_out);
    if left_out > 0 {
        let _ = writeln!(out, "\n{left_out} further details do not fit here; run `iamrbac diff` for them.");
    }
    out
}

fn push_if_room(out: &mut String, text: &str, left_out: &mut usize) {
    if out.len() + text.len() <= LONGEST { out.push_str(text) } else { *left_out += 1 }
}

/// Text that was read, as code: nothing in it is markup, a mention or a link.
fn code(text: &str) -> String {
    let text = visible_lines(text).replace(['\n', '\t', '\r'], " ");
    // a cut keeps one name from taking all the room
    let text: String =
        if text.chars().count() > 300 { text.chars().take(299).chain(['…']).collect() } else { text };
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// The same in a cell of a table.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// What the change silences comes before what it changes.
fn silences(shown: &Shown<'_>, out: &mut String) {
    if shown.silences.is_empty() {
        return;
    }
    out.push_str("\n**This change also changes what findings are silenced, or what is expected**\n\n");
    for told in shown.silences.iter().take(ROWS) {
        let place = told.place.as_ref().filter(|place| !place.file.is_empty());
        let place = place.map(|place| format!(" at {}", code(&format!("{}:{}", place.file, place.line))));
        let _ = writeln!(out, "- {}{}", code(&told.finding.message), place.unwrap_or_default());
    }
    more(shown.silences.len(), out);
}

fn doors(shown: &Shown<'_>, out: &mut String) {
    let doors: Vec<_> = shown.difference.entries.iter().filter(|entry| entry.is_door()).collect();
    if doors.is_empty() {
        return;
    }
    out.push_str("\n**Who is let in**\n\n");
    for entry in doors.iter().take(ROWS) {
        let who = with_callers(&entry.who.to_string(), &entry.when);
        let (word, taken) = match (&entry.after, &entry.before) {
            (Some(after), _) => ("is let in, and may do what everybody may who is; as user", after),
            (None, Some(before)) => ("is no longer let in; was user", before),
            (None, None) => continue,
        };
        let groups = code(&taken.groups.join(", "));
        let _ = writeln!(out, "- {} {word} {} in {groups}", code(&who), code(&taken.username));
    }
    more(doors.len(), out);
}

fn more(count: usize, out: &mut String) {
    if count > ROWS {
        let _ = writeln!(out, "\nand {} more", count - ROWS);
    }
}

fn table(changes: &[Change], way: Way, out: &mut String) {
    if changes.is_empty() {
        return;
    }
    let heading = match way {
        Way::Gained => "Gained",
        Way::Lost => "Lost",
    };
    let _ = writeln!(out, "\n**{heading}**\n\n| | Permission | Where | Who |\n|---|---|---|---|");
    let mut shown = 0;
    for change in changes.iter().take(ROWS) {
        let row = row(change, way);
        // half of the room is for both tables, so that the chains of the gravest follow
        if out.len() + row.len() > LONGEST / 2 {
            break;
        }
        out.push_str(&row);
        shown += 1;
    }
    if shown < changes.len() {
        let _ = writeln!(out, "\nand {} more", changes.len() - shown);
    }
}

fn row(change: &Change, way: Way) -> String {
    let (scope, lines) = holders(change);
    let dangers: Vec<&str> = match way {
        Way::Gained => change.dangers.iter().map(|danger| danger.why).collect(),
        Way::Lost => Vec::new(),
    };
    let mark = if dangers.is_empty() { "" } else { ":warning:" };
    let dangers = if dangers.is_empty() { String::new() } else { format!("<br>{}", dangers.join("; ")) };
    let mut who: Vec<String> = lines
        .iter()
        .take(HOLDERS)
        .map(|line| {
            let scope = if line.scope.is_empty() { String::new() } else { format!(" {}", cell(&line.scope)) };
            format!("{}{scope}", cell(&line.who))
        })
        .collect();
    if lines.len() > HOLDERS {
        who.push(format!("and {} more", lines.len() - HOLDERS));
    }
    let scope = scope.map_or_else(|| "see each".to_owned(), |scope| cell(&scope));
    format!(
        "| {mark} | {}{dangers} | {scope} | {} |\n",
        cell(&rule_text(&change.permission)),
        who.join("<br>")
    )
}

/// The chain of a change, folded.
fn folded(shown: &Shown<'_>, change: &Change, way: Way) -> String {
    let mut text = String::new();
    let title = visible(&rule_text(&change.permission)).replace('&', "&amp;").replace('<', "&lt;");
    let title = title.replace(['\n', '\r'], " ").replace('@', "&#64;").replace('`', "&#96;");
    let _ = writeln!(text, "\n<details><summary>Why {}: {title}</summary>\n", way.as_str());
    for (position, link) in change.chain.iter().enumerate() {
        let place = link.address.as_ref().and_then(|address| shown.place(way, address));
        let place = place.map(|place| format!(" at {}", code(&place))).unwrap_or_default();
        let differs = if change.differing.contains(&position) { " **(differs)**" } else { "" };
        let _ =
            writeln!(text, "{}. {}: {}{place}{differs}", position + 1, link.kind.as_str(), code(&link.fact));
    }
    text.push_str("\n</details>\n");
    text
}

fn without_effect(shown: &Shown<'_>, out: &mut String, left_out: &mut usize) {
    let renamed: Vec<_> = shown.difference.entries.iter().filter(|entry| !entry.is_door()).collect();
    let objects = &shown.difference.without_effect;
    if objects.is_empty() && renamed.is_empty() {
        return;
    }
    let mut text = String::new();
    let count = objects.len() + renamed.len();
    let _ = writeln!(
        text,
        "\n<details><summary>{count} changed without effect on what anybody may do</summary>\n"
    );
    for entry in renamed.iter().take(ROWS) {
        let who = with_callers(&entry.who.to_string(), &entry.when);
        let _ = writeln!(text, "- {} {}", code(&who), code(&entry_words(entry)));
    }
    for change in objects.iter().take(ROWS) {
        let was = match &change.what {
            Happened::Renamed(was) => format!(", was {}", code(was)),
            _ => String::new(),
        };
        let _ = writeln!(text, "- {} {}{was}", change.what.as_str(), code(&change.object));
    }
    more(count, &mut text);
    text.push_str("\n</details>\n");
    push_if_room(out, &text, left_out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_was_read_is_no_markup() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\nb"), "`a b`");
        assert_eq!(cell("a|b"), "`a\\|b`");
        assert!(code(&"x".repeat(9999)).len() < 1000);
    }
}
