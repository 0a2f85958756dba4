//! S502: an inline ignore of something that is not there.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::IgnoreUnused,
    number: "S502",
    family: Family::Silence,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "an inline ignore of something that is not there",
    why: "it would hide the same mistake, made anew",
    remedy: "remove the comment",
    source: "iamrbac: inline comments",
    underlined: "# iamrbac: ignore resource-unknown was a typo once",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]  # iamrbac: ignore resource-unknown was a typo once
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
};
