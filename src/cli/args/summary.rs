//! What was typed after `summary`.

use clap::Args;

use super::{Format, Input, Look};

pub(super) const EXAMPLES: &str = "\
Examples:
  # the first thing to run on manifests that one does not know
  iamrbac summary -f ./clusters/prod

  # only what could not be read, for a program
  iamrbac summary -f ./clusters/prod -o json | jq '.gaps'

Exit status: 0 all was read, 2 bad usage or input that could not be read and might hold a grant.";

/// What is here?
#[derive(Debug, Args)]
pub(in crate::cli) struct Summary {
    #[command(flatten)]
    pub(in crate::cli) input: Input,
    #[command(flatten)]
    pub(in crate::cli) output: SummaryOutput,
}

/// What `summary` prints.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(in crate::cli) struct SummaryOutput {
    /// How to print it
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub(in crate::cli) output: Format,
    #[command(flatten)]
    pub(in crate::cli) look: Look,
}
