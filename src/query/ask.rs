//! One request asked of one entry: the fold that who-can and the matrix share. Decides through [`crate::access`] only.

use std::collections::HashMap;

use super::can_i::{Verdict, open_on};
use super::chain::{Link, admission_links, identity_links};
use crate::access::{Admission, Decision, Policy, decide};
use crate::identity::{Case, Identity, Unauthenticated, When};
use crate::model::Request;
use crate::source::Origin;

/// Callers of one entry with the same answer by the same evidence.
#[derive(Clone, Debug)]
pub struct Piece<'p> {
    /// Which ones, as disjoint conditions; never empty.
    pub when: Vec<When>,
    /// What the first of them are taken for, or why they are not let in.
    pub identity: Result<Identity<'p>, Unauthenticated<'p>>,
    /// The first reason of a yes; none for a no.
    pub admission: Option<Admission<'p>>,
    /// Whether it is no yes, and no no either: it turns on something that is neither in the input nor published.
    pub is_open: bool,
}

impl Piece<'_> {
    /// Whether it is a yes.
    pub const fn is_allowed(&self) -> bool {
        self.admission.is_some()
    }

    /// From the caller to the rule; empty for a no.
    pub fn chain(&self) -> Vec<Link> {
        match (&self.identity, &self.admission) {
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
pub fn ask<'p>(policy: &'p Policy<'_>, cases: &[Case<'p>], request: &Request) -> Vec<Piece<'p>> {
    put_together(cases.iter().map(|case| {
        let identity = case.outcome.as_ref().ok();
        (case, identity.map(|identity| decide(policy, identity, request)))
    }))
}

/// What tells pieces apart: the evidence of a yes, whether the caller is let in, what is open, and chance.
type Key<'c> = (Option<Evidence>, bool, bool, Option<&'c str>);

/// Puts cases that agree together.
pub(super) fn put_together<'c, 'p: 'c>(
    answers: impl Iterator<Item = (&'c Case<'p>, Option<Decision<'p>>)>,
) -> Vec<Piece<'p>> {
    let mut pieces: Vec<Piece<'p>> = Vec::new();
    let mut known: HashMap<Key<'_>, usize> = HashMap::new();
    for (case, decision) in answers {
        let is_open = open_on(case.outcome.as_ref(), decision.as_ref()).is_some();
        let admission = match decision {
            Some(Decision::Allowed(admission)) => Some(admission),
            _ => None,
        };
        let evidence = admission.as_ref().map(Evidence::of);
        let key = (evidence, case.outcome.is_ok(), is_open, case.when.chance.as_deref());
        let next = pieces.len();
        let place = *known.entry(key).or_insert(next);
        if let Some(piece) = pieces.get_mut(place) {
            piece.when.push(case.when.clone());
        } else {
            let (when, identity) = (vec![case.when.clone()], case.outcome.clone());
            pieces.push(Piece { when, identity, admission, is_open });
        }
    }
    pieces
}

/// The answer of all pieces together.
pub fn verdict(pieces: &[Piece<'_>]) -> Verdict {
    match (pieces.iter().any(Piece::is_allowed), pieces.iter().all(Piece::is_allowed)) {
        (_, true) => Verdict::Allow,
        (false, false) if !pieces.iter().any(|piece| piece.is_open) => Verdict::Deny,
        (_, false) => Verdict::Depends,
    }
}
