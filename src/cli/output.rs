//! Standard output, standard error, and how much of a terminal they are.

use std::io::{self, IsTerminal, Write};

use super::args::{Color, Output};
use crate::report::text::Style;

/// The style of what goes to standard output.
pub(super) fn style(output: &Output) -> Style {
    let terminal = io::stdout().is_terminal();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let color = match output.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && !no_color && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    };
    let columns = || terminal_size::terminal_size().map(|(width, _)| width.0).filter(|_| terminal);
    let width = output.width.or_else(|| columns().map(|width| width.min(100))).unwrap_or(80);
    Style { color, width: usize::from(width.max(40)), ascii: output.ascii, references: output.references }
}

/// Says on standard error what keeps the answer from being given.
#[expect(
    clippy::print_stderr,
    reason = "the one place that complains; a closed standard error changes nothing"
)]
pub(super) fn complain(message: &str, help: Option<&str>) {
    eprintln!("error: {}", crate::report::text::visible(message));
    if let Some(help) = help {
        eprintln!("  help: {}", crate::report::text::visible(help));
    }
}

/// Writes warnings to standard error; a closed standard error changes nothing.
pub(super) fn warn(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
