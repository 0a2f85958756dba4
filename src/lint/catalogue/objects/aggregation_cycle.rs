//! R307: ClusterRoles that aggregate each other.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AggregationCycle,
    number: "R307",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "ClusterRoles that aggregate each other",
    why: "what is in force depends on the history of the cluster",
    remedy: "remove the label from one of them",
    source: "Kubernetes 1.34, pkg/controller/clusterroleaggregation",
    underlined: "one",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: one
  labels:
    example.com/one: "yes"
aggregationRule:
  clusterRoleSelectors:
  - matchLabels:
      example.com/two: "yes"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: two
  labels:
    example.com/two: "yes"
aggregationRule:
  clusterRoleSelectors:
  - matchLabels:
      example.com/one: "yes"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: part
  labels:
    example.com/two: "yes"
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: one
  labels:
    example.com/one: "yes"
aggregationRule:
  clusterRoleSelectors:
  - matchLabels:
      example.com/two: "yes"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: two
  labels:
    example.com/two: "yes"
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
};
