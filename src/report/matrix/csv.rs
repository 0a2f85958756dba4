//! CSV as spreadsheets and databases load it: a header, quotes where needed, line feeds.
//!
//! Names in manifests may look like formulas: every cell is [`guarded`].

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{Writer, callers, parts, place_of_rule, scope, username};
use crate::access::Admission;
use crate::finding::Finding;
use crate::query::ask::Piece;
use crate::query::everyone::Entry;
use crate::query::matrix::{Cell, Plan, Row};
use crate::report::cell::guarded;
use crate::report::who_can::steps;
use crate::source::{Address, Place};

/// The columns of the long form; the order is part of the contract.
const COLUMNS: [&str; 18] = [
    "principal",
    "principalKind",
    "sessions",
    "username",
    "verb",
    "apiGroup",
    "resource",
    "subresource",
    "resourceName",
    "path",
    "namespace",
    "decision",
    "authorizer",
    "binding",
    "role",
    "rule",
    "file",
    "line",
];

/// The columns of the wide form before the verbs.
const WIDE_COLUMNS: [&str; 8] = [
    "principal",
    "principalKind",
    "apiGroup",
    "resource",
    "subresource",
    "resourceName",
    "path",
    "namespace",
];

fn write<W: Write>(out: &mut csv::Writer<W>, cells: &[&str]) -> io::Result<()> {
    out.write_record(cells.iter().map(|cell| guarded(cell))).map_err(io::Error::from)
}

/// One fact a row. A yes has a row for each way to it: where sessions differ, each names its own.
pub(super) struct Long<W: Write> {
    out: csv::Writer<W>,
    places: BTreeMap<Address, Place>,
}

impl<W: Write> Long<W> {
    pub(super) fn new(out: W, places: BTreeMap<Address, Place>) -> io::Result<Self> {
        let mut out = csv::Writer::from_writer(out);
        write(&mut out, &COLUMNS)?;
        Ok(Self { out, places })
    }

    fn cell(&mut self, entry: &Entry, row: &Row<'_>, cell: &Cell<'_>) -> io::Result<()> {
        let allowed: Vec<&Piece<'_>> = cell.pieces.iter().filter(|piece| piece.is_allowed()).collect();
        if allowed.is_empty() {
            let pieces: Vec<&Piece<'_>> = cell.pieces.iter().take(1).collect();
            return pieces.into_iter().try_for_each(|piece| self.fact(entry, row, cell, piece));
        }
        allowed.into_iter().try_for_each(|piece| self.fact(entry, row, cell, piece))
    }

    fn fact(&mut self, entry: &Entry, row: &Row<'_>, cell: &Cell<'_>, piece: &Piece<'_>) -> io::Result<()> {
        let [api_group, resource, subresource, path] = parts(&row.topic.what);
        let sessions = callers(piece, cell.pieces.len() == 1);
        let username = username(piece);
        let authorizer = piece.admission.as_ref().map_or("", Admission::authorizer);
        let (binding, role, rule) = piece.admission.as_ref().map(steps).unwrap_or_default();
        let address = piece.admission.as_ref().and_then(place_of_rule);
        let place = address.and_then(|address| self.places.get(&address));
        let line = place.map(|place| place.line.to_string()).unwrap_or_default();
        let cells = [
            entry.name.as_str(),
            entry.kind.as_str(),
            &sessions,
            &username,
            cell.verb.as_str(),
            api_group,
            resource,
            subresource,
            &row.name,
            path,
            scope(row),
            cell.mark.as_str(),
            authorizer,
            binding.as_deref().unwrap_or_default(),
            role.as_deref().unwrap_or_default(),
            rule.as_deref().unwrap_or_default(),
            place.map_or("", |place| place.file.as_str()),
            &line,
        ];
        write(&mut self.out, &cells)
    }
}

impl<'p, W: Write> Writer<'p> for Long<W> {
    fn rows(&mut self, entry: &'p Entry, rows: &[Row<'p>]) -> io::Result<()> {
        for row in rows {
            for cell in row.cells.iter() {
                self.cell(entry, row, cell)?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _gaps: &[Finding]) -> io::Result<()> {
        self.out.flush()
    }
}

/// A row a caller, resource and scope; a column a verb.
pub(super) struct Wide<W: Write> {
    out: csv::Writer<W>,
    verbs: Vec<String>,
}

impl<W: Write> Wide<W> {
    pub(super) fn new(out: W, plan: &Plan<'_>) -> io::Result<Self> {
        let mut out = csv::Writer::from_writer(out);
        let verbs: Vec<String> = plan.verbs.iter().map(ToString::to_string).collect();
        let header: Vec<&str> = WIDE_COLUMNS.into_iter().chain(verbs.iter().map(String::as_str)).collect();
        write(&mut out, &header)?;
        Ok(Self { out, verbs })
    }
}

impl<'p, W: Write> Writer<'p> for Wide<W> {
    fn rows(&mut self, entry: &'p Entry, rows: &[Row<'p>]) -> io::Result<()> {
        for row in rows {
            let [api_group, resource, subresource, path] = parts(&row.topic.what);
            let mut cells = vec![
                entry.name.as_str(),
                entry.kind.as_str(),
                api_group,
                resource,
                subresource,
                &row.name,
                path,
                scope(row),
            ];
            let mark = |verb: &String| {
                let cell = row.cells.iter().find(|cell| cell.verb.as_str() == verb);
                cell.map_or("", |cell| cell.mark.as_str())
            };
            cells.extend(self.verbs.iter().map(mark));
            write(&mut self.out, &cells)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _gaps: &[Finding]) -> io::Result<()> {
        self.out.flush()
    }
}
