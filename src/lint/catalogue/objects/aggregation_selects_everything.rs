//! R309: an aggregation rule that selects every ClusterRole.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AggregationSelectsEverything,
    number: "R309",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "an aggregation rule that selects every ClusterRole",
    why: "an empty selector selects all, `cluster-admin` included",
    remedy: "select by a label",
    source: "Kubernetes 1.34, apimachinery/pkg/apis/meta/v1/helpers.go, LabelSelectorAsSelector",
    underlined: "{}",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: whole
aggregationRule:
  clusterRoleSelectors:
  - {}
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
