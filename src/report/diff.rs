//! A difference in access: for people, as a comment for a pull request, as annotations, and as `iamrbac/diff/v1`.
//! Gets a finished difference; nothing is compared here.

pub mod annotations;
pub mod findings;
pub mod json;
pub mod markdown;
pub mod text;

use std::collections::{BTreeMap, BTreeSet};

use super::callers::with_conditions;
use crate::identity::When;
use crate::lint::Told;
use crate::model::Namespace;
use crate::query::diff::{Change, Difference, Entry, Holder};
use crate::source::{Address, Place, Sources};

/// A difference with all that it takes to show it.
#[derive(Debug)]
pub struct Shown<'a> {
    /// What differs.
    pub difference: &'a Difference,
    /// What the earlier cluster is called.
    pub before: &'a str,
    /// What the later one is called.
    pub after: &'a str,
    /// The places of everything that is told, in the earlier cluster and in the later one.
    places: [BTreeMap<Address, Place>; 2],
    /// What the change adds to what silences findings, and takes from what is expected.
    pub silences: Vec<Told>,
    /// False where something unread could change the answer.
    pub complete: bool,
    /// False where neither cluster says who is mapped.
    pub has_mappings: bool,
}

/// So many names are told; the others are counted.
const MOST_NAMES: usize = 6;

/// Which way something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Gained,
    Lost,
}

impl Way {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Gained => "gained",
            Self::Lost => "lost",
        }
    }
}

impl<'a> Shown<'a> {
    /// A difference between two clusters, each with its name and its texts.
    pub fn new(
        difference: &'a Difference,
        (before, sources_before): (&'a str, &Sources),
        (after, sources_after): (&'a str, &Sources),
    ) -> Self {
        let [told_before, told_after] = told(difference);
        let places = [sources_before.places(told_before), sources_after.places(told_after)];
        Self { difference, before, after, places, silences: Vec::new(), complete: true, has_mappings: true }
    }

    /// Where something stands, in the later cluster for what is gained and in the earlier one for what is lost.
    fn found(&self, way: Way, address: &Address) -> Option<&Place> {
        let [before, after] = &self.places;
        match way {
            Way::Gained => after.get(address),
            Way::Lost => before.get(address),
        }
    }

    /// `rbac.yaml:12`
    fn place(&self, way: Way, address: &Address) -> Option<String> {
        self.found(way, address).map(|place| format!("{}:{}", place.file, place.line))
    }

    /// `2 gained, of which 1 leads further; 1 lost`
    fn in_short(&self) -> String {
        let difference = self.difference;
        if difference.is_empty() {
            let rest = if difference.uncompared.is_empty() { "" } else { " that could be compared" };
            return format!("no change in access{rest}");
        }
        let mut parts = Vec::new();
        let doors = |is_in: bool| {
            let doors = difference.entries.iter().filter(|entry| entry.is_door());
            doors.filter(|entry| entry.after.is_some() == is_in).count()
        };
        for (count, what) in [(doors(true), "let in"), (doors(false), "shut out")] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        for (changes, way) in [(&difference.gained, Way::Gained), (&difference.lost, Way::Lost)] {
            let grave = changes.iter().filter(|change| change.is_escalation()).count();
            let further = match grave {
                _ if way == Way::Lost => String::new(),
                0 => String::new(),
                1 => " (1 leads further)".to_owned(),
                _ => format!(" ({grave} lead further)"),
            };
            if !changes.is_empty() {
                let permissions = if changes.len() == 1 { "permission" } else { "permissions" };
                parts.push(format!("{} {permissions} {}{further}", changes.len(), way.as_str()));
            }
        }
        parts.join(", ")
    }
}

/// A path as the checkout has it: `main:./deploy/rbac.yaml` is `deploy/rbac.yaml`.
pub(super) fn in_checkout(file: &str) -> &str {
    let file = file.split_once(":./").map_or(file, |(_, path)| path);
    file.strip_prefix("./").unwrap_or(file)
}

/// The addresses that are told of, in the earlier cluster and in the later one.
fn told(difference: &Difference) -> [Vec<Address>; 2] {
    let of_changes = |changes: &[Change]| -> Vec<Address> {
        let mut all = Vec::new();
        for change in changes {
            all.extend(change.chain.iter().filter_map(|link| link.address.clone()));
            all.extend(change.holders.iter().filter_map(|holder| holder.mapping.clone()));
            let bindings = change.holders.iter().filter_map(|holder| holder.binding.as_ref());
            all.extend(bindings.map(|(_, place)| place.clone()));
        }
        all
    };
    let (mut before, mut after) = (of_changes(&difference.lost), of_changes(&difference.gained));
    for entry in &difference.entries {
        before.extend(entry.before.as_ref().and_then(|taken| taken.mapping.clone()));
        after.extend(entry.after.as_ref().and_then(|taken| taken.mapping.clone()));
    }
    for object in &difference.without_effect {
        if object.is_after { &mut after } else { &mut before }.push(object.place.clone());
    }
    [before, after]
}

/// Somebody, and where they hold a permission.
struct Line {
    who: String,
    /// `everywhere`, `in namespace a`; empty where it is the same for all and told above.
    scope: String,
}

/// Where somebody holds a permission (none for everywhere), and where the other side has it too.
type Places<'a> = (BTreeSet<Option<&'a Namespace>>, BTreeSet<&'a Namespace>);

/// The holders of a change: where, if that is one thing for all of them, and who.
fn holders(change: &Change) -> (Option<String>, Vec<Line>) {
    let mut where_held: BTreeMap<(usize, String), Places<'_>> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    for holder in &change.holders {
        let who = who(holder);
        let position = order.iter().position(|known| *known == who).unwrap_or_else(|| {
            order.push(who.clone());
            order.len() - 1
        });
        let (namespaces, other) = where_held.entry((position, who)).or_default();
        namespaces.insert(holder.namespace.as_ref());
        other.extend(&holder.also_other_side);
    }
    let scopes: BTreeSet<String> = where_held.values().map(scope).collect();
    let common = (scopes.len() == 1).then(|| scopes.first().cloned()).flatten();
    let line = |((_, who), places): (&(usize, String), &_)| Line {
        who: who.clone(),
        scope: if common.is_some() { String::new() } else { scope(places) },
    };
    let lines = where_held.iter().map(line).collect();
    (common, lines)
}

fn scope((namespaces, other): &Places<'_>) -> String {
    let named: Vec<&str> = namespaces.iter().flatten().map(|namespace| namespace.as_str()).collect();
    let mut parts = Vec::new();
    if namespaces.contains(&None) {
        parts.push(if other.is_empty() {
            "everywhere".to_owned()
        } else {
            let other: Vec<&str> = other.iter().map(|namespace| namespace.as_str()).collect();
            format!("everywhere but in {}, where it is unchanged", in_namespaces(&other))
        });
    }
    if !named.is_empty() {
        parts.push(format!("in {}", in_namespaces(&named)));
    }
    parts.join(", and ")
}

fn in_namespaces(names: &[&str]) -> String {
    let word = if names.len() == 1 { "namespace" } else { "namespaces" };
    format!("{word} {}", listed(names, MOST_NAMES))
}

/// At most so many of the names, and how many more there are.
fn listed(names: &[&str], most: usize) -> String {
    let shown = names.iter().take(most).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn who(holder: &Holder) -> String {
    with_callers(&holder.who.to_string(), &holder.when)
}

/// `arn:…, session alice`
fn with_callers(who: &str, when: &[When]) -> String {
    let mut callers: Vec<String> = when.iter().map(caller).filter(|text| !text.is_empty()).collect();
    callers.sort();
    callers.dedup();
    let shown = listed(&callers.iter().map(String::as_str).collect::<Vec<_>>(), MOST_NAMES);
    if shown.is_empty() { who.to_owned() } else { format!("{who}, {shown}") }
}

fn caller(when: &When) -> String {
    let sessions = when.sessions.as_ref().map(|sessions| match (sessions.within(), sessions.except()) {
        (Some(_), _) => format!("session {sessions}"),
        (None, except) if except.len() > MOST_NAMES => {
            let names: Vec<String> = except.iter().map(ToString::to_string).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("any session name but {}", listed(&names, MOST_NAMES))
        }
        (None, _) => sessions.to_string(),
    });
    with_conditions(sessions, when)
}

/// What happened at the door, in words.
fn entry_words(entry: &Entry) -> String {
    let taken = |taken: &crate::query::diff::Taken| {
        let groups = taken.groups.join(", ");
        format!("user {:?} in {groups}", taken.username)
    };
    match (&entry.before, &entry.after) {
        (None, Some(after)) => {
            format!("is let in as {}, and may do what everybody may who is let in", taken(after))
        }
        (Some(before), None) => format!("is no longer let in; was {}", taken(before)),
        (Some(before), Some(after)) => format!("is now {}; was {}", taken(after), taken(before)),
        (None, None) => String::new(),
    }
}
