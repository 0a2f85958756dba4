//! A118: a mapping to `system:masters`.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingSystemMasters,
    number: "A118",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a mapping to `system:masters`",
    why: "its members may do everything, no authorizer is asked, and no binding can be removed to stop them",
    remedy: "map to a group of your own and bind it to `cluster-admin`",
    source: "Kubernetes 1.34, pkg/kubeapiserver/authorizer/reload.go",
    underlined: "system:masters",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
      groups:
      - system:masters
",
    good: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
      groups:
      - cluster-admins
",
};
