//! The `iamrbac` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(iamrbac::cli::run(std::env::args_os()).code())
}
