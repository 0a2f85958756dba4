//! One cluster's access configuration, as read.

use std::collections::BTreeMap;

use super::access_entry::{Association, Doors};
use super::binding::Binding;
use super::mapping::{AwsAuth, Backend, Door};
use super::name::{Namespace, ObjectName};
use super::platform::PlatformKnown;
use super::role::{Role, RoleKind};
use crate::source::Origin;

/// All that decides who may do what, of one cluster. Built by [`crate::manifest`]; of objects with one name it
/// holds the one in force.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// Roles and ClusterRoles, in order of their keys.
    pub roles: BTreeMap<Key, Role>,
    /// ClusterRoleBindings, then RoleBindings, in order of namespace and name: the order in which they are walked.
    pub bindings: BTreeMap<Key, Binding>,
    /// The `aws-auth` ConfigMap of `kube-system`.
    pub aws_auth: Option<AwsAuth>,
    /// The other doors, each at most once, in order of the doors: open ones and those that the mode keeps shut.
    pub backends: Vec<Backend>,
    /// The policies that are associated with access entries, in order of loading.
    pub associations: Vec<Association>,
    /// The access policies whose rules AWS publishes, by name; empty where nothing is associated.
    pub access_policies: BTreeMap<ObjectName, Role>,
    /// Which doors are open.
    pub doors: Doors,
    /// Who runs the control plane.
    pub platform: PlatformKnown,
    /// Objects that the API server would refuse, in order of loading: not in the cluster, but named where they matter.
    pub refused: Vec<Refused>,
    /// ConfigMaps that look like aws-auth and are not read by the authenticator.
    pub near_aws_auth: Vec<NearAwsAuth>,
    /// Objects from this one on come with Kubernetes or with the platform, and not from the input.
    pub builtin_from: Option<Origin>,
}

impl Cluster {
    /// What a door holds, whether or not it is open.
    pub fn backend(&self, door: Door) -> Option<&Backend> {
        match door {
            Door::AwsAuth => self.aws_auth.as_ref(),
            _ => self.backends.iter().find(|backend| backend.door == door),
        }
    }

    /// The open doors that hold something, in the order in which they are tried.
    pub fn open_backends(&self) -> impl Iterator<Item = &Backend> {
        self.doors.order.iter().filter_map(|&door| self.backend(door))
    }

    /// The doors that hold something and are not open.
    pub fn shut_backends(&self) -> impl Iterator<Item = &Backend> {
        self.backends.iter().chain(&self.aws_auth).filter(|backend| !self.doors.order.contains(&backend.door))
    }

    /// Whether an object comes with Kubernetes or with the platform.
    pub fn is_builtin(&self, origin: Origin) -> bool {
        self.builtin_from.is_some_and(|first| origin >= first)
    }

    /// Whether a binding comes with the platform and gives a role whose rules the platform does not publish.
    pub fn is_unpublished(&self, binding: &Binding) -> bool {
        let role = || match binding.role_ref.kind {
            RoleKind::ClusterRole => (None, binding.role_ref.name.clone()),
            RoleKind::Role => (binding.namespace.clone(), binding.role_ref.name.clone()),
        };
        self.is_builtin(binding.origin) && !self.roles.contains_key(&role())
    }
}

/// What identifies an object of one kind: namespace (none for a cluster-scoped object, and sorted first) and name.
pub type Key = (Option<Namespace>, ObjectName);

/// An object that the API server would refuse.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Where it was read.
    pub origin: Origin,
    /// Its kind as written.
    pub kind: String,
    /// `namespace/name`, as far as readable.
    pub name: String,
    /// Why, each with the part of the object at fault.
    pub reasons: Vec<(crate::source::Address, String)>,
    /// What the object would be if it were mended in the obvious way; for explanations only.
    pub meant: Meant,
}

/// What a refused object was meant to be.
#[derive(Clone, Debug)]
pub enum Meant {
    /// A role.
    Role(Role),
    /// A binding.
    Binding(Binding),
    /// The `aws-auth` ConfigMap, its texts read as if it were accepted.
    AwsAuth(AwsAuth),
    /// Nothing that can be told.
    Unknown,
}

/// A ConfigMap that is not `kube-system/aws-auth`, but looks as if it should be.
#[derive(Clone, Debug)]
pub struct NearAwsAuth {
    /// What is the matter with it.
    pub why: NearReason,
    /// Its entries, read as the authenticator would.
    pub aws_auth: AwsAuth,
    /// The namespace it is in.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Why a ConfigMap like aws-auth is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NearReason {
    /// Its name is right, its namespace is not `kube-system`.
    WrongNamespace,
    /// It has mappings, but another name.
    WrongName,
    /// A body for `kubectl patch`: mappings without kind or name.
    PatchBody,
}
