//! What is asked: the attributes that the RBAC authorizer looks at, and no others.

use super::name::{ApiGroup, Namespace, ObjectName, ResourceName, Subresource, UrlPath, Verb};

/// One question to the authorizers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// The verb, byte for byte; an empty one is matched by `*` and by an empty element only.
    pub verb: Verb,
    /// What the verb is done to.
    pub target: Target,
}

/// The two families of requests; a rule's fields of the other family are ignored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// An API resource.
    Resource(ResourceTarget),
    /// A non-resource URL.
    Url(UrlPath),
}

/// The attributes of a resource request. Empty texts are literal: no group is the core group,
/// no name is a request that names nothing, no namespace is cluster-wide.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceTarget {
    /// API group without version.
    pub api_group: ApiGroup,
    /// Plural name.
    pub resource: ResourceName,
    /// Subresource, or empty.
    pub subresource: Subresource,
    /// Name of the (parent) object, or empty.
    pub name: ObjectName,
    /// Namespace, or empty.
    pub namespace: Namespace,
}

impl Request {
    /// The namespace whose RoleBindings are asked; none for a cluster-wide request and for a URL.
    pub fn namespace(&self) -> Option<&Namespace> {
        match &self.target {
            Target::Resource(target) if !target.namespace.is_empty() => Some(&target.namespace),
            _ => None,
        }
    }

    /// The same request in another namespace; a URL has none and stays as it is.
    #[must_use]
    pub fn in_namespace(&self, namespace: Namespace) -> Self {
        let mut request = self.clone();
        if let Target::Resource(target) = &mut request.target {
            target.namespace = namespace;
        }
        request
    }
}
