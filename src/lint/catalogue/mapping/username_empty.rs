//! A113: an entry without a username.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::UsernameEmpty,
    number: "A113",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "an entry without a username",
    why: "kubectl works, but `kubectl top` and other APIs behind the front proxy answer Unauthorized, and the audit log names nobody",
    remedy: "give a username",
    source: "kubernetes-sigs/aws-iam-authenticator issue 289; kubernetes-sigs/metrics-server issue 58",
    underlined: "rolearn: arn:aws:iam::111122223333:role/dev",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      groups:
      - devs
",
    good: r"apiVersion: v1
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
",
};
