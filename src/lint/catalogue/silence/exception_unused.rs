//! S504: an expected exception of something that is not there.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ExceptionUnused,
    number: "S504",
    family: Family::Silence,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "an expected exception of something that is not there",
    why: "it would hide the same mistake, made anew",
    remedy: "remove it from the configuration",
    source: "iamrbac: configuration, `expected`",
    underlined: "access-secrets",
    bad: r"lint:
  expected:
  - code: access-secrets
    file: cluster.yaml
    reason: served by our own API server, until it is moved
    expires: 2027-01-31
",
    good: r"lint:
  expected:
  - code: resource-unknown
    file: cluster.yaml
    reason: served by our own API server, until it is moved
    expires: 2027-01-31
",
};
