//! The answer to who-can: a table for people, and the JSON contract `iamrbac/who-can/v1`, which grows only by new fields.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;

use foldhash::fast::RandomState;
use serde::{Serialize, Serializer};

mod text;

use super::callers::CallersDocument;
use super::json::{LinkDocument, NoteDocument, RequestDocument};
use super::pieces;
use super::setting::SettingDocument;
use crate::access::Admission;
use crate::query::ask::Piece;
use crate::query::chain::{mapped_by, role_name};
use crate::query::everyone::{Entry, Kind, Mark};
use crate::query::question::Note;
use crate::query::who_can::{Row, WhoCan};
use crate::source::ahead::in_pieces;
use crate::source::{Address, Place, Sources};

pub use text::text;

/// The name of the contract.
pub const SCHEMA: &str = "iamrbac/who-can/v1";

/// The answer as JSON or YAML.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhoCanDocument<'a> {
    schema: &'static str,
    request: RequestDocument,
    principals: Rows<'a>,
    only_in_namespaces: Vec<ElsewhereDocument>,
    gaps: Vec<NoteDocument>,
    notes: Vec<NoteDocument>,
    complete: bool,
    #[serde(flatten)]
    setting: SettingDocument,
}

/// Places by their addresses, to be looked up only.
type Places = HashMap<Address, Place, RandomState>;

/// A list of [`RowDocument`], each made when it is written: all of them take more memory than the cluster.
#[derive(Debug)]
struct Rows<'a> {
    rows: &'a [Row<'a>],
    places: Places,
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows.iter().map(|row| row_document(row, &self.places)))
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RowDocument<'a> {
    kind: &'static str,
    principal: String,
    mark: Option<&'static str>,
    decision: &'static str,
    mapped_by: Option<&'static str>,
    username: Option<String>,
    session_chosen_by_caller: bool,
    cluster_wide: bool,
    namespaces: Vec<String>,
    #[serde(flatten)]
    how: HowDocument<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cases: Vec<CaseDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct HowDocument<'a> {
    authorizer: Option<&'static str>,
    binding: Option<String>,
    role: Option<String>,
    rule: Option<String>,
    chain: Vec<LinkDocument<&'a str>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CaseDocument<'a> {
    #[serde(flatten)]
    callers: CallersDocument,
    decision: &'static str,
    username: Option<String>,
    #[serde(flatten)]
    how: HowDocument<'a>,
}

#[derive(Debug, Serialize)]
struct ElsewhereDocument {
    kind: &'static str,
    principal: String,
    namespaces: Vec<String>,
}

/// The document of an answer.
pub fn document<'a>(sources: &Sources, asked: &[Note], answer: &'a WhoCan<'a>) -> WhoCanDocument<'a> {
    let places = places(sources, &answer.rows);
    let findings = |findings: &[crate::finding::Finding]| -> Vec<NoteDocument> {
        findings.iter().map(|finding| NoteDocument::of(sources, finding)).collect()
    };
    let mut notes: Vec<NoteDocument> = asked.iter().map(NoteDocument::of_question).collect();
    notes.extend(findings(&answer.notes));
    WhoCanDocument {
        schema: SCHEMA,
        request: RequestDocument::of(&answer.request),
        principals: Rows { rows: &answer.rows, places },
        only_in_namespaces: answer.in_namespaces.iter().map(elsewhere).collect(),
        gaps: findings(&answer.gaps),
        notes,
        complete: answer.complete,
        setting: answer.setting.into(),
    }
}

/// The places of everything in the chains of rows.
fn places(sources: &Sources, rows: &[Row<'_>]) -> Places {
    let of_rows = in_pieces(rows, |rows| -> HashSet<Address, RandomState> {
        let chains = rows.iter().flat_map(|row| &row.pieces).flat_map(Piece::chain);
        chains.filter_map(|link| link.address).collect()
    });
    let addresses: HashSet<Address, RandomState> = of_rows.into_iter().flatten().collect();
    let addresses: Vec<Address> = addresses.into_iter().collect();
    let places = sources.places_of(&addresses.iter().collect::<Vec<_>>());
    addresses.into_iter().zip(places).filter_map(|(address, place)| Some((address, place?))).collect()
}

/// Writes an answer as JSON.
pub fn to_writer_pretty(
    out: impl io::Write,
    sources: &Sources,
    asked: &[Note],
    answer: &WhoCan<'_>,
) -> serde_json::Result<()> {
    let mut document = document(sources, asked, answer);
    let Rows { rows, places } =
        std::mem::replace(&mut document.principals, Rows { rows: &[], places: Places::default() });
    pieces::to_writer_pretty(out, &document, (1, "principals"), rows, |row| row_document(row, &places))
}

fn elsewhere((entry, namespaces): &(&Entry, Vec<crate::model::Namespace>)) -> ElsewhereDocument {
    ElsewhereDocument {
        kind: entry.kind.as_str(),
        principal: entry.name.clone(),
        namespaces: namespaces.iter().map(ToString::to_string).collect(),
    }
}

fn row_document<'a>(row: &Row<'_>, places: &'a Places) -> RowDocument<'a> {
    let first = row.pieces.first();
    let identity = first.and_then(|piece| piece.identity().ok());
    let is_one = matches!(&row.pieces[..], [piece] if piece.when().len() == 1);
    let admissions = row.pieces.iter().filter_map(|piece| piece.admission.as_ref());
    let scopes: BTreeSet<_> = admissions.map(Admission::namespace).collect();
    RowDocument {
        kind: row.entry.kind.as_str(),
        principal: row.entry.name.clone(),
        mark: row.entry.mark.map(Mark::as_str),
        decision: row.verdict.as_str(),
        mapped_by: identity.and_then(mapped_by),
        username: username(row),
        session_chosen_by_caller: row.rests_on_session(),
        cluster_wide: scopes.contains(&None),
        namespaces: scopes.into_iter().flatten().map(ToString::to_string).collect(),
        how: first.map_or_else(HowDocument::none, |piece| HowDocument::of(piece, places)),
        cases: if is_one { Vec::new() } else { row.pieces.iter().map(|piece| case(piece, places)).collect() },
    }
}

/// The username; several have several, and the template stands for them all.
pub(super) fn username(row: &Row<'_>) -> Option<String> {
    let first = row.pieces.first()?;
    let identity = first.identity().ok()?;
    if let (Some((_, mapping)), true) = (identity.mapping(), row.pieces.len() > 1 || first.when().len() > 1) {
        return Some(mapping.username.to_string());
    }
    let is_named = identity.principal.is_some() && row.entry.kind != Kind::Account;
    (is_named || identity.username.known().is_some()).then(|| identity.username.to_string())
}

fn case<'a>(piece: &Piece<'_>, places: &'a Places) -> CaseDocument<'a> {
    let identity = piece.identity().ok();
    CaseDocument {
        callers: CallersDocument::of(piece.when()),
        decision: if piece.is_allowed() { "allow" } else { "deny" },
        username: identity
            .filter(|_| piece.when().len() == 1)
            .and_then(|identity| identity.username.known().map(str::to_owned)),
        how: HowDocument::of(piece, places),
    }
}

impl<'a> HowDocument<'a> {
    const fn none() -> Self {
        Self { authorizer: None, binding: None, role: None, rule: None, chain: Vec::new() }
    }

    fn of(piece: &Piece<'_>, places: &'a Places) -> Self {
        let links = piece.chain().into_iter().map(|link| {
            let place = link.address.as_ref().and_then(|address| places.get(address));
            LinkDocument::shown(link, place)
        });
        let (binding, role, rule) = piece.admission.as_ref().map(steps).unwrap_or_default();
        let authorizer = piece.admission.as_ref().map(Admission::authorizer);
        Self { authorizer, binding, role, rule, chain: links.collect() }
    }
}

/// Binding, role and rule, where RBAC says yes: the rule as its place in the role that writes it.
pub(super) fn steps(admission: &Admission<'_>) -> (Option<String>, Option<String>, Option<String>) {
    if let Admission::AccessPolicy(grant) = admission {
        let policy = grant.policy.name.to_string();
        return (None, Some(policy), Some(format!("rules[{}]", grant.rule.position)));
    }
    let Admission::Rule(grant) = admission else { return (None, None, None) };
    let binding = grant.bound.binding;
    let name = match &binding.namespace {
        Some(namespace) => format!("{} {namespace}/{}", binding.kind(), binding.name),
        None => format!("{} {}", binding.kind(), binding.name),
    };
    let position = grant.rule.rule.position;
    let written_in = grant.rule.written_in();
    let rule = if grant.rule.from.is_empty() {
        format!("rules[{position}]")
    } else {
        format!("{} rules[{position}]", role_name(written_in))
    };
    (Some(name), Some(role_name(grant.rule.role)), Some(rule))
}
