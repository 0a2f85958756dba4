//! Who may do one thing, for comparing with a list that people wrote.
//!
//! A principal counts by the sessions that may. A group and a user count only where no principal that may is in the
//! group or has the username: they then stand for those whom access entries or another identity provider make so.
//! What Kubernetes gives its own components by default counts for nobody but principals.

use std::fmt;

use super::{Unclear, service_account};
use crate::access::{Admission, Policy, admissions, decide};
use crate::identity::{
    AUTHENTICATED, Identity, Principal, PrincipalKind, Session, SessionNames, SessionPattern,
    UNAUTHENTICATED, When,
};
use crate::model::Request;
use crate::query::can_i::{Caller, open_on};
use crate::query::chain::{Link, admission_links, identity_links};
use crate::query::everyone::{Everyone, Kind, Names, Who};

/// Somebody who may.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Who.
    pub who: Who,
    /// Which of the callers that they stand for.
    pub when: When,
    /// Why.
    pub chain: Vec<Link>,
}

impl Holder {
    /// Whether it stands for this session and no other.
    fn is_only_session(&self, name: &str) -> bool {
        let Some(sessions) = &self.when.sessions else { return false };
        let rest = SessionPattern::exactly(name).and_then(|exactly| sessions.and_not(&exactly));
        sessions.contains(name) && rest.is_none()
    }
}

/// As a list names it where it can, else with its condition.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(&self.who))?;
        match &self.when.sessions {
            Some(sessions) if !sessions.is_all() => write!(f, " ({sessions})"),
            _ => Ok(()),
        }
    }
}

/// Somebody named in a list.
#[derive(Clone, Debug)]
pub struct Named {
    who: Who,
    session: Option<String>,
    caller: Caller,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(&self.who))?;
        self.session.as_ref().map_or(Ok(()), |session| write!(f, " ({session})"))
    }
}

impl Named {
    /// Reads an ARN (of an assumed role for one session of it), `user:NAME`, `group:NAME`, `serviceAccount:NS/NAME`
    /// or `account:ID`.
    pub(super) fn read(text: &str) -> Result<Self, Unclear> {
        let unclear = |why: String| {
            let help =
                "write an ARN, `user:NAME`, `group:NAME`, `serviceAccount:NAMESPACE/NAME` or `account:ID`";
            (why, help.to_owned())
        };
        let plain = |kind, name: &str, username: &str, groups: Vec<String>| Self {
            who: Who { kind, name: name.to_owned() },
            session: None,
            caller: Caller::User { name: username.to_owned(), groups },
        };
        match text.split_once(':') {
            Some(("arn", _)) => Self::principal(text).map_err(unclear),
            Some(("user", name)) => Ok(plain(Kind::KubernetesUser, name, name, Vec::new())),
            Some(("group", name)) => {
                let member = "(a member of the group)";
                Ok(plain(Kind::KubernetesGroup, name, member, vec![name.to_owned()]))
            }
            Some(("serviceAccount", account)) => {
                let caller = service_account(account)?;
                let who = Who { kind: Kind::ServiceAccount, name: account.to_owned() };
                Ok(Self { who, session: None, caller })
            }
            Some(("account", id)) => {
                let stranger = format!("arn:aws:iam::{id}:user/(anybody else)");
                let named = Self::principal(&stranger).map_err(unclear)?;
                Ok(Self { who: Who { kind: Kind::Account, name: id.to_owned() }, ..named })
            }
            _ => Err(unclear(format!("`{text}` names nobody"))),
        }
    }

    fn principal(arn: &str) -> Result<Self, String> {
        let principal = Principal::from_arn(arn, None).map_err(|error| error.to_string())?;
        let session = match &principal.session {
            Session::Known(name) => Some(name.to_string()),
            Session::None | Session::Open(_) => None,
        };
        let kind = match principal.kind {
            PrincipalKind::Role => Kind::Role,
            _ => Kind::User,
        };
        let who = Who { kind, name: principal.canonical.clone() };
        Ok(Self { who, session, caller: Caller::Principal(Box::new(principal)) })
    }

    /// The caller to ask for.
    pub(super) fn caller(&self) -> Caller {
        self.caller.clone()
    }

    /// Whether it names them, all of their sessions included.
    pub(super) fn is(&self, who: &Who) -> bool {
        self.session.is_none() && self.who == *who
    }

    /// Whether the holder is among those named.
    pub(super) fn includes(&self, holder: &Holder) -> bool {
        match (&self.who, &self.session) {
            // whoever is let in is in it, and whoever is not let in is in the other
            (Who { kind: Kind::KubernetesGroup, name }, _) if name == AUTHENTICATED => {
                holder.who.kind != Kind::KubernetesGroup || holder.who.name != UNAUTHENTICATED
            }
            (Who { kind: kind @ (Kind::Role | Kind::User), name }, session) => {
                let same = holder.who.kind == *kind && crate::model::arn::equal_fold(name, &holder.who.name);
                same && session.as_ref().is_none_or(|session| holder.is_only_session(session))
            }
            (who, _) => *who == holder.who,
        }
    }
}

/// A holder as a list names it.
pub(super) fn text_of(who: &Who) -> String {
    let name = &who.name;
    match who.kind {
        Kind::Role | Kind::User => name.clone(),
        Kind::Account => format!("account:{name}"),
        Kind::KubernetesGroup => format!("group:{name}"),
        Kind::KubernetesUser => format!("user:{name}"),
        Kind::ServiceAccount => format!("serviceAccount:{name}"),
    }
}

/// The list for a holder: one session of a role as the ARN of the assumed role, everything wider as the role.
pub(super) fn listed(holder: &Holder) -> String {
    let single = holder
        .when
        .sessions
        .as_ref()
        .and_then(SessionNames::representative)
        .filter(|name| holder.is_only_session(name.as_str()));
    let assumed = |arn: &str, session: &str| {
        let (start, role) = arn.split_once(":role/")?;
        let start = start.replacen(":iam:", ":sts:", 1);
        Some(format!("{start}:assumed-role/{role}/{session}"))
    };
    let of_session = single.and_then(|session| assumed(&holder.who.name, session.as_str()));
    of_session.unwrap_or_else(|| text_of(&holder.who))
}

/// Everybody who may, and everybody of whom the input does not tell.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    /// Those who may, in order.
    pub may: Vec<Holder>,
    /// Those of whom it is not known: an access policy that is not published, an entry that was not described.
    pub unknown: Vec<Who>,
}

/// Everybody who may, in order.
pub fn holders(policy: &Policy<'_>, request: &Request) -> Holders {
    let everyone = Everyone::of(policy);
    let names = Names::all(policy);
    let mut holders = Holders::default();
    for entry in &everyone.entries {
        let who = entry.who();
        let cases = everyone.cases(entry, &names);
        let mut own: Vec<Holder> = Vec::new();
        for case in &cases {
            let identity = match &case.outcome {
                Ok(identity) => identity,
                Err(why) => {
                    holders.unknown.extend(why.is_unknown().then(|| who.clone()));
                    continue;
                }
            };
            let counts = |admission: &Admission<'_>| who.is_of_aws() || is_given(policy, admission);
            let Some(admission) = admissions(policy, identity, request).find(counts) else {
                let decision = decide(policy, identity, request);
                let is_open = open_on(Ok(identity), Some(&decision)).is_some();
                holders.unknown.extend(is_open.then(|| who.clone()));
                continue;
            };
            let chain = chain(identity, &admission);
            own.push(Holder { who: who.clone(), when: case.when.clone(), chain });
        }
        // who may in every case may without condition
        if own.len() == cases.len() {
            own.truncate(1);
            for holder in &mut own {
                holder.when = When::default();
            }
        }
        holders.may.extend(own);
    }
    holders.unknown.dedup();
    holders
}

/// Whether somebody gave it, rather than Kubernetes by default.
fn is_given(policy: &Policy<'_>, admission: &Admission<'_>) -> bool {
    match admission {
        Admission::PrivilegedGroup { .. } => false,
        Admission::AccessPolicy(_) => true,
        Admission::Rule(grant) => !policy.cluster.is_builtin(grant.bound.binding.origin),
    }
}

fn chain(identity: &Identity<'_>, admission: &Admission<'_>) -> Vec<Link> {
    let mut links = if identity.principal.is_some() { identity_links(identity) } else { Vec::new() };
    links.extend(admission_links(identity, admission));
    links
}

/// `exactly a, b`, `nobody but a`, `at least a`.
pub(super) fn in_words(field: &str, list: &[String]) -> String {
    let names = list.join(", ");
    match field {
        "exactly" | "atMost" if list.is_empty() => "nobody".to_owned(),
        "exactly" => format!("exactly {names}"),
        "atMost" => format!("nobody but {names}"),
        _ => format!("at least {names}"),
    }
}
