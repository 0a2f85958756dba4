//! The matrix for people: a table for each caller, a row a resource, a column a verb; and the same in Markdown.
//!
//! Left out, and counted, unless all is wanted: what a row with `*` says already, what everyone may who has proved who
//! they are (the group has rows of its own), and callers that come with Kubernetes.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::{Writer, is_everyones, scope};
use crate::access::Admission;
use crate::finding::Finding;
use crate::query::everyone::{Entry, Mark as EntryMark};
use crate::query::matrix::{Cell, Mark, Row, What};
use crate::report::kubectl::quoted;
use crate::report::table::{counted, keep_whole, plain, remarks, shown};
use crate::report::text::{Style, visible, visible_lines};
use crate::source::Sources;

/// The verbs that have a column, and its letter.
pub(super) const VERBS: [(&str, &str); 8] = [
    ("get", "G"),
    ("list", "L"),
    ("watch", "W"),
    ("create", "C"),
    ("update", "U"),
    ("patch", "P"),
    ("delete", "D"),
    ("deletecollection", "X"),
];

/// What is shown of a caller.
struct Shown<'r, 'p> {
    rows: Vec<&'r Row<'p>>,
    implied: usize,
    as_everyone: usize,
}

impl<'r, 'p> Shown<'r, 'p> {
    fn of(entry: &Entry, rows: &'r [Row<'p>], all: bool) -> Self {
        let wildcards: Vec<&Row<'p>> = rows.iter().filter(|row| is_wildcard(row)).collect();
        let mut shown = Self { rows: Vec::new(), implied: 0, as_everyone: 0 };
        for row in rows {
            if !all && wildcards.iter().any(|wildcard| implies(wildcard, row)) {
                shown.implied += 1;
            } else if !all && entry.mark != Some(EntryMark::Everyone) && row.cells.iter().all(of_everyone) {
                shown.as_everyone += 1;
            } else {
                shown.rows.push(row);
            }
        }
        shown
    }

    /// What was left out, in words.
    fn rest(&self) -> Option<String> {
        let implied =
            (self.implied > 0).then(|| format!("{} that `*` says already", counted(self.implied, "row")));
        let everyone = (self.as_everyone > 0)
            .then(|| format!("{} as everyone in system:authenticated", counted(self.as_everyone, "row")));
        let rest: Vec<String> = implied.into_iter().chain(everyone).collect();
        (!rest.is_empty()).then(|| rest.join(", "))
    }
}

fn of_everyone(cell: &Cell<'_>) -> bool {
    let admissions: Vec<&Admission<'_>> =
        cell.pieces.iter().filter_map(|piece| piece.admission.as_ref()).collect();
    !admissions.is_empty() && admissions.into_iter().all(is_everyones)
}

fn is_wildcard(row: &Row<'_>) -> bool {
    match &row.topic.what {
        What::Url(path) => path.as_str() == "*",
        What::Resource { resource, subresource, .. } => {
            resource.as_str() == "*" && subresource.is_empty() && row.name.is_empty()
        }
    }
}

/// Whether the wildcard row says all that the other row says: a rule that admits the literal `*` admits everything in
/// its place.
fn implies(wildcard: &Row<'_>, row: &Row<'_>) -> bool {
    let covers = match (&wildcard.topic.what, &row.topic.what) {
        (What::Url(_), What::Url(_)) => true,
        (What::Resource { api_group: any, .. }, What::Resource { api_group, .. }) => {
            any.as_str() == "*" || any == api_group
        }
        _ => false,
    };
    let here = wildcard.namespace.is_none() || wildcard.namespace == row.namespace;
    let admits = |verb: &str| {
        wildcard.cells.iter().any(|cell| {
            (cell.verb.as_str() == "*" || cell.verb.as_str() == verb)
                && cell.mark == Mark::Allow
                && cell
                    .pieces
                    .iter()
                    .all(|piece| piece.admission.as_ref().is_some_and(Admission::is_for_all_names))
        })
    };
    let is_allowed = |cell: &Cell<'_>| cell.mark == Mark::Allow && admits(cell.verb.as_str());
    !std::ptr::eq(wildcard, row)
        && !is_same(wildcard, row)
        && covers
        && here
        && row.cells.iter().all(is_allowed)
}

/// Of two wildcard rows that say the same, the first in order stays.
fn is_same(wildcard: &Row<'_>, row: &Row<'_>) -> bool {
    is_wildcard(row) && wildcard.topic.what >= row.topic.what && wildcard.namespace == row.namespace
}

/// The resource, and the object where only one is meant.
fn what(row: &Row<'_>) -> String {
    if row.name.is_empty() {
        row.topic.what.to_string()
    } else {
        format!("{} {}", row.topic.what, quoted(&row.name))
    }
}

pub(super) fn sign(mark: Mark, ascii: bool) -> &'static str {
    match (mark, ascii) {
        (Mark::Allow, false) => "✔",
        (Mark::Allow, true) => "y",
        (Mark::Depends, _) => "~",
        (Mark::Unknown, _) => "?",
        (Mark::Deny, false) => "✖",
        (Mark::Deny, true) => "n",
    }
}

/// The signs of the columns, and the verbs that have none.
fn cells(row: &Row<'_>, ascii: bool) -> (Vec<&'static str>, String) {
    let of = |verb: &str| row.cells.iter().find(|cell| cell.verb.as_str() == verb);
    let signs = VERBS.iter().map(|(verb, _)| of(verb).map_or("", |cell| sign(cell.mark, ascii))).collect();
    let others = row.cells.iter().filter(|cell| VERBS.iter().all(|(verb, _)| *verb != cell.verb.as_str()));
    let others = others.map(|cell| match cell.mark {
        Mark::Allow => cell.verb.to_string(),
        mark => format!("{}{}", sign(mark, ascii), cell.verb),
    });
    (signs, others.collect::<Vec<_>>().join(", "))
}

pub(super) fn comes_with_kubernetes(sources: &Sources, entry: &Entry, rows: &[Row<'_>]) -> bool {
    let is_default = |admission: &Admission<'_>| match admission {
        Admission::PrivilegedGroup { .. } | Admission::AccessPolicy(_) => false,
        Admission::Rule(grant) => sources.is_virtual(grant.bound.binding.origin),
    };
    let admissions = rows.iter().flat_map(|row| row.cells.iter()).flat_map(|cell| &cell.pieces);
    let mut admissions = admissions.filter_map(|piece| piece.admission.as_ref());
    let is_special = entry.mark.is_some_and(|mark| mark != EntryMark::Unmapped);
    entry.principal().is_none() && !is_special && admissions.all(is_default)
}

/// The table for a terminal.
pub(super) struct Table<'a, W: Write> {
    out: W,
    sources: &'a Sources,
    all: bool,
    style: Style,
    is_begun: bool,
    nothing: usize,
    builtin: usize,
}

impl<'a, W: Write> Table<'a, W> {
    pub(super) const fn new(out: W, sources: &'a Sources, all: bool, style: Style) -> Self {
        Self { out, sources, all, style, is_begun: false, nothing: 0, builtin: 0 }
    }

    fn begin(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.is_begun, true) {
            let letters: Vec<String> =
                VERBS.iter().map(|(verb, letter)| format!("{letter} {verb}")).collect();
            let yes = sign(Mark::Allow, self.style.ascii);
            let no = sign(Mark::Deny, self.style.ascii);
            writeln!(self.out, "{}", letters.join(", "))?;
            writeln!(
                self.out,
                "{yes} yes, ~ depends on the caller, ? unknown, {no} no; namespace * is cluster-wide"
            )?;
        }
        Ok(())
    }
}

impl<'p, W: Write> Writer<'p> for Table<'_, W> {
    fn rows(&mut self, entry: &'p Entry, rows: &[Row<'p>]) -> io::Result<()> {
        if rows.is_empty() {
            self.nothing += 1;
            return Ok(());
        }
        if !self.all && comes_with_kubernetes(self.sources, entry, rows) {
            self.builtin += 1;
            return Ok(());
        }
        self.begin()?;
        let mark = entry.mark.map(|mark| format!(" ({})", mark.as_str())).unwrap_or_default();
        writeln!(self.out, "\n{} {}{mark}", entry.kind.as_str(), visible(&entry.name))?;
        let shown_rows = Shown::of(entry, rows, self.all);
        if !shown_rows.rows.is_empty() {
            let header = ["RESOURCE", "NAMESPACE"].into_iter().chain(VERBS.map(|(_, letter)| letter));
            let header: Vec<&str> = header.chain(["OTHER"]).collect();
            let mut table = plain(self.style, &header);
            for column in table.column_iter_mut().skip(2).take(VERBS.len()) {
                column.set_padding((0, 1));
            }
            for row in &shown_rows.rows {
                let (signs, others) = cells(row, self.style.ascii);
                let mut line = vec![visible(&what(row)), visible(scope(row))];
                line.extend(signs.into_iter().map(str::to_owned));
                line.push(visible(&others));
                table.add_row(line);
            }
            let longest = shown_rows.rows.iter().map(|row| what(row).width()).max().unwrap_or_default();
            keep_whole(
                &mut table,
                0,
                longest.min(self.style.width / 2).max(header.first().map_or(0, |name| name.len())),
            );
            self.out.write_all(shown(&table).as_bytes())?;
        }
        let and = if shown_rows.rows.is_empty() { "" } else { "and " };
        shown_rows.rest().map_or(Ok(()), |rest| writeln!(self.out, "{and}{rest} (--all)"))
    }

    fn finish(mut self: Box<Self>, gaps: &[Finding]) -> io::Result<()> {
        if self.builtin > 0 {
            let callers = counted(self.builtin, "caller");
            writeln!(self.out, "\nand {callers} that come with Kubernetes (--all)")?;
        }
        if self.nothing > 0 {
            writeln!(self.out, "\nand {} who may do none of this", counted(self.nothing, "caller"))?;
        }
        let heading = "gaps, unread input that could add to this";
        self.out.write_all(remarks(self.sources, heading, gaps, self.style).as_bytes())?;
        self.out.flush()
    }
}

/// The table for a pull request.
pub(super) struct Markdown<W: Write> {
    out: W,
    all: bool,
}

impl<W: Write> Markdown<W> {
    pub(super) fn new(mut out: W, all: bool) -> io::Result<Self> {
        let verbs = VERBS.map(|(verb, _)| verb);
        writeln!(out, "| principal | resource | namespace | {} | other |", verbs.join(" | "))?;
        writeln!(out, "| --- | --- | --- | {} | --- |", VERBS.map(|_| ":-:").join(" | "))?;
        Ok(Self { out, all })
    }
}

/// Text as code in a cell of a Markdown table.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    // a longer fence than any run of backticks inside
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if longest > 0 { " " } else { "" };
    let text = visible_lines(text).replace('|', "\\|").replace(['\n', '\t'], " ");
    format!("{fence}{blank}{text}{blank}{fence}")
}

impl<'p, W: Write> Writer<'p> for Markdown<W> {
    fn rows(&mut self, entry: &'p Entry, rows: &[Row<'p>]) -> io::Result<()> {
        for row in Shown::of(entry, rows, self.all).rows {
            let (signs, others) = cells(row, false);
            let mut line = vec![code(&entry.name), code(&what(row)), code(scope(row))];
            line.extend(signs.into_iter().map(str::to_owned));
            line.push(code(&others));
            writeln!(self.out, "| {} |", line.join(" | "))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _gaps: &[Finding]) -> io::Result<()> {
        self.out.flush()
    }
}
