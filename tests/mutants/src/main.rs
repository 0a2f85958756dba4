//! Runs the tests against every mutant that cargo-mutants lists, with one build for all of them.
//!
//! `cargo mutants` builds once a mutant, which for the mutants of two rooms takes most of a day. Here all of them are built
//! into one program (`switch`), each behind a number that the environment variable `MUTANT` turns on, and the tests that
//! come across a mutant run against it until one fails (`judge`). What cannot be switched, and what does not compile, is
//! listed for cargo-mutants itself.
//!
//! iamrbac-mutants COPY LIST SKIPPED...: a copy of the sources to write to, `cargo mutants --list --json`, and parts of the
//! names of tests that are not to run.

mod judge;
mod switch;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// A change that cargo-mutants would make.
#[derive(Debug, Deserialize)]
pub struct Mutant {
    pub name: String,
    pub file: PathBuf,
    pub genre: String,
    pub replacement: String,
    pub span: Span,
    pub function: Option<Function>,
}

/// The function that it is in.
#[derive(Debug, Deserialize)]
pub struct Function {
    pub function_name: String,
}

impl Mutant {
    /// The function that it is in; empty for a constant.
    pub fn function_name(&self) -> &str {
        self.function.as_ref().map_or("", |function| &function.function_name)
    }
}

/// Where a mutant is, both ends counted from one, the end outside.
#[derive(Debug, Deserialize)]
pub struct Span {
    pub start: Position,
    pub end: Position,
}

/// A line and a column, in characters.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(copy), Some(list)) = (arguments.next(), arguments.next()) else {
        panic!("usage: iamrbac-mutants COPY LIST SKIPPED...");
    };
    let copy = PathBuf::from(copy);
    let mutants: Vec<Mutant> = serde_json::from_str(&std::fs::read_to_string(list).unwrap()).unwrap();
    // a copy that is built already is judged as it is
    let built = copy.join("switched.json");
    let switched: BTreeSet<usize> = if let Ok(text) = std::fs::read_to_string(&built) {
        serde_json::from_str(&text).unwrap()
    } else {
        let switched = build(&copy, &mutants);
        std::fs::write(built, serde_json::to_string(&switched).unwrap()).unwrap();
        switched
    };
    println!("{} mutants, {} of them in one build", mutants.len(), switched.len());
    for (number, mutant) in mutants.iter().enumerate().filter(|(number, _)| !switched.contains(number)) {
        println!("not switched {number}: {}", mutant.name);
    }
    let skipped: Vec<String> = arguments.collect();
    judge::all(&copy, &mutants, &switched, &skipped);
}

/// Writes the sources with their mutants, leaving out those with which they do not compile. Gives the rest.
fn build(copy: &Path, mutants: &[Mutant]) -> BTreeSet<usize> {
    let mut files = Vec::new();
    sources(copy, Path::new("src"), &mut files);
    let originals: Vec<(&PathBuf, String)> =
        files.iter().map(|file| (file, std::fs::read_to_string(copy.join(file)).unwrap())).collect();
    let root = copy.join("src/lib.rs");
    let library = std::fs::read_to_string(&root).unwrap();
    std::fs::write(&root, library + switch::SWITCH).unwrap();
    let mut left: BTreeSet<usize> = (0..mutants.len()).collect();
    let mut constant = BTreeSet::new();
    loop {
        let mut written = BTreeSet::new();
        for (file, original) in &originals {
            let of_file = left.iter().copied().filter(|number| mutants[*number].file == **file);
            let text = switch::file(
                original,
                of_file.map(|number| (number, &mutants[number])),
                &constant,
                &mut written,
            );
            std::fs::write(copy.join(file), text).unwrap();
        }
        left = written;
        let known = constant.len();
        let refused = refused(copy, &mut constant);
        if refused.is_empty() && constant.len() == known {
            return left;
        }
        eprintln!("left out: {refused:?}");
        left.retain(|number| !refused.contains(number));
    }
}

/// The rooms that cannot call those of the mutants: their constant functions stay as they are.
const BELOW: [&str; 5] = ["semantics", "source", "finding", "model", "manifest"];

/// The sources of the other rooms: a constant function of one can call one that has mutants.
fn sources(copy: &Path, directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(copy.join(directory)).unwrap() {
        let entry = entry.unwrap();
        let path = directory.join(entry.file_name());
        if BELOW.iter().any(|room| path.with_extension("") == Path::new("src").join(room)) {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            sources(copy, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path != Path::new("src/lib.rs")
        {
            found.push(path);
        }
    }
}

/// The mutants in which the compiler finds errors; functions that have to be constant are added to `constant`.
fn refused(copy: &Path, constant: &mut BTreeSet<String>) -> BTreeSet<usize> {
    let mut command = Command::new("cargo");
    command.current_dir(copy).args(["check", "--lib", "--message-format", "json"]);
    let output = command.output().unwrap();
    let mut refused = BTreeSet::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let message = &message["message"];
        if message["level"] != "error" {
            continue;
        }
        let told = message["message"].as_str().unwrap_or_default();
        if told.ends_with("in constants") || told.ends_with("in statics") {
            let name = told.split('`').nth(1).unwrap_or_default();
            constant.insert(name.rsplit("::").next().unwrap_or_default().to_owned());
            continue;
        }
        let spans = message["spans"].as_array().unwrap();
        let mut found: Vec<usize> = spans.iter().filter_map(|span| switch::mutant_at(copy, span)).collect();
        if found.is_empty() {
            // a chain of iterators is refused as a whole
            found = spans.iter().flat_map(|span| switch::mutants_within(copy, span)).collect();
        }
        assert!(!found.is_empty() || spans.is_empty(), "of no mutant: {}", message["rendered"]);
        refused.extend(found);
    }
    assert!(
        output.status.success() || !refused.is_empty() || !constant.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    refused
}
