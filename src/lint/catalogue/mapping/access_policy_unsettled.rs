//! A139: an access policy of which the rules or the scope are not known.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::AccessPolicyUnsettled,
    number: "A139",
    family: Family::Mapping,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "an access policy of which the rules or the scope are not known",
    why: "what it gives cannot be told here, so that findings about it may be missing",
    remedy: "write its scope; of policies that are not published ask AWS",
    source: "Amazon EKS User Guide, review access policy permissions",
    underlined: "AmazonEKSPaymentsPolicy",
    bad: r"apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: payments, region: eu-west-1}
accessConfig:
  accessEntries:
  - principalARN: arn:aws:iam::111122223333:role/oncall
    accessPolicies:
    - policyARN: arn:aws:eks::aws:cluster-access-policy/AmazonEKSPaymentsPolicy
      accessScope: {type: cluster}
",
    good: r"apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: payments, region: eu-west-1}
accessConfig:
  accessEntries:
  - principalARN: arn:aws:iam::111122223333:role/oncall
    accessPolicies:
    - policyARN: arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy
      accessScope: {type: cluster}
",
};
