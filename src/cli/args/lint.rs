//! The arguments of `lint`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Input, Look};
use crate::finding::Severity;
use crate::lint::Date;

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  # what is wrong below this directory? fails on errors
  iamrbac lint

  # in CI, for code scanning; fails on warnings too
  iamrbac lint -f cluster/ --fail-on warning -o sarif > iamrbac.sarif

  # an old tree: tell only what is new
  iamrbac lint -o json > baseline.json
  iamrbac lint --baseline baseline.json

  # a pull request: nobody silences the finding on their own change
  iamrbac lint --base origin/main

  # one rule, with a bad and a good example
  iamrbac lint --explain mapping-role-path

One finding is silenced by a comment on its line or above it: # iamrbac: ignore CODE reason

Exit status: 0 clean, 1 found something that fails the run, 2 bad usage or input that could not be read.";

#[derive(Debug, Args)]
pub(in crate::cli) struct Lint {
    /// List the rules
    #[arg(long, conflicts_with_all = ["explain", "schema"])]
    pub(in crate::cli) list: bool,
    /// Explain a rule, by code or number, with a bad and a good example
    #[arg(long, value_name = "CODE", conflicts_with = "schema")]
    pub(in crate::cli) explain: Option<String>,
    /// Print the JSON Schema of the configuration
    #[arg(long)]
    pub(in crate::cli) schema: bool,
    /// From which severity on findings fail the run [default: error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(in crate::cli) fail_on: Option<LintFailOn>,
    /// The configuration [default: .iamrbac.yaml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Tell nothing that this earlier JSON output tells already
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) baseline: Option<PathBuf>,
    /// Judge a change: configuration, baseline and inline ignores are those of this path or git revision, and what the
    /// change adds to them is told
    #[arg(long, value_name = "REV|PATH")]
    pub(in crate::cli) base: Option<String>,
    /// The day on which the expiry of exceptions is judged, as 2026-11-22 [default: today]
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) today: Option<Date>,
    #[command(flatten)]
    pub(in crate::cli) input: Input,
    /// How to print the findings
    #[arg(short, long, value_enum, default_value_t = LintFormat::Text, help_heading = "Output")]
    pub(in crate::cli) output: LintFormat,
    /// Print nothing on standard output: the exit status is the answer
    #[arg(short, long, help_heading = "Output")]
    pub(in crate::cli) quiet: bool,
    #[command(flatten)]
    pub(in crate::cli) look: Look,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LintFormat {
    /// For people
    Text,
    /// iamrbac/lint/v1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// XML as test runners write it
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// For a comment
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LintFailOn {
    /// Only errors
    Error,
    /// Warnings and errors
    Warning,
    /// Everything
    Note,
    /// Nothing
    Never,
}

impl LintFailOn {
    /// The lowest severity that fails the run; none where nothing does.
    pub(in crate::cli) const fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }
}
