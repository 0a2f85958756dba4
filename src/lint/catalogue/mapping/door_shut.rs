//! A134: mappings behind a door that the cluster keeps shut.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::DoorShut,
    number: "A134",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "mappings behind a door that the cluster keeps shut",
    why: "access entries do not count in mode `CONFIG_MAP`, nor aws-auth in mode `API`: nobody comes in by them",
    remedy: "change the cluster's authentication mode, or remove them",
    source: "Amazon EKS User Guide, setting the authentication mode",
    underlined: "arn:aws:iam::111122223333:role/dev",
    bad: r"cluster:
  name: payments
  arn: arn:aws:eks:eu-west-1:111122223333:cluster/payments
  accessConfig: {authenticationMode: API}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev:{{SessionName}}
      groups: [developers]
",
    good: r"cluster:
  name: payments
  arn: arn:aws:eks:eu-west-1:111122223333:cluster/payments
  accessConfig: {authenticationMode: API_AND_CONFIG_MAP}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev:{{SessionName}}
      groups: [developers]
",
};
