//! A127: an `sso` entry.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingSso,
    number: "A127",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Likely,
    summary: "an `sso` entry",
    why: "its feature gate is off by default, and EKS documents no way to turn it on: the entry matches nobody",
    remedy: "write `rolearn` with the ARN of the permission set's role, without its path",
    source: "aws-iam-authenticator 0.7.18, pkg/config/types.go (SSORoleMatch)",
    underlined: "permissionSetName: Dev",
    bad: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - sso:
        permissionSetName: Dev
        accountID: "111122223333"
      username: dev
"#,
    good: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/AWSReservedSSO_Dev_0123456789abcdef
      username: dev
",
};
