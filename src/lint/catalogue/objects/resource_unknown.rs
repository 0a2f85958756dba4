//! R311: a resource that no server knows.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ResourceUnknown,
    number: "R311",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "a resource that no server knows",
    why: "resources are plural, in lower case and without version; anything else is never asked for",
    remedy: "write the name as `kubectl api-resources` shows it",
    source: "Kubernetes 1.34, discovery; pkg/apis/rbac/v1/evaluation_helpers.go, ResourceMatches",
    underlined: "pod",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pod]
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
};
