//! P401: everything, everywhere.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AccessClusterAdmin,
    number: "P401",
    family: Family::Access,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "everything, everywhere",
    why: "the principal owns the cluster and whatever runs in it",
    remedy: "give what is needed by a role of its own",
    source: "Kubernetes documentation, RBAC good practices, least privilege",
    underlined: "devs",
    bad: r"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: devs
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
- kind: Group
  apiGroup: rbac.authorization.k8s.io
  name: devs
",
    good: r"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: devs
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
- kind: Group
  apiGroup: rbac.authorization.k8s.io
  name: devs
",
};
