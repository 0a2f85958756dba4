//! `matrix`.

use std::io::{self, BufWriter};
use std::ops::ControlFlow;

use super::args::{Matrix, MatrixFormat};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::who_can::{filter, tell_findings};
use super::{input, output};
use crate::access::Policy;
use crate::query::everyone::{Entry, Everyone};
use crate::query::glob::Glob;
use crate::query::matrix::{Choice, Plan, Row, gaps};
use crate::report::matrix::{Format, writer};
use crate::source::ahead::in_order;

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
    let entries: Vec<&Entry> = everyone.entries.iter().filter(|entry| wanted(entry)).collect();
    let progress = Progress::beside_output("asking for callers", Some(entries.len()));
    let written = in_order(
        &entries,
        |entry| {
            let rows = plan.rows(&loaded, &policy, &everyone, entry);
            let weight = rows.len() * size_of::<Row<'_>>();
            (rows, weight)
        },
        |entry, rows| {
            progress.step();
            match writer.rows(entry, &rows) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(error),
            }
        },
    );
    if let ControlFlow::Break(error) = written {
        return Err(error.into());
    }
    drop(progress);
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
