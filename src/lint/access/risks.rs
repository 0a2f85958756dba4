//! Which access is risky, as questions to the authorizers.
//!
//! The union of what the catalogues of rbac-tool, krane, `KubiScan`, rbac-police, kubesplaining, kubescape, trivy,
//! checkov, polaris and Kubernetes' own good practices name; asked of the matcher, so that names, groups and subresources count.

use crate::finding::Code;
use crate::model::{Request, ResourceTarget, Target};

/// Where a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// For the whole cluster and in each namespace where the caller is bound.
    Anywhere,
    /// For the whole cluster.
    Cluster,
    /// In this namespace.
    Namespace(&'static str),
}

/// Questions that differ in the verb only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub(super) verbs: &'static [&'static str],
    pub(super) group: &'static str,
    pub(super) resource: &'static str,
    pub(super) subresource: &'static str,
    pub(super) name: &'static str,
    pub(super) place: Where,
}

/// A kind of access, and the questions any yes to which is it.
#[derive(Debug)]
pub(super) struct Risk {
    pub(super) code: Code,
    pub(super) asks: &'static [Ask],
}

const fn ask(verbs: &'static [&'static str], group: &'static str, resource: &'static str) -> Ask {
    Ask { verbs, group, resource, subresource: "", name: "", place: Where::Anywhere }
}

impl Ask {
    const fn of(self, subresource: &'static str) -> Self {
        Self { subresource, ..self }
    }

    const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    const fn cluster_wide(self) -> Self {
        Self { place: Where::Cluster, ..self }
    }

    const fn within(self, namespace: &'static str) -> Self {
        Self { place: Where::Namespace(namespace), ..self }
    }

    /// The question with one of the verbs, in a namespace, or in none where it is empty.
    pub(super) fn request(&self, verb: &str, namespace: &str) -> Request {
        let target = ResourceTarget {
            api_group: self.group.into(),
            resource: self.resource.into(),
            subresource: self.subresource.into(),
            name: self.name.into(),
            namespace: namespace.into(),
        };
        Request { verb: verb.into(), target: Target::Resource(target) }
    }

    /// `pods/exec`, `deployments.apps`, `configmaps named aws-auth`.
    pub(super) fn what(&self) -> String {
        let subresource =
            if self.subresource.is_empty() { String::new() } else { format!("/{}", self.subresource) };
        let group = if self.group.is_empty() { String::new() } else { format!(".{}", self.group) };
        let name = if self.name.is_empty() { String::new() } else { format!(" named {}", self.name) };
        match (self.resource, self.group) {
            ("*", "*") => "everything".to_owned(),
            _ => format!("{}{group}{subresource}{name}", self.resource),
        }
    }
}

const WRITE: &[&str] = &["create", "update", "patch"];
const CHANGE: &[&str] = &["update", "patch"];
const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";

/// Everything, everywhere.
pub(super) const EVERYTHING: Ask = ask(&["*"], "*", "*");

/// The kinds, in order of their numbers. [`EVERYTHING`] is asked before them.
pub(super) const RISKS: &[Risk] = &[
    Risk {
        code: Code::AccessWildcard,
        asks: &[
            EVERYTHING,
            ask(
                &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
                "*",
                "*",
            ),
        ],
    },
    Risk {
        code: Code::AccessSecrets,
        asks: &[ask(&["get", "list", "watch", "patch", "deletecollection"], "", "secrets")],
    },
    Risk { code: Code::AccessTokenCreate, asks: &[ask(&["create"], "", "serviceaccounts").of("token")] },
    Risk { code: Code::AccessPodCreate, asks: &[ask(&["create"], "", "pods")] },
    Risk {
        code: Code::AccessWorkloadWrite,
        asks: &[
            ask(WRITE, "apps", "deployments"),
            ask(WRITE, "apps", "daemonsets"),
            ask(WRITE, "apps", "statefulsets"),
            ask(WRITE, "apps", "replicasets"),
            // the template of a job cannot change
            ask(&["create"], "batch", "jobs"),
            ask(WRITE, "batch", "cronjobs"),
            ask(WRITE, "", "replicationcontrollers"),
        ],
    },
    Risk {
        code: Code::AccessPodExec,
        // before Kubernetes 1.35 a GET over WebSocket runs commands too
        asks: &[ask(&["create", "get"], "", "pods").of("exec")],
    },
    Risk { code: Code::AccessPodAttach, asks: &[ask(&["create", "get"], "", "pods").of("attach")] },
    Risk { code: Code::AccessPodPortforward, asks: &[ask(&["create", "get"], "", "pods").of("portforward")] },
    Risk {
        code: Code::AccessEphemeralContainers,
        asks: &[ask(CHANGE, "", "pods").of("ephemeralcontainers")],
    },
    Risk {
        code: Code::AccessNodeProxy,
        asks: &[ask(&["get", "create"], "", "nodes").of("proxy").cluster_wide()],
    },
    Risk {
        code: Code::AccessNodeWrite,
        asks: &[ask(WRITE, "", "nodes").cluster_wide(), ask(CHANGE, "", "nodes").of("status").cluster_wide()],
    },
    Risk { code: Code::AccessPodStatus, asks: &[ask(CHANGE, "", "pods").of("status")] },
    Risk {
        code: Code::AccessImpersonate,
        asks: &[
            ask(&["impersonate"], "", "users").cluster_wide(),
            ask(&["impersonate"], "", "groups").cluster_wide(),
            ask(&["impersonate"], "", "groups").named("system:masters").cluster_wide(),
            ask(&["impersonate"], "", "serviceaccounts"),
        ],
    },
    Risk {
        code: Code::AccessBind,
        asks: &[
            ask(&["bind"], RBAC, "clusterroles"),
            ask(&["bind"], RBAC, "clusterroles").named("cluster-admin"),
            ask(&["bind"], RBAC, "roles"),
        ],
    },
    Risk {
        code: Code::AccessEscalate,
        asks: &[ask(&["escalate"], RBAC, "clusterroles").cluster_wide(), ask(&["escalate"], RBAC, "roles")],
    },
    Risk {
        code: Code::AccessRoleWrite,
        asks: &[ask(WRITE, RBAC, "clusterroles").cluster_wide(), ask(WRITE, RBAC, "roles")],
    },
    Risk {
        code: Code::AccessBindingWrite,
        asks: &[ask(WRITE, RBAC, "clusterrolebindings").cluster_wide(), ask(WRITE, RBAC, "rolebindings")],
    },
    Risk {
        code: Code::AccessCertificates,
        asks: &[
            ask(&["approve", "sign"], CERTIFICATES, "signers").cluster_wide(),
            ask(&["approve"], CERTIFICATES, "signers")
                .named("kubernetes.io/kube-apiserver-client")
                .cluster_wide(),
            ask(&["approve"], CERTIFICATES, "signers").named("kubernetes.io/*").cluster_wide(),
            ask(CHANGE, CERTIFICATES, "certificatesigningrequests").of("approval").cluster_wide(),
        ],
    },
    Risk {
        code: Code::AccessAdmission,
        asks: &[
            ask(WRITE, ADMISSION, "mutatingwebhookconfigurations").cluster_wide(),
            ask(&["create", "update", "patch", "delete"], ADMISSION, "validatingwebhookconfigurations")
                .cluster_wide(),
            ask(WRITE, ADMISSION, "mutatingadmissionpolicies").cluster_wide(),
            ask(&["update", "patch", "delete"], ADMISSION, "validatingadmissionpolicies").cluster_wide(),
            ask(&["update", "patch", "delete"], ADMISSION, "validatingadmissionpolicybindings")
                .cluster_wide(),
        ],
    },
    Risk {
        code: Code::AccessCrds,
        asks: &[ask(
            &["create", "update", "patch", "delete"],
            "apiextensions.k8s.io",
            "customresourcedefinitions",
        )
        .cluster_wide()],
    },
    Risk {
        code: Code::AccessPersistentVolumes,
        asks: &[ask(&["create"], "", "persistentvolumes").cluster_wide()],
    },
    Risk { code: Code::AccessNamespaces, asks: &[ask(WRITE, "", "namespaces")] },
    Risk {
        code: Code::AccessAwsAuth,
        asks: &[ask(CHANGE, "", "configmaps").named("aws-auth").within("kube-system")],
    },
    Risk {
        code: Code::AccessIdentityMapping,
        asks: &[ask(WRITE, "iamauthenticator.k8s.aws", "iamidentitymappings").cluster_wide()],
    },
    Risk {
        code: Code::AccessCoredns,
        asks: &[ask(CHANGE, "", "configmaps").named("coredns").within("kube-system")],
    },
    Risk {
        code: Code::AccessSystemServiceAccounts,
        asks: &[
            ask(&["create"], "", "serviceaccounts").of("token").within("kube-system"),
            ask(&["impersonate"], "", "serviceaccounts").within("kube-system"),
            ask(CHANGE, "", "serviceaccounts").within("kube-system"),
            ask(&["create"], "", "pods").within("kube-system"),
        ],
    },
];
