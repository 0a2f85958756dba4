//! A114: a template that the authenticator does not know.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::TemplateUnknown,
    number: "A114",
    family: Family::Mapping,
    severity: Severity::Error,
    confidence: Confidence::Certain,
    summary: "a template that the authenticator does not know",
    why: "tokens are replaced exactly; `{{Session}}` stays in the name as it is",
    remedy: "use `{{AccountID}}`, `{{SessionName}}`, `{{SessionNameRaw}}`, `{{AccessKeyID}}` or, for nodes, `{{EC2PrivateDNSName}}`",
    source: "aws-iam-authenticator 0.7.18, pkg/server/server.go, renderTemplate",
    underlined: r#""dev:{{Session}}""#,
    bad: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: "dev:{{Session}}"
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
