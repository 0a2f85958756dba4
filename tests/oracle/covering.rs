//! Which rules hold everything that others grant: what `diff` and the check against escalation rest on.

use std::collections::BTreeSet;

use iamrbac::access::covers::uncovered;
use iamrbac::model::Rule;
use serde_json::{Value, json};

use super::upstream::Upstream;
use super::{ours, questions, seed};
use crate::world::policy::rule;
use crate::world::random::Random;
use crate::world::stream;

/// The rules as they are loaded; the empty texts in which the API server sees no fault are kept.
fn loaded(rules: &[Value]) -> Vec<Rule> {
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "one"}, "rules": rules});
    let loaded = ours::load_bare(&stream(&[role]));
    assert!(loaded.cluster.refused.is_empty(), "{rules:?}");
    loaded.cluster.roles.into_values().flat_map(|role| role.rules.to_vec()).collect()
}

/// A rule's atoms, in words.
fn atoms(rule: &Value, into: &mut BTreeSet<String>) {
    let list = |field: &str| -> Vec<String> {
        let items = rule[field].as_array().into_iter().flatten();
        items.map(|item| item.as_str().unwrap_or_default().to_owned()).collect()
    };
    let names = Some(list("resourceNames")).filter(|names| !names.is_empty());
    let names = names.map_or_else(|| vec![None], |names| names.into_iter().map(Some).collect());
    for verb in list("verbs") {
        into.extend(list("nonResourceURLs").iter().map(|url| format!("{verb} at {url}")));
        for group in list("apiGroups") {
            for resource in list("resources") {
                into.extend(names.iter().map(|name| format!("{verb} {resource} {group:?} {name:?}")));
            }
        }
    }
}

fn as_json(rule: &Rule) -> Value {
    let texts = |items: Vec<&str>| Value::from(items);
    json!({
        "verbs": texts(rule.verbs.iter().map(iamrbac::model::NamePattern::as_str).collect()),
        "apiGroups": texts(rule.api_groups.iter().map(iamrbac::model::NamePattern::as_str).collect()),
        "resources": texts(rule.resources.iter().map(iamrbac::model::ResourcePattern::as_str).collect()),
        "resourceNames": texts(rule.resource_names.iter().map(iamrbac::model::ObjectName::as_str).collect()),
        "nonResourceURLs": texts(rule.urls.iter().map(iamrbac::model::UrlPattern::as_str).collect()),
    })
}

#[test]
fn rules_cover_what_upstream_says_they_cover() {
    let Some(mut upstream) = Upstream::start() else { return };
    let random = &mut Random::new(seed() ^ 0xC0);
    let mut covered = 0;
    let total = questions(25);
    for _ in 0..total {
        let mut some = |most: usize| -> Vec<Value> {
            let count = random.between(1, most);
            (0..count).map(|_| rule(random, false)).collect()
        };
        let (owners, targets) = (some(4), some(2));
        let reply = upstream.ask(&json!({"op": "cover", "owner": owners, "target": targets})).unwrap();
        let mut expected = BTreeSet::new();
        reply["missing"].as_array().into_iter().flatten().for_each(|rule| atoms(rule, &mut expected));
        let owner_rules = loaded(&owners);
        let mut missing = BTreeSet::new();
        for target in loaded(&targets) {
            for piece in uncovered(&owner_rules, &target).unwrap() {
                atoms(&as_json(&piece), &mut missing);
            }
        }
        assert_eq!(missing, expected, "{owners:?}\n{targets:?}");
        assert_eq!(missing.is_empty(), reply["covered"] == true, "{owners:?}\n{targets:?}");
        covered += u64::from(missing.is_empty());
    }
    eprintln!("{total} pairs of rule lists, {covered} covered");
}
