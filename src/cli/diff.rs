//! `diff`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::{Diff, DiffFormat, FailOn};
use super::exit::{Exit, Failure};
use super::{input, output};
use crate::access::Policy;
use crate::finding::{Finding, Severity};
use crate::manifest::Loaded;
use crate::query::diff::{Change, Difference, Entry, Side, compare};
use crate::report::diff::{Shown, annotations, json, markdown, text};
use crate::report::snippet;
use crate::source::Sources;
use crate::source::revision::Revision;

/// One side, as it is called and read.
struct Read {
    name: String,
    loaded: Loaded,
}

pub(super) fn run(arguments: &Diff) -> Result<Exit, Failure> {
    let (before, after) = read(arguments)?;
    let (policy_before, policy_after) =
        (Policy::new(&before.loaded.cluster), Policy::new(&after.loaded.cluster));
    let difference = compare(
        &Side { loaded: &before.loaded, policy: &policy_before },
        &Side { loaded: &after.loaded, policy: &policy_after },
    );
    let gaps =
        |read: &Read| -> Vec<Finding> { read.loaded.gaps.iter().map(|gap| gap.finding.clone()).collect() };
    let (gaps_before, gaps_after) = (gaps(&before), gaps(&after));
    let complete = gaps_before.is_empty() && gaps_after.is_empty() && difference.uncompared.is_empty();
    let mut shown =
        Shown::new(&difference, (&before.name, &before.loaded.sources), (&after.name, &after.loaded.sources));
    shown.complete = complete;
    shown.has_mappings = before.loaded.cluster.aws_auth.is_some() || after.loaded.cluster.aws_auth.is_some();
    if !arguments.quiet {
        print(
            arguments,
            &shown,
            (&before.loaded.sources, &gaps_before),
            (&after.loaded.sources, &gaps_after),
        )?;
    }
    tell_gaps(arguments, &before, &after);
    Ok(exit(arguments, &difference, complete))
}

fn exit(arguments: &Diff, difference: &Difference, complete: bool) -> Exit {
    let unread = !complete && !arguments.input.keep_going;
    // what could not be compared at all is no question of going on
    if unread || !difference.uncompared.is_empty() {
        return Exit::Unanswered;
    }
    let doors = |is_in: bool| {
        let mut doors = difference.entries.iter().filter(|entry: &&Entry| entry.is_door());
        doors.any(|entry| entry.after.is_some() == is_in)
    };
    let gained = !difference.gained.is_empty() || doors(true);
    let lost = !difference.lost.is_empty() || doors(false);
    let fails = match arguments.fail_on {
        FailOn::Gained => gained,
        FailOn::Lost => lost,
        FailOn::Escalation => difference.gained.iter().any(Change::is_escalation),
        FailOn::Any => gained || lost,
    };
    if fails { Exit::No } else { Exit::Yes }
}

/// Which side a word of the command line means.
enum Meant {
    Path(PathBuf),
    Revision(Revision),
    WorkingTree,
}

fn meant(word: Option<&str>) -> Result<Meant, Failure> {
    let Some(word) = word else { return Ok(Meant::WorkingTree) };
    if word == "-" || Path::new(word).exists() {
        return Ok(Meant::Path(word.into()));
    }
    let revision = Revision::find(word).map_err(|error| Failure::usage(error.message, error.help))?;
    Ok(Meant::Revision(revision))
}

fn read(arguments: &Diff) -> Result<(Read, Read), Failure> {
    let base = meant(Some(&arguments.base))?;
    let head = meant(arguments.head.as_deref())?;
    if matches!((&base, &head), (Meant::Path(_), Meant::Path(_))) && !arguments.input.filename.is_empty() {
        return Err(Failure::usage(
            "both sides are paths, so that `--filename` has nothing to say",
            "it names the manifests in a revision and in the working tree; leave it out",
        ));
    }
    if arguments.base == "-" && arguments.head.as_deref() == Some("-") {
        return Err(Failure::usage(
            "standard input cannot be both sides",
            "give a path or a revision for one",
        ));
    }
    let revisions = matches!((&base, &head), (Meant::Revision(_), Meant::Revision(_)));
    let (mut before, count_before) = read_side(arguments, base)?;
    let (mut after, count_after) = read_side(arguments, head)?;
    before.loaded.take_platform_of(&after.loaded);
    after.loaded.take_platform_of(&before.loaded);
    if revisions && count_before + count_after == 0 {
        return Err(Failure::usage(
            format!("there is no file to read in either of {} and {}", before.name, after.name),
            "files that end in .yaml, .yml or .json are read; say where they are with `--filename`",
        ));
    }
    Ok((before, after))
}

fn read_side(arguments: &Diff, meant: Meant) -> Result<(Read, usize), Failure> {
    let input = &arguments.input;
    match meant {
        Meant::Path(path) => {
            let name =
                if path.as_os_str() == "-" { "standard input".into() } else { path.display().to_string() };
            let loaded = input::load_paths(input, &[path])?;
            Ok((Read { name, loaded }, 1))
        }
        Meant::Revision(revision) => {
            let (loaded, count) = input::load_revision(input, &revision)?;
            let commit: String = revision.commit().chars().take(12).collect();
            let name = if revision.commit().starts_with(revision.name()) {
                format!("commit {commit}")
            } else {
                format!("{} (commit {commit})", revision.name())
            };
            Ok((Read { name, loaded }, count))
        }
        Meant::WorkingTree => Ok((
            Read { name: "the working tree".to_owned(), loaded: input::load_paths(input, &input.filename)? },
            1,
        )),
    }
}

fn print(
    arguments: &Diff,
    shown: &Shown<'_>,
    gaps_before: (&Sources, &[Finding]),
    gaps_after: (&Sources, &[Finding]),
) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match arguments.output {
        DiffFormat::Text => {
            let style = output::look(&arguments.look, false);
            out.write_all(text::difference(shown, style).as_bytes())?;
        }
        DiffFormat::Markdown => out.write_all(markdown::difference(shown).as_bytes())?,
        DiffFormat::Github => out.write_all(annotations::difference(shown).as_bytes())?,
        DiffFormat::Json => output::json(&mut out, &json::difference(shown, gaps_before, gaps_after))?,
    }
    out.flush()?;
    Ok(())
}

/// What could not be read and what the API server would refuse, on standard error; what is so on both sides is told once.
fn tell_gaps(arguments: &Diff, before: &Read, after: &Read) {
    let style = crate::report::text::Style { color: false, ..output::look(&arguments.look, false) };
    let mut told: Vec<String> = Vec::new();
    for read in [before, after] {
        let gaps = read.loaded.gaps.iter().map(|gap| &gap.finding);
        let errors = read.loaded.findings.iter().filter(|finding| finding.severity == Severity::Error);
        for finding in gaps.chain(errors) {
            let shown = snippet::finding(&read.loaded.sources, finding, style);
            if !told.contains(&shown) {
                told.push(shown);
            }
        }
    }
    output::warn(&told.concat());
}
