//! R322: a rule that another rule of the role covers.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::RuleShadowed,
    number: "R322",
    family: Family::Objects,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "a rule that another rule of the role covers",
    why: "it has no effect; where it was meant to confine, nothing is confined, for rules only ever add",
    remedy: "remove it, or narrow the rule that covers it",
    source: "Kubernetes 1.34, component-helpers/auth/rbac/validation/policy_comparator.go",
    underlined: r#"apiGroups: [""]"#,
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [app]
  verbs: [get]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [app]
  verbs: [get]
"#,
};
