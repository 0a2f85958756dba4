//! The lines of the table: what is run, beside what, and what is wanted of it.

use std::path::{Path, PathBuf};

use crate::corpus;
use crate::floor;
use crate::measure::{Of, Runs, Taken, in_turn};

pub(crate) const MIB: u64 = 1 << 20;

/// What a ratio is taken of, and whether more or less is better.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// Our time over that of the floor: at most this.
    Slower(f64),
    /// Our processor time over that of the other command: at most this. Reading is done by several threads, and what
    /// comes after it by one, so that the ratio of their times would be one of processors.
    Work(f64),
    /// The floor's time over ours: at least this.
    Faster(f64),
    /// Seconds, reported only; the ratio is that to loading.
    Seconds(f64),
}

impl Target {
    /// A number that grows as a ratio gets worse.
    pub(crate) fn badness(self, ratio: f64) -> f64 {
        match self {
            Self::Faster(_) => 1.0 / ratio,
            Self::Slower(_) | Self::Work(_) | Self::Seconds(_) => ratio,
        }
    }
}

/// What a line is measured beside.
pub(crate) enum Beside {
    Floor(floor::Name),
    /// Another command of ours.
    Ours(Vec<String>),
    Nothing,
}

pub(crate) struct Line {
    pub(crate) work: &'static str,
    pub(crate) input: PathBuf,
    pub(crate) ours: Vec<String>,
    pub(crate) beside: Beside,
    pub(crate) target: Target,
    /// The most bytes of peak memory.
    pub(crate) peak: Option<u64>,
    /// Whether its input grows with the number of objects.
    pub(crate) grows: bool,
}

/// What was measured of a line.
pub(crate) struct Figures {
    ours: Taken,
    floor: Option<Taken>,
    pub(crate) ratio: Option<f64>,
}

pub(crate) const TREE: &str = "tree";
pub(crate) const DOCUMENTS: &str = "dump, YAML documents";
pub(crate) const LIST: &str = "dump, YAML list";

fn command(binary: &Path, arguments: &[&str], input: &Path) -> Vec<String> {
    let (binary, input) = (binary.display().to_string(), input.display().to_string());
    let all = std::iter::once(binary.as_str()).chain(arguments.iter().copied());
    all.chain(["-f", &input]).map(str::to_owned).collect()
}

const CALLER: [&str; 3] = ["can-i", "--arn", "arn:aws:sts::111122223333:assumed-role/team-7/alice"];

fn can_i(binary: &Path, input: &Path) -> Vec<String> {
    command(binary, &[&CALLER[..], &["list", "pods", "-n", "ns-7", "-q"]].concat(), input)
}

/// Loading, and as good as nothing more.
pub(crate) fn loading(binary: &Path, input: &Path) -> Line {
    let ours = command(binary, &[&CALLER[..], &["get", "/version", "-q"]].concat(), input);
    line("loading", input, ours, Beside::Nothing, Target::Seconds(1.0), None)
}

/// Everything in so many namespaces.
pub(crate) fn matrix(binary: &Path, directory: &Path, namespaces: usize) -> Line {
    let input = directory.join("matrix.yaml");
    let chosen: Vec<String> = (0..namespaces).map(|number| format!("ns-{number}")).collect();
    let chosen = chosen.join(",");
    let verbs = corpus::MATRIX_VERBS.join(",");
    let arguments = [
        "matrix",
        "--resources",
        "thing*",
        "--verbs",
        &verbs,
        "-n",
        &chosen,
        "--kind",
        "role",
        "-o",
        "ndjson",
    ];
    let ours = command(binary, &arguments, &input);
    line("matrix", &input, ours, Beside::Nothing, Target::Seconds(1.0), None)
}

fn line(
    work: &'static str,
    input: &Path,
    ours: Vec<String>,
    beside: Beside,
    target: Target,
    peak: Option<u64>,
) -> Line {
    Line { work, input: input.to_owned(), ours, beside, target, peak, grows: true }
}

pub(crate) fn all(binary: &Path, directory: &Path) -> Vec<Line> {
    let dump = |work, name: &str, floor, least, more| {
        let input = directory.join(name);
        let peak = corpus::size(&input) + more * MIB;
        line(work, &input, can_i(binary, &input), Beside::Floor(floor), Target::Faster(least), Some(peak))
    };
    let (tree, list, multi) =
        (directory.join("tree"), directory.join("list.yaml"), directory.join("multi.yaml"));
    let (five, changed) = (directory.join("five"), directory.join("changed.yaml"));
    let who_can = command(binary, &["who-can", "delete", "secrets", "-n", "ns-7", "-o", "json"], &list);
    let lint = command(binary, &["lint", "--fail-on", "never", "-o", "json"], &list);
    let load = || Beside::Ours(loading(binary, &list).ours);
    let paths = [&multi, &changed].map(|path| path.display().to_string());
    let program = binary.display().to_string();
    let diff = [&program, "diff", &paths[0], &paths[1], "-o", "json"];
    let diff = diff.map(str::to_owned).to_vec();
    let scan = Beside::Floor(floor::Name::Scan);
    let clap = Beside::Floor(floor::Name::Clap);
    let yaml = floor::Name::TypedYaml;
    let json = floor::Name::TypedJson;
    vec![
        line(TREE, &tree, can_i(binary, &tree), scan, Target::Slower(1.6), None),
        dump(DOCUMENTS, "multi.yaml", yaml, 5.0, 40),
        dump(LIST, "list.yaml", yaml, 5.0, 40),
        dump("dump, JSON list", "list.json", json, 1.0, 80),
        dump("dump, indented JSON", "indented.json", json, 1.0, 80),
        line("who-can, one question", &list, who_can, load(), Target::Seconds(0.3), Some(100 * MIB)),
        line("lint, all rules", &list, lint, load(), Target::Seconds(0.5), None),
        line(
            "diff, ten objects differ",
            &multi,
            diff,
            Beside::Ours(can_i(binary, &multi)),
            Target::Work(2.3),
            None,
        ),
        Line {
            grows: false,
            ..line("five small files", &five, can_i(binary, &five), clap, Target::Slower(2.0), None)
        },
    ]
}

impl Line {
    pub(crate) fn measure(&self, runs: Runs) -> Figures {
        let own = std::env::current_exe().unwrap().display().to_string();
        let floor = match &self.beside {
            Beside::Floor(name) => {
                vec![own, "--floor".into(), name.to_string(), self.input.display().to_string()]
            }
            Beside::Ours(command) => command.clone(),
            Beside::Nothing => return Figures { ours: self.measure_alone(runs), floor: None, ratio: None },
        };
        let [ours, floor] = in_turn(runs, [&self.ours, &floor]);
        // what a check compares is not to turn on how many processors there are, and how many of them are free
        let time = |taken: &Taken| match (runs.of, self.target) {
            (Of::Best, _) | (_, Target::Work(_)) => taken.processor,
            _ => taken.wall,
        };
        let ratio = match self.target {
            Target::Slower(_) | Target::Seconds(_) | Target::Work(_) => time(&ours) / time(&floor),
            Target::Faster(_) => time(&floor) / time(&ours),
        };
        Figures { ours, floor: Some(floor), ratio: Some(ratio) }
    }

    pub(crate) fn measure_alone(&self, runs: Runs) -> Taken {
        let [ours] = in_turn(runs, [&self.ours]);
        ours
    }

    /// What heads the table.
    pub(crate) const HEAD: &str = "| work | input, MiB | wall, s | processor, s | beside it: wall, s | ratio | target | peak, MiB |\n|---|---|---|---|---|---|---|---|";

    /// The line of the table.
    pub(crate) fn told(&self, figures: &Figures) -> String {
        let beside = match &self.beside {
            Beside::Floor(name) => name.to_string(),
            Beside::Ours(_) => "loading one".to_owned(),
            Beside::Nothing => String::new(),
        };
        let wanted = match self.target {
            Target::Slower(most) => format!("≤ {most} × {beside}"),
            Target::Work(most) => format!("≤ {most} × the processor time of {beside}"),
            Target::Faster(least) => format!("≥ {least} × as fast as {beside}"),
            Target::Seconds(most) => format!("≤ {most} s"),
        };
        let floor = figures.floor.map(|floor| floor.wall);
        let number = |number: Option<f64>| number.map_or_else(String::new, |number| format!("{number:.3}"));
        let allowed = self.peak.map_or_else(String::new, |most| format!(" (≤ {})", most / MIB));
        format!(
            "| {} | {} | {:.3} | {:.3} | {} | {} | {wanted} | {}{allowed} |",
            self.work,
            corpus::size(&self.input) / MIB,
            figures.ours.wall,
            figures.ours.processor,
            number(floor),
            figures.ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
            figures.ours.peak / MIB,
        )
    }
}
