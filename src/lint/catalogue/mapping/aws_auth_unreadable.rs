//! A103: a key whose text cannot be read.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AwsAuthUnreadable,
    number: "A103",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a key whose text cannot be read",
    why: "one slip in the text of a key takes away all access of that kind, nodes included",
    remedy: "mend the text; put templates in quotes: `'{{SessionName}}'`",
    source: "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go, ParseMap",
    underlined: "{",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: {{SessionName}}
",
    good: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: '{{SessionName}}'
",
};
