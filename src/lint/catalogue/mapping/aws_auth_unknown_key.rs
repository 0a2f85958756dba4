//! A102: a key that the authenticator does not read.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AwsAuthUnknownKey,
    number: "A102",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a key that the authenticator does not read",
    why: "keys are compared letter by letter; under `maproles` nobody is mapped, and nothing says so",
    remedy: "write `mapRoles`, `mapUsers` or `mapAccounts`",
    source: "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go, ParseMap",
    underlined: "maproles",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  maproles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
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
