//! Why an answer is no: the chains that nearly were, and the smallest change that would make one of them whole.
//! Asked only of a no that is shown; it reads what loading and the index know, and lets nobody in.
//!
//! Every explanation is a chain with the links that are broken in it, and its cost is what would have to change. What
//! is wrong by itself (a name that nobody has, a role that is not there, an object that is refused) costs less than
//! what is merely not enough: nobody writes the former on purpose.

mod binding;
mod door;
mod mapping;
mod role;
mod rule;
mod subject;

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

/// How far a chain is from whole, in hundredths of a link that fails altogether: one that fails by a typo costs less,
/// and two cost more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost(u32);

impl Cost {
    /// Nothing is broken.
    const NONE: Self = Self(0);
    /// A field of the caller's own mapping was lost.
    const LOST: Self = Self(50);
    /// Right but for letter case and the like.
    const FORM: Self = Self(60);
    /// A typo.
    const TYPO: Self = Self(75);
    /// An object is there, and refused or lost.
    const REFUSED: Self = Self(80);
    /// What is referred to is not there.
    const DANGLING: Self = Self(85);
    /// A binding that names nobody, or stands in `default`, where objects go whose namespace was forgotten.
    const FORGOTTEN: Self = Self(90);
    /// A binding in a namespace gives what no namespace has.
    const POINTLESS: Self = Self(95);
    /// A list lacks an element, and has some like it.
    const ELEMENT: Self = Self(98);
    /// One link fails altogether.
    const LINK: Self = Self(100);
    /// A role has no rules.
    const EMPTY: Self = Self(105);
    /// Nothing is bound to a role that would do.
    const ORPHAN: Self = Self(110);
    /// A binding would do, and is not about the caller.
    const NOBODY: Self = Self(112);
    /// A binding would do, if it were not for another namespace. Most are meant to be.
    const OTHER_NAMESPACE: Self = Self(114);
    /// A rule is about another resource.
    const OTHER_RESOURCE: Self = Self(115);
    /// A name is nearly the caller's, and somebody else's.
    const SHARED_TYPO: Self = Self(118);
    /// A rule is about URLs and not resources, or the reverse.
    const OTHER_FAMILY: Self = Self(130);
    /// One link fails altogether, and what would mend it is not there at all.
    const ABSENT: Self = Self(160);
    /// A role would do that others are bound to.
    const UNBOUND: Self = Self(170);
    /// There is no role that would do.
    const NO_ROLE: Self = Self(245);
    /// More than anybody wants to read about.
    const FAR: Self = Self(250);

    // what a change costs more

    /// It gives more than is asked, by a wildcard.
    const WILDCARD: Self = Self(14);
    /// It concerns a role of Kubernetes' own: another is to be bound instead.
    const NOT_OURS: Self = Self(67);
    /// It concerns more of the cluster, or others than people like the caller.
    const WIDER: Self = Self(25);
    /// It is about one of the groups that everybody is in.
    const EVERYBODY: Self = Self(35);
    /// It is a little less likely.
    const SLIGHTLY: Self = Self(3);

    const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// So many explanations are given.
const SHOWN: usize = 6;

/// The cheapest explanations so far. Keeps a few more than are shown, for some may tell the same.
#[derive(Debug, Default)]
struct Shortlist(Vec<Reason>);

impl Shortlist {
    const KEPT: usize = 2 * SHOWN;

    /// Whether an explanation of this cost would be kept; those that are not need not be put into words.
    fn wants(&self, cost: Cost) -> bool {
        cost <= Cost::FAR && (self.0.len() < Self::KEPT || self.0.last().is_some_and(|last| cost < last.cost))
    }

    /// Adds an explanation; of those that cost the same the first stays first.
    fn offer(&mut self, reason: Reason) {
        if self.wants(reason.cost) {
            let place = self.0.partition_point(|known| known.cost <= reason.cost);
            self.0.insert(place, reason);
            self.0.truncate(Self::KEPT);
        }
    }

    fn finish(self) -> Vec<Reason> {
        let mut shown: Vec<Reason> = Vec::new();
        for reason in self.0 {
            if !shown.iter().any(|known| known.code == reason.code && known.spot == reason.spot) {
                shown.push(reason);
            }
        }
        shown.truncate(SHOWN);
        shown
    }
}

/// Why the caller is not let in, the likeliest first; never empty. What would let it in and then let it do what is
/// asked comes before what would only let it in.
pub fn unauthenticated(
    policy: &Policy<'_>,
    principal: &Principal,
    why: &Unauthenticated<'_>,
    request: &Request,
) -> Vec<Reason> {
    let mut shortlist = Shortlist::default();
    mapping::unauthenticated(&mapping::Door { policy, principal, request }, why, &mut shortlist);
    shortlist.finish()
}

/// Why the caller may not do it, the likeliest first; never empty.
pub fn forbidden(policy: &Policy<'_>, identity: &Identity<'_>, request: &Request) -> Vec<Reason> {
    let mut shortlist = Shortlist::default();
    mapping::forbidden(policy, identity, request, &mut shortlist);
    binding::forbidden(policy, identity, request, &mut shortlist);
    shortlist.finish()
}
