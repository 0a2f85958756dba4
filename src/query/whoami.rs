//! For whom does the cluster take this caller? One identity for each case of the caller, with the reason for each part.

use super::can_i::{Caller, CaseAnswer, cases_of, depends_on, impersonate};
use super::chain::{group_links, taken_on_links};
use super::setting::Setting;
use super::why::Reason;
use super::{constrained, gaps, notes, why};
use crate::access::Policy;
use crate::finding::{Code, Finding, Severity, Spot};
use crate::identity::impersonation::{Impersonation, service_account};
use crate::identity::{Case, Hole, Identity};
use crate::manifest::Loaded;
use crate::model::{Request, ResourceTarget, Target};

/// How much is known of the caller's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Username and groups, and they are the same for all that the caller stands for.
    Known,
    /// The caller is not let in, or may not act as the one named.
    Refused,
    /// It is not the same for all that the caller stands for, or chance decides.
    Depends,
}

impl Outcome {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Refused => "refused",
            Self::Depends => "depends",
        }
    }
}

/// Who a caller is, with everything that it rests on.
#[derive(Clone, Debug)]
pub struct Recognition<'p> {
    /// The word.
    pub outcome: Outcome,
    /// What a `Depends` depends on, in words.
    pub on: Vec<&'static str>,
    /// The cases: disjoint, covering everyone that the caller stands for, and not empty. None is decided about
    /// anything: their outcomes are empty, and their chains end at the groups.
    pub cases: Vec<CaseAnswer<'p>>,
    /// Why a caller is not let in; empty where none is refused.
    pub why: Vec<Reason>,
    /// What could not be read and could turn the answer.
    pub gaps: Vec<Finding>,
    /// What a careful reader must know.
    pub notes: Vec<Finding>,
    /// False where something missing or unread could turn the answer.
    pub complete: bool,
    /// What the cluster is taken for.
    pub setting: Setting,
}

/// Says who a caller is, and who it is when it acts as somebody else.
pub fn recognize<'p>(
    loaded: &'p Loaded,
    policy: &'p Policy<'p>,
    caller: &'p Caller,
    impersonation: Option<&Impersonation>,
) -> Recognition<'p> {
    let cases: Vec<CaseAnswer<'p>> = merged(
        cases_of(policy, caller).into_iter().map(|case| recognize_case(policy, caller, impersonation, case)),
    );
    let outcome = outcome(&cases);
    let mut gaps = Vec::new();
    let constrained = cases.iter().filter_map(|case| constrained::gap(policy, case));
    let unread = cases.iter().flat_map(|case| gaps::of_identity(loaded, caller, case));
    for gap in unread.chain(constrained) {
        if !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }
    let (notes, incomplete) = notes_of(policy, caller, outcome, &cases);
    Recognition {
        outcome,
        on: if outcome == Outcome::Depends { on(&cases) } else { Vec::new() },
        why: reasons(policy, caller, &cases),
        notes,
        complete: gaps.is_empty() && !incomplete,
        setting: Setting::of(policy.cluster),
        gaps,
        cases,
    }
}

/// One case. The chain tells of the caller's own identity, and then of the one taken on.
pub(super) fn recognize_case<'p>(
    policy: &'p Policy<'p>,
    caller: &Caller,
    impersonation: Option<&Impersonation>,
    case: Case<'p>,
) -> CaseAnswer<'p> {
    let mut answer = CaseAnswer::begun(caller, case);
    let Ok(own) = answer.identity.clone() else { return answer };
    answer.chain.extend(group_links(&own));
    if let Some(impersonation) = impersonation {
        let impersonated = impersonate(policy, &own, impersonation);
        if let Some(identity) = &impersonated.identity {
            answer.chain.extend(taken_on_links(identity));
            answer.chain.extend(group_links(identity));
        }
        answer.impersonation = Some(impersonated);
    }
    answer
}

/// Cases that are refused for one and the same reason are one case.
fn merged<'p>(cases: impl Iterator<Item = CaseAnswer<'p>>) -> Vec<CaseAnswer<'p>> {
    let mut merged: Vec<CaseAnswer<'p>> = Vec::new();
    for case in cases {
        let same = merged.iter_mut().find(|known| case.identity.is_err() && known.identity == case.identity);
        match same {
            Some(known) => known.when.extend(case.when),
            None => merged.push(case),
        }
    }
    merged
}

fn outcome(cases: &[CaseAnswer<'_>]) -> Outcome {
    match cases {
        _ if cases.iter().any(|case| case.open_on().is_some()) => Outcome::Depends,
        [case] => match case.identity() {
            Some(identity) if holes(identity).next().is_some() => Outcome::Depends,
            Some(_) => Outcome::Known,
            None => Outcome::Refused,
        },
        _ if cases.iter().all(|case| case.identity().is_none()) => Outcome::Refused,
        _ => Outcome::Depends,
    }
}

/// The request that `kubectl auth whoami` makes, for explanations, which weigh what would let a caller do something.
fn self_review() -> Request {
    let target = ResourceTarget {
        api_group: "authentication.k8s.io".into(),
        resource: "selfsubjectreviews".into(),
        ..ResourceTarget::default()
    };
    Request { verb: "create".into(), target: Target::Resource(target) }
}

/// What is still open in the names of an identity.
pub fn holes<'i>(identity: &'i Identity<'_>) -> impl Iterator<Item = Hole> + 'i {
    identity.username.holes().chain(identity.groups.iter().flat_map(|member| member.group.holes()))
}

fn on(cases: &[CaseAnswer<'_>]) -> Vec<&'static str> {
    let mut on = depends_on(cases);
    for hole in cases.iter().filter_map(CaseAnswer::identity).flat_map(holes) {
        let what = match hole {
            Hole::Session | Hole::SessionRaw => "session name",
            Hole::HostName => "host name",
            Hole::AccessKey => "access key id",
            Hole::Anyone => "principal",
        };
        if !on.contains(&what) {
            on.push(what);
        }
    }
    on
}

/// Why the first case that is refused is refused.
pub(super) fn reasons(policy: &Policy<'_>, caller: &Caller, cases: &[CaseAnswer<'_>]) -> Vec<Reason> {
    for case in cases {
        match (&case.identity, &case.impersonation) {
            (Err(why), _) => {
                let Some(principal) = caller.principal() else { continue };
                return why::unauthenticated(policy, principal, why, &self_review());
            }
            (Ok(own), Some(impersonated)) if impersonated.identity.is_none() => {
                let Some((request, _)) = impersonated.checks.last() else { continue };
                return super::can_i::impersonation_reasons(policy, own, request);
            }
            _ => {}
        }
    }
    Vec::new()
}

/// The notes, and whether one of them tells of something missing that could turn the answer.
fn notes_of(
    policy: &Policy<'_>,
    caller: &Caller,
    outcome: Outcome,
    cases: &[CaseAnswer<'_>],
) -> (Vec<Finding>, bool) {
    let mut found = notes::of_caller(caller, outcome == Outcome::Depends);
    if let Caller::User { name, groups } = caller {
        found.extend(bare_service_account(name, groups));
    }
    for identity in cases.iter().filter_map(|case| case.identity.as_ref().ok()) {
        notes::of_identity(identity, &mut found);
        if let Some(finding) = session_in_name(identity).filter(|finding| !found.contains(finding)) {
            found.push(finding);
        }
    }
    let is_known = cases.iter().all(|case| case.identity.is_ok());
    let incomplete = caller
        .principal()
        .is_some_and(|principal| notes::of_principal(policy.cluster, principal, cases, is_known, &mut found));
    (found, incomplete)
}

/// A service account that is asked about by its username alone lacks the groups that its tokens carry.
pub(super) fn bare_service_account(username: &str, groups: &[String]) -> Option<Finding> {
    let (namespace, _) = service_account(username).filter(|_| groups.is_empty())?;
    let of_namespace = format!("system:serviceaccounts:{namespace}");
    let message = format!(
        "a token of this service account is also in the groups `system:serviceaccounts` and `{of_namespace}`, which were not given"
    );
    let finding = Finding::new(Code::ValueNotGiven, Severity::Note, Spot::Nowhere, message);
    Some(finding.with_help(format!("add `--group system:serviceaccounts --group {of_namespace}`")))
}

/// A name that whoever assumes the role may choose.
pub(super) fn session_in_name(identity: &Identity<'_>) -> Option<Finding> {
    let (aws_auth, mapping) = identity.mapping()?;
    identity.principal.filter(|principal| principal.kind == crate::identity::PrincipalKind::Role)?;
    let templated = |text: &str| text.contains("{{SessionName}}") || text.contains("{{SessionNameRaw}}");
    let what = if templated(&mapping.username) {
        "the username"
    } else if mapping.groups.iter().any(|group| templated(group)) {
        "a group"
    } else {
        return None;
    };
    let spot = mapping.address(aws_auth.origin).into();
    let message = format!(
        "{what} is made of the session name, which the caller chooses: anyone who may assume the role can take it"
    );
    let finding = Finding::new(Code::SessionChosenByCaller, Severity::Warning, spot, message);
    Some(finding.with_help(
        "confine the names with `sts:RoleSessionName` in the role's trust policy, or bind a group",
    ))
}
