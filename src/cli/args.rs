//! Exactly what was typed. Nothing is done here.

mod builtin;
mod deferred;
mod everyone;
mod limits;
mod lint;
mod review;
mod summary;
mod whoami;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

pub(super) use builtin::Builtin;
use deferred::Deferred;
pub(super) use everyone::{CallerKind, Matrix, MatrixFormat, WhoCan};
pub(super) use limits::Limits;
pub(super) use lint::{Lint, LintFailOn, LintFormat};
use review::{DIFF_EXAMPLES, TEST_EXAMPLES};
pub(super) use review::{Diff, DiffFormat, FailOn, Test, TestFormat};
pub(super) use summary::Summary;
pub(super) use whoami::{IdentityFormat, Whoami};

/// Who can do what on this EKS cluster, and why: answered offline, from manifests, with the proof.
#[derive(Debug, Parser)]
#[command(name = "iamrbac", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// May this caller do this? Prints yes or no, and the chain that makes it so
    #[command(name = "can-i", after_help = CAN_I_EXAMPLES)]
    CanI(Deferred<CanI>),
    /// Who may do this? IAM principals first, then who else is bound, each with binding, role and place
    #[command(name = "who-can", after_help = everyone::WHO_CAN_EXAMPLES)]
    WhoCan(Deferred<WhoCan>),
    /// Everyone and what they may do: a table, or facts for a spreadsheet or a database
    #[command(name = "matrix", after_help = everyone::MATRIX_EXAMPLES)]
    Matrix(Deferred<Matrix>),
    /// What is worth mending in the manifests? Prints findings with their places
    #[command(after_help = lint::EXAMPLES)]
    Lint(Deferred<Lint>),
    /// For whom does the cluster take this caller? Prints username and groups, and the mapping that makes it so
    #[command(after_help = whoami::EXAMPLES)]
    Whoami(Deferred<Whoami>),
    /// What is here? Prints what was read and what not, who is mapped, and what leads nowhere
    #[command(after_help = summary::EXAMPLES)]
    Summary(Deferred<Summary>),
    /// What does a change do to access? Prints who gains and who loses what, and the chain that makes it so
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(Deferred<Diff>),
    /// Is access as it was written down? Judges files of expectations
    #[command(after_help = TEST_EXAMPLES)]
    Test(Deferred<Test>),
    /// What does Kubernetes bring along? Prints the default roles and bindings of a version, as manifests
    #[command(after_help = builtin::EXAMPLES)]
    Builtin(Deferred<Builtin>),
    /// Write completions for a shell to standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the man page to standard output
    Man,
}

impl Command {
    /// Whether nothing is to be said but the exit status.
    pub(super) fn is_quiet(&self) -> bool {
        match self {
            Self::CanI(can_i) => can_i.output.quiet,
            Self::Lint(lint) => lint.quiet,
            Self::Diff(diff) => diff.quiet,
            _ => false,
        }
    }
}

const CAN_I_EXAMPLES: &str = "\
Examples:
  # may the developers' role list pods in team-a, by the manifests below this directory?
  iamrbac can-i --arn arn:aws:iam::111122223333:role/eks-developer --session alice list pods -n team-a

  # the same of a plain Kubernetes user, as JSON
  iamrbac can-i --user ana --group devs get pods --subresource log -o json

  # what a cluster has, piped in
  kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml | iamrbac can-i --user ana get /healthz -f -

  # everything that a role may do in team-a and cluster-wide, with the source of each grant
  iamrbac can-i --list --arn arn:aws:iam::111122223333:role/eks-developer --session alice -n team-a

  # the table of `kubectl auth can-i --list`, to the letter
  iamrbac can-i --list --user ana --group devs -n team-a -o kubectl

Exit status: 0 yes, 1 no, 2 bad usage or input that could not be read and might turn the answer, 3 it depends.
With --list: 0 listed, 1 the caller is not let in, 3 the list is not the same for all that the caller stands for.";

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("who").args(["arn", "user", "serviceaccount", "client_certificate", "token", "kubeconfig", "batch"]).required(true)))]
pub(super) struct CanI {
    /// What is done: get, list, watch, create, update, patch, delete, deletecollection, impersonate …
    #[arg(required_unless_present_any = ["batch", "list"], conflicts_with_all = ["batch", "list"])]
    pub(super) verb: Option<String>,
    /// What it is done to: TYPE, TYPE/NAME, TYPE.GROUP, TYPE.VERSION.GROUP, or a URL path that starts with `/`
    #[arg(
        value_name = "TYPE[/NAME]|URL",
        required_unless_present_any = ["batch", "list"],
        conflicts_with_all = ["batch", "list"]
    )]
    pub(super) target: Option<String>,
    /// A subresource, such as `log` or `exec`
    #[arg(long, value_name = "NAME")]
    pub(super) subresource: Option<String>,
    /// The namespace to ask in [default: default]
    #[arg(short, long, value_name = "NAME")]
    pub(super) namespace: Option<String>,
    /// Ask for all namespaces at once
    #[arg(short = 'A', long)]
    pub(super) all_namespaces: bool,
    /// Print all chains of a yes, not only the first
    #[arg(long)]
    pub(super) all: bool,
    /// Answer questions from a file, or `-` for standard input: one JSON object a line, one decision document a line
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["session_name", "access_key_id", "ec2_private_dns_name", "group", "act_as"]
    )]
    pub(super) batch: Option<PathBuf>,
    /// List everything that the caller may do, in one namespace and cluster-wide, instead of asking for one thing
    #[arg(
        long,
        conflicts_with_all = ["batch", "subresource", "all_namespaces", "all", "quiet", "source", "references"]
    )]
    pub(super) list: bool,
    /// With --list: leave out the line of headers
    #[arg(long)]
    pub(super) no_headers: bool,
    #[command(flatten)]
    pub(super) who: Who,
    #[command(flatten)]
    pub(super) input: Input,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Who asks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Who asks")]
pub(super) struct Who {
    /// The ARN of a role, user, assumed role, root user or federated user
    #[arg(long)]
    pub(super) arn: Option<String>,
    /// The role session name; without one a role is answered for all of them
    #[arg(long, visible_alias = "session", value_name = "NAME", conflicts_with = "user")]
    pub(super) session_name: Option<String>,
    /// The access key id, for usernames with `{{AccessKeyID}}`
    #[arg(long, value_name = "ID", conflicts_with = "user")]
    pub(super) access_key_id: Option<String>,
    /// The private DNS name of the caller's EC2 instance, for usernames with `{{EC2PrivateDNSName}}`
    #[arg(long, value_name = "NAME", conflicts_with = "user")]
    pub(super) ec2_private_dns_name: Option<String>,
    /// The unique id (`AROA…`, `AIDA…`) of the principal, for mappings that are kept by it
    #[arg(long, value_name = "ID", requires = "arn")]
    pub(super) user_id: Option<String>,
    /// A plain Kubernetes user, not mapped from IAM
    #[arg(long, value_name = "NAME")]
    pub(super) user: Option<String>,
    /// A group of that user; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with = "arn")]
    pub(super) group: Vec<String>,
    /// A service account: its username and groups
    #[arg(long, value_name = "NAMESPACE:NAME")]
    pub(super) serviceaccount: Option<String>,
    /// The PEM file of a client certificate or of a request for one: its subject
    #[arg(long, value_name = "FILE")]
    pub(super) client_certificate: Option<PathBuf>,
    /// A kubeconfig: the user of its current context; nothing in it is run
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME", requires = "kubeconfig")]
    pub(super) context: Option<String>,
    /// The AWS CLI's configuration, for the profiles that the kubeconfig names; may be given several times
    #[arg(long, value_name = "FILE", requires = "kubeconfig")]
    pub(super) aws_config: Vec<PathBuf>,
    /// The profile in force where the kubeconfig names none [default: default]
    #[arg(long, value_name = "NAME", requires = "aws_config")]
    pub(super) aws_profile: Option<String>,
    /// A file that holds a signed token: of a service account, or an ID token; decoded, not verified
    #[arg(long, value_name = "FILE")]
    pub(super) token: Option<PathBuf>,
    /// The claim of an ID token that names the user [default: sub]
    #[arg(long, value_name = "CLAIM", requires = "token")]
    pub(super) oidc_username_claim: Option<String>,
    /// What goes before the user of an ID token, `-` for nothing [default: the issuer and `#`, nothing for `email`]
    #[arg(long, value_name = "TEXT", requires = "token", allow_hyphen_values = true)]
    pub(super) oidc_username_prefix: Option<String>,
    /// The claim of an ID token that names the groups
    #[arg(long, value_name = "CLAIM", requires = "token")]
    pub(super) oidc_groups_claim: Option<String>,
    /// What goes before each group of an ID token
    #[arg(long, value_name = "TEXT", requires = "token")]
    pub(super) oidc_groups_prefix: Option<String>,
    /// The API server's `AuthenticationConfiguration`, or the reply of `aws eks describe-identity-provider-config`: which
    /// tokens are taken, and for whom
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["oidc_username_claim", "oidc_username_prefix", "oidc_groups_claim", "oidc_groups_prefix"]
    )]
    pub(super) authentication_config: Option<PathBuf>,
    /// Removed in Kubernetes 1.19
    #[arg(long, value_name = "FILE", hide = true, requires = "user")]
    pub(super) basic_auth_file: Option<PathBuf>,
    /// The API server's static token file: the line of `--user`
    #[arg(long, value_name = "FILE", requires = "user", conflicts_with = "group")]
    pub(super) token_auth_file: Option<PathBuf>,
    /// Act as this user, which takes the permission to impersonate
    #[arg(long = "as", value_name = "NAME")]
    pub(super) act_as: Option<String>,
    /// Act as a member of this group; may be given several times
    #[arg(long = "as-group", value_name = "NAME", requires = "act_as")]
    pub(super) act_as_group: Vec<String>,
    /// Act with this uid
    #[arg(long = "as-uid", value_name = "UID", requires = "act_as")]
    pub(super) act_as_uid: Option<String>,
    /// Act with this extra attribute; may be given several times
    #[arg(long = "as-user-extra", value_name = "KEY=VALUE", requires = "act_as")]
    pub(super) act_as_extra: Vec<String>,
}

/// What is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Manifests")]
pub(super) struct Input {
    /// A file, a directory (read recursively), or `-` for standard input; may be given several times [default: .]
    #[arg(short, long = "filename", value_name = "PATH")]
    pub(super) filename: Vec<PathBuf>,
    /// Read only files below a directory that match [default: *.yaml *.yml *.json]
    #[arg(long, value_name = "GLOB")]
    pub(super) include: Vec<String>,
    /// Leave out files and directories that match
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,
    /// The namespace of namespaced objects that name none
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(super) default_namespace: String,
    /// The Kubernetes version whose default roles and bindings are there from the start, or `none` [default: the one that
    /// `describe-cluster` names, or the newest known]
    #[arg(long, value_name = "VERSION")]
    pub(super) builtin: Option<String>,
    /// Who runs the control plane: `eks` brings EKS' own default objects too [default: told by the input; none of EKS'
    /// objects beside an explicit --builtin]
    #[arg(long, value_enum, value_name = "PLATFORM")]
    pub(super) platform: Option<PlatformName>,
    /// Take input that cannot be read for a warning
    #[arg(long)]
    pub(super) keep_going: bool,
    #[command(flatten)]
    pub(super) doors: Doors,
    #[command(flatten)]
    pub(super) limits: Limits,
}

/// How identities arrive.
#[derive(Debug, Args)]
#[command(next_help_heading = "The cluster's doors")]
pub(super) struct Doors {
    /// The cluster, where the input holds access entries or configurations of several
    #[arg(long, value_name = "NAME")]
    pub(super) cluster: Option<String>,
    /// The authentication mode of EKS [default: the one in the input, or by what is there]
    #[arg(long, value_enum, value_name = "MODE")]
    pub(super) authentication_mode: Option<Mode>,
    /// The authenticator's backends in order, with commas [default: its configuration's, or those that are there]
    #[arg(long, value_name = "BACKENDS", value_delimiter = ',')]
    pub(super) backend_mode: Vec<String>,
    /// A feature gate of the authenticator: `SSORoleMatch=true` makes `sso` entries count
    #[arg(long, value_name = "GATE=BOOL")]
    pub(super) feature_gate: Vec<String>,
    /// The principal that created the cluster: an administrator in mode `CONFIG_MAP`, in no object; may be given several times
    #[arg(long, value_name = "ARN", visible_alias = "cluster-creator")]
    pub(super) creator: Vec<String>,
}

/// Who runs the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PlatformName {
    /// EKS
    Eks,
    /// Anyone else: kOps, kubeadm, a control plane of one's own
    Vanilla,
}

/// EKS' `authenticationMode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
    /// aws-auth, behind the hidden creator
    #[value(name = "CONFIG_MAP")]
    ConfigMap,
    /// Access entries, then aws-auth
    #[value(name = "API_AND_CONFIG_MAP")]
    ApiAndConfigMap,
    /// Access entries only
    #[value(name = "API")]
    Api,
}

/// What is printed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Output {
    /// How to print the answer
    #[arg(short, long, value_enum, default_value_t = AnswerFormat::Text)]
    pub(super) output: AnswerFormat,
    /// Print nothing on standard output: the exit status is the answer
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Show the chain as excerpts of the manifests
    #[arg(long)]
    pub(super) source: bool,
    /// Name the statements about Kubernetes and AWS on which the answer rests, with their sources
    #[arg(long)]
    pub(super) references: bool,
    #[command(flatten)]
    pub(super) look: Look,
}

/// How text looks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Look {
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// How many columns to use [default: the terminal's, for text at most 100, or 80]
    #[arg(long, value_name = "COLUMNS")]
    pub(super) width: Option<u16>,
    /// Use no characters beyond ASCII
    #[arg(long)]
    pub(super) ascii: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// The document of the command, whose `schema` says which
    Json,
    /// The same as YAML
    Yaml,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AnswerFormat {
    /// For people
    Text,
    /// iamrbac/decision/v1, with --list iamrbac/list/v1
    Json,
    /// The same as YAML
    Yaml,
    /// With --list: one grant a line, for spreadsheets
    Csv,
    /// With --list: the table of `kubectl auth can-i --list`
    Kubectl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
