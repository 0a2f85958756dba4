//! From the paths of a command line to texts: the only reader of files.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use walkdir::{DirEntry, WalkDir};

/// Directories that hold no manifests of anybody's cluster.
const SKIPPED: [&str; 4] = [".git", "node_modules", "target", ".terraform"];
/// The files that are read where nothing else is said.
const INCLUDED: [&str; 3] = ["*.yaml", "*.yml", "*.json"];
/// The tool's own configuration. It holds no object, and so is no manifest; but it is read as other files are, since
/// kubectl would apply what somebody hides in a file of this name.
pub const CONFIGURATION: &str = ".iamrbac.yaml";
/// A file larger than this is not read where nothing else is said.
pub const LARGEST_FILE: u64 = 1 << 30;

/// Which files below a directory are read.
#[derive(Clone, Debug)]
pub struct Filter {
    include: GlobSet,
    exclude: GlobSet,
}

/// A glob that cannot be read.
#[derive(Debug)]
pub struct GlobError {
    /// The glob.
    pub glob: String,
    /// What is wrong with it.
    pub why: String,
}

impl Filter {
    /// Reads globs, which are relative to the root that they are used below. Without any to include, YAML and JSON
    /// files are. `*` also matches `/`, so that `*.yaml` means every such file below the root.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, GlobError> {
        let defaults = INCLUDED.map(str::to_owned);
        let include = if include.is_empty() { &defaults[..] } else { include };
        Ok(Self { include: glob_set(include)?, exclude: glob_set(exclude)? })
    }

    /// Whether the file at a path below a root is read.
    pub fn reads(&self, relative: &str) -> bool {
        self.include.is_match(relative) && self.enters(relative)
    }

    /// Whether a path below a root is looked at: neither it nor a directory above it is left out.
    pub fn enters(&self, relative: &str) -> bool {
        let above = relative.match_indices('/').filter_map(|(end, _)| relative.get(..end));
        let mut above = above.map(|path| (path, true)).chain([(relative, false)]);
        above.all(|(path, is_directory)| {
            let name = path.rsplit('/').next().unwrap_or(path);
            !(self.exclude.is_match(path) || (is_directory && SKIPPED.contains(&name)))
        })
    }
}

fn glob_set(globs: &[String]) -> Result<GlobSet, GlobError> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let error = |error: &globset::Error| GlobError { glob: glob.clone(), why: error.kind().to_string() };
        let bare = glob.strip_prefix("./").unwrap_or(glob).trim_end_matches('/');
        set.add(GlobBuilder::new(bare).build().map_err(|why| error(&why))?);
    }
    set.build().map_err(|error| GlobError { glob: globs.join(", "), why: error.kind().to_string() })
}

/// A file that is to be read, or something that stands in its place.
#[derive(Debug)]
pub enum Found {
    /// A file: the path to open, and the path to show.
    File(PathBuf, String),
    /// Standard input.
    StandardInput,
    /// A path that could not be looked at, and why.
    Unreadable(String, String),
}

/// All files that the arguments stand for: argument by argument, those of a directory in bytewise order of their paths.
/// A file that is reached twice is read once. A path that does not exist is an error.
pub fn files(arguments: &[PathBuf], filter: &Filter) -> Result<Vec<Found>, io::Error> {
    let mut found = Vec::new();
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    for argument in arguments {
        if argument.as_os_str() == "-" {
            found.push(Found::StandardInput);
            continue;
        }
        let metadata = fs::metadata(argument).map_err(|error| {
            io::Error::new(error.kind(), format!("`{}`: {}", argument.display(), plain(&error)))
        })?;
        let below = if metadata.is_dir() {
            walk(argument, filter)
        } else {
            vec![Found::File(argument.clone(), shown(argument))]
        };
        found.extend(below.into_iter().filter(|found| match found {
            Found::File(path, _) if arguments.len() > 1 => {
                seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone()))
            }
            _ => true,
        }));
    }
    Ok(found)
}

/// An error of the operating system without its number.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn walk(root: &Path, filter: &Filter) -> Vec<Found> {
    let canonical_root = root.canonicalize().ok();
    let relative = |path: &Path| shown(path.strip_prefix(root).unwrap_or(path));
    let shown_below = |path: &Path| {
        shown(if root == Path::new(".") { path.strip_prefix(".").unwrap_or(path) } else { path })
    };
    let leading_out = RefCell::new(Vec::new());
    let enter = |entry: &DirEntry| {
        if entry.depth() == 0 {
            return true;
        }
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_dir() && SKIPPED.contains(&&*name) {
            return false;
        }
        if filter.exclude.is_match(relative(entry.path())) {
            return false;
        }
        let Some((to, inside)) = entry
            .path_is_symlink()
            .then(|| entry.path().canonicalize().ok().zip(canonical_root.as_ref()))
            .flatten()
        else {
            return true;
        };
        let is_inside = to.starts_with(inside);
        if !is_inside && (entry.file_type().is_dir() || filter.include.is_match(relative(entry.path()))) {
            leading_out.borrow_mut().push(shown_below(entry.path()));
        }
        is_inside
    };
    let mut found: Vec<(String, Found)> = Vec::new();
    for entry in WalkDir::new(root).follow_links(true).into_iter().filter_entry(enter) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && filter.include.is_match(relative(entry.path())) => {
                let path_shown = shown_below(entry.path());
                found.push((path_shown.clone(), Found::File(entry.into_path(), path_shown)));
            }
            Ok(_) => {}
            // a loop of links ends where it began, and a link to nothing has nothing to read
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().map(shown_below).unwrap_or_default();
                let why = error.io_error().map_or_else(String::new, plain);
                let dead_link = error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound);
                if !dead_link {
                    found.push((path.clone(), Found::Unreadable(path, why)));
                }
            }
        }
    }
    for path in leading_out.into_inner() {
        let why = "a link that leads out of the directory is not followed".to_owned();
        found.push((path.clone(), Found::Unreadable(path, why)));
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.into_iter().map(|(_, found)| found).collect()
}

/// A path with `/`, whatever the system writes.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// Why a text was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It cannot be read, for this reason.
    Failed(String),
    /// It has more bytes than were allowed.
    TooLong,
}

/// The bytes of a file of at most [`LARGEST_FILE`] bytes, or why they cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    read_up_to(path, LARGEST_FILE).map_err(in_words)
}

/// The bytes of standard input, at most [`LARGEST_FILE`], or why they cannot be read.
pub fn read_standard_input() -> Result<Vec<u8>, String> {
    read_standard_input_up_to(LARGEST_FILE).map_err(in_words)
}

fn in_words(why: Unread) -> String {
    match why {
        Unread::Failed(why) => why,
        Unread::TooLong => format!("it is larger than {} MiB", LARGEST_FILE >> 20),
    }
}

/// The bytes of a file, if there are not more than so many. Not more are read, whatever the file does meanwhile.
pub fn read_up_to(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    let file = fs::File::open(path).map_err(|error| Unread::Failed(plain(&error)))?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    read_bounded(file, size, most)
}

/// The bytes of standard input, if there are not more than so many.
pub fn read_standard_input_up_to(most: u64) -> Result<Vec<u8>, Unread> {
    read_bounded(io::stdin().lock(), 0, most)
}

fn read_bounded(from: impl Read, expected: u64, most: u64) -> Result<Vec<u8>, Unread> {
    if expected > most {
        return Err(Unread::TooLong);
    }
    let mut bytes = Vec::new();
    // one byte more, so that the end is found without growing
    let room = usize::try_from(expected + 1).unwrap_or_default();
    bytes.try_reserve_exact(room).map_err(|_| Unread::Failed("there is not enough memory".into()))?;
    // a file may grow while it is read
    let read = from.take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Unread::Failed(plain(&error)))?;
    if bytes.len() as u64 > most { Err(Unread::TooLong) } else { Ok(bytes) }
}
