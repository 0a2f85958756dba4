//! Whole processes beside floors, on corpora made here: `cargo bench --bench compare -- --objects 20000 --files 5000`.
//!
//! Prints one line a figure: what it took, what its floor took in the same run (medians, taken in turn), their ratio
//! beside its target, and the peak memory. `--check` fails where a ratio misses its target by more than a factor of two;
//! times are never compared with anything fixed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::allow_attributes,
    reason = "a comparison that cannot go on should say where, and its figures are rounded anyway"
)]

#[path = "compare/corpus.rs"]
mod corpus;
#[path = "compare/floor.rs"]
mod floor;
#[path = "compare/measure.rs"]
mod measure;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use measure::{Taken, medians};

/// What to compare, and how large.
#[derive(Parser)]
struct Arguments {
    /// RBAC objects in a dump
    #[arg(long, default_value_t = 20_000)]
    objects: usize,
    /// Files in the tree
    #[arg(long, default_value_t = 5_000)]
    files: usize,
    /// How often each process runs
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Fail where a ratio misses its target by more than a factor of two
    #[arg(long)]
    check: bool,
    /// Where to make the corpora; they are made again only for other sizes
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Run one floor instead of comparing: used by the comparison itself
    #[arg(long, value_name = "NAME")]
    floor: Option<floor::Name>,
    /// Start a process and print what it took: used by the comparison itself
    #[arg(long)]
    measure: bool,
    /// What a floor reads, or the process to start
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
    /// Passed by cargo, and ignored
    #[arg(long, hide = true)]
    bench: bool,
}

/// What a ratio is taken of, and whether more or less is better.
#[derive(Clone, Copy)]
enum Target {
    /// Wall time over that of the floor: at most this.
    Slower(f64),
    /// Processor time of the floor over ours: at least this.
    Faster(f64),
}

struct Row {
    name: &'static str,
    path: PathBuf,
    floor: floor::Name,
    target: Target,
    /// Bytes of peak memory beyond the input.
    peak: Option<u64>,
}

const MIB: u64 = 1 << 20;

fn rows(directory: &Path) -> Vec<Row> {
    let row = |name, below: &str, floor, target, peak: Option<u64>| Row {
        name,
        path: directory.join(below),
        floor,
        target,
        peak: peak.map(|mib| mib * MIB),
    };
    vec![
        row("tree", "tree", floor::Name::Scan, Target::Slower(1.6), None),
        row("dump, YAML documents", "multi.yaml", floor::Name::TypedYaml, Target::Faster(5.0), Some(40)),
        row("dump, YAML list", "list.yaml", floor::Name::TypedYaml, Target::Faster(5.0), Some(40)),
        row("dump, JSON list", "list.json", floor::Name::TypedJson, Target::Faster(1.0), Some(80)),
        row("dump, indented JSON", "indented.json", floor::Name::TypedJson, Target::Faster(1.0), Some(80)),
        row("five small files", "five", floor::Name::Clap, Target::Slower(2.0), None),
    ]
}

/// A row of the table, and whether its ratio is grossly off.
fn line(row: &Row, ours: Taken, floor: Taken) -> (String, bool) {
    let size = corpus::size(&row.path);
    let (ratio, wanted, gross) = match row.target {
        Target::Slower(most) => {
            let ratio = ours.wall / floor.wall;
            (ratio, format!("≤ {most} × {}", row.floor), ratio > 2.0 * most)
        }
        Target::Faster(least) => {
            let ratio = floor.processor / ours.processor;
            (ratio, format!("≥ {least} × {}", row.floor), ratio < least / 2.0)
        }
    };
    let mib = |bytes: u64| bytes / MIB;
    let allowed = row.peak.map_or_else(String::new, |more| format!(" (≤ {})", mib(size + more)));
    let text = format!(
        "| {} | {} | {:.3} | {:.3} | {:.3} | {ratio:.2} | {wanted} | {}{allowed} |",
        row.name,
        mib(size),
        ours.wall,
        ours.processor,
        if matches!(row.target, Target::Slower(_)) { floor.wall } else { floor.processor },
        mib(ours.peak),
    );
    (text, gross)
}

fn compare(arguments: &Arguments) -> ExitCode {
    let default = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compare");
    let directory = arguments.directory.clone().unwrap_or(default);
    let directory = corpus::make(&directory, arguments.objects, arguments.files);
    println!("{} objects, {} files, medians of {} runs", arguments.objects, arguments.files, arguments.runs);
    println!("| work | input, MiB | wall, s | processor, s | floor, s | ratio | target | peak, MiB |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut gross = false;
    for row in rows(&directory) {
        let path = row.path.display().to_string();
        let question =
            ["--arn", "arn:aws:sts::111122223333:assumed-role/team-7/alice", "get", "/version", "-q"];
        let ours = [&[env!("CARGO_BIN_EXE_iamrbac"), "can-i"], &question[..], &["-f", &path]].concat();
        let own = std::env::current_exe().unwrap().display().to_string();
        let name = row.floor.to_string();
        let floor = [own.as_str(), "--floor", &name, &path];
        let [ours, floor] = medians(arguments.runs, [&ours, &floor]);
        let (text, off) = line(&row, ours, floor);
        println!("{text}");
        gross |= off;
    }
    if gross && arguments.check {
        eprintln!("a ratio misses its target by more than a factor of two");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.measure {
        measure::measure(&arguments.rest);
        return ExitCode::SUCCESS;
    }
    match arguments.floor {
        Some(floor) => {
            floor::run(floor, Path::new(&arguments.rest[0]));
            ExitCode::SUCCESS
        }
        None => compare(&arguments),
    }
}
