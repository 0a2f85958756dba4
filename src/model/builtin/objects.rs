//! The entries as objects of the model.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::super::{
    Binding, LabelOperator, LabelRequirement, LabelSelector, NamePattern, ResourcePattern, Role, Rule,
    Subject, UrlPattern, binding::RoleRef,
};
use super::entry::{Body, Entry, List, Pair, RuleLine, SubjectLine};
use super::{Header, Object, Origin};

/// The entries in order, each with the origin that is given to its header and its index.
pub(super) fn objects(entries: &[Entry], mut origin: impl FnMut(&Header, usize) -> Origin) -> Vec<Object> {
    let mut names = Names::default();
    // about as many different texts as 1.34 has
    names.texts.reserve(512);
    let numbered = entries.iter().enumerate();
    numbered.map(|(index, entry)| object(entry, origin(&entry.header, index), &mut names)).collect()
}

/// The texts so far, so that a repeated one is stored once.
#[derive(Default)]
struct Names {
    texts: HashMap<&'static str, Arc<str>, BuildHasherDefault<ConstantHasher>>,
    /// Whole lists by their text: there are few different ones of verbs and of groups.
    lists: HashMap<&'static str, Vec<NamePattern>, BuildHasherDefault<ConstantHasher>>,
}

impl Names {
    fn get(&mut self, text: &'static str) -> &Arc<str> {
        self.texts.entry(text).or_insert_with(|| text.into())
    }

    fn share<T: From<Arc<str>>>(&mut self, text: &'static str) -> T {
        self.get(text).clone().into()
    }

    fn patterns(&mut self, list: List) -> Vec<NamePattern> {
        if let Some(known) = self.lists.get(list.as_str()) {
            return known.clone();
        }
        let patterns = self.each(list, NamePattern::new);
        self.lists.insert(list.as_str(), patterns.clone());
        patterns
    }

    fn each<T>(&mut self, list: List, make: impl Fn(&Arc<str>) -> T) -> Vec<T> {
        let mut all = Vec::with_capacity(list.len());
        all.extend(list.items().map(|item| make(self.get(item))));
        all
    }
}

/// Hashes eight bytes at a time. Nobody chooses the keys but our own texts, so that the standard library's defence
/// against chosen keys would only cost time: these tables are built at every start of the program.
#[derive(Default)]
struct ConstantHasher(u64);

impl ConstantHasher {
    const fn add(&mut self, word: u64) {
        // an odd number with bits all over, 2^64 divided by the golden ratio
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for ConstantHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            self.add(rest.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)));
        }
    }

    fn finish(&self) -> u64 {
        // the multiplication leaves the best bits at the top, the table looks at the lowest first
        self.0.rotate_left(26)
    }
}

fn object(entry: &Entry, origin: Origin, names: &mut Names) -> Object {
    let namespace = entry.header.namespace.map(|namespace| names.share(namespace));
    let name = names.share(entry.header.name);
    match &entry.body {
        Body::Role { collects, rules } => Object::Role(Role {
            namespace,
            name,
            labels: entry.labels.iter().map(|(key, value)| (names.share(key), names.share(value))).collect(),
            rules: rules.iter().map(|line| rule(line, names)).collect(),
            aggregation: (!collects.is_empty())
                .then(|| collects.iter().map(|label| selector(label, names)).collect()),
            origin,
        }),
        Body::Binding { kind, role, subjects } => Object::Binding(Binding {
            namespace,
            name,
            role_ref: RoleRef { kind: *kind, name: names.share(role) },
            subjects: subjects.iter().map(|line| subject(line, names)).collect(),
            origin,
        }),
    }
}

fn rule(line: &RuleLine, names: &mut Names) -> Rule {
    match line {
        RuleLine::Resources { verbs, resources, groups, names: resource_names } => Rule {
            verbs: names.patterns(*verbs),
            api_groups: names.patterns(*groups),
            resources: names.each(*resources, ResourcePattern::new),
            resource_names: resource_names
                .map(|list| names.each(list, |name| name.clone().into()))
                .unwrap_or_default(),
            urls: Vec::new(),
        },
        RuleLine::Urls { verbs, urls } => Rule {
            verbs: names.patterns(*verbs),
            urls: names.each(*urls, UrlPattern::new),
            ..Rule::default()
        },
    }
}

fn selector((key, value): &Pair, names: &mut Names) -> LabelSelector {
    let requirement = LabelRequirement {
        key: names.share(key),
        operator: LabelOperator::In,
        values: vec![names.share(value)],
    };
    LabelSelector { requirements: vec![requirement] }
}

fn subject(line: &SubjectLine, names: &mut Names) -> Subject {
    match line {
        SubjectLine::User(name) => Subject::User(names.share(name)),
        SubjectLine::Group(name) => Subject::Group(names.share(name)),
        SubjectLine::ServiceAccount { namespace, name } => {
            Subject::ServiceAccount { namespace: names.share(namespace), name: names.share(name) }
        }
    }
}
