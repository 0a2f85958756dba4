//! S503: an expected exception whose day has passed.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ExceptionExpired,
    number: "S503",
    family: Family::Silence,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "an expected exception whose day has passed",
    why: "it silences nothing any more; what it was for is told again",
    remedy: "mend what it was for, or give it another day and say why",
    source: "iamrbac: configuration, `expected`",
    underlined: "resource-unknown",
    bad: r"lint:
  expected:
  - code: resource-unknown
    file: cluster.yaml
    reason: served by our own API server, until it is moved
    expires: 2026-11-21
",
    good: r"lint:
  expected:
  - code: resource-unknown
    file: cluster.yaml
    reason: served by our own API server, until it is moved
    expires: 2026-11-22
",
};
