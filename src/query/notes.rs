//! What a careful reader of an answer must know.

mod doors;
mod versions;

pub(super) use doors::{access_entries, creator_hidden, of_principal};

use super::can_i::{Answer, Caller, CaseAnswer, Verdict};
use crate::access::{Admission, Policy, Rules, decide};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::identity::session::is_session_name;
use crate::identity::{Because, Hole, Identity, Membership, PrincipalKind, Session};
use crate::manifest::Loaded;
use crate::model::{Namespace, Request, Subject, Target};
use crate::source::Step;

fn note(code: Code, spot: Spot, message: impl Into<String>) -> Finding {
    Finding::new(code, Severity::Note, spot, message)
}

/// The notes of an answer, and whether one of them tells of something missing that could turn it.
pub fn of_answer(
    loaded: &Loaded,
    policy: &Policy<'_>,
    caller: &Caller,
    answer: &Answer<'_>,
    request: &Request,
) -> (Vec<Finding>, bool) {
    let mut notes = Vec::new();
    let mut incomplete = false;
    notes.extend(of_caller(caller, answer.verdict == Verdict::Depends));
    for case in &answer.cases {
        // what a platform does not publish is a gap
        for bound in case.dangling().filter(|bound| !bound.is_builtin) {
            let binding = bound.binding;
            let what = format!("{} `{}`", binding.role_ref.kind, binding.role_ref.name);
            let spot = binding.origin.at([Step::Field("roleRef")]).into();
            let message = format!(
                "{what}, which {} `{}` gives to the caller, is not among the manifests",
                binding.kind(),
                binding.name
            );
            push_new(&mut notes, note(Code::RoleNotFound, spot, message));
            incomplete = true;
        }
        if let Some(identity) = case.identity() {
            of_identity(identity, &mut notes);
            if !case.is_allowed() {
                incomplete |= absent_sources(policy, identity, request, &mut notes);
            }
        }
    }
    if let Some(principal) = caller.principal() {
        incomplete |= doors::of_principal(
            policy.cluster,
            principal,
            &answer.cases,
            answer.verdict == Verdict::Allow,
            &mut notes,
        );
    }
    doors::of_policies(policy, answer, request, &mut notes);
    versions::of_websocket(loaded, policy, answer, request, &mut notes);
    if answer.verdict == Verdict::Deny {
        notes.extend(elsewhere(loaded, policy, answer, request));
    }
    if let Some(finding) = chosen_by_caller(answer) {
        notes.push(finding);
    }
    (notes, incomplete)
}

fn push_new(notes: &mut Vec<Finding>, finding: Finding) {
    if !notes.contains(&finding) {
        notes.push(finding);
    }
}

/// What there is to say about the caller alone; whether the answer depends on the session name makes a difference.
pub(super) fn of_caller(caller: &Caller, depends: bool) -> Vec<Finding> {
    let told = |remarks: &[String]| -> Vec<Finding> {
        remarks.iter().map(|remark| note(Code::CredentialRemark, Spot::Nowhere, remark.clone())).collect()
    };
    let principal = match caller {
        Caller::Credential(credential) => return told(&credential.remarks),
        Caller::User { .. } => return Vec::new(),
        Caller::Principal(principal) => principal,
    };
    let mut notes = told(&principal.remarks);
    if !principal.dropped_path.is_empty() {
        let message = format!(
            "the path `{}` of the given role is dropped, as STS does: the caller is `{}`",
            principal.dropped_path, principal.canonical
        );
        notes.push(note(Code::RolePathDropped, Spot::Nowhere, message));
    }
    if let Session::Known(name) = &principal.session
        && !is_session_name(name.as_str())
    {
        let message = format!(
            "STS would not accept {:?} as a session name: 2 to 64 of `A-Za-z0-9_+=,.@-`",
            name.as_str()
        );
        notes.push(note(Code::SessionNameUnusual, Spot::Nowhere, message));
    }
    if principal.kind == PrincipalKind::Root {
        let message = "`:root` is the root user only, not everyone of the account";
        notes.push(
            note(Code::ArnInvalid, Spot::Nowhere, message).with_help("ask for the account by its 12 digits"),
        );
    }
    if matches!(principal.session, Session::Open(_)) && !depends {
        let message = "no session name was given; the answer is the same for all of them";
        notes.push(note(Code::ValueNotGiven, Spot::Nowhere, message));
    }
    notes
}

/// What there is to say about how the caller is mapped.
pub(super) fn of_identity(identity: &Identity<'_>, notes: &mut Vec<Finding>) {
    if let Some((aws_auth, mapping)) = identity.mapping() {
        let spot: Spot = mapping.address(aws_auth.origin).into();
        if identity.username.known() == Some("") {
            let message = "the username is empty: kubectl works, and front-proxied APIs such as metrics answer Unauthorized";
            push_new(notes, note(Code::UsernameEmpty, spot.clone(), message));
        }
        for hole in identity.username.holes().filter(|hole| matches!(hole, Hole::AccessKey | Hole::HostName))
        {
            let message = format!("`{}` was not given, and stays open in the username", hole.token());
            push_new(notes, note(Code::ValueNotGiven, spot.clone(), message));
        }
        let asks_for_key = std::iter::once(&mapping.username)
            .chain(&mapping.groups)
            .any(|template| template.contains(Hole::AccessKey.token()));
        if asks_for_key
            && identity.principal.is_some_and(|principal| principal.access_key.as_deref() == Some(""))
        {
            let message = "`{{AccessKeyID}}` was not given, and counts as the empty text";
            push_new(notes, note(Code::ValueNotGiven, spot.clone(), message));
        }
        if identity.when.chance.is_some() {
            let message = "several entries fit the caller: the authenticator takes a random one at each call";
            push_new(notes, note(Code::MappingRandom, spot, message));
        }
    }
    doors::of_mapping(identity, notes);
    let node = identity.username.to_string().starts_with("system:node:")
        && identity.groups.iter().any(|member| member.group.known() == Some("system:nodes"));
    if node {
        let message = "this is a node: the Node authorizer answers beside RBAC, by what runs there; only RBAC is modelled";
        push_new(notes, note(Code::NodeAuthorizerNotModelled, Spot::Nowhere, message));
    }
}

/// Aggregated roles of the caller whose written rules show that a source is missing, where one of these would have fitted.
fn absent_sources(
    policy: &Policy<'_>,
    identity: &Identity<'_>,
    request: &Request,
    notes: &mut Vec<Finding>,
) -> bool {
    let mut missing = false;
    for bound in policy.bindings_of(identity, request.namespace()) {
        let Some(rules) = policy.role_of(bound.binding) else { continue };
        let Rules::Aggregated(role, aggregated) = rules else { continue };
        let written_only =
            aggregated.written_only.iter().filter_map(|&place| Some((place, role.rules.get(place)?)));
        for (place, rule) in written_only {
            if crate::access::matching::admits(rule, request).is_some() {
                missing = true;
                let spot = role.origin.at([Step::Field("rules"), Step::Item(place)]).into();
                let message = format!(
                    "ClusterRole `{}` is aggregated, and this written rule comes from no ClusterRole among the manifests: a source is missing, or the controller would drop the rule",
                    role.name
                );
                push_new(notes, note(Code::AggregationDrift, spot, message));
            }
        }
        if aggregated.in_cycle {
            let message = format!(
                "ClusterRole `{}` aggregates itself through others: what is in force depends on history",
                role.name
            );
            push_new(notes, note(Code::AggregationCycle, role.origin.at([]).into(), message));
        }
    }
    missing
}

/// The namespaces in which the same request would be a yes.
fn elsewhere(
    loaded: &Loaded,
    policy: &Policy<'_>,
    answer: &Answer<'_>,
    request: &Request,
) -> Option<Finding> {
    let Target::Resource(target) = &request.target else { return None };
    if target.namespace.is_empty() || !matches!(answer.cases.len(), 1) {
        return None;
    }
    let identity = answer.cases.first().and_then(CaseAnswer::identity)?;
    let mut namespaces: Vec<&Namespace> = policy
        .bindings_anywhere(identity)
        .iter()
        .filter_map(|bound| bound.binding.namespace.as_ref())
        .collect();
    namespaces.sort();
    namespaces.dedup();
    namespaces.retain(|namespace| {
        decide(policy, identity, &request.in_namespace((*namespace).clone())).is_allowed()
    });
    let first = namespaces.first()?;
    let shown: Vec<String> = namespaces.iter().take(5).map(ToString::to_string).collect();
    let more =
        if namespaces.len() > 5 { format!(" and {} more", namespaces.len() - 5) } else { String::new() };
    let message = format!("the answer is yes in namespace {}{more}", shown.join(", "));
    let _ = loaded;
    Some(note(Code::AllowedElsewhere, Spot::Nowhere, message).with_help(format!("ask there: `-n {first}`")))
}

/// Whether a yes rests on the session name: on a name that the mapping makes of it.
pub(super) fn rests_on_session(identity: &Identity<'_>, admission: &Admission<'_>) -> bool {
    let Some((_, mapping)) = identity.mapping() else { return false };
    let templated = |text: &str| text.contains("{{SessionName}}") || text.contains("{{SessionNameRaw}}");
    let is_templated = |member: &Membership| match member.because {
        Because::Mapping(position) => mapping.groups.get(position).is_some_and(|group| templated(group)),
        _ => false,
    };
    match admission {
        Admission::PrivilegedGroup { membership } => {
            identity.groups.get(*membership).is_some_and(is_templated)
        }
        Admission::Rule(grant) => match grant.bound.subject.item {
            Subject::User(_) | Subject::ServiceAccount { .. } => templated(&mapping.username),
            Subject::Group(name) => identity
                .groups
                .iter()
                .any(|member| member.group.known() == Some(name.as_str()) && is_templated(member)),
        },
        // it belongs to the principal, whatever its session
        Admission::AccessPolicy(_) => false,
    }
}

/// A yes that rests on a session name which whoever assumes the role may choose.
fn chosen_by_caller(answer: &Answer<'_>) -> Option<Finding> {
    let resting = answer.cases.iter().find(|case| {
        let both = case.identity().zip(case.admission());
        both.is_some_and(|(identity, admission)| rests_on_session(identity, admission))
    })?;
    let (aws_auth, mapping) = resting.identity()?.mapping()?;
    let spot = mapping.address(aws_auth.origin).into();
    let message = "this yes rests on the session name, which the caller chooses: anyone who may assume the role can take it";
    let mut finding = note(Code::SessionChosenByCaller, spot, message);
    finding.severity = Severity::Warning;
    finding.help = Some(
        "confine the names with `sts:RoleSessionName` in the role's trust policy, or bind a group".into(),
    );
    Some(finding)
}
