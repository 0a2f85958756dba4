//! A105: a role ARN with a path.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingRolePath,
    number: "A105",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a role ARN with a path",
    why: "STS reports an assumed role without its path, so that this entry matches nobody",
    remedy: "write the ARN without the path: `arn:aws:iam::ACCOUNT:role/NAME`",
    source: "kubernetes-sigs/aws-iam-authenticator issue 268; pkg/arn/arn.go at 0.7.18",
    underlined: "arn:aws:iam::111122223333:role/team/dev",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/team/dev
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
