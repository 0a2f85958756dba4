//! The matrix for programs: one document, in which each chain stands once, or a line at a time.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use foldhash::fast::RandomState;
use serde::{Serialize, Serializer};

use super::{Writer, callers, parts, scope, username};
use crate::finding::Finding;
use crate::query::ask::{Evidence, Piece};
use crate::query::chain::Link;
use crate::query::everyone::{Entry, Mark};
use crate::query::matrix::{Cell, Row};
use crate::report::escaped;
use crate::report::json::{LinkDocument, NoteDocument};
use crate::source::Sources;

/// The name of the contract, which grows only by new fields.
pub const SCHEMA: &str = "iamrbac/matrix/v1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MatrixDocument {
    schema: &'static str,
    principals: Vec<PrincipalDocument>,
    chains: Vec<Vec<LinkDocument>>,
    gaps: Vec<NoteDocument>,
    complete: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrincipalDocument {
    principal: String,
    kind: &'static str,
    mark: Option<&'static str>,
    rows: Vec<RowDocument>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowDocument {
    #[serde(flatten)]
    of: ScopeDocument,
    cells: Vec<CellDocument>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScopeDocument {
    api_group: String,
    resource: String,
    subresource: String,
    resource_name: String,
    path: String,
    namespace: String,
}

impl ScopeDocument {
    fn of(row: &Row<'_>) -> Self {
        let [api_group, resource, subresource, path] = parts(&row.topic.what).map(str::to_owned);
        let (resource_name, namespace) = (row.name.clone(), scope(row).to_owned());
        Self { api_group, resource, subresource, resource_name, path, namespace }
    }
}

#[derive(Serialize)]
struct CellDocument {
    verb: String,
    decision: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cases: Vec<CaseDocument>,
}

/// Callers of the principal with a yes by one chain.
#[derive(Serialize)]
struct CaseDocument {
    sessions: String,
    username: String,
    /// The place of the chain among the document's.
    chain: usize,
}

/// The whole as one document.
pub(super) struct Document<'a, W: Write> {
    out: W,
    sources: &'a Sources,
    principals: Vec<PrincipalDocument>,
    chains: Vec<Vec<Link>>,
}

impl<'a, W: Write> Document<'a, W> {
    pub(super) const fn new(out: W, sources: &'a Sources) -> Self {
        Self { out, sources, principals: Vec::new(), chains: Vec::new() }
    }

    fn cell(
        &mut self,
        cell: &Cell<'_>,
        known: &mut BTreeMap<(Evidence, String, String), usize>,
    ) -> CellDocument {
        let allowed = cell.pieces.iter().filter_map(|piece| Some((piece, piece.admission.as_ref()?)));
        let mut cases = Vec::new();
        for (piece, admission) in allowed {
            let sessions = callers(piece, cell.pieces.len() == 1);
            let username = username(piece);
            let key = (Evidence::of(admission), sessions.clone(), username.clone());
            let next = self.chains.len();
            let chain = *known.entry(key).or_insert(next);
            if chain == next {
                self.chains.push(piece.chain());
            }
            cases.push(CaseDocument { sessions, username, chain });
        }
        CellDocument { verb: cell.verb.to_string(), decision: cell.mark.as_str(), cases }
    }
}

impl<'p, W: Write> Writer<'p> for Document<'_, W> {
    fn rows(&mut self, entry: &'p Entry, rows: &[Row<'p>]) -> io::Result<()> {
        let mut known = BTreeMap::new();
        let mut documents = Vec::new();
        for row in rows {
            let cells = row.cells.iter().map(|cell| self.cell(cell, &mut known)).collect();
            documents.push(RowDocument { of: ScopeDocument::of(row), cells });
        }
        self.principals.push(PrincipalDocument {
            principal: entry.name.clone(),
            kind: entry.kind.as_str(),
            mark: entry.mark.map(Mark::as_str),
            rows: documents,
        });
        Ok(())
    }

    fn finish(mut self: Box<Self>, gaps: &[Finding]) -> io::Result<()> {
        let addresses = self.chains.iter().flatten().filter_map(|link| link.address.clone());
        let places = self.sources.places(addresses);
        let link = |link: &Link| {
            LinkDocument::of(link, link.address.as_ref().and_then(|address| places.get(address)).cloned())
        };
        let document = MatrixDocument {
            schema: SCHEMA,
            principals: self.principals,
            chains: self.chains.iter().map(|chain| chain.iter().map(link).collect()).collect(),
            gaps: gaps.iter().map(|gap| NoteDocument::of(self.sources, gap)).collect(),
            complete: gaps.is_empty(),
        };
        escaped::to_writer(&mut self.out, &document).map_err(io::Error::from)?;
        writeln!(self.out)?;
        self.out.flush()
    }
}

/// A line; it borrows, for there may be millions of them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineDocument<'r> {
    principal: &'r str,
    kind: &'static str,
    api_group: &'r str,
    resource: &'r str,
    subresource: &'r str,
    resource_name: &'r str,
    path: &'r str,
    namespace: &'r str,
    #[serde(serialize_with = "decisions")]
    verbs: &'r [Cell<'r>],
    /// For verbs that depend: which callers may.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sessions: BTreeMap<&'r str, Vec<String>>,
}

/// The decisions by verb, in the order of the verbs.
fn decisions<S: Serializer>(cells: &[Cell<'_>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(cells.iter().map(|cell| (cell.verb.as_str(), cell.mark.as_str())))
}

/// One line a caller, resource and scope.
pub(super) struct Lines<W: Write> {
    out: W,
}

impl<W: Write> Lines<W> {
    pub(super) const fn new(out: W) -> Self {
        Self { out }
    }
}

/// The lines of one caller about one thing with the same answers, which differ only in their namespace: what stands before
/// and behind it.
struct Around {
    before: String,
    behind: String,
}

impl Around {
    fn of(entry: &Entry, row: &Row<'_>) -> io::Result<Self> {
        /// Nothing else in a line reads so: in a text there are no quotes, and no answer is empty.
        const NOWHERE: &str = "\"namespace\":\"\"";
        let allowed = |piece: &&Piece<'_>| piece.is_allowed();
        let depending = row.cells.iter().filter(|cell| cell.pieces.len() > 1);
        let [api_group, resource, subresource, path] = parts(&row.topic.what);
        let line = LineDocument {
            principal: &entry.name,
            kind: entry.kind.as_str(),
            api_group,
            resource,
            subresource,
            resource_name: &row.name,
            path,
            namespace: "",
            verbs: &row.cells,
            sessions: depending
                .map(|cell| {
                    let pieces = cell.pieces.iter().filter(allowed);
                    (cell.verb.as_str(), pieces.map(|piece| callers(piece, false)).collect())
                })
                .collect(),
        };
        let line = escaped::to_string(&line).map_err(io::Error::from)?;
        let (before, behind) = line.split_once(NOWHERE).unwrap_or((&line, ""));
        Ok(Self { before: format!("{before}\"namespace\":"), behind: format!("{behind}\n") })
    }
}

impl<'p, W: Write> Writer<'p> for Lines<W> {
    fn rows(&mut self, entry: &'p Entry, rows: &[Row<'p>]) -> io::Result<()> {
        // rows that say the same share their cells, so that these can be told by where they are
        let mut known: HashMap<_, Around, RandomState> = HashMap::default();
        let mut place = ("", "\"\"".to_owned());
        for row in rows {
            let namespace = scope(row);
            if place.0 != namespace {
                place = (namespace, escaped::to_string(&namespace).map_err(io::Error::from)?);
            }
            let key = (std::ptr::from_ref(row.topic), row.cells.as_ptr(), row.name.as_str());
            let around = match known.entry(key) {
                Slot::Occupied(known) => known.into_mut(),
                Slot::Vacant(new) => new.insert(Around::of(entry, row)?),
            };
            for part in [&around.before, &place.1, &around.behind] {
                self.out.write_all(part.as_bytes())?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _gaps: &[Finding]) -> io::Result<()> {
        self.out.flush()
    }
}
