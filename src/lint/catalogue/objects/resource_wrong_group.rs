//! R312: a resource under a group that does not have it.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ResourceWrongGroup,
    number: "R312",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "a resource under a group that does not have it",
    why: "group and resource must both fit the request, so that this element is never asked for",
    remedy: "write the group as `kubectl api-resources` shows it",
    source: "Kubernetes 1.34, discovery; pkg/apis/rbac/v1/evaluation_helpers.go, APIGroupMatches",
    underlined: "deployments",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [deployments]
  verbs: [get]
"#,
    good: r"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get]
",
};
