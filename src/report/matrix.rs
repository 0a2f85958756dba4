//! The matrix in its formats. Rows come one caller at a time, and each format but JSON writes them as they come.

mod csv;
mod html;
mod json;
mod table;

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::text::Style;
use crate::access::{Admission, Policy};
use crate::finding::Finding;
use crate::query::ask::Piece;
use crate::query::everyone::Entry;
use crate::query::matrix::{Plan, Row, What};
use crate::source::{Address, Place, Sources, Step};

pub use json::SCHEMA;

use super::callers::in_a_cell;

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table for each caller: a row a resource, a column a verb.
    Table,
    /// One fact a row.
    Csv,
    /// A row a caller and resource, a column a verb.
    WideCsv,
    /// `iamrbac/matrix/v1`
    Json,
    /// One line a caller, resource and scope.
    Ndjson,
    /// A table for a pull request.
    Markdown,
    /// One page for a browser, with the chains.
    Html,
}

/// Something that takes the rows of one caller after the other.
pub trait Writer<'p> {
    /// Takes the rows of a caller.
    fn rows(&mut self, entry: &'p Entry, rows: &[Row<'p>]) -> io::Result<()>;

    /// Ends the answer; what could not be read is told where the format has room for it.
    fn finish(self: Box<Self>, gaps: &[Finding]) -> io::Result<()>;
}

/// The writer of a format. With `all`, formats for people leave nothing out.
pub fn writer<'a, 'p: 'a>(
    format: Format,
    sources: &'a Sources,
    policy: &'a Policy<'_>,
    plan: &'a Plan<'p>,
    (all, style): (bool, Style),
    out: impl Write + 'a,
) -> io::Result<Box<dyn Writer<'p> + 'a>> {
    Ok(match format {
        Format::Table => Box::new(table::Table::new(out, sources, all, style)),
        Format::Markdown => Box::new(table::Markdown::new(out, all)?),
        Format::Csv => Box::new(csv::Long::new(out, rule_places(sources, policy))?),
        Format::WideCsv => Box::new(csv::Wide::new(out, plan)?),
        Format::Json => Box::new(json::Document::new(out, sources)),
        Format::Ndjson => Box::new(json::Lines::new(out)),
        Format::Html => Box::new(html::Page::new(out, sources, all)),
    })
}

/// The places of all rules that a binding gives and of those of access policies, looked up at once.
fn rule_places(sources: &Sources, policy: &Policy<'_>) -> BTreeMap<Address, Place> {
    let mut addresses: Vec<Address> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for binding in policy.bindings() {
        let Some(rules) = policy.role_of(binding) else { continue };
        if known.insert(rules.role().origin) {
            addresses.extend(rules.iter().map(|rule| rule_address(&rule)));
        }
    }
    for policy in policy.cluster.access_policies.values() {
        let positions = 0..policy.rules.len();
        addresses.extend(positions.map(|rule| policy.origin.at([Step::Field("rules"), Step::Item(rule)])));
    }
    sources.places(addresses)
}

/// Where the rule of a yes is written; nowhere for members of the privileged group.
fn place_of_rule(admission: &Admission<'_>) -> Option<Address> {
    match admission {
        Admission::PrivilegedGroup { .. } => None,
        Admission::Rule(grant) => Some(rule_address(&grant.rule)),
        Admission::AccessPolicy(grant) => {
            Some(grant.policy.origin.at([Step::Field("rules"), Step::Item(grant.rule.position)]))
        }
    }
}

fn rule_address(rule: &crate::access::InForce<'_>) -> Address {
    rule.written_in().origin.at([Step::Field("rules"), Step::Item(rule.rule.position)])
}

/// The callers of a piece, where it is not all of an entry: session names, and what else tells them apart.
fn callers(piece: &Piece<'_>, is_all: bool) -> String {
    if is_all { String::new() } else { in_a_cell(piece.when()) }
}

/// The username of a piece's callers; several have several, and the template stands for them all.
fn username(piece: &Piece<'_>) -> String {
    let Ok(identity) = piece.identity() else { return String::new() };
    match identity.mapping() {
        Some((_, mapping)) if piece.when().len() > 1 => mapping.username.to_string(),
        Some(_) => identity.username.to_string(),
        None => identity.username.known().unwrap_or_default().to_owned(),
    }
}

/// API group, resource, subresource and path.
fn parts(what: &What) -> [&str; 4] {
    match what {
        What::Resource { api_group, resource, subresource, .. } => {
            [api_group.as_str(), resource.as_str(), subresource.as_str(), ""]
        }
        What::Url(path) => ["", "", "", path.as_str()],
    }
}

/// The namespace as it is printed: `*` for cluster-wide, nothing for a URL.
fn scope<'r>(row: &'r Row<'_>) -> &'r str {
    match (&row.namespace, &row.topic.what) {
        (Some(namespace), _) => namespace.as_str(),
        (None, What::Resource { .. }) => "*",
        (None, What::Url(_)) => "",
    }
}

/// Whether the yes is one of everyone who has proved who they are.
fn is_everyones(admission: &Admission<'_>) -> bool {
    match admission {
        Admission::PrivilegedGroup { .. } | Admission::AccessPolicy(_) => false,
        Admission::Rule(grant) => matches!(
            grant.bound.subject.item,
            crate::model::Subject::Group(name) if name.as_str() == crate::identity::AUTHENTICATED
        ),
    }
}
