//! A140: an access key's id in a name.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::TemplateAccessKey,
    number: "A140",
    family: Family::Mapping,
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    summary: "an access key's id in a name",
    why: "a session of a role has another key each time, so that no binding can single the name out; versions 0.5.2 to 0.5.8 of the authenticator let the caller write any name there",
    remedy: "use `{{SessionName}}`, and look up the key in the audit log, which has it in any case",
    source: "aws-iam-authenticator 0.7.18, pkg/token/token.go; CVE-2022-2385, fixed in 0.5.9",
    underlined: r#""dev:{{AccessKeyID}}""#,
    bad: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: "dev:{{AccessKeyID}}"
"#,
    good: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: "dev:{{SessionName}}"
"#,
};
