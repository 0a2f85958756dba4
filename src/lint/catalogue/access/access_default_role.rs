//! P403: a default role for whole namespaces.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AccessDefaultRole,
    number: "P403",
    family: Family::Access,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "a default role for whole namespaces",
    why: "`admin` and `edit` read Secrets, run pods under any service account and act as service accounts of the namespace",
    remedy: "bind `view`, or a role with what is needed",
    source: "Kubernetes documentation, Using RBAC Authorization, user-facing roles",
    underlined: "devs",
    bad: r"apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: devs
  namespace: team-a
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: edit
subjects:
- kind: Group
  apiGroup: rbac.authorization.k8s.io
  name: devs
",
    good: r"apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: devs
  namespace: team-a
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
