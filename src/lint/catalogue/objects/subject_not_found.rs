//! R328: a binding to a service account that is not there.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::SubjectNotFound,
    number: "R328",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "a binding to a service account that is not there",
    why: "it gives nothing, until somebody makes an account of that name and has what is bound",
    remedy: "correct the name or the namespace, or remove the subject",
    source: "Kubernetes documentation, RBAC good practices, periodic review",
    underlined: "deploy-bot",
    bad: r"apiVersion: v1
kind: ServiceAccount
metadata: {name: deployer, namespace: payments}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployers, namespace: payments}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: ServiceAccount, name: deploy-bot, namespace: payments}
",
    good: r"apiVersion: v1
kind: ServiceAccount
metadata: {name: deployer, namespace: payments}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployers, namespace: payments}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: ServiceAccount, name: deployer, namespace: payments}
",
};
