//! I001: a file or directory that cannot be read.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::FileUnreadable,
    number: "I001",
    family: Family::Input,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a file or directory that cannot be read",
    why: "what is in it is not judged, and may change everything else",
    remedy: "make it readable, or leave it out (`--exclude`)",
    source: "iamrbac: reading",
    underlined: "",
    bad: r"# in place of this text: a file that may not be opened, or a link that leads to itself
",
    good: r"# a file that can be read
",
};
