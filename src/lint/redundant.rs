//! Rules of one role that say the same, or that another rule of the role says already.

use super::context::Context;
use super::found;
use crate::access::matching::admits;
use crate::finding::{Code, Finding};
use crate::model::{Request, ResourceTarget, Role, Rule, Target};
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
        let Some(atoms) = atoms(rule) else { continue };
        let covers = |(other, other_as_set): (&Rule, &Rule)| {
            other_as_set != as_set && atoms.iter().all(|atom| admits(other, atom).is_some())
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

/// The requests that a rule stands for, its wildcards taken as they are written: another rule covers it if it admits all.
/// None for rules that are too large, or stand for nothing.
/// Upstream: Kubernetes 1.34, `component-helpers/auth/rbac/validation/policy_comparator.go`, `BreakdownRule`.
fn atoms(rule: &Rule) -> Option<Vec<Request>> {
    let names = rule.resource_names.len().max(1);
    let of_resources = rule.api_groups.len().checked_mul(rule.resources.len())?.checked_mul(names)?;
    let count = rule.verbs.len().checked_mul(of_resources.checked_add(rule.urls.len())?)?;
    if count == 0 || count > MOST_ATOMS {
        return None;
    }
    let mut atoms = Vec::with_capacity(count);
    for verb in &rule.verbs {
        let verb = verb.as_str();
        let mut push = |target| atoms.push(Request { verb: verb.into(), target });
        for url in &rule.urls {
            push(Target::Url(url.as_str().into()));
        }
        for group in &rule.api_groups {
            for resource in &rule.resources {
                let (plural, subresource) =
                    resource.as_str().split_once('/').unwrap_or((resource.as_str(), ""));
                let target = ResourceTarget {
                    api_group: group.as_str().into(),
                    resource: plural.into(),
                    subresource: subresource.into(),
                    ..ResourceTarget::default()
                };
                if rule.resource_names.is_empty() {
                    push(Target::Resource(target));
                    continue;
                }
                for name in &rule.resource_names {
                    push(Target::Resource(ResourceTarget { name: name.clone(), ..target.clone() }));
                }
            }
        }
    }
    Some(atoms)
}
