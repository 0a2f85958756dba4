//! R313: a subresource that the resource does not have.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::SubresourceUnknown,
    number: "R313",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "a subresource that the resource does not have",
    why: "it is never asked for",
    remedy: "write the name of a subresource that the type serves",
    source: "Kubernetes 1.34, discovery",
    underlined: "pods/logs",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods/logs]
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
"#,
};
