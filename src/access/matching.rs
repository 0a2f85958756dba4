//! The one matcher: a rule against a request, facet by facet.
//!
//! Upstream: Kubernetes 1.34, `plugin/pkg/auth/authorizer/rbac/rbac.go`, `RuleAllows`, and
//! `pkg/apis/rbac/v1/evaluation_helpers.go`.

use crate::model::{Request, ResourceTarget, Rule, Target};

/// Which element of each of a rule's lists admitted the request. A rule without `resourceNames` admits every name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// A resource request.
    Resource {
        /// Place in `verbs`.
        verb: usize,
        /// Place in `apiGroups`.
        api_group: usize,
        /// Place in `resources`.
        resource: usize,
        /// Place in `resourceNames`, where the rule has any.
        name: Option<usize>,
    },
    /// A non-resource URL.
    Url {
        /// Place in `verbs`.
        verb: usize,
        /// Place in `nonResourceURLs`.
        url: usize,
    },
}

/// The facets of a rule on which a request failed; at least one is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mismatch {
    /// No element of `verbs` admits the verb.
    pub verb: bool,
    /// No element of `apiGroups` admits the group.
    pub api_group: bool,
    /// No element of `resources` admits the resource or its subresource.
    pub resource: bool,
    /// The rule names objects, and not this one.
    pub name: bool,
    /// No element of `nonResourceURLs` admits the path.
    pub url: bool,
}

impl Mismatch {
    /// How many facets failed.
    pub fn count(self) -> usize {
        [self.verb, self.api_group, self.resource, self.name, self.url]
            .into_iter()
            .filter(|&failed| failed)
            .count()
    }
}

/// Whether the rule admits the request. All facets must be met by this one rule; rules never combine.
pub fn admits(rule: &Rule, request: &Request) -> Option<Match> {
    let verb = rule.verbs.iter().position(|verb| verb.admits_verb(&request.verb))?;
    match &request.target {
        Target::Url(path) => {
            let url = rule.urls.iter().position(|url| url.admits(path))?;
            Some(Match::Url { verb, url })
        }
        Target::Resource(target) => {
            let api_group = rule.api_groups.iter().position(|group| group.admits_group(&target.api_group))?;
            let resource = resource_position(rule, target)?;
            let name = match rule.resource_names[..] {
                [] => None,
                _ => Some(rule.resource_names.iter().position(|name| *name == target.name)?),
            };
            Some(Match::Resource { verb, api_group, resource, name })
        }
    }
}

fn resource_position(rule: &Rule, target: &ResourceTarget) -> Option<usize> {
    rule.resources.iter().position(|resource| resource.admits(&target.resource, &target.subresource))
}

/// On which facets the request fails; none if the rule admits it. Agrees with [`admits`] by being asked of the same elements.
pub fn mismatch(rule: &Rule, request: &Request) -> Option<Mismatch> {
    if admits(rule, request).is_some() {
        return None;
    }
    let verb = !rule.verbs.iter().any(|verb| verb.admits_verb(&request.verb));
    Some(match &request.target {
        Target::Url(path) => {
            Mismatch { verb, url: !rule.urls.iter().any(|url| url.admits(path)), ..Mismatch::default() }
        }
        Target::Resource(target) => Mismatch {
            verb,
            api_group: !rule.api_groups.iter().any(|group| group.admits_group(&target.api_group)),
            resource: resource_position(rule, target).is_none(),
            name: !rule.resource_names.is_empty() && !rule.resource_names.contains(&target.name),
            url: false,
        },
    })
}
