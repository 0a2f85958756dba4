//! For people: what was gained, the gravest first, with the chain of each; then what was lost, and what has no effect.

use super::{Shown, Way, entry_words, holders, with_callers};
use crate::query::chain::{Link, rule_text};
use crate::query::diff::objects::Happened;
use crate::query::diff::{Change, Entry};
use crate::report::text::{Paint, Style, visible, wrapped};
use unicode_width::UnicodeWidthStr;

/// So many holders of a permission are named; the others are counted.
const HOLDERS: usize = 8;

/// The whole difference.
pub fn difference(shown: &Shown<'_>, style: Style) -> String {
    let mut page = Page { shown, style, out: String::new() };
    let difference = shown.difference;
    let incomplete = if shown.complete { "" } else { " (incomplete: not everything could be read)" };
    page.block(0, &format!("{}, from {} to {}{incomplete}", shown.in_short(), shown.before, shown.after));
    if !shown.has_mappings {
        page.block(
            0,
            "neither side says who is mapped: told are groups, users and service accounts, and no IAM principals",
        );
    }
    page.silences();
    let (doors, renamed): (Vec<_>, Vec<_>) = difference.entries.iter().partition(|entry| entry.is_door());
    page.entries("who is let in", &doors);
    page.changes(&difference.gained, Way::Gained);
    page.changes(&difference.lost, Way::Lost);
    page.without_effect(&renamed);
    for (who, why) in &difference.uncompared {
        page.block(0, &format!("not compared: {who}, since {why}"));
    }
    page.out
}

struct Page<'a> {
    shown: &'a Shown<'a>,
    style: Style,
    out: String,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, text: &str) {
        self.line("");
        self.line(&self.style.paint(Paint::Bold, text));
    }

    fn block(&mut self, indent: usize, text: &str) {
        for line in wrapped(&visible(text), self.style.width.saturating_sub(indent).max(20)) {
            self.line(&format!("{:indent$}{line}", ""));
        }
    }

    fn silences(&mut self) {
        if self.shown.silences.is_empty() {
            return;
        }
        self.heading("what the change silences");
        for told in &self.shown.silences {
            let place = told.place.as_ref().filter(|place| !place.file.is_empty());
            let place = place.map(|place| format!("  {}:{}", place.file, place.line)).unwrap_or_default();
            self.signed("!", &format!("{}{place}", told.finding.message));
        }
    }

    fn entries(&mut self, heading: &str, entries: &[&Entry]) {
        if entries.is_empty() {
            return;
        }
        self.heading(heading);
        for entry in entries {
            self.entry(entry);
        }
    }

    fn entry(&mut self, entry: &Entry) {
        let way = if entry.after.is_some() { Way::Gained } else { Way::Lost };
        let taken = entry.after.as_ref().or(entry.before.as_ref());
        let place = taken.and_then(|taken| self.shown.place(way, taken.mapping.as_ref()?));
        let (paint, sign) = match (&entry.before, &entry.after) {
            (None, _) => (Paint::Yes, "+"),
            (_, None) => (Paint::No, "-"),
            _ => (Paint::Dim, "~"),
        };
        let sign = self.style.paint(paint, sign);
        let who = with_callers(&entry.who.to_string(), &entry.when);
        self.signed(&sign, &who);
        self.block(6, &entry_words(entry));
        if let Some(place) = place {
            self.line(&format!("      {}", self.style.paint(Paint::Dim, &visible(&place))));
        }
    }

    /// A sign in the margin, and text behind it.
    fn signed(&mut self, sign: &str, text: &str) {
        for (position, line) in
            wrapped(&visible(text), self.style.width.saturating_sub(4).max(20)).iter().enumerate()
        {
            let margin = if position == 0 { sign } else { " " };
            self.line(&format!("  {margin} {line}"));
        }
    }

    fn changes(&mut self, changes: &[Change], way: Way) {
        if changes.is_empty() {
            return;
        }
        self.heading(way.as_str());
        for (position, change) in changes.iter().enumerate() {
            if position > 0 {
                self.line("");
            }
            self.change(change, way);
        }
    }

    fn change(&mut self, change: &Change, way: Way) {
        let (scope, lines) = holders(change);
        let (paint, sign) = match (way, change.is_escalation()) {
            (Way::Gained, true) => (Paint::No, "!"),
            (Way::Gained, false) => (Paint::Yes, "+"),
            (Way::Lost, _) => (Paint::Depends, "-"),
        };
        let sign = self.style.paint(paint, sign);
        let scope = scope.map(|scope| format!(", {scope}")).unwrap_or_default();
        self.signed(&sign, &format!("{}{scope}", rule_text(&change.permission)));
        let dangers: Vec<&str> = change.dangers.iter().map(|danger| danger.why).collect();
        if way == Way::Gained && !dangers.is_empty() {
            self.block(6, &format!("leads further: {}", dangers.join("; ")));
        }
        for line in lines.iter().take(HOLDERS) {
            let scope = if line.scope.is_empty() { String::new() } else { format!(", {}", line.scope) };
            self.block(6, &format!("{}{scope}", line.who));
        }
        if lines.len() > HOLDERS {
            self.block(6, &format!("and {} more", lines.len() - HOLDERS));
        }
        self.chain(change, way);
    }

    fn chain(&mut self, change: &Change, way: Way) {
        let longest = change.chain.iter().map(|link| link.kind.as_str().len()).max().unwrap_or_default();
        for (position, link) in change.chain.iter().enumerate() {
            let differs = change.differing.contains(&position);
            self.link(link, longest, differs, way);
        }
    }

    fn link(&mut self, link: &Link, longest: usize, differs: bool, way: Way) {
        let indent = 10 + longest;
        let room = self.style.width.saturating_sub(indent).max(20);
        let mut lines = wrapped(&visible(&link.fact), room);
        if let Some(place) = link.address.as_ref().and_then(|address| self.shown.place(way, address)) {
            let place = visible(&place);
            let painted = self.style.paint(Paint::Dim, &place);
            match lines.last_mut() {
                Some(last) if last.width() + 2 + place.width() <= room => {
                    last.push_str("  ");
                    last.push_str(&painted);
                }
                _ => lines.push(painted),
            }
        }
        let mark = match (differs, way) {
            (false, _) => " ",
            (true, Way::Gained) => "+",
            (true, Way::Lost) => "-",
        };
        let step = self.style.paint(Paint::Step, &format!("{:<longest$}", link.kind.as_str()));
        for (position, line) in lines.iter().enumerate() {
            if position == 0 {
                self.line(&format!("      {mark} {step}  {line}"));
            } else {
                self.line(&format!("{:indent$}{line}", ""));
            }
        }
    }

    fn without_effect(&mut self, renamed: &[&Entry]) {
        let objects = &self.shown.difference.without_effect;
        if objects.is_empty() && renamed.is_empty() {
            return;
        }
        self.heading("changed, without effect on what anybody may do");
        for entry in renamed {
            self.entry(entry);
        }
        for change in objects {
            let way = if change.is_after { Way::Gained } else { Way::Lost };
            let place = self.shown.place(way, &change.place).unwrap_or_default();
            let was = match &change.what {
                Happened::Renamed(was) => format!(", was {was}"),
                _ => String::new(),
            };
            self.signed("~", &format!("{} {}{was}  {place}", change.what.as_str(), change.object));
        }
    }
}
