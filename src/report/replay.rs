//! What a log tells of callers beside what the manifests make of them: for people, and as `iamrbac/replay/v1`.

use std::fmt::Write as _;

use serde::Serialize;

use super::json::{LinkDocument, NoteDocument, link_document, note_document};
use super::text::{Page, Paint, Style, visible};
use crate::identity::log::{Counted, Outcome, Tally};
use crate::query::replay::{Entry, Judgement, Replay};
use crate::source::Sources;

/// The name of the contract. v1 grows only by new fields.
pub const SCHEMA: &str = "iamrbac/replay/v1";

/// A log, judged.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayDocument {
    schema: &'static str,
    outcome: &'static str,
    log: String,
    messages: usize,
    counted: &'static str,
    requests: usize,
    counts: CountsDocument,
    silent: Vec<SilentDocument>,
    entries: Vec<EntryDocument>,
    gaps: Vec<NoteDocument>,
}

#[derive(Debug, Serialize)]
struct CountsDocument {
    same: usize,
    differs: usize,
    unknown: usize,
    elsewhere: usize,
}

#[derive(Debug, Serialize)]
struct SilentDocument {
    reason: &'static str,
    count: usize,
    first: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryDocument {
    judgement: &'static str,
    arn: String,
    sessions: Vec<String>,
    logged: IdentityDocument,
    here: IdentityDocument,
    remarks: Vec<String>,
    count: usize,
    first: usize,
    last_time: String,
    chain: Vec<LinkDocument>,
}

#[derive(Debug, Serialize)]
struct IdentityDocument {
    authenticated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The document of a log.
pub fn document(sources: &Sources, log: &str, replay: &Replay) -> ReplayDocument {
    let count = |judgement| replay.count(judgement);
    let silent = replay.silent.iter();
    ReplayDocument {
        schema: SCHEMA,
        outcome: outcome(replay).as_str(),
        log: log.to_owned(),
        messages: replay.messages,
        counted: replay.counted.as_str(),
        requests: replay.requests,
        counts: CountsDocument {
            same: count(Judgement::Same),
            differs: count(Judgement::Differs),
            unknown: count(Judgement::Unknown),
            elsewhere: count(Judgement::Elsewhere),
        },
        silent: silent
            .map(|(why, &(count, first))| SilentDocument { reason: why.as_str(), count, first })
            .collect(),
        entries: replay.entries.iter().map(|entry| entry_document(sources, entry)).collect(),
        gaps: replay.gaps.iter().map(|gap| note_document(sources, gap)).collect(),
    }
}

/// What holds for the log as a whole.
fn outcome(replay: &Replay) -> Judgement {
    let has = |judgement: &Judgement| replay.count(*judgement) > 0;
    [Judgement::Differs, Judgement::Unknown].into_iter().find(has).unwrap_or(Judgement::Same)
}

fn entry_document(sources: &Sources, entry: &Entry) -> EntryDocument {
    let logged = match &entry.logged.outcome {
        Outcome::Granted { username, groups } => IdentityDocument {
            authenticated: true,
            username: Some(username.clone()),
            groups: Some(groups.names()),
            error: None,
        },
        Outcome::Denied(error) => IdentityDocument {
            authenticated: false,
            username: None,
            groups: None,
            error: Some(error.clone()),
        },
    };
    let here = match &entry.here {
        Some((username, groups)) => IdentityDocument {
            authenticated: true,
            username: Some(username.clone()),
            groups: Some(groups.clone()),
            error: None,
        },
        None => IdentityDocument { authenticated: false, username: None, groups: None, error: None },
    };
    EntryDocument {
        judgement: entry.judgement.as_str(),
        arn: entry.logged.arn.clone(),
        sessions: entry.sessions.clone(),
        logged,
        here,
        remarks: entry.remarks.clone(),
        count: entry.tally.count,
        first: entry.tally.first,
        last_time: entry.tally.last_time.clone(),
        chain: entry.chain.iter().map(|link| link_document(sources, link)).collect(),
    }
}

/// So many outcomes of one judgement are shown to people; the rest is counted.
const SHOWN: usize = 40;

/// A log, for people: what differs with the chain, what is the same in a line.
pub fn text(sources: &Sources, log: &str, replay: &Replay, style: Style) -> String {
    let mut page = Page::new(sources, style);
    page.line(&headline(log, replay, style));
    for judgement in [Judgement::Differs, Judgement::Unknown, Judgement::Elsewhere, Judgement::Same] {
        let entries: Vec<&Entry> =
            replay.entries.iter().filter(|entry| entry.judgement == judgement).collect();
        if entries.is_empty() {
            continue;
        }
        page.line("");
        page.line(&style.paint(Paint::Bold, heading(judgement)));
        for entry in entries.iter().take(SHOWN) {
            page.entry(replay.counted, entry);
        }
        if entries.len() > SHOWN {
            page.line(&format!("     and {} more (-o json)", entries.len() - SHOWN));
        }
    }
    if !replay.silent.is_empty() {
        page.line("");
        page.line(&style.paint(Paint::Bold, "lines about access that say nothing about mappings"));
        for (why, (count, first)) in &replay.silent {
            page.row(
                "  -",
                &count.to_string(),
                &format!("{}; the first is {} {first}", why.as_str(), replay.counted.as_str()),
                None,
            );
        }
    }
    page.remarks("gaps, unread input that could turn a judgement", &replay.gaps);
    page.finish()
}

fn heading(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Differs => "differs: these manifests are not what runs, or not all of it",
        Judgement::Unknown => "unknown: something that is not in the input decides",
        Judgement::Elsewhere => "elsewhere: EKS' own, and in no manifest",
        Judgement::Same => "same",
    }
}

fn headline(log: &str, replay: &Replay, style: Style) -> String {
    let (all, access) = (replay.entries.len(), replay.requests);
    let outcomes = if all == 1 { "1 outcome".to_owned() } else { format!("{all} outcomes") };
    let of = format!(
        "of {outcomes} in {log}, from {access} line{} about access",
        if access == 1 { "" } else { "s" }
    );
    let (paint, word, rest) = match outcome(replay) {
        Judgement::Differs => {
            let count = replay.count(Judgement::Differs);
            (Paint::No, "differs", format!(", these manifests give something else for {count} {of}"))
        }
        Judgement::Unknown => {
            let count = replay.count(Judgement::Unknown);
            (Paint::Depends, "depends", format!(", it cannot be told for {count} {of}"))
        }
        Judgement::Elsewhere | Judgement::Same => {
            let count = replay.count(Judgement::Same);
            (Paint::Yes, "same", format!(", these manifests give the same for {count} {of}"))
        }
    };
    format!("{}{}", style.paint(paint, word), visible(&rest))
}

fn who(username: &str, groups: &[String]) -> String {
    let groups = if groups.is_empty() { "no group".to_owned() } else { groups.join(", ") };
    format!("User {username:?} in {groups}")
}

fn times(counted: Counted, tally: &Tally) -> String {
    let what = counted.as_str();
    let mut text = match tally.count {
        1 => format!("once, {what} {}", tally.first),
        count => format!("{count} times, from {what} {} on", tally.first),
    };
    if !tally.last_time.is_empty() {
        let last = if tally.count == 1 { "at" } else { "last at" };
        let _ = write!(text, ", {last} {}", tally.last_time);
    }
    text
}

impl Page<'_> {
    fn entry(&mut self, counted: Counted, entry: &Entry) {
        let sessions = match &entry.sessions[..] {
            [] => String::new(),
            [one] => format!(" ({one})"),
            [first, rest @ ..] => format!(" ({first} and {} more)", rest.len()),
        };
        self.line(&visible(&format!("  -  {}{sessions}", entry.logged.arn)));
        let logged = match &entry.logged.outcome {
            Outcome::Granted { username, groups } => who(username, &groups.names()),
            Outcome::Denied(error) => format!("not let in: {error}"),
        };
        self.block(5, &visible(&logged));
        self.block(5, &visible(&times(counted, &entry.tally)));
        if entry.judgement == Judgement::Same {
            return;
        }
        for remark in &entry.remarks {
            self.block(5, &visible(&format!("{} {remark}", self.arrow())));
        }
        if entry.judgement == Judgement::Differs {
            self.chain(&entry.chain);
        }
    }
}
