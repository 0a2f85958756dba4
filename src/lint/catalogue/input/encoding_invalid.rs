//! I002: bytes that are no text.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::EncodingInvalid,
    number: "I002",
    family: Family::Input,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "bytes that are no text",
    why: "kubectl refuses the file, and what it was meant to grant cannot be judged",
    remedy: "save the file as UTF-8",
    source: "apimachinery 0.34.1, pkg/util/yaml/decoder.go",
    underlined: "\u{0}",
    bad: "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: a\u{0}b
",
    good: r"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ab
",
};
