//! A111: a second entry for the same caller.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingShadowed,
    number: "A111",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a second entry for the same caller",
    why: "one entry counts (the last in mapRoles, and mapRoles before mapUsers); groups of the other are lost, not added",
    remedy: "keep one entry, with all groups",
    source: "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go",
    underlined: "arn:aws:iam::111122223333:role/dev",
    bad: r"apiVersion: v1
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
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
      groups:
      - ops
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
      - ops
",
};
