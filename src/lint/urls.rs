//! Rules that are only ever given in a namespace, for what is in none; and URLs that no request has.

use std::collections::BTreeSet;

use super::context::Context;
use super::found;
use crate::finding::{Code, Finding};
use crate::model::{ResourcePattern, Role, RoleKind, Rule};
use crate::source::Step;

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let everywhere = given_everywhere(context);
    let in_namespaces = given_in_namespaces(context);
    let mut all = Vec::new();
    for role in context.own_roles() {
        let name = role.name.as_str();
        let only_in_namespaces =
            role.namespace.is_some() || (in_namespaces.contains(name) && !everywhere.contains(name));
        for (position, rule) in role.rules.iter().enumerate() {
            all.extend(urls(role, rule, position, only_in_namespaces));
            if only_in_namespaces {
                all.extend(cluster_scoped(context, role, rule, position));
            }
        }
    }
    all
}

/// The ClusterRoles that RoleBindings give.
fn given_in_namespaces<'a>(context: &Context<'a>) -> BTreeSet<&'a str> {
    let bindings = context.policy.bindings().iter().filter(|binding| binding.namespace.is_some());
    let of_kind = bindings.filter(|binding| binding.role_ref.kind == RoleKind::ClusterRole);
    of_kind.map(|binding| binding.role_ref.name.as_str()).collect()
}

/// The ClusterRoles that a ClusterRoleBinding gives, and those that are collected into other roles.
fn given_everywhere<'a>(context: &Context<'a>) -> BTreeSet<&'a str> {
    let bindings = context.policy.bindings().iter().filter(|binding| binding.namespace.is_none());
    let bound = bindings.map(|binding| binding.role_ref.name.as_str());
    let cluster = &context.loaded.cluster;
    let selectors = cluster.roles.values().filter_map(|role| role.aggregation.as_ref()).flatten();
    let collected = selectors.flat_map(|selector| {
        let roles = cluster.roles.values().filter(|role| role.namespace.is_none());
        roles.filter(|role| selector.selects(&role.labels)).map(|role| role.name.as_str())
    });
    bound.chain(collected).collect()
}

fn urls(role: &Role, rule: &Rule, position: usize, only_in_namespaces: bool) -> Vec<Finding> {
    let mut all = Vec::new();
    for (place, url) in rule.urls.iter().enumerate() {
        let text = url.as_str();
        let at = role.origin.at([
            Step::Field("rules"),
            Step::Item(position),
            Step::Field("nonResourceURLs"),
            Step::Item(place),
        ]);
        let inner = text.strip_suffix('*').unwrap_or(text);
        if (!text.starts_with('/') && text != "*") || inner.contains('*') {
            let message = format!("no request has the path `{text}` of {} `{}`", role.kind(), role.name);
            all.push(found(Code::UrlPattern, at, message));
        } else if only_in_namespaces {
            let message = format!(
                "{} `{}` is given in a namespace only, where `{text}` does not count",
                role.kind(),
                role.name
            );
            all.push(found(Code::UrlInNamespace, at, message));
        }
    }
    all
}

fn cluster_scoped(context: &Context<'_>, role: &Role, rule: &Rule, position: usize) -> Vec<Finding> {
    let mut all = Vec::new();
    // whether a role may be bound is asked in the binding's namespace
    let is_bind = rule.verbs.iter().any(|verb| matches!(verb.as_str(), "bind" | "*"));
    for (place, resource) in rule.resources.iter().enumerate() {
        let ResourcePattern::Exactly(text) = resource else { continue };
        let plural = text.split('/').next().unwrap_or_default();
        // a request for a namespace itself is made in that namespace
        if plural == "namespaces" || (is_bind && plural == "clusterroles") {
            continue;
        }
        let of_groups = rule.api_groups.iter().map(|group| context.types.exactly(group.as_str(), plural));
        let known: Vec<_> = of_groups.flatten().collect();
        let any_group = rule.api_groups.iter().any(|group| group.as_str() == "*");
        if any_group || known.is_empty() || known.iter().any(|of_type| of_type.namespaced) {
            continue;
        }
        let at = role.origin.at([
            Step::Field("rules"),
            Step::Item(position),
            Step::Field("resources"),
            Step::Item(place),
        ]);
        let message =
            format!("{} `{}` is given in a namespace only, and `{text}` is in none", role.kind(), role.name);
        all.push(found(Code::ResourceClusterScoped, at, message));
    }
    all
}
