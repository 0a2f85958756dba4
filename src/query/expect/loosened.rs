//! What one state of a file of expectations asks for and a later one does not. Compares what is written; asks nothing.

use super::file::{Ask, Document, Entry};
use super::{about, holders};

/// A part of an entry.
type Part<T> = fn(&Entry) -> &T;

/// In words, in order, what the later state no longer expects; all of it where it is gone.
pub fn loosened(before: &Document, after: Option<&Document>) -> Vec<String> {
    let mut gone = Vec::new();
    if let Some(after) = after
        && after.manifests != before.manifests
    {
        gone.push(format!("that it is about the manifests `{}`", before.manifests.join("`, `")));
    }
    let later = || after.into_iter().flat_map(|document| &document.expect);
    for entry in &before.expect {
        gone.extend(entry_loosened(
            entry,
            &later().filter(|other| is_about_the_same(entry, other)).collect::<Vec<_>>(),
        ));
    }
    gone
}

fn is_about_the_same(one: &Entry, other: &Entry) -> bool {
    one.who == other.who && one.who_can == other.who_can
}

fn entry_loosened(entry: &Entry, later: &[&Entry]) -> Vec<String> {
    let about = entry.name.clone().unwrap_or_else(|| about(entry));
    let mut gone = Vec::new();
    if let Some(words) = &entry.who_can {
        let lists: [(&str, Part<Option<Vec<String>>>); 3] = [
            ("exactly", |entry| &entry.exactly),
            ("atMost", |entry| &entry.at_most),
            ("atLeast", |entry| &entry.at_least),
        ];
        for (field, list) in lists {
            let Some(before) = list(entry) else { continue };
            let still = later.iter().any(|later| {
                [list(later), &later.exactly]
                    .into_iter()
                    .flatten()
                    .any(|after| is_as_strict(field, before, after))
            });
            if !still {
                gone.push(format!("{about}: {} may {words}", holders::in_words(field, before)));
            }
        }
        return gone;
    }
    let any = |is_there: &dyn Fn(&Entry) -> bool| later.iter().any(|later| is_there(later));
    if entry.authenticated.is_some() && !any(&|later| later.authenticated == entry.authenticated) {
        gone.push(format!("{about}: whether it is let in"));
    }
    if entry.username.is_some() && !any(&|later| later.username == entry.username) {
        gone.push(format!("{about}: its username"));
    }
    if entry.groups.is_some() && !any(&|later| later.groups == entry.groups) {
        gone.push(format!("{about}: its groups"));
    }
    let lists: [(&str, Part<Vec<Ask>>); 3] = [
        ("may", |entry| &entry.allow),
        ("may not", |entry| &entry.deny),
        ("may, on conditions,", |entry| &entry.depends),
    ];
    for (words, list) in lists {
        for ask in list(entry) {
            let is_same = |other: &&Ask| {
                other.words() == ask.words() && (ask.through().is_none() || ask.through() == other.through())
            };
            if !later.iter().any(|later| list(later).iter().any(|other| is_same(&other))) {
                gone.push(format!("{about}: {words} {}", ask.words()));
            }
        }
    }
    gone
}

/// Whether what the later list allows the earlier one allows too.
fn is_as_strict(field: &str, before: &[String], after: &[String]) -> bool {
    let within = |some: &[String], all: &[String]| some.iter().all(|one| all.contains(one));
    match field {
        "atMost" => within(after, before),
        "atLeast" => within(before, after),
        _ => within(after, before) && within(before, after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(entries: &str) -> Document {
        Document::read(&format!("schema: iamrbac/test/v1\nexpect: [{entries}]\n")).unwrap()
    }

    #[test]
    fn what_is_stricter_is_not_looser() {
        for (before, after, gone) in [
            ("{who: {user: a}, deny: [get pods, list pods]}", "{who: {user: a}, deny: [get pods]}", 1),
            ("{who: {user: a}, deny: [get pods]}", "{who: {user: a}, deny: [list pods, get pods]}", 0),
            ("{who: {user: a}, deny: [get pods]}", "{who: {user: a}, allow: [get pods]}", 1),
            ("{who: {user: a}, deny: [get pods]}", "{who: {user: b}, deny: [get pods]}", 1),
            ("{whoCan: get pods, atMost: ['user:a', 'user:b']}", "{whoCan: get pods, atMost: ['user:b']}", 0),
            ("{whoCan: get pods, atMost: ['user:b']}", "{whoCan: get pods, atMost: ['user:a', 'user:b']}", 1),
            ("{whoCan: get pods, atMost: ['user:b']}", "{whoCan: get pods, exactly: ['user:b']}", 0),
            ("{whoCan: get pods, atLeast: ['user:b']}", "{whoCan: get pods, atLeast: []}", 1),
            (
                "{whoCan: get pods, exactly: ['user:b']}",
                "{whoCan: get pods, exactly: ['user:b', 'user:a']}",
                1,
            ),
            (
                "{who: {user: a}, allow: [{ask: get pods, through: ClusterRoleBinding x}]}",
                "{who: {user: a}, allow: [get pods]}",
                1,
            ),
            (
                "{who: {user: a}, authenticated: true, username: a, groups: []}",
                "{who: {user: a}, username: a}",
                2,
            ),
        ] {
            let told = loosened(&document(before), Some(&document(after)));
            assert_eq!(told.len(), gone, "{before} {after} {told:?}");
        }
        assert_eq!(loosened(&document("{who: {user: a}, deny: [get pods]}"), None), ["a: may not get pods"]);
    }
}
