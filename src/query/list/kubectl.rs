//! The rows of `kubectl auth can-i --list`: rules broken into single resources, equal ones merged, sorted. It shows what
//! bindings give, whether or not it can ever apply, and nothing of the privileged group.
//!
//! Upstream: kubectl 0.34.1, `auth/cani.go`; component-helpers 0.34.1, `auth/rbac/validation/policy_comparator.go`;
//! `pkg/util/rbac/rbac.go` of kubectl (compaction and order).

use std::collections::BTreeMap;

use crate::access::{InForce, Policy};
use crate::identity::Identity;
use crate::model::{NamePattern, Namespace, ObjectName, ResourcePattern, UrlPattern};

/// The headers, in order of the columns.
pub const HEADERS: [&str; 4] = ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"];

/// One row; a row of a URL has no resource, and the other way round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Atom<'p> {
    verbs: Vec<&'p str>,
    api_group: Option<&'p str>,
    resource: Option<&'p str>,
    name: Option<&'p str>,
    url: Option<&'p str>,
}

impl Atom<'_> {
    /// The text by which rows are sorted: that of the rule as the API prints it.
    fn order(&self) -> String {
        let list = |item: Option<&str>| item.map_or_else(String::new, ToOwned::to_owned);
        format!(
            "&PolicyRule{{Verbs:[{}],APIGroups:[{}],Resources:[{}],ResourceNames:[{}],NonResourceURLs:[{}],}}",
            self.verbs.join(" "),
            list(self.api_group),
            list(self.resource),
            list(self.name),
            list(self.url),
        )
    }

    /// `resource.group/subresource`, as kubectl writes it.
    fn resource(&self) -> String {
        let Some(resource) = self.resource else { return String::new() };
        let (name, subresource) = resource.split_once('/').map_or((resource, None), |(a, b)| (a, Some(b)));
        let group = self.api_group.filter(|group| !group.is_empty());
        let group = group.map_or_else(String::new, |group| format!(".{group}"));
        let subresource = subresource.map_or_else(String::new, |text| format!("/{text}"));
        format!("{name}{group}{subresource}")
    }

    fn cells(&self) -> [String; 4] {
        let list = |items: &[&str]| format!("[{}]", items.join(" "));
        let one = |item: Option<&str>| item.map_or_else(|| list(&[]), |item| list(&[item]));
        [self.resource(), one(self.url), one(self.name), list(&self.verbs)]
    }
}

/// The rows of an identity in a namespace, in kubectl's order, as the cells of its table.
pub fn rows(policy: &Policy<'_>, identity: &Identity<'_>, namespace: &Namespace) -> Vec<[String; 4]> {
    let bound = policy.bindings_of(identity, Some(namespace));
    let roles = bound.iter().filter_map(|bound| policy.role_of(bound.binding));
    let mut urls: Vec<Atom<'_>> = Vec::new();
    let mut resources: Vec<Atom<'_>> = Vec::new();
    let mut places: BTreeMap<(&str, &str, Option<&str>), usize> = BTreeMap::new();
    for rule in roles.flat_map(crate::access::Rules::iter) {
        for atom in atoms(rule) {
            let (Some(group), Some(resource)) = (atom.api_group, atom.resource) else {
                urls.push(atom);
                continue;
            };
            let place = *places.entry((group, resource, atom.name)).or_insert(resources.len());
            match resources.get_mut(place) {
                Some(known) => {
                    for verb in atom.verbs {
                        if !known.verbs.contains(&verb) {
                            known.verbs.push(verb);
                        }
                    }
                }
                None => resources.push(atom),
            }
        }
    }
    urls.append(&mut resources);
    urls.sort_by_cached_key(Atom::order);
    urls.iter().map(Atom::cells).collect()
}

/// A rule broken into atoms, each with one verb.
fn atoms(rule: InForce<'_>) -> Vec<Atom<'_>> {
    let rule = rule.rule.item;
    let verbs = || rule.verbs.iter().map(NamePattern::as_str);
    let names: Vec<Option<&str>> = match rule.resource_names[..] {
        [] => vec![None],
        _ => rule.resource_names.iter().map(ObjectName::as_str).map(Some).collect(),
    };
    let mut atoms = Vec::new();
    for group in rule.api_groups.iter().map(NamePattern::as_str) {
        for resource in rule.resources.iter().map(ResourcePattern::as_str) {
            for verb in verbs() {
                atoms.extend(names.iter().map(|name| Atom {
                    verbs: vec![verb],
                    api_group: Some(group),
                    resource: Some(resource),
                    name: *name,
                    url: None,
                }));
            }
        }
    }
    for url in rule.urls.iter().map(UrlPattern::as_str) {
        atoms.extend(verbs().map(|verb| Atom { verbs: vec![verb], url: Some(url), ..Atom::default() }));
    }
    atoms
}
