//! R304: an object in place of one of Kubernetes' defaults.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::DefaultReplaced,
    number: "R304",
    family: Family::Objects,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "an object in place of one of Kubernetes' defaults",
    why: "when it starts, the API server adds default rules and subjects that are missing from it",
    remedy: "give it another name, or annotate it with `rbac.authorization.kubernetes.io/autoupdate: \"false\"`",
    source: "Kubernetes 1.34, pkg/registry/rbac/rest/storage_rbac.go",
    underlined: "apiVersion: rbac.authorization.k8s.io/v1",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: system:basic-user
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list]
"#,
};
