//! Everybody whose access can differ between two clusters: whom a mapping or a binding of either names.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::Policy;
use crate::identity::impersonation::{Impersonation, service_account};
use crate::identity::{
    AUTHENTICATED, Case, Identity, MappingIndex, Principal, Session, UNAUTHENTICATED, When, authenticate_in,
};
use crate::model::arn::{Arn, lower};
use crate::model::{AwsAuth, MappedPrincipal, Subject};

/// Somebody who can hold access. Sorted as they are told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// A principal of AWS, by its ARN; a role stands for all its sessions.
    Principal(String),
    /// Everybody else of an account that `mapAccounts` lists.
    Account(String),
    /// Whoever is in this group.
    Group(String),
    /// Whoever has this username.
    User(String),
    /// A service account.
    ServiceAccount {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

impl Who {
    /// The kind in a word, as JSON names it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Principal(_) => "principal",
            Self::Account(_) => "account",
            Self::Group(_) => "group",
            Self::User(_) => "user",
            Self::ServiceAccount { .. } => "service-account",
        }
    }

    /// The name without the kind.
    pub fn name(&self) -> String {
        match self {
            Self::Principal(name) | Self::Account(name) | Self::Group(name) | Self::User(name) => {
                name.clone()
            }
            Self::ServiceAccount { namespace, name } => format!("{namespace}/{name}"),
        }
    }
}

/// `arn:…`, `group devs`, `service account ns/name`.
impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Principal(arn) => f.write_str(arn),
            Self::Account(id) => write!(f, "everybody else of account {id}"),
            Self::Group(name) if name == AUTHENTICATED => write!(f, "everybody who is let in (group {name})"),
            Self::Group(name) if name == UNAUTHENTICATED => write!(f, "everybody else (group {name})"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::User(name) => write!(f, "user {name}"),
            Self::ServiceAccount { namespace, name } => write!(f, "service account {namespace}/{name}"),
        }
    }
}

/// One of the population.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who it is.
    pub who: Who,
    /// The principal behind it, where aws-auth decides what it is.
    principal: Option<Principal>,
}

/// Everybody, and the names that tell the sessions of one role apart.
#[derive(Clone, Debug)]
pub struct Population {
    /// The members, in order.
    pub members: Vec<Member>,
    /// Every name that a binding of any of the clusters singles out.
    pub names: Names,
}

/// Names that tell the callers of a family apart.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Usernames, service accounts' included.
    pub users: BTreeSet<String>,
    /// Groups.
    pub groups: BTreeSet<String>,
}

impl Population {
    /// Whoever is named in at least one of the clusters.
    pub fn of<'p>(policies: impl IntoIterator<Item = &'p Policy<'p>>) -> Self {
        let mut members: BTreeMap<Who, Member> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut usernames = BTreeSet::new();
        let mut groups = BTreeSet::from([crate::access::PRIVILEGED.to_owned()]);
        let mut add = |member: Member| {
            // ARNs that differ in letter case only are one caller
            let known = match &member.who {
                Who::Principal(arn) => !seen.insert(lower(arn)),
                _ => false,
            };
            if !known {
                members.entry(member.who.clone()).or_insert(member);
            }
        };
        for policy in policies {
            usernames.extend(policy.usernames());
            groups.extend(policy.groups().map(str::to_owned));
            policy.cluster.open_backends().flat_map(mapped).for_each(&mut add);
            let subjects = policy.bindings().iter().flat_map(|binding| &binding.subjects);
            subjects.map(|subject| bound(policy, subject)).for_each(&mut add);
        }
        Self { members: members.into_values().collect(), names: Names { users: usernames, groups } }
    }

    /// What the mappings of a cluster make of the member, before any name is singled out.
    pub fn unsplit<'c>(&'c self, mappings: &MappingIndex<'c>, member: &'c Member) -> Vec<Case<'c>> {
        let given = |identity| vec![Case { when: When::default(), outcome: Ok(identity) }];
        match (&member.who, &member.principal) {
            (_, Some(principal)) => authenticate_in(mappings, principal),
            (Who::Group(name), _) => {
                given(Identity::given("(a member of the group)", std::slice::from_ref(name)))
            }
            (Who::ServiceAccount { namespace, name }, _) => {
                let user = format!("system:serviceaccount:{namespace}:{name}");
                given(Impersonation { user, ..Impersonation::default() }.identity())
            }
            (who, _) => given(Identity::given(&who.name(), &[])),
        }
    }

    /// The same, split by every name that a binding of any of the clusters singles out.
    pub fn cases<'c>(&'c self, mappings: &MappingIndex<'c>, member: &'c Member) -> Vec<Case<'c>> {
        self.cases_by(mappings, member, &self.names)
    }

    /// The same, split by these names only.
    pub fn cases_by<'c>(
        &'c self,
        mappings: &MappingIndex<'c>,
        member: &'c Member,
        names: &Names,
    ) -> Vec<Case<'c>> {
        let split = |case: Case<'c>| {
            case.split(names.users.iter().map(String::as_str), names.groups.iter().map(String::as_str))
        };
        self.unsplit(mappings, member).into_iter().flat_map(split).collect()
    }
}

impl Names {
    /// Whether the callers of a case have one of the names.
    pub fn occur_in(&self, case: &Case<'_>) -> bool {
        case.outcome.as_ref().is_ok_and(|identity| {
            identity.username.known().is_some_and(|name| self.users.contains(name))
                || identity
                    .groups
                    .iter()
                    .any(|one| one.group.known().is_some_and(|name| self.groups.contains(name)))
        })
    }
}

fn principal(arn: &str) -> Option<Member> {
    let principal = Principal::from_arn(arn, None).ok()?;
    // a role stands for all its sessions, also where an ARN of one of them is written
    let principal = match principal.session {
        Session::Known(_) => Principal::from_arn(&principal.canonical, None).ok()?,
        Session::None | Session::Open(_) => Principal { given: principal.canonical.clone(), ..principal },
    };
    Some(Member { who: Who::Principal(principal.canonical.clone()), principal: Some(principal) })
}

fn mapped(aws_auth: &AwsAuth) -> Vec<Member> {
    let arns = aws_auth.roles.iter().chain(&aws_auth.users).filter_map(|mapping| match &mapping.principal {
        MappedPrincipal::Arn(arn) => principal(arn),
        MappedPrincipal::Sso { .. } => None,
    });
    let accounts = aws_auth.accounts.iter().filter_map(|account| {
        // a name that IAM accepts for nobody stands for all that are not named anywhere
        let stranger = principal(&format!("arn:aws:iam::{}:user/(anybody else)", account.id))?;
        Some(Member { who: Who::Account(account.id.to_string()), ..stranger })
    });
    arns.chain(accounts).collect()
}

/// Whom a subject means: a username that is an ARN of a listed account means that principal.
fn bound(policy: &Policy<'_>, subject: &Subject) -> Member {
    let plain = |who| Member { who, principal: None };
    match subject {
        Subject::Group(name) => plain(Who::Group(name.to_string())),
        Subject::ServiceAccount { namespace, name } => {
            plain(Who::ServiceAccount { namespace: namespace.to_string(), name: name.to_string() })
        }
        Subject::User(name) => {
            let listed = policy.cluster.open_backends().flat_map(|door| &door.accounts);
            let account = Arn::parse(name.as_str()).ok().map(|arn| arn.account);
            let of_account = account.is_some_and(|account| { listed }.any(|one| &*one.id == account));
            if let Some(member) = of_account.then(|| principal(name.as_str())).flatten() {
                return member;
            }
            match service_account(name.as_str()) {
                Some((namespace, name)) => {
                    plain(Who::ServiceAccount { namespace: namespace.into(), name: name.into() })
                }
                None => plain(Who::User(name.to_string())),
            }
        }
    }
}
