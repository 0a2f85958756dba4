//! I006: a name with a placeholder that was not filled in.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::PlaceholderUnfilled,
    number: "I006",
    family: Family::Input,
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    summary: "a name with a placeholder that was not filled in",
    why: "to the cluster a placeholder is an ordinary text, so that the name is nobody's",
    remedy: "fill it in (`envsubst`, `kustomize build`, `helm template`) and lint the result",
    source: "iamrbac: literal names, as Kubernetes 1.34 and aws-iam-authenticator 0.7.18 compare them",
    underlined: "arn:aws:iam::${ACCOUNT}:role/dev",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::${ACCOUNT}:role/dev
      username: dev
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
",
};
