//! A128: a mapped group that no binding names.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::GroupUnbound,
    number: "A128",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Possible,
    summary: "a mapped group that no binding names",
    why: "its members can log in and have no rights by it; often one of the two names is misspelt",
    remedy: "bind the group, or correct its name",
    source: "kubernetes-sigs/aws-iam-authenticator issues 139 and 172",
    underlined: "developers",
    bad: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
      groups:
      - developers
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
    good: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
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
