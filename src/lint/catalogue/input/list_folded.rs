//! I013: items of a list that their indentation makes one text.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::ListFolded,
    number: "I013",
    family: Family::Input,
    severity: Severity::Error,
    confidence: Confidence::Likely,
    summary: "items of a list that their indentation makes one text",
    why: "a deeper `-` goes on with the text of the item above: neither item is there, only one of both names",
    remedy: "give the items the same indentation",
    source: "YAML 1.2.2, plain style, multi-line",
    underlined: "developers",
    bad: r"apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
      groups:
      - developers
        - viewers
",
    good: r"apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev
      groups:
      - developers
      - viewers
",
};
