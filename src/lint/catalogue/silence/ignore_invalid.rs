//! S501: an inline ignore without a known code, or without a reason.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::IgnoreInvalid,
    number: "S501",
    family: Family::Silence,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "an inline ignore without a known code, or without a reason",
    why: "it silences nothing: an exception that nobody can judge later is no exception",
    remedy: "write `# iamrbac: ignore CODE reason`",
    source: "iamrbac: inline comments",
    underlined: "# iamrbac: ignore resource-unknown",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pod]  # iamrbac: ignore resource-unknown
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pod]  # iamrbac: ignore resource-unknown served by our own API server
  verbs: [get]
"#,
};
