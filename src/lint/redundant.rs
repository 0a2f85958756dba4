//! Rules of one role that say the same, or that another rule of the role says already.

use super::context::Context;
use super::found;
use crate::access::matching::admits;
use crate::finding::{Code, Finding};
use crate::model::{NamePattern, ObjectName, Request, ResourceTarget, Role, Rule, Target};
use crate::query::chain::rule_text;
use crate::source::Step;

/// A role with more rules than this is not compared rule by rule.
const MOST_RULES: usize = 256;
/// A rule that is the product of more elements than this is not taken apart.
const MOST_ATOMS: usize = 4096;

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let roles =
        context.own_roles().filter(|role| role.aggregation.is_none() && role.rules.len() <= MOST_RULES);
    roles.flat_map(of_role).collect()
}

fn of_role(role: &Role) -> Vec<Finding> {
    let mut all = Vec::new();
    if role.rules.len() < 2 {
        return all;
    }
    let in_order: Vec<Rule> = role.rules.iter().map(sorted).collect();
    for (position, (rule, as_set)) in role.rules.iter().zip(&in_order).enumerate() {
        let at = |position| role.origin.at([Step::Field("rules"), Step::Item(position)]);
        let named = || format!("the rule `{}` of {} `{}`", rule_text(rule), role.kind(), role.name);
        if let Some(first) = in_order.iter().take(position).position(|other| other == as_set) {
            let finding = found(Code::RuleDuplicate, at(position), format!("{} is written twice", named()));
            all.push(finding.with_related(at(first).into(), "the first one"));
            continue;
        }
        let covers = |(other, other_as_set): (&Rule, &Rule)| {
            other_as_set != as_set && every_atom(rule, |atom| admits(other, atom).is_some())
        };
        if let Some(other) = role.rules.iter().zip(&in_order).position(covers) {
            let finding = found(Code::RuleShadowed, at(position), format!("another rule covers {}", named()));
            all.push(finding.with_related(at(other).into(), "this one covers it"));
        }
    }
    all
}

/// The rule with its lists in order, for order never changes an answer.
fn sorted(rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    rule.verbs.sort();
    rule.api_groups.sort();
    rule.resources.sort();
    rule.resource_names.sort();
    rule.urls.sort();
    rule
}

/// Whether something holds for every request that a rule stands for, its wildcards taken as they are written: another
/// rule covers it if it admits all. Never for rules that are too large, or stand for nothing.
/// Upstream: Kubernetes 1.34, `component-helpers/auth/rbac/validation/policy_comparator.go`, `BreakdownRule`.
fn every_atom(rule: &Rule, holds: impl Fn(&Request) -> bool) -> bool {
    if !count(rule).is_some_and(|count| (1..=MOST_ATOMS).contains(&count)) {
        return false;
    }
    rule.verbs.iter().all(|verb| {
        let holds = |target| holds(&Request { verb: verb.as_str().into(), target });
        let of_group = |group: &NamePattern| {
            rule.resources.iter().all(|resource| {
                let (plural, subresource) =
                    resource.as_str().split_once('/').unwrap_or((resource.as_str(), ""));
                let target = ResourceTarget {
                    api_group: group.as_str().into(),
                    resource: plural.into(),
                    subresource: subresource.into(),
                    ..ResourceTarget::default()
                };
                let named = |name: &ObjectName| {
                    holds(Target::Resource(ResourceTarget { name: name.clone(), ..target.clone() }))
                };
                match &rule.resource_names[..] {
                    [] => holds(Target::Resource(target)),
                    names => names.iter().all(named),
                }
            })
        };
        rule.urls.iter().all(|url| holds(Target::Url(url.as_str().into())))
            && rule.api_groups.iter().all(of_group)
    })
}

/// How many requests a rule stands for; none if that cannot be counted.
fn count(rule: &Rule) -> Option<usize> {
    let names = rule.resource_names.len().max(1);
    let of_resources = rule.api_groups.len().checked_mul(rule.resources.len())?.checked_mul(names)?;
    rule.verbs.len().checked_mul(of_resources.checked_add(rule.urls.len())?)
}
