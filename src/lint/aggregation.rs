//! Aggregated ClusterRoles whose rules are not what they look like.

use super::context::Context;
use super::found;
use crate::finding::{Code, Finding};
use crate::model::LabelSelector;
use crate::query::chain::rule_text;
use crate::source::Step;

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    for role in context.own_roles() {
        let (Some(selectors), Some(aggregated)) =
            (&role.aggregation, context.policy.aggregated().get(&role.name))
        else {
            continue;
        };
        for (position, selector) in selectors.iter().enumerate() {
            let at = role.origin.at([
                Step::Field("aggregationRule"),
                Step::Field("clusterRoleSelectors"),
                Step::Item(position),
            ]);
            let others = context.loaded.cluster.roles.values();
            let mut others = others.filter(|other| other.namespace.is_none() && other.name != role.name);
            if selector.requirements.is_empty() {
                let message = format!(
                    "the empty selector `{{}}` of ClusterRole `{}` selects every ClusterRole",
                    role.name
                );
                all.push(found(Code::AggregationSelectsEverything, at, message));
            } else if !others.any(|other| selector.selects(&other.labels)) {
                let message = format!(
                    "the selector by `{}` of ClusterRole `{}` selects no ClusterRole",
                    keys(selector),
                    role.name
                );
                all.push(found(Code::AggregationSelectsNothing, at, message));
            }
        }
        for &position in &aggregated.written_only {
            let Some(rule) = role.rules.get(position) else { continue };
            let at = role.origin.at([Step::Field("rules"), Step::Item(position)]);
            let message = format!(
                "ClusterRole `{}` is aggregated, and no selected ClusterRole has its rule `{}`",
                role.name,
                rule_text(rule)
            );
            all.push(found(Code::AggregationDrift, at, message));
        }
        if aggregated.in_cycle {
            let at = role.origin.at([Step::Field("metadata"), Step::Field("name")]);
            let message = format!("ClusterRole `{}` aggregates itself through others", role.name);
            all.push(found(Code::AggregationCycle, at, message));
        }
    }
    all
}

/// The keys of the labels that a selector asks for.
fn keys(selector: &LabelSelector) -> String {
    let keys: Vec<&str> = selector.requirements.iter().map(|requirement| &*requirement.key).collect();
    keys.join("`, `")
}
