//! A104: an entry or a field that the authenticator drops.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingInvalid,
    number: "A104",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "an entry or a field that the authenticator drops",
    why: "a value of the wrong type (`on`, `007`, a text where a list belongs) counts as nothing, and the rest stays in force",
    remedy: "put texts in quotes and groups in a list, and keep to the field names `rolearn`, `userarn`, `username`, `groups`",
    source: "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go, over encoding/json",
    underlined: "groups",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
      groups: devs
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
      groups: [devs]
",
};
