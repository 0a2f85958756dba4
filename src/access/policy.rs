//! A cluster's RBAC objects, ready to be asked: bindings by subject, roles resolved, aggregated roles computed.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use foldhash::fast::RandomState;

use super::aggregation::{Aggregated, AggregatedRule, aggregate};
use crate::identity::Identity;
use crate::model::access_entry::entry_key;
use crate::model::{Association, Binding, Cluster, Namespace, ObjectName, Role, RoleKind, Rule, Subject};

/// An index over a cluster's bindings. Building it reads each binding once; asking it touches only the bindings
/// that name the caller.
#[derive(Debug)]
pub struct Policy<'m> {
    /// The cluster that it was made of.
    pub cluster: &'m Cluster,
    /// In the order of the walk: ClusterRoleBindings, then the RoleBindings of one namespace after the other.
    bindings: Vec<&'m Binding>,
    /// The places of the ClusterRoleBindings.
    cluster_wide: Range<u32>,
    /// The places of each namespace's RoleBindings.
    namespaces: HashMap<&'m str, Range<u32>, RandomState>,
    /// By namespace and name, for looking them up without keys of one's own.
    roles: HashMap<(Option<&'m str>, &'m str), &'m Role, RandomState>,
    aggregated: BTreeMap<&'m ObjectName, Aggregated<'m>>,
    users: HashMap<&'m str, Mentions, RandomState>,
    groups: HashMap<&'m str, Mentions, RandomState>,
    service_accounts: HashMap<(&'m str, &'m str), Mentions, RandomState>,
    /// By the key of the principal's access entry.
    associations: HashMap<String, Vec<&'m Association>, RandomState>,
}

/// Where bindings name one subject, in the order of the walk.
type Mentions = Vec<Mention>;

/// A place where a binding names a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mention {
    /// Place in the order of the walk.
    binding: u32,
    /// Place in the binding's list.
    subject: u32,
}

/// An element with its place in the list where it was written.
#[derive(Debug, PartialEq, Eq)]
pub struct Nth<'p, T> {
    /// From 0.
    pub position: usize,
    /// The element.
    pub item: &'p T,
}

impl<T> Clone for Nth<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Nth<'_, T> {}

/// A binding that applies to a caller.
#[derive(Clone, Copy, Debug)]
pub struct Bound<'p> {
    /// The binding.
    pub binding: &'p Binding,
    /// The first of its subjects that is the caller.
    pub subject: Nth<'p, Subject>,
    /// Whether it comes with Kubernetes or the platform: then a role that is not there is one whose rules the platform does
    /// not publish.
    pub is_builtin: bool,
}

/// The rules in force in a role.
#[derive(Clone, Copy, Debug)]
pub enum Rules<'p> {
    /// As written.
    Written(&'p Role),
    /// Of an aggregated ClusterRole.
    Aggregated(&'p Role, &'p Aggregated<'p>),
}

/// One rule in force, and where it is written.
#[derive(Clone, Copy, Debug)]
pub struct InForce<'p> {
    /// The role through which the rule applies.
    pub role: &'p Role,
    /// The rule, with its place in the role that writes it.
    pub rule: Nth<'p, Rule>,
    /// The sources through which an aggregated role came by it, nearest first; empty for a rule of the role's own.
    pub from: &'p [&'p Role],
}

impl<'p> InForce<'p> {
    /// The role that writes the rule.
    pub fn written_in(self) -> &'p Role {
        self.from.last().copied().unwrap_or(self.role)
    }
}

impl<'m> Policy<'m> {
    /// Indexes a cluster.
    pub fn new(cluster: &'m Cluster) -> Self {
        let mut policy = Self {
            cluster,
            bindings: cluster.bindings.values().collect(),
            roles: cluster
                .roles
                .iter()
                .map(|((namespace, name), role)| {
                    ((namespace.as_ref().map(Namespace::as_str), name.as_str()), role)
                })
                .collect(),
            aggregated: aggregate(cluster),
            cluster_wide: 0..0,
            namespaces: HashMap::default(),
            users: HashMap::default(),
            groups: HashMap::default(),
            service_accounts: HashMap::default(),
            associations: HashMap::default(),
        };
        for association in &cluster.associations {
            let of_entry = policy.associations.entry(entry_key(&association.principal)).or_default();
            // associating a policy again replaces its scope
            of_entry.retain(|before| before.policy != association.policy);
            of_entry.push(association);
        }
        let of_namespaces = policy.bindings.chunk_by(|one, next| one.namespace == next.namespace);
        let mut end = 0;
        for bindings in of_namespaces {
            let start = end;
            end += small(bindings.len());
            match bindings.first().and_then(|binding| binding.namespace.as_ref()) {
                Some(namespace) => _ = policy.namespaces.insert(namespace.as_str(), start..end),
                None => policy.cluster_wide = start..end,
            }
        }
        for (position, binding) in cluster.bindings.values().enumerate() {
            for (place, subject) in binding.subjects.iter().enumerate() {
                let mentions = match subject {
                    Subject::User(name) => policy.users.entry(name.as_str()).or_default(),
                    Subject::Group(name) => policy.groups.entry(name.as_str()).or_default(),
                    Subject::ServiceAccount { namespace, name } => {
                        policy.service_accounts.entry((namespace.as_str(), name.as_str())).or_default()
                    }
                };
                mentions.push(Mention { binding: small(position), subject: small(place) });
            }
        }
        policy
    }

    /// The bindings that apply to a caller: ClusterRoleBindings, then, where a namespace is given, its RoleBindings;
    /// each once, with the first subject that is the caller, in order of their names (upstream's order is not defined).
    ///
    /// Upstream: Kubernetes 1.34, `pkg/registry/rbac/validation/rule.go`, `VisitRulesFor` and `appliesTo`.
    pub fn bindings_of(&self, caller: &Identity<'_>, namespace: Option<&Namespace>) -> Vec<Bound<'_>> {
        self.in_order(self.mentions(caller, namespace)).collect()
    }

    /// The same bindings, each with the rules of its role, if that is there.
    pub fn rules_for(
        &self,
        caller: &Identity<'_>,
        namespace: Option<&Namespace>,
    ) -> Vec<(Bound<'_>, Option<Rules<'_>>)> {
        let bound = self.in_order(self.mentions(caller, namespace));
        bound.map(|bound| (bound, self.role_of(bound.binding))).collect()
    }

    fn mentions(&self, caller: &Identity<'_>, namespace: Option<&Namespace>) -> Vec<Mention> {
        let of_namespace = namespace.and_then(|namespace| self.namespaces.get(namespace.as_str()));
        let mut found = Vec::new();
        for mentions in self.mentions_of(caller) {
            for scope in std::iter::once(&self.cluster_wide).chain(of_namespace) {
                found.extend_from_slice(within(mentions, scope));
            }
        }
        found
    }

    /// The same in all namespaces at once.
    pub fn bindings_anywhere(&self, caller: &Identity<'_>) -> Vec<Bound<'_>> {
        self.in_order(self.mentions_of(caller).flatten().copied().collect()).collect()
    }

    fn mentions_of<'a>(&'a self, caller: &'a Identity<'_>) -> impl Iterator<Item = &'a Mentions> {
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

    /// The bindings of mentions in the order of the walk, each once, by its first subject.
    fn in_order(&self, mut mentions: Vec<Mention>) -> impl Iterator<Item = Bound<'_>> {
        mentions.sort_unstable();
        mentions.dedup_by_key(|mention| mention.binding);
        mentions.into_iter().filter_map(|mention| {
            let binding = *self.bindings.get(mention.binding as usize)?;
            let position = mention.subject as usize;
            let subject = Nth { position, item: binding.subjects.get(position)? };
            Some(Bound { binding, subject, is_builtin: self.cluster.is_builtin(binding.origin) })
        })
    }

    /// The role that a binding refers to: a Role in the binding's namespace, or a ClusterRole; none if there is none.
    pub fn role_of(&self, binding: &Binding) -> Option<Rules<'_>> {
        let namespace = match binding.role_ref.kind {
            RoleKind::ClusterRole => None,
            RoleKind::Role => Some(binding.namespace.as_ref()?.as_str()),
        };
        self.rules_of(self.roles.get(&(namespace, binding.role_ref.name.as_str()))?)
    }

    /// The rules in force in a role of this cluster.
    pub fn rules_of<'p>(&'p self, role: &'p Role) -> Option<Rules<'p>> {
        Some(match role.aggregation {
            None => Rules::Written(role),
            Some(_) => Rules::Aggregated(role, self.aggregated.get(&role.name)?),
        })
    }

    /// The access policies of a principal's access entry, in order of loading.
    pub fn associations_of(&self, principal: &str) -> &[&'m Association] {
        if self.associations.is_empty() {
            return &[];
        }
        self.associations.get(&entry_key(principal)).map_or(&[], Vec::as_slice)
    }

    /// All bindings, in the order of the walk.
    pub fn bindings(&self) -> &[&'m Binding] {
        &self.bindings
    }

    /// The usernames that bindings name, service accounts' included, in no order.
    pub fn usernames(&self) -> impl Iterator<Item = String> + '_ {
        let accounts = self.service_accounts.keys();
        let accounts = accounts.map(|(namespace, name)| format!("system:serviceaccount:{namespace}:{name}"));
        self.users.keys().map(|name| (*name).to_owned()).chain(accounts)
    }

    /// The groups that bindings name, in no order.
    pub fn groups(&self) -> impl Iterator<Item = &str> + '_ {
        self.groups.keys().copied()
    }

    /// The aggregated ClusterRoles, by name.
    pub fn aggregated(&self) -> &BTreeMap<&'m ObjectName, Aggregated<'m>> {
        &self.aggregated
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

impl<'p> Rules<'p> {
    /// The role.
    pub fn role(self) -> &'p Role {
        match self {
            Self::Written(role) | Self::Aggregated(role, _) => role,
        }
    }

    /// The rules in order.
    pub fn iter(self) -> impl Iterator<Item = InForce<'p>> {
        let (written, aggregated): (&[Rule], &[AggregatedRule<'p>]) = match self {
            Self::Written(role) => (&role.rules, &[]),
            Self::Aggregated(_, aggregated) => (&[], &aggregated.rules),
        };
        let role = self.role();
        let own = written.iter().enumerate();
        let own = own.map(move |(position, item)| InForce { role, rule: Nth { position, item }, from: &[] });
        own.chain(aggregated.iter().map(move |rule| InForce {
            role,
            rule: Nth { position: rule.position, item: rule.rule },
            from: &rule.from,
        }))
    }
}
