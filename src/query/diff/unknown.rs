//! What somebody may hold of which the input does not tell, in words: the same on both sides it is no difference.

use std::collections::BTreeSet;

use crate::access::Policy;
use crate::access::access_policy::whole;
use crate::identity::{Case, Identity, Unauthenticated, Unknown};
use crate::model::Open;
use crate::query::chain::unsettled;

/// What is not known of the callers of a case before any policy is looked at.
pub(super) fn unknown_of(case: &Case<'_>) -> Option<String> {
    match &case.outcome {
        Err(Unauthenticated::Unknown { what, .. }) => Some(
            match what {
                Unknown::NotDescribed => "its access entry is listed and was not described",
                Unknown::UserId => "whether a mapping by unique id is theirs is not in the input",
                Unknown::Reserved => "whether its username is reserved turns on the session name",
            }
            .to_owned(),
        ),
        Err(_) => None,
        Ok(identity) => identity
            .mapping()
            .filter(|(_, mapping)| mapping.open == Open::Groups)
            .map(|(_, mapping)| format!("the groups that EKS gives {} are not published", mapping.username)),
    }
}

/// What is not known of a caller's access policies.
pub(super) fn of_policies(policy: &Policy<'_>, identity: &Identity<'_>) -> BTreeSet<String> {
    let open = whole(policy, identity).open.into_iter();
    open.map(|open| {
        let association = open.association;
        format!(
            "access policy {} ({}): {}",
            association.policy_name(),
            association.scope,
            unsettled(open.why)
        )
    })
    .collect()
}
