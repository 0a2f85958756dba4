//! R329: names on a list or a watch.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ResourceNamesList,
    number: "R329",
    family: Family::Objects,
    severity: Severity::Note,
    confidence: Confidence::Likely,
    summary: "names on a list or a watch",
    why: "a list names an object only where the caller selects `metadata.name`: `kubectl get TYPE` is refused",
    remedy: "give these verbs without `resourceNames`, or leave them out",
    source: "Kubernetes 1.34, apiserver/pkg/endpoints/request/requestinfo.go",
    underlined: "list",
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: settings, namespace: payments}
rules:
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [settings]
  verbs: [get, list]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: settings, namespace: payments}
rules:
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [settings]
  verbs: [get]
"#,
};
