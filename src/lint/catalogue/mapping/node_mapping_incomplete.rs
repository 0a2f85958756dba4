//! A121: a node's mapping without the groups of nodes.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::NodeMappingIncomplete,
    number: "A121",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a node's mapping without the groups of nodes",
    why: "without `system:nodes` and `system:bootstrappers` nodes cannot join, or are not authorized",
    remedy: "give it the groups `system:bootstrappers` and `system:nodes`",
    source: "Amazon EKS User Guide, aws-auth ConfigMap; Kubernetes 1.34, plugin/pkg/auth/authorizer/node",
    underlined: "system:nodes",
    bad: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/node
      username: "system:node:{{EC2PrivateDNSName}}"
      groups:
      - system:nodes
"#,
    good: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/node
      username: "system:node:{{EC2PrivateDNSName}}"
      groups:
      - system:bootstrappers
      - system:nodes
"#,
};
