//! The callers that one principal stands for, cut so finely that both clusters take all callers of a piece alike.

use std::collections::{BTreeSet, HashMap};

use super::unknown::unknown_of;
use crate::identity::{Case, Condition, Identity, When};

/// Callers whom each of the clusters takes for one thing (or, where chance decides, for one of several).
#[derive(Debug)]
pub(super) struct Pair<'c> {
    /// Which callers.
    pub(super) when: When,
    /// What the earlier cluster takes them for; never empty.
    pub(super) before: Vec<Case<'c>>,
    /// What the later one takes them for; never empty.
    pub(super) after: Vec<Case<'c>>,
}

impl Pair<'_> {
    /// Whether both clusters take the callers for the same, so that only what is given to names can differ.
    pub(super) fn is_alike(&self) -> bool {
        let ([before], [after]) = (&self.before[..], &self.after[..]) else { return false };
        match (&before.outcome, &after.outcome) {
            (Ok(before), Ok(after)) => {
                let groups = |one: &Identity<'_>| {
                    one.groups.iter().map(|member| member.group.clone()).collect::<Vec<_>>()
                };
                before.username == after.username && groups(before) == groups(after)
            }
            (Err(_), Err(_)) => unknown_of(before) == unknown_of(after),
            _ => false,
        }
    }

    /// Whether a name of the callers is still open.
    pub(super) fn is_open(&self) -> bool {
        let identities = self.before.iter().chain(&self.after).filter_map(|case| case.outcome.as_ref().ok());
        identities.into_iter().any(|identity| {
            identity.username.known().is_none()
                || identity.groups.iter().any(|member| member.group.known().is_none())
        })
    }
}

/// The common refinement of both sides' cases. What chance decides is no condition of the caller: such cases overlap,
/// and stand side by side in a pair.
pub(super) fn paired<'c>(before: &[Case<'c>], after: &[Case<'c>]) -> Vec<Pair<'c>> {
    let is_same = |(a, b): (&Case<'c>, &Case<'c>)| a.when == b.when && a.when.chance.is_none();
    if before.len() == after.len() && before.iter().zip(after).all(is_same) {
        let pair = |(before, after): (&Case<'c>, &Case<'c>)| Pair {
            when: before.when.clone(),
            before: vec![before.clone()],
            after: vec![after.clone()],
        };
        return before.iter().zip(after).map(pair).collect();
    }
    let mut pieces: Option<Vec<Pair<'c>>> = None;
    let layers = by_chance(before).into_iter().map(|layer| (true, layer));
    let layers: Vec<_> = layers.chain(by_chance(after).into_iter().map(|layer| (false, layer))).collect();
    for (is_before, layer) in layers {
        let alone = |case: &Case<'c>| Pair { when: plain(&case.when), before: Vec::new(), after: Vec::new() };
        let coarse = pieces.take().unwrap_or_else(|| layer.iter().map(alone).collect());
        pieces = Some(refined(coarse, &layer, is_before));
    }
    pieces.unwrap_or_default()
}

/// Cases without overlap: one list for each mapping that chance can pick.
fn by_chance<'c>(cases: &[Case<'c>]) -> Vec<Vec<Case<'c>>> {
    let picks: BTreeSet<Option<&String>> = cases.iter().map(|case| case.when.chance.as_ref()).collect();
    picks
        .into_iter()
        .map(|pick| cases.iter().filter(|case| case.when.chance.as_ref() == pick).cloned().collect())
        .collect()
}

fn plain(when: &When) -> When {
    When { chance: None, ..when.clone() }
}

fn refined<'c>(pieces: Vec<Pair<'c>>, layer: &[Case<'c>], is_before: bool) -> Vec<Pair<'c>> {
    let exact: HashMap<When, &Case<'c>> = layer.iter().map(|case| (plain(&case.when), case)).collect();
    let mut finer = Vec::new();
    for piece in pieces {
        let with = |when: When, case: &Case<'c>| {
            let mut pair = Pair { when, before: piece.before.clone(), after: piece.after.clone() };
            if is_before {
                pair.before.push(case.clone());
            } else {
                pair.after.push(case.clone());
            }
            pair
        };
        // the cases of a layer have no caller in common, so that an equal one is the only one
        match exact.get(&piece.when) {
            Some(case) => finer.push(with(piece.when.clone(), case)),
            None => {
                finer.extend(
                    layer.iter().filter_map(|case| Some(with(both(&piece.when, &plain(&case.when))?, case))),
                );
            }
        }
    }
    finer
}

/// The callers who meet both conditions; none if there are none.
fn both(a: &When, b: &When) -> Option<When> {
    let sessions = match (&a.sessions, &b.sessions) {
        (Some(a), Some(b)) => Some(a.intersect(b)?),
        (one, other) => one.clone().or_else(|| other.clone()),
    };
    let condition = |a: &Option<Condition>, b: &Option<Condition>| match (a, b) {
        (Some(a), Some(b)) => both_conditions(a, b).map(Some),
        (one, other) => Some(one.clone().or_else(|| other.clone())),
    };
    Some(When {
        sessions,
        access_key: condition(&a.access_key, &b.access_key)?,
        host_name: condition(&a.host_name, &b.host_name)?,
        chance: None,
        principal: condition(&a.principal, &b.principal)?,
    })
}

fn both_conditions(a: &Condition, b: &Condition) -> Option<Condition> {
    match (a, b) {
        (Condition::Is(text), Condition::Is(other)) => (text == other).then(|| a.clone()),
        (Condition::Is(text), Condition::IsNot(out)) | (Condition::IsNot(out), Condition::Is(text)) => {
            (!out.contains(text)).then(|| Condition::Is(text.clone()))
        }
        (Condition::IsNot(out), Condition::IsNot(more)) => {
            let all: BTreeSet<&String> = out.iter().chain(more).collect();
            Some(Condition::IsNot(all.into_iter().cloned().collect()))
        }
    }
}
