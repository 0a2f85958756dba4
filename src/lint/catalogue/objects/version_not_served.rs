//! R303: a version that is no longer served.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::VersionNotServed,
    number: "R303",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a version that is no longer served",
    why: "a cluster of today refuses the object",
    remedy: "write `apiVersion: rbac.authorization.k8s.io/v1`",
    source: "Kubernetes documentation, deprecated API migration guide, 1.22",
    underlined: "rbac.authorization.k8s.io/v1beta1",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1beta1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list]
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
