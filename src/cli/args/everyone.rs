//! What was typed after `who-can` and `matrix`.

use clap::{Args, ValueEnum};

use super::{Format, Input, Look};

pub(super) const WHO_CAN_EXAMPLES: &str = "\
Examples:
  # who can read secrets in prod, by the manifests below this directory?
  iamrbac who-can get secrets -n prod

  # only IAM roles of one account, as JSON
  iamrbac who-can delete pods -A --kind role --arn '*::111122223333:*' -o json

A role whose username contains {{SessionName}} is a family: whoever may assume it chooses the name. Such a row says
which session names get yes. Rows marked unmapped are bound, and reached by no mapping of aws-auth.

Exit status: 0 answered, 2 bad usage or input that could not be read and might add to the list.";

/// Who can do something.
#[derive(Debug, Args)]
pub(in crate::cli) struct WhoCan {
    /// What is done: get, list, watch, create, update, patch, delete, deletecollection, impersonate …
    pub(in crate::cli) verb: String,
    /// What it is done to: TYPE, TYPE/NAME, TYPE.GROUP, TYPE.VERSION.GROUP, or a URL path that starts with `/`
    #[arg(value_name = "TYPE[/NAME]|URL")]
    pub(in crate::cli) target: String,
    /// A subresource, such as `log` or `exec`
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) subresource: Option<String>,
    /// The namespace to ask in [default: default]
    #[arg(short, long, value_name = "NAME")]
    pub(in crate::cli) namespace: Option<String>,
    /// Ask for all namespaces at once, and tell who can in some of them
    #[arg(short = 'A', long)]
    pub(in crate::cli) all_namespaces: bool,
    /// Only principals whose ARN or account fits; `*` is any characters; may be given several times
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) arn: Vec<String>,
    /// Only callers of this kind; may be given several times
    #[arg(long, value_enum, value_name = "KIND")]
    pub(in crate::cli) kind: Vec<CallerKind>,
    /// List those too who can only because everyone who is authenticated can
    #[arg(long)]
    pub(in crate::cli) all: bool,
    #[command(flatten)]
    pub(in crate::cli) input: Input,
    /// How to print the answer
    #[arg(short, long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    pub(in crate::cli) output: Format,
    #[command(flatten)]
    pub(in crate::cli) look: Look,
}

/// Kinds of callers to choose among.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CallerKind {
    /// IAM roles
    Role,
    /// IAM users, root users and federated users
    User,
    /// AWS accounts of mapAccounts
    Account,
    /// Service accounts
    #[value(name = "serviceaccount")]
    ServiceAccount,
    /// Kubernetes users and groups that no mapping reaches, and special groups
    Kubernetes,
}

pub(super) const MATRIX_EXAMPLES: &str = "\
Examples:
  # what IAM roles may do to secrets and pods, at a glance
  iamrbac matrix --kind role --resources 'secrets,pods*'

  # every fact, for a spreadsheet, DuckDB or Athena
  iamrbac matrix -o csv > access.csv

  # kept in git and reviewed as a diff
  iamrbac matrix --kind role,user --namespaces prod -o markdown > access.md

Without --namespaces a namespace is listed where it adds to what holds cluster-wide (namespace `*`). A resource or verb
`*` is a row or a column of its own: it stands for more than any list of resources can tell.

Exit status: 0 answered, 2 bad usage or input that could not be read and might add to the answer.";

/// Everyone and what they may do.
#[derive(Debug, Args)]
pub(in crate::cli) struct Matrix {
    /// Only these resources: `pods`, `pods/log`, `deployments.apps`, `/healthz`, short names, globs; a list
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(in crate::cli) resources: Vec<String>,
    /// Only these verbs; a list, with globs
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(in crate::cli) verbs: Vec<String>,
    /// Ask in these namespaces; a list, with globs; `*` is cluster-wide and all of them
    #[arg(short, long, value_name = "LIST", value_delimiter = ',')]
    pub(in crate::cli) namespaces: Vec<String>,
    /// Only principals whose ARN or account fits; a list, with globs
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(in crate::cli) arn: Vec<String>,
    /// Only callers of these kinds; a list
    #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',')]
    pub(in crate::cli) kind: Vec<CallerKind>,
    /// List what is denied, too
    #[arg(long)]
    pub(in crate::cli) deny: bool,
    /// Leave nothing out of a table: what `*` and system:authenticated say already, and what comes with Kubernetes
    #[arg(long)]
    pub(in crate::cli) all: bool,
    #[command(flatten)]
    pub(in crate::cli) input: Input,
    /// How to print the answer
    #[arg(short, long, value_enum, default_value_t = MatrixFormat::Table, help_heading = "Output")]
    pub(in crate::cli) output: MatrixFormat,
    #[command(flatten)]
    pub(in crate::cli) look: Look,
}

/// Formats of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MatrixFormat {
    /// A table for each caller, a column a verb
    Table,
    /// One fact a row, with binding, role, rule, file and line
    Csv,
    /// A row a caller and resource, a column a verb
    WideCsv,
    /// iamrbac/matrix/v1: one document, each chain once
    Json,
    /// One line a caller, resource and scope, written as it is found
    Ndjson,
    /// A table for a pull request
    Markdown,
    /// One page for a browser, with the chains; loads nothing from anywhere
    Html,
}
