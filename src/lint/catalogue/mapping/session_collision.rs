//! A117: a bound name that several session names become.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::SessionCollision,
    number: "A117",
    family: Family::Mapping,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "a bound name that several session names become",
    why: "`{{SessionName}}` writes `-` for `@`, so that `ann@corp` and `ann-corp` are one user",
    remedy: "use `{{SessionNameRaw}}`, or names without `-` and `@`",
    source: "aws-iam-authenticator 0.7.18, pkg/server/server.go, renderTemplate",
    underlined: "dev:ann-corp",
    bad: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: "dev:{{SessionName}}"
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
  name: ann
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: reader
subjects:
- kind: User
  apiGroup: rbac.authorization.k8s.io
  name: dev:ann-corp
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
  name: ann
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: reader
subjects:
- kind: User
  apiGroup: rbac.authorization.k8s.io
  name: dev:ann
"#,
};
