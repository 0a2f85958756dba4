//! Standard output, standard error, and how much of a terminal they are.

use std::io::{self, IsTerminal, Write};

use super::args::{Color, Look, Output};
use crate::report::escaped;
use crate::report::text::Style;

/// The style of what goes to standard output.
pub(super) fn style(output: &Output) -> Style {
    look(&output.look, output.references)
}

/// The style of text, which is not wider than is good to read, with or without the statements about upstream.
pub(super) fn look(look: &Look, references: bool) -> Style {
    let width = look.width.or_else(|| columns().map(|width| width.min(100))).unwrap_or(80);
    let width = usize::from(width.max(40));
    Style { color: color(look.color), width, ascii: look.ascii, references }
}

/// The style of a table, which takes the whole width of a terminal.
pub(super) fn table_style(look: &Look) -> Style {
    let width = usize::from(look.width.or_else(columns).unwrap_or(80).max(40));
    Style { color: color(look.color), width, ascii: look.ascii, references: false }
}

fn color(wanted: Color) -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    match wanted {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => io::stdout().is_terminal() && !no_color && !dumb(),
    }
}

/// The columns of the terminal, if standard output is one.
fn columns() -> Option<u16> {
    let size = terminal_size::terminal_size().filter(|_| io::stdout().is_terminal());
    size.map(|(width, _)| width.0)
}

/// Writes a document as indented JSON.
pub(super) fn json(out: &mut impl Write, document: &impl serde::Serialize) -> io::Result<()> {
    json_by(out, |out| escaped::to_writer_pretty(out, document))
}

/// Writes a document that has a writer of its own, as [`json`] does.
pub(super) fn json_by<W: Write>(
    out: &mut W,
    write: impl FnOnce(&mut W) -> serde_json::Result<()>,
) -> io::Result<()> {
    write(out)?;
    writeln!(out)?;
    out.flush()
}

/// Writes a document as YAML.
pub(super) fn yaml(out: &mut impl Write, document: &impl serde::Serialize) -> io::Result<()> {
    let text = escaped::to_yaml(document).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
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
