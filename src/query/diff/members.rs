//! Whose access can differ, and how it does: one after the other, each cut only as finely as the change asks for.

use std::collections::{BTreeMap, BTreeSet};

use super::changed::Touching;
use super::gathering::Gathered;
use super::holding::{Access, Comparison, Found, Number, Time};
use super::pairing::{Pair, paired};
use super::{Difference, entry};
use crate::access::Policy;
use crate::access::access_policy::entry_of;
use crate::access::covers::TooManyPieces;
use crate::identity::{AUTHENTICATED, Case, Identity, MappingIndex, UNAUTHENTICATED};
use crate::model::arn::folded;
use crate::model::{AccessScope, Namespace, Rule};
use crate::query::everyone::{Entry, Kind, Names, SERVICE_ACCOUNTS, principals};

/// So many groups of sessions are compared one by one, over all roles; a change that people make comes nowhere near.
const MOST_PIECES: usize = 50_000;

/// Everybody whose access can differ: the principals of both clusters, and whoever has one of the names that are given
/// something else. In order of kind and name, each once.
pub(super) fn everybody(
    policies: [&Policy<'_>; 2],
    mappings: &[MappingIndex<'_>; 2],
    changed: &Names<'_>,
) -> Vec<Entry> {
    let mut entries: BTreeMap<(Kind, String), Entry> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (policy, index) in policies.into_iter().zip(mappings) {
        let arns = policy.usernames().filter(|name| name.starts_with("arn:"));
        let names = Names { users: arns.collect(), groups: BTreeSet::new() };
        for entry in principals(index, &names) {
            // one caller in two spellings is told once, unless the spelling is the username
            let is_named = names.users.contains(&entry.name);
            if seen.insert(folded(&entry.name)) || is_named {
                entries.entry((entry.kind, entry.name.clone())).or_insert(entry);
            }
        }
    }
    let users = changed.users.iter().filter(|name| !is_principal(&entries, name));
    let users = users.map(|name| Entry::of_user(name));
    let named: Vec<Entry> = users.chain(changed.groups.iter().map(|name| Entry::of_group(name))).collect();
    entries.extend(named.into_iter().map(|entry| ((entry.kind, entry.name.clone()), entry)));
    entries.into_values().collect()
}

/// Whether a username is the ARN of somebody who is let in by account.
fn is_principal(entries: &BTreeMap<(Kind, String), Entry>, name: &str) -> bool {
    [Kind::Role, Kind::User].into_iter().any(|kind| entries.contains_key(&(kind, name.to_owned())))
}

/// What the callers of a pair gain, and what they lose.
type BothWays<'c> = (Vec<Found<'c>>, Vec<Found<'c>>);

/// Compares one member after the other.
pub(super) struct Members<'c> {
    entries: &'c [Entry],
    mappings: &'c [MappingIndex<'c>; 2],
    comparison: Comparison<'c>,
    changed: Names<'c>,
    touching: Touching<'c>,
    /// Every name that a binding of any of the clusters singles out; made when it is first needed.
    all: Option<Names<'c>>,
    pieces: usize,
}

impl<'c> Members<'c> {
    pub(super) fn new(
        comparison: Comparison<'c>,
        changed: Names<'c>,
        mappings: &'c [MappingIndex<'c>; 2],
        entries: &'c [Entry],
    ) -> Self {
        Self { entries, mappings, comparison, changed, touching: Touching::default(), all: None, pieces: 0 }
    }

    /// The places of all entries, those groups first that the API server itself puts people in: what all of them gain
    /// by it is told of it.
    pub(super) fn told_first(&self) -> Vec<usize> {
        let is_implied = |place: &usize| {
            self.entries.get(*place).is_some_and(|entry| {
                entry.kind == Kind::KubernetesGroup
                    && (entry.name == AUTHENTICATED
                        || entry.name == UNAUTHENTICATED
                        || entry.name.starts_with(SERVICE_ACCOUNTS))
            })
        };
        let (implied, others): (Vec<usize>, Vec<usize>) = (0..self.entries.len()).partition(is_implied);
        implied.into_iter().chain(others).collect()
    }

    /// The entry at a place.
    pub(super) fn entry(&self, place: usize) -> Option<&'c Entry> {
        self.entries.get(place)
    }

    /// The permission of a number.
    pub(super) fn permission(&self, number: Number) -> std::rc::Rc<Rule> {
        self.comparison.rule(number)
    }

    /// Compares what one entry may do, and adds what differs.
    pub(super) fn compare(
        &mut self,
        place: usize,
        difference: &mut Difference,
        gained: &mut Gathered<'c>,
        lost: &mut Gathered<'c>,
    ) {
        let Some(entry) = self.entry(place) else { return };
        let [before, after] = self.mappings;
        let unsplit = paired(&entry.unsplit(before), &entry.unsplit(after));
        difference.entries.extend(entry::entries(entry, &unsplit));
        let pairs = self.cut(entry, unsplit, difference);
        let mut compared = Vec::new();
        for pair in pairs {
            let both = match self.compare_pair(entry, &pair, difference) {
                Ok(both) => self.refined(entry, pair, both, &mut compared, difference),
                Err(why) => Err(why),
            };
            if let Err(why) = both {
                difference.uncompared.push((entry.who(), why.to_string()));
            }
        }
        let of = compared.len();
        for (pair, (more, less)) in compared {
            gained.add(&self.comparison, (place, entry), &pair, &pair.after, of, more);
            lost.add(&self.comparison, (place, entry), &pair, &pair.before, of, less);
        }
    }

    /// The callers of an entry, told apart by the names that can make a difference.
    fn cut(
        &mut self,
        entry: &'c Entry,
        unsplit: Vec<Pair<'c>>,
        difference: &mut Difference,
    ) -> Vec<Pair<'c>> {
        if entry.principal().is_none() || !unsplit.iter().any(Pair::is_open) {
            return unsplit;
        }
        if self.pieces > MOST_PIECES {
            difference.uncompared.push((entry.who(), too_many()));
            return unsplit;
        }
        let is_alike = unsplit.iter().all(Pair::is_alike);
        if !is_alike && self.all.is_none() {
            let (before, after) = (self.comparison.before, self.comparison.after);
            let mut all = Names::all(before);
            let other = Names::all(after);
            all.users.extend(other.users);
            all.groups.extend(other.groups);
            self.all = Some(all);
        }
        let names = if is_alike { &self.changed } else { self.all.as_ref().unwrap_or(&self.changed) };
        let cut: Vec<Pair<'c>> = unsplit.iter().flat_map(|pair| split(entry, pair, names)).collect();
        self.pieces = self.pieces.saturating_add(cut.len());
        cut
    }

    /// What the callers of a pair gain, and what they lose. Whoever is not let in on one side is compared with anybody
    /// who is let in: what that means is told once, and not of everybody again.
    fn compare_pair(
        &mut self,
        entry: &Entry,
        pair: &Pair<'c>,
        difference: &mut Difference,
    ) -> Result<BothWays<'c>, TooManyPieces> {
        if pair.is_alike() && !self.has_changed_name(pair) && self.has_the_same_policies(pair) {
            return Ok(BothWays::default());
        }
        let is_out = |cases: &[Case<'_>]| cases.iter().all(|case| case.outcome.is_err());
        let comparison = &mut self.comparison;
        let (out_before, out_after) = (is_out(&pair.before), is_out(&pair.after));
        let own_before = comparison.access(Time::Before, &pair.before);
        let own_after = comparison.access(Time::After, &pair.after);
        if !tell_unknown(entry, &own_before, &own_after, (out_before, out_after), difference) {
            return Ok(BothWays::default());
        }
        let before =
            if out_before { comparison.access_of_anybody(Time::After, &pair.after) } else { own_before };
        let after =
            if out_after { comparison.access_of_anybody(Time::Before, &pair.before) } else { own_after };
        let both = (comparison.beyond(&after, &before)?, comparison.beyond(&before, &after)?);
        if let (Some(unknown), false) = (before.unknown.first(), both.0.is_empty() && both.1.is_empty()) {
            let why = format!("what it gains or loses it may hold in another way on both sides: {unknown}");
            difference.uncompared.push((entry.who(), why));
        }
        Ok(both)
    }

    fn has_changed_name(&self, pair: &Pair<'_>) -> bool {
        let identities = pair.before.iter().chain(&pair.after).filter_map(|case| case.outcome.as_ref().ok());
        identities.into_iter().any(|identity| {
            identity.username.known().is_some_and(|name| self.changed.users.contains(name))
                || identity
                    .groups
                    .iter()
                    .any(|member| member.group.known().is_some_and(|name| self.changed.groups.contains(name)))
        })
    }

    /// Whether the access policies of the callers are the same on both sides.
    fn has_the_same_policies(&self, pair: &Pair<'c>) -> bool {
        let of = |policy: &'c Policy<'c>, cases: &[Case<'c>]| -> Vec<(&'c str, &'c AccessScope)> {
            let identities = cases.iter().filter_map(|case| case.outcome.as_ref().ok());
            let associations = identities.filter_map(|one: &Identity<'_>| {
                Some(policy.associations_of(entry_of(one)?).iter().map(|one| (&*one.policy, &one.scope)))
            });
            associations.flatten().collect()
        };
        of(self.comparison.before, &pair.before) == of(self.comparison.after, &pair.after)
    }

    /// Adds a pair, cut further where some of its callers hold a part of the difference by names of their own.
    fn refined(
        &mut self,
        entry: &'c Entry,
        pair: Pair<'c>,
        both: BothWays<'c>,
        compared: &mut Vec<(Pair<'c>, BothWays<'c>)>,
        difference: &mut Difference,
    ) -> Result<(), TooManyPieces> {
        let is_family = entry.principal().is_some() && pair.is_open();
        if !is_family || (both.0.is_empty() && both.1.is_empty()) {
            compared.push((pair, both));
            return Ok(());
        }
        if self.pieces > MOST_PIECES {
            difference.uncompared.push((entry.who(), too_many()));
            compared.push((pair, both));
            return Ok(());
        }
        let mut names = Names::default();
        let mut asked: BTreeSet<(Number, Option<&Namespace>)> = BTreeSet::new();
        for found in both.0.iter().chain(&both.1) {
            if asked.insert((found.permission, found.namespace)) {
                let of_one = self.touching.names(&self.comparison, found.permission, found.namespace);
                names.users.extend(of_one.users.iter().cloned());
                names.groups.extend(&of_one.groups);
            }
        }
        let pieces = split(entry, &pair, &names);
        if pieces.len() <= 1 {
            compared.push((pair, both));
            return Ok(());
        }
        self.pieces += pieces.len();
        let mut unknown = Difference::default();
        for piece in pieces {
            let both = self.compare_pair(entry, &piece, &mut unknown)?;
            compared.push((piece, both));
        }
        Ok(())
    }
}

fn too_many() -> String {
    format!(
        "its sessions are told apart by names, and after {MOST_PIECES} comparisons no more are made one by one: what a name gives is told of the user"
    )
}

/// The pair, cut wherever one of the names is concerned.
fn split<'c>(entry: &Entry, pair: &Pair<'c>, names: &Names<'_>) -> Vec<Pair<'c>> {
    let cut = |cases: &[Case<'c>]| -> Vec<Case<'c>> {
        cases.iter().flat_map(|case| entry.split(case.clone(), names)).collect()
    };
    paired(&cut(&pair.before), &cut(&pair.after))
}

/// Tells what is not known of one side only. False where it is not known on a side whether the callers are let in.
fn tell_unknown(
    entry: &Entry,
    before: &Access<'_>,
    after: &Access<'_>,
    (out_before, out_after): (bool, bool),
    difference: &mut Difference,
) -> bool {
    for (one, other, when) in [(before, after, "before"), (after, before, "after")] {
        for unknown in one.unknown.difference(&other.unknown) {
            difference.uncompared.push((entry.who(), format!("{when}: {unknown}")));
        }
    }
    let is_settled = |access: &Access<'_>, is_out: bool| !is_out || access.unknown.is_empty();
    is_settled(before, out_before) && is_settled(after, out_after)
}
