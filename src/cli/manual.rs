//! What a package of the tool brings along: completions and the man page, made from the arguments themselves.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Arguments;
use super::exit::{Exit, Failure};

pub(super) fn completions(shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "iamrbac", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Exit::Yes)
}

/// One page with a section for each command, for a single file is easily installed.
pub(super) fn man() -> Result<Exit, Failure> {
    let mut page = Vec::new();
    let mut command = Arguments::command().flatten_help(true);
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for subcommand in command.get_subcommands() {
        let man = clap_mangen::Man::new(subcommand.clone().flatten_help(true));
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    io::stdout().lock().write_all(&page)?;
    Ok(Exit::Yes)
}
