//! Who a caller is to the cluster: from a principal to a username and groups, with the reason for each.
//!
//! A caller may stand for many (a role without a session name), so the result is a list of [`Case`]s that together
//! cover all of them: RBAC compares names for equality only, so finitely many cases answer for everyone.

pub mod attributes;
pub mod case;
pub mod certificate;
pub mod credential;
pub mod impersonation;
pub mod kubeconfig;
pub mod log;
pub mod lookup;
pub mod principal;
pub mod session;
pub mod template;
pub mod token;

use std::fmt;

use crate::model::{Account, Backend, Cluster, Mapping, Open};
pub use attributes::Attributes;
pub use case::{Case, Condition, When};
pub use credential::{Credential, CredentialKind};
pub use lookup::MappingIndex;
use lookup::{Found, Sought, find};
pub use principal::{Principal, PrincipalKind, Session};
use session::is_instance_id;
pub use session::{SessionNames, SessionPattern};
pub use template::{Hole, Rendered};
use template::{Values, needs_instance, render};
pub use token::{ClaimNames, TokenRules};

/// The group of everyone who has proved who they are.
pub const AUTHENTICATED: &str = "system:authenticated";
/// The group of everyone else.
pub const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The username of a caller who shows nothing.
pub const ANONYMOUS: &str = "system:anonymous";

/// What the cluster takes a caller for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity<'m> {
    /// The principal behind it; none for a plain Kubernetes user.
    pub principal: Option<&'m Principal>,
    /// Which of the callers that the principal stands for.
    pub when: When,
    /// How it came about.
    pub source: Source<'m>,
    /// The username; open where it still differs between the callers of the case.
    pub username: Rendered,
    /// The groups in the order in which the API server sees them, implied ones last.
    pub groups: Vec<Membership>,
}

/// How a caller became a Kubernetes user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source<'m> {
    /// A mapping of one of the doors: an entry of `mapRoles` or `mapUsers`, an access entry, …
    Mapping {
        /// The door.
        aws_auth: &'m Backend,
        /// The entry in force.
        mapping: &'m Mapping,
        /// Entries of the same door for the same caller that it shadows.
        shadowed: Vec<&'m Mapping>,
        /// Entries for the same caller behind later doors.
        behind: Vec<(&'m Backend, &'m Mapping)>,
    },
    /// An item of `mapAccounts`.
    Account {
        /// The door.
        aws_auth: &'m Backend,
        /// The item.
        account: &'m Account,
        /// The doors that were asked, this one last, with the feature gate `SSORoleMatch` on or off: whom one of them maps
        /// does not come by the account.
        asked: (Vec<&'m Backend>, bool),
    },
    /// The question named user and groups.
    Given,
    /// A credential of Kubernetes' own says so.
    Credential(&'m Credential),
    /// Another identity impersonates this one.
    Impersonated,
}

/// One group of a caller, and why it is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group: Rendered,
    /// The reason.
    pub because: Because,
}

/// Why a caller is in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The mapping lists it, at this place.
    Mapping(usize),
    /// The question names it.
    Given,
    /// The API server puts everyone in it who has proved who they are.
    Authenticated,
    /// The API server puts everyone else in it.
    Unauthenticated,
    /// It is one of the two groups of every service account.
    ServiceAccount,
}

/// Why a caller is not let in, or why that cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unauthenticated<'m> {
    /// No mapping names the caller, and no list its account.
    NotMapped,
    /// The mapping asks for the host name of an EC2 instance, and the session name is no instance id.
    NoInstance {
        /// The door.
        aws_auth: &'m Backend,
        /// The mapping.
        mapping: &'m Mapping,
        /// `username` or `group`, and the template that asks.
        what: &'static str,
        /// The template.
        template: &'m str,
    },
    /// The username starts with a prefix that the door is told to refuse.
    Reserved {
        /// The door.
        backend: &'m Backend,
        /// The mapping.
        mapping: &'m Mapping,
        /// The username, as far as it is known.
        username: Rendered,
    },
    /// Whether the caller is let in, and as whom, is not in the input.
    Unknown {
        /// The door.
        backend: &'m Backend,
        /// The mapping that may be the caller's.
        mapping: &'m Mapping,
        /// What is not known.
        what: Unknown,
    },
}

/// What of a mapping is not in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The entry is listed, and was not described: its username and groups are not known.
    NotDescribed,
    /// The entry names a unique id only, and the caller's is not known.
    UserId,
    /// Whether the username is reserved turns on the session name.
    Reserved,
}

impl Unauthenticated<'_> {
    /// Whether more input could let the caller in.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }
}

/// In the authenticator's words where it has any.
impl fmt::Display for Unauthenticated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMapped => f.write_str("identity is not mapped"),
            Self::NoInstance { aws_auth, what, template, .. } => write!(
                f,
                "mapper {} renderTemplates error: error rendering {what} template {template:?}: \
                 SessionName did not contain an instance id",
                aws_auth.door.backend()
            ),
            Self::Reserved { backend, username, .. } => {
                let list: Vec<&str> = backend.reserved.iter().map(|prefix| &**prefix).collect();
                write!(
                    f,
                    "invalid username '{username}' for mapper {}: username must not begin with with the following prefixes: [{}]",
                    backend.door.backend(),
                    list.join(" ")
                )
            }
            Self::Unknown { what: Unknown::NotDescribed, .. } => {
                f.write_str("the access entry is listed, and was not described")
            }
            Self::Unknown { what: Unknown::UserId, .. } => {
                f.write_str("an entry names a unique id, and that of the caller is not known")
            }
            Self::Unknown { what: Unknown::Reserved, .. } => {
                f.write_str("whether the username is reserved turns on the session name")
            }
        }
    }
}

/// What the cluster takes the principal for, through its open doors in order. Never empty. Where one session name, host
/// name or access key makes a difference to *whether* the caller is let in, or chance does, there is a case for each;
/// [`Case::split`] goes on from there to the names that bindings single out.
///
/// Upstream: aws-iam-authenticator 0.7.18, `pkg/server/server.go`, `doMapping`: the first door that knows the caller is
/// the last one asked, also where its answer is no.
pub fn authenticate<'m>(cluster: &'m Cluster, principal: &'m Principal) -> Vec<Case<'m>> {
    let sought = Sought::of(principal, cluster.doors.sso_role_match);
    let doors = cluster.open_backends().map(|backend| (backend, find(backend, &sought)));
    through_first(doors, principal, sought.sso_role_match)
}

/// The same through an index, for whoever asks for many principals.
pub fn authenticate_in<'m>(index: &MappingIndex<'m>, principal: &'m Principal) -> Vec<Case<'m>> {
    through_first(index.find(principal), principal, index.sso_role_match())
}

/// What one door would take the principal for, were it the only one and open.
pub fn authenticate_through<'m>(backend: &'m Backend, principal: &'m Principal) -> Vec<Case<'m>> {
    let found = find(backend, &Sought::of(principal, false));
    through((&[backend], false), found, principal, &When::anything(principal), &[])
}

fn through_first<'m>(
    mut doors: impl Iterator<Item = (&'m Backend, Found<'m>)>,
    principal: &'m Principal,
    sso_role_match: bool,
) -> Vec<Case<'m>> {
    let when = When::anything(principal);
    let mut asked = Vec::new();
    let found = doors.by_ref().inspect(|(backend, _)| asked.push(*backend));
    let Some(found) = found.map(|(_, found)| found).find(|found| *found != Found::Nothing) else {
        return vec![Case { when, outcome: Err(Unauthenticated::NotMapped) }];
    };
    let behind = doors.filter_map(|(later, found)| match found {
        Found::Mapping { mapping, .. } => Some((later, mapping)),
        _ => None,
    });
    let behind: Vec<_> = behind.collect();
    through((&asked, sso_role_match), found, principal, &when, &behind)
}

/// Through the last of the doors that were asked.
fn through<'m>(
    (asked, sso_role_match): (&[&'m Backend], bool),
    found: Found<'m>,
    principal: &'m Principal,
    when: &When,
    behind: &[(&'m Backend, &'m Mapping)],
) -> Vec<Case<'m>> {
    let Some(&backend) = asked.last() else {
        return vec![Case { when: when.clone(), outcome: Err(Unauthenticated::NotMapped) }];
    };
    let source =
        |mapping, shadowed| Source::Mapping { aws_auth: backend, mapping, shadowed, behind: behind.to_vec() };
    match found {
        Found::Nothing => vec![Case { when: when.clone(), outcome: Err(Unauthenticated::NotMapped) }],
        Found::PerhapsById(mapping) => {
            let outcome = Err(Unauthenticated::Unknown { backend, mapping, what: Unknown::UserId });
            vec![Case { when: when.clone(), outcome }]
        }
        Found::Account(account) => {
            let identity = Identity {
                principal: Some(principal),
                when: when.clone(),
                source: Source::Account {
                    aws_auth: backend,
                    account,
                    asked: (asked.to_vec(), sso_role_match),
                },
                username: match principal.kind {
                    PrincipalKind::Account => Rendered::anyone(),
                    _ => Rendered::text(&principal.canonical),
                },
                groups: Vec::new(),
            };
            vec![Case { when: when.clone(), outcome: Ok(identity.with_implied_groups()) }]
        }
        Found::Mapping { mapping, shadowed } => {
            mapped(backend, mapping, &source(mapping, shadowed), principal, when)
        }
        Found::Random(several) => several
            .into_iter()
            .flat_map(|mapping| {
                let when = When { chance: Some(backend.name_of(mapping)), ..when.clone() };
                mapped(backend, mapping, &source(mapping, Vec::new()), principal, &when)
            })
            .collect(),
    }
}

fn mapped<'m>(
    backend: &'m Backend,
    mapping: &'m Mapping,
    source: &Source<'m>,
    principal: &'m Principal,
    when: &When,
) -> Vec<Case<'m>> {
    if mapping.open == Open::Everything {
        let outcome = Err(Unauthenticated::Unknown { backend, mapping, what: Unknown::NotDescribed });
        return vec![Case { when: when.clone(), outcome }];
    }
    let asking = std::iter::once(("username", &mapping.username))
        .chain(mapping.groups.iter().map(|group| ("group", group)))
        .find(|(_, template)| needs_instance(template));
    let refused = |when: When| {
        let (what, template) = asking.unwrap_or(("username", &mapping.username));
        Case {
            when,
            outcome: Err(Unauthenticated::NoInstance { aws_auth: backend, mapping, what, template }),
        }
    };
    let accepted = |when: When| {
        let username = rendered(&mapping.username, principal);
        if let Some(why) = reserved(backend, mapping, &username) {
            return Case { when, outcome: Err(why) };
        }
        let identity = Identity {
            principal: Some(principal),
            when: when.clone(),
            source: source.clone(),
            username,
            groups: mapping
                .groups
                .iter()
                .enumerate()
                .map(|(position, group)| Membership {
                    group: rendered(group, principal),
                    because: Because::Mapping(position),
                })
                .collect(),
        };
        Case { when, outcome: Ok(identity.with_implied_groups()) }
    };
    if asking.is_none() {
        return vec![accepted(when.clone())];
    }
    match &when.sessions {
        Some(sessions) => {
            let with = |sessions: SessionNames| When { sessions: Some(sessions), ..when.clone() };
            let instances = sessions.with_instance_ids(true).map(|set| accepted(with(set)));
            let others = sessions.with_instance_ids(false).map(|set| refused(with(set)));
            instances.into_iter().chain(others).collect()
        }
        None if is_instance_id(principal.session.known().unwrap_or_default()) => vec![accepted(when.clone())],
        None => vec![refused(when.clone())],
    }
}

/// Whether a door refuses the username for its prefix.
fn reserved<'m>(
    backend: &'m Backend,
    mapping: &'m Mapping,
    username: &Rendered,
) -> Option<Unauthenticated<'m>> {
    let starts = |prefix: &str| username.starts_with(prefix);
    let prefixes = || backend.reserved.iter().filter(|prefix| !prefix.is_empty());
    if prefixes().any(|prefix| starts(prefix) == Some(true)) {
        return Some(Unauthenticated::Reserved { backend, mapping, username: username.clone() });
    }
    prefixes().any(|prefix| starts(prefix).is_none()).then_some(Unauthenticated::Unknown {
        backend,
        mapping,
        what: Unknown::Reserved,
    })
}

fn rendered(template: &str, principal: &Principal) -> Rendered {
    render(
        template,
        &Values {
            account: &principal.account,
            session: principal.session.known(),
            access_key: principal.access_key.as_deref(),
            host_name: principal.host_name.as_deref(),
        },
    )
}

impl<'m> Identity<'m> {
    /// A plain Kubernetes user, who has proved who they are unless the name says otherwise.
    pub fn given(username: &str, groups: &[String]) -> Self {
        let groups = groups
            .iter()
            .map(|group| Membership { group: Rendered::text(group), because: Because::Given })
            .collect();
        let identity = Self {
            principal: None,
            when: When::default(),
            source: Source::Given,
            username: Rendered::text(username),
            groups,
        };
        identity.with_implied_groups()
    }

    /// Whom a credential is for.
    pub fn of_credential(credential: &'m Credential) -> Self {
        // those of a service account's are all that it has by being one
        let because = match credential.kind {
            CredentialKind::ServiceAccount => Because::ServiceAccount,
            _ => Because::Given,
        };
        let groups = credential.groups.iter();
        let groups = groups.map(|group| Membership { group: Rendered::text(group), because });
        let identity = Self {
            principal: None,
            when: When::default(),
            source: Source::Credential(credential),
            username: Rendered::text(&credential.username),
            groups: groups.collect(),
        };
        identity.with_implied_groups()
    }

    /// Adds `system:authenticated` as the API server does: last, and not for `system:anonymous`, nor beside
    /// itself or `system:unauthenticated`. Does nothing the second time.
    /// Upstream: Kubernetes 1.34, `apiserver/pkg/authentication/group/authenticated_group_adder.go`.
    #[must_use]
    pub fn with_implied_groups(mut self) -> Self {
        let is = |name: &Rendered, text: &str| name.known() == Some(text);
        let listed = self
            .groups
            .iter()
            .any(|member| is(&member.group, AUTHENTICATED) || is(&member.group, UNAUTHENTICATED));
        if !listed && !is(&self.username, ANONYMOUS) {
            self.groups
                .push(Membership { group: Rendered::text(AUTHENTICATED), because: Because::Authenticated });
        }
        self
    }

    /// Where a mapping's entry gives the name of a group, for the proof.
    pub fn mapping(&self) -> Option<(&'m Backend, &'m Mapping)> {
        match &self.source {
            Source::Mapping { aws_auth, mapping, .. } => Some((aws_auth, mapping)),
            _ => None,
        }
    }
}
