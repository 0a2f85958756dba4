//! One request asked of one entry: the fold that who-can and the matrix share. Decides through [`crate::access`] only.

use std::collections::HashMap;
use std::sync::Arc;

use super::can_i::{Verdict, open_on};
use super::chain::{Link, admission_links, identity_links};
use crate::access::{Admission, Decision, Policy, decide};
use crate::identity::{Case, Identity, Unauthenticated, When};
use crate::model::Request;
use crate::source::Origin;

/// Callers of one entry with the same answer by the same evidence.
#[derive(Clone, Debug)]
pub struct Piece<'p> {
    /// The first of them.
    first: Arc<Case<'p>>,
    /// All of them, as disjoint cases; never empty. A matrix has many pieces of the same callers.
    cases: Arc<[Arc<Case<'p>>]>,
    /// The first reason of a yes; none for a no.
    pub admission: Option<Admission<'p>>,
    /// Whether it is no yes, and no no either: it turns on something that is neither in the input nor published.
    pub is_open: bool,
}

impl<'p> Piece<'p> {
    /// A piece; `first` is the first of the cases.
    pub(in crate::query) const fn new(
        first: Arc<Case<'p>>,
        cases: Arc<[Arc<Case<'p>>]>,
        admission: Option<Admission<'p>>,
        is_open: bool,
    ) -> Self {
        Self { first, cases, admission, is_open }
    }

    /// Which callers, as disjoint conditions; never none.
    pub fn when(&self) -> impl ExactSizeIterator<Item = &When> {
        self.cases.iter().map(|case| &case.when)
    }

    /// What the first of them are taken for, or why they are not let in.
    pub fn identity(&self) -> Result<&Identity<'p>, &Unauthenticated<'p>> {
        self.first.outcome.as_ref()
    }

    /// Whether it is a yes.
    pub const fn is_allowed(&self) -> bool {
        self.admission.is_some()
    }

    /// From the caller to the rule; empty for a no.
    pub fn chain(&self) -> Vec<Link> {
        match (self.identity(), &self.admission) {
            (Ok(identity), Some(admission)) => {
                let mut links = identity_links(identity);
                links.extend(admission_links(identity, admission));
                links
            }
            _ => Vec::new(),
        }
    }
}

/// What tells one reason of a yes from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// The binding and the place of its subject; none for the privileged group.
    pub binding: Option<(Origin, usize)>,
    /// The role that writes the rule, and the rule's place in it.
    pub rule: Option<(Origin, usize)>,
    /// The place of the membership in the privileged group.
    pub membership: Option<usize>,
}

impl Evidence {
    /// The evidence of an admission.
    pub fn of(admission: &Admission<'_>) -> Self {
        match admission {
            Admission::PrivilegedGroup { membership } => {
                Self { binding: None, rule: None, membership: Some(*membership) }
            }
            Admission::Rule(grant) => Self {
                binding: Some((grant.bound.binding.origin, grant.bound.subject.position)),
                rule: Some((grant.rule.written_in().origin, grant.rule.rule.position)),
                membership: None,
            },
            Admission::AccessPolicy(grant) => Self {
                binding: Some((grant.association.address.origin, 0)),
                rule: Some((grant.policy.origin, grant.rule.position)),
                membership: None,
            },
        }
    }
}

/// Asks each of the cases. Cases that agree are put together, a yes by its evidence, a no as such; the order is that of
/// their first case.
pub fn ask<'p>(
    policy: &'p Policy<'_>,
    cases: impl IntoIterator<Item = Case<'p>>,
    request: &Request,
) -> Vec<Piece<'p>> {
    type Found<'p> = (Vec<Arc<Case<'p>>>, Option<Admission<'p>>, bool);
    let cases: Vec<Arc<Case<'p>>> = cases.into_iter().map(Arc::new).collect();
    let mut found: Vec<Found<'p>> = Vec::new();
    let mut known: HashMap<Kind<'_>, usize> = HashMap::new();
    for case in &cases {
        let decision = case.outcome.as_ref().ok().map(|identity| decide(policy, identity, request));
        let is_open = open_on(case.outcome.as_ref(), decision.as_ref()).is_some();
        let admission = admission_of(decision.as_ref());
        let next = found.len();
        let place = *known.entry(Kind::of(case, admission.as_ref(), is_open)).or_insert(next);
        match found.get_mut(place) {
            Some((cases, ..)) => cases.push(case.clone()),
            None => found.push((vec![case.clone()], admission, is_open)),
        }
    }
    let piece = |(cases, admission, is_open): Found<'p>| {
        Some(Piece::new(cases.first()?.clone(), cases.into(), admission, is_open))
    };
    found.into_iter().filter_map(piece).collect()
}

/// What tells pieces apart: the evidence of a yes, whether the caller is let in, what is open, and chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind<'c> {
    evidence: Option<Evidence>,
    is_let_in: bool,
    is_open: bool,
    chance: Option<&'c str>,
}

impl<'c> Kind<'c> {
    /// The kind of the piece into which a case falls.
    pub(super) fn of(case: &'c Case<'_>, admission: Option<&Admission<'_>>, is_open: bool) -> Self {
        let (is_let_in, chance) = (case.outcome.is_ok(), case.when.chance.as_deref());
        Self { evidence: admission.map(Evidence::of), is_let_in, is_open, chance }
    }
}

/// The reason of a yes.
pub(super) fn admission_of<'p>(decision: Option<&Decision<'p>>) -> Option<Admission<'p>> {
    match decision {
        Some(Decision::Allowed(admission)) => Some(*admission),
        _ => None,
    }
}

/// The answer of all pieces together.
pub fn verdict(pieces: &[Piece<'_>]) -> Verdict {
    match (pieces.iter().any(Piece::is_allowed), pieces.iter().all(Piece::is_allowed)) {
        (_, true) => Verdict::Allow,
        (false, false) if !pieces.iter().any(|piece| piece.is_open) => Verdict::Deny,
        (_, false) => Verdict::Depends,
    }
}
