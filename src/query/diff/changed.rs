//! Which names the bindings of two clusters give something else. Objects that say the same cancel first, so that
//! the work is that of the change and not that of the clusters.

use std::collections::BTreeSet;
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::holding::{Comparison, Number, Time};
use crate::access::covers::touches;
use crate::access::{PRIVILEGED, Policy};
use crate::model::{Binding, Key, Namespace, RoleKind, Rule, Subject};
use crate::query::everyone::Names;

/// What a binding gives to a subject: where, and the number of the rule.
type Given<'c> = HashMap<&'c Subject, BTreeSet<(Option<&'c Namespace>, Number)>>;

/// Two maps side by side, in order of their keys.
pub(super) fn side_by_side<'m, K: Ord, T>(
    before: &'m std::collections::BTreeMap<K, T>,
    after: &'m std::collections::BTreeMap<K, T>,
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

/// The keys of roles in which other rules are in force.
fn changed_roles<'c>(before: &'c Policy<'c>, after: &'c Policy<'c>) -> HashSet<&'c Key> {
    let mut changed = HashSet::new();
    for (key, old, new) in side_by_side(&before.cluster.roles, &after.cluster.roles) {
        let is_same = match (old, new) {
            (Some(old), Some(new)) if old.aggregation.is_none() && new.aggregation.is_none() => {
                old.rules == new.rules
            }
            (Some(old), Some(new)) => match (before.rules_of(old), after.rules_of(new)) {
                (Some(old), Some(new)) => {
                    old.iter().map(|rule| rule.rule.item).eq(new.iter().map(|rule| rule.rule.item))
                }
                (old, new) => old.is_none() && new.is_none(),
            },
            _ => false,
        };
        if !is_same {
            changed.insert(key);
        }
    }
    changed
}

/// The names that bindings give something else in the two clusters. Whoever has none of them, and is taken for the
/// same in both, holds the same in both.
pub(super) fn changed_names<'c>(comparison: &mut Comparison<'c>) -> Names<'c> {
    let (before, after) = (comparison.before, comparison.after);
    let roles = changed_roles(before, after);
    let gives_the_same = |binding: &Binding| {
        let namespace = match binding.role_ref.kind {
            RoleKind::ClusterRole => None,
            RoleKind::Role => binding.namespace.clone(),
        };
        !roles.contains(&(namespace, binding.role_ref.name.clone()))
    };
    let (mut given_before, mut given_after) = (Given::new(), Given::new());
    for (_, old, new) in side_by_side(&before.cluster.bindings, &after.cluster.bindings) {
        if let (Some(old), Some(new)) = (old, new)
            && old.role_ref == new.role_ref
            && old.subjects == new.subjects
            && (roles.is_empty() || gives_the_same(old))
        {
            continue;
        }
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
