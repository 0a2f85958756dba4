//! I009: a kustomization, which is not built here.

use crate::finding::{Code, Severity};
use crate::lint::catalogue::{Confidence, Family, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: Code::KustomizationUnbuilt,
    number: "I009",
    family: Family::Input,
    severity: Severity::Note,
    confidence: Confidence::Certain,
    summary: "a kustomization, which is not built here",
    why: "its patches, name prefixes and namespaces change what reaches the cluster",
    remedy: "build it and pipe it in: `kustomize build DIRECTORY | iamrbac lint -f -`",
    source: "Kustomize documentation, kustomization file",
    underlined: "",
    bad: r"resources:
- roles.yaml
",
    good: r#"apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
"#,
};
