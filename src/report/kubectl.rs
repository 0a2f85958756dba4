//! A no in kubectl's words, so that people who search for their error find it.
//!
//! Upstream: Kubernetes 1.34, `apiserver/pkg/endpoints/handlers/responsewriters/errors.go`, and client-go.

use std::fmt::Write as _;

use super::text::visible;
use crate::access::Decision;
use crate::identity::Identity;
use crate::model::{Binding, Request, RoleKind, Target};
use crate::query::can_i::CaseAnswer;

/// A text in quotes as Go's `%q` writes it.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_control() && (c as u32) < 0x80 => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c if visible(c.encode_utf8(&mut [0; 4])).len() > c.len_utf8() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The error that kubectl would show, for a no.
pub fn kubectl_error(case: &CaseAnswer<'_>, asked: &Request) -> Option<String> {
    if case.open_on().is_some() {
        return None;
    }
    if let Some(error) = error_of_identity(case) {
        return Some(error);
    }
    match &case.outcome {
        Some(decision @ Decision::Denied { .. }) => Some(forbidden(case.identity()?, asked, decision)),
        _ => None,
    }
}

/// The error that kubectl would show whatever is asked: for a caller who is not let in, or may not act as somebody else.
pub fn error_of_identity(case: &CaseAnswer<'_>) -> Option<String> {
    if case.identity.is_err() {
        return Some("error: You must be logged in to the server (Unauthorized)".to_owned());
    }
    let impersonated = case.impersonation.as_ref().filter(|impersonated| impersonated.identity.is_none())?;
    let (request, decision) = impersonated.checks.last()?;
    Some(forbidden(case.identity.as_ref().ok()?, request, decision))
}

/// The error that kubectl would show for a request that RBAC does not allow.
pub fn forbidden(identity: &Identity<'_>, request: &Request, decision: &Decision<'_>) -> String {
    let user = quoted(&identity.username.to_string());
    let verb = &request.verb;
    let what = match &request.target {
        Target::Url(path) => format!("forbidden: User {user} cannot {verb} path {}", quoted(path.as_str())),
        Target::Resource(target) => {
            let group = target.api_group.as_str();
            let dot = if group.is_empty() { "" } else { "." };
            let name = if target.name.is_empty() {
                String::new()
            } else {
                format!(" {}", quoted(target.name.as_str()))
            };
            let sub = target.subresource.as_str();
            let whole = if sub.is_empty() {
                target.resource.to_string()
            } else {
                format!("{}/{sub}", target.resource)
            };
            let scope = if target.namespace.is_empty() {
                "at the cluster scope".to_owned()
            } else {
                format!("in the namespace {}", quoted(target.namespace.as_str()))
            };
            format!(
                "{}{dot}{group}{name} is forbidden: User {user} cannot {verb} resource {} in API group {} {scope}",
                target.resource,
                quoted(&whole),
                quoted(group),
            )
        }
    };
    let reason = reason(decision);
    let separator = if reason.is_empty() { "" } else { ": " };
    format!("Error from server (Forbidden): {what}{separator}{reason}")
}

/// The reason that the RBAC authorizer gives for a no: roles that are not there, each once.
/// Upstream: Kubernetes 1.34, `plugin/pkg/auth/authorizer/rbac/rbac.go`, and `utilerrors.Aggregate`.
fn reason(decision: &Decision<'_>) -> String {
    let Decision::Denied { dangling } = decision else { return String::new() };
    let mut errors: Vec<String> = Vec::new();
    // where the platform does not publish a role, it is there all the same
    for bound in dangling.iter().filter(|bound| !bound.is_builtin) {
        let error = not_found(bound.binding);
        if !errors.contains(&error) {
            errors.push(error);
        }
    }
    match &errors[..] {
        [] => String::new(),
        [one] => format!("RBAC: {one}"),
        several => format!("RBAC: [{}]", several.join(", ")),
    }
}

fn not_found(binding: &Binding) -> String {
    let kind = match binding.role_ref.kind {
        RoleKind::Role => "role",
        RoleKind::ClusterRole => "clusterrole",
    };
    format!("{kind}.rbac.authorization.k8s.io {} not found", quoted(binding.role_ref.name.as_str()))
}
