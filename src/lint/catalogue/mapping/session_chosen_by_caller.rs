//! A116: a bound user that a session name makes.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::SessionChosenByCaller,
    number: "A116",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "a bound user that a session name makes",
    why: "whoever may assume the role can take the session name and so the rights of this user",
    remedy: "bind a group instead, or confine session names with `sts:RoleSessionName` in the role's trust policy",
    source: "AWS STS API reference, AssumeRole, RoleSessionName",
    underlined: "dev:alice",
    bad: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: "dev:{{SessionName}}"
      groups:
      - devs
---
apiVersion: rbac.authorization.k8s.io/v1
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
  name: alice
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: reader
subjects:
- kind: User
  apiGroup: rbac.authorization.k8s.io
  name: dev:alice
"#,
    good: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: "dev:{{SessionName}}"
      groups:
      - devs
---
apiVersion: rbac.authorization.k8s.io/v1
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
  name: alice
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
