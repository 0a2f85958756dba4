//! I007: content behind `...`.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ContentDropped,
    number: "I007",
    family: Family::Input,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "content behind `...`",
    why: "Kubernetes reads a document up to a line `...` and drops the rest without a word",
    remedy: "separate documents with `---`",
    source: "apimachinery 0.34.1, pkg/util/yaml/decoder.go",
    underlined: "apiVersion: rbac.authorization.k8s.io/v1",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
...
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: writer
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [create]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: writer
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [create]
"#,
};
