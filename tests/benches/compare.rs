//! Whole processes beside floors, on corpora made here:
//! `cargo bench --profile floors --bench compare -- --objects 20000 --files 5000`.
//!
//! Prints the table of the README, in Markdown: what each work took, what its floor took in the same run (medians, taken in
//! turn), their ratio beside its target, and the peak memory; then the instructions of the main paths, what ten times the
//! objects cost, the throughput of the matrix, and one decision at four sizes. `--peers` runs those of other programs that
//! are there. `--check FILE` takes the best processor time of the runs, and fails where a ratio is worse than the file's by
//! more than a factor of two, twice in a row; times are never compared with anything fixed.

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
#[path = "compare/decision.rs"]
mod decision;
#[path = "compare/floor.rs"]
mod floor;
#[path = "compare/lines.rs"]
mod lines;
#[path = "compare/measure.rs"]
mod measure;
#[path = "compare/peers.rs"]
mod peers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use lines::{Line, MIB};
use measure::{Of, Runs};

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
    /// Fail where a ratio is worse than in this file by more than a factor of two
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// Write the ratios to this file
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Run other programs beside ours, as far as they are there
    #[arg(long)]
    peers: bool,
    /// The program to measure, as it is shipped: `cargo build --release` makes it
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/release/iamrbac"))]
    binary: PathBuf,
    /// Leave out the instructions, what ten times the objects cost, the matrix and the decisions
    #[arg(long)]
    lines_only: bool,
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

impl Arguments {
    const fn how(&self) -> Runs {
        // a check is to tell what the program takes, not what else the machine does
        let of = if self.check.is_some() || self.write.is_some() { Of::Best } else { Of::Median };
        Runs { count: self.runs, of }
    }
}

/// The machine, the day, the program and the command line.
fn heading(arguments: &Arguments) -> String {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("a processor of unknown make", |(_, model)| model);
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let given: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let given = if given.is_empty() { String::new() } else { format!(" -- {}", given.join(" ")) };
    let size = std::fs::metadata(&arguments.binary).unwrap().len() as f64 / 1e6;
    let floors = if cfg!(debug_assertions) { "; the floors are not optimized" } else { "" };
    format!(
        "{} objects, {} files, {} of {} runs; {count} × {model}, {}; the program has {size:.2} MB (at most 8){floors}.\n\
         \n\
         `cargo build --release && cargo bench --profile floors --bench compare{given}`\n",
        arguments.objects,
        arguments.files,
        match arguments.how().of {
            Of::Median => "medians",
            Of::Best => "the best, and ratios of processor time,",
        },
        arguments.runs,
        iamrbac::lint::Date::today(),
    )
}

/// Measures all lines and gives their ratios.
fn compare(arguments: &Arguments, directory: &Path) -> BTreeMap<&'static str, f64> {
    println!("{}\n{}", heading(arguments), Line::HEAD);
    let mut ratios = BTreeMap::new();
    for line in lines::all(&arguments.binary, directory) {
        let figures = line.measure(arguments.how());
        println!("{}", line.told(&figures));
        ratios.extend(figures.ratio.map(|ratio| (line.work, ratio)));
    }
    ratios
}

/// What does not depend on the day.
fn instructions(binary: &Path, directory: &Path) {
    println!("\n| path | instructions | a byte | target |\n|---|---|---|---|");
    for line in lines::all(binary, directory) {
        let target = match line.work {
            lines::TREE => "",
            lines::DOCUMENTS | lines::LIST => "≤ 80",
            _ => continue,
        };
        match measure::instructions(&line.ours) {
            Some(count) => {
                let a_byte = count as f64 / corpus::size(&line.input) as f64;
                println!("| {} | {:.0} million | {a_byte:.1} | {target} |", line.work, count as f64 / 1e6);
            }
            None => println!("| {} | valgrind is not here | | {target} |", line.work),
        }
    }
}

fn growth(arguments: &Arguments, small: &Path, large: &Path) {
    println!("\n| work | ten times the objects: wall | peak | target |\n|---|---|---|---|");
    let binary = &arguments.binary;
    for (small, large) in lines::all(binary, small).iter().zip(lines::all(binary, large)) {
        if !large.grows {
            continue;
        }
        let (small, more) = (small.measure_alone(arguments.how()), large.measure_alone(arguments.how()));
        let (wall, peak) = (more.wall / small.wall, more.peak as f64 / small.peak as f64);
        println!("| {} | × {wall:.1} | × {peak:.1} | ≤ × 11 |", large.work);
    }
}

fn matrix(binary: &Path, directory: &Path) {
    let line = lines::matrix(binary, directory, 250);
    let [all, few, load] =
        [&line, &lines::matrix(binary, directory, 25), &lines::loading(binary, &line.input)]
            .map(|line| line.measure_alone(Runs::medians(3)));
    let seconds = all.wall - load.wall;
    let bytes = measure::written(&line.ours);
    let cells = corpus::MATRIX_CELLS as f64;
    println!("\n| matrix, {cells} cells | figure | target |\n|---|---|---|");
    println!("| decided | {:.0} million a second | ≥ 20 |", cells / seconds / 1e6);
    println!("| written | {:.0} MB a second | ≥ 300 |", bytes as f64 / seconds / 1e6);
    let (all, tenth) = (all.peak / MIB, few.peak / MIB);
    println!("| peak | {all} MiB; with a tenth of the namespaces {tenth} MiB | as large |");
}

/// Measures once more what is grossly worse than it was, and tells whether it stays so.
fn has_regressed(lines: &[Line], ratios: &BTreeMap<&'static str, f64>, reference: &Path, runs: Runs) -> bool {
    let text = std::fs::read_to_string(reference).unwrap();
    let known: BTreeMap<&str, f64> = text
        .lines()
        .filter_map(|line| line.rsplit_once('\t'))
        .map(|(work, ratio)| (work, ratio.parse().unwrap()))
        .collect();
    let mut regressed = false;
    for line in lines {
        let (Some(now), Some(before)) = (ratios.get(line.work), known.get(line.work)) else { continue };
        let is_gross = |ratio: f64| line.target.badness(ratio) > 2.0 * line.target.badness(*before);
        if is_gross(*now) {
            let again = line.measure(Runs { count: runs.count + 4, ..runs }).ratio.unwrap_or_default();
            eprintln!("{}: {now:.2}, then {again:.2}, where {before:.2} was", line.work);
            regressed |= is_gross(again);
        }
    }
    regressed
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.measure {
        return measure::measure(&arguments.rest);
    }
    if let Some(floor) = arguments.floor {
        floor::run(floor, Path::new(&arguments.rest[0]));
        return ExitCode::SUCCESS;
    }
    assert!(
        arguments.binary.is_file(),
        "{} is not there: `cargo build --release` makes it",
        arguments.binary.display()
    );
    let default = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compare");
    let directory = arguments.directory.clone().unwrap_or(default);
    let large = corpus::make(&directory, arguments.objects, arguments.files);
    let ratios = compare(&arguments, &large);
    if !arguments.lines_only {
        instructions(&arguments.binary, &large);
        let small = corpus::make(&directory, arguments.objects / 10, arguments.files / 10);
        growth(&arguments, &small, &large);
        matrix(&arguments.binary, &large);
        decision::table();
    }
    if arguments.peers {
        peers::table(&arguments.binary, &large, arguments.how(), !arguments.lines_only);
    }
    if let Some(path) = &arguments.write {
        let told = |(work, ratio): (&&str, &f64)| format!("{work}\t{ratio:.2}\n");
        std::fs::write(path, ratios.iter().map(told).collect::<String>()).unwrap();
    }
    match &arguments.check {
        Some(path)
            if has_regressed(&lines::all(&arguments.binary, &large), &ratios, path, arguments.how()) =>
        {
            eprintln!("a ratio is worse than it was by more than a factor of two");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
