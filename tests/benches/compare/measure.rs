//! What a process takes. Each runs as the only child of a process of our own, whose account of children is then its.

use std::process::{Command, ExitCode, Output, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// Seconds and bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Taken {
    pub(crate) wall: f64,
    /// User and system time.
    pub(crate) processor: f64,
    pub(crate) peak: u64,
}

/// Runs a command line to its end and prints what it took; where `timeout` stopped it, ends as that.
pub(crate) fn measure(command: &[String]) -> ExitCode {
    let start = Instant::now();
    let status = Command::new(&command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let wall = start.elapsed().as_secs_f64();
    if status.code() == Some(STOPPED.into()) {
        return ExitCode::from(STOPPED);
    }
    // an answer of no is an answer
    assert!(status.code().is_some_and(|code| code < 2), "{command:?}: {status}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let processor = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    // Linux counts in KiB
    println!("{wall} {} {}", processor as f64 / 1e6, usage.max_rss() * 1024);
    ExitCode::SUCCESS
}

/// How many bytes a command writes to standard output.
pub(crate) fn written(command: &[String]) -> u64 {
    let mut child = Command::new(&command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let bytes = std::io::copy(&mut child.stdout.take().unwrap(), &mut std::io::sink()).unwrap();
    child.wait().unwrap();
    bytes
}

/// The instructions that a command takes, as valgrind counts them; none without valgrind.
pub(crate) fn instructions(command: &[String]) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .args(command)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, count) = text.lines().find_map(|line| line.split_once("refs:"))?;
    count.trim().replace(',', "").parse().ok()
}

/// The exit status of coreutils' `timeout` where it stopped what it ran.
const STOPPED: u8 = 124;

/// What a command takes; none where it took longer than so many seconds, and was stopped.
pub(crate) fn once_within(seconds: u32, command: &[String]) -> Option<Taken> {
    let limit = ["timeout".to_owned(), seconds.to_string()];
    let output = measured(&limit.iter().chain(command).cloned().collect::<Vec<_>>());
    (output.status.code() != Some(STOPPED.into())).then(|| taken(command, output))
}

pub(crate) fn once(command: &[String]) -> Taken {
    taken(command, measured(command))
}

fn measured(command: &[String]) -> Output {
    let own = std::env::current_exe().unwrap();
    Command::new(own).arg("--measure").arg("--").args(command).output().unwrap()
}

fn taken(command: &[String], output: Output) -> Taken {
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut words = text.split_whitespace();
    let mut number = || words.next().unwrap().parse::<f64>().unwrap();
    Taken { wall: number(), processor: number(), peak: number() as u64 }
}

/// What is taken of several runs.
#[derive(Clone, Copy)]
pub(crate) enum Of {
    /// What is usual.
    Median,
    /// What it takes when nothing else disturbs it: of a machine that is busy with others the most reliable figure.
    Best,
}

/// How often something runs, and what is taken of it.
#[derive(Clone, Copy)]
pub(crate) struct Runs {
    pub(crate) count: usize,
    pub(crate) of: Of,
}

impl Runs {
    pub(crate) const fn medians(count: usize) -> Self {
        Self { count, of: Of::Median }
    }
}

/// What some commands take that run in turn, after one turn that does not count.
pub(crate) fn in_turn<const N: usize>(runs: Runs, commands: [&[String]; N]) -> [Taken; N] {
    let mut taken: [Vec<Taken>; N] = std::array::from_fn(|_| Vec::new());
    for turn in 0..=runs.count {
        for (command, taken) in commands.iter().zip(&mut taken) {
            let one = once(command);
            if turn > 0 {
                taken.push(one);
            }
        }
    }
    taken.map(|taken| {
        let one = |of: fn(&Taken) -> f64| {
            let mut values: Vec<f64> = taken.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            match runs.of {
                Of::Median => values[values.len() / 2],
                Of::Best => values[0],
            }
        };
        Taken {
            wall: one(|taken| taken.wall),
            processor: one(|taken| taken.processor),
            peak: one(|taken| taken.peak as f64) as u64,
        }
    })
}
