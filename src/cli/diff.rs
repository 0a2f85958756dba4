//! `diff`.

use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::path::PathBuf;

use super::args::{Diff, DiffFormat, FailOn};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::tree::Tree;
use super::{expectations, input, output};
use crate::access::Policy;
use crate::finding::{Finding, Severity};
use crate::lint::{Told, settle};
use crate::manifest::Loaded;
use crate::query::diff::{Change, Difference, Entry, Side, compare};
use crate::report::diff::{Shown, annotations, findings, json, markdown, text};
use crate::report::{sarif, snippet};
use crate::source::Sources;

/// One side, as it is called and read. What was read lives until the process ends.
struct Read {
    name: String,
    /// Where it is; none for standard input.
    tree: Option<Tree>,
    loaded: ManuallyDrop<Loaded>,
}

pub(super) fn run(arguments: &Diff) -> Result<Exit, Failure> {
    let (before, mut after) = read(arguments)?;
    let silences = silences(arguments, &before, &mut after)?;
    let policy_before = ManuallyDrop::new(Policy::new(&before.loaded.cluster));
    let policy_after = ManuallyDrop::new(Policy::new(&after.loaded.cluster));
    let progress = Progress::of("comparing", None);
    let difference = compare(
        &Side { loaded: &before.loaded, policy: &policy_before },
        &Side { loaded: &after.loaded, policy: &policy_after },
    );
    drop(progress);
    let gaps =
        |read: &Read| -> Vec<Finding> { read.loaded.gaps.iter().map(|gap| gap.finding.clone()).collect() };
    let (gaps_before, gaps_after) = (gaps(&before), gaps(&after));
    let complete = gaps_before.is_empty() && gaps_after.is_empty() && difference.uncompared.is_empty();
    if !arguments.quiet {
        let sides = ((&*before.name, &before.loaded.sources), (&*after.name, &after.loaded.sources));
        let mut shown = Shown::new(&difference, sides.0, sides.1);
        shown.complete = complete;
        let has_mappings = |read: &Read| read.loaded.cluster.open_backends().next().is_some();
        shown.has_mappings = has_mappings(&before) || has_mappings(&after);
        shown.silences = silences;
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

/// What the change adds to what silences findings, and takes from what is expected.
fn silences(arguments: &Diff, before: &Read, after: &mut Read) -> Result<Vec<Told>, Failure> {
    let (Some(base), Some(head)) = (&before.tree, &after.tree) else { return Ok(Vec::new()) };
    let sources = &mut after.loaded.sources;
    let configuration = head.configuration(None, sources)?;
    let mut findings = base.before(head, sources, (None, None))?.additions(sources, &configuration, None);
    findings.extend(expectations::taken_away(base, head, &arguments.input.exclude)?);
    Ok(settle(sources, findings))
}

fn exit(arguments: &Diff, difference: &Difference, complete: bool) -> Exit {
    if !complete && !arguments.input.keep_going {
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

fn read(arguments: &Diff) -> Result<(Read, Read), Failure> {
    let head = arguments.head.as_deref();
    if arguments.base == "-" && head == Some("-") {
        return Err(Failure::usage(
            "standard input cannot be both sides",
            "give a path or a revision for one",
        ));
    }
    let find = |word: &str| if word == "-" { Ok(None) } else { Tree::find(word).map(Some) };
    let base = find(&arguments.base)?;
    let head_tree = head.map(find).transpose()?;
    let is_path = |tree: &Option<Tree>| matches!(tree, None | Some(Tree::Path(_)));
    if is_path(&base) && head_tree.as_ref().is_some_and(is_path) && !arguments.input.filename.is_empty() {
        return Err(Failure::usage(
            "both sides are paths, so that `--filename` has nothing to say",
            "it names the manifests in a revision and in the working tree; leave it out",
        ));
    }
    let revisions = !is_path(&base) && head_tree.as_ref().is_some_and(|tree| !is_path(tree));
    let (mut before, count_before) = read_side(arguments, base)?;
    let (mut after, count_after) = if let Some(tree) = head_tree {
        read_side(arguments, tree)?
    } else {
        let loaded = input::load_paths(&arguments.input, &arguments.input.filename)?;
        let name = "the working tree".to_owned();
        (Read { name, tree: Some(Tree::here()), loaded: ManuallyDrop::new(loaded) }, 1)
    };
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

/// Reads a side, and says of how many files, as far as that is of interest.
fn read_side(arguments: &Diff, tree: Option<Tree>) -> Result<(Read, usize), Failure> {
    let input = &arguments.input;
    let name = tree.as_ref().map_or_else(|| "standard input".to_owned(), Tree::name);
    let (loaded, count) = match &tree {
        None => (input::load_paths(input, &[PathBuf::from("-")])?, 1),
        Some(Tree::Path(path)) => (input::load_paths(input, std::slice::from_ref(path))?, 1),
        Some(Tree::Revision(revision)) => input::load_revision(input, revision)?,
    };
    Ok((Read { name, tree, loaded: ManuallyDrop::new(loaded) }, count))
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
        DiffFormat::Sarif => {
            let mut told = findings::of(shown);
            told.extend(shown.silences.iter().cloned());
            output::json(&mut out, &sarif::findings(&told))?;
        }
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
