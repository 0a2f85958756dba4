//! R305: a binding to a role that is not there.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::RoleNotFound,
    number: "R305",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "a binding to a role that is not there",
    why: "it grants nothing until somebody makes a role of that name, and then grants whatever that role says",
    remedy: "correct `roleRef`, or add the role; a `Role` is looked for in the binding's own namespace",
    source: "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, GetRoleReferenceRules",
    underlined: "raeder",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: devs
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: raeder
subjects:
- kind: Group
  apiGroup: rbac.authorization.k8s.io
  name: devs
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: devs
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: reader
subjects:
- kind: Group
  apiGroup: rbac.authorization.k8s.io
  name: devs
"#,
};
