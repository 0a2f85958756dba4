//! `summary`.

use std::io::{self, Write};

use super::args::{Format, Summary};
use super::exit::{Exit, Failure};
use super::{input, output};
use crate::access::Policy;
use crate::query::summary::summarize;
use crate::report::{snippet, summary, text};

pub(super) fn run(arguments: &Summary) -> Result<Exit, Failure> {
    let loaded = input::load(&arguments.input)?;
    let policy = Policy::new(&loaded.cluster);
    let found = summarize(&loaded, &policy);
    let style = output::look(&arguments.output.look, false);
    let mut out = io::stdout().lock();
    match arguments.output.output {
        Format::Text => out.write_all(summary::text(&loaded, &found, style).as_bytes())?,
        Format::Json => output::json(&mut out, &summary::document(&loaded, &found))?,
        Format::Yaml => output::yaml(&mut out, &summary::document(&loaded, &found))?,
    }
    out.flush()?;
    let unread = !found.gaps.is_empty();
    if unread && arguments.output.output != Format::Text {
        let plain = text::Style { color: false, ..style };
        let told: String =
            found.gaps.iter().map(|gap| snippet::finding(&loaded.sources, gap, plain)).collect();
        output::warn(&told);
    }
    Ok(if unread && !arguments.input.keep_going { Exit::Unanswered } else { Exit::Yes })
}
