//! What is typed after `diff` and `test`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Input, Look};

pub(super) const DIFF_EXAMPLES: &str = "\
Examples:
  # what does the working tree change in access, compared with the branch `main`?
  iamrbac diff main -f deploy/

  # two directories, as a comment for a pull request
  iamrbac diff before/ after/ -o markdown

  # how far is a cluster from what is written?
  kubectl get clusterroles,clusterrolebindings,roles,rolebindings,configmaps -A -o yaml | iamrbac diff - deploy/

Exit status: 0 no change in access (or none that --fail-on names), 1 a change, 2 bad usage or input that could not be
read and might hold a grant.";

#[derive(Debug, Args)]
pub(in crate::cli) struct Diff {
    /// What was: a file, a directory, `-` for standard input, or a git revision; what is both is the path
    #[arg(value_name = "BASE")]
    pub(in crate::cli) base: String,
    /// What is: the same; without it what --filename names in the working tree
    #[arg(value_name = "HEAD")]
    pub(in crate::cli) head: Option<String>,
    /// Which changes make the exit status 1
    #[arg(long, value_enum, default_value_t = FailOn::Any)]
    pub(in crate::cli) fail_on: FailOn,
    #[command(flatten)]
    pub(in crate::cli) input: Input,
    /// How to print the difference
    #[arg(short, long, value_enum, default_value_t = DiffFormat::Text, help_heading = "Output")]
    pub(in crate::cli) output: DiffFormat,
    /// Print nothing on standard output: the exit status is the answer
    #[arg(short, long, help_heading = "Output")]
    pub(in crate::cli) quiet: bool,
    #[command(flatten)]
    pub(in crate::cli) look: Look,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FailOn {
    /// Somebody may do something that they could not
    Gained,
    /// Somebody may no longer do something that they could
    Lost,
    /// Somebody gains a permission that leads to further ones
    Escalation,
    /// Any of these
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiffFormat {
    /// For people
    Text,
    /// A comment for a pull request
    Markdown,
    /// iamrbac/diff/v1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub's checks
    Github,
}

pub(super) const TEST_EXAMPLES: &str = "\
Examples:
  # judge every *iamrbac.test.yaml below this directory, each against the manifests that it names
  iamrbac test

  # the same expectations of another tree, for a pipeline
  iamrbac test iamrbac.test.yaml -f rendered/ -o junit > expectations.xml

  # a pull request: nobody changes the expectation that their own change does not meet
  iamrbac test --base origin/main

  # write down who is who and who may do what leads to everything else, for a start
  iamrbac test --write iamrbac.test.yaml -f deploy/

Exit status: 0 all is as expected, 1 something is not, 2 bad usage or input that could not be read and might turn an
answer.";

#[derive(Debug, Args)]
pub(in crate::cli) struct Test {
    /// Files of expectations [default: every *iamrbac.test.yaml below the working directory]
    #[arg(value_name = "FILE")]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Write today's answers into the file as what is expected, instead of judging it; makes a first one where there
    /// is none
    #[arg(long, requires = "files")]
    pub(in crate::cli) write: bool,
    /// Judge a change: the expectations are those of this path or git revision; those of the working tree are judged too
    /// where they differ, and what they no longer expect is told
    #[arg(long, value_name = "REV|PATH", conflicts_with = "write")]
    pub(in crate::cli) base: Option<String>,
    /// Print the JSON Schema of these files
    #[arg(long, exclusive = true)]
    pub(in crate::cli) schema: bool,
    #[command(flatten)]
    pub(in crate::cli) input: Input,
    /// How to print what came out
    #[arg(short, long, value_enum, default_value_t = TestFormat::Text, help_heading = "Output")]
    pub(in crate::cli) output: TestFormat,
    #[command(flatten)]
    pub(in crate::cli) look: Look,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TestFormat {
    /// For people
    Text,
    /// For test reports of pipelines
    Junit,
    /// iamrbac/test-result/v1
    Json,
    /// Annotations of GitHub's checks
    Github,
}
