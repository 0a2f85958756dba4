//! Somebody by kind and name, as differences and expectations tell of them.

use std::fmt;

use super::Kind;
use crate::identity::{AUTHENTICATED, UNAUTHENTICATED};

/// Somebody who can hold access, in order of kind and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who {
    /// What they are; a role stands for all its sessions.
    pub kind: Kind,
    /// The canonical ARN, the account, the username or the group; a service account as `namespace/name`.
    pub name: String,
}

impl Who {
    /// Whether it is a principal of AWS, or all those of an account.
    pub const fn is_of_aws(&self) -> bool {
        matches!(self.kind, Kind::Role | Kind::User | Kind::Account)
    }
}

/// `arn:…`, `group devs`, `service account ns/name`.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.kind {
            Kind::Role | Kind::User => f.write_str(name),
            Kind::Account => write!(f, "everybody else of account {name}"),
            Kind::KubernetesUser => write!(f, "user {name}"),
            Kind::KubernetesGroup if name == AUTHENTICATED => {
                write!(f, "everybody who is let in (group {name})")
            }
            Kind::KubernetesGroup if name == UNAUTHENTICATED => write!(f, "everybody else (group {name})"),
            Kind::KubernetesGroup => write!(f, "group {name}"),
            Kind::ServiceAccount => write!(f, "service account {name}"),
        }
    }
}
