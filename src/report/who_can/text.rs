//! The answer to who-can for people: a table where there is room, and a record for each below 110 columns, so that no
//! ARN is broken.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::steps;
use crate::access::{Admission, PRIVILEGED};
use crate::identity::AUTHENTICATED;
use crate::model::Subject;
use crate::query::ask::Piece;
use crate::query::can_i::Verdict;
use crate::query::chain::{Link, LinkKind};
use crate::query::everyone::{Kind, Mark};
use crate::query::question::Note;
use crate::query::who_can::{Row, WhoCan};
use crate::report::callers::in_words;
use crate::report::table::{counted, keep_whole, plain, remarks, shown};
use crate::report::text::{Style, asked, visible, wrapped};
use crate::source::{Address, Place, Sources};

/// Below so many columns there are records instead of a table.
const WIDE: usize = 110;

/// The whole answer. Callers of less interest are put together, unless all are asked for: those who may only because
/// everyone may, and those that come with Kubernetes.
pub fn text(sources: &Sources, notes: &[Note], answer: &WhoCan<'_>, all: bool, style: Style) -> String {
    let mut page = Page { style, places: BTreeMap::new(), out: String::new() };
    let incomplete = if answer.complete { "" } else { " (incomplete: see below)" };
    let who = match answer.rows.len() {
        0 => "nobody".to_owned(),
        count => count.to_string(),
    };
    page.line(0, &format!("{who} can {}{incomplete}", asked(&answer.request)));
    let (as_everyone, rows): (Vec<_>, Vec<_>) =
        answer.rows.iter().partition(|row| !all && only_as_everyone(row));
    let (builtin, rows): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| !all && comes_with_kubernetes(sources, row));
    page.places = sources.places(rows.iter().flat_map(|row| shown_links(row)).map(|(_, address)| address));
    if style.width >= WIDE {
        page.table(&rows);
    } else {
        page.records(&rows);
    }
    page.folded(&builtin, &as_everyone);
    page.namespaces(answer);
    page.asked(notes);
    let heading = "gaps, unread input that could add to this list";
    page.out.push_str(&remarks(sources, heading, &answer.gaps, style));
    page.out.push_str(&remarks(sources, "notes", &answer.notes, style));
    if let Some(assumed) = answer.setting.assumed(true) {
        page.out.push('\n');
        page.line(0, &assumed);
    }
    page.out
}

struct Page {
    style: Style,
    places: BTreeMap<Address, Place>,
    out: String,
}

impl Page {
    fn line(&mut self, indent: usize, text: &str) {
        for line in wrapped(&visible(text), self.style.width.saturating_sub(indent).max(20)) {
            self.out.push_str(format!("{:indent$}{line}", "").trim_end());
            self.out.push('\n');
        }
    }

    fn table(&mut self, rows: &[&Row<'_>]) {
        if rows.is_empty() {
            return;
        }
        let mut table = plain(self.style, &["KIND", "WHO", "SCOPE", "THROUGH", "WHERE"]);
        for row in rows {
            let mut who = row.entry.name.clone();
            if let Some(callers) = callers(row) {
                let _ = write!(who, "\n{callers}");
            }
            let kind = match row.entry.mark {
                Some(mark) => format!("{}\n({})", row.entry.kind.as_str(), mark.as_str()),
                None => row.entry.kind.as_str().to_owned(),
            };
            let through = self.through(row).join("\n");
            let cells = [kind, who, scopes(row), through, self.shown_places(row).join("\n")];
            table.add_row(cells.map(|cell| visible(&cell)));
        }
        let longest = rows.iter().map(|row| row.entry.name.width()).max().unwrap_or_default();
        keep_whole(&mut table, 1, longest.min(self.style.width / 2).max("WHO".len()));
        self.out.push('\n');
        self.out.push_str(&shown(&table));
    }

    fn records(&mut self, rows: &[&Row<'_>]) {
        let mut heading = "";
        for row in rows {
            let of_kind = section(row.entry.kind);
            if heading != of_kind {
                heading = of_kind;
                self.out.push('\n');
                self.line(0, heading);
            }
            let mark = row.entry.mark.filter(|mark| *mark != Mark::Unmapped);
            let mark = mark.map(|mark| format!(" ({})", mark.as_str())).unwrap_or_default();
            self.line(2, &format!("{}{mark}, {}", row.entry.name, scopes(row)));
            if let Some(callers) = callers(row) {
                self.line(6, &callers);
            }
            for line in self.through(row) {
                self.line(6, &line);
            }
            for place in self.shown_places(row) {
                self.line(6, &place);
            }
        }
    }

    fn through(&self, row: &Row<'_>) -> Vec<String> {
        let Some(admission) = row.pieces.first().and_then(|piece| piece.admission.as_ref()) else {
            return Vec::new();
        };
        let arrow = if self.style.ascii { "->" } else { "→" };
        let way = match (admission, steps(admission)) {
            (Admission::PrivilegedGroup { .. }, _) => format!("{PRIVILEGED} may do everything"),
            (Admission::AccessPolicy(grant), (_, _, rule)) => {
                let association = grant.association;
                let rule = rule.unwrap_or_default();
                format!("access policy {}, {} {arrow} {rule}", association.policy_name(), association.scope)
            }
            (Admission::Rule(_), (binding, role, rule)) => {
                let steps = [binding, role, rule].map(Option::unwrap_or_default);
                steps.join(&format!(" {arrow} "))
            }
        };
        let mut lines = vec![way];
        let others = row.pieces.iter().filter(|other| other.is_allowed()).count() - 1;
        if others > 0 {
            lines.push(format!("and {} for other sessions (-o json)", counted(others, "chain")));
        }
        lines
    }

    fn shown_places(&self, row: &Row<'_>) -> Vec<String> {
        let places = shown_links(row).into_iter().filter_map(|(kind, address)| {
            let place = self.places.get(&address)?;
            Some(format!("{} at {}:{}", kind.as_str(), place.file, place.line))
        });
        places.collect()
    }

    fn folded(&mut self, builtin: &[&Row<'_>], as_everyone: &[&Row<'_>]) {
        if !builtin.is_empty() {
            self.out.push('\n');
            let names: Vec<&str> = builtin.iter().map(|row| row.entry.name.as_str()).collect();
            let count = builtin.len();
            self.line(0, &format!("and {count} that come with Kubernetes (--all): {}", names.join(", ")));
        }
        if !as_everyone.is_empty() {
            self.out.push('\n');
            let others = counted(as_everyone.len(), "other");
            self.line(0, &format!("and {others}, as everyone in {AUTHENTICATED} can (--all)"));
        }
    }

    fn namespaces(&mut self, answer: &WhoCan<'_>) {
        if answer.in_namespaces.is_empty() {
            return;
        }
        self.out.push('\n');
        self.line(0, "not cluster-wide, but in some namespaces");
        for (entry, namespaces) in &answer.in_namespaces {
            let names: Vec<&str> = namespaces.iter().map(crate::model::Namespace::as_str).collect();
            self.line(2, &format!("{} {}: {}", entry.kind.as_str(), entry.name, names.join(", ")));
        }
    }

    fn asked(&mut self, notes: &[Note]) {
        if notes.is_empty() {
            return;
        }
        self.out.push('\n');
        self.line(0, "about the question");
        for note in notes {
            self.line(2, &format!("- {}", note.code.as_str()));
            self.line(4, &note.message);
            if let Some(help) = &note.help {
                self.line(4, &format!("{} {help}", if self.style.ascii { "->" } else { "→" }));
            }
        }
    }
}

const fn section(kind: Kind) -> &'static str {
    match kind {
        Kind::Role => "IAM roles",
        Kind::User => "IAM users",
        Kind::Account => "everyone else of an AWS account",
        Kind::KubernetesUser => "Kubernetes users that no mapping reaches",
        Kind::KubernetesGroup => "Kubernetes groups: special ones, and those that no mapping reaches",
        Kind::ServiceAccount => "service accounts",
    }
}

/// Whether the row is there only because everyone may who has proved who they are.
fn only_as_everyone(row: &Row<'_>) -> bool {
    let of_everyone = |admission: &Admission<'_>| match admission {
        Admission::PrivilegedGroup { .. } | Admission::AccessPolicy(_) => false,
        Admission::Rule(grant) => {
            matches!(grant.bound.subject.item, Subject::Group(name) if name.as_str() == AUTHENTICATED)
        }
    };
    row.entry.mark != Some(Mark::Everyone)
        && row.pieces.iter().all(|piece| piece.admission.as_ref().is_none_or(of_everyone))
}

/// Whether the row is a user, a group or a service account of Kubernetes itself, bound as it always is.
fn comes_with_kubernetes(sources: &Sources, row: &Row<'_>) -> bool {
    let is_default = |admission: &Admission<'_>| match admission {
        Admission::PrivilegedGroup { .. } | Admission::AccessPolicy(_) => false,
        Admission::Rule(grant) => sources.is_virtual(grant.bound.binding.origin),
    };
    let is_special = row.entry.mark.is_some_and(|mark| mark != Mark::Unmapped);
    row.entry.principal().is_none()
        && !is_special
        && row.pieces.iter().all(|piece| piece.admission.as_ref().is_some_and(is_default))
}

/// The places that are shown: of the binding, or of what associates an access policy, and of the rule.
fn shown_links(row: &Row<'_>) -> Vec<(LinkKind, Address)> {
    let chain = row.pieces.first().map(Piece::chain).unwrap_or_default();
    let is_shown =
        |link: &Link| matches!(link.kind, LinkKind::Binding | LinkKind::Association | LinkKind::Rule);
    chain.into_iter().filter(is_shown).filter_map(|link| Some((link.kind, link.address?))).collect()
}

fn scopes(row: &Row<'_>) -> String {
    let admissions = row.pieces.iter().filter_map(|piece| piece.admission.as_ref());
    let scopes: BTreeSet<_> = admissions.map(Admission::namespace).collect();
    let words = scopes.into_iter().map(|scope| match scope {
        None => "cluster-wide".to_owned(),
        Some(namespace) => format!("namespace {namespace}"),
    });
    words.collect::<Vec<_>>().join(" or ")
}

/// Which of the callers of a family, where that matters.
fn callers(row: &Row<'_>) -> Option<String> {
    if row.verdict == Verdict::Depends {
        let allowed = row.pieces.iter().filter(|piece| piece.is_allowed()).flat_map(Piece::when);
        return Some(format!("only {}", some(allowed.map(in_words).collect())));
    }
    row.rests_on_session().then(|| "any session name".to_owned())
}

/// The first few of a list, and how many more there are.
fn some(list: Vec<String>) -> String {
    const SHOWN: usize = 6;
    let more = list.len().saturating_sub(SHOWN);
    let mut text = list.into_iter().take(SHOWN).collect::<Vec<_>>().join("; ");
    if more > 0 {
        let _ = write!(text, "; and {more} more");
    }
    text
}
