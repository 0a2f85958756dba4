//! May this caller do this? One decision for each case of the caller, and what a reader needs beside them.

use super::chain::{
    Link, admission_links, association_link, bound_links, identity_links, taken_on_links,
    unauthenticated_links,
};
use super::constrained;
use super::gaps;
use super::notes;
use super::setting::Setting;
use super::why::{self, Reason};
use crate::access::{Admission, Bound, Decision, PRIVILEGED, Policy, admissions, decide};
use crate::finding::{Code, Finding};
use crate::identity::impersonation::Impersonation;
use crate::identity::{Case, Credential, Identity, Principal, Unauthenticated, Unknown, When, authenticate};
use crate::manifest::Loaded;
use crate::model::{Open, Request};

/// Who asks.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A principal of AWS, mapped by whichever door knows it.
    Principal(Box<Principal>),
    /// A plain Kubernetes user.
    User {
        /// The username.
        name: String,
        /// The groups, without the implied one.
        groups: Vec<String>,
    },
    /// Whoever a credential of Kubernetes' own is for.
    Credential(Box<Credential>),
}

impl Caller {
    /// The principal, if there is one.
    pub fn principal(&self) -> Option<&Principal> {
        match self {
            Self::Principal(principal) => Some(principal),
            Self::User { .. } | Self::Credential(_) => None,
        }
    }
}

/// The answer in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Yes, for all that the caller stands for.
    Allow,
    /// No, for all of them.
    Deny,
    /// Yes for some of them, or by chance.
    Depends,
}

impl Verdict {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Depends => "depends",
        }
    }
}

/// An answer with everything that it rests on.
#[derive(Clone, Debug)]
pub struct Answer<'p> {
    /// The word.
    pub verdict: Verdict,
    /// What a `Depends` depends on, in words.
    pub on: Vec<&'static str>,
    /// The request.
    pub request: Request,
    /// The cases: disjoint, covering everyone that the caller stands for, and not empty. Callers with the same answer
    /// by the same chain are one case.
    pub cases: Vec<CaseAnswer<'p>>,
    /// Why not, for the first case that is no; empty for a yes.
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

/// The answer for some of the callers.
#[derive(Clone, Debug)]
pub struct CaseAnswer<'p> {
    /// Which ones, as disjoint conditions; never empty.
    pub when: Vec<When>,
    /// What they are taken for, or why they are not let in.
    pub identity: Result<Identity<'p>, Unauthenticated<'p>>,
    /// The permissions to act as somebody else, if that is asked, and who they are then.
    pub impersonation: Option<Impersonated<'p>>,
    /// The decision; none where it did not come to that.
    pub outcome: Option<Decision<'p>>,
    /// The chain of the answer.
    pub chain: Vec<Link>,
    /// Further chains to the same yes, if they were asked for, and how many there are.
    pub others: Vec<Vec<Link>>,
    /// How many further chains there are.
    pub other_count: usize,
}

/// Acting as somebody else.
#[derive(Clone, Debug)]
pub struct Impersonated<'p> {
    /// Each permission that it takes, with the decision, up to the first no.
    pub checks: Vec<(Request, Decision<'p>)>,
    /// The identity taken on; none where a permission is missing.
    pub identity: Option<Identity<'p>>,
    /// The chain of each permission.
    pub chains: Vec<Vec<Link>>,
}

impl<'p> CaseAnswer<'p> {
    /// A case before anything is asked: its chain leads to the caller's own identity, or to why there is none.
    pub(super) fn begun(caller: &Caller, case: Case<'p>) -> Self {
        let chain = match &case.outcome {
            Ok(own) => identity_links(own),
            Err(why) => {
                caller.principal().map(|principal| unauthenticated_links(principal, why)).unwrap_or_default()
            }
        };
        Self {
            when: vec![case.when],
            identity: case.outcome,
            impersonation: None,
            outcome: None,
            chain,
            others: Vec::new(),
            other_count: 0,
        }
    }

    /// Whether it is a yes.
    pub fn is_allowed(&self) -> bool {
        self.outcome.as_ref().is_some_and(Decision::is_allowed)
    }

    /// Whom the request was decided for: the identity taken on, or the caller's own.
    pub fn identity(&self) -> Option<&Identity<'p>> {
        match &self.impersonation {
            Some(impersonation) => impersonation.identity.as_ref(),
            None => self.identity.as_ref().ok(),
        }
    }

    /// The reason of a yes.
    pub fn admission(&self) -> Option<&Admission<'p>> {
        match &self.outcome {
            Some(Decision::Allowed(admission)) => Some(admission),
            _ => None,
        }
    }

    /// Bindings of the caller whose role is not there, where the answer is no.
    pub fn dangling(&self) -> impl Iterator<Item = &Bound<'p>> {
        self.outcome.as_ref().map_or(&[][..], Decision::dangling).iter()
    }

    /// What keeps this from being a no, where it is no yes either: something that is neither in the input nor published.
    pub fn open_on(&self) -> Option<&'static str> {
        let checks = self.impersonation.as_ref().map(|impersonated| &impersonated.checks);
        let last = checks.and_then(|checks| checks.last()).map(|(_, decision)| decision);
        open_on(self.identity.as_ref(), self.outcome.as_ref().or(last))
    }
}

/// A question, ready to be asked of a cluster.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who asks.
    pub caller: Caller,
    /// Whom they act as.
    pub impersonation: Option<Impersonation>,
    /// What they ask.
    pub request: Request,
    /// Whether all chains of a yes are wanted.
    pub all_chains: bool,
}

/// Answers a question. Reasons for a no, gaps and notes are gathered here too, from what loading and the index know.
pub fn answer<'p>(loaded: &'p Loaded, policy: &'p Policy<'p>, question: &'p Question) -> Answer<'p> {
    let cases = cases_of(policy, &question.caller);
    let mut answered: Vec<CaseAnswer<'p>> = Vec::new();
    for case in cases {
        let answer = answer_case(policy, question, case);
        let same = answered.iter_mut().find(|known| is_same(known, &answer));
        match same {
            Some(known) => known.when.extend(answer.when),
            None => answered.push(answer),
        }
    }
    let verdict =
        match (answered.iter().any(CaseAnswer::is_allowed), answered.iter().all(CaseAnswer::is_allowed)) {
            (_, true) => Verdict::Allow,
            (false, _) if answered.iter().all(|case| case.open_on().is_none()) => Verdict::Deny,
            (_, false) => Verdict::Depends,
        };
    let mut answer = Answer {
        verdict,
        on: if verdict == Verdict::Depends { depends_on(&answered) } else { Vec::new() },
        request: question.request.clone(),
        why: reasons(policy, question, &answered),
        gaps: Vec::new(),
        notes: Vec::new(),
        cases: answered,
        complete: true,
        setting: Setting::of(policy.cluster),
    };
    for case in &answer.cases {
        for gap in gaps::of_case(loaded, &question.caller, case) {
            if !answer.gaps.contains(&gap) {
                answer.gaps.push(gap);
            }
        }
    }
    for gap in answer.cases.iter().filter_map(|case| constrained::gap(policy, case)).collect::<Vec<_>>() {
        if !answer.gaps.contains(&gap) {
            answer.gaps.push(gap);
        }
    }
    let (notes, incomplete) = notes::of_answer(loaded, policy, &question.caller, &answer, &question.request);
    answer.notes = notes;
    answer.complete = answer.gaps.is_empty() && !incomplete;
    answer
}

/// The cases of a caller, split by every name that a binding of this cluster singles out.
pub fn cases_of<'p>(policy: &'p Policy<'p>, caller: &'p Caller) -> Vec<Case<'p>> {
    match caller {
        Caller::User { name, groups } => {
            vec![Case { when: When::default(), outcome: Ok(Identity::given(name, groups)) }]
        }
        Caller::Credential(credential) => {
            vec![Case { when: When::default(), outcome: Ok(Identity::of_credential(credential)) }]
        }
        Caller::Principal(principal) => {
            let cases = authenticate(policy.cluster, principal);
            let split = |case: Case<'p>| {
                if is_settled(&case) {
                    return vec![case];
                }
                let usernames: Vec<String> = policy.usernames().collect();
                let groups = policy.groups().chain([PRIVILEGED]);
                case.split(usernames.iter().map(String::as_str), groups)
            };
            cases.into_iter().flat_map(split).collect()
        }
    }
}

/// What keeps an answer from being a no, where it is no yes either.
pub(super) fn open_on(
    identity: Result<&Identity<'_>, &Unauthenticated<'_>>,
    decision: Option<&Decision<'_>>,
) -> Option<&'static str> {
    match (identity, decision) {
        (Err(Unauthenticated::Unknown { what, .. }), _) => Some(match what {
            Unknown::NotDescribed => "access entry that was not described",
            Unknown::UserId => "unique id",
            Unknown::Reserved => "session name",
        }),
        (Err(_), _) | (_, Some(Decision::Allowed(_))) => None,
        (_, Some(Decision::Unsettled { .. })) => Some("unknown part of an access policy"),
        (Ok(identity), _) => {
            let open = identity.mapping().is_some_and(|(_, mapping)| mapping.open == Open::Groups);
            open.then_some("groups that EKS sets and does not publish")
        }
    }
}

fn is_settled(case: &Case<'_>) -> bool {
    case.outcome.as_ref().map_or(true, |identity| {
        identity.username.known().is_some()
            && identity.groups.iter().all(|member| member.group.known().is_some())
    })
}

fn answer_case<'p>(policy: &'p Policy<'p>, question: &Question, case: Case<'p>) -> CaseAnswer<'p> {
    let mut answer = CaseAnswer::begun(&question.caller, case);
    let Ok(own) = answer.identity.clone() else { return answer };
    let mut acting = own.clone();
    if let Some(impersonation) = &question.impersonation {
        let impersonated = impersonate(policy, &own, impersonation);
        let identity = impersonated.identity.clone();
        answer.impersonation = Some(impersonated);
        let Some(identity) = identity else { return answer };
        answer.chain.extend(taken_on_links(&identity));
        acting = identity;
    }
    let decision = decide(policy, &acting, &question.request);
    match &decision {
        Decision::Allowed(admission) => {
            let identity = answer.chain.clone();
            answer.chain.extend(admission_links(&acting, admission));
            let others = admissions(policy, &acting, &question.request).skip(1);
            if question.all_chains {
                let whole = |admission| {
                    identity.iter().cloned().chain(admission_links(&acting, &admission)).collect()
                };
                answer.others = others.map(whole).collect();
                answer.other_count = answer.others.len();
            } else {
                answer.other_count = others.count();
            }
        }
        Decision::Denied { dangling } => {
            answer.chain.extend(dangling.iter().flat_map(bound_links));
        }
        Decision::Unsettled { dangling, open } => {
            answer.chain.extend(dangling.iter().flat_map(bound_links));
            answer.chain.extend(open.iter().map(|open| association_link(open.association)));
        }
    }
    answer.outcome = Some(decision);
    answer
}

/// Asks for each permission that acting as somebody else takes, up to the first no.
pub(super) fn impersonate<'p>(
    policy: &'p Policy<'p>,
    own: &Identity<'p>,
    impersonation: &Impersonation,
) -> Impersonated<'p> {
    let mut impersonated = Impersonated { checks: Vec::new(), identity: None, chains: Vec::new() };
    for request in impersonation.requests() {
        let decision = decide(policy, own, &request);
        let allowed = decision.is_allowed();
        if let Decision::Allowed(admission) = &decision {
            impersonated.chains.push(admission_links(own, admission));
        }
        impersonated.checks.push((request, decision));
        if !allowed {
            return impersonated;
        }
    }
    impersonated.identity = Some(impersonation.identity());
    impersonated
}

/// Whether two cases have the same answer by the same chain but for who is asking.
fn is_same(a: &CaseAnswer<'_>, b: &CaseAnswer<'_>) -> bool {
    let open = |answer: &CaseAnswer<'_>| {
        answer.identity.as_ref().is_ok_and(|identity| identity.when.chance.is_none())
    };
    let behind = |answer: &CaseAnswer<'_>| -> Vec<Link> {
        answer.chain.iter().filter(|link| link.kind > super::chain::LinkKind::Username).cloned().collect()
    };
    match (&a.identity, &b.identity) {
        (Ok(_), Ok(_)) => {
            open(a)
                && open(b)
                && a.is_allowed() == b.is_allowed()
                && a.outcome.is_some()
                && behind(a) == behind(b)
        }
        (Err(a), Err(b)) => a == b,
        _ => false,
    }
}

/// What tells the cases apart, in words.
pub(super) fn depends_on(cases: &[CaseAnswer<'_>]) -> Vec<&'static str> {
    let when = || cases.iter().flat_map(|case| &case.when);
    let differs = |part: fn(&When) -> Option<String>| {
        let mut values: Vec<Option<String>> = when().map(part).collect();
        values.dedup();
        values.len() > 1
    };
    let mut on = Vec::new();
    if differs(|when| when.sessions.as_ref().map(ToString::to_string)) {
        on.push("session name");
    }
    if differs(|when| when.host_name.as_ref().map(ToString::to_string)) {
        on.push("host name");
    }
    if differs(|when| when.access_key.as_ref().map(ToString::to_string)) {
        on.push("access key id");
    }
    if differs(|when| when.principal.as_ref().map(ToString::to_string)) {
        on.push("principal");
    }
    if differs(|when| when.chance.clone()) {
        on.push("chance");
    }
    for open in cases.iter().filter_map(CaseAnswer::open_on) {
        if !on.contains(&open) {
            on.push(open);
        }
    }
    on
}

/// Why not, for the first case that is a no.
fn reasons(policy: &Policy<'_>, question: &Question, cases: &[CaseAnswer<'_>]) -> Vec<Reason> {
    let Some(case) = cases.iter().find(|case| !case.is_allowed()) else { return Vec::new() };
    match (&case.identity, &case.impersonation) {
        (Err(why), _) => {
            let Some(principal) = question.caller.principal() else { return Vec::new() };
            let first =
                question.impersonation.as_ref().and_then(|acting| acting.requests().into_iter().next());
            why::unauthenticated(policy, principal, why, first.as_ref().unwrap_or(&question.request))
        }
        (Ok(own), Some(Impersonated { checks, identity: None, .. })) => {
            let Some((request, _)) = checks.last() else { return Vec::new() };
            impersonation_reasons(policy, own, request)
        }
        (Ok(_), _) => case
            .identity()
            .map(|identity| why::forbidden(policy, identity, &question.request))
            .unwrap_or_default(),
    }
}

/// Why a permission to act as somebody else is missing.
pub(super) fn impersonation_reasons(
    policy: &Policy<'_>,
    own: &Identity<'_>,
    request: &Request,
) -> Vec<Reason> {
    let mut reasons = why::forbidden(policy, own, request);
    if let Some(first) = reasons.first_mut() {
        first.message = format!("{}: {}", not_granted(request), first.message);
        first.code = Code::ImpersonationNotGranted;
    }
    reasons
}

/// Which permission to act as somebody else is missing.
fn not_granted(request: &Request) -> String {
    let crate::model::Target::Resource(target) = &request.target else { return String::new() };
    let what = match target.resource.as_str() {
        "users" => "the user",
        "groups" => "the group",
        "uids" => "the uid",
        "userextras" => "the extra value",
        _ => "the service account",
    };
    format!("the caller may not act as {what} `{}`", target.name)
}
