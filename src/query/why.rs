//! Why an answer is no: the chains that nearly were, and the smallest change that would make one of them whole.
//! Asked only of a no that is shown; it reads what loading and the index know, and decides nothing.

mod binding;
mod mapping;
mod rule;

use crate::access::Policy;
use crate::finding::{Code, Spot};
use crate::identity::{Identity, Principal, Unauthenticated};
use crate::model::Request;

/// One explanation of a no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Which fact.
    pub code: Code,
    /// The fact in words.
    pub message: String,
    /// The change that would mend it.
    pub help: String,
    /// The object to change, and the part of it.
    pub spot: Spot,
    /// How much would have to change; see [`Cost`].
    pub(crate) cost: Cost,
}

/// How far a chain is from whole, in hundredths of a broken link: a link that fails by a typo costs less than one that
/// fails altogether, and two links cost more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost(u32);

impl Cost {
    /// Nothing is broken.
    const NONE: Self = Self(0);
    /// Right but for letter case and the like.
    const FORM: Self = Self(60);
    /// A typo.
    const TYPO: Self = Self(75);
    /// An object is there, and refused or lost.
    const REFUSED: Self = Self(80);
    /// One link fails altogether.
    const LINK: Self = Self(100);
    /// One link fails altogether, and what would mend it is not there at all.
    const ABSENT: Self = Self(160);
    /// More than anybody wants to read about.
    const FAR: Self = Self(340);

    fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// So many explanations are given.
const SHOWN: usize = 6;

/// Why the caller is not let in, the likeliest first; never empty.
pub fn unauthenticated(policy: &Policy<'_>, principal: &Principal, why: &Unauthenticated<'_>) -> Vec<Reason> {
    ranked(mapping::reasons(policy.cluster, principal, why))
}

/// Why the caller may not do it, the likeliest first; never empty.
pub fn forbidden(policy: &Policy<'_>, identity: &Identity<'_>, request: &Request) -> Vec<Reason> {
    ranked(binding::reasons(policy, identity, request))
}

fn ranked(mut reasons: Vec<Reason>) -> Vec<Reason> {
    // stable: what costs the same stays in the order in which it was found
    reasons.sort_by_key(|reason| reason.cost);
    let mut kept: Vec<Reason> = Vec::new();
    for reason in reasons {
        if !kept.iter().any(|known| known.code == reason.code && known.spot == reason.spot) {
            kept.push(reason);
        }
        if kept.len() == SHOWN {
            break;
        }
    }
    kept
}
