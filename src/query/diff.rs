//! The difference in access between two clusters, by who holds it: what each gains and loses, in its smallest form,
//! with the chain on the side where it exists. Two rules are compared by [`crate::access::covers`] only, and who holds
//! a rule is told by the one walk.
//!
//! A permission is asked for everywhere and in each namespace apart: what is held everywhere is never told again for a
//! namespace. Where chance picks one of several mappings, what any of them gives counts as held.

pub mod danger;
mod entry;
mod gathering;
mod holding;
pub mod objects;
mod pairing;
mod permission;
pub mod population;

use std::collections::HashSet;

use super::chain::Link;
use crate::access::Policy;
use crate::access::covers::TooManyPieces;
use crate::identity::{Identity, MappingIndex, When};
use crate::manifest::Loaded;
use crate::model::{Association, Cluster, Namespace, Rule};
use crate::source::Address;
use danger::Danger;
use gathering::Gathered;
use holding::{Comparison, Time};
use objects::ObjectChange;
use pairing::{Pair, paired};
use population::{Member, Names, Population, Who};

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
    /// Where; none for everywhere.
    pub namespace: Option<Namespace>,
    /// Of a permission everywhere: namespaces in which the other side has it too.
    pub also_other_side: Vec<Namespace>,
    /// The mapping that makes them who they are.
    pub mapping: Option<Address>,
    /// The binding, by kind and name; none for the privileged group.
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
    let population = Population::of([before.policy, after.policy]);
    let mappings_before = MappingIndex::new(before.policy.cluster);
    let mappings_after = MappingIndex::new(after.policy.cluster);
    let mut comparison = Comparison::new(before.policy, after.policy);
    let changed = comparison.changed_names();
    let (mut gained, mut lost) = (Gathered::default(), Gathered::default());
    let mut difference = Difference::default();
    for member in told_first(&population) {
        let unsplit = paired(
            &population.unsplit(&mappings_before, member),
            &population.unsplit(&mappings_after, member),
        );
        difference.entries.extend(entry::entries(member, &unsplit));
        let mut members = Members { population: &population, comparison: &mut comparison };
        let mappings = (&mappings_before, &mappings_after);
        let compared = if unsplit.iter().all(is_taken_alike) {
            members.compare_by_changed(member, mappings, &changed)
        } else {
            members.compare(member, mappings, &population.names)
        };
        match compared {
            Ok(compared) => {
                let of = compared.len();
                for (pair, (more, less)) in compared {
                    gained.add(member, &pair, &pair.after, of, more);
                    lost.add(member, &pair, &pair.before, of, less);
                }
            }
            Err(why) => difference.uncompared.push((member.who.clone(), why.to_string())),
        }
    }
    difference.uncompared.extend(association_changes(before.policy.cluster, after.policy.cluster));
    let doors = || difference.entries.iter().filter(|entry| entry.is_door());
    let mapping = |taken: &Option<Taken>| taken.as_ref().and_then(|taken| taken.mapping.clone());
    let mut effective: HashSet<Address> = doors().filter_map(|entry| mapping(&entry.before)).collect();
    let mut effective_after: HashSet<Address> = doors().filter_map(|entry| mapping(&entry.after)).collect();
    effective.extend(lost.stands_on());
    effective_after.extend(gained.stands_on());
    let written = objects::differences(before, after);
    difference.gained = gained.told(&written.iter().flat_map(|one| one.parts_after.clone()).collect());
    difference.lost = lost.told(&written.iter().flat_map(|one| one.parts_before.clone()).collect());
    difference.without_effect = objects::without_effect(written, &effective, &effective_after);
    difference.entries.sort_by(|a, b| a.who.cmp(&b.who));
    difference
}

/// Access policies that are associated on one side only. What they give is decided beside RBAC and not compared rule by
/// rule, which has to be said.
fn association_changes(before: &Cluster, after: &Cluster) -> Vec<(Who, String)> {
    let only_in = |here: &Cluster, there: &Cluster, what: &str| -> Vec<(Who, String)> {
        let is_same = |a: &Association, b: &Association| {
            a.principal == b.principal && a.policy == b.policy && a.scope == b.scope
        };
        let only = here
            .associations
            .iter()
            .filter(|one| !there.associations.iter().any(|other| is_same(one, other)));
        only.map(|one| {
            let told = format!(
                "the access policy {} ({}) is {what}, and not compared",
                one.policy_name(),
                one.scope
            );
            (Who::Principal(one.principal.to_string()), told)
        })
        .collect()
    };
    let mut changes = only_in(before, after, "associated no more");
    changes.extend(only_in(after, before, "newly associated"));
    changes
}

/// Whether both clusters take the callers for the same, so that only what bindings give can differ.
fn is_taken_alike(pair: &Pair<'_>) -> bool {
    match (&pair.before[..], &pair.after[..]) {
        ([before], [after]) => match (&before.outcome, &after.outcome) {
            (Ok(before), Ok(after)) => {
                let groups = |identity: &Identity<'_>| -> Vec<_> {
                    identity.groups.iter().map(|member| member.group.clone()).collect()
                };
                before.username == after.username && groups(before) == groups(after)
            }
            (Err(_), Err(_)) => true,
            _ => false,
        },
        _ => false,
    }
}

/// The mappings of both clusters.
type BothMappings<'m, 'c> = (&'m MappingIndex<'c>, &'m MappingIndex<'c>);

/// Compares one member after the other.
struct Members<'a, 'c> {
    population: &'c Population,
    comparison: &'a mut Comparison<'c>,
}

impl<'c> Members<'_, 'c> {
    /// All callers of a member, told apart by these names.
    fn compare(
        &mut self,
        member: &'c Member,
        (before, after): BothMappings<'_, 'c>,
        names: &Names,
    ) -> Result<Vec<(Pair<'c>, BothWays<'c>)>, TooManyPieces> {
        let pairs = paired(
            &self.population.cases_by(before, member, names),
            &self.population.cases_by(after, member, names),
        );
        let compared = pairs.into_iter().map(|pair| {
            let both = compare_pair(self.comparison, &pair)?;
            Ok((pair, both))
        });
        compared.collect()
    }

    /// The same for a member whom both clusters take for the same. Only names that changed can make a difference then,
    /// and, where there is one, names that hold a part of it already.
    fn compare_by_changed(
        &mut self,
        member: &'c Member,
        mappings: BothMappings<'_, 'c>,
        changed: &Names,
    ) -> Result<Vec<(Pair<'c>, BothWays<'c>)>, TooManyPieces> {
        let cases = self.population.cases_by(mappings.1, member, changed);
        if !cases.iter().any(|case| changed.occur_in(case)) {
            return Ok(Vec::new());
        }
        let compared = self.compare(member, mappings, changed)?;
        let mut names = changed.clone();
        for found in compared.iter().flat_map(|(_, (more, less))| more.iter().chain(less)) {
            let touching = self.comparison.names_touching(&found.permission, found.namespace.as_ref());
            names.users.extend(touching.users.iter().cloned());
            names.groups.extend(touching.groups.iter().cloned());
        }
        let is_enough =
            names.users.len() == changed.users.len() && names.groups.len() == changed.groups.len();
        if is_enough { Ok(compared) } else { self.compare(member, mappings, &names) }
    }
}

type BothWays<'c> = (Vec<holding::Found<'c>>, Vec<holding::Found<'c>>);

/// What the callers of a pair gain, and what they lose. Whoever is not let in on one side is compared with anybody who
/// is let in: what that means is told once, and not of everybody again.
fn compare_pair<'c>(comparison: &mut Comparison<'c>, pair: &Pair<'_>) -> Result<BothWays<'c>, TooManyPieces> {
    let is_out = |cases: &[crate::identity::Case<'_>]| cases.iter().all(|case| case.outcome.is_err());
    let before = if is_out(&pair.before) {
        comparison.access_of_anybody(Time::After, &pair.after)
    } else {
        comparison.access(Time::Before, &pair.before)
    };
    let after = if is_out(&pair.after) {
        comparison.access_of_anybody(Time::Before, &pair.before)
    } else {
        comparison.access(Time::After, &pair.after)
    };
    Ok((comparison.beyond(&after, &before)?, comparison.beyond(&before, &after)?))
}

/// Everybody, the groups first that the API server itself puts people in: what all of them gain by it is told of it.
fn told_first(population: &Population) -> Vec<&Member> {
    let is_implied = |member: &&Member| match &member.who {
        Who::Group(name) => {
            name == crate::identity::AUTHENTICATED
                || name == crate::identity::UNAUTHENTICATED
                || name.starts_with("system:serviceaccounts")
        }
        _ => false,
    };
    let (implied, others): (Vec<&Member>, Vec<&Member>) = population.members.iter().partition(is_implied);
    implied.into_iter().chain(others).collect()
}
