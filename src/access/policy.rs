//! A cluster's RBAC objects, ready to be asked: bindings by subject, roles resolved, aggregated roles computed.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use super::aggregation::{Aggregated, AggregatedRule, aggregate};
use super::mentions::{Mention, Mentions};
use crate::identity::Identity;
use crate::model::access_entry::entry_key;
use crate::model::{Association, Binding, Cluster, Namespace, ObjectName, Role, RoleKind, Rule, Subject};
use crate::source::ahead::both;

/// By namespace and name, for looking them up without keys of one's own.
type RolesByName<'m> = HashMap<(Option<&'m str>, &'m str), &'m Role, RandomState>;

/// An index over a cluster's bindings. Building it reads each binding once; asking it touches only the bindings
/// that name the caller.
#[derive(Debug)]
pub struct Policy<'m> {
    /// The cluster that it was made of.
    pub cluster: &'m Cluster,
    /// In the order of the walk: ClusterRoleBindings, then the RoleBindings of one namespace after the other.
    bindings: Vec<&'m Binding>,
    mentions: Mentions<'m>,
    roles: RolesByName<'m>,
    aggregated: BTreeMap<&'m ObjectName, Aggregated<'m>>,
    /// By the key of the principal's access entry.
    associations: HashMap<String, Vec<&'m Association>, RandomState>,
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
        let bindings: Vec<&Binding> = cluster.bindings.values().collect();
        let with_roles = || (by_name(cluster), aggregate(cluster));
        let ((roles, aggregated), mentions) = both(bindings.len(), with_roles, || Mentions::of(&bindings));
        let mut associations: HashMap<String, Vec<&Association>, RandomState> = HashMap::default();
        for association in &cluster.associations {
            let of_entry = associations.entry(entry_key(&association.principal)).or_default();
            // associating a policy again replaces its scope
            of_entry.retain(|before| before.policy != association.policy);
            of_entry.push(association);
        }
        Self { cluster, bindings, mentions, roles, aggregated, associations }
    }

    /// The bindings that apply to a caller: ClusterRoleBindings, then, where a namespace is given, its RoleBindings;
    /// each once, with the first subject that is the caller, in order of their names (upstream's order is not defined).
    ///
    /// Upstream: Kubernetes 1.34, `pkg/registry/rbac/validation/rule.go`, `VisitRulesFor` and `appliesTo`.
    pub fn bindings_of(&self, caller: &Identity<'_>, namespace: Option<&Namespace>) -> Vec<Bound<'_>> {
        self.in_order(self.mentions.applying(caller, namespace)).collect()
    }

    /// The same bindings, each with the rules of its role, if that is there.
    pub fn rules_for(
        &self,
        caller: &Identity<'_>,
        namespace: Option<&Namespace>,
    ) -> Vec<(Bound<'_>, Option<Rules<'_>>)> {
        let bound = self.in_order(self.mentions.applying(caller, namespace));
        bound.map(|bound| (bound, self.role_of(bound.binding))).collect()
    }

    /// The same in all namespaces at once.
    pub fn bindings_anywhere(&self, caller: &Identity<'_>) -> Vec<Bound<'_>> {
        self.in_order(self.mentions.anywhere(caller)).collect()
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
            Some(_) => Rules::Aggregated(role, self.aggregated().get(&role.name)?),
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
        self.mentions.usernames()
    }

    /// The groups that bindings name, in no order.
    pub fn groups(&self) -> impl Iterator<Item = &str> + '_ {
        self.mentions.groups()
    }

    /// The aggregated ClusterRoles, by name.
    pub fn aggregated(&self) -> &BTreeMap<&'m ObjectName, Aggregated<'m>> {
        &self.aggregated
    }
}

fn by_name(cluster: &Cluster) -> RolesByName<'_> {
    let roles = cluster.roles.iter();
    let keyed = roles
        .map(|((namespace, name), role)| ((namespace.as_ref().map(Namespace::as_str), name.as_str()), role));
    keyed.collect()
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
