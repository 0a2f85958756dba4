//! P428: becoming a service account of `kube-system`.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AccessSystemServiceAccounts,
    number: "P428",
    family: Family::Access,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "becoming a service account of `kube-system`",
    why: "controllers there hold more than most administrators; one of them may escalate its own role",
    remedy: "keep people and workloads out of `kube-system`",
    source: "Kubernetes documentation, Using RBAC Authorization, roles for built-in controllers",
    underlined: "devs",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: dev
rules:
- apiGroups: [""]
  resources: [serviceaccounts/token]
  verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: devs
  namespace: kube-system
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
  resources: [serviceaccounts]
  verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: devs
  namespace: kube-system
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
