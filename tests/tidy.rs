//! The tree itself: modules know only what stands before them, files and the top level stay small.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::root;

/// The order of knowing: a module may name only modules to its left.
const LAYERS: [&str; 11] = [
    "semantics",
    "source",
    "finding",
    "model",
    "manifest",
    "identity",
    "access",
    "query",
    "lint",
    "report",
    "cli",
];

/// What one layer may name although it stands to the right, and why.
const EXCEPTIONS: [(&str, &str, &str); 0] = [];

fn files_of(path: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(path) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_of(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn sources(layer: &str) -> Vec<PathBuf> {
    let mut files = vec![root().join(format!("src/{layer}.rs"))];
    files_of(&root().join("src").join(layer), &mut files);
    files.retain(|path| path.exists());
    files
}

/// The code without comments and without its own tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn modules_know_only_earlier_layers() {
    let mut wrong = Vec::new();
    for (rank, layer) in LAYERS.iter().enumerate() {
        for path in sources(layer) {
            let code = code(&path);
            for later in &LAYERS[rank + 1..] {
                let excepted = EXCEPTIONS.iter().any(|(from, to, _)| from == layer && to == later);
                if code.contains(&format!("crate::{later}")) && !excepted {
                    wrong.push(format!("{}: `{layer}` must not know `{later}`", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_small() {
    let mut files = Vec::new();
    files_of(&root().join("src"), &mut files);
    for path in files {
        let lines = code(&path).lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= 450, "{} has {lines} lines of code: does it hold two things?", path.display());
    }
}

#[test]
fn the_top_level_holds_what_it_should() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE",
        "CHANGELOG.md",
        "README.md",
        "src",
        "examples",
        "tests",
        "target",
        "action.yml",
    ];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name.starts_with('.') || allowed.contains(&name.as_str()),
            "`{name}` does not belong at the top level"
        );
    }
}
