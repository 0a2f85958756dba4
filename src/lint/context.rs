//! What several checks look at: everyone with their cases, the open doors, which objects are Kubernetes' own, and what is
//! bound.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use crate::access::Policy;
use crate::access::access_policy::entry_of;
use crate::identity::{Case, Identity, Rendered, Source, Unauthenticated, Unknown, When};
use crate::manifest::Loaded;
use crate::model::builtin::{Edition, Object, Version};
use crate::model::resource_type::ResourceTypes;
use crate::model::{Backend, Binding, Cluster, Door, MapKey, MappedPrincipal, Mapping, Platform, Role};
use crate::query::everyone::{Entry, Everyone, Kind, Names, open_names};
use crate::source::Origin;

/// A caller, or all those that cannot be told apart, in all cases.
pub(super) struct Caller<'a> {
    pub(super) entry: &'a Entry,
    /// As its doors tell them apart, each with its family where some of its names are open.
    pub(super) cases: Vec<(Case<'a>, Option<usize>)>,
}

/// The names that the callers of a case can have, of those that bindings single out: the same for all cases with the
/// same open names, which in large clusters are many.
pub(super) struct Family {
    /// The first caller with a case of it.
    pub(super) first: usize,
    pub(super) pieces: Vec<Piece>,
}

/// Those of a family who have some name that bindings single out.
pub(super) struct Piece {
    pub(super) username: Option<String>,
    pub(super) groups: Vec<String>,
    /// Who they are.
    pub(super) when: When,
}

impl<'a> Caller<'a> {
    /// The identities of its cases.
    pub(super) fn identities(&self) -> impl Iterator<Item = &Identity<'a>> {
        self.cases.iter().filter_map(|(case, _)| case.outcome.as_ref().ok())
    }

    /// Whether it is one role or user, and no account.
    pub(super) fn is_mapped(&self) -> bool {
        matches!(self.entry.kind, Kind::Role | Kind::User)
    }

    /// The principal of the access entry through which it comes, also where the entry was only listed.
    pub(super) fn access_entry(&self) -> Option<&'a str> {
        self.cases.iter().find_map(|(case, _)| match &case.outcome {
            Ok(identity) => entry_of(identity),
            Err(Unauthenticated::Unknown { backend, mapping, what: Unknown::NotDescribed })
                if backend.door == Door::AccessEntries =>
            {
                match &mapping.principal {
                    MappedPrincipal::Arn(arn) => Some(arn),
                    MappedPrincipal::Sso { .. } => None,
                }
            }
            Err(_) => None,
        })
    }
}

/// What checks are given.
pub(super) struct Context<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) policy: &'a Policy<'a>,
    pub(super) types: &'a ResourceTypes,
    /// Objects of the input that are Kubernetes' defaults, word for word.
    same_as_default: BTreeSet<Origin>,
    everyone: &'a OnceLock<Everyone<'a>>,
    callers: OnceLock<Callers<'a>>,
}

/// All callers, and what is told from all of them; found when the first check asks for it.
struct Callers<'a> {
    all: Vec<Caller<'a>>,
    families: Vec<Family>,
    /// Mappings that others take precedence over.
    shadowed: BTreeSet<(Door, MapKey, usize)>,
}

impl<'a> Callers<'a> {
    fn of(policy: &'a Policy<'a>, everyone: &'a Everyone<'a>) -> Self {
        let names = Names::all(policy);
        let mut families = Families::default();
        let mut all: Vec<Caller<'a>> = Vec::with_capacity(everyone.entries.len());
        for entry in &everyone.entries {
            let cases = everyone.unsplit(entry).into_iter();
            let cases = cases.map(|case| {
                let family = families.of(&case, entry, &names, all.len());
                (case, family)
            });
            let cases = cases.collect();
            all.push(Caller { entry, cases });
        }
        let shadowed = all.iter().flat_map(Caller::identities).flat_map(shadowed).collect();
        Self { all, families: families.list, shadowed }
    }
}

impl<'a> Context<'a> {
    /// What checks are given; everyone is found where the first check asks, and kept where the caller says.
    pub(super) fn new(
        loaded: &'a Loaded,
        policy: &'a Policy<'a>,
        everyone: &'a OnceLock<Everyone<'a>>,
    ) -> Self {
        let (types, same_as_default) = (&loaded.resource_types, same_as_default(loaded));
        Self { loaded, policy, types, same_as_default, everyone, callers: OnceLock::new() }
    }

    fn known_callers(&self) -> &Callers<'a> {
        self.callers
            .get_or_init(|| Callers::of(self.policy, self.everyone.get_or_init(|| Everyone::of(self.policy))))
    }

    /// Everyone, in order of kind and name.
    pub(super) fn callers(&self) -> &[Caller<'a>] {
        &self.known_callers().all
    }

    /// The families of callers with open names.
    pub(super) fn families(&self) -> &[Family] {
        &self.known_callers().families
    }

    /// The roles and users that mappings of open doors name.
    pub(super) fn mapped(&self) -> impl Iterator<Item = &Caller<'a>> {
        self.callers().iter().filter(|caller| caller.is_mapped())
    }

    /// Whether an object is one of Kubernetes' defaults, from the tool or from the input.
    pub(super) fn is_default(&self, origin: Origin) -> bool {
        self.loaded.cluster.is_builtin(origin) || self.same_as_default.contains(&origin)
    }

    /// The roles that somebody wrote.
    pub(super) fn own_roles(&self) -> impl Iterator<Item = &'a Role> {
        self.loaded.cluster.roles.values().filter(|role| !self.is_default(role.origin))
    }

    /// The bindings that somebody wrote.
    pub(super) fn own_bindings(&self) -> impl Iterator<Item = &'a Binding> {
        self.loaded.cluster.bindings.values().filter(|binding| !self.is_default(binding.origin))
    }

    /// The open doors that hold something, but for what only the command line says.
    pub(super) fn doors(&self) -> impl Iterator<Item = &'a Backend> {
        self.loaded.cluster.open_backends().filter(|backend| backend.door != Door::Creator)
    }

    /// Their mappings, in order.
    pub(super) fn mappings(&self) -> impl Iterator<Item = (&'a Backend, &'a Mapping)> {
        self.doors().flat_map(|backend| backend.mappings().map(move |mapping| (backend, mapping)))
    }

    /// The same without those that others take precedence over.
    pub(super) fn mappings_in_force(&self) -> impl Iterator<Item = (&'a Backend, &'a Mapping)> {
        let shadowed = &self.known_callers().shadowed;
        self.mappings().filter(|(backend, mapping)| !shadowed.contains(&key(backend, mapping)))
    }
}

/// Families by what they have in common.
#[derive(Default)]
struct Families {
    list: Vec<Family>,
    known: HashMap<(When, Vec<Rendered>), usize>,
}

impl Families {
    /// The family of a case; none where all its names are known, or it is an account of which every name is a caller of
    /// its own.
    fn of(&mut self, case: &Case<'_>, entry: &Entry, names: &Names<'_>, caller: usize) -> Option<usize> {
        let identity = case.outcome.as_ref().ok()?;
        let open: Vec<Rendered> = open_names(identity).cloned().collect();
        if open.is_empty() || !matches!(entry.kind, Kind::Role | Kind::User) {
            return None;
        }
        let key = (case.when.clone(), open);
        if let Some(&known) = self.known.get(&key) {
            return Some(known);
        }
        let username_is_open = identity.username.known().is_none();
        let is_open: Vec<bool> =
            identity.groups.iter().map(|member| member.group.known().is_none()).collect();
        let pieces = entry.split(case.clone(), names).into_iter().filter_map(|piece| {
            let narrowed = piece.outcome.ok()?;
            let username = narrowed.username.known().filter(|_| username_is_open).map(str::to_owned);
            let groups = narrowed.groups.iter().zip(&is_open).filter(|(_, is_open)| **is_open);
            let groups: Vec<String> =
                groups.filter_map(|(member, _)| member.group.known().map(str::to_owned)).collect();
            (username.is_some() || !groups.is_empty()).then_some(Piece { username, groups, when: piece.when })
        });
        self.list.push(Family { first: caller, pieces: pieces.collect() });
        self.known.insert(key, self.list.len() - 1);
        Some(self.list.len() - 1)
    }
}

/// What a mapping is known by.
fn key(backend: &Backend, mapping: &Mapping) -> (Door, MapKey, usize) {
    (backend.door, mapping.key, mapping.position)
}

fn shadowed(identity: &Identity<'_>) -> Vec<(Door, MapKey, usize)> {
    let Source::Mapping { aws_auth: backend, shadowed, behind, .. } = &identity.source else {
        return Vec::new();
    };
    let own = shadowed.iter().map(|other| key(backend, other));
    own.chain(behind.iter().map(|(later, other)| key(later, other))).collect()
}

/// Objects of the input that are Kubernetes' or EKS' own, word for word: of the version in force, and what is not of that one
/// of any other, for a dump may be of another version than was said.
fn same_as_default(loaded: &Loaded) -> BTreeSet<Origin> {
    let cluster = &loaded.cluster;
    let same = |object: Object| match object {
        Object::Role(default) => {
            let own = cluster.roles.get(&(default.namespace.clone(), default.name.clone()))?;
            // what an aggregated role says of its own is the controller's work
            let same_rules = own.rules == default.rules || default.aggregation.is_some();
            (same_rules && own.aggregation == default.aggregation).then_some(own.origin)
        }
        Object::Binding(default) => {
            let own = cluster.bindings.get(&(default.namespace.clone(), default.name.clone()))?;
            let same = own.role_ref == default.role_ref && own.subjects == default.subjects;
            same.then_some(own.origin)
        }
    };
    let in_force = loaded.options.builtin.unwrap_or(Version::newest());
    let platform = (cluster.platform.platform == Platform::Eks).then_some(Edition::Eks);
    let others = Version::ALL.iter().rev().copied().filter(|version| *version != in_force);
    let editions = std::iter::once(in_force)
        .map(Edition::Kubernetes)
        .chain(platform)
        .chain(others.map(Edition::Kubernetes));
    let mut open = reserved(cluster);
    let mut found = BTreeSet::new();
    for (place, edition) in editions.enumerate() {
        if place == 0 || edition == Edition::Eks || !open.is_empty() {
            found.extend(edition.objects(|_, _| Origin::default()).into_iter().filter_map(same));
            open.retain(|origin| !found.contains(origin));
        }
    }
    found
}

/// The objects of the input whose names have the prefix that Kubernetes keeps for itself.
fn reserved(cluster: &Cluster) -> BTreeSet<Origin> {
    let roles = cluster.roles.values().map(|role| (&role.name, role.origin));
    let bindings = cluster.bindings.values().map(|binding| (&binding.name, binding.origin));
    let reserved = roles.chain(bindings).filter(|(name, _)| name.as_str().starts_with("system:"));
    reserved.map(|(_, origin)| origin).filter(|origin| !cluster.is_builtin(*origin)).collect()
}
