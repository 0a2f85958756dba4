//! From what a person types after `can-i` to the request that is asked: the grammar of `kubectl auth can-i`, with a
//! note wherever the request is not what the words may seem to say. Knows no rules but through the caller's answer to
//! "in which groups do loaded rules name this plural", and decides nothing.
//!
//! Upstream: kubectl 0.34.1, `auth/cani.go`. On purpose it is otherwise here that
//! - a cluster-scoped type is asked at cluster scope, as the API server would, where kubectl sends a namespace;
//! - a named Namespace is asked inside itself, again as the API server would;
//! - a type that is not known, without a group, is refused unless loaded rules tell its group, and with a group it is
//!   asked in that group, where kubectl sends the whole text as a resource of the core group;
//! - names that only rules use (`uids`, `signers`) have their group, where kubectl sends the core group.

use std::collections::BTreeSet;

use crate::model::resource_type::ResourceTypes;
use crate::model::{ApiGroup, Namespace, Request, ResourceName, ResourceTarget, Target, UrlPath};

mod kind;
mod note;
mod refusal;
mod warning;

pub use note::{Note, NoteCode};
pub use refusal::{UsageError, UsageErrorCode};

use kind::Kind;

/// What was typed, nothing of it read yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Typed<'a> {
    /// The verb, kept as it is.
    pub verb: &'a str,
    /// `TYPE`, `TYPE/NAME` or `/url`.
    pub target: &'a str,
    /// `--subresource`; empty is as good as none.
    pub subresource: Option<&'a str>,
    /// `-n`; empty is as good as none, and means `default`.
    pub namespace: Option<&'a str>,
    /// `-A`, which outweighs `-n`.
    pub all_namespaces: bool,
}

/// A request, and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What is to be decided.
    pub request: Request,
    /// Why its namespace is what it is.
    pub scope: Scope,
    /// The namespace that kubectl would send instead, where it would send another: with it kubectl may get another
    /// answer, which no real request would. Empty for none.
    pub kubectl_namespace: Option<Namespace>,
    /// What the person should know, in the order in which the words stand.
    pub notes: Vec<Note>,
}

/// Where a request is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// In the namespace that was typed, or in `default`.
    Namespace,
    /// In all namespaces at once.
    AllNamespaces,
    /// At cluster scope, since objects of the type live in no namespace.
    Cluster,
    /// Inside the very Namespace that is named.
    OwnNamespace,
    /// Nowhere: a URL.
    Url,
}

impl Typed<'_> {
    /// Reads the words. `groups_of` tells in which groups the loaded rules name a plural outright; a rule for any
    /// group names none. It is asked only where the type is not known and has no group.
    ///
    /// Refused are words that ask nothing that could be answered; such a refusal is a mistake in usage, not a no.
    pub fn read(
        &self,
        types: &ResourceTypes,
        groups_of: impl Fn(&str) -> BTreeSet<ApiGroup>,
    ) -> Result<Asked, UsageError> {
        if self.target.starts_with('/') {
            return self.read_url();
        }
        let (type_text, name) = self.target.split_once('/').unwrap_or((self.target, ""));
        let kind = Kind::read(type_text, self.verb, types, groups_of)?;
        Ok(self.read_resource(kind, name))
    }

    fn read_url(&self) -> Result<Asked, UsageError> {
        if let Some(subresource) = self.subresource() {
            return Err(UsageError::subresource_of_url(self.target, subresource));
        }
        let target = Target::Url(UrlPath::from(self.target));
        let mut notes = Vec::new();
        warning::of_url_verb(self.verb, &mut notes);
        warning::of_url(self, &mut notes);
        Ok(Asked {
            request: Request { verb: self.verb.into(), target },
            scope: Scope::Url,
            kubectl_namespace: None,
            notes,
        })
    }

    fn read_resource(&self, kind: Kind<'_>, name: &str) -> Asked {
        let sent_by_kubectl = if self.all_namespaces { "" } else { self.namespace().unwrap_or("default") };
        let scope = self.scope(&kind, name);
        let namespace = match scope {
            Scope::Namespace => sent_by_kubectl,
            Scope::OwnNamespace => name,
            Scope::AllNamespaces | Scope::Cluster | Scope::Url => "",
        };
        let mut notes = Vec::new();
        warning::of_resource_verb(self.verb, &mut notes);
        notes.extend(kind.notes);
        if let Some(known) = kind.known {
            warning::of_parts(self, known, name, &mut notes);
        }
        warning::of_name(self, name, &mut notes);
        warning::of_wildcards(self, &kind.plural, &kind.group, name, &mut notes);
        warning::of_namespace(self, scope, &kind.plural, name, &mut notes);
        let target = ResourceTarget {
            api_group: kind.group,
            resource: kind.plural,
            subresource: self.subresource().unwrap_or_default().into(),
            name: name.into(),
            namespace: namespace.into(),
        };
        Asked {
            request: Request { verb: self.verb.into(), target: Target::Resource(target) },
            scope,
            kubectl_namespace: (namespace != sent_by_kubectl).then(|| sent_by_kubectl.into()),
            notes,
        }
    }

    fn scope(&self, kind: &Kind<'_>, name: &str) -> Scope {
        // a name with a slash is no path segment
        let own =
            is_inside_itself(self.verb, &kind.group, &kind.plural, self.subresource().unwrap_or_default());
        if own && !name.is_empty() && !name.contains('/') {
            Scope::OwnNamespace
        } else if kind.known.is_some_and(|known| !known.namespaced) {
            Scope::Cluster
        } else if self.all_namespaces {
            Scope::AllNamespaces
        } else {
            Scope::Namespace
        }
    }

    fn subresource(&self) -> Option<&str> {
        self.subresource.filter(|text| !text.is_empty())
    }

    fn namespace(&self) -> Option<&str> {
        self.namespace.filter(|text| !text.is_empty())
    }
}

/// Whether a request that names a Namespace is asked inside that very Namespace.
///
/// Upstream: Kubernetes 1.34, `apiserver/pkg/endpoints/request/requestinfo.go`. Requests that name it by a field
/// selector (list, watch), and those that name nothing (create, deletecollection), have no namespace; nor has one for a
/// subresource other than `status` and `finalize`, which are no requests at all.
pub(super) fn is_inside_itself(
    verb: &str,
    group: &ApiGroup,
    resource: &ResourceName,
    subresource: &str,
) -> bool {
    let by_path = match subresource {
        "" => !matches!(verb, "list" | "watch" | "create" | "deletecollection"),
        other => matches!(other, "status" | "finalize"),
    };
    by_path && resource.as_str() == "namespaces" && group.is_empty()
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod tests;
