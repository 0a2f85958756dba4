//! I010: one field twice.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::FieldDuplicate,
    number: "I010",
    family: Family::Input,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "one field twice",
    why: "the last one counts, and what the first one grants or confines is lost",
    remedy: "keep one of the two",
    source: "sigs.k8s.io/yaml 1.6.0 (strict decoding refuses it)",
    underlined: "verbs",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
  verbs: [list]
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
