//! What was typed after `whoami`.

use std::path::PathBuf;

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

  # for whom does it take the user of a context? nothing in the kubeconfig is run, and no secret is printed
  iamrbac whoami --kubeconfig ~/.kube/config --context payments --aws-config ~/.aws/config

  # which role of AWS do the pods of a service account become, and does its trust policy let them?
  iamrbac whoami -f cluster/ --serviceaccount ledger:reports

  # does the cluster take people for what these manifests say? by the authenticator's own log
  aws logs filter-log-events --log-group-name /aws/eks/payments/cluster \
      --log-stream-name-prefix authenticator- --filter-pattern '\"access\"' > auth.json
  iamrbac whoami -f manifests/ --replay auth.json

Exit status: 0 known, 1 not mapped, 2 bad usage or input that could not be read and might turn the answer, 3 it depends.
With --replay: 0 all as logged, 1 something differs, 2 could not, 3 some of it turns on what is not in the input.";

/// Who is this?
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("who").args(["arn", "user", "serviceaccount", "client_certificate", "token", "kubeconfig", "replay"]).required(true)))]
pub(in crate::cli) struct Whoami {
    /// The log of aws-iam-authenticator, or `-`: would these manifests do what it tells? As `CloudWatch` exports it, or plain
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Who asks",
        conflicts_with_all = ["session_name", "access_key_id", "ec2_private_dns_name", "group", "act_as"]
    )]
    pub(in crate::cli) replay: Option<PathBuf>,
    /// The trust policy of the role that the service account's pods are to become, as `aws iam get-role` prints it or by itself
    #[arg(long, value_name = "FILE", requires = "serviceaccount", help_heading = "Who asks")]
    pub(in crate::cli) trust_policy: Option<PathBuf>,
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
