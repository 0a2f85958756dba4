//! R321: two equal rules in one role.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::RuleDuplicate,
    number: "R321",
    family: Family::Objects,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "two equal rules in one role",
    why: "who removes one of them believes to have taken the permission away",
    remedy: "remove one of them",
    source: "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go (rules are joined by or)",
    underlined: r#"apiGroups: [""]"#,
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, get]
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
