//! A136: two access entries of one principal.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::EntryDuplicate,
    number: "A136",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "two access entries of one principal",
    why: "a cluster has one entry for each principal, roles without their path: the later one counts here",
    remedy: "keep one entry, with all groups",
    source: "Amazon EKS API, CreateAccessEntry",
    underlined: "arn:aws:iam::111122223333:role/oncall",
    bad: r"apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: payments, region: eu-west-1}
accessConfig:
  accessEntries:
  - principalARN: arn:aws:iam::111122223333:role/teams/oncall
    kubernetesGroups: [oncall]
  - principalARN: arn:aws:iam::111122223333:role/oncall
    kubernetesGroups: [viewers]
",
    good: r"apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: payments, region: eu-west-1}
accessConfig:
  accessEntries:
  - principalARN: arn:aws:iam::111122223333:role/oncall
    kubernetesGroups: [oncall, viewers]
",
};
