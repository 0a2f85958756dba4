//! Annotations of GitHub's checks: one for each change, at the line that makes it.
//!
//! Source: GitHub documentation, "Workflow commands for GitHub Actions", and `actions/toolkit`, `command.ts`, for escaping.

use std::fmt::Write as _;

use super::{Shown, Way, entry_words, holders, in_checkout, with_callers};
use crate::query::chain::rule_text;
use crate::query::diff::{Change, Entry};
use crate::report::github;
use crate::report::text::visible_lines;
use crate::source::Place;

/// GitHub shows ten of each level for a step; more are cut there without a word.
const MOST: usize = 10;

/// The annotations of a difference.
pub fn difference(shown: &Shown<'_>) -> String {
    let mut out = String::new();
    let difference = shown.difference;
    for (changes, way) in [(&difference.gained, Way::Gained), (&difference.lost, Way::Lost)] {
        for change in changes.iter().take(MOST) {
            annotation(shown, change, way, &mut out);
        }
        if changes.len() > MOST {
            let _ =
                writeln!(out, "::notice title=iamrbac::and {} more {}", changes.len() - MOST, way.as_str());
        }
    }
    for entry in difference.entries.iter().filter(|entry| entry.is_door()).take(MOST) {
        door(shown, entry, &mut out);
    }
    out.push_str(&github::findings(&shown.silences));
    let _ = writeln!(out, "::notice title=iamrbac::{}", message(&shown.in_short()));
    out
}

fn annotation(shown: &Shown<'_>, change: &Change, way: Way, out: &mut String) {
    let level = match (way, change.is_escalation()) {
        (Way::Gained, true) => "error",
        (Way::Gained, false) => "warning",
        (Way::Lost, _) => "notice",
    };
    // what differs is what the reviewer can change; without it, the rule
    let at = change.differing.last().copied().unwrap_or(change.chain.len().saturating_sub(1));
    let place = change.chain.get(at).and_then(|link| shown.found(way, link.address.as_ref()?));
    let (scope, lines) = holders(change);
    let who: Vec<&str> = lines.iter().map(|line| line.who.as_str()).take(5).collect();
    let rest = if lines.len() > 5 { format!(" and {} more", lines.len() - 5) } else { String::new() };
    let scope = scope.map(|scope| format!(", {scope}")).unwrap_or_default();
    let text =
        format!("{}: {}{scope}; by {}{rest}", way.as_str(), rule_text(&change.permission), who.join(", "));
    let place = place.map(|place| properties(place, way)).unwrap_or_default();
    let _ = writeln!(out, "::{level} {place}title=iamrbac: access {}::{}", way.as_str(), message(&text));
}

/// Who is let in or shut out.
fn door(shown: &Shown<'_>, entry: &Entry, out: &mut String) {
    let (way, level, word) = match entry.after {
        Some(_) => (Way::Gained, "warning", "let in"),
        None => (Way::Lost, "notice", "shut out"),
    };
    let taken = entry.after.as_ref().or(entry.before.as_ref());
    let place = taken.and_then(|taken| shown.found(way, taken.mapping.as_ref()?));
    let place = place.map(|place| properties(place, way)).unwrap_or_default();
    let text = format!("{} {}", with_callers(&entry.who.to_string(), &entry.when), entry_words(entry));
    let _ = writeln!(out, "::{level} {place}title=iamrbac: {word}::{}", message(&text));
}

/// What is lost stands no longer where it stood: then only the file is named.
fn properties(place: &Place, way: Way) -> String {
    let file = property(in_checkout(&place.file));
    match way {
        Way::Gained => format!("file={file},line={},endLine={},", place.line, place.end_line),
        Way::Lost => format!("file={file},"),
    }
}

fn message(text: &str) -> String {
    visible_lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
