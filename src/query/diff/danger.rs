//! Which permissions let their holder take more than they say: what a reviewer must see first.
//! Asks the catalogue of risks with the one matcher; knows nothing of callers and bindings.

use crate::access::access_policy::is_within;
use crate::access::matching::admits;
use crate::finding::Code;
use crate::model::{NamePattern, Namespace, ObjectName, ResourcePattern, Rule, Target};
use crate::query::risk::{Ask, RISKS, Where};

/// A way in which a permission leads to further ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Danger {
    /// The kind of access, as the linter calls it.
    pub code: Code,
    /// What the holder can do with it.
    pub why: &'static str,
}

const EVERYTHING: &str = "may do everything";
const WILDCARD: &str = "includes what is added to the cluster later";

/// The dangers of a permission held in one namespace, or everywhere; sorted, each once.
pub fn of(permission: &Rule, namespace: Option<&Namespace>) -> Vec<Danger> {
    let any_verb = permission.verbs.contains(&NamePattern::Any);
    let any_resource = permission.resources.contains(&ResourcePattern::Any);
    let any_group = permission.api_groups.contains(&NamePattern::Any);
    if any_verb && any_resource && any_group && permission.resource_names.is_empty() {
        let code = if namespace.is_none() { Code::AccessClusterAdmin } else { Code::AccessWildcard };
        return vec![Danger { code, why: EVERYTHING }];
    }
    let wildcard = any_resource || (any_verb && !permission.resources.is_empty());
    let wildcard = wildcard.then_some(Danger { code: Code::AccessWildcard, why: WILDCARD });
    let risks = RISKS.iter().filter(|risk| risk.escalates && risk.code != Code::AccessWildcard);
    let held = risks.filter(|risk| risk.asks.iter().any(|ask| holds(ask, permission, namespace)));
    let dangers = held.map(|risk| Danger { code: risk.code, why: risk.gives });
    let mut dangers: Vec<Danger> = wildcard.into_iter().chain(dangers).collect();
    dangers.sort_unstable();
    dangers
}

/// Whether the permission is a yes to any of the verbs, about any object by whose name it is confined.
fn holds(ask: &Ask, permission: &Rule, namespace: Option<&Namespace>) -> bool {
    let counts = match (ask.place, namespace) {
        (Where::Anywhere, _) | (_, None) => true,
        (Where::Cluster, Some(_)) => false,
        // an access policy may be given in a pattern of namespaces
        (Where::Namespace(only), Some(place)) => is_within(&Namespace::from(only), place),
    };
    // what is held everywhere is told as such, and of one namespace only what is about an object there
    let counts =
        counts && (namespace.is_some() || !ask.name.is_empty() || !matches!(ask.place, Where::Namespace(_)));
    let scope = match (ask.place, namespace) {
        (_, None) => "",
        (Where::Namespace(only), Some(_)) => only,
        (_, Some(namespace)) => namespace.as_str(),
    };
    counts
        && ask.verbs.iter().any(|verb| {
            let mut request = ask.request(verb, scope);
            names(ask, permission, verb).into_iter().any(|name| {
                if let Target::Resource(target) = &mut request.target {
                    target.name = name;
                }
                admits(permission, &request).is_some()
            })
        })
}

/// The names that such a request can carry, as far as the permission tells names apart.
fn names(ask: &Ask, permission: &Rule, verb: &str) -> Vec<ObjectName> {
    if !ask.name.is_empty() {
        return vec![ask.name.into()];
    }
    // an object that is created has no name in the request
    let nameless = verb == "create" && ask.subresource.is_empty();
    if nameless || permission.resource_names.is_empty() {
        return vec![ObjectName::default()];
    }
    permission.resource_names.clone()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const RBAC: &str = "rbac.authorization.k8s.io";

    fn rule(group: &str, resource: &str, verb: &str, names: &[&str]) -> Rule {
        let text = |text: &str| Arc::<str>::from(text);
        Rule {
            verbs: vec![NamePattern::new(&text(verb))],
            api_groups: vec![NamePattern::new(&text(group))],
            resources: vec![ResourcePattern::new(&text(resource))],
            resource_names: names.iter().map(|name| (*name).into()).collect(),
            urls: Vec::new(),
        }
    }

    fn codes(rule: &Rule, namespace: Option<&str>) -> Vec<&'static str> {
        let namespace = namespace.map(Namespace::from);
        of(rule, namespace.as_ref()).into_iter().map(|danger| danger.code.as_str()).collect()
    }

    #[test]
    fn dangers_are_judged_as_the_api_server_would() {
        for (group, resource, verb, names, namespace, expected) in [
            ("*", "*", "*", &[][..], None, &["access-cluster-admin"][..]),
            ("", "secrets", "get", &[], Some("dev"), &["access-secrets"]),
            ("", "secrets", "get", &["one"], Some("dev"), &["access-secrets"]),
            ("", "secrets", "create", &["one"], Some("dev"), &[]),
            ("", "*/exec", "create", &[], None, &["access-pod-exec"]),
            ("", "pods/*", "create", &[], None, &[]),
            ("", "pods", "get", &[], None, &[]),
            ("apps", "deployments", "patch", &[], Some("dev"), &["access-workload-write"]),
            ("extensions", "deployments", "patch", &[], Some("dev"), &[]),
            ("", "configmaps", "update", &[], Some("kube-system"), &["access-aws-auth", "access-coredns"]),
            ("", "configmaps", "update", &[], Some("dev"), &[]),
            ("", "configmaps", "update", &["aws-auth"], None, &["access-aws-auth"]),
            ("", "configmaps", "update", &["other"], None, &[]),
            (RBAC, "clusterroles", "bind", &["view"], Some("dev"), &["access-bind"]),
            (RBAC, "clusterrolebindings", "create", &[], Some("dev"), &[]),
            ("", "nodes/proxy", "get", &[], None, &["access-node-proxy"]),
            ("", "secrets", "create", &[], Some("dev"), &["access-token-create"]),
            ("", "pods", "create", &[], None, &["access-pod-create"]),
            (
                "",
                "pods",
                "create",
                &[],
                Some("kube-system"),
                &["access-pod-create", "access-system-service-accounts"],
            ),
            ("", "configmaps", "update", &["aws-auth"], Some("kube-*"), &["access-aws-auth"]),
            ("", "configmaps", "update", &["aws-auth"], Some("dev-*"), &[]),
            ("", "nodes/status", "patch", &[], None, &[]),
            ("example.com", "widgets", "*", &[], None, &["access-wildcard"]),
        ] {
            assert_eq!(codes(&rule(group, resource, verb, names), namespace), expected, "{verb} {resource}");
        }
    }
}
