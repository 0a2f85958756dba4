//! Bindings by what they refer to and to whom they give it.

use std::collections::BTreeSet;

use super::context::Context;
use super::found;
use crate::finding::{Code, Finding};
use crate::identity::{ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED};
use crate::model::placeholder::has_placeholder;
use crate::model::{Binding, Subject};
use crate::query::near::{Known, near};
use crate::source::{Address, Step};

/// Default roles that are meant for everyone.
const FOR_EVERYONE: [&str; 3] = ["system:basic-user", "system:discovery", "system:public-info-viewer"];

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    let roles = Known::new(context.loaded.cluster.roles.values().map(|role| role.name.as_str()));
    for binding in context.own_bindings() {
        if context.policy.role_of(binding).is_none() {
            all.push(dangling(context, &roles, binding));
            continue;
        }
        if FOR_EVERYONE.contains(&binding.role_ref.name.as_str()) {
            continue;
        }
        for (position, subject) in binding.subjects.iter().enumerate() {
            let at = binding.origin.at([Step::Field("subjects"), Step::Item(position), Step::Field("name")]);
            all.extend(broad(binding, subject, at));
        }
    }
    all.extend(missing(context));
    all
}

/// Service accounts that are bound, and are not among those of their namespace, where the input has any of it. The
/// `default` one is always there.
fn missing(context: &Context<'_>) -> Vec<Finding> {
    let known = context.loaded.service_accounts();
    let namespaces: BTreeSet<&str> = known.iter().map(|(namespace, _)| namespace.as_str()).collect();
    let mut all = Vec::new();
    let bindings = context.own_bindings().filter(|_| !known.is_empty());
    for binding in bindings {
        for (position, subject) in binding.subjects.iter().enumerate() {
            let Subject::ServiceAccount { namespace, name } = subject else { continue };
            let key = (namespace.to_string(), name.to_string());
            let is_there = name.as_str() == "default" || known.contains(&key);
            if is_there || !namespaces.contains(namespace.as_str()) || has_placeholder(name.as_str()) {
                continue;
            }
            let at = binding.origin.at([Step::Field("subjects"), Step::Item(position), Step::Field("name")]);
            let message = format!(
                "{} `{}` names the service account `{name}`, which is not among those of namespace {namespace}",
                binding.kind(),
                binding.name
            );
            let mut finding = found(Code::SubjectNotFound, at, message);
            let others = known.iter().filter(|(other, _)| other == namespace.as_str());
            if let Some((_, meant)) =
                others.into_iter().find(|(_, other)| near(name.as_str(), other).is_some())
            {
                finding.help = Some(format!("did you mean `{meant}`?"));
            }
            all.push(finding);
        }
    }
    all
}

fn dangling(context: &Context<'_>, names: &Known<'_>, binding: &Binding) -> Finding {
    let role_ref = &binding.role_ref;
    let at = binding.origin.at([Step::Field("roleRef"), Step::Field("name")]);
    let message = format!(
        "{} `{}` gives {} `{}`, which is not among the manifests",
        binding.kind(),
        binding.name,
        role_ref.kind,
        role_ref.name
    );
    let mut finding = found(Code::RoleNotFound, at, message);
    let roles = &context.loaded.cluster.roles;
    let reachable = |name: &str| {
        let own = binding.namespace.clone().map(|namespace| (Some(namespace), name.into()));
        own.and_then(|own| roles.get(&own)).into_iter().chain(roles.get(&(None, name.into())))
    };
    let near: BTreeSet<&str> = names.near(role_ref.name.as_str()).collect();
    let meant = std::iter::once(role_ref.name.as_str()).chain(near).flat_map(reachable);
    if let Some(role) = meant.into_iter().next() {
        finding.help = Some(format!("did you mean {} `{}`?", role.kind(), role.name));
    }
    finding
}

/// A subject that stands for more than one may think.
fn broad(binding: &Binding, subject: &Subject, at: Address) -> Option<Finding> {
    let gives = format!("{} `{}` gives `{}`", binding.kind(), binding.name, binding.role_ref.name);
    Some(match subject {
        Subject::User(name) if name.as_str() == ANONYMOUS => {
            found(Code::SubjectAnonymous, at, format!("{gives} to `{name}`, who shows no credentials"))
        }
        Subject::Group(name) if name.as_str() == UNAUTHENTICATED => {
            found(Code::SubjectAnonymous, at, format!("{gives} to `{name}`, who show no credentials"))
        }
        Subject::Group(name) if name.as_str() == AUTHENTICATED => found(
            Code::SubjectAuthenticated,
            at,
            format!("{gives} to `{name}`: every mapped principal and every pod"),
        ),
        Subject::Group(name)
            if name.as_str() == "system:serviceaccounts"
                || name.as_str().starts_with("system:serviceaccounts:") =>
        {
            let whose = name.as_str().strip_prefix("system:serviceaccounts:");
            let whose =
                whose.map_or("of the cluster".to_owned(), |namespace| format!("of namespace {namespace}"));
            found(Code::SubjectServiceAccounts, at, format!("{gives} to `{name}`: every pod {whose}"))
        }
        Subject::ServiceAccount { namespace, name } if name.as_str() == "default" => found(
            Code::SubjectDefaultServiceAccount,
            at,
            format!("{gives} to the service account `default` of namespace {namespace}"),
        ),
        _ => return None,
    })
}
