//! R314: an API group that cannot be.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ApiGroupUnknown,
    number: "R314",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "an API group that cannot be",
    why: "groups are written without version, and the core group is the empty text; anything else is never asked for",
    remedy: "write `\"\"` for the core group, and `apps` for `apps/v1`",
    source: "Kubernetes 1.34, pkg/apis/rbac/v1/evaluation_helpers.go, APIGroupMatches",
    underlined: "apps/v1",
    bad: r"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [apps/v1]
  resources: [deployments]
  verbs: [get]
",
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
