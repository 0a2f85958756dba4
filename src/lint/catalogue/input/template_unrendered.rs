//! I004: a template that has not been rendered.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::TemplateUnrendered,
    number: "I004",
    family: Family::Input,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a template that has not been rendered",
    why: "what a template grants is known only after it was rendered",
    remedy: "render it and pipe the result in, or leave it out with `--exclude`",
    source: "Helm documentation, chart template guide",
    underlined: "{",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ .Values.name }}
{{- if .Values.rules }}
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
{{- end }}
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
