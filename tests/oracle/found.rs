//! Worlds on which we once disagreed with upstream, kept forever: small, with upstream's answer.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::compare::Answer;
use super::ours;
use crate::harness::root;
use crate::world::{Ask, Files};

/// A case in the form of the conformance corpus.
#[derive(Debug, Serialize, Deserialize)]
pub struct Case {
    /// What was wrong.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    pub files: Files,
    pub cases: Vec<Asked>,
}

/// A question with upstream's answer; several where chance decides.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    pub ask: Ask,
    pub expect: Answer,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Answer>,
}

fn directory() -> PathBuf {
    root().join("tests/conformance/found")
}

/// Keeps a case, and tells where.
pub fn keep(name: &str, case: &Case) -> PathBuf {
    fs::create_dir_all(directory()).unwrap();
    let path = directory().join(format!("{name}.json"));
    fs::write(&path, serde_json::to_string_pretty(case).unwrap() + "\n").unwrap();
    path
}

#[test]
fn what_was_once_wrong_stays_right() {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let mut wrong = Vec::new();
    for path in &paths {
        let case: Case = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let loaded = ours::load(&case.files);
        let asks: Vec<&Ask> = case.cases.iter().map(|asked| &asked.ask).collect();
        for (asked, ours) in case.cases.iter().zip(ours::answers(&loaded, &asks)) {
            let mut expected = asked.others.clone();
            expected.push(asked.expect.clone());
            expected.sort();
            if expected != ours.answers {
                wrong.push(format!("{}: upstream {expected:?}, we {:?}", path.display(), ours.answers));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
