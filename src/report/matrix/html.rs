//! The matrix as one page for a browser: principals down, resources across. The page holds everything as text, so that it
//! reads and prints without a script, and loads nothing.
//!
//! A chain is told in two parts, each once for all cells: how the caller comes to be bound, and the rule. A cell holds a
//! line for each set of scopes in which the same holds, which leads to the first part, and in it groups of verbs, which
//! lead to the second.

mod proof;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use proof::{HeadId, Proofs, TailId};
use sha2::{Digest, Sha256};

use super::table::{VERBS, comes_with_kubernetes, sign};
use super::{Writer, callers, is_everyones, scope};
use crate::finding::Finding;
use crate::query::everyone::{Entry, Kind, Mark as EntryMark};
use crate::query::matrix::{Cell, Mark, Row, What};
use crate::report::json::spot_place;
use crate::report::table::counted;
use crate::report::text::visible;
use crate::source::{Address, Place, Sources};

const SKELETON: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// What the page may load and run: its own style and script, by their digests, and nothing else.
fn policy(style: &str) -> String {
    let digest = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(style),
        digest(SCRIPT)
    )
}

/// A string of a style sheet: what is more than a plain name is written by its number.
fn quoted_in_style(text: &str) -> String {
    let mut out = String::from("\"");
    for c in visible(text).chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-' | '_' | '*') {
            out.push(c);
        } else {
            let _ = write!(out, "\\{:x} ", u32::from(c));
        }
    }
    out.push('"');
    out
}

/// Text for a browser: what would be markup, or would hide the order of characters, is written out.
fn escaped(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// The page in the making. It is written at the end, when it is known which resources have a column.
pub(super) struct Page<'a, W: Write> {
    out: W,
    sources: &'a Sources,
    all: bool,
    proofs: Proofs,
    principals: Vec<Principal>,
    columns: BTreeSet<What>,
    nothing: usize,
    builtin: usize,
}

/// A row of the table, and the principal's part of the proofs.
struct Principal {
    kind: Kind,
    name: String,
    mark: Option<EntryMark>,
    cells: BTreeMap<What, String>,
    heads: std::ops::Range<HeadId>,
    reaches: std::ops::Range<usize>,
}

/// What tells the lines of a cell apart, but for their scopes.
type Line = (String, Look, Vec<(Option<TailId>, Vec<String>)>);

/// How a line looks: the answer, and whether it is everyone's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    mark: Mark,
    is_everyones: bool,
}

impl Look {
    const fn class(self) -> &'static str {
        match self.mark {
            Mark::Allow if self.is_everyones => " class=e",
            Mark::Allow => "",
            Mark::Depends => " class=d",
            Mark::Unknown => " class=u",
            Mark::Deny => " class=n",
        }
    }
}

/// A scope, and what binds the caller there.
type Reach = (String, Option<HeadId>);

/// By object name, look, scope and binding: the verbs, by the rule that gives them.
type Facts = BTreeMap<(String, Look, Reach), BTreeMap<Option<TailId>, Vec<String>>>;

impl<'a, W: Write> Page<'a, W> {
    pub(super) fn new(out: W, sources: &'a Sources, all: bool) -> Self {
        Self {
            out,
            sources,
            all,
            proofs: Proofs::default(),
            principals: Vec::new(),
            columns: BTreeSet::new(),
            nothing: 0,
            builtin: 0,
        }
    }

    /// The facts of one caller, by resource.
    fn facts(&mut self, rows: &[Row<'_>]) -> BTreeMap<What, Facts> {
        let mut by_what: BTreeMap<What, Facts> = BTreeMap::new();
        for row in rows {
            let facts = by_what.entry(row.topic.what.of_all_names()).or_default();
            let scope = match scope(row) {
                "" => "*",
                scope => scope,
            };
            for cell in row.cells.iter() {
                self.cell(facts, row, scope, cell);
            }
        }
        by_what
    }

    fn cell(&mut self, facts: &mut Facts, row: &Row<'_>, scope: &str, cell: &Cell<'_>) {
        let mut add = |look: Look, head: Option<HeadId>, tail: Option<TailId>| {
            let key = (row.name.clone(), look, (scope.to_owned(), head));
            facts.entry(key).or_default().entry(tail).or_default().push(cell.verb.to_string());
        };
        let mut is_proved = false;
        for piece in &cell.pieces {
            let Some(admission) = &piece.admission else { continue };
            is_proved = true;
            let look = Look { mark: cell.mark, is_everyones: is_everyones(admission) };
            let (head, tail) = self.proofs.of(piece, admission, callers(piece, cell.pieces.len() == 1));
            add(look, Some(head), tail);
        }
        if !is_proved {
            add(Look { mark: cell.mark, is_everyones: false }, None, None);
        }
    }

    /// A cell as markup: a line for each set of scopes in which the same holds.
    fn markup(&mut self, facts: Facts) -> String {
        let mut lines: Vec<(Line, Vec<Reach>)> = Vec::new();
        for ((name, look, reach), groups) in facts {
            let mut groups: Vec<(Option<TailId>, Vec<String>)> = groups.into_iter().collect();
            groups.sort_by_key(|(_, verbs)| verbs.iter().map(|verb| rank(verb)).min());
            let line = (name, look, groups);
            match lines.iter_mut().find(|(known, _)| *known == line) {
                Some((_, reaches)) => reaches.push(reach),
                None => lines.push((line, vec![reach])),
            }
        }
        let mut out = String::new();
        for ((name, look, groups), reaches) in lines {
            let _ = write!(out, "<p{}>{}", look.class(), self.proofs.link(reaches));
            if !name.is_empty() {
                let _ = write!(out, "\n<q>{}</q>", escaped(&name));
            }
            for (tail, verbs) in groups {
                let sign = if look.mark == Mark::Allow { "" } else { sign(look.mark, false) };
                let verbs = shown_verbs(&verbs);
                let _ = match tail {
                    Some(tail) => write!(out, "\n<a href=#r{tail}>{sign}{verbs}</a>"),
                    None => write!(out, "\n<b>{sign}{verbs}</b>"),
                };
            }
        }
        out
    }

    fn slot(&mut self, name: &str, gaps: &[Finding], places: &BTreeMap<Address, Place>) -> io::Result<()> {
        match name {
            "policy" => self.out.write_all(policy(&self.style()).as_bytes()),
            "version" => self.out.write_all(env!("CARGO_PKG_VERSION").as_bytes()),
            "style" => self.out.write_all(self.style().as_bytes()),
            "script" => self.out.write_all(SCRIPT.as_bytes()),
            "summary" => self.out.write_all(self.summary().as_bytes()),
            "blank" => self.out.write_all(blank(gaps).as_bytes()),
            "gaps" => self.gaps(gaps),
            "table" => self.table(),
            "heads" => self.heads(places),
            "tails" => self.proofs.write_tails(&mut self.out, places),
            _ => Ok(()),
        }
    }

    /// The style, with a label for the cells of each column: there are no columns where there is no room, as on paper.
    fn style(&self) -> String {
        let mut style = STYLE.to_owned();
        style.push_str("@media print, (max-width: 40rem) {\n");
        for (place, what) in self.columns.iter().enumerate() {
            let label = quoted_in_style(&what.to_string());
            let _ = writeln!(style, "td:nth-child({})::before {{ content: {label}; }}", place + 2);
        }
        style.push_str("}\n");
        style
    }

    fn summary(&self) -> String {
        let mut out = format!(
            "{} by {}, from manifests.",
            counted(self.principals.len(), "principal"),
            counted(self.columns.len(), "resource")
        );
        if self.nothing > 0 {
            let _ = write!(out, " {} who may do none of this not listed.", counted(self.nothing, "caller"));
        }
        if self.builtin > 0 {
            let callers = counted(self.builtin, "caller");
            let _ = write!(out, " {callers} that come with Kubernetes not listed (--all lists them).");
        }
        out
    }

    fn gaps(&mut self, gaps: &[Finding]) -> io::Result<()> {
        if gaps.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "<section class=gaps><h2>Incomplete: unread input could add to this</h2>\n<ul>")?;
        for gap in gaps {
            let place = spot_place(self.sources, &gap.spot);
            let place = place.map(|place| format!(" <code>{}:{}</code>", escaped(&place.file), place.line));
            writeln!(self.out, "<li>{}{}", escaped(&gap.message), place.unwrap_or_default())?;
        }
        writeln!(self.out, "</ul></section>")
    }

    fn table(&mut self) -> io::Result<()> {
        write!(self.out, "<thead><tr><th scope=col>Principal</th>")?;
        for what in &self.columns {
            write!(self.out, "\n<th scope=col><span>{}</span></th>", escaped(&what.to_string()))?;
        }
        writeln!(self.out, "</tr></thead>")?;
        let mut kind = None;
        for (place, principal) in self.principals.iter().enumerate() {
            if kind != Some(principal.kind) {
                kind = Some(principal.kind);
                let across = self.columns.len() + 1;
                writeln!(
                    self.out,
                    "<tbody><tr><th scope=rowgroup colspan={across}><span>{}</span></th></tr>",
                    heading(principal.kind)
                )?;
            }
            write!(self.out, "<tr><th scope=row><a href=#p{place}>{}</a></th>", principal.shown())?;
            for what in &self.columns {
                let cell = principal.cells.get(what).map_or("", String::as_str);
                write!(self.out, "<td>{cell}")?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn heads(&mut self, places: &BTreeMap<Address, Place>) -> io::Result<()> {
        for (number, principal) in self.principals.iter().enumerate() {
            writeln!(self.out, "<article id=p{number}><h3>{}</h3>", principal.shown())?;
            self.proofs.write_heads(&mut self.out, places, principal.heads.clone())?;
            self.proofs.write_reaches(&mut self.out, principal.reaches.clone())?;
            writeln!(self.out, "</article>")?;
        }
        Ok(())
    }
}

impl Principal {
    /// The name, what matters most of it emphasised, and its mark.
    fn shown(&self) -> String {
        let name = escaped(&self.name);
        // what stands before the kind and the name in an ARN is mostly the same
        let account = self.name.match_indices(':').nth(4).map(|(place, _)| place + 1);
        let parts = account
            .filter(|_| self.name.starts_with("arn:"))
            .and_then(|place| self.name.split_at_checked(place));
        let name = match parts {
            Some((before, rest)) => format!("<small>{}</small><b>{}</b>", escaped(before), escaped(rest)),
            None => format!("<b>{name}</b>"),
        };
        let mark = self.mark.map(|mark| format!(" <small>({})</small>", mark.as_str()));
        format!("{name}{}", mark.unwrap_or_default())
    }
}

/// The place of a verb's letter; verbs without one come last.
fn rank(verb: &str) -> usize {
    VERBS.iter().position(|(known, _)| *known == verb).unwrap_or(VERBS.len())
}

/// The letters of the verbs that have one, then the others.
fn shown_verbs(verbs: &[String]) -> String {
    let letters = VERBS.iter().filter(|(verb, _)| verbs.iter().any(|known| known == verb));
    let mut out: String = letters.map(|(_, letter)| *letter).collect();
    for verb in verbs.iter().filter(|verb| VERBS.iter().all(|(known, _)| known != verb)) {
        let _ = write!(out, "<i>{}</i>", escaped(verb));
    }
    out
}

const fn blank(gaps: &[Finding]) -> &'static str {
    if gaps.is_empty() {
        "nothing that was asked about is allowed"
    } else {
        "nothing that could be read allows it; see the gaps above"
    }
}

const fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::Role => "IAM roles",
        Kind::User => "IAM users",
        Kind::Account => "Everyone else of an AWS account",
        Kind::KubernetesUser => "Kubernetes users that no mapping reaches",
        Kind::KubernetesGroup => "Kubernetes groups: special ones, and those that no mapping reaches",
        Kind::ServiceAccount => "Service accounts",
    }
}

impl<'p, W: Write> Writer<'p> for Page<'_, W> {
    fn rows(&mut self, entry: &'p Entry, rows: &[Row<'p>]) -> io::Result<()> {
        if rows.is_empty() {
            self.nothing += 1;
            return Ok(());
        }
        if !self.all && comes_with_kubernetes(self.sources, entry, rows) {
            self.builtin += 1;
            return Ok(());
        }
        self.proofs.begin();
        let (first_head, first_reach) = self.proofs.counts();
        let facts = self.facts(rows);
        let cells: BTreeMap<What, String> =
            facts.into_iter().map(|(what, facts)| (what, self.markup(facts))).collect();
        self.columns.extend(cells.keys().cloned());
        let (next_head, next_reach) = self.proofs.counts();
        self.principals.push(Principal {
            kind: entry.kind,
            name: entry.name.clone(),
            mark: entry.mark,
            cells,
            heads: first_head..next_head,
            reaches: first_reach..next_reach,
        });
        Ok(())
    }

    fn finish(mut self: Box<Self>, gaps: &[Finding]) -> io::Result<()> {
        let places = self.proofs.places(self.sources);
        for part in SKELETON.split("<!--slot ") {
            match part.split_once("-->") {
                Some((name, rest)) => {
                    self.slot(name, gaps, &places)?;
                    self.out.write_all(rest.as_bytes())?;
                }
                None => self.out.write_all(part.as_bytes())?,
            }
        }
        self.out.flush()
    }
}
