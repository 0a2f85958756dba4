//! P402: wildcards: everything in a namespace, or a verb on everything.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AccessWildcard,
    number: "P402",
    family: Family::Access,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "wildcards: everything in a namespace, or a verb on everything",
    why: "a wildcard also gives resources and verbs that do not exist yet",
    remedy: "list the resources and verbs that are needed",
    source: "Kubernetes documentation, RBAC good practices, least privilege",
    underlined: "devs",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: dev
rules:
- apiGroups: ["*"]
  resources: ["*"]
  verbs: ["*"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: devs
  namespace: team-a
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: dev
subjects:
- kind: Group
  apiGroup: rbac.authorization.k8s.io
  name: devs
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: dev
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: devs
  namespace: team-a
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: dev
subjects:
- kind: Group
  apiGroup: rbac.authorization.k8s.io
  name: devs
"#,
};
