//! Runs the tests against one mutant after the other.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Mutant;

/// A stage may take so many times what it takes without a mutant, and at least ten seconds more.
const PATIENCE: u32 = 5;

/// A test program with its arguments, and how long it takes without a mutant.
struct Stage {
    program: PathBuf,
    arguments: Vec<String>,
    took: Duration,
}

/// Prints the fate of every mutant that is switched: all of them meet the first stage, those that it lets through the
/// second, and so on.
pub fn all(copy: &Path, mutants: &[Mutant], switched: &BTreeSet<usize>, stages: &[String]) {
    let mut left = switched.clone();
    for (number, stage) in stages.iter().enumerate() {
        for (program, arguments) in programs(copy, stage) {
            let mut stage = Stage { program, arguments, took: Duration::from_secs(600) };
            let start = Instant::now();
            assert!(passes(copy, &stage, None), "{:?} fails without a mutant", stage.arguments);
            stage.took = start.elapsed();
            left.retain(|mutant| {
                let passes = passes(copy, &stage, Some(*mutant));
                if !passes {
                    println!("caught {mutant} by stage {number}: {}", mutants[*mutant].name);
                }
                passes
            });
        }
        println!("{} of {} are left after stage {number}: {stage}", left.len(), switched.len());
    }
    for mutant in left {
        println!("SURVIVES {mutant}: {}", mutants[mutant].name);
    }
}

/// The programs that `cargo test` with these arguments would run, and the arguments of these.
fn programs(copy: &Path, stage: &str) -> Vec<(PathBuf, Vec<String>)> {
    let words: Vec<&str> = stage.split_whitespace().collect();
    let cut = words.iter().position(|word| *word == "--").unwrap_or(words.len());
    let of_tests: Vec<String> = words.iter().skip(cut + 1).map(|word| (*word).to_owned()).collect();
    let mut command = Command::new("cargo");
    command.current_dir(copy).args(["test", "--no-run", "--message-format", "json"]).args(&words[..cut]);
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "cargo test {stage}");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).unwrap();
            let program = message["executable"].as_str().filter(|_| message["profile"]["test"] == true)?;
            Some((program.into(), of_tests.clone()))
        })
        .collect()
}

fn passes(copy: &Path, stage: &Stage, mutant: Option<usize>) -> bool {
    let mut command = Command::new(&stage.program);
    command.current_dir(copy).args(&stage.arguments).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    command.env("CARGO_MANIFEST_DIR", copy);
    if let Some(number) = mutant {
        command.env("MUTANT", number.to_string());
    }
    let mut child = command.spawn().unwrap();
    let latest = Instant::now() + stage.took * PATIENCE + Duration::from_secs(10);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        if Instant::now() > latest {
            // the programs that it started, too
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            let _ = child.wait();
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
