//! Rules about the `aws-auth` ConfigMap, and about how its names meet those of bindings.

mod access_policy_unsettled;
mod account_invalid;
mod account_mapped;
mod account_unquoted;
mod arn_invalid;
mod aws_auth_unknown_key;
mod aws_auth_unreadable;
mod aws_auth_wrong_namespace;
mod bound_name_unreachable;
mod configuration_refused;
mod door_shut;
mod entry_duplicate;
mod entry_name_refused;
mod group_unbound;
mod mapping_invalid;
mod mapping_not_applied;
mod mapping_other_partition;
mod mapping_random;
mod mapping_role_path;
mod mapping_root;
mod mapping_service_account;
mod mapping_shadowed;
mod mapping_sso;
mod mapping_sts_arn;
mod mapping_system_masters;
mod mapping_system_name;
mod mapping_wildcard;
mod node_mapping_groups;
mod node_mapping_incomplete;
mod session_chosen_by_caller;
mod session_collision;
mod session_in_group;
mod subject_kind;
mod subject_near_miss;
mod subject_template;
mod subject_unmapped;
mod template_access_key;
mod template_unknown;
mod username_empty;
mod username_shared;

use super::Rule;

/// In order of their numbers.
pub(super) const RULES: &[&Rule] = &[
    &aws_auth_wrong_namespace::RULE,
    &aws_auth_unknown_key::RULE,
    &aws_auth_unreadable::RULE,
    &mapping_invalid::RULE,
    &mapping_role_path::RULE,
    &mapping_sts_arn::RULE,
    &arn_invalid::RULE,
    &mapping_wildcard::RULE,
    &mapping_other_partition::RULE,
    &mapping_root::RULE,
    &mapping_shadowed::RULE,
    &mapping_random::RULE,
    &username_empty::RULE,
    &template_unknown::RULE,
    &session_in_group::RULE,
    &session_chosen_by_caller::RULE,
    &session_collision::RULE,
    &mapping_system_masters::RULE,
    &mapping_system_name::RULE,
    &mapping_service_account::RULE,
    &node_mapping_incomplete::RULE,
    &node_mapping_groups::RULE,
    &username_shared::RULE,
    &account_mapped::RULE,
    &account_invalid::RULE,
    &account_unquoted::RULE,
    &mapping_sso::RULE,
    &group_unbound::RULE,
    &subject_unmapped::RULE,
    &subject_near_miss::RULE,
    &subject_kind::RULE,
    &subject_template::RULE,
    &bound_name_unreachable::RULE,
    &door_shut::RULE,
    &entry_name_refused::RULE,
    &entry_duplicate::RULE,
    &mapping_not_applied::RULE,
    &configuration_refused::RULE,
    &access_policy_unsettled::RULE,
    &template_access_key::RULE,
];
