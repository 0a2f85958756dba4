//! `matrix`.

use std::io::{self, BufWriter};

use super::args::{Matrix, MatrixFormat};
use super::exit::{Exit, Failure};
use super::who_can::{filter, tell_findings};
use super::{input, output};
use crate::access::Policy;
use crate::query::everyone::Everyone;
use crate::query::glob::Glob;
use crate::query::matrix::{Choice, Plan, gaps};
use crate::report::matrix::{Format, writer};

pub(super) fn run(arguments: &Matrix) -> Result<Exit, Failure> {
    let globs = |texts: &[String]| texts.iter().filter(|text| !text.is_empty()).map(Glob::new).collect();
    let choice = Choice {
        resources: globs(&arguments.resources),
        verbs: globs(&arguments.verbs),
        namespaces: globs(&arguments.namespaces),
        deny: arguments.deny,
    };
    let loaded = input::load(&arguments.input)?;
    let policy = Policy::new(&loaded.cluster);
    let plan = Plan::new(&loaded, &policy, &choice)
        .map_err(|refusal| Failure::usage(refusal.message, refusal.help))?;
    let everyone = Everyone::of(&policy);
    let wanted = filter(&arguments.arn, &arguments.kind);
    let style = output::table_style(&arguments.look);
    let out = BufWriter::new(io::stdout().lock());
    let format = format(arguments.output);
    let mut writer = writer(format, &loaded.sources, &policy, &plan, (arguments.all, style), out)?;
    for entry in everyone.entries.iter().filter(|entry| wanted(entry)) {
        writer.rows(entry, &plan.rows(&loaded, &policy, &everyone, entry))?;
    }
    let gaps = gaps(&loaded);
    writer.finish(&gaps)?;
    tell_findings(&loaded, format == Format::Table, style);
    let unread = !gaps.is_empty() && !arguments.input.keep_going;
    Ok(if unread { Exit::Unanswered } else { Exit::Yes })
}

const fn format(typed: MatrixFormat) -> Format {
    match typed {
        MatrixFormat::Table => Format::Table,
        MatrixFormat::Csv => Format::Csv,
        MatrixFormat::WideCsv => Format::WideCsv,
        MatrixFormat::Json => Format::Json,
        MatrixFormat::Ndjson => Format::Ndjson,
        MatrixFormat::Markdown => Format::Markdown,
        MatrixFormat::Html => Format::Html,
    }
}
