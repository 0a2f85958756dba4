//! Which names the bindings of two clusters give something else. Objects that say the same cancel first, so that
//! the work is that of the change and not that of the clusters.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt, HashSet};

use super::holding::{Comparison, Number, Time};
use crate::access::covers::touches;
use crate::access::{PRIVILEGED, Policy};
use crate::model::{Binding, Cluster, Key, Namespace, ObjectName, Role, RoleKind, Rule, Subject};
use crate::query::everyone::Names;

/// What a binding gives to a subject: where, and the number of the rule.
type Given<'c> = HashMap<&'c Subject, BTreeSet<(Option<&'c Namespace>, Number)>>;

/// Two maps side by side, in order of their keys.
pub(super) fn side_by_side<'m, K: Ord, T>(
    before: &'m BTreeMap<K, T>,
    after: &'m BTreeMap<K, T>,
) -> impl Iterator<Item = (&'m K, Option<&'m T>, Option<&'m T>)> {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    std::iter::from_fn(move || {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return None,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((old, _)), Some((new, _))) => old.cmp(new),
        };
        let old = if order.is_le() { before.next() } else { None };
        let new = if order.is_ge() { after.next() } else { None };
        let key = old.or(new)?.0;
        Some((key, old.map(|(_, item)| item), new.map(|(_, item)| item)))
    })
}

/// Something of which the two clusters have one each, or one of them none.
pub(super) type Pair<'c, T> = (&'c Key, Option<&'c T>, Option<&'c T>);

/// The roles and bindings that are not written alike, in order of their keys. To find them everything in both clusters
/// has to be looked at, which is done once.
pub(super) struct Unlike<'c> {
    pub(super) roles: Vec<Pair<'c, Role>>,
    pub(super) bindings: Vec<Pair<'c, Binding>>,
}

impl<'c> Unlike<'c> {
    pub(super) fn of(before: &'c Cluster, after: &'c Cluster) -> Self {
        let alike_roles = |old: &Role, new: &Role| {
            old.labels == new.labels && old.rules == new.rules && old.aggregation == new.aggregation
        };
        let alike_bindings =
            |old: &Binding, new: &Binding| old.role_ref == new.role_ref && old.subjects == new.subjects;
        Self {
            roles: unlike(&before.roles, &after.roles, alike_roles),
            bindings: unlike(&before.bindings, &after.bindings, alike_bindings),
        }
    }
}

fn unlike<'c, T>(
    before: &'c BTreeMap<Key, T>,
    after: &'c BTreeMap<Key, T>,
    alike: impl Fn(&T, &T) -> bool,
) -> Vec<Pair<'c, T>> {
    let differs = |(_, old, new): &Pair<'c, T>| old.zip(*new).is_none_or(|(old, new)| !alike(old, new));
    side_by_side(before, after).filter(differs).collect()
}

/// The keys of roles in which other rules are in force.
fn changed_roles<'c>(before: &'c Policy<'c>, after: &'c Policy<'c>, unlike: &Unlike<'c>) -> HashSet<&'c Key> {
    let is_aggregated = |role: Option<&Role>| role.is_some_and(|role| role.aggregation.is_some());
    let written = unlike.roles.iter().copied();
    let written = written.filter(|(_, old, new)| !is_aggregated(*old) && !is_aggregated(*new));
    // what is in force in an aggregated role turns on others
    let names: BTreeSet<&ObjectName> =
        before.aggregated().keys().chain(after.aggregated().keys()).copied().collect();
    let aggregated = names.into_iter().filter_map(|name| {
        let of = |cluster: &'c Cluster| cluster.roles.get_key_value(&(None, name.clone()));
        let (old, new) = (of(before.cluster), of(after.cluster));
        Some((old.or(new)?.0, old.map(|(_, role)| role), new.map(|(_, role)| role)))
    });
    let in_force = |policy: &'c Policy<'c>, role: Option<&'c Role>| -> Option<Vec<&'c Rule>> {
        Some(policy.rules_of(role?)?.iter().map(|rule| rule.rule.item).collect())
    };
    let is_other = |(_, old, new): &Pair<'c, Role>| {
        old.is_some() != new.is_some() || in_force(before, *old) != in_force(after, *new)
    };
    written.chain(aggregated).filter(is_other).map(|(key, ..)| key).collect()
}

/// The names that bindings give something else in the two clusters. Whoever has none of them, and is taken for the
/// same in both, holds the same in both.
pub(super) fn changed_names<'c>(comparison: &mut Comparison<'c>, unlike: &Unlike<'c>) -> Names<'c> {
    let (before, after) = (comparison.before, comparison.after);
    let roles = changed_roles(before, after, unlike);
    let gives_the_same = |binding: &Binding| {
        let namespace = match binding.role_ref.kind {
            RoleKind::ClusterRole => None,
            RoleKind::Role => binding.namespace.clone(),
        };
        !roles.contains(&(namespace, binding.role_ref.name.clone()))
    };
    let (mut given_before, mut given_after) = (Given::new(), Given::new());
    let pairs: Vec<Pair<'c, Binding>> = if roles.is_empty() {
        unlike.bindings.clone()
    } else {
        let mut others = unlike.bindings.iter().peekable();
        let all = side_by_side(&before.cluster.bindings, &after.cluster.bindings);
        all.filter(|(key, old, _)| {
            let is_other = others.next_if(|(other, ..)| std::ptr::eq(*other, *key)).is_some();
            is_other || !old.is_some_and(gives_the_same)
        })
        .collect()
    };
    for (_, old, new) in pairs {
        for (time, binding, given) in
            [(Time::Before, old, &mut given_before), (Time::After, new, &mut given_after)]
        {
            if let Some(binding) = binding {
                give(comparison, time, binding, given);
            }
        }
    }
    let mut names = Names::default();
    let subjects = given_before.keys().chain(given_after.keys());
    for subject in subjects.filter(|subject| given_before.get(*subject) != given_after.get(*subject)) {
        add_name(subject, &mut names);
    }
    names
}

fn give<'c>(comparison: &mut Comparison<'c>, time: Time, binding: &'c Binding, given: &mut Given<'c>) {
    let Some(rules) = comparison.policy(time).role_of(binding) else { return };
    let rules = comparison.numbered(time, rules);
    for subject in &binding.subjects {
        let rules = rules.iter().map(|(number, _)| (binding.namespace.as_ref(), *number));
        given.entry(subject).or_default().extend(rules);
    }
}

fn add_name<'c>(subject: &'c Subject, names: &mut Names<'c>) {
    match subject {
        Subject::User(name) => drop(names.users.insert(name.to_string())),
        Subject::Group(name) => drop(names.groups.insert(name.as_str())),
        Subject::ServiceAccount { namespace, name } => {
            names.users.insert(format!("system:serviceaccount:{namespace}:{name}"));
        }
    }
}

/// The names that hold a part of a permission already, on either side: they alone can make a difference in who
/// gains it.
#[derive(Debug, Default)]
pub(super) struct Touching<'c> {
    known: HashMap<(Number, Option<&'c Namespace>), Rc<Names<'c>>>,
}

impl<'c> Touching<'c> {
    /// The names for a permission that is gained or lost in a place; none for everywhere.
    pub(super) fn names(
        &mut self,
        comparison: &Comparison<'c>,
        permission: Number,
        place: Option<&'c Namespace>,
    ) -> Rc<Names<'c>> {
        let known = self.known.entry((permission, place)).or_insert_with(|| {
            let rule = comparison.rule(permission);
            let mut names = Names::default();
            names.groups.insert(PRIVILEGED);
            for policy in [comparison.before, comparison.after] {
                add_touching(policy, &rule, place, &mut names);
            }
            Rc::new(names)
        });
        known.clone()
    }
}

fn add_touching<'c>(policy: &'c Policy<'c>, rule: &Rule, place: Option<&Namespace>, names: &mut Names<'c>) {
    let mut roles: HashMap<(Option<&Namespace>, &'c str), bool> = HashMap::new();
    for &binding in policy.bindings() {
        let is_there = place.is_none()
            || binding.namespace.as_ref().is_none_or(|namespace| {
                place.is_some_and(|place| crate::access::access_policy::is_within(namespace, place))
            });
        if !is_there {
            continue;
        }
        let of_role = match binding.role_ref.kind {
            RoleKind::ClusterRole => None,
            RoleKind::Role => binding.namespace.as_ref(),
        };
        let holds = *roles.entry((of_role, binding.role_ref.name.as_str())).or_insert_with(|| {
            let mut rules = policy.role_of(binding).into_iter().flat_map(crate::access::Rules::iter);
            rules.any(|held| touches(held.rule.item, rule))
        });
        if holds {
            for subject in &binding.subjects {
                add_name(subject, names);
            }
        }
    }
}
