//! A list of grants for people: a table for each scope, and below what the numbers in it stand for.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use super::Places;
use crate::identity::impersonation::Impersonation;
use crate::model::{NamePattern, Namespace, ObjectName};
use crate::query::can_i::{Caller, CaseAnswer};
use crate::query::list::reach::Reach;
use crate::query::list::{List, Listing, Object, Row};
use crate::query::whoami::Outcome;
use crate::report::kubectl::error_of_identity;
use crate::report::text::{Page, Paint, Style, callers, visible, who, wrapped};
use crate::report::whoami::{SHOWN_CASES, in_a_word};
use crate::source::{Address, Sources};

/// A list for people.
pub fn text(
    sources: &Sources,
    caller: &Caller,
    impersonation: Option<&Impersonation>,
    listing: &Listing<'_>,
    headers: bool,
    style: Style,
) -> String {
    let recognition = &listing.recognition;
    let mut page = Page::new(sources, style);
    let mut table = Table { places: Places { sources, known: BTreeMap::new() }, headers, style };
    let asked = who(caller, impersonation);
    let incomplete = if recognition.complete { "" } else { " (incomplete: see below)" };
    let (word, rest) = match listing.outcome {
        Outcome::Known => {
            let what = recognition.cases.first().map(in_a_word).unwrap_or_default();
            (style.paint(Paint::Yes, "listed"), format!(", {asked} is {what}{incomplete}"))
        }
        Outcome::Refused => (style.paint(Paint::No, "nothing"), format!(", {asked} is not let in")),
        Outcome::Depends => {
            let on = recognition.on.join(" and the ");
            (
                style.paint(Paint::Depends, "depends"),
                format!(", on the {on}: what may {asked} do?{incomplete}"),
            )
        }
    };
    page.line(&format!("{word}{}", visible(&rest)));
    for (case, list) in recognition.cases.iter().zip(&listing.lists).take(SHOWN_CASES) {
        if recognition.cases.len() > 1 {
            page.line("");
            page.block(0, &visible(&format!("{}  for {}", in_a_word(case), callers(case))));
        }
        table.case(&mut page, case, list, &listing.namespace);
    }
    page.more_cases(recognition.cases.len());
    page.why(&recognition.why);
    page.remarks("gaps, unread input that might hold further grants", &recognition.gaps);
    page.notes(&[], &recognition.notes);
    page.assumed(recognition.setting, caller.principal().is_some());
    page.finish()
}

struct Table<'a> {
    places: Places<'a>,
    headers: bool,
    style: Style,
}

/// No column but the last is wider.
const WIDEST: usize = 48;

impl Table<'_> {
    fn case(&mut self, page: &mut Page<'_>, case: &CaseAnswer<'_>, list: &List<'_>, namespace: &Namespace) {
        if let Some(error) = error_of_identity(case) {
            page.line(&visible(&error));
            page.line("");
            page.chain(&case.chain);
            return;
        }
        if list.privileged {
            page.line("");
            page.block(
                0,
                "everything, as a member of system:masters: RBAC is not asked, and what it grants is listed all the same",
            );
        }
        // grants are numbered by their rule and binding, and what a number stands for is told once
        let mut numbers: BTreeMap<(Address, Address), usize> = BTreeMap::new();
        let mut sources: Vec<&Row<'_>> = Vec::new();
        let (everywhere, here): (Vec<_>, Vec<_>) =
            list.rows.iter().partition(|row| row.namespace().is_none());
        for (heading, rows) in
            [("everywhere".to_owned(), everywhere), (format!("in namespace {namespace} only"), here)]
        {
            page.line("");
            page.line(&self.style.paint(Paint::Bold, &visible(&heading)));
            if rows.is_empty() {
                page.line("  nothing");
                continue;
            }
            let mut lines: Vec<Line<'_>> = Vec::new();
            for row in rows {
                let next = numbers.len() + 1;
                let number = *numbers.entry((row.subject_address(), row.rule_address())).or_insert(next);
                if number == next {
                    sources.push(row);
                }
                let line = Line::new(row, number);
                // rows about the same thing stand together
                let mut same = lines.iter_mut().rev().take_while(|known| known.object == line.object);
                match same.find(|known| known.says_the_same(&line)) {
                    Some(known) => known.numbers.push(number),
                    None => lines.push(line),
                }
            }
            self.lines(page, &lines);
        }
        self.sources(page, &sources);
    }

    fn lines(&self, page: &mut Page<'_>, lines: &[Line<'_>]) {
        let cells: Vec<[String; 3]> = lines.iter().map(Line::cells).collect();
        let heads = ["RESOURCES", "NAMES", "VERBS"].map(str::to_owned);
        let heads = self.headers.then_some(heads);
        let widest = |column: fn(&[String; 3]) -> &String| {
            let widths = cells.iter().chain(&heads).map(|cells| column(cells).width());
            widths.max().unwrap_or_default().min(WIDEST)
        };
        let first = widest(|[resource, _, _]| resource) + 2;
        let any_names = cells.iter().any(|[_, names, _]| !names.is_empty());
        let second = if any_names { widest(|[_, names, _]| names) + 2 } else { 0 };
        if let Some(heads) = &heads {
            self.cells(page, heads, first, second);
        }
        for (cells, line) in cells.iter().zip(lines) {
            self.cells(page, cells, first, second);
            let Some(reason) = line.reach.reason() else { continue };
            let word = match line.reach {
                Reach::Never(_) => "never applies",
                Reach::Unknown(_) => "unknown",
                Reach::Part(_) | Reach::Whole => "only in part",
            };
            page.block(6, &visible(&format!("{word}: {reason}")));
        }
    }

    /// One line of the table, the last column wrapped.
    fn cells(
        &self,
        page: &mut Page<'_>,
        [resource, names, verbs]: &[String; 3],
        first: usize,
        second: usize,
    ) {
        let names = if second > 0 { names.as_str() } else { "" };
        let start = format!("  {}{}", padded(resource, first), padded(names, second));
        let indent = first + second + 2;
        let room = self.style.width.saturating_sub(start.width()).max(20);
        for (position, part) in wrapped(verbs, room).iter().enumerate() {
            match position {
                0 => page.line(&format!("{start}{part}")),
                _ => page.line(&format!("{:indent$}{part}", "")),
            }
        }
    }

    /// What the numbers stand for.
    fn sources(&mut self, page: &mut Page<'_>, rows: &[&Row<'_>]) {
        if rows.is_empty() {
            return;
        }
        page.line("");
        page.line(&self.style.paint(Paint::Bold, "from"));
        let arrow = page.arrow();
        for (position, row) in rows.iter().enumerate() {
            let bound = self.places.short(row.subject_address());
            let bound = bound.map_or_else(String::new, |place| format!(" ({place})"));
            let from = row.written_in().map_or_else(String::new, |role| format!(" {arrow} {role}"));
            let text = format!(
                "{}, in {}{bound} {arrow} {}{from} {}",
                row.bound.subject.item,
                row.binding(),
                row.role(),
                row.rule_address()
            );
            let place = self.places.short(row.rule_address());
            page.row("", &format!("[{}]", position + 1), &text, place.as_deref());
        }
    }
}

/// One line of the table.
struct Line<'r> {
    object: String,
    names: String,
    verbs: String,
    reach: &'r Reach,
    numbers: Vec<usize>,
}

impl<'r> Line<'r> {
    fn new(row: &'r Row<'_>, number: usize) -> Self {
        let rule = row.rule.rule.item;
        let object = match row.object {
            Object::Url(url) => url.to_string(),
            Object::Resource { api_group, resource } => {
                let whole = resource.as_str();
                let (name, subresource) =
                    whole.find('/').and_then(|slash| whole.split_at_checked(slash)).unwrap_or((whole, ""));
                match api_group.as_str() {
                    "" => whole.to_owned(),
                    group => format!("{name}.{group}{subresource}"),
                }
            }
        };
        let names: Vec<&str> = rule.resource_names.iter().map(ObjectName::as_str).collect();
        let verbs: Vec<&str> = rule.verbs.iter().map(NamePattern::as_str).collect();
        let [object, names, verbs] = [object, names.join(" "), verbs.join(" ")].map(|text| visible(&text));
        Self { object, names, verbs, reach: &row.reach, numbers: vec![number] }
    }

    fn says_the_same(&self, other: &Self) -> bool {
        (&self.object, &self.names, &self.verbs, self.reach)
            == (&other.object, &other.names, &other.verbs, other.reach)
    }

    /// The cells; the numbers of the sources stand behind the verbs.
    fn cells(&self) -> [String; 3] {
        let numbers: Vec<String> = self.numbers.iter().map(|number| format!("[{number}]")).collect();
        [self.object.clone(), self.names.clone(), format!("{}  {}", self.verbs, numbers.join(" "))]
    }
}

fn padded(text: &str, width: usize) -> String {
    // a text as wide as its column or wider still needs a gap behind it
    let blanks = width.saturating_sub(text.width()).max(if width > 0 { 2 } else { 0 });
    format!("{text}{:blanks$}", "")
}
