//! Roles that would be risky if they were given to anybody.

use std::collections::BTreeSet;

use super::super::context::Context;
use super::super::{found, rule_of};
use super::asking::Gives;
use crate::finding::{Code, Finding, Severity};
use crate::model::{Namespace, Role, RoleKind};
use crate::query::risk::Where;
use crate::source::Step;

/// Roles that would be risky if they were given to anybody.
pub(super) fn unbound(context: &Context<'_>, gives: &Gives<'_>) -> Vec<Finding> {
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
        let (position, code) = first_risk(role, gives)?;
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
fn first_risk(role: &Role, gives: &Gives<'_>) -> Option<(usize, Code)> {
    let grave = |code: Code| rule_of(code).is_none_or(|rule| rule.severity > Severity::Note);
    let namespace = role.namespace.as_ref().map(Namespace::as_str);
    let own = gives.by(role).iter().filter(|hit| hit.rule.from.is_empty());
    let risks = own.filter_map(|hit| {
        let question = gives.question(hit)?;
        let counts = match (question.ask.place, namespace) {
            _ if question.code == Code::AccessClusterAdmin => namespace.is_none(),
            (_, None) | (Where::Anywhere, _) => true,
            (Where::Cluster, Some(_)) => false,
            (Where::Namespace(only), Some(namespace)) => namespace == only,
        };
        (counts && grave(question.code)).then_some((hit.rule.rule.position, question.code))
    });
    // the questions stand in their order
    risks.min_by_key(|(position, _)| *position)
}
