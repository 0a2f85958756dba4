//! The doors as a whole: what stands behind those that are shut, and access policies of which not all is known.

use super::context::Context;
use super::{found, narrowed};
use crate::access::Unsettled;
use crate::finding::{Code, Finding, Spot};
use crate::model::{AccessScope, Door};
use crate::query::chain::unsettled;

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let cluster = &context.loaded.cluster;
    let mut all = Vec::new();
    for backend in cluster.shut_backends().filter(|backend| backend.door != Door::Creator) {
        let count = backend.mappings().count() + backend.accounts.len();
        let Some(at) = backend.mappings().map(|mapping| mapping.arn_address(backend.origin)).next() else {
            continue;
        };
        let arn = backend.mappings().next().map(super::mapping::whom).unwrap_or_default();
        let (whose, verb) = match count {
            1 => (format!("the mapping of `{arn}`"), "does"),
            more => (format!("the mappings of `{arn}` and {} more", more - 1), "do"),
        };
        let why = match cluster.doors.mode {
            Some(mode) => format!("{verb} not count in mode `{mode}`"),
            None => format!("{verb} not count: no backend that is asked reads it"),
        };
        let message = format!("{whose} in {} {why}", backend.door.as_str());
        let mut finding = found(Code::DoorShut, at, message);
        if let Some(place) = &cluster.doors.mode_place {
            finding = finding.with_related(place.clone().into(), "the mode");
        }
        all.push(finding);
    }
    all.extend(policies(context));
    all
}

/// Associated access policies whose rules or scope are not known: what they give cannot be told.
fn policies(context: &Context<'_>) -> Vec<Finding> {
    let cluster = &context.loaded.cluster;
    if !cluster.doors.order.contains(&Door::AccessEntries) {
        return Vec::new();
    }
    let open = cluster.associations.iter().filter_map(|association| {
        let name = association.policy_name();
        let why = match association.scope {
            _ if !cluster.access_policies.contains_key(name) => Unsettled::Rules,
            AccessScope::Unknown => Unsettled::Scope,
            AccessScope::Cluster | AccessScope::Namespaces(_) => return None,
        };
        let message =
            format!("what `{name}` gives to `{}` is not known: {}", association.principal, unsettled(why));
        let spot: Spot = narrowed(&context.loaded.sources, &association.address, name);
        Some(found(Code::AccessPolicyUnsettled, spot, message))
    });
    open.collect()
}
