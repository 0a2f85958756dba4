//! R315: a verb that nothing asks for.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::VerbUnknown,
    number: "R315",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "a verb that nothing asks for",
    why: "verbs are words of the API in lower case, not HTTP methods and not kubectl's commands",
    remedy: "write `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`",
    source: "Kubernetes documentation, authorization overview, request verbs",
    underlined: "read",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [read]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
};
