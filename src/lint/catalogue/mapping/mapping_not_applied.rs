//! A137: mappings that a tool writes into aws-auth, beside the ConfigMap itself.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::MappingNotApplied,
    number: "A137",
    family: Family::Mapping,
    severity: Severity::Note,
    confidence: Confidence::Likely,
    summary: "mappings that a tool writes into aws-auth, beside the ConfigMap itself",
    why: "the ConfigMap counts as it stands, so that these are judged only where it has them",
    remedy: "leave one of the two out",
    source: "eksctl, iamIdentityMappings; Cluster API Provider AWS, iamAuthenticatorConfig",
    underlined: "apiVersion: eksctl.io/v1alpha5",
    bad: r"apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: payments, region: eu-west-1}
iamIdentityMappings:
- arn: arn:aws:iam::111122223333:role/oncall
  username: oncall
  groups: [oncall]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
      groups: [developers]
",
    good: r"apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: payments, region: eu-west-1}
iamIdentityMappings:
- arn: arn:aws:iam::111122223333:role/oncall
  username: oncall
  groups: [oncall]
",
};
