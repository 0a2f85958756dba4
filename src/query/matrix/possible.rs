//! Which cells a role can have a part in, whatever the binding: what no role of a caller admits needs no decision.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::topics::Topic;
use crate::access::matching::admits;
use crate::access::{Reach, Rules};
use crate::model::Request;
use crate::source::Origin;

/// A set of cells: topics in their order, of each the verbs in theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cells(Vec<u64>);

impl Cells {
    pub(super) fn contains(&self, cell: usize) -> bool {
        self.0.get(cell / 64).is_some_and(|word| word >> (cell % 64) & 1 == 1)
    }

    fn insert(&mut self, cell: usize) {
        if self.0.len() <= cell / 64 {
            self.0.resize(cell / 64 + 1, 0);
        }
        if let Some(word) = self.0.get_mut(cell / 64) {
            *word |= 1 << (cell % 64);
        }
    }

    /// Adds all cells of another set.
    pub(super) fn extend(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word |= more);
    }
}

/// The cells of each role, as far as they were asked for.
#[derive(Debug, Default)]
pub(super) struct OfRoles {
    /// One request for each cell; the namespace of a request is nothing to a rule.
    requests: Vec<Request>,
    known: Mutex<HashMap<Origin, Arc<Cells>>>,
}

impl OfRoles {
    pub(super) fn new(topics: &[Topic]) -> Self {
        let requests = topics.iter().flat_map(|topic| topic.verbs.iter().map(|verb| topic.request(verb)));
        Self { requests: requests.collect(), known: Mutex::default() }
    }

    /// The cells in which a caller may have a yes by what reaches them; none where something else than rules decides.
    pub(super) fn of(&self, reach: &Reach<'_>) -> Option<Cells> {
        let mut all = Cells::default();
        reach.roles()?.for_each(|rules| all.extend(&self.of_role(rules)));
        Some(all)
    }

    fn of_role(&self, rules: Rules<'_>) -> Arc<Cells> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = rules.role().origin;
        if let Some(cells) = known().get(&origin) {
            return cells.clone();
        }
        let mut cells = Cells::default();
        for (cell, request) in self.requests.iter().enumerate() {
            if rules.iter().any(|rule| admits(rule.rule.item, request).is_some()) {
                cells.insert(cell);
            }
        }
        let cells = Arc::new(cells);
        known().insert(origin, cells.clone());
        cells
    }
}
