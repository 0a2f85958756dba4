//! The objects that a cluster has without anybody writing them: what kube-apiserver creates at its start.
//! Knows nothing of the manifests that are audited, nor which of these objects they replace.
//!
//! # Where the facts come from
//!
//! Kubernetes' `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`, run once for each version with the feature gates
//! at their defaults. The order of rules, of their elements and of subjects is that of the objects it makes.
//!
//! # Notation
//!
//! Each version is a text of paragraphs, one to an object, with empty lines between. A line that starts with `#` is
//! a comment. The first line of a paragraph names the object, the others describe it, in this order:
//!
//! ```text
//! ClusterRole name                      or Role, ClusterRoleBinding, RoleBinding; namespaced: namespace/name
//! label key=value
//! annotation key=value
//! collects key=value                    one selector of the aggregation rule
//! rule verbs on resources in apiGroups
//! rule verbs on resources in apiGroups named resourceNames
//! rule verbs at nonResourceURLs
//! gives ClusterRole name                the roleRef; or Role
//! to User name                          a subject; or Group
//! to ServiceAccount namespace/name
//! ```
//!
//! Lists are separated by commas without blanks, and the empty text is written `""`. The paragraph `every object`
//! holds the labels and annotations that all objects have.
//!
//! A version can be told as its difference from another: a second text, applied to the first.
//!
//! ```text
//! ClusterRole name                      adds an object, which must not be there yet
//! - ClusterRole name                    takes one away; followed by a paragraph that adds it, it replaces it
//! ~ ClusterRole name                    changes one, by the lines that follow:
//! rule get on pods in ""                - a line of the object, to go behind
//! - rule list on pods in ""             - takes the next such line away, and goes where it was
//! + rule watch on pods in ""            - inserts a line here
//! every object                          replaces the labels and annotations that all objects have
//! ```
//!
//! Objects stand in order of kind, namespace and name, whatever the order of the texts.

mod entry;
mod layers;
mod manifest;
mod objects;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use super::{Binding, Role};
use crate::source::Origin;
use entry::Entries;
pub use layers::{Header, Kind};
pub use manifest::Manifest;

/// The text of Kubernetes 1.34, from which those of the other versions are told, each from its neighbour.
const KUBERNETES_1_34: &str = include_str!("builtin/kubernetes-1.34.txt");
const KUBERNETES_1_33: &str = include_str!("builtin/kubernetes-1.33.txt");
const KUBERNETES_1_32: &str = include_str!("builtin/kubernetes-1.32.txt");
const KUBERNETES_1_31: &str = include_str!("builtin/kubernetes-1.31.txt");
const KUBERNETES_1_35: &str = include_str!("builtin/kubernetes-1.35.txt");
const KUBERNETES_1_36: &str = include_str!("builtin/kubernetes-1.36.txt");

/// The text of the access policies of EKS.
const EKS_ACCESS_POLICIES: &str = include_str!("builtin/eks-access-policies.txt");

/// The text of the objects that EKS adds.
const EKS: &str = include_str!("builtin/eks.txt");

/// A minor version of Kubernetes whose built-in objects are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 1.31
    V1_31,
    /// 1.32
    V1_32,
    /// 1.33
    V1_33,
    /// 1.34
    V1_34,
    /// 1.35
    V1_35,
    /// 1.36
    V1_36,
}

impl Version {
    /// All of them, the oldest first.
    pub const ALL: &[Self] = &[Self::V1_31, Self::V1_32, Self::V1_33, Self::V1_34, Self::V1_35, Self::V1_36];

    /// The newest of [`Version::ALL`].
    pub const fn newest() -> Self {
        Self::V1_36
    }

    /// The version as people write it: `1.34`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_31 => "1.31",
            Self::V1_32 => "1.32",
            Self::V1_33 => "1.33",
            Self::V1_34 => "1.34",
            Self::V1_35 => "1.35",
            Self::V1_36 => "1.36",
        }
    }

    /// The version nearest to the one in a text, and whether it is that one: the oldest for an older and the newest for a
    /// newer one. What follows the minor version (`1.34.1`, `1.34+`) does not matter. None for what is no version.
    pub fn nearest(text: &str) -> Option<(Self, bool)> {
        let (major, rest) = text.strip_prefix('v').unwrap_or(text).split_once('.')?;
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let wanted: (u32, u32) = (major.parse().ok()?, rest.get(..end)?.parse().ok()?);
        let older = Self::ALL.iter().rev().find(|version| version.numbers() <= wanted);
        let nearest = older.or(Self::ALL.first())?;
        Some((*nearest, nearest.numbers() == wanted))
    }

    const fn numbers(self) -> (u32, u32) {
        match self {
            Self::V1_31 => (1, 31),
            Self::V1_32 => (1, 32),
            Self::V1_33 => (1, 33),
            Self::V1_34 => (1, 34),
            Self::V1_35 => (1, 35),
            Self::V1_36 => (1, 36),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Version {
    type Err = UnknownVersion;

    /// Reads `1.34`, exactly as [`Version::as_str`] writes it; anything else is unknown.
    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let known = Self::ALL.iter().copied().find(|version| version.as_str() == text);
        known.ok_or_else(|| UnknownVersion { text: text.to_owned() })
    }
}

/// A text that is none of [`Version::ALL`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVersion {
    /// What was given.
    pub text: String,
}

impl UnknownVersion {
    /// The remedy: which versions there are.
    pub fn help(&self) -> String {
        let known: Vec<String> = Version::ALL.iter().map(|version| format!("`{version}`")).collect();
        format!("give one of {}", known.join(", "))
    }
}

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the built-in policy of Kubernetes `{}` is not known", self.text)
    }
}

impl std::error::Error for UnknownVersion {}

/// One set of built-in objects: who brings them along, and of which version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// What kube-apiserver creates at its start.
    Kubernetes(Version),
    /// What EKS adds to it, as far as it is known.
    Eks,
    /// The access policies of EKS that AWS publishes, each as the ClusterRole that EKS' authorizer takes it for.
    EksAccessPolicies,
}

/// A built-in object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A Role or a ClusterRole.
    Role(Role),
    /// A RoleBinding or a ClusterRoleBinding.
    Binding(Binding),
}

impl Edition {
    /// The texts that tell this edition: a whole one, then differences.
    const fn layers(self) -> &'static [&'static str] {
        match self {
            Self::Kubernetes(Version::V1_31) => {
                &[KUBERNETES_1_34, KUBERNETES_1_33, KUBERNETES_1_32, KUBERNETES_1_31]
            }
            Self::Kubernetes(Version::V1_32) => &[KUBERNETES_1_34, KUBERNETES_1_33, KUBERNETES_1_32],
            Self::Kubernetes(Version::V1_33) => &[KUBERNETES_1_34, KUBERNETES_1_33],
            Self::Kubernetes(Version::V1_34) => &[KUBERNETES_1_34],
            Self::Kubernetes(Version::V1_35) => &[KUBERNETES_1_34, KUBERNETES_1_35],
            Self::Kubernetes(Version::V1_36) => &[KUBERNETES_1_34, KUBERNETES_1_35, KUBERNETES_1_36],
            Self::Eks => &[EKS],
            Self::EksAccessPolicies => &[EKS_ACCESS_POLICIES],
        }
    }

    /// The objects, in order of kind, namespace and name, each with the origin that is given to its header
    /// and to its index in this order, which is also that of its document in [`Edition::manifest`].
    pub fn objects(self, origin: impl FnMut(&Header, usize) -> Origin) -> Vec<Object> {
        objects::objects(Entries::read(self.layers()).entries, origin)
    }

    /// The same objects in the same order as YAML, as `kubectl get -o yaml` would show them.
    /// The same edition always gives the same bytes.
    pub fn manifest(self) -> Manifest {
        Manifest::write(&Entries::read(self.layers()))
    }
}

/// The name of the file that [`Edition::manifest`] pretends to be: `builtin:kubernetes-1.34`.
impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kubernetes(version) => write!(f, "builtin:kubernetes-{version}"),
            Self::Eks => f.write_str("builtin:eks"),
            Self::EksAccessPolicies => f.write_str("builtin:eks-access-policies-2026-10"),
        }
    }
}
