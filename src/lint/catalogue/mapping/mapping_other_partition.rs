//! A109: an entry of another partition than the others.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingOtherPartition,
    number: "A109",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "an entry of another partition than the others",
    why: "a cluster is reached by principals of its own partition only",
    remedy: "write the partition of the cluster",
    source: "AWS General Reference, Amazon Resource Names; STS endpoints by partition",
    underlined: "arn:aws-cn:iam::111122223333:role/ops",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
    - rolearn: arn:aws:iam::111122223333:role/qa
      username: qa
    - rolearn: arn:aws-cn:iam::111122223333:role/ops
      username: ops
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
    - rolearn: arn:aws:iam::111122223333:role/qa
      username: qa
    - rolearn: arn:aws:iam::111122223333:role/ops
      username: ops
",
};
