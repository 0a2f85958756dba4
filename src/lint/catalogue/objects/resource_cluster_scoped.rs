//! R320: a resource without namespace, given in a namespace only.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ResourceClusterScoped,
    number: "R320",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a resource without namespace, given in a namespace only",
    why: "requests for it are in no namespace, where no RoleBinding counts",
    remedy: "give it by a ClusterRole and a ClusterRoleBinding",
    source: "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, VisitRulesFor",
    underlined: "nodes",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
  namespace: team-a
rules:
- apiGroups: [""]
  resources: [nodes]
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
