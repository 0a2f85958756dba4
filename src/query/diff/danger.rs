//! Which permissions let their holder take more than they say: what a reviewer must see first.
//! A table, asked with the one matcher; knows nothing of callers and bindings.

use crate::access::matching::admits;
use crate::model::{
    NamePattern, Namespace, ObjectName, Request, ResourcePattern, ResourceTarget, Rule, Target,
};

/// A way in which a permission leads to further ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Danger {
    /// Its stable name, kebab-case.
    pub code: &'static str,
    /// What the holder can do with it.
    pub why: &'static str,
}

/// Requests of which each alone is the danger.
struct Row {
    danger: Danger,
    verbs: &'static [&'static str],
    group: &'static str,
    /// `resource` or `resource/subresource`
    resources: &'static [&'static str],
    /// Confined to one object of one namespace.
    object: Option<(&'static str, &'static str)>,
    /// Objects of no namespace: given in a namespace, the permission has no effect.
    cluster_scoped: bool,
}

const fn row(
    code: &'static str,
    why: &'static str,
    verbs: &'static [&'static str],
    group: &'static str,
    resources: &'static [&'static str],
) -> Row {
    Row { danger: Danger { code, why }, verbs, group, resources, object: None, cluster_scoped: false }
}

impl Row {
    const fn cluster_scoped(mut self) -> Self {
        self.cluster_scoped = true;
        self
    }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const WRITE: &[&str] = &["create", "update", "patch"];
const CHANGE: &[&str] = &["update", "patch"];
/// A websocket opens these with `get`, everything else with `create`.
const CONNECT: &[&str] = &["create", "get"];

const EVERYTHING: Danger = Danger { code: "everything", why: "may do everything" };
const WILDCARD: Danger = Danger { code: "wildcard", why: "includes what is added to the cluster later" };

/// Sources: Kubernetes documentation, "Role Based Access Control Good Practices", section "privilege escalation risks";
/// aws-iam-authenticator 0.7.18, `pkg/mapper/configmap`, for `aws-auth`.
const ROWS: &[Row] = &[
    row(
        "escalate",
        "may write roles beyond its own permissions",
        &["escalate"],
        RBAC,
        &["roles", "clusterroles"],
    ),
    row("bind", "may give away roles that it does not hold", &["bind"], RBAC, &["roles", "clusterroles"]),
    row(
        "impersonate",
        "may act as somebody else",
        &["impersonate"],
        "",
        &["users", "groups", "serviceaccounts"],
    ),
    Row {
        danger: Danger { code: "aws-auth-write", why: "may map any IAM principal to any user and group" },
        verbs: CHANGE,
        group: "",
        resources: &["configmaps"],
        object: Some(("kube-system", "aws-auth")),
        cluster_scoped: false,
    },
    row("secrets-read", "may read credentials", &["get", "list", "watch"], "", &["secrets"]),
    row("secrets-write", "may make tokens of service accounts", &["create"], "", &["secrets"]),
    row("token-create", "may make tokens of service accounts", &["create"], "", &["serviceaccounts/token"]),
    row("pods-exec", "may run commands in containers", CONNECT, "", &["pods/exec", "pods/attach"]),
    row("pods-portforward", "may reach ports of pods", CONNECT, "", &["pods/portforward"]),
    row("pods-debug", "may add containers to running pods", CHANGE, "", &["pods/ephemeralcontainers"]),
    row("pods-create", "may run pods as any service account of the namespace", &["create"], "", &["pods"]),
    row(
        "workload-write",
        "may run pods as any service account of the namespace",
        WRITE,
        "apps",
        &["deployments", "daemonsets", "statefulsets", "replicasets"],
    ),
    row(
        "workload-write",
        "may run pods as any service account of the namespace",
        WRITE,
        "batch",
        &["jobs", "cronjobs"],
    ),
    row(
        "workload-write",
        "may run pods as any service account of the namespace",
        WRITE,
        "",
        &["replicationcontrollers", "podtemplates"],
    ),
    row("role-write", "may change what others may do", WRITE, RBAC, &["roles", "rolebindings"]),
    row("role-write", "may change what others may do", WRITE, RBAC, &["clusterroles", "clusterrolebindings"])
        .cluster_scoped(),
    row("nodes-proxy", "may run commands in all pods of a node", CONNECT, "", &["nodes/proxy"])
        .cluster_scoped(),
    row("persistent-volumes", "may mount the file system of nodes", &["create"], "", &["persistentvolumes"])
        .cluster_scoped(),
    row(
        "impersonate",
        "may act as somebody else",
        &["impersonate"],
        "authentication.k8s.io",
        &["uids", "userextras"],
    ),
    row(
        "certificates",
        "may have certificates issued for any user",
        CHANGE,
        "certificates.k8s.io",
        &["certificatesigningrequests/approval", "certificatesigningrequests/status"],
    )
    .cluster_scoped(),
    row(
        "certificates",
        "may have certificates issued for any user",
        &["approve", "sign"],
        "certificates.k8s.io",
        &["signers"],
    )
    .cluster_scoped(),
    row(
        "admission-write",
        "may read and change what others send to the API server",
        WRITE,
        "admissionregistration.k8s.io",
        &[
            "mutatingwebhookconfigurations",
            "validatingwebhookconfigurations",
            "mutatingadmissionpolicies",
            "validatingadmissionpolicies",
        ],
    )
    .cluster_scoped(),
    row(
        "identity-mapping-write",
        "may map any IAM principal to any user and group",
        WRITE,
        "iamauthenticator.k8s.aws",
        &["iamidentitymappings"],
    )
    .cluster_scoped(),
];

/// The dangers of a permission held in one namespace, or everywhere; sorted, each once.
pub fn of(permission: &Rule, namespace: Option<&Namespace>) -> Vec<Danger> {
    let any_verb = permission.verbs.contains(&NamePattern::Any);
    let any_resource = permission.resources.contains(&ResourcePattern::Any);
    let any_group = permission.api_groups.contains(&NamePattern::Any);
    if any_verb && any_resource && any_group && permission.resource_names.is_empty() {
        return vec![EVERYTHING];
    }
    let rows = ROWS.iter().filter(|row| row.holds(permission, namespace)).map(|row| row.danger);
    let wildcard = any_resource || (any_verb && !permission.resources.is_empty());
    let mut dangers: Vec<Danger> = wildcard.then_some(WILDCARD).into_iter().chain(rows).collect();
    dangers.sort_unstable();
    dangers.dedup();
    dangers
}

impl Row {
    fn holds(&self, permission: &Rule, namespace: Option<&Namespace>) -> bool {
        let elsewhere = match (self.object, namespace) {
            (Some((own, _)), Some(namespace)) => namespace.as_str() != own,
            _ => false,
        };
        if elsewhere || (self.cluster_scoped && namespace.is_some()) {
            return false;
        }
        let requests =
            self.verbs.iter().flat_map(|verb| self.resources.iter().map(move |what| (*verb, *what)));
        requests.into_iter().any(|(verb, what)| {
            let (resource, subresource) = what.split_once('/').unwrap_or((what, ""));
            self.names(permission, verb, subresource).iter().any(|name| {
                let target = ResourceTarget {
                    api_group: self.group.into(),
                    resource: resource.into(),
                    subresource: subresource.into(),
                    name: name.clone(),
                    namespace: namespace.cloned().unwrap_or_default(),
                };
                admits(permission, &Request { verb: verb.into(), target: Target::Resource(target) }).is_some()
            })
        })
    }

    /// The names that such a request can carry, as far as the permission tells names apart.
    fn names(&self, permission: &Rule, verb: &str, subresource: &str) -> Vec<ObjectName> {
        if let Some((_, name)) = self.object {
            return vec![name.into()];
        }
        // an object that is created has no name in the request
        let nameless = verb == "create" && subresource.is_empty();
        if nameless || permission.resource_names.is_empty() {
            return vec![ObjectName::default()];
        }
        permission.resource_names.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

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
        of(rule, namespace.as_ref()).into_iter().map(|danger| danger.code).collect()
    }

    #[test]
    fn dangers_are_judged_as_the_api_server_would() {
        for (group, resource, verb, names, namespace, expected) in [
            ("*", "*", "*", &[][..], None, &["everything"][..]),
            ("", "secrets", "get", &[], Some("dev"), &["secrets-read"]),
            ("", "secrets", "get", &["one"], Some("dev"), &["secrets-read"]),
            ("", "secrets", "create", &["one"], Some("dev"), &[]),
            ("", "*/exec", "create", &[], None, &["pods-exec"]),
            ("", "pods/*", "create", &[], None, &[]),
            ("", "pods", "get", &[], None, &[]),
            ("apps", "deployments", "patch", &[], Some("dev"), &["workload-write"]),
            ("extensions", "deployments", "patch", &[], Some("dev"), &[]),
            ("", "configmaps", "update", &[], Some("kube-system"), &["aws-auth-write"]),
            ("", "configmaps", "update", &[], Some("dev"), &[]),
            ("", "configmaps", "update", &["aws-auth"], None, &["aws-auth-write"]),
            ("", "configmaps", "update", &["other"], None, &[]),
            (RBAC, "clusterroles", "bind", &["view"], Some("dev"), &["bind"]),
            (RBAC, "clusterrolebindings", "create", &[], Some("dev"), &[]),
            ("", "nodes/proxy", "get", &[], None, &["nodes-proxy"]),
            ("example.com", "widgets", "*", &[], None, &["wildcard"]),
        ] {
            assert_eq!(codes(&rule(group, resource, verb, names), namespace), expected, "{verb} {resource}");
        }
    }
}
