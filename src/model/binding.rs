//! RoleBindings and ClusterRoleBindings: who is given which role, and where.

use std::fmt;

use super::name::{GroupName, Namespace, ObjectName, UserName};
use super::role::RoleKind;
use crate::source::Origin;

/// A RoleBinding or a ClusterRoleBinding that the API server would accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The namespace of a RoleBinding; none for a ClusterRoleBinding.
    pub namespace: Option<Namespace>,
    /// `metadata.name`.
    pub name: ObjectName,
    /// The role that is given.
    pub role_ref: RoleRef,
    /// To whom, in the order written.
    pub subjects: Vec<Subject>,
    /// Where it was read.
    pub origin: Origin,
}

impl Binding {
    /// `RoleBinding` or `ClusterRoleBinding`.
    pub fn kind(&self) -> &'static str {
        if self.namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" }
    }
}

/// What a binding refers to. A `Role` is looked for in the binding's own namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleRef {
    /// `roleRef.kind`
    pub kind: RoleKind,
    /// `roleRef.name`; the role need not exist.
    pub name: ObjectName,
}

/// One element of `subjects`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Whoever has this username.
    User(UserName),
    /// Whoever is in this group.
    Group(GroupName),
    /// Whoever has the username of this service account.
    ServiceAccount {
        /// The subject's namespace, or the binding's where the subject names none.
        namespace: Namespace,
        /// The account's name.
        name: ObjectName,
    },
}

impl Subject {
    /// `User`, `Group` or `ServiceAccount`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "User",
            Self::Group(_) => "Group",
            Self::ServiceAccount { .. } => "ServiceAccount",
        }
    }
}

impl fmt::Display for Subject {
    /// Kind and quoted name as upstream's reason strings write them (a service account's name comes first).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "User {:?}", name.as_str()),
            Self::Group(name) => write!(f, "Group {:?}", name.as_str()),
            Self::ServiceAccount { namespace, name } => {
                write!(f, "ServiceAccount {:?}", format!("{name}/{namespace}"))
            }
        }
    }
}
