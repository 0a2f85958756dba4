//! The command line: what was typed, what it means, and the only place that writes to standard output and knows exit codes.

mod allowance;
mod args;
mod batch;
mod builtin;
mod can_i;
mod credential;
mod diff;
mod exit;
mod expectations;
mod input;
mod kubeconfig;
mod lint;
mod list;
mod manual;
mod matrix;
mod output;
mod progress;
mod replay;
mod summary;
mod test;
mod tree;
mod who_can;
mod whoami;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{CommandFactory, FromArgMatches};

pub use args::Arguments;
use args::Command;
pub use batch::answer_line;
pub use exit::Exit;

/// Runs the command line and says how it ended. The first argument is the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut command = Arguments::command();
    if arguments.first().is_some_and(|name| is_plugin(name)) {
        command = command.bin_name("kubectl iamrbac");
    }
    let parsed = command.try_get_matches_from_mut(arguments);
    let parsed = parsed.and_then(|mut matches| Arguments::from_arg_matches_mut(&mut matches));
    let arguments = match parsed.map_err(|error| error.format(&mut command)) {
        Ok(arguments) => arguments,
        Err(error) => {
            // help and version are answers, everything else is a mistake in usage
            let failed = error.use_stderr();
            let printed = error.print();
            return if failed || printed.is_err() { Exit::Unanswered } else { Exit::Yes };
        }
    };
    if arguments.command.is_quiet() {
        progress::silence();
    }
    let outcome = match &arguments.command {
        Command::CanI(can_i) => can_i::run(can_i),
        Command::Lint(lint) => lint::run(lint),
        Command::Summary(summary) => summary::run(summary),
        Command::Whoami(whoami) => whoami::run(whoami),
        Command::Diff(diff) => diff::run(diff),
        Command::Test(test) => test::run(test),
        Command::Builtin(builtin) => builtin::run(builtin),
        Command::Completions { shell } => manual::completions(*shell),
        Command::Man => manual::man(),
        Command::WhoCan(who_can) => who_can::run(who_can),
        Command::Matrix(matrix) => matrix::run(matrix),
    };
    match outcome {
        Ok(exit) => exit,
        Err(failure) => failure.tell(),
    }
}

/// Whether the program was called as a plugin of kubectl: then usage and help call it so.
fn is_plugin(name: &OsStr) -> bool {
    let name = Path::new(name).file_stem().and_then(OsStr::to_str);
    name.is_some_and(|name| name.starts_with("kubectl-") || name.starts_with("kubectl_"))
}
