//! A119: a mapping to a reserved name.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingSystemName,
    number: "A119",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a mapping to a reserved name",
    why: "names that begin with `system:` belong to Kubernetes' own components, and have rights by default policy",
    remedy: "use a name without `system:`",
    source: "Kubernetes documentation, Using RBAC Authorization, referring to subjects",
    underlined: "system:kube-scheduler",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: system:kube-scheduler
",
    good: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: scheduler
",
};
