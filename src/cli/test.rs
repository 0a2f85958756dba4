//! `test`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::{Test, TestFormat};
use super::can_i::groups_of;
use super::exit::{Exit, Failure};
use super::tree::Tree;
use super::{expectations, input, output};
use crate::access::Policy;
use crate::lint::{Told, settle};
use crate::manifest::Loaded;
use crate::query::expect::file::Document;
use crate::query::expect::{Judge, Unclear};
use crate::query::question::Typed;
use crate::report::expect::{JudgedFile, annotations, counts, document, junit, text};
use crate::source::bytes::{plain, read};
use crate::source::discover::{Filter, Found, files};
use crate::source::{Origin, Sources};

/// The JSON Schema of files of expectations.
const FILE_SCHEMA: &str = include_str!("../query/expect/schema.json");

/// A file of expectations, and what is judged by it.
struct Read {
    path: String,
    text: String,
    expectations: Sources,
    origin: Origin,
    document: Document,
    loaded: Loaded,
}

pub(super) fn run(arguments: &Test) -> Result<Exit, Failure> {
    if arguments.schema {
        io::stdout().lock().write_all(FILE_SCHEMA.as_bytes())?;
        return Ok(Exit::Yes);
    }
    let paths = paths(arguments);
    let paths = if arguments.base.is_some() { paths.unwrap_or_default() } else { paths? };
    if arguments.write {
        for path in &paths {
            write(arguments, path)?;
        }
        return Ok(Exit::Yes);
    }
    let (read, silences) = match &arguments.base {
        None => (paths.iter().map(|path| read_file(arguments, path)).collect::<Result<_, _>>()?, Vec::new()),
        Some(word) => read_by_base(arguments, &Tree::find(word)?, &paths)?,
    };
    let policies: Vec<Policy<'_>> = read.iter().map(|file| Policy::new(&file.loaded.cluster)).collect();
    let judged: Vec<JudgedFile<'_>> = read
        .iter()
        .zip(&policies)
        .map(|(file, policy)| JudgedFile {
            path: file.path.clone(),
            expectations: (&file.expectations, file.origin),
            sources: &file.loaded.sources,
            judged: with_judge(arguments, &file.loaded, policy, |judge| judge.judge(&file.document)),
        })
        .collect();
    print(arguments, &judged, &silences)?;
    let counts = counts(&judged);
    Ok(match (counts.unanswered, counts.failed) {
        (0, 0) => Exit::Yes,
        (0, _) => Exit::No,
        _ => Exit::Unanswered,
    })
}

fn with_judge<T>(
    arguments: &Test,
    loaded: &Loaded,
    policy: &Policy<'_>,
    asked: impl FnOnce(&Judge<'_>) -> T,
) -> T {
    let types = &loaded.resource_types;
    let reading = |typed: &Typed<'_>| typed.read(types, |plural| groups_of(loaded, plural));
    asked(&Judge { loaded, policy, reading: &reading, keep_going: arguments.input.keep_going })
}

/// The files that are named, or all that are there.
fn paths(arguments: &Test) -> Result<Vec<PathBuf>, Failure> {
    if !arguments.files.is_empty() {
        return Ok(arguments.files.clone());
    }
    let nothing = || {
        Failure::usage(
            "there is no *iamrbac.test.yaml below the working directory",
            "name a file, or write a first one: `iamrbac test --write iamrbac.test.yaml`",
        )
    };
    let filter =
        Filter::new(&[expectations::NAMES.to_owned()], &arguments.input.exclude).map_err(|_| nothing())?;
    let found = files(&[PathBuf::from(".")], &filter).map_err(|_| nothing())?;
    let paths: Vec<PathBuf> = found
        .into_iter()
        .filter_map(|found| match found {
            Found::File(path, _) => Some(path.strip_prefix(".").map(Path::to_owned).unwrap_or(path)),
            Found::StandardInput | Found::Unreadable(..) => None,
        })
        .collect();
    if paths.is_empty() { Err(nothing()) } else { Ok(paths) }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let refused = |why: String| {
        Failure::usage(format!("`{}` cannot be read: {why}", path.display()), "give a file of expectations")
    };
    let bytes = read(path).map_err(refused)?;
    String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8".to_owned()))
}

/// The expectations of a base, those of the change where they differ, and what the change takes away.
fn read_by_base(arguments: &Test, base: &Tree, paths: &[PathBuf]) -> Result<(Vec<Read>, Vec<Told>), Failure> {
    let (here, exclude) = (Tree::here(), &arguments.input.exclude);
    let is_asked = |path: &Path| arguments.files.is_empty() || arguments.files.iter().any(|one| one == path);
    let mut before = expectations::all(base, exclude)?;
    for (path, bytes) in base.files(&arguments.files)? {
        before.extend(String::from_utf8(bytes).ok().map(|text| (path, text)));
    }
    before.retain(|path, _| is_asked(path));
    if before.is_empty() && paths.is_empty() {
        return Err(Failure::usage(
            format!("there is no *iamrbac.test.yaml in {} or below the working directory", base.name()),
            "write a first one: `iamrbac test --write iamrbac.test.yaml`",
        ));
    }
    let mut read = Vec::new();
    for (path, text) in &before {
        read.push(read_as(arguments, path, base.shown(path), text.clone())?);
    }
    for path in paths {
        // what the change takes away altogether is told below
        if before.contains_key(path) && !path.is_file() {
            continue;
        }
        let text = read_text(path)?;
        if before.get(path) != Some(&text) {
            read.push(read_as(arguments, path, path.display().to_string(), text)?);
        }
    }
    let sources = Sources::default();
    let taken_away = expectations::taken_away(base, &here, exclude)?;
    Ok((read, settle(&sources, taken_away)))
}

fn read_file(arguments: &Test, path: &Path) -> Result<Read, Failure> {
    read_as(arguments, path, path.display().to_string(), read_text(path)?)
}

/// Reads the text of a file of expectations, and what is judged by it.
fn read_as(arguments: &Test, path: &Path, shown: String, text: String) -> Result<Read, Failure> {
    let document = read_document(&shown, &text)?;
    let loaded = input::load_paths(&arguments.input, &manifests(arguments, path, &document.manifests))?;
    let mut expectations = Sources::default();
    let file = expectations.add(shown.clone());
    let origin = expectations.register(file, 0, &(0..text.len()), &[], &(0..0));
    expectations.keep(file, text.clone());
    Ok(Read { path: shown, text, expectations, origin, document, loaded })
}

fn read_document(shown: &str, text: &str) -> Result<Document, Failure> {
    Document::read(text).map_err(|error| {
        let line = error.line.map(|line| format!(":{line}")).unwrap_or_default();
        Failure::usage(
            format!("{shown}{line}: {}", error.message),
            "see `iamrbac test --schema` for what such a file may say",
        )
    })
}

/// What is judged: what the command line names, or else the file, or else what is beside it.
fn manifests(arguments: &Test, path: &Path, named: &[String]) -> Vec<PathBuf> {
    if !arguments.input.filename.is_empty() {
        return arguments.input.filename.clone();
    }
    let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if named.is_empty() {
        return vec![beside.to_owned()];
    }
    named.iter().map(|name| if beside == Path::new(".") { name.into() } else { beside.join(name) }).collect()
}

/// Writes today's answers.
fn write(arguments: &Test, path: &Path) -> Result<(), Failure> {
    let unclear = |(why, help): Unclear| Failure::usage(format!("{}: {why}", path.display()), help);
    let is_new = !path.exists();
    let (old, recorded) = if is_new {
        let loaded = input::load_paths(&arguments.input, &manifests(arguments, path, &[]))?;
        refuse_gaps(arguments, &loaded)?;
        let policy = Policy::new(&loaded.cluster);
        (String::new(), with_judge(arguments, &loaded, &policy, first).map_err(unclear)?)
    } else {
        let read = read_file(arguments, path)?;
        refuse_gaps(arguments, &read.loaded)?;
        let policy = Policy::new(&read.loaded.cluster);
        let recorded = with_judge(arguments, &read.loaded, &policy, |judge| judge.recorded(&read.document))
            .map_err(unclear)?;
        (read.text, recorded)
    };
    let text = recorded.written(&old).map_err(|error| unclear((error.to_string(), String::new())))?;
    fs::write(path, text).map_err(|error| {
        Failure::usage(format!("`{}` cannot be written: {}", path.display(), plain(&error)), "")
    })?;
    let word = if is_new { "wrote" } else { "recorded today's answers in" };
    writeln!(io::stdout().lock(), "{word} {}", crate::report::text::visible(&path.display().to_string()))?;
    Ok(())
}

fn first(judge: &Judge<'_>) -> Result<Document, Unclear> {
    judge.first()
}

/// What rests on unread input is no answer to write down.
fn refuse_gaps(arguments: &Test, loaded: &Loaded) -> Result<(), Failure> {
    match loaded.gaps.first() {
        Some(gap) if !arguments.input.keep_going => Err(Failure::usage(
            format!("nothing is written, since not everything can be read: {}", gap.finding.message),
            gap.finding.help.clone().unwrap_or_default(),
        )),
        _ => Ok(()),
    }
}

fn print(arguments: &Test, judged: &[JudgedFile<'_>], silences: &[Told]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match arguments.output {
        TestFormat::Text => {
            out.write_all(text(judged, silences, output::look(&arguments.look, false)).as_bytes())?;
        }
        TestFormat::Junit => out.write_all(junit(judged, silences).as_bytes())?,
        TestFormat::Github => out.write_all(annotations(judged, silences).as_bytes())?,
        TestFormat::Json => output::json(&mut out, &document(judged, silences))?,
    }
    out.flush()?;
    Ok(())
}
