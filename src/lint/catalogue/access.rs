//! Rules about access that a principal holds, by whatever chain, judged by asking the authorizers.

mod access_admission;
mod access_aws_auth;
mod access_bind;
mod access_binding_write;
mod access_certificates;
mod access_cluster_admin;
mod access_coredns;
mod access_crds;
mod access_default_role;
mod access_ephemeral_containers;
mod access_escalate;
mod access_identity_mapping;
mod access_impersonate;
mod access_namespaces;
mod access_node_proxy;
mod access_node_write;
mod access_persistent_volumes;
mod access_pod_attach;
mod access_pod_create;
mod access_pod_exec;
mod access_pod_portforward;
mod access_pod_status;
mod access_role_write;
mod access_secrets;
mod access_system_service_accounts;
mod access_token_create;
mod access_wildcard;
mod access_workload_write;

use super::Rule;

/// In order of their numbers.
pub(super) const RULES: &[&Rule] = &[
    &access_cluster_admin::RULE,
    &access_wildcard::RULE,
    &access_default_role::RULE,
    &access_secrets::RULE,
    &access_token_create::RULE,
    &access_pod_create::RULE,
    &access_workload_write::RULE,
    &access_pod_exec::RULE,
    &access_pod_attach::RULE,
    &access_pod_portforward::RULE,
    &access_ephemeral_containers::RULE,
    &access_node_proxy::RULE,
    &access_node_write::RULE,
    &access_pod_status::RULE,
    &access_impersonate::RULE,
    &access_bind::RULE,
    &access_escalate::RULE,
    &access_role_write::RULE,
    &access_binding_write::RULE,
    &access_certificates::RULE,
    &access_admission::RULE,
    &access_crds::RULE,
    &access_persistent_volumes::RULE,
    &access_namespaces::RULE,
    &access_aws_auth::RULE,
    &access_identity_mapping::RULE,
    &access_coredns::RULE,
    &access_system_service_accounts::RULE,
];
