//! Whole clusters: authentication, username, groups in order, mapping, decision, and the chain of every yes.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use super::compare::{Answer, difference};
use super::found::{Asked, Case, keep};
use super::upstream::Upstream;
use super::{chain, ours, questions, seed, shrink};
use crate::world::{Ask, Files, World, world};

/// Questions of one world.
const ASKS: usize = 12;
/// Disagreements after which a run ends: the first ones tell enough.
const ENOUGH: usize = 8;

/// What a run counts.
#[derive(Debug, Default)]
struct Count {
    questions: u64,
    allowed: u64,
    /// Questions answered with no of which one part has to be another one for a yes: such a question is among those of
    /// the world.
    almost: u64,
    authenticated: u64,
    chains: u64,
    /// Files that we cannot read and upstream can, by our reason.
    refused: BTreeMap<String, u64>,
    /// Files that upstream cannot read.
    broken: u64,
    files: u64,
    /// Worlds with a list in a list, which kubectl fails on and we flatten.
    nested: u64,
    wrong: Vec<String>,
}

#[test]
fn every_answer_and_every_chain_is_upstreams() {
    if std::env::var_os("IAMRBAC_UPSTREAM").is_none() {
        drop(Upstream::start());
        return;
    }
    let wanted = questions(100);
    let next = AtomicU64::new(0);
    let count = Mutex::new(Count::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut upstream = Upstream::start().unwrap();
                let policy = upstream.policy();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number * ASKS as u64 >= wanted || count.lock().unwrap().wrong.len() >= ENOUGH {
                        break;
                    }
                    let world = world(seed().wrapping_mul(1 << 32).wrapping_add(number), ASKS);
                    let mut one = Count::default();
                    check(&mut upstream, &policy, world, number, &mut one);
                    add(&mut count.lock().unwrap(), one);
                }
            });
        }
    });
    let count = count.into_inner().unwrap();
    eprintln!("{count:#?}");
    assert!(count.wrong.is_empty(), "{} disagreements:\n{}", count.wrong.len(), count.wrong.join("\n"));
    let refused: u64 = count.refused.values().sum();
    assert!(refused * 100 <= count.files, "too many files are refused: {:?}", count.refused);
}

fn add(all: &mut Count, one: Count) {
    all.questions += one.questions;
    all.allowed += one.allowed;
    all.almost += one.almost;
    all.authenticated += one.authenticated;
    all.chains += one.chains;
    all.broken += one.broken;
    all.files += one.files;
    all.nested += one.nested;
    all.wrong.extend(one.wrong);
    for (reason, number) in one.refused {
        *all.refused.entry(reason).or_default() += number;
    }
}

fn check(upstream: &mut Upstream, policy: &[Value], mut world: World, number: u64, count: &mut Count) {
    if !keep_readable(upstream, &mut world.files, count) {
        count.nested += 1;
        return;
    }
    let asks: Vec<&Ask> = world.asks.iter().collect();
    let loaded = ours::load(&world.files);
    if let Some(reason) = ours::refused_alone(&loaded) {
        *count.refused.entry(reason).or_default() += 1;
        return;
    }
    let ours = ours::answers(&loaded, &asks);
    let given: Vec<(&Ask, bool)> =
        asks.iter().zip(&ours).map(|(ask, ours)| (*ask, ours.answers.len() > 1)).collect();
    let theirs = match upstream.world(&world.files, &given, false) {
        Ok(theirs) => theirs,
        Err(why) => {
            count.wrong.push(format!("world {number}: upstream {why}"));
            return;
        }
    };
    let admitted: Vec<&Ask> = asks
        .iter()
        .zip(&theirs)
        .filter(|(_, theirs)| theirs[0].decision == "allow")
        .map(|(ask, _)| *ask)
        .collect();
    for ((ask, ours), theirs) in asks.iter().zip(&ours).zip(&theirs) {
        count.questions += 1;
        count.authenticated += u64::from(theirs[0].authenticated);
        let allowed = theirs[0].decision == "allow";
        count.allowed += u64::from(allowed);
        count.almost += u64::from(!allowed && admitted.iter().any(|admitted| ask.differs_in(admitted) == 1));
        if let Some(what) = difference(theirs, &ours.answers) {
            count.wrong.push(disagreement(upstream, &world.files, ask, what, number));
            return;
        }
        if ours.answers.len() == 1 && ours.printed["decision"] == "allow" {
            count.chains += 1;
            if let Err(why) = chain::check(upstream, policy, &world.files, ask, &ours.printed) {
                let text = serde_json::to_string_pretty(&world.files).unwrap();
                count.wrong.push(format!(
                    "world {number}: chain: {why}\n{ask:?}\n{:#}\n{text}",
                    ours.printed["chain"]
                ));
                return;
            }
        }
    }
}

/// Leaves out the files that one of the two cannot read to the end; the questions are about the others. False for a
/// world that we read otherwise on purpose.
fn keep_readable(upstream: &mut Upstream, files: &mut Files, count: &mut Count) -> bool {
    count.files += files.len() as u64;
    let mut nested = false;
    files.retain(|_, text| {
        let read = upstream.documents(text).ok().filter(|(_, fails)| !fails);
        count.broken += u64::from(read.is_none());
        nested |= read.iter().flat_map(|(documents, _)| documents).any(has_list_in_list);
        read.is_some()
    });
    for (path, reason) in ours::unreadable(&ours::load(files)) {
        *count.refused.entry(reason).or_default() += 1;
        files.remove(&path);
    }
    !nested
}

fn has_list_in_list(document: &Value) -> bool {
    document["items"].as_array().into_iter().flatten().any(|item| item["items"].is_array())
}

/// How upstream and we answer one question; none where a file cannot be read.
fn both(upstream: &mut Upstream, files: &Files, ask: &Ask) -> Option<(Vec<Answer>, Vec<Answer>)> {
    let mut readable = files.clone();
    let meant = keep_readable(upstream, &mut readable, &mut Count::default());
    if !meant || readable.len() < files.len() {
        return None;
    }
    let ours = ours::answers(&ours::load(files), &[ask]).remove(0);
    let theirs = upstream.world(files, &[(ask, true)], false).ok()?.remove(0);
    Some((theirs, ours.answers))
}

/// Makes the world small, keeps it, and describes it.
fn disagreement(upstream: &mut Upstream, files: &Files, ask: &Ask, what: &str, number: u64) -> String {
    let files = shrink::files(files, |files| {
        both(upstream, files, ask).is_some_and(|(theirs, ours)| difference(&theirs, &ours) == Some(what))
    });
    let Some((mut theirs, ours)) = both(upstream, &files, ask) else {
        return format!("world {number}: {what}, which does not come again\n{ask:?}\n{files:#?}");
    };
    let text: Vec<String> = files.iter().map(|(path, text)| format!("--> {path}\n{text}")).collect();
    let text = text.concat();
    let shown = format!("world {number}: {what}: upstream {theirs:?}, we {ours:?}\n{ask:?}\n{text}");
    let expect = theirs.remove(0);
    let asked = Asked { ask: ask.clone(), expect, others: theirs };
    let path = keep(
        &format!("{what}-{}-{number}", seed()),
        &Case { about: String::new(), files, cases: vec![asked] },
    );
    format!("{shown}\nkept as {}", path.display())
}
