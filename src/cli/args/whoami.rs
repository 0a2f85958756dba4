//! What was typed after `whoami`.

use clap::{ArgGroup, Args, ValueEnum};

use super::{Input, Look, Who};

pub(super) const EXAMPLES: &str = "\
Examples:
  # which username and groups does the role get from aws-auth?
  iamrbac whoami --arn arn:aws:iam::111122223333:role/eks-developer --session alice

  # for all session names at once: the cases that bindings single out, and everyone else
  iamrbac whoami --arn arn:aws:iam::111122223333:role/eks-developer

  # as the cluster itself would review the caller's token
  iamrbac whoami --arn arn:aws:iam::111122223333:user/ana -o tokenreview

  # by what a cluster has, piped in: the groups, one a line
  kubectl get cm aws-auth -n kube-system -o yaml |
    iamrbac whoami -f - --arn arn:aws:iam::111122223333:user/ana -o json |
    jq -r '.identity.groups[].name'

Exit status: 0 known, 1 not mapped, 2 bad usage or input that could not be read and might turn the answer, 3 it depends.";

/// Who is this?
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("who").args(["arn", "user", "serviceaccount", "client_certificate", "token", "kubeconfig"]).required(true)))]
pub(in crate::cli) struct Whoami {
    #[command(flatten)]
    pub(in crate::cli) who: Who,
    #[command(flatten)]
    pub(in crate::cli) input: Input,
    #[command(flatten)]
    pub(in crate::cli) output: WhoamiOutput,
}

/// What `whoami` prints.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(in crate::cli) struct WhoamiOutput {
    /// How to print the answer
    #[arg(short, long, value_enum, default_value_t = IdentityFormat::Text)]
    pub(in crate::cli) output: IdentityFormat,
    /// Name the statements about Kubernetes and AWS on which the answer rests, with their sources
    #[arg(long)]
    pub(in crate::cli) references: bool,
    #[command(flatten)]
    pub(in crate::cli) look: Look,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum IdentityFormat {
    /// For people
    Text,
    /// iamrbac/identity/v1
    Json,
    /// The same as YAML
    Yaml,
    /// A `TokenReview` of authentication.k8s.io/v1 as JSON
    #[value(name = "tokenreview")]
    TokenReview,
}
