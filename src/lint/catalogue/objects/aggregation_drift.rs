//! R306: rules written into an aggregated ClusterRole.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AggregationDrift,
    number: "R306",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "rules written into an aggregated ClusterRole",
    why: "the controller replaces the rules of such a role by those of the roles that it selects",
    remedy: "move the rules into a ClusterRole with the label that is selected",
    source: "Kubernetes 1.34, pkg/controller/clusterroleaggregation",
    underlined: r#"apiGroups: [""]"#,
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: whole
aggregationRule:
  clusterRoleSelectors:
  - matchLabels:
      example.com/part: "yes"
rules:
- apiGroups: [""]
  resources: [services]
  verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: part
  labels:
    example.com/part: "yes"
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: whole
aggregationRule:
  clusterRoleSelectors:
  - matchLabels:
      example.com/part: "yes"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: part
  labels:
    example.com/part: "yes"
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
};
