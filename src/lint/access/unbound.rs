//! Roles that would be risky if they were given to anybody.

use std::collections::BTreeSet;

use super::super::context::Context;
use super::super::{found, rule_of};
use crate::access::matching::admits;
use crate::finding::{Code, Finding, Severity};
use crate::model::{Namespace, Role, RoleKind};
use crate::query::risk::{Ask, EVERYTHING, RISKS, Where};
use crate::source::Step;

/// Roles that would be risky if they were given to anybody.
pub(super) fn unbound(context: &Context<'_>) -> Vec<Finding> {
    let given: BTreeSet<_> = context
        .policy
        .bindings()
        .iter()
        .filter_map(|binding| Some(context.policy.role_of(binding)?.role().origin))
        .collect();
    let roles = context.loaded.cluster.roles.values();
    let selectors: Vec<_> = roles.filter_map(|role| role.aggregation.as_ref()).flatten().collect();
    let collected = |role: &Role| {
        role.namespace.is_none() && selectors.iter().any(|selector| selector.selects(&role.labels))
    };
    let candidates = context.own_roles().filter(|role| !given.contains(&role.origin) && !collected(role));
    let tell = |role: &Role| {
        let (position, code) = first_risk(role)?;
        let summary = rule_of(code)?.summary;
        let message =
            format!("nobody is given {} `{}`, which has {summary}", RoleKind::as_str(role.kind()), role.name);
        let rule = role.origin.at([Step::Field("rules"), Step::Item(position)]);
        let name = role.origin.at([Step::Field("metadata"), Step::Field("name")]);
        Some(found(Code::RoleRiskyUnbound, name, message).with_related(rule.into(), "the rule"))
    };
    candidates.filter_map(tell).collect()
}

/// The first rule of a role that admits something which is more than a note, and what.
fn first_risk(role: &Role) -> Option<(usize, Code)> {
    let grave = |code: Code| rule_of(code).is_some_and(|rule| rule.severity > Severity::Note);
    let namespace = role.namespace.as_ref().map_or("", Namespace::as_str);
    role.rules.iter().enumerate().find_map(|(position, rule)| {
        let admitted = |ask: &Ask, namespace: &str| {
            ask.verbs.iter().any(|verb| admits(rule, &ask.request(verb, namespace)).is_some())
        };
        if namespace.is_empty() && admitted(&EVERYTHING, "") {
            return Some((position, Code::AccessClusterAdmin));
        }
        let asked = |ask: &&Ask| namespace.is_empty() || ask.place != Where::Cluster;
        let risk = RISKS.iter().filter(|risk| grave(risk.code)).find(|risk| {
            risk.asks.iter().filter(asked).any(|ask| match ask.place {
                Where::Namespace(only) => (namespace.is_empty() || namespace == only) && admitted(ask, only),
                _ => admitted(ask, namespace),
            })
        })?;
        Some((position, risk.code))
    })
}
