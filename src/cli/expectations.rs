//! Files of expectations in a tree, for judging a change by those of its base.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::tree::Tree;
use crate::finding::{Code, Finding, Severity, Spot};
use crate::query::expect::file::Document;
use crate::query::expect::loosened::loosened;
use crate::source::bytes::read;
use crate::source::discover::{Filter, Found, files};

/// The names of such files.
pub(super) const NAMES: &str = "*iamrbac.test.yaml";

/// The texts of all files of expectations of a tree, by their paths below it. What is no text is no expectation.
pub(super) fn all(tree: &Tree, exclude: &[String]) -> Result<BTreeMap<PathBuf, String>, Failure> {
    let refused = |message: String, help: String| Failure::usage(message, help);
    let filter = Filter::new(&[NAMES.to_owned()], exclude)
        .map_err(|error| refused(format!("`{}` is no glob: {}", error.glob, error.why), String::new()))?;
    let mut found = BTreeMap::new();
    let mut keep = |shown: &str, bytes: Result<Vec<u8>, String>| {
        let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let (Some(path), Some(text)) = (tree.relative(shown), text) {
            found.insert(path.strip_prefix(".").map(Path::to_owned).unwrap_or(path), text);
        }
    };
    match tree {
        Tree::Path(root) => {
            for one in files(std::slice::from_ref(root), &filter).unwrap_or_default() {
                if let Found::File(path, shown) = one {
                    keep(&shown, read(&path));
                }
            }
        }
        Tree::Revision(revision) => {
            let each = |(shown, bytes): crate::source::revision::File| keep(&shown, bytes);
            revision
                .files(&[PathBuf::from(".")], &filter, each)
                .map_err(|error| refused(error.message, error.help))?;
        }
    }
    Ok(found)
}

/// What a change takes from what was expected before it.
pub(super) fn taken_away(base: &Tree, head: &Tree, exclude: &[String]) -> Result<Vec<Finding>, Failure> {
    let before = all(base, exclude)?;
    if before.is_empty() {
        return Ok(Vec::new());
    }
    let after = all(head, exclude)?;
    let mut findings = Vec::new();
    for (path, text) in before {
        let Ok(old) = Document::read(&text) else { continue };
        let (spot, new) = match after.get(&path) {
            Some(text) if Document::read(text).is_ok() => {
                (Spot::Path(head.shown(&path)), Document::read(text).ok())
            }
            Some(_) => (Spot::Path(head.shown(&path)), None),
            None => (Spot::Path(path.display().to_string()), None),
        };
        findings.extend(loosened(&old, new.as_ref()).into_iter().map(|what| {
            let message = format!("no longer expected in `{}`: {what}", path.display());
            Finding::new(Code::SilenceAdded, Severity::Warning, spot.clone(), message)
        }));
    }
    Ok(findings)
}
