//! A124: a whole account, mapped.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AccountMapped,
    number: "A124",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a whole account, mapped",
    why: "every role and user of the account can log in, and has all that `system:authenticated` has",
    remedy: "map the roles that need access",
    source: "aws-iam-authenticator 0.7.18, pkg/server/server.go, doMapping",
    underlined: r#""111122223333""#,
    bad: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapAccounts: |
    - "111122223333"
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
",
};
