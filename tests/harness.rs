//! The binary in a fresh directory, with an environment that changes nothing.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A directory of its own for one test, removed at the end.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("iamrbac-test-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a file, with the directories above it.
    pub fn with(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let full = self.0.join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, content).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        run_in(&self.0, arguments, b"")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        run_in(&self.0, arguments, input)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// The binary under test.
pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_iamrbac")
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The corpora beside the repository, where they are present.
pub fn corpus(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/conformance").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: there is no corpus at {}", path.display());
    None
}

fn clean(command: &mut Command) -> &mut Command {
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "TERM", "CI", "GITHUB_ACTIONS"] {
        command.env_remove(name);
    }
    command
}

pub fn run_in(directory: &Path, arguments: &[&str], input: &[u8]) -> Run {
    let mut command = Command::new(binary());
    finish(clean(&mut command).current_dir(directory).args(arguments), input)
}

/// A command line as a person types it, with the binary on the path.
pub fn shell_in(directory: &Path, line: &str) -> Run {
    let beside = Path::new(binary()).parent().unwrap().display();
    let path = format!("{beside}:{}", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    finish(clean(&mut command).current_dir(directory).env("PATH", path).args(["-c", line]), b"")
}

fn finish(command: &mut Command, input: &[u8]) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // a program that ends early does not read on
        let _ = stdin.write_all(&input);
    });
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        status: status.code().unwrap_or(-1),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// Runs git in a directory, as somebody.
pub fn git(directory: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .current_dir(directory)
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?} {output:?}");
}
