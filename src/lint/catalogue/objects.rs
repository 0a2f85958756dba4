//! Rules about roles and bindings as objects: refused, without effect, or broader than anybody means.

mod aggregation_cycle;
mod aggregation_drift;
mod aggregation_selects_everything;
mod aggregation_selects_nothing;
mod api_group_unknown;
mod default_replaced;
mod object_duplicate;
mod object_refused;
mod resource_cluster_scoped;
mod resource_name_wildcard;
mod resource_names_ineffective;
mod resource_names_list;
mod resource_unknown;
mod resource_wrong_group;
mod role_not_found;
mod role_risky_unbound;
mod rule_duplicate;
mod rule_shadowed;
mod subject_anonymous;
mod subject_authenticated;
mod subject_default_service_account;
mod subject_not_found;
mod subject_service_accounts;
mod subresource_unknown;
mod subresource_wildcard;
mod url_in_namespace;
mod url_pattern;
mod verb_unknown;
mod version_not_served;

use super::Rule;

/// In order of their numbers.
pub(super) const RULES: &[&Rule] = &[
    &object_refused::RULE,
    &object_duplicate::RULE,
    &version_not_served::RULE,
    &default_replaced::RULE,
    &role_not_found::RULE,
    &aggregation_drift::RULE,
    &aggregation_cycle::RULE,
    &aggregation_selects_nothing::RULE,
    &aggregation_selects_everything::RULE,
    &subresource_wildcard::RULE,
    &resource_unknown::RULE,
    &resource_wrong_group::RULE,
    &subresource_unknown::RULE,
    &api_group_unknown::RULE,
    &verb_unknown::RULE,
    &resource_names_ineffective::RULE,
    &resource_name_wildcard::RULE,
    &url_in_namespace::RULE,
    &url_pattern::RULE,
    &resource_cluster_scoped::RULE,
    &rule_duplicate::RULE,
    &rule_shadowed::RULE,
    &subject_anonymous::RULE,
    &subject_authenticated::RULE,
    &subject_service_accounts::RULE,
    &subject_default_service_account::RULE,
    &role_risky_unbound::RULE,
    &subject_not_found::RULE,
    &resource_names_list::RULE,
];
