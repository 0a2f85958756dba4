//! S505: something that silences findings, added by the change that is judged.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::SilenceAdded,
    number: "S505",
    family: Family::Silence,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "something that silences findings, added by the change that is judged",
    why: "whoever may change a manifest could hide what is wrong with it in the same change",
    remedy: "let somebody look at it by itself; once it is in the base it counts",
    source: "iamrbac: `lint --base`, `diff`",
    underlined: "resource-unknown",
    bad: r"lint:
  levels:
    resource-unknown: off
",
    good: r"lint:
  levels:
    resource-unknown: error
",
};
