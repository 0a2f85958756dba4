//! A138: a configuration with which the authenticator does not start.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ConfigurationRefused,
    number: "A138",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a configuration with which the authenticator does not start",
    why: "nobody who is mapped can log in until it is mended",
    remedy: "mend what the message names",
    source: "aws-iam-authenticator 0.7.18, cmd/aws-iam-authenticator/root.go and pkg/config",
    underlined: "every role of the account",
    bad: r"clusterID: payments.example.com
server:
  mapRoles: every role of the account
",
    good: r"clusterID: payments.example.com
server:
  mapRoles:
  - roleARN: arn:aws:iam::111122223333:role/dev
    username: dev
    groups: [developers]
",
};
