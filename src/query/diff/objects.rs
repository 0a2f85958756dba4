//! What differs between two clusters as written, for telling what of it changes nobody's access.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::Side;
use super::changed::{Unlike, side_by_side};
use super::gathering::Standing;
use crate::model::{
    AccessScope, Backend, Binding, Cluster, Door, LabelSelector, Role, RoleRef, Rule, Subject,
};
use crate::query::chain::{association_object, binding_name, mapped, role_name};
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
#[derive(Clone, Copy, Debug, PartialEq)]
enum Content<'m> {
    Role(&'m [(Arc<str>, Arc<str>)], &'m [Rule], &'m Option<Vec<LabelSelector>>),
    Binding(&'m RoleRef, &'m [Subject]),
    Mapping(&'m str, &'m [Arc<str>]),
    Association(&'m AccessScope),
    Account,
}

impl Content<'_> {
    /// The same for equal contents. Only what can be renamed without effect has one.
    fn digest(&self) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        match self {
            Self::Role(_, rules, _) => rules.hash(&mut hasher),
            Self::Binding(role, subjects) => (role, subjects).hash(&mut hasher),
            Self::Mapping(..) | Self::Association(_) | Self::Account => return None,
        }
        Some(hasher.finish())
    }
}

#[derive(Clone, Debug)]
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
    before: Option<Address>,
    /// Where it stands in the later one.
    after: Option<Address>,
    /// The parts of it that only the earlier cluster has.
    pub(super) parts_before: Vec<Address>,
    /// The parts of it that only the later one has.
    pub(super) parts_after: Vec<Address>,
}

/// Something that is not written alike on both sides.
type WrittenPair<'m> = (Name, Option<Written<'m>>, Option<Written<'m>>);

/// Everything that is written otherwise, in order.
pub(super) fn differences<'m>(before: &Side<'m>, after: &Side<'m>, of_rbac: &Unlike<'m>) -> Vec<Difference> {
    let mut unlike = written(of_rbac, &before.loaded.cluster, &after.loaded.cluster);
    let mut removed: BTreeMap<(String, u64), Vec<usize>> = BTreeMap::new();
    for (position, (name, old, new)) in unlike.iter().enumerate().rev() {
        if let (Some(old), None) = (old, new)
            && let Some(digest) = old.content.digest()
        {
            removed.entry((name.0.clone(), digest)).or_default().push(position);
        }
    }
    let mut renamed: Vec<(usize, usize)> = Vec::new();
    for (position, (name, old, new)) in unlike.iter().enumerate() {
        let (None, Some(new)) = (old, new) else { continue };
        let Some(digest) = new.content.digest() else { continue };
        let Some(candidates) = removed.get_mut(&(name.0.clone(), digest)) else { continue };
        let is_same = |place: &usize| {
            let was = unlike.get(*place).and_then(|(_, was, _)| was.as_ref());
            was.is_some_and(|was| was.content == new.content)
        };
        if let Some(at) = candidates.iter().rposition(is_same) {
            renamed.push((position, candidates.remove(at)));
        }
    }
    let mut differences = Vec::new();
    for (new_at, old_at) in renamed {
        let (Some((old_name, Some(old), _)), Some((new_name, _, Some(new)))) =
            (unlike.get(old_at).cloned(), unlike.get(new_at).cloned())
        else {
            continue;
        };
        for at in [old_at, new_at] {
            if let Some(told) = unlike.get_mut(at) {
                (told.1, told.2) = (None, None);
            }
        }
        let what = Happened::Renamed(shown(&old_name));
        differences.push(difference(&new_name, what, Some(&old), Some(&new)));
    }
    differences.extend(unlike.iter().filter_map(|(name, old, new)| {
        let what = match (old, new) {
            (Some(_), Some(_)) => Happened::Changed,
            (None, Some(_)) => Happened::Added,
            (Some(_), None) => Happened::Removed,
            (None, None) => return None,
        };
        Some(difference(name, what, old.as_ref(), new.as_ref()))
    }));
    differences.sort_by(|a, b| (&a.object, &a.what).cmp(&(&b.object, &b.what)));
    differences
}

fn shown(name: &Name) -> String {
    format!("{}{}", name.0, name.1)
}

fn difference(
    name: &Name,
    what: Happened,
    old: Option<&Written<'_>>,
    new: Option<&Written<'_>>,
) -> Difference {
    let (parts_before, parts_after) = match (&what, old, new) {
        (Happened::Changed, Some(old), Some(new)) => (parts(old, new), parts(new, old)),
        (Happened::Renamed(_), ..) => (Vec::new(), Vec::new()),
        _ => {
            let whole = |one: Option<&Written<'_>>| one.map(|one| one.place.clone()).into_iter().collect();
            (whole(old), whole(new))
        }
    };
    Difference {
        object: shown(name),
        what,
        before: old.map(|old| old.place.clone()),
        after: new.map(|new| new.place.clone()),
        parts_before,
        parts_after,
    }
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
    before: &Standing,
    after: &Standing,
) -> Vec<ObjectChange> {
    let stands = |place: &Option<Address>, on: &Standing| place.as_ref().is_some_and(|place| on.is_on(place));
    let idle = differences.into_iter().filter(|one| {
        let is_name_only = matches!(one.what, Happened::Renamed(_));
        is_name_only || (!stands(&one.before, before) && !stands(&one.after, after))
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

/// What is not alike, in order of roles, bindings, mappings and access policies.
fn written<'m>(of_rbac: &Unlike<'m>, before: &'m Cluster, after: &'m Cluster) -> Vec<WrittenPair<'m>> {
    let mut all = Vec::new();
    for &(_, old, new) in &of_rbac.roles {
        let Some(role) = new.or(old) else { continue };
        let written = |role: &'m Role| Written {
            content: Content::Role(&role.labels, &role.rules, &role.aggregation),
            place: role.origin.at([]),
        };
        let name = split(&role_name(role), role.name.as_str());
        all.push((name, old.map(written), new.map(written)));
    }
    for &(_, old, new) in &of_rbac.bindings {
        let Some(binding) = new.or(old) else { continue };
        let written = |binding: &'m Binding| Written {
            content: Content::Binding(&binding.role_ref, &binding.subjects),
            place: binding.origin.at([]),
        };
        let name = split(&binding_name(binding), binding.name.as_str());
        all.push((name, old.map(written), new.map(written)));
    }
    let (old, new) = (doors(before), doors(after));
    for (name, old, new) in side_by_side(&old, &new) {
        if old.map(|one| one.content) != new.map(|one| one.content) {
            all.push((name.clone(), old.cloned(), new.cloned()));
        }
    }
    all
}

/// What stands behind the open doors, and the access policies.
fn doors(cluster: &Cluster) -> BTreeMap<Name, Written<'_>> {
    let mut all = BTreeMap::new();
    for door in cluster.open_backends() {
        mappings(door, &mut all);
    }
    for one in &cluster.associations {
        let name = (association_object(one), format!(" of {}", one.principal));
        let place = one.address.clone();
        all.insert(name, Written { content: Content::Association(&one.scope), place });
    }
    all
}

fn mappings<'m>(backend: &'m Backend, all: &mut BTreeMap<Name, Written<'m>>) {
    for mapping in backend.mappings() {
        let kind = match backend.door {
            Door::AwsAuth => format!("{} entry ", mapping.key.as_str()),
            Door::AccessEntries => "access entry ".to_owned(),
            Door::Creator => "creator ".to_owned(),
            Door::MountedFile | Door::Crd | Door::DynamicFile => {
                format!("{} entry of {} ", mapping.key.as_str(), backend.door.as_str())
            }
        };
        let mut name = (kind, mapped(mapping));
        // one caller in several entries: told apart by their order
        let mut number = 1;
        while all.contains_key(&name) {
            number += 1;
            name.1 = format!("{} ({number})", mapped(mapping));
        }
        let content = Content::Mapping(&mapping.username, &mapping.groups);
        all.insert(name, Written { content, place: mapping.address(backend.origin) });
    }
    for account in &backend.accounts {
        let name = ("mapAccounts entry ".to_owned(), account.id.to_string());
        let place = account.address(backend.origin);
        all.insert(name, Written { content: Content::Account, place });
    }
}

/// `Role team-a/`, `deployer`
fn split(whole: &str, name: &str) -> Name {
    let kind = whole.strip_suffix(name).unwrap_or_default().to_owned();
    (kind, name.to_owned())
}
