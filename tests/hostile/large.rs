//! The same at full size, under a bound on memory and a clock: prints the table of the page on trust. Takes minutes and
//! gigabytes, and so is run by hand: `cargo test --release --test integration -- --ignored --nocapture hostile::large`.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{ASK, GRANT};
use crate::harness::{Directory, binary};

/// The start of a document that has to be read, and could turn the answer.
const ROLE: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reader}\n";
/// Kilobytes of addresses that the process may have.
const MEMORY: u64 = 8 << 20;
/// How long it may take.
const TIME: Duration = Duration::from_secs(120);

/// One input: its name, what writes it, more arguments, and how it must end.
struct Case {
    name: &'static str,
    write: fn(&mut dyn Write),
    arguments: &'static [&'static str],
    status: i32,
    says: &'static str,
}

fn repeat(out: &mut dyn Write, text: &str, times: usize) {
    let block = text.repeat(1000.min(times));
    for _ in 0..times / 1000.min(times) {
        out.write_all(block.as_bytes()).unwrap();
    }
}

fn subjects(out: &mut dyn Write) {
    out.write_all(
        b"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: all}\n\
          roleRef: {kind: ClusterRole, name: view}\nsubjects:\n",
    )
    .unwrap();
    for number in 0..1_000_000 {
        writeln!(out, "- {{kind: User, name: user-{number}}}").unwrap();
    }
}

fn bomb(out: &mut dyn Write) {
    writeln!(out, "{ROLE}a0: &a0 [x, x, x, x, x, x, x, x, x]").unwrap();
    for level in 1..40 {
        let repeated = format!("*a{}, ", level - 1).repeat(9);
        writeln!(out, "a{level}: &a{level} [{repeated}]").unwrap();
    }
}

const CASES: [Case; 10] = [
    Case { name: "alias bomb, 9^40 values", write: bomb, arguments: &[], status: 2, says: "limit-exceeded" },
    Case {
        name: "100,000 levels, flow",
        write: |out| {
            write!(out, "{ROLE}rules: ").unwrap();
            repeat(out, "[", 100_000);
        },
        arguments: &["--limit-nesting", "1000"],
        status: 2,
        says: "limit-exceeded",
    },
    Case {
        name: "100,000 levels, block",
        write: |out| {
            writeln!(out, "{ROLE}rules:").unwrap();
            for _ in 0..1000 {
                repeat(out, "- ", 100);
            }
        },
        arguments: &[],
        status: 2,
        says: "limit-exceeded",
    },
    Case {
        name: "a file of 1 GB, of no interest",
        write: |out| {
            repeat(out, "# nothing of interest in this line of a comment, which is 64 bytes\n", 15_000_000);
        },
        arguments: &[],
        status: 0,
        says: "",
    },
    Case {
        name: "a file of 1.2 GB",
        write: |out| {
            repeat(out, "# aws-auth, and nothing more of interest in this line of a comment\n", 18_000_000);
        },
        arguments: &[],
        status: 2,
        says: "limit-exceeded",
    },
    Case {
        name: "a million documents of RBAC",
        write: |out| {
            for number in 0..1_000_000 {
                writeln!(out, "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: r{number}, namespace: a}}\nrules: []").unwrap();
            }
        },
        arguments: &[],
        status: 0,
        says: "",
    },
    Case {
        name: "a million documents of other kinds",
        write: |out| {
            repeat(out, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n", 1_000_000);
        },
        arguments: &[],
        status: 0,
        says: "",
    },
    Case { name: "a million subjects", write: subjects, arguments: &[], status: 0, says: "" },
    Case {
        name: "a scalar of 100 MB",
        write: |out| {
            out.write_all(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata:\n  mapRoles: \"").unwrap();
            repeat(out, "x", 100_000_000);
            out.write_all(b"\"\n").unwrap();
        },
        arguments: &[],
        status: 0,
        says: "",
    },
    Case {
        name: "100 MB of aws-auth in a text",
        write: |out| {
            out.write_all(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata:\n  mapRoles: |\n").unwrap();
            repeat(
                out,
                "    - {rolearn: \"arn:aws:iam::111122223333:role/dev\", username: dev, groups: [a, b]}\n",
                1_200_000,
            );
        },
        arguments: &[],
        status: 0,
        says: "",
    },
];

/// The most memory that a process had so far, in MiB.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? >> 10)
}

fn measure(place: &Path, case: &Case) -> String {
    let command = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
    let mut child = Command::new("sh")
        .args(["-c", &command, binary()])
        .args(ASK)
        .args(case.arguments)
        .current_dir(place)
        .stdout(Stdio::piped())
        .stderr(File::create(place.join("stderr.txt")).unwrap())
        .spawn()
        .unwrap();
    let (start, mut most) = (Instant::now(), 0);
    let status = loop {
        most = most.max(peak(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > TIME {
            child.kill().unwrap();
            panic!("{}: still running after {TIME:?}", case.name);
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let time = start.elapsed();
    let told = fs::read_to_string(place.join("stderr.txt")).unwrap();
    let shown = std::io::read_to_string(child.stdout.unwrap()).unwrap();
    assert_eq!(status.code(), Some(case.status), "{}: {shown}{told}", case.name);
    assert!(told.contains(case.says) || shown.contains(case.says), "{}: {shown}{told}", case.name);
    let message = format!("{told}\n{shown}");
    let message =
        message.lines().find(|line| !case.says.is_empty() && line.contains(case.says)).unwrap_or("answered");
    let size = fs::metadata(place.join("b.yaml")).unwrap().len();
    format!(
        "| {} | {} | {:.2} s | {most} MiB | {} | {} |",
        case.name,
        bytes(size),
        time.as_secs_f64(),
        case.status,
        message.trim().chars().take(90).collect::<String>()
    )
}

fn bytes(size: u64) -> String {
    match size {
        0..10_000 => format!("{size} B"),
        10_000..10_000_000 => format!("{} kB", size / 1000),
        _ => format!("{} MB", size / 1_000_000),
    }
}

#[test]
#[ignore = "takes minutes and gigabytes"]
#[expect(clippy::print_stdout, reason = "the table is what this measurement is run for")]
fn hostile_input_costs_so_much() {
    println!("| input | size | time | memory | exit | message |\n|---|---|---|---|---|---|");
    for case in &CASES {
        let place = Directory::new().with("a.yaml", GRANT);
        let mut out = BufWriter::new(File::create(place.path().join("b.yaml")).unwrap());
        (case.write)(&mut out);
        drop(out);
        println!("{}", measure(place.path(), case));
    }
}
