//! The caller as AWS knows it: what STS would report for an ARN given on a command line.

use super::session::SessionNames;
use crate::model::SessionName;
use crate::model::arn::{Arn, ArnError, ArnPrincipal, canonical};

/// A caller, or the callers that one role stands for. Kept beside the username all the way to the answer,
/// because access policies and trust policies belong to the principal and not to the username.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The ARN as it was given.
    pub given: String,
    /// The ARN that mappings are compared with, in the letter case of the input; a role's has no path.
    pub canonical: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// Its partition.
    pub partition: String,
    /// Its account.
    pub account: String,
    /// The path that was in the given role ARN and that STS never reports (`team/`); empty if there was none.
    pub dropped_path: String,
    /// Under which session names it calls.
    pub session: Session,
    /// The access key id, if known.
    pub access_key: Option<String>,
    /// The private DNS name of the caller's EC2 instance, if known.
    pub host_name: Option<String>,
    /// The unique id (`AROA…`, `AIDA…`), if known.
    pub user_id: Option<String>,
    /// How it is known that this is the caller, where the question did not name it, in words.
    pub remarks: Vec<String>,
}

/// The kinds of principals that the authenticator can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A role, assumed.
    Role,
    /// An IAM user.
    User,
    /// The root user of an account.
    Root,
    /// A user of `GetFederationToken`.
    FederatedUser,
    /// Not one principal, but all those of an account that no mapping names.
    Account,
}

impl PrincipalKind {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Root => "root user",
            Self::FederatedUser => "federated user",
            Self::Account => "account",
        }
    }
}

/// What is known of the session name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// There is none: users, root and federated users. Templates see the empty text.
    None,
    /// This one.
    Known(SessionName),
    /// Any of these.
    Open(SessionNames),
}

impl Session {
    /// The text that templates see, where it is known.
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::None => Some(""),
            Self::Known(name) => Some(name.as_str()),
            Self::Open(_) => None,
        }
    }
}

impl Principal {
    /// Everyone of an account whom no mapping names; none if the text is not the 12 digits of an account.
    pub fn of_account(id: &str) -> Option<Self> {
        let is_account = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        is_account.then(|| Self {
            given: id.to_owned(),
            canonical: id.to_owned(),
            kind: PrincipalKind::Account,
            partition: String::new(),
            account: id.to_owned(),
            dropped_path: String::new(),
            session: Session::None,
            access_key: None,
            host_name: None,
            user_id: None,
            remarks: Vec::new(),
        })
    }

    /// Reads an ARN. A session name given beside it wins over the one in an assumed role's ARN, and is dropped for
    /// principals that have none. A role's path is dropped, as STS does; without a session name a role stands for all of them.
    pub fn from_arn(given: &str, session: Option<&str>) -> Result<Self, ArnError> {
        let arn = Arn::parse(given)?;
        let known = |name: &str| Session::Known(name.into());
        let (kind, canonical, dropped_path, session) = match arn.principal {
            ArnPrincipal::Role { path, name } => {
                // STS shows neither the path nor a region, which nobody should have written
                let bare = if name.is_empty() && !given.ends_with('/') {
                    given.to_owned()
                } else {
                    format!("arn:{}:iam::{}:role/{name}", arn.partition, arn.account)
                };
                let session = session.map_or_else(|| Session::Open(SessionNames::all()), known);
                (PrincipalKind::Role, bare, path, session)
            }
            ArnPrincipal::AssumedRole { session: own, .. } => {
                (PrincipalKind::Role, canonical(given)?, "", known(session.unwrap_or(own)))
            }
            ArnPrincipal::User => (PrincipalKind::User, given.to_owned(), "", Session::None),
            ArnPrincipal::Root => (PrincipalKind::Root, given.to_owned(), "", Session::None),
            ArnPrincipal::FederatedUser => {
                (PrincipalKind::FederatedUser, given.to_owned(), "", Session::None)
            }
        };
        Ok(Self {
            given: given.to_owned(),
            canonical,
            kind,
            partition: arn.partition.to_owned(),
            account: arn.account.to_owned(),
            dropped_path: dropped_path.to_owned(),
            session,
            access_key: None,
            host_name: None,
            user_id: None,
            remarks: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roles_path_is_dropped_and_a_users_is_kept() {
        let role = Principal::from_arn("arn:aws:iam::1:role/team/x/R", Some("s1")).unwrap();
        assert_eq!(
            (role.canonical.as_str(), role.dropped_path.as_str()),
            ("arn:aws:iam::1:role/R", "team/x/")
        );
        assert_eq!(role.session, Session::Known("s1".into()));
        let user = Principal::from_arn("arn:aws:iam::1:user/team/U", None).unwrap();
        assert_eq!((user.canonical.as_str(), &user.session), ("arn:aws:iam::1:user/team/U", &Session::None));
    }

    #[test]
    fn the_session_of_an_assumed_role() {
        let own = Principal::from_arn("arn:aws:sts::1:assumed-role/R/ann@x", None).unwrap();
        assert_eq!(own.session.known(), Some("ann@x"));
        let given = Principal::from_arn("arn:aws:sts::1:assumed-role/R/ann@x", Some("bob")).unwrap();
        assert_eq!(given.session.known(), Some("bob"));
        let open = Principal::from_arn("arn:aws:iam::1:role/R", None).unwrap();
        assert_eq!(open.session, Session::Open(SessionNames::all()));
    }
}
