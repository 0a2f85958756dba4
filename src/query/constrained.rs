//! Acting as somebody else in the form that Kubernetes 1.35 brought: permissions of the verbs `impersonate:MODE` and
//! `impersonate-on:MODE:VERB`, beside the older `impersonate`. Which of the two a cluster asks for is not in its manifests.
//!
//! Upstream: Kubernetes 1.36, `apiserver/pkg/endpoints/filters/impersonation`; KEP-5284.

use super::can_i::CaseAnswer;
use crate::access::Policy;
use crate::finding::{Code, Finding, Severity};

/// The gap of a no to acting as somebody else, where the caller is given rules of the newer form: they are not modelled.
pub(super) fn gap(policy: &Policy<'_>, case: &CaseAnswer<'_>) -> Option<Finding> {
    let own = case.identity.as_ref().ok()?;
    case.impersonation.as_ref().filter(|impersonated| impersonated.identity.is_none())?;
    let is_newer = |verb: &str| verb.starts_with("impersonate:") || verb.starts_with("impersonate-on:");
    let bound = policy.bindings_anywhere(own);
    let roles = bound.iter().filter_map(|bound| Some((bound, policy.role_of(bound.binding)?)));
    let mut giving = roles.filter(|(_, rules)| {
        rules.iter().any(|rule| rule.rule.item.verbs.iter().any(|verb| is_newer(verb.as_str())))
    });
    let (_, rules) = giving.next()?;
    let role = rules.role();
    let message = format!(
        "{} `{}` gives the caller impersonation in the constrained form: where the API server has it (alpha in Kubernetes 1.35, on by default from 1.36) the answer may be yes",
        role.kind(),
        role.name
    );
    let finding =
        Finding::new(Code::ImpersonationConstrained, Severity::Error, role.origin.at([]).into(), message);
    Some(finding.with_help("it is not modelled: ask the cluster, `kubectl auth can-i … --as …`"))
}
