//! One state of the files that a command judges: the working directory, another path, or a revision; and what silenced
//! findings in it. Commands that judge a change read with it what the change may not decide about itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::exit::Failure;
use crate::lint::{Baseline, Before, Configuration};
use crate::source::Sources;
use crate::source::bytes::read;
use crate::source::discover::{CONFIGURATION, Filter};
use crate::source::revision::{Revision, RevisionError};

/// Where a state of the files is.
#[derive(Debug)]
pub(super) enum Tree {
    /// A directory that is laid out as the working directory is, or a single file.
    Path(PathBuf),
    /// A commit, from the working directory on.
    Revision(Revision),
}

impl Tree {
    /// What a word of the command line means: the path of that name, or else a revision.
    pub(super) fn find(word: &str) -> Result<Self, Failure> {
        if Path::new(word).exists() {
            return Ok(Self::Path(word.into()));
        }
        Revision::find(word).map(Self::Revision).map_err(refused)
    }

    /// The working directory as it is.
    pub(super) fn here() -> Self {
        Self::Path(".".into())
    }

    /// The path below the tree of what messages call `shown`; none where it is not in the tree.
    pub(super) fn relative(&self, shown: &str) -> Option<PathBuf> {
        match self {
            Self::Path(path) if path == Path::new(".") => {
                Some(shown.strip_prefix("./").unwrap_or(shown).into())
            }
            Self::Path(path) => Path::new(shown).strip_prefix(path).ok().map(Path::to_owned),
            Self::Revision(revision) => {
                let path = shown.strip_prefix(revision.name())?.strip_prefix(':')?;
                Some(path.strip_prefix("./").unwrap_or(path).into())
            }
        }
    }

    /// How messages call the file at a path below the tree.
    pub(super) fn shown(&self, relative: &Path) -> String {
        match self {
            Self::Path(path) if path == Path::new(".") => relative.display().to_string(),
            Self::Path(path) => path.join(relative).display().to_string(),
            Self::Revision(revision) => format!("{}:./{}", revision.name(), relative.display()),
        }
    }

    /// In words: the path, or the revision with its commit.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Revision(revision) => {
                let commit: String = revision.commit().chars().take(12).collect();
                if revision.commit().starts_with(revision.name()) {
                    format!("commit {commit}")
                } else {
                    format!("{} (commit {commit})", revision.name())
                }
            }
        }
    }

    /// The files at paths below the tree, as far as it has them. What is outside of it is no part of a change, and is
    /// read as it is.
    pub(super) fn files(&self, paths: &[PathBuf]) -> Result<BTreeMap<PathBuf, Vec<u8>>, Failure> {
        let unreadable = |path: &Path, why: &str| {
            let message = format!("`{}` cannot be read: {why}", self.shown(path));
            Failure::usage(message, "what silences findings must be known as it was before the change")
        };
        let mut found = BTreeMap::new();
        let (inside, outside): (Vec<PathBuf>, Vec<PathBuf>) =
            paths.iter().cloned().partition(|path| self.may_have(path));
        let mut keep = |path: &Path, bytes: Result<Vec<u8>, String>| -> Result<(), Failure> {
            found.insert(path.to_owned(), bytes.map_err(|why| unreadable(path, &why))?);
            Ok(())
        };
        for path in outside.iter().filter(|path| path.is_file()) {
            keep(path, read(path))?;
        }
        match self {
            Self::Path(root) => {
                for path in &inside {
                    let whole = if path.as_os_str().is_empty() { root.clone() } else { root.join(path) };
                    if whole.is_file() {
                        keep(path, read(&whole))?;
                    }
                }
            }
            Self::Revision(revision) => {
                let all = Filter::new(&[], &[]).map_err(|error| Failure::usage(error.why, ""))?;
                for path in &inside {
                    let mut failed = None;
                    let each = |(_, bytes)| failed = keep(path, bytes).err();
                    revision.files(std::slice::from_ref(path), &all, each).map_err(refused)?;
                    failed.map_or(Ok(()), Err)?;
                }
            }
        }
        Ok(found)
    }

    /// Whether a path can be one of the tree.
    fn may_have(&self, path: &Path) -> bool {
        match self {
            Self::Path(_) => {
                path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
            }
            Self::Revision(revision) => revision.may_have(path),
        }
    }

    fn file(&self, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.files(&[path.to_owned()])?.remove(path))
    }

    /// The configuration that is named, or the usual one; the default where the tree has none.
    pub(super) fn configuration(
        &self,
        named: Option<&Path>,
        sources: &mut Sources,
    ) -> Result<Configuration, Failure> {
        let path = named.unwrap_or(Path::new(CONFIGURATION));
        let shown = self.shown(path);
        let unreadable = |why: &str| {
            Failure::usage(format!("the configuration `{shown}` cannot be read: {why}"), "give a file")
        };
        let Some(bytes) = self.file(path)? else { return Ok(Configuration::default()) };
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is no UTF-8"))?;
        Configuration::read(&shown, &text, sources).map_err(|error| Failure::usage(error.message, error.help))
    }

    /// The baseline that is named, if the tree has it.
    pub(super) fn baseline(&self, named: Option<&Path>) -> Result<Option<Baseline>, Failure> {
        let Some(path) = named else { return Ok(None) };
        let Some(bytes) = self.file(path)? else { return Ok(None) };
        let read =
            serde_json::from_slice(&bytes).map(|baseline| Baseline { path: self.shown(path), ..baseline });
        read.map(Some).map_err(|why| {
            Failure::usage(
                format!("the baseline `{}` cannot be read: {why}", self.shown(path)),
                "give the output of `iamrbac lint -o json`",
            )
        })
    }

    /// What silenced findings in this tree, for judging a change whose files were read from `after` into `sources`.
    pub(super) fn before(
        &self,
        after: &Self,
        sources: &Sources,
        (configuration, baseline): (Option<&Path>, Option<&Path>),
    ) -> Result<Before, Failure> {
        let mut texts = BTreeMap::new();
        for shown in Before::wanted(sources) {
            let Some(path) = after.relative(shown) else { continue };
            if let Some(bytes) = self.file(&path)? {
                texts.insert(shown.to_owned(), String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        Ok(Before {
            configuration: self.configuration(configuration, &mut Sources::default())?,
            baseline: self.baseline(baseline)?,
            texts,
            ignored: BTreeSet::new(),
        })
    }
}

fn refused(error: RevisionError) -> Failure {
    Failure::usage(error.message, error.help)
}
