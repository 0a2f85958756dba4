//! Who there is: everyone whom the manifests name, or let in without naming them. Knows no questions.
//!
//! The list is complete in this sense: whatever caller exists, RBAC cannot tell it from one of the entries, except that
//! a caller may hold several plain Kubernetes groups at once, which manifests do not tell.

mod who;

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use foldhash::{HashSet, HashSetExt};

use crate::access::{PRIVILEGED, Policy};
use crate::identity::impersonation::service_account;
use crate::identity::{
    ANONYMOUS, AUTHENTICATED, Because, Case, Identity, MappingIndex, Membership, Principal, PrincipalKind,
    Rendered, Source, UNAUTHENTICATED, When, authenticate_in,
};
use crate::model::arn::{Arn, canonical, folded};
use crate::model::{Backend, Door, MappedPrincipal};
pub use who::Who;

/// The group of all service accounts; followed by a colon and a namespace, of those of the namespace.
pub const SERVICE_ACCOUNTS: &str = "system:serviceaccounts";

/// The kinds of callers, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An IAM role, under any session name.
    Role,
    /// An IAM user, the root user of an account, or a federated user.
    User,
    /// Everyone of an account that no mapping and no binding names.
    Account,
    /// A Kubernetes user that is bound, and that no mapping leads to.
    KubernetesUser,
    /// A Kubernetes group that is bound, and that no mapping leads to, or one that is special.
    KubernetesGroup,
    /// A service account that is bound.
    ServiceAccount,
}

impl Kind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Account => "account",
            Self::KubernetesUser => "kubernetes-user",
            Self::KubernetesGroup => "kubernetes-group",
            Self::ServiceAccount => "serviceaccount",
        }
    }
}

/// What a reader must know about an entry, beside its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// No mapping leads here: it takes a client certificate, a token of another kind, or OIDC.
    Unmapped,
    /// The group whose members may do everything.
    Privileged,
    /// Everyone who has proved who they are.
    Everyone,
    /// Anyone at all, without credentials.
    Anonymous,
    /// All service accounts, or all those of a namespace.
    ServiceAccounts,
}

impl Mark {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unmapped => "unmapped",
            Self::Privileged => "privileged",
            Self::Everyone => "everyone",
            Self::Anonymous => "anonymous",
            Self::ServiceAccounts => "all service accounts",
        }
    }
}

/// A caller, or all those that cannot be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// The canonical ARN, the account, the username or the group; a service account as `namespace/name`.
    pub name: String,
    /// What to know about it.
    pub mark: Option<Mark>,
    caller: Caller,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Caller {
    Principal(Box<Principal>),
    /// A username and groups, without the implied one.
    Given {
        username: Option<String>,
        groups: Vec<(String, Because)>,
    },
}

/// Everyone, in order of kind and name, each once.
#[derive(Debug)]
pub struct Everyone<'p> {
    /// The entries.
    pub entries: Vec<Entry>,
    index: MappingIndex<'p>,
}

/// The names that matter to a question, for telling the callers of a family apart.
#[derive(Clone, Debug, Default)]
pub struct Names<'p> {
    /// Usernames, service accounts' included.
    pub users: BTreeSet<String>,
    /// Groups.
    pub groups: BTreeSet<&'p str>,
}

impl<'p> Names<'p> {
    /// Every name that a binding names.
    pub fn all(policy: &'p Policy<'_>) -> Self {
        Self { users: policy.usernames().collect(), groups: policy.groups().chain([PRIVILEGED]).collect() }
    }

    /// Splits a case by the names that it can have.
    pub(super) fn split<'e>(&self, case: Case<'e>) -> Vec<Case<'e>> {
        let Ok(identity) = &case.outcome else { return vec![case] };
        let start = match case.when.principal {
            // those whom an account lets in have their ARN for a name
            Some(_) => "arn:".to_owned(),
            None => identity.username.literal_start().to_owned(),
        };
        let open = identity.groups.iter().map(|member| &member.group).filter(|group| group.known().is_none());
        let starts: BTreeSet<String> = open.map(|group| group.literal_start().to_owned()).collect();
        let groups: BTreeSet<&str> =
            starts.iter().flat_map(|start| starting_with(&self.groups, start)).copied().collect();
        case.split(starting_with(&self.users, &start).map(String::as_str), groups)
    }
}

/// The names of a set that start with a text.
fn starting_with<'s, N: Ord + Borrow<str>>(
    set: &'s BTreeSet<N>,
    start: &'s str,
) -> impl Iterator<Item = &'s N> {
    let from = (Bound::Included(start), Bound::Unbounded);
    set.range::<str, _>(from).take_while(move |name| (*name).borrow().starts_with(start))
}

impl Entry {
    /// The principal, for roles, users and accounts.
    pub fn principal(&self) -> Option<&Principal> {
        match &self.caller {
            Caller::Principal(principal) => Some(principal),
            Caller::Given { .. } => None,
        }
    }

    fn of_principal(principal: Principal) -> Self {
        let kind = match principal.kind {
            PrincipalKind::Role => Kind::Role,
            PrincipalKind::User | PrincipalKind::Root | PrincipalKind::FederatedUser => Kind::User,
            PrincipalKind::Account => Kind::Account,
        };
        let name = principal.canonical.clone();
        Self { kind, name, mark: None, caller: Caller::Principal(Box::new(principal)) }
    }

    /// Whoever has this username: a service account, or a user of Kubernetes.
    pub(super) fn of_user(username: &str) -> Self {
        if let Some((namespace, name)) = service_account(username) {
            let groups = service_account_groups(namespace);
            let caller = Caller::Given { username: Some(username.to_owned()), groups };
            return Self {
                kind: Kind::ServiceAccount,
                name: format!("{namespace}/{name}"),
                mark: None,
                caller,
            };
        }
        let (mark, groups) = match username {
            ANONYMOUS => (Mark::Anonymous, vec![(UNAUTHENTICATED.to_owned(), Because::Unauthenticated)]),
            _ => (Mark::Unmapped, Vec::new()),
        };
        let caller = Caller::Given { username: Some(username.to_owned()), groups };
        Self { kind: Kind::KubernetesUser, name: username.to_owned(), mark: Some(mark), caller }
    }

    /// Whoever is in this group, with a username that nothing singles out.
    pub(super) fn of_group(group: &str) -> Self {
        let namespace = group.strip_prefix("system:serviceaccounts:");
        let given = || vec![(group.to_owned(), Because::Given)];
        let (mark, username, groups) = match (group, namespace) {
            (PRIVILEGED, _) => (Mark::Privileged, None, given()),
            (AUTHENTICATED, _) => (Mark::Everyone, None, Vec::new()),
            (UNAUTHENTICATED, _) => {
                let groups = vec![(group.to_owned(), Because::Unauthenticated)];
                (Mark::Anonymous, Some(ANONYMOUS.to_owned()), groups)
            }
            (SERVICE_ACCOUNTS, _) => {
                (Mark::ServiceAccounts, None, vec![(group.to_owned(), Because::ServiceAccount)])
            }
            (_, Some(namespace)) => (Mark::ServiceAccounts, None, service_account_groups(namespace)),
            _ => (Mark::Unmapped, None, given()),
        };
        let caller = Caller::Given { username, groups };
        Self { kind: Kind::KubernetesGroup, name: group.to_owned(), mark: Some(mark), caller }
    }

    /// Who it is, without what is known of them.
    pub fn who(&self) -> Who {
        Who { kind: self.kind, name: self.name.clone() }
    }

    /// The username and groups by which can-i can be asked for the entry, where it is no principal: no username for the
    /// members of a group, who may have any that is not singled out.
    pub fn given(&self) -> Option<(Option<&str>, Vec<&str>)> {
        match &self.caller {
            Caller::Principal(_) => None,
            Caller::Given { username, groups } => {
                Some((username.as_deref(), groups.iter().map(|(group, _)| group.as_str()).collect()))
            }
        }
    }

    /// What the doors of a cluster take the entry for, before any name is singled out.
    pub(super) fn unsplit<'e, 'm: 'e>(&'e self, index: &MappingIndex<'m>) -> Vec<Case<'e>> {
        match &self.caller {
            Caller::Given { username, groups } => {
                let identity = given(username.as_deref(), groups);
                vec![Case { when: When::default(), outcome: Ok(identity) }]
            }
            Caller::Principal(principal) => authenticate_in(index, principal),
        }
    }

    /// A case of the entry, as far as one of these names tells its callers apart.
    pub fn split<'e>(&self, case: Case<'e>, names: &Names<'_>) -> Vec<Case<'e>> {
        if self.principal().is_none() || !is_open(&case) {
            return vec![case];
        }
        let mut pieces = names.split(case);
        if self.kind == Kind::Account {
            // those of an account that a name singles out are entries of their own
            pieces.retain(|case| !case.outcome.as_ref().is_ok_and(|who| who.username.known().is_some()));
        }
        pieces
    }
}

fn service_account_groups(namespace: &str) -> Vec<(String, Because)> {
    [SERVICE_ACCOUNTS.to_owned(), format!("{SERVICE_ACCOUNTS}:{namespace}")]
        .into_iter()
        .map(|group| (group, Because::ServiceAccount))
        .collect()
}

impl<'p> Everyone<'p> {
    /// Lists everyone of a cluster.
    pub fn of(policy: &'p Policy<'p>) -> Self {
        let index = MappingIndex::new(policy.cluster);
        let names = Names::all(policy);
        let mut entries = principals(&index, &names);
        let mut everyone = Self { entries: Vec::new(), index };
        let (users, groups) = everyone.reached(&entries, &names);
        let unmapped = |name: &&String| service_account(name).is_some() || !users.contains(*name);
        entries.extend(names.users.iter().filter(unmapped).map(|name| Entry::of_user(name)));
        let special = |group: &str| {
            matches!(group, PRIVILEGED | AUTHENTICATED | UNAUTHENTICATED | SERVICE_ACCOUNTS)
                || group.starts_with("system:serviceaccounts:")
        };
        let listed = names.groups.iter().filter(|group| special(group) || !groups.contains(**group));
        entries.extend(listed.map(|group| Entry::of_group(group)));
        entries.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        everyone.entries = entries;
        everyone
    }

    /// The names that principals have.
    fn reached(&self, entries: &[Entry], names: &Names<'p>) -> (HashSet<String>, HashSet<String>) {
        let mut reached = (HashSet::new(), HashSet::new());
        let mut add = |identity: &Identity<'_>| {
            reached.0.extend(identity.username.known().map(str::to_owned));
            let known = identity.groups.iter().filter_map(|member| member.group.known());
            reached.1.extend(known.map(str::to_owned));
        };
        // many mappings have one template: its names are the same for all of them
        let mut solved: HashSet<(When, Vec<Rendered>)> = HashSet::new();
        for entry in entries {
            let Some(principal) = entry.principal().filter(|_| entry.kind != Kind::Account) else { continue };
            for case in authenticate_in(&self.index, principal) {
                let Ok(identity) = &case.outcome else { continue };
                add(identity);
                let open: Vec<Rendered> = open_names(identity).cloned().collect();
                if !open.is_empty() && solved.insert((case.when.clone(), open)) {
                    let pieces = names.split(case);
                    pieces.iter().filter_map(|piece| piece.outcome.as_ref().ok()).for_each(&mut add);
                }
            }
        }
        reached
    }

    /// What the doors take the entry for, before any name is singled out; see [`Entry::split`].
    pub fn unsplit<'e>(&'e self, entry: &'e Entry) -> Vec<Case<'e>>
    where
        'p: 'e,
    {
        entry.unsplit(&self.index)
    }

    /// The cases of an entry, as far as one of these names tells them apart: disjoint, and together all that the entry
    /// stands for.
    pub fn cases<'e>(&'e self, entry: &'e Entry, names: &Names<'_>) -> Vec<Case<'e>>
    where
        'p: 'e,
    {
        entry.unsplit(&self.index).into_iter().flat_map(|case| entry.split(case, names)).collect()
    }
}

fn is_open(case: &Case<'_>) -> bool {
    case.outcome.as_ref().is_ok_and(|identity| open_names(identity).next().is_some())
}

/// The username and the groups that are not known.
pub fn open_names<'i>(identity: &'i Identity<'_>) -> impl Iterator<Item = &'i Rendered> {
    let groups = identity.groups.iter().map(|member| &member.group);
    std::iter::once(&identity.username).chain(groups).filter(|name| name.known().is_none())
}

fn given<'e>(username: Option<&str>, groups: &[(String, Because)]) -> Identity<'e> {
    let groups = groups.iter();
    let identity = Identity {
        principal: None,
        when: When::default(),
        source: Source::Given,
        username: username.map_or_else(Rendered::anyone, Rendered::text),
        groups: groups
            .map(|(group, because)| Membership { group: Rendered::text(group), because: *because })
            .collect(),
    };
    identity.with_implied_groups()
}

/// Whoever a mapping maps, the accounts that are let in, and those of them that a binding names.
pub(super) fn principals(index: &MappingIndex<'_>, names: &Names<'_>) -> Vec<Entry> {
    let mut by_arn: BTreeMap<String, Principal> = BTreeMap::new();
    let mut accounts: BTreeSet<&str> = BTreeSet::new();
    // the first door that knows a principal is the one that spells it
    for backend in index.backends().collect::<Vec<_>>().into_iter().rev() {
        by_arn.extend(mapped(backend));
        accounts.extend(backend.accounts.iter().map(|account| &*account.id));
    }
    for name in &names.users {
        let Ok(principal) = Principal::from_arn(name, None) else { continue };
        let listed = accounts.contains(principal.account.as_str()) && principal.canonical == *name;
        if listed && index.is_let_in_by_account(&principal) {
            // the ARN itself is the username, so that letter case counts here
            by_arn.insert(name.clone(), principal);
        }
    }
    let accounts = accounts.into_iter().filter_map(Principal::of_account);
    by_arn.into_values().chain(accounts).map(Entry::of_principal).collect()
}

/// A principal for each entry that can ever apply, spelt as the entry in force spells it.
fn mapped(backend: &Backend) -> BTreeMap<String, Principal> {
    let mut by_arn = BTreeMap::new();
    for mapping in backend.users.iter().chain(&backend.roles) {
        let MappedPrincipal::Arn(arn) = &mapping.principal else { continue };
        let principal = match backend.door {
            Door::AwsAuth => caller_of(arn),
            // here a path makes no difference
            Door::AccessEntries | Door::Creator => Principal::from_arn(arn, None).ok(),
            Door::DynamicFile if backend.by_user_id => Principal::from_arn(arn, None).ok(),
            Door::MountedFile | Door::Crd | Door::DynamicFile => {
                canonical(arn).ok().and_then(|arn| caller_of(&arn))
            }
        };
        if let Some(principal) = principal {
            by_arn.insert(folded(&principal.canonical), principal);
        }
    }
    by_arn
}

/// The caller that an entry's ARN stands for; none if STS reports nobody so: roles with a path, assumed roles,
/// and texts that are no ARN. Entries apply in any letter case, STS writes all but names in lower case.
fn caller_of(arn: &str) -> Option<Principal> {
    let text = if Arn::parse(arn).is_ok() { arn.to_owned() } else { with_lower_head(arn)? };
    let principal = Principal::from_arn(&text, None).ok()?;
    (principal.canonical == text).then_some(principal)
}

fn with_lower_head(arn: &str) -> Option<String> {
    let resource = arn.match_indices(':').nth(4)?.0 + 1;
    let (head, resource) = arn.split_at_checked(resource)?;
    let (kind, name) = resource.split_at_checked(resource.find('/').unwrap_or(resource.len()))?;
    Some(format!("{}{}{name}", head.to_lowercase(), kind.to_lowercase()))
}
