//! The console blocks of the README and of the examples are run, and must print what they say.
//!
//! A block is what stands between a line ```` ```console ```` and the next ```` ``` ````. A line `$ COMMAND` is run in
//! the file's own directory; the lines below it are what it prints on both streams, and `[exit N]` at their end the exit
//! status where it is not 0. With `UPDATE_DOCUMENTS=1` the files are rewritten.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{root, shell_in};

#[test]
fn console_blocks_print_what_they_say() {
    let mut files = vec![root().join("README.md")];
    collect(&root().join("examples"), &mut files);
    assert!(files.len() > 3, "the examples have READMEs");
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let played = played(&text, file.parent().unwrap());
        if played == text {
            continue;
        }
        if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
            fs::write(&file, played).unwrap();
        } else {
            wrong.push(format!("{}:\n{}", file.display(), difference(&text, &played)));
        }
    }
    assert!(wrong.is_empty(), "run with UPDATE_DOCUMENTS=1 and look at the difference\n{}", wrong.join("\n"));
}

#[test]
fn every_cluster_of_the_examples_has_a_readme() {
    for entry in fs::read_dir(root().join("examples/clusters")).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.join("README.md").exists(), "{} has no README.md", path.display());
    }
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.file_name().is_some_and(|name| name == "README.md") {
            files.push(path);
        }
    }
}

/// The text with what its commands really print.
fn played(text: &str, directory: &Path) -> String {
    let mut out = String::new();
    let mut in_block = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if in_block && bare == "```" {
            in_block = false;
        }
        if !in_block {
            out.push_str(line);
            in_block = bare == "```console";
        } else if let Some(command) = bare.strip_prefix("$ ") {
            if !out.ends_with("```console\n") {
                out.push('\n');
            }
            out.push_str(line);
            let run = shell_in(directory, command);
            out.push_str(run.stdout.trim_end_matches('\n'));
            if !run.stdout.is_empty() {
                out.push('\n');
            }
            out.push_str(&run.stderr);
            if run.status != 0 {
                let _ = writeln!(out, "[exit {}]", run.status);
            }
        }
    }
    out
}

fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    format!(
        "  first difference at line {}\n  - {}\n  + {}",
        same + 1,
        old.get(same).unwrap_or(&"(end)"),
        new.get(same).unwrap_or(&"(end)")
    )
}
