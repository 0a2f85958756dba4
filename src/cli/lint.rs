//! `lint`.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::mem::ManuallyDrop;
use std::path::PathBuf;

use super::args::{Lint, LintFailOn, LintFormat};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::tree::Tree;
use super::{input, output};
use crate::access::Policy;
use crate::finding::{Code, Severity};
use crate::lint::catalogue::{named, rules};
use crate::lint::{Baseline, Configuration, Date, Report, Settings, configuration, ignored, lint};
use crate::manifest::Loaded;
use crate::query::near::near;
use crate::report::text::Style;
use crate::report::{github, junit, lint as report, markdown, sarif};
use crate::source::Sources;

pub(super) fn run(arguments: &Lint) -> Result<Exit, Failure> {
    if let Some(text) = about_rules(arguments)? {
        write(&text)?;
        return Ok(Exit::Yes);
    }
    let base = arguments.base.as_deref().map(Tree::find).transpose()?;
    let mut loaded = input::load(&arguments.input)?;
    let (configuration, baseline) = judging(arguments, &mut loaded.sources)?;
    let named = (arguments.config.as_deref(), arguments.baseline.as_deref());
    let mut before =
        base.as_ref().map(|base| base.before(&Tree::here(), &loaded.sources, named)).transpose()?;
    if let (Some(base), Some(before)) = (&base, &mut before)
        && !before.texts.is_empty()
    {
        before.ignored = ignored_in(base, arguments, &loaded)?;
    }
    let policy = Policy::new(&loaded.cluster);
    let settings = Settings {
        configuration: &configuration,
        baseline: baseline.as_ref(),
        today: arguments.today.unwrap_or_else(Date::today),
        keep_going: arguments.input.keep_going,
        base: before.as_ref(),
    };
    let progress = Progress::of("judging", None);
    // as what is loaded, it lives until the process ends
    let mut report = ManuallyDrop::new(lint(&loaded, &policy, settings));
    drop(progress);
    report.base = base.as_ref().map(Tree::name);
    let configuration = before.as_ref().map_or(&configuration, |before| &before.configuration);
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

/// What the comments of a base silence there, by the paths of the working directory.
fn ignored_in(
    base: &Tree,
    arguments: &Lint,
    after: &Loaded,
) -> Result<BTreeSet<(String, Code, String)>, Failure> {
    let mut loaded = match base {
        Tree::Revision(revision) => input::load_revision(&arguments.input, revision)?.0,
        Tree::Path(root) => {
            let paths: Vec<PathBuf> = match &*arguments.input.filename {
                [] => vec![root.clone()],
                some => some.iter().map(|path| root.join(path)).filter(|path| path.exists()).collect(),
            };
            if paths.is_empty() {
                return Ok(BTreeSet::new());
            }
            input::load_paths(&arguments.input, &paths)?
        }
    };
    loaded.take_platform_of(after);
    let ignored = ignored(&loaded, &Policy::new(&loaded.cluster)).into_iter();
    let here = |shown: &str| Some(Tree::here().shown(&base.relative(shown)?));
    Ok(ignored.filter_map(|(file, code, message)| Some((here(&file)?, code, message))).collect())
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
        let wanted_lower = wanted.to_lowercase();
        let codes = rules().map(|rule| rule.code.as_str());
        let near = codes.filter(|code| near(&wanted_lower, code).is_some());
        let near = near.min_by_key(|code| strsim::osa_distance(code, &wanted_lower));
        let meant = near.map(|code| format!("did you mean `{code}`? ")).unwrap_or_default();
        return Err(Failure::usage(
            format!("there is no rule `{wanted}`"),
            format!("{meant}`iamrbac lint --list` prints all of them"),
        ));
    };
    Ok(Some(report::explain(rule, style(arguments))))
}

/// Configuration and baseline of the working directory; those that are named must be there.
fn judging(arguments: &Lint, sources: &mut Sources) -> Result<(Configuration, Option<Baseline>), Failure> {
    for (what, path) in [("configuration", &arguments.config), ("baseline", &arguments.baseline)] {
        if let Some(path) = path.as_deref().filter(|path| !path.is_file()) {
            let message = format!("the {what} `{}` cannot be read: it is not there", path.display());
            return Err(Failure::usage(message, "give a file"));
        }
    }
    let here = Tree::here();
    let configuration = here.configuration(arguments.config.as_deref(), sources)?;
    Ok((configuration, here.baseline(arguments.baseline.as_deref())?))
}

fn print(
    arguments: &Lint,
    sources: &Sources,
    findings: &Report,
    fail_on: Option<Severity>,
) -> Result<(), Failure> {
    let told = &findings.findings;
    let text = match arguments.output {
        LintFormat::Text => {
            let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            report::to_writer(&mut out, sources, findings, style(arguments))?;
            return Ok(out.flush()?);
        }
        LintFormat::Json => return json(|out| report::to_writer_pretty(out, findings)),
        LintFormat::Sarif => return json(|out| sarif::to_writer_pretty(out, told)),
        LintFormat::Junit => junit::findings("iamrbac lint", told, fail_on),
        LintFormat::Github => github::findings(told),
        LintFormat::Markdown => markdown::findings("iamrbac lint", told),
    };
    write(&text)
}

fn json(write: impl FnOnce(&mut io::StdoutLock<'_>) -> serde_json::Result<()>) -> Result<(), Failure> {
    Ok(output::json_by(&mut io::stdout().lock(), write)?)
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
