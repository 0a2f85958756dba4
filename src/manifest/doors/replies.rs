//! Replies of `aws eks`: describe-access-entry, list-access-entries, list-associated-access-policies (and the reply of
//! associate-access-policy), describe-cluster. Unknown fields are ignored, as every client of AWS does.

use std::sync::Arc;

use super::gathered::{Gathered, Names, PolicyNames};
use super::part::Part;

const POLICY: PolicyNames =
    PolicyNames { policy: "policyArn", scope: "accessScope", kind: "type", namespaces: "namespaces" };

fn name_in(part: &Part<'_>) -> Option<Arc<str>> {
    part.get("clusterName").and_then(|name| name.text()).map(Into::into)
}

/// `{"accessEntry": {…}}`
pub(super) fn access_entry(root: &Part<'_>, gathered: &mut Gathered) {
    let Some(entry) = root.get("accessEntry") else { return };
    let names = Names {
        arn: "principalArn",
        kind: "type",
        username: "username",
        groups: "kubernetesGroups",
        // a reply without a username is somebody's sample: EKS always gives one
        described: entry.get("username").is_some(),
    };
    gathered.entry(&entry, name_in(&entry), names);
}

/// `{"accessEntries": [ARN, …]}`; one with a `nextToken` is not the whole list.
pub(super) fn access_entry_list(root: &Part<'_>, gathered: &mut Gathered) {
    let Some(list) = root.get("accessEntries") else { return };
    for item in list.items() {
        if let Some(principal) = item.text() {
            gathered.listed_entry(&item, principal);
        }
    }
    if root.get("nextToken").is_none() {
        gathered.lists += 1;
    }
}

/// `{"clusterName": …, "principalArn": …, "associatedAccessPolicies": […]}`, or `associatedAccessPolicy` with one.
pub(super) fn associated_policies(root: &Part<'_>, gathered: &mut Gathered) {
    let principal = root.get("principalArn").and_then(|arn| arn.text()).unwrap_or("${principalArn}");
    let principal: Arc<str> = principal.into();
    let list = root.get("associatedAccessPolicies").map(|list| list.items());
    let one = root.get("associatedAccessPolicy");
    for part in list.into_iter().flatten().chain(one) {
        gathered.association(&part, name_in(root), &principal, POLICY);
    }
}

/// `{"cluster": {"name": …, "version": …, "accessConfig": {…}}}`
pub(super) fn cluster(root: &Part<'_>, gathered: &mut Gathered) {
    let Some(cluster) = root.get("cluster") else { return };
    let name = cluster.get("name").and_then(|name| name.text()).map(Into::into);
    let mode = cluster.at(&["accessConfig", "authenticationMode"]);
    gathered.fact(&mode.clone().unwrap_or(cluster.clone()), name, mode.and_then(|mode| mode.text()));
    if let Some(version) = cluster.get("version") {
        gathered.version(&version);
    }
}
