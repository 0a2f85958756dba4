//! What two answers must have in common.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The part of an answer that a cluster determines.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Answer {
    pub authenticated: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub username: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mapped_by: String,
    pub decision: String,
}

impl Answer {
    /// As the oracle puts it.
    pub fn of_upstream(answer: &Value) -> Self {
        let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
        let groups = answer["groups"].as_array().into_iter().flatten();
        Self {
            authenticated: answer["authenticated"] == true,
            username: text("username"),
            groups: groups.map(|group| group.as_str().unwrap_or_default().to_owned()).collect(),
            mapped_by: text("mappedBy"),
            decision: text("decision"),
        }
    }
}

/// In which respect two sets of answers differ; none where they do not.
pub fn difference(upstream: &[Answer], ours: &[Answer]) -> Option<&'static str> {
    let same = |part: fn(&Answer) -> String| {
        let parts = |answers: &[Answer]| {
            let mut parts: Vec<String> = answers.iter().map(part).collect();
            parts.sort();
            parts.dedup();
            parts
        };
        parts(upstream) == parts(ours)
    };
    if upstream == ours {
        None
    } else if !same(|answer| answer.authenticated.to_string()) {
        Some("authentication")
    } else if !same(|answer| answer.mapped_by.clone()) {
        Some("mapping")
    } else if !same(|answer| answer.username.clone()) {
        Some("username")
    } else if !same(|answer| answer.groups.join("\n")) {
        Some("groups")
    } else if !same(|answer| answer.decision.clone()) {
        Some("decision")
    } else {
        Some("combination")
    }
}
