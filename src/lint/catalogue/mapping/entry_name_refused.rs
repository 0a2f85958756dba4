//! A135: a name that EKS refuses in an access entry.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::EntryNameRefused,
    number: "A135",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a name that EKS refuses in an access entry",
    why: "the entry cannot be made: `system:masters` is given by an access policy instead",
    remedy: "use names of your own; associate `AmazonEKSClusterAdminPolicy` for administrators",
    source: "Amazon EKS User Guide, create access entries; Amazon EKS API, CreateAccessEntry",
    underlined: "system:masters",
    bad: r"apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: payments, region: eu-west-1}
accessConfig:
  accessEntries:
  - principalARN: arn:aws:iam::111122223333:role/oncall
    kubernetesGroups: [oncall, system:masters]
",
    good: r"apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: payments, region: eu-west-1}
accessConfig:
  accessEntries:
  - principalARN: arn:aws:iam::111122223333:role/oncall
    kubernetesGroups: [oncall]
    accessPolicies:
    - policyARN: arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy
      accessScope: {type: cluster}
",
};
