//! A112: user ARNs that differ in letter case only.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingRandom,
    number: "A112",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "user ARNs that differ in letter case only",
    why: "the authenticator takes one of them at random, anew at each call",
    remedy: "keep one of them",
    source: "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go, UserMapping",
    underlined: "arn:aws:iam::111122223333:user/Ann",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/Ann
      username: ann
    - userarn: arn:aws:iam::111122223333:user/ann
      username: ann2
",
    good: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/Ann
      username: ann
    - userarn: arn:aws:iam::111122223333:user/bea
      username: ann2
",
};
