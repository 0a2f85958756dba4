//! R308: an aggregation rule that selects no ClusterRole.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AggregationSelectsNothing,
    number: "R308",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "an aggregation rule that selects no ClusterRole",
    why: "the role has no rules but those written into it",
    remedy: "correct the labels on either side; they are compared letter by letter",
    source: "Kubernetes 1.34, apimachinery/pkg/labels/selector.go",
    underlined: "matchLabels:",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
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
    example.com/parts: "yes"
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
