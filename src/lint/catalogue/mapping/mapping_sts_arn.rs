//! A106: an assumed role's ARN.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingStsArn,
    number: "A106",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "an assumed role's ARN",
    why: "callers are looked up by the ARN of their role, so that an STS ARN of one session matches nobody",
    remedy: "write the ARN of the role: `arn:aws:iam::ACCOUNT:role/NAME`",
    source: "aws-iam-authenticator 0.7.18, pkg/arn/arn.go, Canonicalize",
    underlined: "arn:aws:sts::111122223333:assumed-role/dev/ann",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:sts::111122223333:assumed-role/dev/ann
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
