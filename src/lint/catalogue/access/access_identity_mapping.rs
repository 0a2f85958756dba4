//! P426: writing `IAMIdentityMapping` objects.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AccessIdentityMapping,
    number: "P426",
    family: Family::Access,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "writing IAMIdentityMapping objects",
    why: "where the authenticator reads them, whoever writes them maps any IAM principal to `system:masters`",
    remedy: "leave them to the pipeline that applies them",
    source: "aws-iam-authenticator 0.7.18, pkg/mapper/crd",
    underlined: "devs",
    bad: r"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: dev
rules:
- apiGroups: [iamauthenticator.k8s.aws]
  resources: [iamidentitymappings]
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
",
    good: r"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: dev
rules:
- apiGroups: [iamauthenticator.k8s.aws]
  resources: [iamidentitymappings]
  verbs: [get]
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
",
};
