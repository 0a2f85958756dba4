//! What somebody has of each question, summed up: where, under which verbs, and the first reason.

use super::super::context::{Context, Family, Piece};
use super::asking::{Gives, Hit};
use super::holding::{Reason, add_bound, gives_for_namespaces, is_of_everyone};
use crate::access::Bound;
use crate::identity::Identity;
use crate::model::Namespace;
use crate::query::risk::{Ask, Where};

/// What a holder has of one question.
#[derive(Clone, Default)]
pub(super) struct Sum<'h> {
    pub(super) everywhere: Option<(u32, Reason<'h>)>,
    pub(super) within: Option<(u32, Reason<'h>, Places)>,
}

/// A set of namespaces, by their places in the order of all.
#[derive(Clone, Default)]
pub(super) struct Places(Vec<u64>);

impl Places {
    fn add(&mut self, place: usize) {
        let word = place / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (place % 64);
        }
    }

    fn extend(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own |= other);
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        Self(self.0.iter().zip(others).map(|(own, other)| own & !other).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let bits = |(word, bits): (usize, &u64)| {
            let bits = *bits;
            (0..64).filter(move |bit| bits & (1 << bit) != 0).map(move |bit| word * 64 + bit)
        };
        self.0.iter().enumerate().flat_map(bits)
    }
}

/// What is had of each question.
pub(super) struct Sums<'h>(pub(super) Vec<Sum<'h>>);

impl<'h> Sums<'h> {
    pub(super) fn new(gives: &Gives<'_>) -> Self {
        Self(vec![Sum::default(); gives.questions.len()])
    }

    /// Adds what a role gives in a namespace, or everywhere.
    pub(super) fn add(
        &mut self,
        gives: &Gives<'h>,
        hit: &Hit<'h>,
        namespace: Option<&'h Namespace>,
        reason: Reason<'h>,
    ) {
        let (Some(question), Some(sum)) = (gives.question(hit), self.0.get_mut(hit.question)) else { return };
        let verb = 1_u32 << hit.verb;
        match scope_of(question.ask, namespace) {
            None => {}
            Some("") => sum.everywhere.get_or_insert((0, reason)).0 |= verb,
            Some(namespace) => {
                let Some(place) = gives.place(namespace) else { return };
                let within = sum.within.get_or_insert_with(|| (0, reason, Places::default()));
                within.0 |= verb;
                within.2.add(place);
            }
        }
    }

    /// Adds what those of a family have.
    pub(super) fn extend(&mut self, other: &Self, case: usize) {
        let of_case = |reason: &Reason<'h>| Reason { case: Some(case), ..*reason };
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            if let Some((verbs, reason)) = &other.everywhere {
                own.everywhere.get_or_insert((0, of_case(reason))).0 |= verbs;
            }
            if let Some((verbs, reason, places)) = &other.within {
                let within = own.within.get_or_insert_with(|| (0, of_case(reason), Places::default()));
                within.0 |= verbs;
                within.2.extend(places);
            }
        }
    }
}

/// What the families have by the names that their callers choose.
pub(super) struct OfFamilies<'h>(pub(super) Vec<Sums<'h>>, pub(super) Vec<Vec<(&'h Piece, Bound<'h>)>>);

impl<'h> OfFamilies<'h> {
    pub(super) fn of(context: &'h Context<'_>, gives: &'h Gives<'h>) -> Self {
        let of_family = |family: &'h Family| {
            let mut sums = Sums::new(gives);
            let mut for_namespaces = Vec::new();
            for piece in &family.pieces {
                let names = Identity::given(piece.username.as_deref().unwrap_or_default(), &piece.groups);
                for bound in context.policy.bindings_anywhere(&names) {
                    if !context.is_default(bound.binding.origin) && !is_of_everyone(bound.subject.item) {
                        add_bound(context, gives, &bound, (None, Some(piece)), &mut sums);
                        if gives_for_namespaces(context, &bound) {
                            for_namespaces.push((piece, bound));
                        }
                    }
                }
            }
            (sums, for_namespaces)
        };
        let (sums, for_namespaces) = context.families().iter().map(of_family).unzip();
        Self(sums, for_namespaces)
    }
}

/// Where a grant in a namespace, or everywhere, answers a question: none where it does not; the empty text for the whole
/// cluster.
fn scope_of<'b>(ask: &'b Ask, namespace: Option<&'b Namespace>) -> Option<&'b str> {
    let covers = |pattern: &str, only: &str| match pattern.split_once('*') {
        Some((start, "")) => only.starts_with(start),
        _ => pattern == only,
    };
    match (ask.place, namespace) {
        (Where::Namespace(only), None) => Some(only),
        (Where::Namespace(only), Some(namespace)) => covers(namespace.as_str(), only).then_some(only),
        (Where::Cluster | Where::Anywhere, None) => Some(""),
        (Where::Cluster, Some(_)) => None,
        (Where::Anywhere, Some(namespace)) => Some(namespace.as_str()),
    }
}
