//! R310: `RESOURCE/*`, which is no wildcard.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::SubresourceWildcard,
    number: "R310",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "`RESOURCE/*`, which is no wildcard",
    why: "wildcards are `*` and `*/SUBRESOURCE` only; any other asterisk is compared as it stands",
    remedy: "name the subresources that are meant",
    source: "Kubernetes 1.34, pkg/apis/rbac/v1/evaluation_helpers.go, ResourceMatches",
    underlined: r#""pods/*""#,
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: ["pods/*"]
  verbs: [get]
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
"#,
};
