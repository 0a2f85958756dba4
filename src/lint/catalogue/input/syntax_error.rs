//! I003: text that is neither YAML nor JSON.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::SyntaxError,
    number: "I003",
    family: Family::Input,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "text that is neither YAML nor JSON",
    why: "kubectl stops at this document, and what it was meant to grant cannot be judged",
    remedy: "mend the text; the message names the place where reading failed",
    source: "sigs.k8s.io/yaml 1.6.0, over go-yaml v2",
    underlined: "[",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get
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
