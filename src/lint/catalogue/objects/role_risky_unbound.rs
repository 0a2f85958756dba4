//! R327: a dangerous role that nobody is given.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::RoleRiskyUnbound,
    number: "R327",
    family: Family::Objects,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "a dangerous role that nobody is given",
    why: "it does no harm as it is; one binding makes it dangerous",
    remedy: "remove it if nothing needs it",
    source: "Kubernetes documentation, RBAC good practices",
    underlined: "secret-reader",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: secret-reader
rules:
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: secret-reader
rules:
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: secrets
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: secret-reader
subjects:
- kind: Group
  apiGroup: rbac.authorization.k8s.io
  name: ops
"#,
};
