//! Runs the tests against one mutant after the other.
//!
//! Each test runs once alone without a mutant, which tells how long it takes and which mutants it comes across; a mutant then
//! meets those tests only, first those that caught others of its function and of its file, then the quick ones.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::Mutant;

/// How many run beside each other.
const WORKERS: usize = 2;

/// Tests may take so many times the processor time that they take without a mutant, and some seconds more.
const PATIENCE: u32 = 5;
const AT_LEAST: Duration = Duration::from_secs(4);

/// For what waits and does not compute, so many times that by the clock: other work may keep the machine busy.
const BY_THE_CLOCK: u32 = 40;

/// What a mutant may take in memory, in kibibytes.
const MEMORY: usize = 6 << 20;

/// A test that passes without a mutant.
#[derive(Clone, Deserialize, Serialize)]
struct Test {
    program: PathBuf,
    name: String,
    took: Duration,
    /// The mutants that it comes across.
    reaches: BTreeSet<usize>,
}

/// How some tests ended.
enum End {
    Passed,
    /// By which test, or how else.
    Caught(String),
}

/// Prints the fate of every mutant that is switched, and how many of each file met which.
pub fn all(copy: &Path, mutants: &[Mutant], switched: &BTreeSet<usize>, skipped: &[String]) {
    let tests = tests(copy, skipped);
    println!("{} tests", tests.len());
    let order: Vec<usize> = switched.iter().copied().collect();
    let next = AtomicUsize::new(0);
    let catches: Mutex<BTreeMap<(PathBuf, String), BTreeMap<usize, usize>>> = Mutex::default();
    let survivors: Mutex<BTreeSet<usize>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(&number) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mutant = &mutants[number];
                    let place = (mutant.file.clone(), mutant.function_name().to_owned());
                    let known = catches.lock().unwrap().clone();
                    let met = in_order(&tests, number, &place, &known);
                    match judged(copy, number, &tests, &met) {
                        End::Caught(by) => {
                            println!("caught {number} by {by}: {}", mutant.name);
                            if let Some(test) = tests.iter().position(|test| test.name == by) {
                                *catches
                                    .lock()
                                    .unwrap()
                                    .entry(place)
                                    .or_default()
                                    .entry(test)
                                    .or_default() += 1;
                            }
                        }
                        End::Passed => {
                            println!("SURVIVES {number}, {} tests: {}", met.len(), mutant.name);
                            survivors.lock().unwrap().insert(number);
                        }
                    }
                }
            });
        }
    });
    table(mutants, switched, &survivors.into_inner().unwrap());
}

/// The tests that a mutant meets, those first that most probably catch it.
fn in_order(
    tests: &[Test],
    number: usize,
    place: &(PathBuf, String),
    catches: &BTreeMap<(PathBuf, String), BTreeMap<usize, usize>>,
) -> Vec<usize> {
    let of = |test: usize, wanted: &dyn Fn(&(PathBuf, String)) -> bool| -> usize {
        catches.iter().filter(|(of, _)| wanted(of)).filter_map(|(_, by)| by.get(&test)).sum()
    };
    let mut met: Vec<usize> =
        (0..tests.len()).filter(|test| tests[*test].reaches.contains(&number)).collect();
    met.sort_by_cached_key(|&test| {
        let in_function = of(test, &|of| of == place);
        let in_file = of(test, &|of| of.0 == place.0);
        (usize::MAX - in_function, usize::MAX - in_file, tests[test].took)
    });
    met
}

/// Runs a few tests at first and then more at a time, until one fails.
fn judged(copy: &Path, number: usize, tests: &[Test], met: &[usize]) -> End {
    let (mut rest, mut budget) = (met, Duration::from_millis(200));
    while !rest.is_empty() {
        let (mut count, mut took) = (0, Duration::ZERO);
        while count < rest.len() && (count == 0 || took + tests[rest[count]].took <= budget) {
            took += tests[rest[count]].took;
            count += 1;
        }
        let (now, later) = rest.split_at(count);
        let mut programs: BTreeMap<&Path, Vec<&str>> = BTreeMap::new();
        for &test in now {
            programs.entry(&tests[test].program).or_default().push(&tests[test].name);
        }
        for (program, names) in programs {
            if let End::Caught(by) = run(copy, program, &names, took, &("MUTANT", number.to_string())) {
                return End::Caught(by);
            }
        }
        (rest, budget) = (later, budget * 2);
    }
    End::Passed
}

/// How many of each file met which fate.
fn table(mutants: &[Mutant], switched: &BTreeSet<usize>, survivors: &BTreeSet<usize>) {
    let mut files: BTreeMap<&Path, [usize; 3]> = BTreeMap::new();
    for (number, mutant) in mutants.iter().enumerate() {
        let of_file = files.entry(&mutant.file).or_default();
        of_file[0] += 1;
        of_file[1] += usize::from(!switched.contains(&number));
        of_file[2] += usize::from(survivors.contains(&number));
    }
    println!("\nfile, mutants, not in the build, caught, survive");
    for (file, [all, not_built, survive]) in &files {
        println!("{} {all} {not_built} {} {survive}", file.display(), all - not_built - survive);
    }
    let sum = |column: usize| -> usize { files.values().map(|of_file| of_file[column]).sum() };
    let (all, not_built, survive) = (sum(0), sum(1), sum(2));
    println!("all {all} {not_built} {} {survive}", all - not_built - survive);
}

/// The tests of the library and the integration tests, but for those whose names contain one of `skipped`; those of an
/// earlier run for a copy that has them.
fn tests(copy: &Path, skipped: &[String]) -> Vec<Test> {
    let kept = copy.join("tests.json");
    if let Ok(text) = std::fs::read_to_string(&kept) {
        return serde_json::from_str(&text).unwrap();
    }
    let mut names = Vec::new();
    for program in programs(copy) {
        let output = Command::new(&program).args(["--list", "--format", "terse"]).output().unwrap();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            if let Some(name) = line.strip_suffix(": test")
                && !skipped.iter().any(|skipped| name.contains(skipped))
            {
                names.push((program.clone(), name.to_owned()));
            }
        }
    }
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((program, name)) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match alone(copy, program, name) {
                        Some(test) => found.lock().unwrap().push(test),
                        None => println!("left out, it fails without a mutant: {name}"),
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by(|one, other| (&one.program, &one.name).cmp(&(&other.program, &other.name)));
    std::fs::write(kept, serde_json::to_string(&found).unwrap()).unwrap();
    found
}

/// A test as it runs without a mutant.
fn alone(copy: &Path, program: &Path, name: &str) -> Option<Test> {
    let log = std::env::temp_dir().join(format!("reached-{}-{}", std::process::id(), name.replace(':', "-")));
    let start = Instant::now();
    let asks = ("MUTANTS_REACHED", log.to_string_lossy().into_owned());
    let end = run(copy, program, &[name], Duration::from_secs(600), &asks);
    let took = start.elapsed();
    let reached = std::fs::read_to_string(&log).unwrap_or_default();
    let _ = std::fs::remove_file(log);
    matches!(end, End::Passed).then(|| Test {
        program: program.to_owned(),
        name: name.to_owned(),
        took,
        reaches: reached.lines().map(|line| line.parse().unwrap()).collect(),
    })
}

/// The test programs.
fn programs(copy: &Path) -> Vec<PathBuf> {
    let mut command = Command::new("cargo");
    command.current_dir(copy).args(["test", "--lib", "--test", "integration"]);
    let output =
        command.args(["--no-run", "--message-format", "json"]).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "cargo test");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).unwrap();
            message["executable"].as_str().filter(|_| message["profile"]["test"] == true).map(PathBuf::from)
        })
        .collect()
}

/// Runs tests until one fails.
fn run(copy: &Path, program: &Path, names: &[&str], took: Duration, variable: &(&str, String)) -> End {
    let limit = took * PATIENCE + AT_LEAST;
    let limits = format!("ulimit -v {MEMORY}; ulimit -t {}; exec \"$0\" \"$@\"", limit.as_secs());
    let mut command = Command::new("sh");
    command.args(["-c", &limits]).arg(program);
    command.args(["--test-threads", "1", "--exact"]).args(names);
    command.current_dir(copy).env("CARGO_MANIFEST_DIR", copy).env(variable.0, &variable.1);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (tell, told) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let (mut last, mut failed) = (String::new(), false);
        for line in lines.map_while(Result::ok) {
            if let Some((name, end)) = line.strip_prefix("test ").and_then(|line| line.split_once(" ... ")) {
                name.trim_end_matches(" - should panic").clone_into(&mut last);
                failed = end.ends_with("FAILED");
            }
            if failed {
                break;
            }
        }
        let _ = tell.send((last, failed));
    });
    let end = match told.recv_timeout(limit * BY_THE_CLOCK) {
        Ok((last, failed)) if failed || !ends_well(&mut child) => End::Caught(last),
        Ok(_) => End::Passed,
        Err(_) => End::Caught(format!("the clock in one of {}", names.join(" "))),
    };
    // the programs that it started, too
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    let _ = child.wait();
    let _ = reader.join();
    end
}

/// Whether it ends well, after its last line.
fn ends_well(child: &mut Child) -> bool {
    let latest = Instant::now() + AT_LEAST;
    while Instant::now() < latest {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}
