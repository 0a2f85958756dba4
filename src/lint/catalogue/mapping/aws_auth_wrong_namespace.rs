//! A101: mappings in another ConfigMap than `kube-system/aws-auth`.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AwsAuthWrongNamespace,
    number: "A101",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "mappings in another ConfigMap than `kube-system/aws-auth`",
    why: "the authenticator reads that one ConfigMap only, so nobody is mapped by this one",
    remedy: "name it `aws-auth` and put it in `kube-system`",
    source: "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go",
    underlined: "name: aws-auth",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: default
data:
  mapRoles: |
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
