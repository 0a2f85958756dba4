//! I012: namespaced objects without a namespace.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::NamespaceAssumed,
    number: "I012",
    family: Family::Input,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "namespaced objects without a namespace",
    why: "they end up in whatever namespace kubectl has at that moment",
    remedy: "write `metadata.namespace`, or say it with `--default-namespace NAME`",
    source: "cli-runtime 0.34.1, pkg/resource/visitor.go, SetNamespace",
    underlined: "name: reader",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
  namespace: team-a
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
};
