//! Where bindings name their subjects. Must not know roles, nor what they allow.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;

use crate::identity::Identity;
use crate::model::{Binding, Namespace, Subject};

/// The subjects of bindings, for looking up the bindings that name a caller.
#[derive(Debug, Default)]
pub(super) struct Mentions<'m> {
    /// The places of the ClusterRoleBindings.
    cluster_wide: Range<u32>,
    /// The places of each namespace's RoleBindings.
    namespaces: HashMap<&'m str, Range<u32>, RandomState>,
    users: HashMap<&'m str, Vec<Mention>, RandomState>,
    groups: HashMap<&'m str, Vec<Mention>, RandomState>,
    service_accounts: HashMap<(&'m str, &'m str), Vec<Mention>, RandomState>,
}

/// A place where a binding names a subject. They are kept, and ordered, in the order of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mention {
    /// Place in the order of the walk.
    pub(super) binding: u32,
    /// Place in the binding's list.
    pub(super) subject: u32,
}

impl<'m> Mentions<'m> {
    /// The subjects of bindings in the order of the walk: ClusterRoleBindings, then the RoleBindings of one namespace after
    /// the other.
    pub(super) fn of(bindings: &[&'m Binding]) -> Self {
        let mut found = Self::default();
        let mut end = 0;
        for bindings in bindings.chunk_by(|one, next| one.namespace == next.namespace) {
            let start = end;
            end += small(bindings.len());
            match bindings.first().and_then(|binding| binding.namespace.as_ref()) {
                Some(namespace) => _ = found.namespaces.insert(namespace.as_str(), start..end),
                None => found.cluster_wide = start..end,
            }
        }
        for (position, binding) in bindings.iter().enumerate() {
            for (place, subject) in binding.subjects.iter().enumerate() {
                let mentions = match subject {
                    Subject::User(name) => found.users.entry(name.as_str()).or_default(),
                    Subject::Group(name) => found.groups.entry(name.as_str()).or_default(),
                    Subject::ServiceAccount { namespace, name } => {
                        found.service_accounts.entry((namespace.as_str(), name.as_str())).or_default()
                    }
                };
                mentions.push(Mention { binding: small(position), subject: small(place) });
            }
        }
        found
    }

    /// Where a caller is named by ClusterRoleBindings and, where a namespace is given, by its RoleBindings.
    pub(super) fn applying(&self, caller: &Identity<'_>, namespace: Option<&Namespace>) -> Vec<Mention> {
        let of_namespace = namespace.and_then(|namespace| self.namespaces.get(namespace.as_str()));
        let mut found = Vec::new();
        for mentions in self.of_caller(caller) {
            for scope in std::iter::once(&self.cluster_wide).chain(of_namespace) {
                found.extend_from_slice(within(mentions, scope));
            }
        }
        found
    }

    /// Where a caller is named at all.
    pub(super) fn anywhere(&self, caller: &Identity<'_>) -> Vec<Mention> {
        self.of_caller(caller).flatten().copied().collect()
    }

    fn of_caller<'a>(&'a self, caller: &'a Identity<'_>) -> impl Iterator<Item = &'a Vec<Mention>> {
        let username = caller.username.known();
        let user = username.and_then(|name| self.users.get(name));
        // a subject's namespace may contain colons, a service account's name cannot
        let account = username
            .and_then(|name| name.strip_prefix("system:serviceaccount:")?.rsplit_once(':'))
            .filter(|(namespace, _)| !namespace.is_empty())
            .and_then(|account| self.service_accounts.get(&account));
        let groups = caller.groups.iter().filter_map(|member| self.groups.get(member.group.known()?));
        user.into_iter().chain(account).chain(groups)
    }

    /// The usernames that are named, service accounts' included, in no order.
    pub(super) fn usernames(&self) -> impl Iterator<Item = String> + '_ {
        let accounts = self.service_accounts.keys();
        let accounts = accounts.map(|(namespace, name)| format!("system:serviceaccount:{namespace}:{name}"));
        self.users.keys().map(|name| (*name).to_owned()).chain(accounts)
    }

    /// The groups that are named, in no order.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> + '_ {
        self.groups.keys().copied()
    }
}

/// The mentions by bindings of some places.
fn within<'a>(mentions: &'a [Mention], places: &Range<u32>) -> &'a [Mention] {
    let start = mentions.partition_point(|mention| mention.binding < places.start);
    let rest = mentions.get(start..).unwrap_or_default();
    let length = rest.partition_point(|mention| mention.binding < places.end);
    rest.get(..length).unwrap_or_default()
}

fn small(position: usize) -> u32 {
    // positions are counted in objects of texts of at most 4 GiB
    u32::try_from(position).unwrap_or(u32::MAX)
}
