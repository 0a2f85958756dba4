//! Which access is risky, as questions to the authorizers: the one catalogue, which the linter applies to what principals
//! hold and `diff` to what they gain. Knows nothing of callers and bindings.
//!
//! The union of what the catalogues of rbac-tool, krane, `KubiScan`, rbac-police, kubesplaining, kubescape, trivy,
//! checkov, polaris and Kubernetes' own good practices name; asked of the matcher, so that names, groups and subresources count.

use crate::finding::Code;
use crate::model::{Request, ResourceTarget, Target};

/// Where a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// For the whole cluster and in each namespace where the caller is bound.
    Anywhere,
    /// For the whole cluster.
    Cluster,
    /// In this namespace.
    Namespace(&'static str),
}

/// Questions that differ in the verb only.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// The verbs, any of which is the risk.
    pub verbs: &'static [&'static str],
    /// The API group.
    pub group: &'static str,
    /// The plural of the type.
    pub resource: &'static str,
    /// The subresource, or empty.
    pub subresource: &'static str,
    /// The object that it is about; empty for all of the type.
    pub name: &'static str,
    /// Where it is asked.
    pub place: Where,
}

/// A kind of access, and the questions any yes to which is it.
#[derive(Debug)]
pub struct Risk {
    /// Its name.
    pub code: Code,
    /// What whoever holds it may do, as in "may read credentials".
    pub gives: &'static str,
    /// Whether it leads to further access by itself, so that a reviewer must see it first.
    pub escalates: bool,
    /// The questions.
    pub asks: &'static [Ask],
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
    pub fn request(&self, verb: &str, namespace: &str) -> Request {
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
    pub fn what(&self) -> String {
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
pub const EVERYTHING: Ask = ask(&["*"], "*", "*");

/// The kinds, in order of their numbers. [`EVERYTHING`] is asked before them.
pub const RISKS: &[Risk] = &[
    Risk {
        code: Code::AccessWildcard,
        gives: "may do what is added to the cluster later too",
        escalates: true,
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
        gives: "may read credentials",
        escalates: true,
        asks: &[ask(&["get", "list", "watch", "patch", "deletecollection"], "", "secrets")],
    },
    Risk {
        code: Code::AccessTokenCreate,
        gives: "may make tokens of service accounts",
        escalates: true,
        asks: &[
            ask(&["create"], "", "serviceaccounts").of("token"),
            // a Secret of the type `kubernetes.io/service-account-token` is filled in with one
            ask(&["create"], "", "secrets"),
        ],
    },
    Risk {
        code: Code::AccessPodCreate,
        gives: "may run pods as any service account of the namespace",
        escalates: true,
        asks: &[ask(&["create"], "", "pods")],
    },
    Risk {
        code: Code::AccessWorkloadWrite,
        gives: "may run pods as any service account of the namespace",
        escalates: true,
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
        gives: "may run commands in containers",
        escalates: true,
        // before Kubernetes 1.35 a GET over WebSocket runs commands too
        asks: &[ask(&["create", "get"], "", "pods").of("exec")],
    },
    Risk {
        code: Code::AccessPodAttach,
        gives: "may join the input of running containers",
        escalates: true,
        asks: &[ask(&["create", "get"], "", "pods").of("attach")],
    },
    Risk {
        code: Code::AccessPodPortforward,
        gives: "may reach ports of pods",
        escalates: true,
        asks: &[ask(&["create", "get"], "", "pods").of("portforward")],
    },
    Risk {
        code: Code::AccessEphemeralContainers,
        gives: "may add containers to running pods",
        escalates: true,
        asks: &[ask(CHANGE, "", "pods").of("ephemeralcontainers")],
    },
    Risk {
        code: Code::AccessNodeProxy,
        gives: "may run commands in all pods of a node",
        escalates: true,
        asks: &[ask(&["get", "create"], "", "nodes").of("proxy").cluster_wide()],
    },
    Risk {
        code: Code::AccessNodeWrite,
        gives: "may steer which pods run where",
        escalates: false,
        asks: &[ask(WRITE, "", "nodes").cluster_wide(), ask(CHANGE, "", "nodes").of("status").cluster_wide()],
    },
    Risk {
        code: Code::AccessPodStatus,
        gives: "may steer where services send traffic",
        escalates: false,
        asks: &[ask(CHANGE, "", "pods").of("status")],
    },
    Risk {
        code: Code::AccessImpersonate,
        gives: "may act as somebody else",
        escalates: true,
        asks: &[
            ask(&["impersonate"], "", "users").cluster_wide(),
            ask(&["impersonate"], "", "groups").cluster_wide(),
            ask(&["impersonate"], "", "groups").named("system:masters").cluster_wide(),
            ask(&["impersonate"], "", "serviceaccounts"),
        ],
    },
    Risk {
        code: Code::AccessBind,
        gives: "may give away roles that it does not hold",
        escalates: true,
        asks: &[
            ask(&["bind"], RBAC, "clusterroles"),
            ask(&["bind"], RBAC, "clusterroles").named("cluster-admin"),
            ask(&["bind"], RBAC, "roles"),
        ],
    },
    Risk {
        code: Code::AccessEscalate,
        gives: "may write roles beyond its own permissions",
        escalates: true,
        asks: &[ask(&["escalate"], RBAC, "clusterroles").cluster_wide(), ask(&["escalate"], RBAC, "roles")],
    },
    Risk {
        code: Code::AccessRoleWrite,
        gives: "may change what others may do",
        escalates: true,
        asks: &[ask(WRITE, RBAC, "clusterroles").cluster_wide(), ask(WRITE, RBAC, "roles")],
    },
    Risk {
        code: Code::AccessBindingWrite,
        gives: "may change who may do what",
        escalates: true,
        asks: &[ask(WRITE, RBAC, "clusterrolebindings").cluster_wide(), ask(WRITE, RBAC, "rolebindings")],
    },
    Risk {
        code: Code::AccessCertificates,
        gives: "may have certificates issued for any user",
        escalates: true,
        asks: &[
            ask(&["approve", "sign"], CERTIFICATES, "signers").cluster_wide(),
            ask(&["approve"], CERTIFICATES, "signers")
                .named("kubernetes.io/kube-apiserver-client")
                .cluster_wide(),
            ask(&["approve"], CERTIFICATES, "signers").named("kubernetes.io/*").cluster_wide(),
            ask(CHANGE, CERTIFICATES, "certificatesigningrequests").of("approval").cluster_wide(),
            ask(CHANGE, CERTIFICATES, "certificatesigningrequests").of("status").cluster_wide(),
        ],
    },
    Risk {
        code: Code::AccessAdmission,
        gives: "may read and change what others send to the API server",
        escalates: true,
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
        gives: "may take away objects of others with their type",
        escalates: false,
        asks: &[ask(
            &["create", "update", "patch", "delete"],
            "apiextensions.k8s.io",
            "customresourcedefinitions",
        )
        .cluster_wide()],
    },
    Risk {
        code: Code::AccessPersistentVolumes,
        gives: "may mount the file system of nodes",
        escalates: true,
        asks: &[ask(&["create"], "", "persistentvolumes").cluster_wide()],
    },
    Risk {
        code: Code::AccessNamespaces,
        gives: "may lift what Pod Security forbids in a namespace",
        escalates: true,
        asks: &[ask(WRITE, "", "namespaces")],
    },
    Risk {
        code: Code::AccessAwsAuth,
        gives: "may map any IAM principal to any user and group",
        escalates: true,
        asks: &[ask(CHANGE, "", "configmaps").named("aws-auth").within("kube-system")],
    },
    Risk {
        code: Code::AccessIdentityMapping,
        gives: "may map any IAM principal to any user and group",
        escalates: true,
        asks: &[ask(WRITE, "iamauthenticator.k8s.aws", "iamidentitymappings").cluster_wide()],
    },
    Risk {
        code: Code::AccessCoredns,
        gives: "may answer the names that pods ask for",
        escalates: true,
        asks: &[ask(CHANGE, "", "configmaps").named("coredns").within("kube-system")],
    },
    Risk {
        code: Code::AccessSystemServiceAccounts,
        gives: "may become a service account of `kube-system`",
        escalates: true,
        asks: &[
            ask(&["create"], "", "serviceaccounts").of("token").within("kube-system"),
            ask(&["impersonate"], "", "serviceaccounts").within("kube-system"),
            ask(CHANGE, "", "serviceaccounts").within("kube-system"),
            ask(&["create"], "", "pods").within("kube-system"),
        ],
    },
];
