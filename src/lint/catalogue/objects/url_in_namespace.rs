//! R318: a rule for URLs, given in a namespace only.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::UrlInNamespace,
    number: "R318",
    family: Family::Objects,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a rule for URLs, given in a namespace only",
    why: "URLs are in no namespace; only ClusterRoleBindings count for them",
    remedy: "give it by a ClusterRoleBinding",
    source: "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, VisitRulesFor",
    underlined: r#""/healthz""#,
    bad: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: health
rules:
- nonResourceURLs: ["/healthz"]
  verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: health
  namespace: team-a
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: health
subjects:
- kind: Group
  apiGroup: rbac.authorization.k8s.io
  name: devs
"#,
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: health
rules:
- nonResourceURLs: ["/healthz"]
  verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: health
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: health
subjects:
- kind: Group
  apiGroup: rbac.authorization.k8s.io
  name: devs
"#,
};
