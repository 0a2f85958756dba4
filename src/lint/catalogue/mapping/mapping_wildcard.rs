//! A108: a wildcard in an ARN.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingWildcard,
    number: "A108",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a wildcard in an ARN",
    why: "mappings have no wildcards: the asterisk is compared as it stands, and no role has such a name",
    remedy: "write one entry for each role or user, or use EKS access entries",
    source: "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/mapper.go",
    underlined: "arn:aws:iam::111122223333:role/dev-*",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev-*
      username: dev
",
    good: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev-1
      username: dev
",
};
