//! The files of a git revision, read from the repository without touching the checkout.
//!
//! git's plumbing does the reading. A repository is not trusted: nothing of it is run, nothing is fetched for it, no
//! name of it becomes an argument, and a revision is an argument only where it cannot be taken for an option.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::ops::Bound;
use std::path::{Component, Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::bytes::{LARGEST_FILE, plain};
use super::discover::Filter;

/// A commit of the repository in which the program runs.
#[derive(Clone, Debug)]
pub struct Revision {
    name: String,
    commit: String,
    /// The working directory below the top of the repository, with its final slash; empty at the top.
    prefix: String,
    top: PathBuf,
}

/// Why a revision cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionError {
    /// What is the matter.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for RevisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RevisionError {}

fn error(message: impl Into<String>, help: impl Into<String>) -> RevisionError {
    RevisionError { message: message.into(), help: help.into() }
}

/// A file of a revision: the path to show (as `git show` takes it), and its bytes or why there are none.
pub type File = (String, Result<Vec<u8>, String>);

/// What a tree holds at a path.
enum Entry {
    File(String),
    Link(String),
    Submodule,
}

impl Revision {
    /// Finds the commit that a name stands for. A name that starts with `-` is refused.
    pub fn find(name: &str) -> Result<Self, RevisionError> {
        let unknown = || {
            error(
                format!("`{name}` is neither a path nor a revision of a git repository here"),
                "give a directory or a file, or a branch, tag or commit that is there (in CI, fetch it first)",
            )
        };
        if name.starts_with('-') || name.is_empty() || name.contains('\0') {
            return Err(error(
                format!("`{name}` cannot be a revision"),
                "give a path, a branch, a tag or a commit",
            ));
        }
        let commit = said(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])?
            .ok_or_else(unknown)?;
        let commit = commit.trim_end().to_owned();
        if commit.len() < 40 || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        let line = |option: &str| -> Result<String, RevisionError> {
            let text = said(&["rev-parse", option])?.ok_or_else(unknown)?;
            Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
        };
        let (prefix, top) = (line("--show-prefix")?, line("--show-toplevel")?.into());
        Ok(Self { name: name.to_owned(), commit, prefix, top })
    }

    /// The name as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The commit.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// Reads the files that the arguments stand for, as [`super::discover::files`] would find them in a checkout:
    /// argument by argument, in bytewise order of their paths. A path that the revision does not have holds nothing.
    pub fn files(
        &self,
        arguments: &[PathBuf],
        filter: &Filter,
        mut each: impl FnMut(File),
    ) -> Result<(), RevisionError> {
        let tree = self.tree()?;
        let mut reader = BlobReader::start()?;
        let mut seen = std::collections::BTreeSet::new();
        for argument in arguments {
            let root = self.below_top(argument)?;
            for (path, shown) in self.below(&tree, &root, argument, filter) {
                let Some(entry) = tree.get(path).filter(|_| seen.insert(path)) else { continue };
                let bytes = match entry {
                    Entry::Submodule => {
                        Err("it is a submodule, whose files this repository does not have".into())
                    }
                    Entry::File(id) => reader.read(id),
                    Entry::Link(id) => match reader.read(id).and_then(|to| linked(&tree, path, &to)) {
                        Ok(Some(id)) => reader.read(id),
                        // to nothing, or to what is read where it is
                        Ok(None) => continue,
                        Err(why) => Err(why),
                    },
                };
                each((shown, bytes));
            }
        }
        Ok(())
    }

    /// Whether a path of the command line is one of the repository at all.
    pub fn may_have(&self, path: &Path) -> bool {
        self.below_top(path).is_ok()
    }

    /// All paths of the commit, from the top of the repository.
    fn tree(&self) -> Result<BTreeMap<String, Entry>, RevisionError> {
        let listing = said(&["ls-tree", "-r", "-z", "--full-tree", &self.commit])?.ok_or_else(|| {
            error(
                format!("the files of `{}` cannot be listed", self.name),
                "see `git fsck`; in CI, fetch the whole commit",
            )
        })?;
        // MODE TYPE ID TAB PATH
        let entries = listing.split('\0').filter_map(|line| {
            let (what, path) = line.split_once('\t')?;
            let mut words = what.split(' ');
            let (mode, id) = (words.next()?, words.nth(1)?.to_owned());
            let entry = match mode {
                "120000" => Entry::Link(id),
                "160000" => Entry::Submodule,
                _ => Entry::File(id),
            };
            Some((path.to_owned(), entry))
        });
        Ok(entries.collect())
    }

    /// A path of the command line, from the top of the repository; empty for the top itself.
    fn below_top(&self, argument: &Path) -> Result<String, RevisionError> {
        let outside = || {
            error(
                format!("`{}` is outside of the repository of `{}`", argument.display(), self.name),
                "give a path of the repository in which you are",
            )
        };
        let whole = if argument.is_absolute() {
            let real = argument.canonicalize().unwrap_or_else(|_| argument.to_owned());
            real.strip_prefix(&self.top).map_err(|_| outside())?.to_owned()
        } else {
            Path::new(&self.prefix).join(argument)
        };
        let mut parts: Vec<String> = Vec::new();
        for component in whole.components() {
            match component {
                Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
                Component::ParentDir => {
                    parts.pop().ok_or_else(outside)?;
                }
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        Ok(parts.join("/"))
    }

    /// What an argument stands for: paths of the tree, each with the path to show.
    fn below<'t>(
        &self,
        tree: &'t BTreeMap<String, Entry>,
        root: &str,
        argument: &Path,
        filter: &Filter,
    ) -> Vec<(&'t str, String)> {
        if let Some((path, _)) = tree.get_key_value(root) {
            return vec![(path, self.shown(argument, ""))];
        }
        let inside = if root.is_empty() { String::new() } else { format!("{root}/") };
        let below = tree
            .range::<str, _>((Bound::Included(inside.as_str()), Bound::Unbounded))
            .take_while(|(path, _)| path.starts_with(&inside));
        below
            .filter_map(|(path, entry)| {
                let relative = path.strip_prefix(&inside)?;
                let is_read = match entry {
                    Entry::Submodule => filter.enters(relative),
                    Entry::File(_) | Entry::Link(_) => filter.reads(relative),
                };
                is_read.then(|| (path.as_str(), self.shown(argument, relative)))
            })
            .collect()
    }

    /// `main:./deploy/rbac.yaml`, which `git show` takes in the same directory.
    fn shown(&self, argument: &Path, relative: &str) -> String {
        let argument = argument.to_string_lossy();
        let argument = argument.strip_prefix("./").unwrap_or(&argument).trim_end_matches('/');
        let argument = if argument == "." { "" } else { argument };
        let slash = if argument.is_empty() || relative.is_empty() { "" } else { "/" };
        let here = if argument.starts_with('/') { "" } else { "./" };
        format!("{}:{here}{argument}{slash}{relative}", self.name)
    }
}

/// The file that a link leads to, if it is one of the tree; an error where it leads out of the repository.
fn linked<'t>(tree: &'t BTreeMap<String, Entry>, link: &str, to: &[u8]) -> Result<Option<&'t str>, String> {
    let out = || "a link that leads out of the repository is not followed".to_owned();
    let to = std::str::from_utf8(to).map_err(|_| out())?;
    if to.starts_with('/') {
        return Err(out());
    }
    let mut parts: Vec<&str> = link.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(out)?;
            }
            part => parts.push(part),
        }
    }
    Ok(match tree.get(&parts.join("/")) {
        Some(Entry::File(id)) => Some(id),
        Some(Entry::Link(_) | Entry::Submodule) | None => None,
    })
}

/// git, kept from running or fetching anything for the repository, and from writing to it.
fn git() -> Command {
    let mut git = Command::new("git");
    git.args(["--no-pager", "--no-replace-objects", "--literal-pathspecs"])
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"])
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stderr(Stdio::null());
    git
}

fn cannot_run(why: &io::Error) -> RevisionError {
    error(format!("git could not be run: {}", plain(why)), "install git, or give two directories")
}

/// What git prints; none if it says no.
fn said(arguments: &[&str]) -> Result<Option<String>, RevisionError> {
    let output = git().args(arguments).stdin(Stdio::null()).output().map_err(|why| cannot_run(&why))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(output.status.success().then_some(text))
}

/// One `git cat-file --batch`, asked for one blob after the other.
struct BlobReader {
    child: Child,
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl BlobReader {
    fn start() -> Result<Self, RevisionError> {
        let mut git = git();
        git.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = git.spawn().map_err(|why| cannot_run(&why))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(asks), Some(answers)) => {
                Ok(Self { child, asks: Some(asks), answers: BufReader::new(answers) })
            }
            _ => Err(error("git could not be asked", "give two directories")),
        }
    }

    fn read(&mut self, id: &str) -> Result<Vec<u8>, String> {
        self.ask(id).map_err(|why| plain(&why))?
    }

    fn ask(&mut self, id: &str) -> io::Result<Result<Vec<u8>, String>> {
        let gone = || io::Error::other("git has ended");
        let asks = self.asks.as_mut().ok_or_else(gone)?;
        writeln!(asks, "{id}")?;
        asks.flush()?;
        let mut header = String::new();
        self.answers.by_ref().take(1024).read_line(&mut header)?;
        // ID TYPE SIZE, or: ID missing
        let mut words = header.split_whitespace().skip(1);
        let (Some("blob"), Some(size)) =
            (words.next(), words.next().and_then(|size| size.parse::<u64>().ok()))
        else {
            return Ok(Err("the repository does not have its content".into()));
        };
        let mut content = self.answers.by_ref().take(size + 1);
        if size > LARGEST_FILE {
            io::copy(&mut content, &mut io::sink())?;
            return Ok(Err(format!("it is larger than {} MiB", LARGEST_FILE >> 20)));
        }
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        bytes.pop();
        if bytes.len() as u64 == size { Ok(Ok(bytes)) } else { Err(gone()) }
    }
}

impl Drop for BlobReader {
    fn drop(&mut self) {
        // it ends when there is nothing more to ask
        self.asks = None;
        let _ = self.child.wait();
    }
}
