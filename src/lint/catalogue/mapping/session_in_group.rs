//! A115: a session name in a group.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::SessionInGroup,
    number: "A115",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a session name in a group",
    why: "whoever may assume the role chooses the session name, and with it the group",
    remedy: "write the group out, or confine session names with `sts:RoleSessionName` in the role's trust policy",
    source: "AWS STS API reference, AssumeRole; aws-iam-authenticator 0.7.18, pkg/server/server.go",
    underlined: r#""team:{{SessionName}}""#,
    bad: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
      groups:
      - "team:{{SessionName}}"
"#,
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
      - team-a
",
};
