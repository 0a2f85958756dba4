//! R323: a binding to callers who show nothing.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::SubjectAnonymous,
    number: "R323",
    family: Family::Objects,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a binding to callers who show nothing",
    why: "whoever reaches the API server has these rights, without any credentials",
    remedy: "remove the subject",
    source: "Kubernetes documentation, RBAC good practices",
    underlined: "system:unauthenticated",
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
  name: readers
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: reader
subjects:
- kind: Group
  apiGroup: rbac.authorization.k8s.io
  name: system:unauthenticated
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
  name: readers
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: reader
subjects:
- kind: ServiceAccount
  name: app
  namespace: team-a
"#,
};
