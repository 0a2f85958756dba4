//! What a caller may do: one walk over bindings and one matcher of rules, and the evidence of what they found.
//!
//! Authorizers are asked in upstream's order, and a yes of any of them is a yes; none of those modelled here can
//! forbid. Where EKS asks its access policies is not published, and makes no difference to the answer: here, last. Upstream: Kubernetes 1.34, `pkg/kubeapiserver/authorizer/reload.go` (the order),
//! `plugin/pkg/auth/authorizer/rbac/rbac.go`.

pub mod access_policy;
pub mod aggregation;
pub mod covers;
pub mod matching;
mod mentions;
pub mod policy;
pub mod trust;

use crate::identity::Identity;
use crate::model::{Namespace, Request};
use crate::source::Origin;
pub use access_policy::{Associated, OpenPolicy, PolicyGrant, Unsettled};
use matching::{Match, admits};
pub use policy::{Bound, InForce, Nth, Policy, Rules};

/// The group whose members may do everything, before any other authorizer is asked.
pub const PRIVILEGED: &str = "system:masters";

/// The answer to one request of one caller, with what it rests on.
#[derive(Clone, Debug)]
pub enum Decision<'p> {
    /// An authorizer said yes: this is the first of its reasons.
    Allowed(Admission<'p>),
    /// None did.
    Denied {
        /// Bindings that name the caller and refer to a role that is not there, in the order of the walk.
        dangling: Vec<Bound<'p>>,
    },
    /// None said yes, and of an access policy that is associated with the caller's entry it is not known.
    Unsettled {
        /// As for a no.
        dangling: Vec<Bound<'p>>,
        /// The policies, in order of loading; never empty.
        open: Vec<OpenPolicy<'p>>,
    },
}

/// One reason for a yes.
#[derive(Clone, Copy, Debug)]
pub enum Admission<'p> {
    /// The caller is in the privileged group: the place of the membership among the caller's groups.
    PrivilegedGroup {
        /// Place in the caller's groups.
        membership: usize,
    },
    /// A rule of RBAC.
    Rule(Grant<'p>),
    /// A rule of an access policy of EKS.
    AccessPolicy(PolicyGrant<'p>),
}

/// A rule that reaches the caller and admits the request.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'p> {
    /// The binding and its subject.
    pub bound: Bound<'p>,
    /// The rule.
    pub rule: InForce<'p>,
    /// The elements that admitted the request.
    pub by: Match,
}

impl Admission<'_> {
    /// The authorizer that said yes, as it is named in chains.
    pub const fn authorizer(&self) -> &'static str {
        match self {
            Self::PrivilegedGroup { .. } => "privileged-group",
            Self::Rule(_) => "rbac",
            Self::AccessPolicy(_) => "eks-access-policy",
        }
    }
}

impl<'p> Admission<'p> {
    /// The namespace in which it holds, or the pattern of namespaces of an access policy; none for everywhere.
    pub fn namespace(&self) -> Option<&'p Namespace> {
        match self {
            Self::PrivilegedGroup { .. } => None,
            Self::Rule(grant) => grant.bound.binding.namespace.as_ref(),
            Self::AccessPolicy(grant) => grant.within,
        }
    }

    /// Whether it holds for objects of all names.
    pub const fn is_for_all_names(&self) -> bool {
        let by = match self {
            Self::PrivilegedGroup { .. } => return true,
            Self::Rule(grant) => grant.by,
            Self::AccessPolicy(grant) => grant.by,
        };
        matches!(by, Match::Url { .. } | Match::Resource { name: None, .. })
    }
}

impl<'p> Decision<'p> {
    /// Whether it is a yes.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }

    /// Whether it is neither a yes nor a no.
    pub const fn is_unsettled(&self) -> bool {
        matches!(self, Self::Unsettled { .. })
    }

    /// Bindings of the caller whose role is not there; empty for a yes.
    pub fn dangling(&self) -> &[Bound<'p>] {
        match self {
            Self::Allowed(_) => &[],
            Self::Denied { dangling } | Self::Unsettled { dangling, .. } => dangling,
        }
    }
}

/// Decides a request, and stops at the first reason for a yes.
pub fn decide<'p>(policy: &'p Policy<'_>, caller: &Identity<'_>, request: &Request) -> Decision<'p> {
    Reach::of(policy, caller, request.namespace()).decide(request)
}

/// What reaches a caller in one scope, for deciding many requests there.
#[derive(Clone, Debug)]
pub struct Reach<'p> {
    privileged: Option<Admission<'p>>,
    bound: Vec<(Bound<'p>, Option<Rules<'p>>)>,
    policies: Vec<Associated<'p>>,
}

impl<'p> Reach<'p> {
    /// What reaches the caller in a namespace, or cluster-wide.
    pub fn of(policy: &'p Policy<'_>, caller: &Identity<'_>, namespace: Option<&Namespace>) -> Self {
        let privileged = privileged(caller);
        let bound = match privileged {
            Some(_) => Vec::new(),
            None => policy.rules_for(caller, namespace),
        };
        Self { privileged, bound, policies: access_policy::of(policy, caller) }
    }

    /// The privileged membership, and the bindings, each with the place of its subject: callers of one mapping who
    /// share them share all decisions.
    pub fn bindings(&self) -> (Option<usize>, Vec<(Origin, usize)>) {
        let membership = match self.privileged {
            Some(Admission::PrivilegedGroup { membership }) => Some(membership),
            _ => None,
        };
        let bound = self.bound.iter().map(|(bound, _)| (bound.binding.origin, bound.subject.position));
        (membership, bound.collect())
    }

    /// The roles by whose rules alone it decides; none where something else may decide too.
    pub fn roles(&self) -> Option<impl Iterator<Item = Rules<'p>>> {
        let by_rules = self.privileged.is_none() && self.policies.is_empty();
        by_rules.then(|| self.bound.iter().filter_map(|(_, rules)| *rules))
    }

    /// Whether its decisions turn on the namespace of a request beyond what reaches the caller there: access policies have
    /// patterns of namespaces.
    pub const fn asks_namespace(&self) -> bool {
        !self.policies.is_empty()
    }

    /// Decides a request of this scope, and stops at the first reason for a yes.
    pub fn decide(&self, request: &Request) -> Decision<'p> {
        if let Some(admission) = self.privileged {
            return Decision::Allowed(admission);
        }
        let mut dangling = Vec::new();
        for (bound, rules) in &self.bound {
            let Some(rules) = rules else {
                dangling.push(*bound);
                continue;
            };
            if let Some(grant) = grants(*bound, *rules, request).next() {
                return Decision::Allowed(Admission::Rule(grant));
            }
        }
        let (grants, open) = access_policy::look(&self.policies, request);
        match grants.first() {
            Some(grant) => Decision::Allowed(Admission::AccessPolicy(*grant)),
            None if open.is_empty() => Decision::Denied { dangling },
            None => Decision::Unsettled { dangling, open },
        }
    }
}

/// Every reason for a yes, in the order in which [`decide`] would meet them; empty for a no.
pub fn admissions<'p>(
    policy: &'p Policy<'_>,
    caller: &Identity<'_>,
    request: &Request,
) -> impl Iterator<Item = Admission<'p>> {
    let bound = policy.bindings_of(caller, request.namespace());
    let by_rules = bound.into_iter().filter_map(|bound| Some((bound, policy.role_of(bound.binding)?)));
    let by_rules =
        by_rules.flat_map(move |(bound, rules)| grants(bound, rules, request).map(Admission::Rule));
    let (by_policies, _) = access_policy::look(&access_policy::of(policy, caller), request);
    let by_policies = by_policies.into_iter().map(Admission::AccessPolicy);
    privileged(caller).into_iter().chain(by_rules).chain(by_policies)
}

fn privileged<'p>(caller: &Identity<'_>) -> Option<Admission<'p>> {
    let membership = caller.groups.iter().position(|member| member.group.known() == Some(PRIVILEGED))?;
    Some(Admission::PrivilegedGroup { membership })
}

fn grants<'p>(bound: Bound<'p>, rules: Rules<'p>, request: &Request) -> impl Iterator<Item = Grant<'p>> {
    rules.iter().filter_map(move |rule| Some(Grant { bound, rule, by: admits(rule.rule.item, request)? }))
}
