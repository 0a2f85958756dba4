//! Arguments of `builtin`.

use clap::Args;

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  # what kube-apiserver 1.33 creates at its start
  iamrbac builtin --builtin 1.33

  # does one of our manifests differ from the default of its name?
  iamrbac builtin > defaults.yaml && iamrbac diff defaults.yaml ours.yaml --builtin none";

#[derive(Debug, Args)]
pub(in crate::cli) struct Builtin {
    /// The Kubernetes version: 1.31 and later [default: newest known]
    #[arg(long, value_name = "VERSION")]
    pub(in crate::cli) builtin: Option<String>,
}
