//! I020: a version of Kubernetes whose default policy is not known.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::VersionUnknown,
    number: "I020",
    family: Family::Input,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "a version of Kubernetes whose default policy is not known",
    why: "the default roles of another version are taken in its place, which may grant more or less",
    remedy: "say which version's policy to take with `--builtin`, or capture the cluster's own objects",
    source: "Kubernetes 1.31 to 1.36, plugin/pkg/auth/authorizer/rbac/bootstrappolicy",
    underlined: r#""1.30""#,
    bad: r#"cluster:
  name: payments
  arn: arn:aws:eks:eu-west-1:111122223333:cluster/payments
  version: "1.30"
  accessConfig:
    authenticationMode: API
"#,
    good: r#"# a version whose default policy is built in
cluster:
  name: payments
  arn: arn:aws:eks:eu-west-1:111122223333:cluster/payments
  version: "1.33"
  accessConfig:
    authenticationMode: API
"#,
};
