//! I008: documents behind one that cannot be read.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ReadPastError,
    number: "I008",
    family: Family::Input,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "documents behind one that cannot be read",
    why: "kubectl stops at the first document that it cannot read, so that the later ones are not applied",
    remedy: "mend the document before",
    source: "cli-runtime 0.34.1, pkg/resource/visitor.go",
    underlined: "apiVersion: rbac.authorization.k8s.io/v1",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: a
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: b
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: a
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: b
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
};
