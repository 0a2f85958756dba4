//! `lint`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::{Lint, LintFailOn, LintFormat};
use super::exit::{Exit, Failure};
use super::{input, output};
use crate::access::Policy;
use crate::finding::Severity;
use crate::lint::catalogue::{named, rules};
use crate::lint::{Baseline, Configuration, Date, Report, Settings, configuration, lint};
use crate::report::text::Style;
use crate::report::{github, junit, lint as report, markdown, sarif};
use crate::source::Sources;
use crate::source::discover::{CONFIGURATION, read};

pub(super) fn run(arguments: &Lint) -> Result<Exit, Failure> {
    if let Some(text) = about_rules(arguments)? {
        write(&text)?;
        return Ok(Exit::Yes);
    }
    let baseline = arguments.baseline.as_deref().map(baseline).transpose()?;
    let mut loaded = input::load(&arguments.input)?;
    let configuration = configuration_of(arguments, &mut loaded.sources)?;
    let policy = Policy::new(&loaded.cluster);
    let settings = Settings {
        configuration: &configuration,
        baseline: baseline.as_ref(),
        today: arguments.today.unwrap_or_else(Date::today),
        keep_going: arguments.input.keep_going,
    };
    let report = lint(&loaded, &policy, settings);
    let fail_on = match arguments.fail_on {
        Some(fail_on) => fail_on.severity(),
        None => configuration.fail_on.or(LintFailOn::Error.severity()),
    };
    if !arguments.quiet {
        print(arguments, &loaded.sources, &report, fail_on)?;
    }
    let fails = |severity: Severity| {
        let count = report.count(severity);
        match configuration.budget.get(&severity) {
            Some(&budget) => count > budget,
            None => count > 0 && fail_on.is_some_and(|least| severity >= least),
        }
    };
    Ok(
        match (
            report.incomplete && !arguments.input.keep_going,
            [Severity::Error, Severity::Warning, Severity::Note],
        ) {
            (true, _) => Exit::Unanswered,
            (false, severities) if severities.into_iter().any(fails) => Exit::No,
            _ => Exit::Yes,
        },
    )
}

/// What `--list`, `--explain` and `--schema` print.
fn about_rules(arguments: &Lint) -> Result<Option<String>, Failure> {
    let json = |text: serde_json::Result<String>| {
        text.map(|text| format!("{text}\n")).map_err(|error| Failure::Output(error.into()))
    };
    if arguments.schema {
        return json(serde_json::to_string_pretty(&configuration::schema())).map(Some);
    }
    if arguments.list {
        return Ok(Some(match arguments.output {
            LintFormat::Json => json(report::list_json())?,
            LintFormat::Markdown => report::list_markdown(),
            _ => report::list(),
        }));
    }
    let Some(wanted) = &arguments.explain else { return Ok(None) };
    let Some(rule) = named(wanted) else {
        let near = rules().map(|rule| rule.code.as_str());
        let near =
            near.min_by_key(|code| strsim::osa_distance(code, &wanted.to_lowercase())).unwrap_or_default();
        return Err(Failure::usage(
            format!("there is no rule `{wanted}`"),
            format!("did you mean `{near}`? `iamrbac lint --list` prints all of them"),
        ));
    };
    Ok(Some(report::explain(rule, style(arguments))))
}

fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let unreadable = |why: String| {
        Failure::usage(
            format!("the baseline `{}` cannot be read: {why}", path.display()),
            "give the output of `iamrbac lint -o json`",
        )
    };
    let bytes = read(path).map_err(unreadable)?;
    serde_json::from_slice(&bytes).map_err(|why| unreadable(why.to_string()))
}

/// The configuration that is named, or the one of the working directory.
fn configuration_of(arguments: &Lint, sources: &mut Sources) -> Result<Configuration, Failure> {
    let usual = PathBuf::from(CONFIGURATION);
    let path = match &arguments.config {
        Some(path) => path,
        None if usual.exists() => &usual,
        None => return Ok(Configuration::default()),
    };
    let unreadable = |why: String| {
        Failure::usage(format!("the configuration `{}` cannot be read: {why}", path.display()), "give a file")
    };
    let bytes = read(path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is no UTF-8".to_owned()))?;
    Configuration::read(&path.to_string_lossy(), &text, sources)
        .map_err(|error| Failure::usage(error.message, error.help))
}

fn print(
    arguments: &Lint,
    sources: &Sources,
    findings: &Report,
    fail_on: Option<Severity>,
) -> Result<(), Failure> {
    let told = &findings.findings;
    let lines =
        |text: serde_json::Result<String>| text.map(|text| format!("{text}\n")).map_err(io::Error::from);
    let text = match arguments.output {
        LintFormat::Text => report::text(sources, findings, style(arguments)),
        LintFormat::Json => lines(report::json(findings))?,
        LintFormat::Sarif => lines(serde_json::to_string_pretty(&sarif::findings(told)))?,
        LintFormat::Junit => junit::findings("iamrbac lint", told, fail_on),
        LintFormat::Github => github::findings(told),
        LintFormat::Markdown => markdown::findings("iamrbac lint", told),
    };
    write(&text)
}

fn write(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Excerpts and sentences read badly over the whole width of a wide terminal.
fn style(arguments: &Lint) -> Style {
    let style = output::table_style(&arguments.look);
    let width = if arguments.look.width.is_some() { style.width } else { style.width.min(100) };
    Style { width, ..style }
}
