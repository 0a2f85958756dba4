//! Which callers a case is about, where the caller stands for many: alike in all documents, tables and texts.

use serde::Serialize;

use crate::identity::{Condition, When};

/// The callers of a case: those who meet one of several conditions.
#[derive(Debug, Serialize)]
pub(super) struct CallersDocument {
    /// Their session names.
    pub(super) sessions: Vec<String>,
    /// What tells them from others beside.
    pub(super) conditions: Vec<String>,
    /// Which of these belong together, where that is not plain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) when: Vec<WhenDocument>,
}

/// Callers who meet all of this.
#[derive(Debug, Serialize)]
pub(super) struct WhenDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<String>,
}

impl CallersDocument {
    pub(super) fn of<'a>(when: impl IntoIterator<Item = &'a When>) -> Self {
        let one_by_one = when.into_iter().map(|when| WhenDocument {
            session: when.sessions.as_ref().map(ToString::to_string),
            conditions: conditions(when),
        });
        let when: Vec<WhenDocument> = one_by_one.collect();
        let sessions = when.iter().filter_map(|when| when.session.clone()).collect();
        let conditions: Vec<String> = when.iter().flat_map(|when| when.conditions.clone()).collect();
        let is_plain = when.len() < 2 || conditions.is_empty();
        Self { sessions, conditions, when: if is_plain { Vec::new() } else { when } }
    }
}

/// Callers who meet one of several conditions, in a cell of a table: `alice; bob, host name is a`.
pub(super) fn in_a_cell<'a>(when: impl IntoIterator<Item = &'a When>) -> String {
    let of = |when: &When| with_conditions(when.sessions.as_ref().map(ToString::to_string), when);
    when.into_iter().map(of).collect::<Vec<_>>().join("; ")
}

/// Callers in words: `session bob, host name is a`.
pub(super) fn in_words(when: &When) -> String {
    let sessions = when.sessions.as_ref().map(|sessions| match sessions.within() {
        Some(_) => format!("session {sessions}"),
        None => sessions.to_string(),
    });
    with_conditions(sessions, when)
}

/// Session names that were put in words, and what else tells these callers from others.
pub(super) fn with_conditions(sessions: Option<String>, when: &When) -> String {
    sessions.into_iter().chain(conditions(when)).collect::<Vec<_>>().join(", ")
}

/// What tells the callers of a case from others, beside the session name.
fn conditions(when: &When) -> Vec<String> {
    let mut conditions = Vec::new();
    let mut told = |what: &str, condition: Option<&Condition>| {
        if let Some(condition) = condition.filter(|condition| condition.to_string() != "anything") {
            conditions.push(format!("{what} is {condition}"));
        }
    };
    told("host name", when.host_name.as_ref());
    told("access key id", when.access_key.as_ref());
    told("principal", when.principal.as_ref());
    if let Some(mapping) = &when.chance {
        conditions.push(format!("chance picks {mapping}"));
    }
    conditions
}
