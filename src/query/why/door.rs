//! Why the other doors do not let the caller in: their entries that come near, and what is not known of them.

use super::super::near::Name;
use super::mapping::{Miss, near_arn};
use super::{Cost, Reason, Shortlist};
use crate::finding::{Code, Spot};
use crate::identity::{Principal, Unauthenticated};
use crate::model::arn::{Arn, ArnPrincipal};
use crate::model::{Backend, Cluster, Door, MappedPrincipal, Mapping};

/// Adds what nearly maps the caller at the open doors: at all but aws-auth by ARN, at each by permission set.
pub(super) fn elsewhere(cluster: &Cluster, principal: &Principal, shortlist: &mut Shortlist) {
    let own = Name::new(principal.canonical.as_str());
    for backend in cluster.open_backends() {
        for mapping in backend.mappings() {
            let near = (backend.door != Door::AwsAuth).then(|| near_entry(backend, mapping, principal, &own));
            let by_set = by_permission_set(cluster, backend, mapping, principal);
            near.flatten().into_iter().chain(by_set).for_each(|reason| shortlist.offer(reason));
        }
    }
}

/// Why a door that knows the caller does not let it in.
pub(super) fn refused(why: &Unauthenticated<'_>) -> Option<Reason> {
    let (code, message, help, address) = match why {
        Unauthenticated::NotMapped => return None,
        Unauthenticated::NoInstance { aws_auth, mapping, .. } => (
            Code::SessionNoInstance,
            "the mapping asks for the host name of an EC2 instance, and the session name is no instance id"
                .to_owned(),
            "map people and pipelines to a role of their own; this one is for nodes",
            mapping.address(aws_auth.origin),
        ),
        Unauthenticated::Reserved { backend, mapping, .. } => (
            Code::UsernameReserved,
            why.to_string(),
            "map the caller to a username without a reserved prefix",
            mapping.username_address(backend.origin),
        ),
        Unauthenticated::Unknown { backend, mapping, .. } => (
            Code::EntryNotDescribed,
            why.to_string(),
            "bring what is missing; the notes say how",
            mapping.address(backend.origin),
        ),
    };
    Some(Reason { code, message, help: help.into(), spot: address.into(), cost: Cost::LINK })
}

/// What to say where another door than aws-auth is asked, and none of its entries comes near.
pub(super) fn not_mapped(cluster: &Cluster, principal: &Principal) -> Reason {
    let doors: Vec<&str> = cluster.doors.order.iter().map(|door| door.as_str()).collect();
    let spot = cluster.open_backends().next().map_or(Spot::Nowhere, |backend| backend.origin.at([]).into());
    Reason {
        code: Code::NotMapped,
        message: format!("nothing maps `{}`; what is asked: {}", principal.canonical, doors.join(", then ")),
        help: if cluster.doors.order.contains(&Door::AccessEntries) {
            format!(
                "give it an access entry: `aws eks create-access-entry --cluster-name NAME --principal-arn {}`",
                principal.given
            )
        } else {
            "add an entry".into()
        },
        spot,
        cost: Cost::ABSENT,
    }
}

/// An entry of another door than aws-auth for somebody who is nearly the caller.
fn near_entry(backend: &Backend, mapping: &Mapping, principal: &Principal, own: &Name) -> Option<Reason> {
    let MappedPrincipal::Arn(arn) = &mapping.principal else { return None };
    let compared = match (backend.door, Arn::parse(arn)) {
        // the path of a role makes no difference to an access entry
        (
            Door::AccessEntries | Door::Creator,
            Ok(Arn { partition, account, principal: ArnPrincipal::Role { name, .. } }),
        ) => format!("arn:{partition}:iam::{account}:role/{name}"),
        _ => arn.to_string(),
    };
    let Miss { code, cost, message } = near_arn(&compared, principal, own)?;
    let spot = mapping.arn_address(backend.origin).into();
    Some(Reason { code, message, help: format!("write `{}`", principal.canonical), spot, cost })
}

/// An `sso` entry of the permission set that the caller is of.
fn by_permission_set(
    cluster: &Cluster,
    backend: &Backend,
    mapping: &Mapping,
    principal: &Principal,
) -> Option<Reason> {
    let MappedPrincipal::Sso { permission_set, account, partition } = &mapping.principal else { return None };
    let start = format!(":iam::{account}:role/AWSReservedSSO_{permission_set}_").to_lowercase();
    if !principal.canonical.to_lowercase().contains(&start) {
        return None;
    }
    let (message, help) = if cluster.doors.sso_role_match && !partition.is_empty() {
        ("an `sso` entry that names a partition matches nobody", "leave `partition` out")
    } else {
        (
            "an `sso` entry counts only with the feature gate `SSORoleMatch`, which is off by default",
            "map the role itself, or say that the gate is on: `--feature-gate SSORoleMatch=true`",
        )
    };
    Some(Reason {
        code: Code::MappingSso,
        message: message.into(),
        help: help.into(),
        spot: mapping.address(backend.origin).into(),
        cost: Cost::FORM,
    })
}
