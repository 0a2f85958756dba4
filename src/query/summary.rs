//! What is here: what was read and what not, who is mapped, and what leads nowhere. Decides nothing about requests.

mod mapped;

use std::collections::{BTreeMap, BTreeSet};

use super::chain::role_name;
use crate::access::Policy;
use crate::finding::{Finding, Severity, Spot};
use crate::manifest::Loaded;
use crate::model::{AwsAuth, Binding, Role, RoleKind, Subject};
use crate::source::{Address, Origin, Step};
use mapped::Mapped;

/// Everything worth knowing of what was loaded, before the first question.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How many entries the aws-auth in force has; none where there is no aws-auth.
    pub aws_auth: Option<MappingCounts>,
    /// Roles and bindings of the input, without those that come with Kubernetes.
    pub objects: ObjectCounts,
    /// How many findings there are of each weight: errors, warnings, notes. Gaps are not among them.
    pub findings: [usize; 3],
    /// What could not be read and might hold something.
    pub gaps: Vec<Finding>,
    /// What leads nowhere, or everywhere; in the order in which it matters.
    pub sections: Vec<Section>,
}

/// How many entries an aws-auth has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingCounts {
    /// Where it is.
    pub origin: Origin,
    /// Entries of `mapRoles` that the authenticator keeps.
    pub roles: usize,
    /// Entries of `mapUsers` that it keeps.
    pub users: usize,
    /// Items of `mapAccounts`.
    pub accounts: usize,
    /// How much of it the authenticator drops, or reads otherwise than it is written.
    pub damage: usize,
}

/// How many objects of RBAC the input has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObjectCounts {
    /// Roles.
    pub roles: usize,
    /// `ClusterRoles`.
    pub cluster_roles: usize,
    /// `RoleBindings`.
    pub role_bindings: usize,
    /// `ClusterRoleBindings`.
    pub cluster_role_bindings: usize,
}

/// Things of one kind that deserve attention.
#[derive(Clone, Debug)]
pub struct Section {
    /// Which kind.
    pub kind: SectionKind,
    /// Which ones, in order of their places in the cluster; never empty.
    pub items: Vec<Item>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is, in words.
    pub what: String,
    /// Where it is, or the first place where it is named.
    pub spot: Spot,
    /// At how many places it is named.
    pub places: usize,
}

/// What there may be that deserves attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SectionKind {
    /// Objects that the API server would refuse.
    Refused,
    /// `ConfigMaps` like aws-auth that the authenticator does not read.
    NearAwsAuth,
    /// Mappings into the privileged group.
    Privileged,
    /// Mappings that no caller can have.
    DeadMapping,
    /// Mappings that give nothing which everyone does not have.
    PowerlessMapping,
    /// Groups of mappings that no binding names.
    UnboundGroup,
    /// Users and groups of bindings to which no mapping leads.
    UnmappedSubject,
    /// Bindings to roles that are not there.
    DanglingBinding,
    /// Bindings without subjects.
    EmptyBinding,
    /// Roles that no binding gives and no other role aggregates.
    UnusedRole,
}

impl SectionKind {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::NearAwsAuth => "near-aws-auth",
            Self::Privileged => "privileged",
            Self::DeadMapping => "dead-mapping",
            Self::PowerlessMapping => "powerless-mapping",
            Self::UnboundGroup => "unbound-group",
            Self::UnmappedSubject => "unmapped-subject",
            Self::DanglingBinding => "dangling-binding",
            Self::EmptyBinding => "empty-binding",
            Self::UnusedRole => "unused-role",
        }
    }

    /// The same in words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Refused => "refused by the API server, and not counted",
            Self::NearAwsAuth => "like aws-auth, but not read by the authenticator",
            Self::Privileged => "mapped to system:masters, and so allowed everything",
            Self::DeadMapping => "mappings that no caller gets",
            Self::PowerlessMapping => "mappings that give no more than everyone has",
            Self::UnboundGroup => "groups of mappings that no binding names",
            Self::UnmappedSubject => "users and groups of bindings to which no mapping leads",
            Self::DanglingBinding => "bindings to roles that are not here",
            Self::EmptyBinding => "bindings without subjects",
            Self::UnusedRole => "roles that nothing gives",
        }
    }
}

/// Summarizes what was loaded.
pub fn summarize(loaded: &Loaded, policy: &Policy<'_>) -> Summary {
    let cluster = &loaded.cluster;
    let weight = |severity| loaded.findings.iter().filter(|finding| finding.severity == severity).count();
    let own_bindings: Vec<&Binding> =
        cluster.bindings.values().filter(|binding| !cluster.is_builtin(binding.origin)).collect();
    let mapped = Mapped::of(policy);
    let mut sections: BTreeMap<SectionKind, Vec<Item>> = BTreeMap::new();
    sections.insert(SectionKind::Refused, refused(loaded));
    sections.insert(SectionKind::NearAwsAuth, near_aws_auth(loaded));
    sections.insert(SectionKind::UnmappedSubject, unmapped(&own_bindings, &mapped));
    sections.insert(SectionKind::DanglingBinding, dangling(policy, &own_bindings));
    sections.insert(SectionKind::EmptyBinding, empty(&own_bindings));
    sections.insert(SectionKind::UnusedRole, unused(policy));
    sections.insert(SectionKind::Privileged, mapped.privileged);
    sections.insert(SectionKind::DeadMapping, mapped.dead);
    sections.insert(SectionKind::PowerlessMapping, mapped.powerless);
    sections.insert(SectionKind::UnboundGroup, mapped.unbound);
    let sections = sections.into_iter().filter(|(_, items)| !items.is_empty());
    Summary {
        aws_auth: cluster.aws_auth.as_ref().map(mapping_counts),
        objects: object_counts(policy, &own_bindings),
        findings: [Severity::Error, Severity::Warning, Severity::Note].map(weight),
        gaps: loaded.gaps.iter().map(|gap| gap.finding.clone()).collect(),
        sections: sections.map(|(kind, items)| Section { kind, items }).collect(),
    }
}

fn mapping_counts(aws_auth: &AwsAuth) -> MappingCounts {
    MappingCounts {
        origin: aws_auth.origin,
        roles: aws_auth.roles.len(),
        users: aws_auth.users.len(),
        accounts: aws_auth.accounts.len(),
        damage: aws_auth.damage.len(),
    }
}

fn own_roles<'p>(policy: &'p Policy<'_>) -> impl Iterator<Item = &'p Role> {
    policy.cluster.roles.values().filter(|role| !policy.cluster.is_builtin(role.origin))
}

fn object_counts(policy: &Policy<'_>, bindings: &[&Binding]) -> ObjectCounts {
    let roles = own_roles(policy).filter(|role| role.kind() == RoleKind::Role).count();
    let role_bindings = bindings.iter().filter(|binding| binding.namespace.is_some()).count();
    ObjectCounts {
        roles,
        cluster_roles: own_roles(policy).count() - roles,
        role_bindings,
        cluster_role_bindings: bindings.len() - role_bindings,
    }
}

fn item(what: impl Into<String>, address: Address) -> Item {
    Item { what: what.into(), spot: address.into(), places: 1 }
}

fn refused(loaded: &Loaded) -> Vec<Item> {
    let refused = loaded.cluster.refused.iter().map(|refused| {
        let why = refused.reasons.first();
        let reason = why.map_or_else(String::new, |(_, reason)| format!(": {reason}"));
        let address = why.map_or_else(|| refused.origin.at([]), |(address, _)| address.clone());
        item(format!("{} {}{reason}", refused.kind, refused.name), address)
    });
    refused.collect()
}

fn near_aws_auth(loaded: &Loaded) -> Vec<Item> {
    let near = loaded.cluster.near_aws_auth.iter().map(|near| {
        let entries = near.aws_auth.roles.len() + near.aws_auth.users.len() + near.aws_auth.accounts.len();
        let name = match (near.namespace.as_str(), near.name.as_str()) {
            ("", "") => "mappings without kind and name".to_owned(),
            (namespace, name) => format!("ConfigMap {namespace}/{name}"),
        };
        item(format!("{name}, entries: {entries}"), near.aws_auth.origin.at([]))
    });
    near.collect()
}

/// Names of Kubernetes' own (`system:nodes`), which need no binding and no mapping among the manifests.
fn is_of_kubernetes(name: &str) -> bool {
    name.starts_with("system:")
}

/// Users and groups of bindings to which no mapping leads. Those of Kubernetes' own are left out, and so are service
/// accounts, which need no mapping.
fn unmapped(bindings: &[&Binding], mapped: &Mapped) -> Vec<Item> {
    let mut items: BTreeMap<&Subject, Item> = BTreeMap::new();
    for binding in bindings {
        for (position, subject) in binding.subjects.iter().enumerate() {
            let is_reached = match subject {
                Subject::User(name) => {
                    is_of_kubernetes(name.as_str()) || mapped.usernames.contains(name.as_str())
                }
                Subject::Group(name) => {
                    is_of_kubernetes(name.as_str()) || mapped.groups.contains(name.as_str())
                }
                Subject::ServiceAccount { .. } => true,
            };
            if is_reached {
                continue;
            }
            let address = binding.origin.at([Step::Field("subjects"), Step::Item(position)]);
            items
                .entry(subject)
                .and_modify(|known| known.places += 1)
                .or_insert_with(|| item(subject.to_string(), address));
        }
    }
    items.into_values().collect()
}

fn binding_name(binding: &Binding) -> String {
    match &binding.namespace {
        Some(namespace) => format!("{} {namespace}/{}", binding.kind(), binding.name),
        None => format!("{} {}", binding.kind(), binding.name),
    }
}

fn dangling(policy: &Policy<'_>, bindings: &[&Binding]) -> Vec<Item> {
    let dangling = bindings.iter().filter(|binding| policy.role_of(binding).is_none());
    let named = dangling.map(|binding| {
        let what =
            format!("{} gives {} {}", binding_name(binding), binding.role_ref.kind, binding.role_ref.name);
        item(what, binding.origin.at([Step::Field("roleRef")]))
    });
    named.collect()
}

fn empty(bindings: &[&Binding]) -> Vec<Item> {
    let empty = bindings.iter().filter(|binding| binding.subjects.is_empty());
    empty.map(|binding| item(binding_name(binding), binding.origin.at([]))).collect()
}

fn unused(policy: &Policy<'_>) -> Vec<Item> {
    let given = policy.bindings().iter().filter_map(|binding| policy.role_of(binding));
    let mut used: BTreeSet<Origin> = given.map(|rules| rules.role().origin).collect();
    let aggregated = policy.aggregated().values().flat_map(|aggregated| &aggregated.rules);
    used.extend(aggregated.flat_map(|rule| &rule.from).map(|role| role.origin));
    let unused = own_roles(policy).filter(|role| !used.contains(&role.origin));
    unused.map(|role| item(role_name(role), role.origin.at([]))).collect()
}
