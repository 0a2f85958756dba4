//! Lists whose indentation folded several items into one text.

use super::context::Context;
use super::found;
use crate::finding::{Code, Finding};
use crate::model::{NamePattern, ObjectName, ResourcePattern, Rule};
use crate::source::{Address, Step};

/// What stands between two items that became one text.
const SIGN: &str = " - ";

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut suspects: Vec<(String, Address)> = Vec::new();
    for (backend, mapping) in context.mappings() {
        for (position, group) in mapping.groups.iter().enumerate().filter(|(_, group)| group.contains(SIGN)) {
            suspects.push((group.to_string(), mapping.group_address(backend.origin, position)));
        }
    }
    for role in context.own_roles() {
        for (position, rule) in role.rules.iter().enumerate() {
            for (text, list, place) in elements(rule).filter(|(text, ..)| text.contains(SIGN)) {
                let route =
                    [Step::Field("rules"), Step::Item(position), Step::Field(list), Step::Item(place)];
                suspects.push((text.to_owned(), role.origin.at(route)));
            }
        }
    }
    let sources = &context.loaded.sources;
    let folded = suspects.into_iter().filter(|(_, address)| {
        // a text on one line was written so
        sources.locate(address).is_some_and(|stretch| sources.excerpt(&stretch).contains('\n'))
    });
    folded
        .map(|(text, address)| {
            let count = text.matches(SIGN).count() + 1;
            let message = format!("`{text}` is one text, and looks like {count} items of a list");
            found(Code::ListFolded, address, message)
        })
        .collect()
}

/// The elements of a rule's lists, each with the list's name and its place.
fn elements(rule: &Rule) -> impl Iterator<Item = (&str, &'static str, usize)> {
    let verbs = rule.verbs.iter().map(NamePattern::as_str).enumerate();
    let groups = rule.api_groups.iter().map(NamePattern::as_str).enumerate();
    let resources = rule.resources.iter().map(ResourcePattern::as_str).enumerate();
    let names = rule.resource_names.iter().map(ObjectName::as_str).enumerate();
    let of = |list: &'static str| move |(place, text)| (text, list, place);
    let own = verbs.map(of("verbs")).chain(groups.map(of("apiGroups")));
    own.chain(resources.map(of("resources"))).chain(names.map(of("resourceNames")))
}
