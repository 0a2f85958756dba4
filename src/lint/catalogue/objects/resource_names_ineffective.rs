//! R316: names on a verb whose requests carry none.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ResourceNamesIneffective,
    number: "R316",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "names on a verb whose requests carry none",
    why: "a create or a deletecollection names no object when it is authorized, so that the rule never admits it",
    remedy: "put these verbs in a rule of their own, without `resourceNames`",
    source: "Kubernetes documentation, Using RBAC Authorization, referring to resources",
    underlined: "create",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: writer
rules:
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [app]
  verbs: [create, update]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: writer
rules:
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [app]
  verbs: [update]
"#,
};
