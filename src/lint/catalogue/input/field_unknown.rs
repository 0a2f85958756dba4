//! I011: a field that Kubernetes does not know.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::FieldUnknown,
    number: "I011",
    family: Family::Input,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a field that Kubernetes does not know",
    why: "it is dropped: a misspelt `resourceNames` leaves the rule unconfined",
    remedy: "correct the spelling, letter case included, or remove the field",
    source: "sigs.k8s.io/json as used by apimachinery 0.34.1",
    underlined: "resourcenames",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
  resourcenames: [app]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
  resourceNames: [app]
"#,
};
