//! A difference as findings, for formats that know findings only: one for each permission and for each door.

use super::{Shown, Way, entry_words, holders, in_checkout, with_callers};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::lint::{Told, fingerprint};
use crate::query::chain::rule_text;
use crate::query::diff::{Change, Entry};
use crate::source::Place;

/// So many holders of a permission are named; the others are counted.
const HOLDERS: usize = 5;

/// The findings of a difference, what is gained first.
pub fn of(shown: &Shown<'_>) -> Vec<Told> {
    let difference = shown.difference;
    let doors = difference.entries.iter().filter(|entry| entry.is_door());
    let gained = difference.gained.iter().map(|change| permission(shown, change, Way::Gained));
    let lost = difference.lost.iter().map(|change| permission(shown, change, Way::Lost));
    gained.chain(doors.map(|entry| door(shown, entry))).chain(lost).collect()
}

fn permission(shown: &Shown<'_>, change: &Change, way: Way) -> Told {
    let (code, severity) = match (way, change.is_escalation()) {
        (Way::Gained, true) => (Code::AccessGained, Severity::Error),
        (Way::Gained, false) => (Code::AccessGained, Severity::Warning),
        (Way::Lost, _) => (Code::AccessLost, Severity::Note),
    };
    let (scope, lines) = holders(change);
    let who: Vec<String> = lines
        .iter()
        .map(|line| {
            let scope = if line.scope.is_empty() { String::new() } else { format!(" {}", line.scope) };
            format!("{}{scope}", line.who)
        })
        .collect();
    let more = who.len().saturating_sub(HOLDERS);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let scope = scope.map(|scope| format!(", {scope}")).unwrap_or_default();
    let what = format!("{}: {}{scope}", way.as_str(), rule_text(&change.permission));
    let named: Vec<&str> = who.iter().take(HOLDERS).map(String::as_str).collect();
    let mut finding =
        Finding::new(code, severity, Spot::Nowhere, format!("{what}; by {}{rest}", named.join(", ")));
    if way == Way::Gained && change.is_escalation() {
        let dangers: Vec<&str> = change.dangers.iter().map(|danger| danger.why).collect();
        finding = finding.with_help(format!("leads further: {}", dangers.join("; ")));
    }
    let step =
        |link: &crate::query::chain::Link| (Spot::Nowhere, format!("{}: {}", link.kind.as_str(), link.fact));
    finding = finding.with_flow(change.chain.iter().map(step).collect());
    let flow = change.chain.iter().map(|link| place(shown, way, link.address.as_ref()?)).collect();
    // what differs is what the reviewer can change; without it, the rule
    let at = change.differing.last().copied().unwrap_or(change.chain.len().saturating_sub(1));
    let own = change.chain.get(at).and_then(|link| place(shown, way, link.address.as_ref()?));
    told(finding, own, flow, &format!("{what}\n{}", who.join("\n")))
}

fn door(shown: &Shown<'_>, entry: &Entry) -> Told {
    let (way, code, severity, taken) = match (&entry.after, &entry.before) {
        (Some(after), _) => (Way::Gained, Code::CallerLetIn, Severity::Warning, Some(after)),
        (None, before) => (Way::Lost, Code::CallerShutOut, Severity::Note, before.as_ref()),
    };
    let message = format!("{} {}", with_callers(&entry.who.to_string(), &entry.when), entry_words(entry));
    let own = taken.and_then(|taken| place(shown, way, taken.mapping.as_ref()?));
    let key = message.clone();
    told(Finding::new(code, severity, Spot::Nowhere, message), own, Vec::new(), &key)
}

/// A place in the files that are reviewed: of what is lost only the file, since it stands there no longer.
fn place(shown: &Shown<'_>, way: Way, address: &crate::source::Address) -> Option<Place> {
    let found = shown.found(way, address)?;
    let file = in_checkout(&found.file).to_owned();
    Some(match way {
        Way::Gained => Place { file, ..found.clone() },
        Way::Lost => Place { file, path: found.path.clone(), ..Place::whole_file() },
    })
}

fn told(finding: Finding, place: Option<Place>, flow: Vec<Option<Place>>, key: &str) -> Told {
    let fingerprint = fingerprint(&format!("{}\n{key}", finding.code));
    Told { finding, place, related: Vec::new(), flow, fingerprint }
}
