//! Who a caller is to the cluster: from a principal to a username and groups, with the reason for each.
//!
//! A caller may stand for many (a role without a session name), so the result is a list of [`Case`]s that together
//! cover all of them: RBAC compares names for equality only, so finitely many cases answer for everyone.

pub mod case;
pub mod impersonation;
pub mod lookup;
pub mod principal;
pub mod session;
pub mod template;

use std::fmt;

use crate::model::{Account, AwsAuth, Mapping};
pub use case::{Case, Condition, When};
pub use lookup::MappingIndex;
use lookup::{Found, look_up};
pub use principal::{Principal, PrincipalKind, Session};
use session::is_instance_id;
pub use session::{SessionNames, SessionPattern};
pub use template::{Hole, Rendered};
use template::{Values, needs_instance, render};

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
    /// An entry of `mapRoles` or `mapUsers`.
    Mapping {
        /// The ConfigMap.
        aws_auth: &'m AwsAuth,
        /// The entry in force.
        mapping: &'m Mapping,
        /// Entries for the same caller that it shadows.
        shadowed: Vec<&'m Mapping>,
    },
    /// An item of `mapAccounts`.
    Account {
        /// The ConfigMap.
        aws_auth: &'m AwsAuth,
        /// The item.
        account: &'m Account,
    },
    /// The question named user and groups.
    Given,
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

/// Why a caller is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unauthenticated<'m> {
    /// No mapping names the caller, and no list its account.
    NotMapped,
    /// The mapping asks for the host name of an EC2 instance, and the session name is no instance id.
    NoInstance {
        /// The ConfigMap.
        aws_auth: &'m AwsAuth,
        /// The mapping.
        mapping: &'m Mapping,
        /// `username` or `group`, and the template that asks.
        what: &'static str,
        /// The template.
        template: &'m str,
    },
}

/// In the authenticator's words.
impl fmt::Display for Unauthenticated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMapped => f.write_str("identity is not mapped"),
            Self::NoInstance { what, template, .. } => write!(
                f,
                "mapper EKSConfigMap renderTemplates error: error rendering {what} template {template:?}: \
                 SessionName did not contain an instance id"
            ),
        }
    }
}

/// What the cluster takes the principal for, through aws-auth. Never empty. Where one session name, host name or
/// access key makes a difference to *whether* the caller is let in, or chance does, there is a case for each;
/// [`Case::split`] goes on from there to the names that bindings single out.
pub fn authenticate<'m>(aws_auth: Option<&'m AwsAuth>, principal: &'m Principal) -> Vec<Case<'m>> {
    let Some(aws_auth) = aws_auth else {
        let when = When::anything(principal);
        return vec![Case { when, outcome: Err(Unauthenticated::NotMapped) }];
    };
    let found = look_up(aws_auth, &principal.canonical, &principal.account);
    authenticated(aws_auth, found, principal)
}

/// The same through an index, for whoever asks for many principals.
pub fn authenticate_in<'m>(index: &MappingIndex<'m>, principal: &'m Principal) -> Vec<Case<'m>> {
    authenticated(index.aws_auth(), index.look_up(&principal.canonical, &principal.account), principal)
}

fn authenticated<'m>(aws_auth: &'m AwsAuth, found: Found<'m>, principal: &'m Principal) -> Vec<Case<'m>> {
    let when = When::anything(principal);
    match found {
        Found::Nothing => vec![Case { when, outcome: Err(Unauthenticated::NotMapped) }],
        Found::Account(account) => {
            let identity = Identity {
                principal: Some(principal),
                when: when.clone(),
                source: Source::Account { aws_auth, account },
                username: match principal.kind {
                    PrincipalKind::Account => Rendered::anyone(),
                    _ => Rendered::text(&principal.canonical),
                },
                groups: Vec::new(),
            };
            vec![Case { when, outcome: Ok(identity.with_implied_groups()) }]
        }
        Found::Mapping { mapping, shadowed } => mapped(aws_auth, mapping, &shadowed, principal, &when),
        Found::Random(several) => several
            .into_iter()
            .flat_map(|mapping| {
                let when = When { chance: Some(mapping.position), ..when.clone() };
                mapped(aws_auth, mapping, &[], principal, &when)
            })
            .collect(),
    }
}

fn mapped<'m>(
    aws_auth: &'m AwsAuth,
    mapping: &'m Mapping,
    shadowed: &[&'m Mapping],
    principal: &'m Principal,
    when: &When,
) -> Vec<Case<'m>> {
    let asking = std::iter::once(("username", &mapping.username))
        .chain(mapping.groups.iter().map(|group| ("group", group)))
        .find(|(_, template)| needs_instance(template));
    let refused = |when: When| {
        let (what, template) = asking.unwrap_or(("username", &mapping.username));
        Case { when, outcome: Err(Unauthenticated::NoInstance { aws_auth, mapping, what, template }) }
    };
    let accepted = |when: When| {
        let identity = Identity {
            principal: Some(principal),
            when: when.clone(),
            source: Source::Mapping { aws_auth, mapping, shadowed: shadowed.to_vec() },
            username: rendered(&mapping.username, principal),
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
    pub fn mapping(&self) -> Option<(&'m AwsAuth, &'m Mapping)> {
        match &self.source {
            Source::Mapping { aws_auth, mapping, .. } => Some((aws_auth, mapping)),
            _ => None,
        }
    }
}
