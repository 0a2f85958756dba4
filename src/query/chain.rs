//! The chain of an answer, link by link, read off the identity and the decision; nothing is decided here.

use crate::access::{Admission, Bound, Grant, PRIVILEGED, PolicyGrant, Unsettled};
use crate::identity::{
    Because, CredentialKind, Identity, Membership, Principal, PrincipalKind, Session, Source, Unauthenticated,
};
use crate::model::{Association, Backend, Binding, Door, MapKey, MappedPrincipal, Mapping, Role, Subject};
use crate::semantics::Basis;
use crate::source::{Address, Origin, Step};

/// What a link is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LinkKind {
    /// Who asks.
    Caller,
    /// The entry that maps the caller.
    Mapping,
    /// The username.
    Username,
    /// A group that matters.
    Group,
    /// Acting as somebody else.
    Impersonation,
    /// Who says yes.
    Authorizer,
    /// An access policy that is associated with the caller's access entry, and where it applies.
    Association,
    /// The access policy.
    AccessPolicy,
    /// The subject of the binding.
    Subject,
    /// The binding.
    Binding,
    /// The role.
    Role,
    /// A source of an aggregated role.
    AggregatedFrom,
    /// The rule.
    Rule,
}

impl LinkKind {
    /// The name of the step in JSON and on the screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Mapping => "mapping",
            Self::Username => "username",
            Self::Group => "group",
            Self::Impersonation => "impersonation",
            Self::Authorizer => "authorizer",
            Self::Association => "association",
            Self::AccessPolicy => "access-policy",
            Self::Subject => "subject",
            Self::Binding => "binding",
            Self::Role => "role",
            Self::AggregatedFrom => "aggregated-from",
            Self::Rule => "rule",
        }
    }
}

/// One link of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is about.
    pub kind: LinkKind,
    /// The fact in words.
    pub fact: String,
    /// The statement about upstream that makes it so.
    pub basis: Basis,
    /// The object that says so: `ClusterRole pod-reader`; empty where none does.
    pub object: String,
    /// The part of it.
    pub address: Option<Address>,
}

impl Link {
    fn new(kind: LinkKind, basis: Basis, fact: impl Into<String>) -> Self {
        Self { kind, fact: fact.into(), basis, object: String::new(), address: None }
    }

    fn at(mut self, object: impl Into<String>, address: Address) -> Self {
        self.object = object.into();
        self.address = Some(address);
        self
    }
}

/// From the caller to the username.
pub fn identity_links(identity: &Identity<'_>) -> Vec<Link> {
    let mut links = vec![caller_link(identity)];
    match &identity.source {
        Source::Mapping { aws_auth, mapping, .. } => links.extend(mapping_links(identity, aws_auth, mapping)),
        Source::Account { aws_auth, account, .. } => {
            let fact = format!("mapAccounts[{}] lists account {}", account.position, account.id);
            let entry = account.address(aws_auth.origin);
            let object = aws_auth.object();
            links.push(
                Link::new(LinkKind::Mapping, Basis::MappingAccount, fact).at(object.clone(), entry.clone()),
            );
            let fact = match identity.username.known() {
                Some(name) => format!("{name:?}, its own ARN"),
                None => "its own ARN, which no binding names".to_owned(),
            };
            links.push(Link::new(LinkKind::Username, Basis::MappingAccount, fact).at(object, entry));
        }
        Source::Given | Source::Impersonated | Source::Credential(_) => {}
    }
    links
}

/// The entry of a door, and the username that it gives.
fn mapping_links(identity: &Identity<'_>, backend: &Backend, mapping: &Mapping) -> [Link; 2] {
    let fact = format!("{} maps {}", backend.name_of(mapping), mapped(mapping));
    let object = backend.object_of(mapping);
    let basis = mapping_basis(backend.door, mapping);
    let entry = Link::new(LinkKind::Mapping, basis, fact).at(object.clone(), mapping.address(backend.origin));
    let username = identity.username.to_string();
    let fact = if *username == *mapping.username {
        format!("{username:?}")
    } else {
        format!("{username:?}, from {:?}", mapping.username)
    };
    let username = Link::new(LinkKind::Username, Basis::MappingTemplate, fact)
        .at(object, mapping.username_address(backend.origin));
    [entry, username]
}

/// Whom a mapping names, in words.
pub fn mapped(mapping: &Mapping) -> String {
    match &mapping.principal {
        MappedPrincipal::Arn(arn) => arn.to_string(),
        MappedPrincipal::Sso { permission_set, account, .. } => {
            format!("permission set {permission_set} of account {account}")
        }
    }
}

fn mapping_basis(door: Door, mapping: &Mapping) -> Basis {
    match (door, &mapping.principal) {
        (_, MappedPrincipal::Sso { .. }) => Basis::MappingSso,
        (Door::AwsAuth, _) => Basis::MappingArn,
        (Door::MountedFile, _) => Basis::MappingFile,
        (Door::Crd, _) => Basis::MappingObject,
        (Door::DynamicFile, _) => Basis::MappingDynamic,
        (Door::AccessEntries, _) => Basis::AccessEntry,
        (Door::Creator, _) => Basis::ClusterCreator,
    }
}

/// The identity that a caller takes on.
pub(super) fn taken_on_links(identity: &Identity<'_>) -> Vec<Link> {
    let mut links = identity_links(identity);
    for link in &mut links {
        link.kind = LinkKind::Impersonation;
        link.fact = format!("acts as {}", link.fact);
        link.basis = Basis::Impersonation;
    }
    links
}

fn caller_link(identity: &Identity<'_>) -> Link {
    let Some(principal) = identity.principal else {
        let groups: Vec<String> = identity.groups.iter().map(|member| member.group.to_string()).collect();
        let groups = if groups.is_empty() { "no group".to_owned() } else { groups.join(", ") };
        let fact = match identity.username.known() {
            Some(name) => format!("User {name:?} in {groups}"),
            None => format!("anyone in {groups}"),
        };
        let Source::Credential(credential) = identity.source else {
            return Link::new(LinkKind::Caller, Basis::CallerGiven, fact);
        };
        let (basis, by) = match credential.kind {
            CredentialKind::Certificate => (Basis::CallerCertificate, "certificate"),
            CredentialKind::Token => (Basis::CallerToken, "token"),
            CredentialKind::ServiceAccount => (Basis::GroupServiceAccount, "service account"),
        };
        return Link::new(LinkKind::Caller, basis, format!("{fact}, by {by}"));
    };
    let mut link = principal_link(principal);
    if let Some(sessions) =
        identity.when.sessions.as_ref().filter(|_| matches!(principal.session, Session::Open(_)))
    {
        link.fact = format!("{}, {sessions}", link.fact);
    }
    link
}

/// The caller, before it is known whether it is mapped.
pub fn principal_link(principal: &Principal) -> Link {
    let basis = match principal.kind {
        PrincipalKind::Role => Basis::CallerAssumedRole,
        _ => Basis::CallerPrincipal,
    };
    let fact = match &principal.session {
        Session::Known(name) => format!("{}, session {name}", principal.canonical),
        Session::None if principal.kind == PrincipalKind::Account => {
            format!("a principal of account {} that no mapping names", principal.account)
        }
        Session::None | Session::Open(_) => principal.canonical.clone(),
    };
    Link::new(LinkKind::Caller, basis, fact)
}

/// Why the caller is not let in.
pub fn unauthenticated_links(principal: &Principal, why: &Unauthenticated<'_>) -> Vec<Link> {
    let mut links = vec![principal_link(principal)];
    match why {
        Unauthenticated::NotMapped => {
            links.push(Link::new(LinkKind::Mapping, Basis::MappingNone, why.to_string()));
        }
        Unauthenticated::NoInstance { aws_auth: backend, mapping, .. } => {
            links.push(refused_link(Basis::MappingTemplate, why, backend, mapping));
        }
        Unauthenticated::Reserved { backend, mapping, .. } => {
            links.push(refused_link(Basis::MappingReserved, why, backend, mapping));
        }
        Unauthenticated::Unknown { backend, mapping, .. } => {
            links.push(refused_link(mapping_basis(backend.door, mapping), why, backend, mapping));
        }
    }
    links
}

fn refused_link(basis: Basis, why: &Unauthenticated<'_>, backend: &Backend, mapping: &Mapping) -> Link {
    Link::new(LinkKind::Mapping, basis, why.to_string())
        .at(backend.object_of(mapping), mapping.address(backend.origin))
}

/// From the username to the rule.
pub fn admission_links(identity: &Identity<'_>, admission: &Admission<'_>) -> Vec<Link> {
    match admission {
        Admission::PrivilegedGroup { membership } => {
            let mut links: Vec<Link> = identity
                .groups
                .get(*membership)
                .map(|member| group_link(identity, member))
                .into_iter()
                .collect();
            let fact = format!("members of {PRIVILEGED} may do everything, RBAC is not asked");
            links.push(Link::new(LinkKind::Authorizer, Basis::AuthorizerPrivileged, fact));
            links
        }
        Admission::Rule(grant) => grant_links(identity, grant),
        Admission::AccessPolicy(grant) => policy_links(grant),
    }
}

fn policy_links(grant: &PolicyGrant<'_>) -> Vec<Link> {
    let policy = grant.policy;
    let name = format!("access policy {}", policy.name);
    let basis = match grant.by {
        crate::access::matching::Match::Resource { .. } => Basis::RuleResource,
        crate::access::matching::Match::Url { .. } => Basis::RuleUrl,
    };
    let place = policy.origin.at([Step::Field("rules"), Step::Item(grant.rule.position)]);
    vec![
        Link::new(LinkKind::Authorizer, Basis::AuthorizerAccessPolicy, "EKS access policies"),
        association_link(grant.association),
        Link::new(LinkKind::AccessPolicy, Basis::AccessPolicyRules, name.clone())
            .at(name.clone(), name_of(policy.origin)),
        Link::new(LinkKind::Rule, basis, rule_text(grant.rule.item)).at(name, place),
    ]
}

/// An association of an access policy with an access entry.
pub fn association_link(association: &Association) -> Link {
    let name = association.policy_name();
    let fact = format!("{name} for {}, {}", association.principal, association.scope);
    Link::new(LinkKind::Association, Basis::AccessPolicyScope, fact)
        .at(association_object(association), association.address.clone())
}

/// `access policy association AmazonEKSViewPolicy`.
pub fn association_object(association: &Association) -> String {
    format!("access policy association {}", association.policy_name())
}

/// `RoleBinding team-a/developers`, `ClusterRoleBinding admins`.
pub fn binding_name(binding: &Binding) -> String {
    match &binding.namespace {
        Some(namespace) => format!("RoleBinding {namespace}/{}", binding.name),
        None => format!("ClusterRoleBinding {}", binding.name),
    }
}

/// What is not known of an associated access policy, in words.
pub const fn unsettled(why: Unsettled) -> &'static str {
    match why {
        Unsettled::Rules => "its rules are not published",
        Unsettled::Names => "its rule that fits is confined to object names that are not published",
        Unsettled::Scope => "where it applies is not in the input",
        Unsettled::Pattern => {
            "whether a namespace pattern with a wildcard before its end fits is not documented"
        }
    }
}

fn grant_links(identity: &Identity<'_>, grant: &Grant<'_>) -> Vec<Link> {
    let mut links = Vec::new();
    if let Subject::Group(group) = grant.bound.subject.item {
        let member = identity.groups.iter().find(|member| member.group.known() == Some(group.as_str()));
        links.extend(member.map(|member| group_link(identity, member)));
    }
    links.push(Link::new(LinkKind::Authorizer, Basis::AuthorizerRbac, "RBAC"));
    links.extend(bound_links(&grant.bound));
    let role = grant.rule.role;
    links.push(
        Link::new(LinkKind::Role, Basis::RoleResolved, role_name(role))
            .at(role_name(role), name_of(role.origin)),
    );
    for source in grant.rule.from {
        links.push(
            Link::new(LinkKind::AggregatedFrom, Basis::Aggregation, role_name(source))
                .at(role_name(source), name_of(source.origin)),
        );
    }
    let written_in = grant.rule.written_in();
    let rule = grant.rule.rule;
    let basis = match grant.by {
        crate::access::matching::Match::Resource { .. } => Basis::RuleResource,
        crate::access::matching::Match::Url { .. } => Basis::RuleUrl,
    };
    let place = written_in.origin.at([Step::Field("rules"), Step::Item(rule.position)]);
    links.push(Link::new(LinkKind::Rule, basis, rule_text(rule.item)).at(role_name(written_in), place));
    links
}

/// The subject and the binding.
pub fn bound_links(bound: &Bound<'_>) -> [Link; 2] {
    let binding = bound.binding;
    let object = binding_name(binding);
    let basis = match bound.subject.item {
        Subject::User(_) => Basis::SubjectUser,
        Subject::Group(_) => Basis::SubjectGroup,
        Subject::ServiceAccount { .. } => Basis::SubjectServiceAccount,
    };
    let place = binding.origin.at([Step::Field("subjects"), Step::Item(bound.subject.position)]);
    let subject =
        Link::new(LinkKind::Subject, basis, bound.subject.item.to_string()).at(object.clone(), place);
    let (basis, scope) = match &binding.namespace {
        Some(namespace) => (Basis::BindingNamespace, format!("in namespace {namespace}")),
        None => (Basis::BindingClusterWide, "everywhere".to_owned()),
    };
    let fact = format!("{object} gives {} {}, {scope}", binding.role_ref.kind, binding.role_ref.name);
    let place = binding.origin.at([Step::Field("roleRef")]);
    [subject, Link::new(LinkKind::Binding, basis, fact).at(object, place)]
}

/// The groups of an identity, each with the reason for it.
pub fn group_links(identity: &Identity<'_>) -> Vec<Link> {
    identity.groups.iter().map(|member| group_link(identity, member)).collect()
}

/// One group, with the reason for it.
pub fn group_link(identity: &Identity<'_>, member: &Membership) -> Link {
    let name = member.group.to_string();
    match (member.because, identity.mapping()) {
        (Because::Mapping(position), Some((aws_auth, mapping))) => {
            let written = mapping.groups.get(position).map_or("", |group| group);
            let fact =
                if *name == *written { format!("{name:?}") } else { format!("{name:?}, from {written:?}") };
            Link::new(LinkKind::Group, Basis::MappingTemplate, fact)
                .at(aws_auth.object_of(mapping), mapping.group_address(aws_auth.origin, position))
        }
        (Because::ServiceAccount, _) => {
            Link::new(LinkKind::Group, Basis::GroupServiceAccount, format!("{name:?}, as a service account"))
        }
        (Because::Authenticated, _) => {
            let fact = format!("{name:?}, as everyone who has proved who they are");
            Link::new(LinkKind::Group, Basis::GroupAuthenticated, fact)
        }
        (Because::Unauthenticated, _) => {
            Link::new(LinkKind::Group, Basis::GroupAuthenticated, format!("{name:?}, as everyone else"))
        }
        _ => Link::new(LinkKind::Group, Basis::CallerGiven, format!("{name:?}, as given")),
    }
}

/// Where an object has its name.
pub(super) fn name_of(origin: Origin) -> Address {
    origin.at([Step::Field("metadata"), Step::Field("name")])
}

/// `ClusterRole view`, `Role team-a/deployer`.
pub fn role_name(role: &Role) -> String {
    match &role.namespace {
        Some(namespace) => format!("Role {namespace}/{}", role.name),
        None => format!("ClusterRole {}", role.name),
    }
}

/// `rules[0]: get, list on pods, pods/log in apps`.
pub fn rule_text(rule: &crate::model::Rule) -> String {
    let list = |items: Vec<&str>| if items.is_empty() { "nothing".to_owned() } else { items.join(", ") };
    let verbs = list(rule.verbs.iter().map(crate::model::NamePattern::as_str).collect());
    if !rule.urls.is_empty() {
        return format!(
            "{verbs} at {}",
            list(rule.urls.iter().map(crate::model::UrlPattern::as_str).collect())
        );
    }
    let resources = list(rule.resources.iter().map(crate::model::ResourcePattern::as_str).collect());
    let groups = rule.api_groups.iter().map(|group| match group.as_str() {
        "" => "core",
        "*" => "any API group",
        named => named,
    });
    let groups = list(groups.collect());
    let names = match rule.resource_names[..] {
        [] => String::new(),
        _ => format!(
            " named {}",
            list(rule.resource_names.iter().map(crate::model::ObjectName::as_str).collect())
        ),
    };
    format!("{verbs} on {resources} ({groups}){names}")
}

/// How the identity came about, as JSON names it.
pub const fn mapped_by(identity: &Identity<'_>) -> Option<&'static str> {
    match &identity.source {
        Source::Mapping { aws_auth, mapping, .. } => Some(door_name(aws_auth.door, mapping.key)),
        Source::Account { aws_auth, .. } => Some(door_name(aws_auth.door, MapKey::Accounts)),
        Source::Credential(credential) => Some(credential.kind.as_str()),
        Source::Given | Source::Impersonated => None,
    }
}

pub(crate) const fn door_name(door: Door, key: MapKey) -> &'static str {
    match door {
        Door::AwsAuth => key.as_str(),
        Door::Creator => "creator",
        Door::AccessEntries => "accessEntry",
        Door::MountedFile => "mountedFile",
        Door::Crd => "crd",
        Door::DynamicFile => "dynamicFile",
    }
}
