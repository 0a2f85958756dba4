//! A123: two principals with one username.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::UsernameShared,
    number: "A123",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "two principals with one username",
    why: "each has all that is bound to the other, and the audit log cannot tell them apart",
    remedy: "give each its own username, or bind a group that both are in",
    source: "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, appliesToUser",
    underlined: "admin",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: admin
    - rolearn: arn:aws:iam::111122223333:role/ops
      username: admin
",
    good: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: admin
    - rolearn: arn:aws:iam::111122223333:role/ops
      username: ops
",
};
