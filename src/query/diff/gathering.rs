//! From what each caller gains (or loses) to what is told: a permission once, with everybody who gains it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::danger::{self, Danger};
use super::entry::mapping;
use super::holding::{By, Found, is_implied};
use super::objects::{binding_name, place_of_binding, place_of_role};
use super::pairing::Pair;
use super::population::{Member, Who};
use super::{Change, Holder};
use crate::access::covers::uncovered;
use crate::identity::{Case, Identity, When};
use crate::model::{Namespace, Rule, Subject};
use crate::query::chain::{Link, LinkKind, admission_links, identity_links};
use crate::semantics::Basis;
use crate::source::{Address, Step};

/// What makes two finds one: the grave ones first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    is_grave: Reverse<bool>,
    permission: Rule,
    dangers: Vec<Danger>,
    /// The rule; none for the privileged group.
    rule: Option<Address>,
}

/// A binding by kind and name, and the subject in it.
type BindingPlace = (String, Address);

/// What makes two holders one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    who: Who,
    namespace: Option<Namespace>,
    binding: Option<BindingPlace>,
    mapping: Option<Address>,
    also_other_side: Vec<Namespace>,
}

/// The callers that a holder stands for.
#[derive(Clone, Debug, Default)]
struct Callers {
    when: Vec<When>,
    of: usize,
}

#[derive(Clone, Debug, Default)]
struct Told {
    holders: BTreeMap<Held, Callers>,
    /// Usernames that mapped principals have, with where and by which binding they hold it: the bare user is then
    /// nobody further.
    mapped: BTreeSet<(String, Option<Namespace>, Option<BindingPlace>)>,
    /// Of the first holder.
    chain: Vec<Link>,
}

/// Everything that is gained, or everything that is lost.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    changes: BTreeMap<Key, Told>,
    /// What is gained through a group that the API server puts people in.
    of_group: HashMap<(String, Option<Namespace>), Vec<Rule>>,
    stands_on: HashSet<Address>,
}

impl Gathered {
    /// Adds what the callers of a pair gain; `cases` are those that hold it, `of` the number of pairs of the member.
    pub(super) fn add(
        &mut self,
        member: &Member,
        pair: &Pair<'_>,
        cases: &[Case<'_>],
        of: usize,
        found: Vec<Found<'_>>,
    ) {
        for found in found {
            let Some(Ok(identity)) = cases.get(found.held.case).map(|case| case.outcome.as_ref()) else {
                continue;
            };
            if let By::Rule(bound, in_force) = found.held.by {
                self.stands_on.insert(place_of_binding(bound.binding));
                self.stands_on.extend(in_force.from.iter().map(|role| place_of_role(role)));
                self.stands_on.insert(place_of_role(in_force.role));
            }
            self.stands_on.extend(mapping(identity));
            if !self.is_told_of_a_group(member, identity, &found) {
                self.add_found(member, pair, identity, of, found);
            }
        }
    }

    /// Whether a group tells it already that the API server itself puts the caller in.
    fn is_told_of_a_group(&mut self, member: &Member, identity: &Identity<'_>, found: &Found<'_>) -> bool {
        let By::Rule(bound, _) = found.held.by else { return false };
        let Subject::Group(group) = bound.subject.item else { return false };
        let key = (group.to_string(), found.namespace.clone());
        if member.who == Who::Group(group.to_string()) {
            self.of_group.entry(key).or_default().push(found.permission.clone());
            return false;
        }
        let implied = identity
            .groups
            .iter()
            .any(|member| member.group.known() == Some(group.as_str()) && is_implied(member.because));
        let told = self.of_group.get(&key).map(Vec::as_slice).unwrap_or_default();
        implied && uncovered(told, &found.permission).is_ok_and(|left| left.is_empty())
    }

    fn add_found(
        &mut self,
        member: &Member,
        pair: &Pair<'_>,
        identity: &Identity<'_>,
        of: usize,
        found: Found<'_>,
    ) {
        let dangers = danger::of(&found.permission, found.namespace.as_ref());
        let (rule, binding) = match found.held.by {
            By::Privileged(_) => (None, None),
            By::Rule(bound, in_force) => {
                let written_in = in_force.written_in().origin;
                let rule = written_in.at([Step::Field("rules"), Step::Item(in_force.rule.position)]);
                let place =
                    bound.binding.origin.at([Step::Field("subjects"), Step::Item(bound.subject.position)]);
                (Some(rule), Some((binding_name(bound.binding), place)))
            }
        };
        let key = Key { is_grave: Reverse(!dangers.is_empty()), permission: found.permission, dangers, rule };
        let held = Held {
            who: member.who.clone(),
            namespace: found.namespace,
            binding,
            mapping: mapping(identity),
            also_other_side: found.also_other_side,
        };
        let told = self.changes.entry(key).or_default();
        if told.holders.first_key_value().is_none_or(|(first, _)| held < *first) {
            told.chain = chain(identity, &found.held.by);
        }
        if let (Some(_), Some(username)) = (identity.principal, identity.username.known()) {
            told.mapped.insert((username.to_owned(), held.namespace.clone(), held.binding.clone()));
        }
        let callers = told.holders.entry(held).or_default();
        callers.when.push(pair.when.clone());
        callers.of = of;
    }

    /// The objects and mappings that something stands on.
    pub(super) fn stands_on(&self) -> impl Iterator<Item = Address> + '_ {
        self.stands_on.iter().cloned()
    }

    /// The changes in order, the grave ones first. `written` are the places of what is written otherwise.
    pub(super) fn told(self, written: &HashSet<Address>) -> Vec<Change> {
        let is_mapped = |told: &Told, held: &Held| match &held.who {
            Who::User(name) => {
                told.mapped.contains(&(name.clone(), held.namespace.clone(), held.binding.clone()))
            }
            _ => false,
        };
        let change = |(key, told): (Key, Told)| Change {
            permission: key.permission,
            dangers: key.dangers,
            holders: told
                .holders
                .iter()
                .filter(|(held, _)| !is_mapped(&told, held))
                .map(|(held, callers)| holder(held.clone(), callers.clone()))
                .collect(),
            differing: (0..told.chain.len())
                .filter(|&at| told.chain.get(at).is_some_and(|link| stands_in(link, written)))
                .collect(),
            chain: told.chain,
        };
        self.changes.into_iter().map(change).collect()
    }
}

/// Whether the link is a part of one of these places.
fn stands_in(link: &Link, places: &HashSet<Address>) -> bool {
    let Some(address) = &link.address else { return false };
    (0..=address.route.len()).any(|length| {
        let route = address.route.get(..length).unwrap_or_default().to_vec();
        places.contains(&Address { origin: address.origin, route })
    })
}

fn holder(held: Held, callers: Callers) -> Holder {
    let Held { who, namespace, binding, mapping, also_other_side } = held;
    let all = callers.when.len() == callers.of;
    let when = if all { Vec::new() } else { callers.when };
    Holder { who, when, namespace, also_other_side, mapping, binding }
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
