//! A120: a mapping to a service account's username.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingServiceAccount,
    number: "A120",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a mapping to a service account's username",
    why: "the principal has all that is bound to that account, and the audit log cannot tell the two apart",
    remedy: "use a username without `system:serviceaccount:`",
    source: "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, appliesToUser",
    underlined: "system:serviceaccount:kube-system:coredns",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: system:serviceaccount:kube-system:coredns
",
    good: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: coredns
",
};
