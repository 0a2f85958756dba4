//! What differs between two clusters as written, for telling what of it changes nobody's access.

use std::collections::{BTreeMap, HashSet};

use super::Side;
use crate::model::{
    AwsAuth, Binding, Cluster, LabelSelector, MappedPrincipal, Mapping, Role, RoleRef, Rule, Subject,
};
use crate::query::chain::role_name;
use crate::source::{Address, Origin, Step};

/// An object or a mapping that is written otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectChange {
    /// Kind and name, as it is called after, or before where it is gone.
    pub object: String,
    /// What happened to it.
    pub what: Happened,
    /// Whether its place is in the later cluster; in the earlier one where it is gone.
    pub is_after: bool,
    /// Where it stands.
    pub place: Address,
}

/// What happened to an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happened {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
    /// It says the same under another name; this was its name.
    Renamed(String),
}

impl Happened {
    /// The word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Renamed(_) => "renamed",
        }
    }
}

/// What an object says, apart from its name and place.
#[derive(Clone, Debug, PartialEq)]
enum Content<'m> {
    Role(&'m [(std::sync::Arc<str>, std::sync::Arc<str>)], &'m [Rule], &'m Option<Vec<LabelSelector>>),
    Binding(&'m RoleRef, &'m [Subject]),
    Mapping(&'m str, &'m [std::sync::Arc<str>]),
    Account,
}

struct Written<'m> {
    content: Content<'m>,
    place: Address,
}

/// Kind with the namespace, then the name: what is renamed keeps the first.
type Name = (String, String);

/// A difference as written, with its place on each side where it has one.
pub(super) struct Difference {
    object: String,
    what: Happened,
    /// Where it stands in the earlier cluster.
    pub(super) before: Option<Address>,
    /// Where it stands in the later one.
    pub(super) after: Option<Address>,
    /// The parts of it that only the earlier cluster has.
    pub(super) parts_before: Vec<Address>,
    /// The parts of it that only the later one has.
    pub(super) parts_after: Vec<Address>,
}

/// Everything that is written otherwise, in order.
pub(super) fn differences(before: &Side<'_>, after: &Side<'_>) -> Vec<Difference> {
    let (old, new) = (written(&before.loaded.cluster), written(&after.loaded.cluster));
    let mut removed: Vec<(&Name, &Written<'_>)> =
        old.iter().filter(|(name, _)| !new.contains_key(*name)).collect();
    let shown = |name: &Name| format!("{}{}", name.0, name.1);
    let mut differences = Vec::new();
    for (name, object) in &new {
        let (what, was) = match old.get(name) {
            Some(was) if was.content == object.content => continue,
            Some(was) => (Happened::Changed, Some(was)),
            None => {
                let same = |(other, was): &(&Name, &Written<'_>)| {
                    other.0 == name.0 && was.content == object.content && object.content != Content::Account
                };
                match removed.iter().position(same).map(|position| removed.remove(position)) {
                    Some((other, was)) => (Happened::Renamed(shown(other)), Some(was)),
                    None => (Happened::Added, None),
                }
            }
        };
        let (parts_before, parts_after) = match (&what, was) {
            (Happened::Changed, Some(was)) => (parts(was, object), parts(object, was)),
            (Happened::Added, _) => (Vec::new(), vec![object.place.clone()]),
            _ => (Vec::new(), Vec::new()),
        };
        differences.push(Difference {
            object: shown(name),
            what,
            before: was.map(|was| was.place.clone()),
            after: Some(object.place.clone()),
            parts_before,
            parts_after,
        });
    }
    differences.extend(removed.into_iter().map(|(name, was)| Difference {
        object: shown(name),
        what: Happened::Removed,
        before: Some(was.place.clone()),
        after: None,
        parts_before: vec![was.place.clone()],
        parts_after: Vec::new(),
    }));
    differences.sort_by(|a, b| (&a.object, &a.what).cmp(&(&b.object, &b.what)));
    differences
}

/// The parts of one that the other does not have.
fn parts(one: &Written<'_>, other: &Written<'_>) -> Vec<Address> {
    fn only<T: PartialEq>(origin: Origin, list: &'static str, one: &[T], other: &[T]) -> Vec<Address> {
        let new = one.iter().enumerate().filter(|(_, item)| !other.contains(item));
        new.map(|(position, _)| origin.at([Step::Field(list), Step::Item(position)])).collect()
    }
    let origin = one.place.origin;
    match (&one.content, &other.content) {
        (
            Content::Role(labels, rules, aggregation),
            Content::Role(old_labels, old_rules, old_aggregation),
        ) => {
            let mut parts = only(origin, "rules", rules, old_rules);
            if labels != old_labels || aggregation != old_aggregation {
                parts.push(origin.at([Step::Field("metadata")]));
            }
            parts
        }
        (Content::Binding(role, subjects), Content::Binding(old_role, old_subjects)) => {
            let mut parts = only(origin, "subjects", subjects, old_subjects);
            if role != old_role {
                parts.push(origin.at([Step::Field("roleRef")]));
            }
            parts
        }
        _ => vec![one.place.clone()],
    }
}

/// Of these, the ones on which no change in access stands.
pub(super) fn without_effect(
    differences: Vec<Difference>,
    effective_before: &HashSet<Address>,
    effective_after: &HashSet<Address>,
) -> Vec<ObjectChange> {
    let stands = |place: &Option<Address>, on: &HashSet<Address>| {
        place.as_ref().is_some_and(|place| on.contains(place))
    };
    let idle = differences.into_iter().filter(|one| {
        let is_name_only = matches!(one.what, Happened::Renamed(_));
        is_name_only || (!stands(&one.before, effective_before) && !stands(&one.after, effective_after))
    });
    idle.filter_map(|one| {
        let (is_after, place) = match (one.after, one.before) {
            (Some(place), _) => (true, place),
            (None, place) => (false, place?),
        };
        Some(ObjectChange { object: one.object, what: one.what, is_after, place })
    })
    .collect()
}

fn written(cluster: &Cluster) -> BTreeMap<Name, Written<'_>> {
    let mut all = BTreeMap::new();
    for role in cluster.roles.values() {
        let content = Content::Role(&role.labels, &role.rules, &role.aggregation);
        all.insert(
            split(&role_name(role), role.name.as_str()),
            Written { content, place: place_of_role(role) },
        );
    }
    for binding in cluster.bindings.values() {
        let content = Content::Binding(&binding.role_ref, &binding.subjects);
        let place = place_of_binding(binding);
        all.insert(split(&binding_name(binding), binding.name.as_str()), Written { content, place });
    }
    for door in cluster.open_backends() {
        mappings(door, &mut all);
    }
    all
}

fn mappings<'m>(aws_auth: &'m AwsAuth, all: &mut BTreeMap<Name, Written<'m>>) {
    for mapping in aws_auth.roles.iter().chain(&aws_auth.users) {
        let mut name = (format!("{} entry ", mapping.key.as_str()), principal_of(mapping));
        // one caller in several entries: told apart by their order
        let mut number = 1;
        while all.contains_key(&name) {
            number += 1;
            name.1 = format!("{} ({number})", principal_of(mapping));
        }
        let content = Content::Mapping(&mapping.username, &mapping.groups);
        all.insert(name, Written { content, place: mapping.address(aws_auth.origin) });
    }
    for account in &aws_auth.accounts {
        let name = ("mapAccounts entry ".to_owned(), account.id.to_string());
        let place = account.address(aws_auth.origin);
        all.insert(name, Written { content: Content::Account, place });
    }
}

fn principal_of(mapping: &Mapping) -> String {
    match &mapping.principal {
        MappedPrincipal::Arn(arn) => arn.to_string(),
        MappedPrincipal::Sso { permission_set, account, .. } => {
            format!("permission set {permission_set} of account {account}")
        }
    }
}

/// `Role team-a/`, `deployer`
fn split(whole: &str, name: &str) -> Name {
    let kind = whole.strip_suffix(name).unwrap_or_default().to_owned();
    (kind, name.to_owned())
}

/// `RoleBinding team-a/developers`, `ClusterRoleBinding admins`.
pub(super) fn binding_name(binding: &Binding) -> String {
    match &binding.namespace {
        Some(namespace) => format!("RoleBinding {namespace}/{}", binding.name),
        None => format!("ClusterRoleBinding {}", binding.name),
    }
}

/// Where a role stands.
pub(super) fn place_of_role(role: &Role) -> Address {
    role.origin.at([])
}

/// Where a binding stands.
pub(super) fn place_of_binding(binding: &Binding) -> Address {
    binding.origin.at([])
}
