//! A125: an item of `mapAccounts` that is no account id.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AccountInvalid,
    number: "A125",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "an item of `mapAccounts` that is no account id",
    why: "account ids have 12 digits; anything else equals no caller's account",
    remedy: "write the 12 digits, in quotes",
    source: "AWS Account Management Reference, account identifiers",
    underlined: "11112222333",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapAccounts: |
    - 11112222333
",
    good: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapAccounts: |
    - "111122223333"
"#,
};
