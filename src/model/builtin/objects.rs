//! The entries as objects of the model.

use std::sync::Arc;

use super::super::{
    Binding, LabelOperator, LabelRequirement, LabelSelector, NamePattern, ResourcePattern, Role, Rule,
    Subject, UrlPattern, WrittenRules, binding::RoleRef,
};
use super::entry::{Body, Entry, List, Pair, RuleLine, SubjectLine};
use super::{Header, Object, Origin};

/// The entries in order, each with the origin that is given to its header and its index.
pub(super) fn objects(entries: Vec<Entry>, mut origin: impl FnMut(&Header, usize) -> Origin) -> Vec<Object> {
    let numbered = entries.into_iter().enumerate();
    numbered.map(|(index, entry)| object(origin(&entry.header, index), entry)).collect()
}

fn object(origin: Origin, entry: Entry) -> Object {
    let namespace = entry.header.namespace.map(Into::into);
    let name = entry.header.name.into();
    match entry.body {
        Body::Role { collects, rules } => Object::Role(Role {
            namespace,
            name,
            labels: entry.labels.iter().map(|&(key, value)| (key.into(), value.into())).collect(),
            rules: WrittenRules::when_asked(move || {
                let mut shared = Vec::new();
                rules.iter().map(|line| rule(&line, &mut shared)).collect()
            }),
            aggregation: (!collects.is_empty()).then(|| collects.into_iter().map(selector).collect()),
            origin,
        }),
        Body::Binding { kind, role, subjects } => Object::Binding(Binding {
            namespace,
            name,
            role_ref: RoleRef { kind, name: role.into() },
            subjects: subjects.iter().map(subject).collect(),
            origin,
        }),
    }
}

/// The patterns of a role's lists of verbs and groups by their texts, of which most stand in several of its rules.
type Shared = Vec<(&'static str, Vec<NamePattern>)>;

fn rule(line: &RuleLine, shared: &mut Shared) -> Rule {
    match *line {
        RuleLine::Resources { verbs, resources, groups, names } => Rule {
            verbs: patterns(verbs, shared),
            api_groups: patterns(groups, shared),
            resources: each(resources, |text| ResourcePattern::new(&text)),
            resource_names: names.map(|list| each(list, Into::into)).unwrap_or_default(),
            urls: Vec::new(),
        },
        RuleLine::Urls { verbs, urls } => Rule {
            verbs: patterns(verbs, shared),
            urls: each(urls, |text| UrlPattern::new(&text)),
            ..Rule::default()
        },
    }
}

fn patterns(list: List, shared: &mut Shared) -> Vec<NamePattern> {
    if let Some((_, known)) = shared.iter().find(|(text, _)| *text == list.as_str()) {
        return known.clone();
    }
    let patterns = each(list, |text| NamePattern::new(&text));
    shared.push((list.as_str(), patterns.clone()));
    patterns
}

fn each<T>(list: List, make: impl Fn(Arc<str>) -> T) -> Vec<T> {
    let mut all = Vec::with_capacity(list.len());
    all.extend(list.items().map(|item| make(item.into())));
    all
}

fn selector((key, value): Pair) -> LabelSelector {
    let values = vec![value.into()];
    let requirement = LabelRequirement { key: key.into(), operator: LabelOperator::In, values };
    LabelSelector { requirements: vec![requirement] }
}

fn subject(line: &SubjectLine) -> Subject {
    match *line {
        SubjectLine::User(name) => Subject::User(name.into()),
        SubjectLine::Group(name) => Subject::Group(name.into()),
        SubjectLine::ServiceAccount { namespace, name } => {
            Subject::ServiceAccount { namespace: namespace.into(), name: name.into() }
        }
    }
}
