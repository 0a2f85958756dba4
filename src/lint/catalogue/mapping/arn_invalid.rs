//! A107: a text that is the ARN of no caller.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ArnInvalid,
    number: "A107",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a text that is the ARN of no caller",
    why: "callers are roles, users, the root user and federated users; a group, an instance profile, a wrong account or partition is never asked for",
    remedy: "write the ARN of a role or a user, with its 12-digit account and an empty region",
    source: "aws-iam-authenticator 0.7.18, pkg/arn/arn.go",
    underlined: "arn:aws:iam::11112222333:role/dev",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::11112222333:role/dev
      username: dev
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
",
};
