//! A122: a node's mapping with further groups, or a node's username for somebody else.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::NodeMappingGroups,
    number: "A122",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "a node's mapping with further groups, or a node's username for somebody else",
    why: "every node, and every pod that reaches the metadata service, has the rights of these groups",
    remedy: "map people and nodes by different roles",
    source: "Kubernetes 1.34, pkg/auth/nodeidentifier/default.go; kubernetes-sigs/aws-iam-authenticator issue 190",
    underlined: "admins",
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
      - system:bootstrappers
      - system:nodes
      - admins
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
