//! A126: an account id with a leading zero and without quotes.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AccountUnquoted,
    number: "A126",
    family: Family::Mapping,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "an account id with a leading zero and without quotes",
    why: "the authenticator reads it as written, but tools that rewrite the ConfigMap take it for a number",
    remedy: "put it in quotes",
    source: "YAML 1.1, integer type; aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go",
    underlined: "011122223333",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapAccounts: |
    - 011122223333
",
    good: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapAccounts: |
    - "011122223333"
"#,
};
