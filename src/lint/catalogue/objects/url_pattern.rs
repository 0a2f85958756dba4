//! R319: a URL that no request has.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::UrlPattern,
    number: "R319",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a URL that no request has",
    why: "paths begin with a slash, and an asterisk is a wildcard only at the end",
    remedy: "write the path with its slash, and the asterisk last",
    source: "Kubernetes 1.34, pkg/apis/rbac/v1/evaluation_helpers.go, NonResourceURLMatches",
    underlined: r#""healthz""#,
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: health
rules:
- nonResourceURLs: ["healthz"]
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: health
rules:
- nonResourceURLs: ["/healthz"]
  verbs: [get]
"#,
};
