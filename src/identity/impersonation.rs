//! Acting as somebody else: which permissions it takes, and who one is then.
//!
//! Upstream: Kubernetes 1.34, `apiserver/pkg/endpoints/filters/impersonation.go`.

use super::{ANONYMOUS, Because, Identity, Membership, Rendered, Source, UNAUTHENTICATED, When};
use crate::model::dns::{is_dns_label, is_dns_subdomain};
use crate::model::{Request, ResourceTarget, Target};

/// Whom to act as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impersonation {
    /// The username.
    pub user: String,
    /// The groups, in order.
    pub groups: Vec<String>,
    /// The uid, if one is to be taken on.
    pub uid: Option<String>,
    /// Extra attributes: key (lower case) and value.
    pub extra: Vec<(String, String)>,
}

impl Impersonation {
    /// The permissions that the caller itself needs, one for each value taken on, in upstream's order; all must be granted.
    pub fn requests(&self) -> Vec<Request> {
        let mut requests = vec![match service_account(&self.user) {
            Some((namespace, name)) => request("", "serviceaccounts", "", name, namespace),
            None => request("", "users", "", &self.user, ""),
        }];
        requests.extend(self.groups.iter().map(|group| request("", "groups", "", group, "")));
        let extra = self.extra.iter();
        requests
            .extend(extra.map(|(key, value)| request("authentication.k8s.io", "userextras", key, value, "")));
        requests.extend(self.uid.iter().map(|uid| request("authentication.k8s.io", "uids", "", uid, "")));
        requests
    }

    /// Who one is once the permissions are granted. Groups that are named replace all others, also a service account's own.
    pub fn identity<'m>(&self) -> Identity<'m> {
        let member = |group: &str, because| Membership { group: Rendered::text(group), because };
        let mut groups: Vec<Membership> =
            self.groups.iter().map(|group| member(group, Because::Given)).collect();
        if let (true, Some((namespace, _))) = (groups.is_empty(), service_account(&self.user)) {
            groups.push(member("system:serviceaccounts", Because::ServiceAccount));
            groups.push(member(&format!("system:serviceaccounts:{namespace}"), Because::ServiceAccount));
        }
        let anonymous = self.user == ANONYMOUS;
        if anonymous && !self.groups.iter().any(|group| group == UNAUTHENTICATED) {
            groups.push(member(UNAUTHENTICATED, Because::Unauthenticated));
        }
        let identity = Identity {
            principal: None,
            when: When::default(),
            source: Source::Impersonated,
            username: Rendered::text(&self.user),
            groups,
        };
        identity.with_implied_groups()
    }
}

fn request(group: &str, resource: &str, subresource: &str, name: &str, namespace: &str) -> Request {
    Request {
        verb: "impersonate".into(),
        target: Target::Resource(ResourceTarget {
            api_group: group.into(),
            resource: resource.into(),
            subresource: subresource.into(),
            name: name.into(),
            namespace: namespace.into(),
        }),
    }
}

/// Namespace and name, where the username has the form of a service account's.
/// Upstream: Kubernetes 1.34, `apiserver/pkg/authentication/serviceaccount/util.go`, `SplitUsername`.
pub fn service_account(username: &str) -> Option<(&str, &str)> {
    let (namespace, name) = username.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    (is_dns_label(namespace) && is_dns_subdomain(name)).then_some((namespace, name))
}
