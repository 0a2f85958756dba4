//! A110: the root user, mapped.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingRoot,
    number: "A110",
    family: Family::Mapping,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "the root user, mapped",
    why: "`:root` is the root user only, not everyone of the account, and root should have no part in daily work",
    remedy: "map the roles and users that are meant",
    source: "aws-iam-authenticator 0.7.18, pkg/arn/arn.go",
    underlined: "arn:aws:iam::111122223333:root",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:root
      username: root
",
    good: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/ann
      username: root
",
};
