//! From what each caller gains (or loses) to what is told: a permission once, with everybody who gains it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use super::danger::{self, Danger};
use super::entry::mapping;
use super::holding::{By, Comparison, Found, Number, is_implied};
use super::members::Members;
use super::pairing::Pair;
use super::{Change, Holder};
use crate::access::covers::uncovered;
use crate::identity::{Case, Identity, When};
use crate::model::{Association, Binding, Namespace, Subject};
use crate::query::chain::{
    Link, LinkKind, admission_links, association_object, binding_name, identity_links,
};
use crate::query::everyone::{Entry, Kind, Who};
use crate::semantics::Basis;
use crate::source::{Address, Origin, Step};

/// The rule that grants something, by the role that writes it; none for the privileged group.
type RulePlace = Option<(Origin, usize)>;

/// By what somebody holds a rule, in the order in which holders are told.
#[derive(Clone, Copy, Debug)]
enum Through<'c> {
    Privileged,
    Binding(&'c Binding, usize),
    Policy(&'c Association),
}

impl<'c> Through<'c> {
    fn of(by: &By<'c>) -> Self {
        match by {
            By::Privileged(_) => Self::Privileged,
            By::Rule(bound, _) => Self::Binding(bound.binding, bound.subject.position),
            By::Policy(grant) => Self::Policy(grant.association),
        }
    }

    /// Names decide, and not the order of files.
    fn key(&self) -> (u8, Option<&Namespace>, &str, usize) {
        match self {
            Self::Privileged => (0, None, "", 0),
            Self::Binding(binding, subject) => {
                (1, binding.namespace.as_ref(), binding.name.as_str(), *subject)
            }
            Self::Policy(association) => (2, None, association.policy_name(), 0),
        }
    }

    fn told(&self) -> Option<(String, Address)> {
        match self {
            Self::Privileged => None,
            Self::Binding(binding, subject) => {
                let place = binding.origin.at([Step::Field("subjects"), Step::Item(*subject)]);
                Some((binding_name(binding), place))
            }
            Self::Policy(association) => Some((association_object(association), association.address.clone())),
        }
    }
}

impl PartialEq for Through<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Through<'_> {}

impl PartialOrd for Through<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Through<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// What makes two holders one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held<'c> {
    /// The place of the entry.
    who: usize,
    namespace: Option<&'c Namespace>,
    through: Through<'c>,
    mapping: Option<Address>,
    also_other_side: Vec<Namespace>,
}

/// The callers that a holder stands for.
#[derive(Clone, Debug, Default)]
struct Callers {
    when: Vec<When>,
    of: usize,
}

/// A username (true) or group (false), with where and by what somebody holds something by it.
type MappedName<'c> = (bool, String, Option<&'c Namespace>, Through<'c>);

#[derive(Debug)]
struct Told<'c> {
    holders: BTreeMap<Held<'c>, Callers>,
    /// Names that principals have who hold it by them: the bare user or group is then nobody further.
    mapped: std::collections::BTreeSet<MappedName<'c>>,
    /// Of the first holder.
    chain: Vec<Link>,
}

/// What a change in access stands on.
#[derive(Debug, Default)]
pub(super) struct Standing {
    objects: HashSet<Origin>,
    parts: HashSet<Address>,
}

impl Standing {
    pub(super) fn add(&mut self, address: Option<Address>) {
        match address {
            Some(address) if address.route.is_empty() => drop(self.objects.insert(address.origin)),
            Some(address) => drop(self.parts.insert(address)),
            None => {}
        }
    }

    /// Whether something stands on an object or a part of one.
    pub(super) fn is_on(&self, address: &Address) -> bool {
        if address.route.is_empty() {
            self.objects.contains(&address.origin)
        } else {
            self.parts.contains(address)
        }
    }
}

/// Everything that is gained, or everything that is lost.
#[derive(Debug, Default)]
pub(super) struct Gathered<'c> {
    changes: HashMap<(Number, RulePlace, usize), Told<'c>>,
    /// What makes a permission grave, everywhere and in each namespace: the place among the sets.
    dangers: HashMap<(Number, Option<&'c Namespace>), usize>,
    sets: Vec<Vec<Danger>>,
    /// What is gained through a group that the API server puts people in.
    of_group: HashMap<(&'c str, Option<&'c Namespace>), Vec<Number>>,
    standing: Standing,
}

impl<'c> Gathered<'c> {
    /// Adds what the callers of a pair gain; `cases` are those that hold it, `of` the number of pairs of the entry.
    pub(super) fn add(
        &mut self,
        comparison: &Comparison<'c>,
        (place, entry): (usize, &Entry),
        pair: &Pair<'c>,
        cases: &[Case<'c>],
        of: usize,
        found: Vec<Found<'c>>,
    ) {
        for found in found {
            let Some(Ok(identity)) = cases.get(found.held.case).map(|case| case.outcome.as_ref()) else {
                continue;
            };
            let by_mapping = mapping(identity);
            match found.held.by {
                By::Rule(bound, in_force) => {
                    let objects = &mut self.standing.objects;
                    objects.insert(bound.binding.origin);
                    objects.extend(in_force.from.iter().map(|role| role.origin));
                    objects.insert(in_force.role.origin);
                }
                By::Policy(grant) => self.standing.add(Some(grant.association.address.clone())),
                By::Privileged(_) => {}
            }
            self.standing.add(by_mapping.clone());
            if self.is_told_of_a_group(comparison, entry, identity, &found) {
                continue;
            }
            let held = Held {
                who: place,
                namespace: found.namespace,
                through: Through::of(&found.held.by),
                mapping: by_mapping,
                also_other_side: found.also_other_side.clone(),
            };
            self.add_held(comparison, pair, identity, of, &found, held);
        }
    }

    /// Whether a group tells it already that the API server itself puts the caller in.
    fn is_told_of_a_group(
        &mut self,
        comparison: &Comparison<'c>,
        entry: &Entry,
        identity: &Identity<'_>,
        found: &Found<'c>,
    ) -> bool {
        let By::Rule(bound, _) = found.held.by else { return false };
        let Subject::Group(group) = bound.subject.item else { return false };
        let key = (group.as_str(), found.namespace);
        if entry.kind == Kind::KubernetesGroup && entry.name == *group.as_str() {
            self.of_group.entry(key).or_default().push(found.permission);
            return false;
        }
        let is_implied = |member: &crate::identity::Membership| {
            member.group.known() == Some(group.as_str()) && is_implied(member.because)
        };
        let Some(told) = self.of_group.get(&key) else { return false };
        if !identity.groups.iter().any(is_implied) {
            return false;
        }
        let told: Vec<_> = told.iter().map(|number| comparison.rule(*number)).collect();
        let permission = comparison.rule(found.permission);
        uncovered(told.iter().map(AsRef::as_ref), &permission).is_ok_and(|left| left.is_empty())
    }

    fn add_held(
        &mut self,
        comparison: &Comparison<'c>,
        pair: &Pair<'c>,
        identity: &Identity<'c>,
        of: usize,
        found: &Found<'c>,
        held: Held<'c>,
    ) {
        let by = &found.held.by;
        let rule = match by {
            By::Privileged(_) => None,
            By::Rule(_, in_force) => Some((in_force.written_in().origin, in_force.rule.position)),
            By::Policy(grant) => Some((grant.policy.origin, grant.rule.position)),
        };
        let key = (found.permission, rule, self.dangers_of(comparison, found));
        let told = self.changes.entry(key).or_insert_with(|| Told {
            holders: BTreeMap::new(),
            mapped: std::collections::BTreeSet::new(),
            chain: Vec::new(),
        });
        if told.holders.first_key_value().is_none_or(|(first, _)| held < *first) {
            told.chain = chain(identity, by);
        }
        if identity.principal.is_some() {
            let mut name = |is_user, name: &str| {
                told.mapped.insert((is_user, name.to_owned(), held.namespace, held.through));
            };
            if let By::Rule(bound, _) = by
                && let Subject::Group(group) = bound.subject.item
            {
                name(false, group.as_str());
            } else if let Some(username) = identity.username.known() {
                name(true, username);
            }
        }
        let callers = told.holders.entry(held).or_default();
        callers.when.push(pair.when.clone());
        callers.of = of;
    }

    /// The place of the set of dangers of what is found.
    fn dangers_of(&mut self, comparison: &Comparison<'c>, found: &Found<'c>) -> usize {
        let sets = &mut self.sets;
        *self.dangers.entry((found.permission, found.namespace)).or_insert_with(|| {
            let set = danger::of(&comparison.rule(found.permission), found.namespace);
            sets.iter().position(|known| *known == set).unwrap_or_else(|| {
                sets.push(set);
                sets.len() - 1
            })
        })
    }

    /// The objects and mappings that something stands on.
    pub(super) fn standing(&mut self) -> Standing {
        std::mem::take(&mut self.standing)
    }

    /// The changes in order, the grave ones first. `written` are the places of what is written otherwise.
    pub(super) fn told(self, members: &Members<'c>, written: &HashSet<Address>) -> Vec<Change> {
        let mut changes: Vec<(RulePlace, Change)> = Vec::new();
        for ((permission, rule, dangers), told) in self.changes {
            let holders = told.holders.iter().filter(|(held, _)| !told.is_mapped(members, held));
            let change = Change {
                permission: (*members.permission(permission)).clone(),
                dangers: self.sets.get(dangers).cloned().unwrap_or_default(),
                holders: holders.filter_map(|(held, callers)| holder(members, held, callers)).collect(),
                differing: (0..told.chain.len())
                    .filter(|&at| told.chain.get(at).is_some_and(|link| stands_in(link, written)))
                    .collect(),
                chain: told.chain,
            };
            changes.push((rule, change));
        }
        changes.sort_by(|(rule, a), (other, b)| {
            let key = |change: &Change| Reverse(change.is_escalation());
            (key(a), &a.permission, &a.dangers, rule_name(a), first(a))
                .cmp(&(key(b), &b.permission, &b.dangers, rule_name(b), first(b)))
                .then_with(|| rule.cmp(other))
        });
        changes.into_iter().map(|(_, change)| change).collect()
    }
}

impl<'c> Told<'c> {
    fn is_mapped(&self, members: &Members<'_>, held: &Held<'c>) -> bool {
        let Some(entry) = members.entry(held.who) else { return false };
        let is_user = match entry.kind {
            Kind::KubernetesUser => true,
            Kind::KubernetesGroup => false,
            _ => return false,
        };
        self.mapped.contains(&(is_user, entry.name.clone(), held.namespace, held.through))
    }
}

/// The role that writes the rule.
fn rule_name(change: &Change) -> Option<&str> {
    change.chain.last().map(|link| link.object.as_str())
}

fn first(change: &Change) -> Option<(&Who, &Option<Namespace>)> {
    change.holders.first().map(|holder| (&holder.who, &holder.namespace))
}

/// Whether the link is a part of one of these places.
fn stands_in(link: &Link, places: &HashSet<Address>) -> bool {
    let Some(address) = &link.address else { return false };
    (0..=address.route.len()).any(|length| {
        let route = address.route.get(..length).unwrap_or_default().to_vec();
        places.contains(&Address { origin: address.origin, route })
    })
}

fn holder(members: &Members<'_>, held: &Held<'_>, callers: &Callers) -> Option<Holder> {
    let all = callers.when.len() == callers.of;
    Some(Holder {
        who: members.entry(held.who)?.who(),
        when: if all { Vec::new() } else { callers.when.clone() },
        namespace: held.namespace.cloned(),
        also_other_side: held.also_other_side.clone(),
        mapping: held.mapping.clone(),
        binding: held.through.told(),
    })
}

/// The chain of a holder. A group, a user and a service account start at the binding, since nothing maps them.
fn chain(identity: &Identity<'_>, by: &By<'_>) -> Vec<Link> {
    let mapped = identity.principal.is_some();
    let own = if mapped { identity_links(identity) } else { Vec::new() };
    let rest = admission_links(identity, &by.admission());
    own.into_iter()
        .chain(
            rest.into_iter()
                .filter(|link| mapped || link.kind != LinkKind::Group || link.basis != Basis::CallerGiven),
        )
        .collect()
}
