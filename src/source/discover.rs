//! From the paths of a command line to the files that they stand for.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use walkdir::{DirEntry, WalkDir};

use super::ahead::all;
use super::bytes::plain;

/// Directories that hold no manifests of anybody's cluster.
const SKIPPED: [&str; 4] = [".git", "node_modules", "target", ".terraform"];
/// The files that are read where nothing else is said.
const INCLUDED: [&str; 3] = ["*.yaml", "*.yml", "*.json"];
/// The tool's own configuration. It holds no object, and so is no manifest; but it is read as other files are, since
/// kubectl would apply what somebody hides in a file of this name.
pub const CONFIGURATION: &str = ".iamrbac.yaml";
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

impl Found {
    /// The path as people see it.
    pub fn shown(&self) -> &str {
        match self {
            Self::File(_, shown) | Self::Unreadable(shown, _) => shown,
            Self::StandardInput => "-",
        }
    }
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
            vec![Found::File(argument.clone(), shown(argument).into_owned())]
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

fn walk(root: &Path, filter: &Filter) -> Vec<Found> {
    let walk = Walk { root, root_shown: shown(root), canonical_root: OnceLock::new(), filter };
    let parts = walk.in_parts().unwrap_or_else(|| vec![walk.below(root, usize::MAX)]);
    let mut found: Vec<Found> = parts.into_iter().flat_map(|below| below.found).collect();
    found.sort_by(|a, b| a.shown().cmp(b.shown()));
    found
}

/// With fewer directories beside each other, other threads do not help to go through them.
const MANY_DIRECTORIES: usize = 16;

/// A directory that is gone through.
struct Walk<'a> {
    root: &'a Path,
    root_shown: Cow<'a, str>,
    /// Found out where there is a link.
    canonical_root: OnceLock<Option<PathBuf>>,
    filter: &'a Filter,
}

/// What is below a directory.
#[derive(Default)]
struct Below {
    /// In order of their paths.
    found: Vec<Found>,
    /// Directories that were not gone into, since they are too deep.
    further: Vec<PathBuf>,
    /// Whether a link to a directory was followed.
    has_links: bool,
}

impl Walk<'_> {
    /// Goes through the upper levels, and then through all that is below them by several threads. None where a link to a
    /// directory is followed: whether it leads to where it stands in only a walk from the root can tell.
    fn in_parts(&self) -> Option<Vec<Below>> {
        let mut parts = Vec::new();
        let mut level = vec![self.root.to_owned()];
        while !level.is_empty() && level.len() < MANY_DIRECTORIES {
            let mut next = Vec::new();
            for directory in level {
                let mut below = self.below(&directory, 1);
                next.append(&mut below.further);
                parts.push(below);
            }
            level = next;
        }
        parts.extend(all(&level, |directory| self.below(directory, usize::MAX)));
        parts.iter().all(|below| !below.has_links).then_some(parts)
    }

    /// Goes so deep below a directory.
    fn below(&self, directory: &Path, depth: usize) -> Below {
        let below = RefCell::new(Below::default());
        let entries = WalkDir::new(directory).follow_links(true).max_depth(depth).into_iter();
        for entry in entries.filter_entry(|entry| self.enters(entry, &mut below.borrow_mut())) {
            let mut below = below.borrow_mut();
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    if self.filter.include.is_match(&*self.relative(entry.path())) {
                        let path_shown = self.shown(entry.path());
                        below.found.push(Found::File(entry.into_path(), path_shown));
                    }
                }
                Ok(entry) if entry.file_type().is_dir() && entry.depth() == depth => {
                    below.further.push(entry.into_path());
                }
                Ok(_) => {}
                // a loop of links ends where it began, and a link to nothing has nothing to read
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => {
                    let path = error.path().map(|path| self.shown(path)).unwrap_or_default();
                    let why = error.io_error().map_or_else(String::new, plain);
                    let dead_link =
                        error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound);
                    if !dead_link {
                        below.found.push(Found::Unreadable(path, why));
                    }
                }
            }
        }
        let mut below = below.into_inner();
        below.found.sort_by(|a, b| a.shown().cmp(b.shown()));
        below
    }

    fn enters(&self, entry: &DirEntry, below: &mut Below) -> bool {
        if entry.depth() == 0 {
            return true;
        }
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_dir() && SKIPPED.contains(&&*name) {
            return false;
        }
        if !self.filter.exclude.is_empty() && self.filter.exclude.is_match(&*self.relative(entry.path())) {
            return false;
        }
        if !entry.path_is_symlink() {
            return true;
        }
        let inside = self.canonical_root.get_or_init(|| self.root.canonicalize().ok());
        let Some((to, inside)) = entry.path().canonicalize().ok().zip(inside.as_ref()) else { return true };
        let is_inside = to.starts_with(inside);
        below.has_links |= is_inside && entry.file_type().is_dir();
        if !is_inside
            && (entry.file_type().is_dir() || self.filter.include.is_match(&*self.relative(entry.path())))
        {
            let why = "a link that leads out of the directory is not followed".to_owned();
            below.found.push(Found::Unreadable(self.shown(entry.path()), why));
        }
        is_inside
    }

    /// A path below the root as globs see it.
    fn relative<'p>(&self, path: &'p Path) -> Cow<'p, str> {
        // what is found has the root's own text before it, so that parts of paths need not be compared
        let below = |path: &str| {
            path.strip_prefix(&*self.root_shown).map(|below| path.len() - below.trim_start_matches('/').len())
        };
        match shown(path) {
            Cow::Borrowed(path) => below(path).and_then(|start| path.get(start..)).unwrap_or(path).into(),
            Cow::Owned(mut path) => {
                path.drain(..below(&path).unwrap_or_default());
                path.into()
            }
        }
    }

    /// A path below the root as people see it.
    fn shown(&self, path: &Path) -> String {
        let is_here = self.root == Path::new(".");
        if is_here { self.relative(path) } else { shown(path) }.into_owned()
    }
}

/// A path with `/`, whatever the system writes.
fn shown(path: &Path) -> Cow<'_, str> {
    // nearly all are text, which this sees sooner
    let text = path.to_str().map_or_else(|| path.to_string_lossy(), Cow::Borrowed);
    if std::path::MAIN_SEPARATOR == '/' { text } else { text.replace(std::path::MAIN_SEPARATOR, "/").into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("iamrbac-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        directory
    }

    #[cfg(unix)]
    #[test]
    fn several_threads_find_what_one_finds() {
        use std::os::unix::fs::symlink;
        let directory = directory("walk");
        let filter = Filter::new(&[], &["app-3/*".to_owned(), "*/secret.yaml".to_owned()]).unwrap();
        for app in 0..40 {
            let deep = directory.join(format!("app-{app}/a.b/c"));
            fs::create_dir_all(&deep).unwrap();
            for name in ["x.yaml", "secret.yaml", "a.txt"] {
                fs::write(deep.join(name), "a").unwrap();
                fs::write(deep.join("..").join(name), "a").unwrap();
            }
        }
        fs::create_dir(directory.join("node_modules")).unwrap();
        fs::write(directory.join("node_modules/x.yaml"), "a").unwrap();
        fs::write(directory.join("app.yaml"), "a").unwrap();
        symlink("app.yaml", directory.join("app-7/link.yaml")).unwrap();
        symlink("nothing.yaml", directory.join("app-8/link.yaml")).unwrap();
        symlink("/dev", directory.join("app-9/out")).unwrap();
        let told =
            |found: &[Found]| -> Vec<String> { found.iter().map(|found| format!("{found:?}")).collect() };
        let by_one = |root: &Path| {
            let walk =
                Walk { root, root_shown: shown(root), canonical_root: OnceLock::new(), filter: &filter };
            (walk.in_parts().is_some(), told(&walk.below(root, usize::MAX).found))
        };
        let roots = [directory.clone(), directory.join(""), directory.join("."), directory.join("app-1/..")];
        for root in &roots {
            assert_eq!((true, told(&walk(root, &filter))), by_one(root));
        }
        // below a link to a directory only one knows where it has been
        symlink("..", directory.join("app-5/up")).unwrap();
        symlink("../app-6", directory.join("app-5/beside")).unwrap();
        let (in_parts, expected) = by_one(&directory);
        assert_eq!((in_parts, told(&walk(&directory, &filter))), (false, expected.clone()));
        assert!(expected.iter().any(|found| found.contains("app-5/beside/a.b/c/x.yaml")));
        assert!(!expected.iter().any(|found| found.contains("secret") || found.contains("app-3/")));
        fs::remove_dir_all(&directory).unwrap();
    }
}
