//! What there is to know about the doors: which one opened, what stands behind it, and what files cannot show.

use super::super::can_i::{Answer, CaseAnswer};
use super::super::chain::unsettled;
use super::{note, push_new};
use crate::access::access_policy::entry_of;
use crate::access::{Admission, Decision, Policy};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::identity::lookup::{Found, Sought, find};
use crate::identity::{Identity, Principal, Source, Unauthenticated, Unknown};
use crate::model::{AuthenticationMode, Cluster, Door, ModeFrom, Platform, PlatformFrom, Request, Target};

/// Prefixes of usernames that EKS keeps for itself.
/// Upstream: EKS User Guide, "Create access entries".
const RESERVED: [&str; 5] = ["system:", "eks:", "aws:", "amazon:", "iam:"];

/// Notes on the doors for a principal, and whether something that is not in the input could turn the answer.
pub(in crate::query) fn of_principal(
    cluster: &Cluster,
    principal: &Principal,
    cases: &[CaseAnswer<'_>],
    is_yes: bool,
    notes: &mut Vec<Finding>,
) -> bool {
    let doors = &cluster.doors;
    for shut in cluster.shut_backends() {
        if let Some(spot) = mapped_at(cluster, shut.door, principal) {
            let why = match doors.mode {
                Some(mode) => format!("mode {mode} does not ask it"),
                None => "it is not among the backends that are asked".to_owned(),
            };
            let message = format!("{} would map the caller, to no effect: {why}", shut.door.as_str());
            push_new(notes, note(Code::DoorShut, spot, message));
        }
    }
    for case in cases {
        of_unknown(case, notes);
    }
    let unauthenticated = cases.iter().any(|case| case.identity.is_err());
    if let (Some(mode), ModeFrom::Inferred, true) = (doors.mode, doors.mode_from, has_entries(cluster)) {
        let message = format!("the authentication mode is not in the input; it is taken for {mode}");
        let help = "say it with `--authentication-mode`, or bring `aws eks describe-cluster`";
        push_new(notes, note(Code::ModeInferred, Spot::Nowhere, message).with_help(help));
    }
    if let Some(finding) = creator_hidden(cluster).filter(|_| !is_yes) {
        push_new(notes, finding);
    }
    let unseen = unauthenticated.then(|| access_entries(cluster)).flatten();
    let incomplete = unseen.is_some();
    notes.extend(unseen);
    incomplete
}

/// Tells of the cluster's creator, where the mode is known to be one that lets it in without an object that says so. Where
/// the mode is only inferred, [`access_entries`] tells of it.
pub(in crate::query) fn creator_hidden(cluster: &Cluster) -> Option<Finding> {
    let doors = &cluster.doors;
    let config_map = doors.mode == Some(AuthenticationMode::ConfigMap);
    let told = doors.mode_from != ModeFrom::Inferred;
    let is_given = cluster.backend(Door::Creator).is_some();
    (config_map && told && !is_given).then(|| {
        let message = "in mode CONFIG_MAP the principal that created the cluster is in system:masters, and no object says who it is";
        let spot = doors.mode_place.clone().map_or(Spot::Nowhere, Spot::from);
        note(Code::CreatorHidden, spot, message).with_help("if you know it, say so with `--creator ARN`")
    })
}

/// Tells of doors that no manifest shows, unless what is known of the cluster says that there are none: another platform
/// than EKS, the mode, or a full list of entries.
pub(in crate::query) fn access_entries(cluster: &Cluster) -> Option<Finding> {
    let doors = &cluster.doors;
    let told = matches!(cluster.platform.from, PlatformFrom::Given | PlatformFrom::Authenticator);
    let message = match doors.mode {
        _ if doors.entries_complete => return None,
        _ if cluster.platform.platform == Platform::Vanilla && told => return None,
        Some(AuthenticationMode::ConfigMap) if doors.mode_from != ModeFrom::Inferred => return None,
        Some(_) if has_entries(cluster) => {
            "there may be more access entries than were captured: no list of them is in the input"
        }
        _ => {
            "aws-auth is not all of an EKS cluster: access entries, access policies and the cluster's creator are not in manifests"
        }
    };
    let help = "capture them: `aws eks list-access-entries --cluster-name NAME`, then `aws eks describe-access-entry` for each";
    Some(note(Code::AccessEntriesNotSeen, Spot::Nowhere, message).with_help(help))
}

fn has_entries(cluster: &Cluster) -> bool {
    cluster.backend(Door::AccessEntries).is_some()
}

fn mapped_at(cluster: &Cluster, door: Door, principal: &Principal) -> Option<Spot> {
    let backend = cluster.backend(door)?;
    let address = match find(backend, &Sought::of(principal, cluster.doors.sso_role_match)) {
        Found::Mapping { mapping, .. } => mapping.address(backend.origin),
        Found::Random(several) => several.first()?.address(backend.origin),
        Found::Account(account) => account.address(backend.origin),
        Found::PerhapsById(_) | Found::Nothing => return None,
    };
    Some(address.into())
}

fn of_unknown(case: &CaseAnswer<'_>, notes: &mut Vec<Finding>) {
    let Err(Unauthenticated::Unknown { backend, mapping, what }) = &case.identity else { return };
    let spot = mapping.address(backend.origin).into();
    let finding = match what {
        Unknown::NotDescribed => note(
            Code::EntryNotDescribed,
            spot,
            "the caller has an access entry that is only listed: its username and groups are not known",
        )
        .with_help(
            "bring the reply of `aws eks describe-access-entry --cluster-name NAME --principal-arn ARN`",
        ),
        Unknown::UserId => note(
            Code::ValueNotGiven,
            spot,
            "this entry names a unique id and no ARN, and the caller's unique id is not known",
        )
        .with_help("give it with `--user-id`"),
        Unknown::Reserved => {
            note(Code::ValueNotGiven, spot, "some session names would make the username a reserved one")
        }
    };
    push_new(notes, finding);
}

/// Notes on how one identity came through its door.
pub(super) fn of_mapping(identity: &Identity<'_>, notes: &mut Vec<Finding>) {
    let Source::Mapping { aws_auth: backend, mapping, shadowed, behind } = &identity.source else { return };
    for other in shadowed {
        let message = format!(
            "{} names the same caller, and is not in force: another entry takes precedence",
            backend.name_of(other)
        );
        push_new(notes, note(Code::MappingShadowed, other.address(backend.origin).into(), message));
    }
    for (later, other) in behind {
        let message = format!(
            "{} of {} names the same caller, and is not in force: {} come first",
            later.name_of(other),
            later.door.as_str(),
            backend.door.as_str()
        );
        push_new(notes, note(Code::MappingShadowed, other.address(later.origin).into(), message));
    }
    let username = identity.username.to_string();
    let node = username.starts_with("system:node:");
    let spot = mapping.username_address(backend.origin);
    if backend.door == Door::AwsAuth && !node && RESERVED.iter().any(|prefix| username.starts_with(prefix)) {
        let message = format!(
            "EKS may refuse the username {username:?} from aws-auth for its prefix: it is not published whether it does, and counted as if it did not"
        );
        push_new(notes, note(Code::UsernameReserved, spot.clone().into(), message));
    }
    if node && mapping.username.contains("{{SessionName") {
        let message =
            "the session name becomes the name of a node: whoever may assume this role poses as any node";
        let mut finding = note(Code::NodeNameChosen, spot.into(), message);
        finding.severity = Severity::Warning;
        push_new(notes, finding);
    }
    if backend.by_user_id && identity.principal.is_some_and(|principal| principal.user_id.is_none()) {
        let message = "this entry belongs to a unique id, which is taken for the caller's: a principal that was deleted and made again has another";
        push_new(
            notes,
            note(Code::UserIdAssumed, mapping.address(backend.origin).into(), message)
                .with_help("give the caller's with `--user-id`"),
        );
    }
}

/// Notes on access policies: those that leave the answer open, those that do not count, and what RBAC does not see.
pub(super) fn of_policies(
    policy: &Policy<'_>,
    answer: &Answer<'_>,
    request: &Request,
    notes: &mut Vec<Finding>,
) {
    for case in &answer.cases {
        let checks = case.impersonation.iter().flat_map(|impersonated| &impersonated.checks);
        for decision in checks.map(|(_, decision)| decision).chain(&case.outcome) {
            let Decision::Unsettled { open, .. } = decision else { continue };
            for open in open {
                let name = open.association.policy_name();
                let message = format!("the access policy {name} may allow this: {}", unsettled(open.why));
                push_new(
                    notes,
                    note(Code::AccessPolicyUnsettled, open.association.address.clone().into(), message),
                );
            }
        }
        if case.impersonation.is_some() && !case.is_allowed() {
            not_used(policy, case, notes);
        }
        if let Some(Admission::AccessPolicy(grant)) = case.admission()
            && writes_rbac(request)
        {
            let message = "RBAC's check against escalation does not see access policies: it refuses to give rights that the caller does not hold through RBAC";
            push_new(notes, note(Code::EscalationCheck, grant.association.address.clone().into(), message));
        }
    }
}

fn not_used(policy: &Policy<'_>, case: &CaseAnswer<'_>, notes: &mut Vec<Finding>) {
    let Some(principal) = case.identity.as_ref().ok().and_then(entry_of) else { return };
    let Some(first) = policy.associations_of(principal).first() else { return };
    let message = "the caller's access policies do not count for whoever it impersonates";
    push_new(notes, note(Code::AccessPolicyNotUsed, first.address.clone().into(), message));
}

/// Whether a request is one that RBAC checks for escalation, by what it writes.
fn writes_rbac(request: &Request) -> bool {
    let Target::Resource(target) = &request.target else { return false };
    target.api_group.as_str() == "rbac.authorization.k8s.io"
        && matches!(request.verb.as_str(), "create" | "update" | "patch")
        && matches!(
            target.resource.as_str(),
            "roles" | "clusterroles" | "rolebindings" | "clusterrolebindings"
        )
}
