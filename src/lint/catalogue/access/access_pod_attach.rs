//! P409: attaching to pods.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AccessPodAttach,
    number: "P409",
    family: Family::Access,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "attaching to pods",
    why: "where a container keeps its standard input open, attaching is running commands",
    remedy: "give it for a time, in namespaces that need it",
    source: "Kubernetes documentation, RBAC good practices",
    underlined: "devs",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: dev
rules:
- apiGroups: [""]
  resources: [pods/attach]
  verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: devs
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
kind: ClusterRoleBinding
metadata:
  name: devs
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
