//! R317: a wildcard in `resourceNames`.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ResourceNameWildcard,
    number: "R317",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a wildcard in `resourceNames`",
    why: "names are compared as they stand, and no object has an asterisk in its name",
    remedy: "write the names out, or leave `resourceNames` away to admit all",
    source: "Kubernetes 1.34, pkg/apis/rbac/v1/evaluation_helpers.go, ResourceNameMatches",
    underlined: r#""app-*""#,
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: ["app-*"]
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [app-1]
  verbs: [get]
"#,
};
