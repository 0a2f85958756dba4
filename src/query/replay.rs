//! Would these manifests do what the authenticator logged? One judgement for each distinct outcome of a log: the surest
//! check that the manifests are what runs.

use std::collections::BTreeMap;

use super::can_i::{Caller, CaseAnswer};
use super::chain::{Link, group_links, identity_links, unauthenticated_links};
use super::gaps;
use crate::finding::Finding;
use crate::identity::log::{Counted, Denial, Groups, Log, Logged, Outcome, Silent, Tally};
use crate::identity::{Because, Case, Identity, MappingIndex, Principal, Unauthenticated, authenticate_in};
use crate::manifest::Loaded;
use crate::model::{AuthenticationMode, Cluster, Door, ModeFrom, Open};

/// How the manifests and the log stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Judgement {
    /// The manifests would do something else.
    Differs,
    /// Something that is not in the input decides.
    Unknown,
    /// It is EKS' own, and in no manifest.
    Elsewhere,
    /// The manifests would do the same.
    Same,
}

impl Judgement {
    /// The word in JSON and for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Differs => "differs",
            Self::Unknown => "unknown",
            Self::Elsewhere => "elsewhere",
            Self::Same => "same",
        }
    }
}

/// One distinct outcome of the log, judged.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What was logged; the session names stand in their own list.
    pub logged: Logged,
    /// The session names that were logged with it, in order, each once.
    pub sessions: Vec<String>,
    /// How often, and where first.
    pub tally: Tally,
    /// How it stands.
    pub judgement: Judgement,
    /// What differs, or why it cannot be told, in words.
    pub remarks: Vec<String>,
    /// Whom the manifests make of the caller: username and groups, without the implied one; none where they let nobody in.
    pub here: Option<(String, Vec<String>)>,
    /// The chain of the manifests to that identity, or to why there is none.
    pub chain: Vec<Link>,
}

/// A log, judged.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The distinct outcomes: what differs first, then in order of the ARNs.
    pub entries: Vec<Entry>,
    /// How many messages there were.
    pub messages: usize,
    /// What the numbers of the messages count.
    pub counted: Counted,
    /// How many of them are about access.
    pub requests: usize,
    /// Lines about access that say nothing about mappings: why, how many, and the first of them.
    pub silent: BTreeMap<Silent, (usize, usize)>,
    /// What could not be read and could turn a judgement.
    pub gaps: Vec<Finding>,
}

impl Replay {
    /// How many outcomes stand so.
    pub fn count(&self, judgement: Judgement) -> usize {
        self.entries.iter().filter(|entry| entry.judgement == judgement).count()
    }
}

/// Judges a log.
pub fn replay(loaded: &Loaded, log: &Log) -> Replay {
    let mut found: Vec<Finding> = Vec::new();
    let mut by_outcome: BTreeMap<(Judgement, Logged, Vec<String>), Entry> = BTreeMap::new();
    let index = MappingIndex::new(&loaded.cluster);
    for (logged, tally) in &log.outcomes {
        let (entry, gaps) = judge(loaded, &index, logged, tally);
        for gap in gaps {
            if !found.contains(&gap) {
                found.push(gap);
            }
        }
        let key = (entry.judgement, entry.logged.clone(), entry.remarks.clone());
        match by_outcome.entry(key) {
            std::collections::btree_map::Entry::Occupied(mut known) => known.get_mut().join(entry),
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert(entry);
            }
        }
    }
    Replay {
        entries: by_outcome.into_values().collect(),
        messages: log.messages,
        counted: log.counted,
        requests: log.requests,
        silent: log.silent.clone(),
        gaps: found,
    }
}

impl Entry {
    fn join(&mut self, other: Self) {
        self.tally.count += other.tally.count;
        self.tally.first = self.tally.first.min(other.tally.first);
        if self.tally.last_time < other.tally.last_time {
            self.tally.last_time = other.tally.last_time;
        }
        self.sessions.extend(other.sessions);
        self.sessions.sort();
        self.sessions.dedup();
    }
}

/// One outcome, and what could not be read and could turn the judgement.
fn judge(loaded: &Loaded, index: &MappingIndex<'_>, logged: &Logged, tally: &Tally) -> (Entry, Vec<Finding>) {
    let mut entry = Entry {
        logged: Logged { session: None, ..logged.clone() },
        sessions: logged.session.iter().cloned().collect(),
        tally: tally.clone(),
        judgement: Judgement::Unknown,
        remarks: Vec::new(),
        here: None,
        chain: Vec::new(),
    };
    let mut principal = match Principal::from_arn(&logged.arn, logged.session.as_deref()) {
        Ok(principal) => principal,
        Err(error) => {
            entry.remarks.push(format!("its `arn` cannot be read: {error}"));
            return (entry, Vec::new());
        }
    };
    principal.user_id.clone_from(&tally.user_id);
    let caller = Caller::Principal(Box::new(principal));
    let Some(principal) = caller.principal() else { return (entry, Vec::new()) };
    let (usernames, groups) = match &logged.outcome {
        Outcome::Granted { username, groups } => (vec![username.as_str()], groups.names()),
        Outcome::Denied(_) => (Vec::new(), Vec::new()),
    };
    let cases: Vec<Case<'_>> = authenticate_in(index, principal)
        .into_iter()
        .flat_map(|case| case.split(usernames.iter().copied(), groups.iter().map(String::as_str)))
        .collect();
    // the case that fits best tells the most
    let best =
        cases.iter().map(|case| (fit(&loaded.cluster, logged, case), case)).min_by_key(|(fit, _)| fit.rank());
    if let Some((fit, case)) = best {
        (entry.judgement, entry.remarks) = (fit.judgement, fit.remarks);
        match &case.outcome {
            Ok(identity) => {
                entry.here = Some((identity.username.to_string(), own_groups(identity)));
                entry.chain = identity_links(identity).into_iter().chain(group_links(identity)).collect();
            }
            Err(why) => entry.chain = unauthenticated_links(principal, why),
        }
    }
    let gaps = cases
        .into_iter()
        .flat_map(|case| gaps::of_identity(loaded, &caller, &CaseAnswer::begun(&caller, case)));
    let gaps = gaps.collect();
    (entry, gaps)
}

/// How a case stands to what was logged.
struct Fit {
    judgement: Judgement,
    remarks: Vec<String>,
}

impl Fit {
    fn new(judgement: Judgement, remark: impl Into<String>) -> Self {
        Self { judgement, remarks: vec![remark.into()] }
    }

    fn same() -> Self {
        Self { judgement: Judgement::Same, remarks: Vec::new() }
    }

    /// One session that fits is enough, and the fewest differences come nearest.
    fn rank(&self) -> (u8, usize) {
        let rank = match self.judgement {
            Judgement::Same => 0,
            Judgement::Elsewhere => 1,
            Judgement::Unknown => 2,
            Judgement::Differs => 3,
        };
        (rank, self.remarks.len())
    }
}

fn fit(cluster: &Cluster, logged: &Logged, case: &Case<'_>) -> Fit {
    match (&logged.outcome, &case.outcome) {
        (_, Err(why)) if why.is_unknown() => Fit::new(Judgement::Unknown, why.to_string()),
        (Outcome::Granted { username, groups }, Ok(identity)) => granted(username, groups, identity),
        (Outcome::Granted { username, groups }, Err(why)) => {
            elsewhere(cluster, username, groups).unwrap_or_else(|| not_let_in(cluster, why))
        }
        (Outcome::Denied(error), outcome) => denied(error, outcome.as_ref()),
    }
}

/// The groups of an identity as the authenticator tells them.
fn own_groups(identity: &Identity<'_>) -> Vec<String> {
    let own = identity.groups.iter().filter(|member| matches!(member.because, Because::Mapping(_)));
    own.map(|member| member.group.to_string()).collect()
}

fn granted(username: &str, groups: &Groups, identity: &Identity<'_>) -> Fit {
    let mut remarks = Vec::new();
    if identity.username.known() != Some(username) {
        let here = identity.username.to_string();
        remarks.push(format!("the username was {username:?}, and here it is {here:?}"));
    }
    let here = own_groups(identity);
    let same_groups = groups.are(&here);
    if !same_groups {
        remarks.push(of_groups(&groups.names(), &here));
    }
    let open = identity.mapping().is_some_and(|(_, mapping)| mapping.open == Open::Groups);
    match remarks.is_empty() {
        true => Fit::same(),
        false if open && remarks.len() == 1 && !same_groups => {
            Fit::new(Judgement::Unknown, "EKS sets the groups of such an entry, and does not publish which")
        }
        false => Fit { judgement: Judgement::Differs, remarks },
    }
}

/// What differs between two lists of groups.
fn of_groups(logged: &[String], here: &[String]) -> String {
    let without = |list: &[String], other: &[String]| -> Vec<String> {
        list.iter().filter(|group| !other.contains(group)).map(|group| format!("{group:?}")).collect()
    };
    let (only_logged, only_here) = (without(logged, here), without(here, logged));
    match (&only_logged[..], &only_here[..]) {
        ([], []) => "the groups are the same, in another order or number".to_owned(),
        ([], _) => format!("here it is also in {}", only_here.join(", ")),
        (_, []) => format!("it was also in {}", only_logged.join(", ")),
        _ => format!("it was in {}, and here it is in {}", only_logged.join(", "), only_here.join(", ")),
    }
}

/// Whether a caller whom the manifests do not know is EKS' own, or the creator of the cluster.
fn elsewhere(cluster: &Cluster, username: &str, groups: &Groups) -> Option<Fit> {
    if username.starts_with("eks:") {
        let remark = "EKS maps its own principals, and no manifest tells of them";
        return Some(Fit::new(Judgement::Elsewhere, remark));
    }
    let config_map = cluster.doors.mode.is_none_or(|mode| mode == AuthenticationMode::ConfigMap);
    let is_creator = username == "kubernetes-admin" && groups.names() == ["system:masters"];
    (is_creator && config_map && cluster.backend(Door::Creator).is_none()).then(|| {
        let remark = "by its username this is the principal that created the cluster, which no object names; `--creator ARN` does";
        Fit::new(Judgement::Elsewhere, remark)
    })
}

fn not_let_in(cluster: &Cluster, why: &Unauthenticated<'_>) -> Fit {
    let mut fit = Fit::new(Judgement::Differs, format!("it was let in, and here it is not: {why}"));
    let doors = &cluster.doors;
    let all_seen = doors.entries_complete
        || (doors.mode == Some(AuthenticationMode::ConfigMap) && doors.mode_from != ModeFrom::Inferred);
    if !all_seen && *why == Unauthenticated::NotMapped {
        fit.remarks.push("an access entry that was not captured would explain it".to_owned());
    }
    fit
}

fn denied(error: &str, outcome: Result<&Identity<'_>, &Unauthenticated<'_>>) -> Fit {
    let denial = Denial::of(error);
    match (denial, outcome) {
        (Some(Denial::UserId), _) => Fit::new(
            Judgement::Unknown,
            "it was not let in by its unique id, of which the manifests tell nothing",
        ),
        (Some(Denial::NotMapped), Err(Unauthenticated::NotMapped))
        | (Some(Denial::NoInstance), Err(Unauthenticated::NoInstance { .. }))
        | (Some(Denial::Reserved), Err(Unauthenticated::Reserved { .. })) => Fit::same(),
        (_, Err(why)) => Fit::new(Judgement::Differs, format!("here the reason is another one: {why}")),
        (_, Ok(identity)) => {
            let mut fit = Fit::new(
                Judgement::Differs,
                format!("it was not let in, and here it is {:?}", identity.username.to_string()),
            );
            if denial == Some(Denial::Reserved) {
                fit.remarks
                    .push("the prefixes that the authenticator refuses are not in the input".to_owned());
            }
            fit
        }
    }
}
