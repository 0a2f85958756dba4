//! Other programs at the same work, as far as they are there; each runs once, for some take minutes, and ours as often
//! as beside its floors.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lines::{Line, MIB, all};
use crate::measure::{Runs, once_within};

/// A program that takes more seconds is stopped.
const LONGEST: u32 = 900;

/// A program that does the work of some lines.
struct Peer {
    name: &'static str,
    /// The lines that it runs beside.
    works: &'static [&'static str],
    program: PathBuf,
    /// Before the path of the input.
    arguments: &'static [&'static str],
}

const DECODED: [&str; 5] =
    ["tree", "dump, YAML documents", "dump, YAML list", "dump, JSON list", "dump, indented JSON"];

/// Upstream's decoder and authorizer, built from the modules that `tests/upstream` pins.
fn upstream() -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upstream");
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("upstream-speed");
    let built = Command::new("go")
        .arg("build")
        .arg("-o")
        .arg(&program)
        .arg("./speed")
        .current_dir(directory)
        .status();
    built.is_ok_and(|status| status.success()).then_some(program)
}

fn on_path(name: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|path| path.join(name)).find(|path| path.is_file())
}

pub(crate) fn table(binary: &Path, directory: &Path, runs: Runs, decisions: bool) {
    let upstream = upstream();
    let found = [
        ("Go, as kubectl decodes", &DECODED[..], upstream.clone(), &["decode"][..]),
        (
            "checkov",
            &["lint, all rules"],
            on_path("checkov"),
            &["--framework", "kubernetes", "--quiet", "--compact", "-f"],
        ),
        ("k8s-policy-guard", &["lint, all rules"], on_path("policy-guard"), &["scan"]),
    ];
    println!("\n| work | peer | peer, s | peer's peak, MiB | ours, s | ratio |\n|---|---|---|---|---|---|");
    for (name, works, program, arguments) in found {
        match program {
            Some(program) => compare(&Peer { name, works, program, arguments }, binary, directory, runs),
            None => println!("| | {name} | skipped: not installed | | | |"),
        }
    }
    if let Some(program) = upstream.filter(|_| decisions) {
        println!("\n| bindings | upstream's authorizer, one decision, µs |\n|---|---|");
        for bindings in ["100", "1000", "5000"] {
            let output = Command::new(&program).args(["decide", bindings]).output().unwrap();
            println!("| {bindings} | {} |", String::from_utf8_lossy(&output.stdout).trim());
        }
    }
}

fn compare(peer: &Peer, binary: &Path, directory: &Path, runs: Runs) {
    let beside = |line: &Line| peer.works.contains(&line.work);
    for line in all(binary, directory).into_iter().filter(beside) {
        let program = peer.program.display().to_string();
        let input = line.input.display().to_string();
        let words =
            std::iter::once(program.as_str()).chain(peer.arguments.iter().copied()).chain([input.as_str()]);
        let command: Vec<String> = words.map(str::to_owned).collect();
        let ours = line.measure_alone(runs);
        let (work, name) = (line.work, peer.name);
        match once_within(LONGEST, &command) {
            Some(theirs) => println!(
                "| {work} | {name} | {:.2} | {} | {:.3} | {:.0} |",
                theirs.wall,
                theirs.peak / MIB,
                ours.wall,
                theirs.wall / ours.wall
            ),
            None => println!(
                "| {work} | {name} | more than {LONGEST}, stopped | | {:.3} | more than {:.0} |",
                ours.wall,
                f64::from(LONGEST) / ours.wall
            ),
        }
    }
}
