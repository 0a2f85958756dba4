//! What is left of some rules where others are held already, in its smallest form.
//! Knows rules and how they cover each other, and not who holds them.

use std::collections::BTreeMap;

use crate::access::covers::{TooManyPieces, parts, uncovered};
use crate::model::{NamePattern, ObjectName, ResourcePattern, Rule, UrlPattern};

/// Beyond so many pieces they are not compared with each other, and may say a thing twice.
const MOST_COMPARED: usize = 256;
/// Beyond so many combinations the pieces of a rule are told as they were cut.
const MOST_CELLS: usize = 2048;

/// A permission that nobody else of the list includes, and which of the rules grants it.
pub(super) type Piece = (Rule, usize);

/// What the rules grant beyond the owners' rules. Nothing is told twice, and nothing that another piece includes.
pub(super) fn beyond(
    rules: &[&Rule],
    owners: &[&Rule],
    in_namespace: bool,
) -> Result<Vec<Piece>, TooManyPieces> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (position, rule) in rules.iter().enumerate() {
        let earlier = rules.iter().take(position);
        for part in parts(rule) {
            // a URL is never asked in a namespace
            if in_namespace && !part.urls.is_empty() {
                continue;
            }
            let known = owners.iter().chain(earlier.clone()).copied();
            pieces.extend(uncovered(known, &minimal(part))?.into_iter().map(|left| (left, position)));
        }
    }
    if pieces.len() <= MOST_COMPARED {
        pieces = without_included(&pieces)?;
    }
    let mut told: Vec<Piece> = Vec::new();
    for (position, _) in rules.iter().enumerate() {
        let own = pieces.iter().filter(|(_, of)| *of == position).map(|(piece, _)| piece.clone());
        told.extend(joined(own.collect()).into_iter().map(|piece| (piece, position)));
    }
    Ok(told)
}

/// Covering is an order among atoms (no two different ones cover each other, once URLs are written in one way), and no
/// atom occurs twice, so that everything included can go at once.
fn without_included(pieces: &[Piece]) -> Result<Vec<Piece>, TooManyPieces> {
    let mut left = Vec::new();
    for (position, (piece, of)) in pieces.iter().enumerate() {
        let others = pieces.iter().enumerate().filter(|(other, _)| *other != position);
        let rest = uncovered(others.map(|(_, (other, _))| other), piece)?;
        left.extend(rest.into_iter().map(|rest| (rest, *of)));
    }
    Ok(left)
}

/// The rule without elements that others of its own lists include, its lists in order.
fn minimal(mut rule: Rule) -> Rule {
    for list in [&mut rule.verbs, &mut rule.api_groups] {
        if list.contains(&NamePattern::Any) {
            *list = vec![NamePattern::Any];
        }
    }
    if rule.resources.contains(&ResourcePattern::Any) {
        rule.resources = vec![ResourcePattern::Any];
    }
    let of_any: Vec<String> = rule
        .resources
        .iter()
        .map(|one| one.as_str().to_owned())
        .filter(|one| one.starts_with("*/"))
        .collect();
    rule.resources.retain(|one| match one.as_str().split_once('/') {
        Some((resource, below)) if resource != "*" => !of_any.iter().any(|any| *any == format!("*/{below}")),
        _ => true,
    });
    for url in &mut rule.urls {
        let prefix = url.as_str().trim_end_matches('*');
        if prefix.len() + 1 < url.as_str().len() {
            *url = UrlPattern::new(&format!("{prefix}*").into());
        }
    }
    if rule.urls.contains(&UrlPattern::Any) {
        rule.urls = vec![UrlPattern::Any];
    }
    let prefixes: Vec<String> =
        rule.urls.iter().filter_map(|url| url.as_str().strip_suffix('*').map(str::to_owned)).collect();
    rule.urls.retain(|url| {
        let included = |prefix: &String| {
            url.as_str().starts_with(prefix.as_str()) && url.as_str().strip_suffix('*') != Some(prefix)
        };
        !prefixes.iter().any(included)
    });
    sorted(rule)
}

fn sorted(mut rule: Rule) -> Rule {
    fn order<T: Ord>(list: &mut Vec<T>) {
        list.sort_unstable();
        list.dedup();
    }
    order(&mut rule.verbs);
    order(&mut rule.api_groups);
    order(&mut rule.resources);
    order(&mut rule.resource_names);
    order(&mut rule.urls);
    rule
}

/// One combination of group, resource and object, with all verbs on it.
type Cell = (NamePattern, ResourcePattern, Option<ObjectName>);

/// Disjoint pieces of one rule as few and as plain as they can be told: what has the same verbs stands together.
fn joined(pieces: Vec<Rule>) -> Vec<Rule> {
    let count = |piece: &Rule| {
        let names = piece.resource_names.len().max(1);
        piece.api_groups.len().saturating_mul(piece.resources.len()).saturating_mul(names)
    };
    if pieces.len() < 2 || pieces.iter().map(count).fold(0, usize::saturating_add) > MOST_CELLS {
        return pieces.into_iter().map(sorted).collect();
    }
    let (urls, resources): (Vec<Rule>, Vec<Rule>) =
        pieces.into_iter().partition(|piece| !piece.urls.is_empty());
    let mut by_cell: BTreeMap<Cell, Vec<NamePattern>> = BTreeMap::new();
    for piece in &resources {
        for (group, resource) in piece
            .api_groups
            .iter()
            .flat_map(|group| piece.resources.iter().map(move |resource| (group, resource)))
        {
            let names = piece.resource_names.iter().map(|name| Some(name.clone()));
            let unnamed = piece.resource_names.is_empty().then_some(None);
            for name in names.chain(unnamed) {
                let cell = (group.clone(), resource.clone(), name);
                by_cell.entry(cell).or_default().extend(piece.verbs.iter().cloned());
            }
        }
    }
    let mut by_resources: BTreeMap<_, Vec<ResourcePattern>> = BTreeMap::new();
    for ((group, resource, name), mut verbs) in by_cell {
        verbs.sort_unstable();
        verbs.dedup();
        by_resources.entry((group, name, verbs)).or_default().push(resource);
    }
    let mut by_names: BTreeMap<_, Vec<ObjectName>> = BTreeMap::new();
    for ((group, name, verbs), resources) in by_resources {
        by_names.entry((group, verbs, resources, name.is_some())).or_default().extend(name);
    }
    let mut by_groups: BTreeMap<_, Vec<NamePattern>> = BTreeMap::new();
    for ((group, verbs, resources, _), names) in by_names {
        by_groups.entry((resources, names, verbs)).or_default().push(group);
    }
    let told = by_groups.into_iter().map(|((resources, resource_names, verbs), api_groups)| {
        sorted(Rule { verbs, api_groups, resources, resource_names, urls: Vec::new() })
    });
    told.chain(urls_joined(urls)).collect()
}

fn urls_joined(pieces: Vec<Rule>) -> Vec<Rule> {
    let mut by_url: BTreeMap<UrlPattern, Vec<NamePattern>> = BTreeMap::new();
    for piece in pieces {
        for url in piece.urls {
            by_url.entry(url).or_default().extend(piece.verbs.iter().cloned());
        }
    }
    let mut by_verbs: BTreeMap<Vec<NamePattern>, Vec<UrlPattern>> = BTreeMap::new();
    for (url, mut verbs) in by_url {
        verbs.sort_unstable();
        verbs.dedup();
        by_verbs.entry(verbs).or_default().push(url);
    }
    by_verbs.into_iter().map(|(verbs, urls)| sorted(Rule { verbs, urls, ..Rule::default() })).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::query::chain::rule_text;

    fn rule(groups: &str, resources: &str, verbs: &str) -> Rule {
        let list = |text: &str| -> Vec<Arc<str>> { text.split(',').map(Arc::from).collect() };
        Rule {
            api_groups: list(groups).iter().map(NamePattern::new).collect(),
            resources: list(resources).iter().map(ResourcePattern::new).collect(),
            verbs: list(verbs).iter().map(NamePattern::new).collect(),
            ..Rule::default()
        }
    }

    fn urls(urls: &str, verbs: &str) -> Rule {
        let list = |text: &str| -> Vec<Arc<str>> { text.split(',').map(Arc::from).collect() };
        Rule {
            urls: list(urls).iter().map(UrlPattern::new).collect(),
            verbs: list(verbs).iter().map(NamePattern::new).collect(),
            ..Rule::default()
        }
    }

    fn told(rules: &[&Rule], owners: &[&Rule]) -> Vec<String> {
        let pieces = beyond(rules, owners, false).unwrap();
        pieces.iter().map(|(piece, of)| format!("{of}: {}", rule_text(piece))).collect()
    }

    #[test]
    fn only_what_is_new_is_told_and_only_once() {
        let pods = rule("", "pods", "get,list");
        let more = rule("", "pods,secrets", "get,list,watch");
        assert_eq!(
            told(&[&more], &[&pods]),
            ["0: watch on pods (core)", "0: get, list, watch on secrets (core)"]
        );
        assert_eq!(
            told(&[&pods, &more], &[]),
            [
                "0: get, list on pods (core)",
                "1: watch on pods (core)",
                "1: get, list, watch on secrets (core)"
            ]
        );
    }

    #[test]
    fn what_a_later_rule_includes_is_told_with_it() {
        let one = rule("", "pods", "get");
        let all = rule("*", "*", "*");
        assert_eq!(told(&[&one, &all], &[]), ["1: * on * (any API group)"]);
        assert_eq!(
            told(&[&rule("", "pods/status,*/status,*/*,pods/*", "get,*")], &[]),
            ["0: * on */*, */status (core)"]
        );
    }

    #[test]
    fn urls_written_in_two_ways_do_not_cancel_each_other() {
        assert_eq!(told(&[&urls("/a**,/a*,/ab", "get")], &[]), ["0: get at /a*"]);
        assert_eq!(
            told(&[&urls("/a**", "get"), &urls("/a*", "get,head")], &[]),
            ["0: get at /a*", "1: head at /a*"]
        );
    }

    #[test]
    fn the_pieces_of_a_rule_are_put_together_again() {
        let all = rule(",apps", "a,b,c", "get,list");
        let owners = [&rule("", "a", "get"), &rule("apps", "a", "get")];
        assert_eq!(
            told(&[&all], &owners),
            ["0: list on a (core, apps)", "0: get, list on b, c (core, apps)"]
        );
    }

    #[test]
    fn urls_of_a_namespaced_rule_grant_nothing() {
        assert_eq!(beyond(&[&urls("/a", "get")], &[], true), Ok(Vec::new()));
    }
}
