//! The difference in access between two clusters, by who holds it: what each gains and loses, in its smallest form,
//! with the chain on the side where it exists. Two rules are compared by [`crate::access::covers`] only, and who holds
//! a rule is told by the one walk.
//!
//! A permission is asked for everywhere and in each namespace apart: what is held everywhere is never told again for a
//! namespace. Where chance picks one of several mappings, what any of them gives counts as held. What the input does not
//! tell (access policies that are not published, entries that were not described) is no difference where both clusters
//! have it, and else said to be not compared.

mod changed;
pub mod danger;
mod entry;
mod gathering;
mod holding;
mod members;
pub mod objects;
mod pairing;
mod permission;
mod unknown;

use super::chain::Link;
use super::everyone::Who;
use crate::access::Policy;
use crate::identity::{MappingIndex, When};
use crate::manifest::Loaded;
use crate::model::{Namespace, Rule};
use crate::source::Address;
use danger::Danger;
use gathering::Gathered;
use holding::Comparison;
use members::Members;
use objects::ObjectChange;

/// One of the two clusters.
#[derive(Clone, Copy, Debug)]
pub struct Side<'p> {
    /// What was read.
    pub loaded: &'p Loaded,
    /// The same, ready to be asked.
    pub policy: &'p Policy<'p>,
}

/// What differs.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// Who is let in, shut out, or taken for somebody else.
    pub entries: Vec<Entry>,
    /// Permissions held after and not before, the gravest first; their chains stand in the later cluster.
    pub gained: Vec<Change>,
    /// Permissions held before and not after; their chains stand in the earlier cluster.
    pub lost: Vec<Change>,
    /// Objects and mappings that differ, and change nothing in what anybody may do.
    pub without_effect: Vec<ObjectChange>,
    /// Whose access could not be compared, and why.
    pub uncompared: Vec<(Who, String)>,
}

/// A permission, and who gains or loses it.
#[derive(Clone, Debug)]
pub struct Change {
    /// The permission: what is granted beyond the other side.
    pub permission: Rule,
    /// What makes it grave; empty for an ordinary permission.
    pub dangers: Vec<Danger>,
    /// By whom, where; never empty, in order.
    pub holders: Vec<Holder>,
    /// The chain of the first holder. All others come by the same rule; their own mapping and binding are theirs.
    pub chain: Vec<Link>,
    /// Which links of the chain stand in something that the other side does not have, or has otherwise.
    pub differing: Vec<usize>,
}

/// Somebody who gains or loses a permission.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Who.
    pub who: Who,
    /// Which of the callers that they stand for; empty for all.
    pub when: Vec<When>,
    /// Where: a namespace, or a pattern that ends in `*` as access policies have it; none for everywhere.
    pub namespace: Option<Namespace>,
    /// Namespaces inside of that in which the other side has it too.
    pub also_other_side: Vec<Namespace>,
    /// The mapping that makes them who they are.
    pub mapping: Option<Address>,
    /// The binding, or the association of an access policy, by kind and name; none for the privileged group.
    pub binding: Option<(String, Address)>,
}

/// Somebody whom the two clusters take for something else.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who.
    pub who: Who,
    /// Which of the callers that they stand for; empty for all.
    pub when: Vec<When>,
    /// What they are taken for before; none where they are not let in.
    pub before: Option<Taken>,
    /// The same after.
    pub after: Option<Taken>,
}

/// What a cluster takes somebody for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The username, with tokens where sessions differ.
    pub username: String,
    /// The groups in order.
    pub groups: Vec<String>,
    /// The mapping that makes it so.
    pub mapping: Option<Address>,
}

impl Entry {
    /// Whether it decides if they are let in at all.
    pub const fn is_door(&self) -> bool {
        self.before.is_some() != self.after.is_some()
    }
}

impl Change {
    /// Whether it leads to further permissions.
    pub fn is_escalation(&self) -> bool {
        !self.dangers.is_empty()
    }
}

impl Difference {
    /// Whether somebody may do something in one cluster that they may not in the other.
    pub fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty() && !self.entries.iter().any(Entry::is_door)
    }
}

/// Compares two clusters.
pub fn compare(before: &Side<'_>, after: &Side<'_>) -> Difference {
    let mut difference = Difference::default();
    let mut comparison = Comparison::new(before.policy, after.policy);
    let unlike = changed::Unlike::of(before.policy.cluster, after.policy.cluster);
    let changed = changed::changed_names(&mut comparison, &unlike);
    let mappings = [before.policy.cluster, after.policy.cluster].map(MappingIndex::new);
    let entries = members::everybody([before.policy, after.policy], &mappings, &changed);
    let mut members = Members::new(comparison, changed, &mappings, &entries);
    let (mut gained, mut lost) = (Gathered::default(), Gathered::default());
    for place in members.told_first() {
        members.compare(place, &mut difference, &mut gained, &mut lost);
    }
    let mut standing = lost.standing();
    let mut standing_after = gained.standing();
    for entry in difference.entries.iter().filter(|entry| entry.is_door()) {
        let mapping = |taken: &Option<Taken>| taken.as_ref().and_then(|taken| taken.mapping.clone());
        standing.add(mapping(&entry.before));
        standing_after.add(mapping(&entry.after));
    }
    let written = objects::differences(before, after, &unlike);
    let parts = |of: fn(&objects::Difference) -> &[Address]| written.iter().flat_map(of).cloned().collect();
    difference.gained = gained.told(&members, &parts(|one| &one.parts_after));
    difference.lost = lost.told(&members, &parts(|one| &one.parts_before));
    difference.without_effect = objects::without_effect(written, &standing, &standing_after);
    difference.entries.sort_by(|a, b| a.who.cmp(&b.who));
    difference.uncompared.sort();
    difference.uncompared.dedup();
    difference
}
