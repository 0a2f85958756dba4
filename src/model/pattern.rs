//! The elements of a rule, with their wildcards parsed once. Nothing else in the crate knows what `*` means.
//!
//! Upstream: Kubernetes 1.34, `pkg/apis/rbac/v1/evaluation_helpers.go`.

use std::fmt;
use std::sync::Arc;

use super::name::{ApiGroup, ResourceName, Subresource, UrlPath, Verb};

/// An element of `verbs` or `apiGroups`: `*` admits everything, any other text admits itself only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamePattern {
    /// `*`
    Any,
    /// The exact text.
    Exactly(Arc<str>),
}

impl NamePattern {
    /// Reads one element as it stands in a rule.
    pub fn new(text: &Arc<str>) -> Self {
        if &**text == "*" { Self::Any } else { Self::Exactly(text.clone()) }
    }

    fn admits(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(text) => &**text == name,
        }
    }

    /// Whether the verb of a request is among what this element stands for.
    pub fn admits_verb(&self, verb: &Verb) -> bool {
        self.admits(verb.as_str())
    }

    /// Whether the API group of a request is among what this element stands for.
    pub fn admits_group(&self, group: &ApiGroup) -> bool {
        self.admits(group.as_str())
    }

    /// The element as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => "*",
            Self::Exactly(text) => text,
        }
    }
}

/// An element of `resources`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourcePattern {
    /// `*`: every resource and every subresource.
    Any,
    /// `*/scale`: this subresource of any resource. Holds the whole element.
    OfAnyResource(Arc<str>),
    /// `pods` or `pods/log`: itself only. `pods/*` is no wildcard.
    Exactly(Arc<str>),
}

impl ResourcePattern {
    /// Reads one element as it stands in a rule.
    pub fn new(text: &Arc<str>) -> Self {
        match &**text {
            "*" => Self::Any,
            other if other.len() > 2 && other.starts_with("*/") => Self::OfAnyResource(text.clone()),
            _ => Self::Exactly(text.clone()),
        }
    }

    /// Whether this element admits the resource, or its subresource where one is asked.
    pub fn admits(&self, resource: &ResourceName, subresource: &Subresource) -> bool {
        match self {
            Self::Any => true,
            Self::OfAnyResource(text) => {
                let same_subresource =
                    !subresource.is_empty() && text.strip_prefix("*/") == Some(subresource.as_str());
                same_subresource || is_combined(text, resource, subresource)
            }
            Self::Exactly(text) => is_combined(text, resource, subresource),
        }
    }

    /// The element as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => "*",
            Self::OfAnyResource(text) | Self::Exactly(text) => text,
        }
    }
}

/// Whether `text` is the resource, or `resource/subresource` where there is a subresource.
fn is_combined(text: &str, resource: &ResourceName, subresource: &Subresource) -> bool {
    let Some(rest) = text.strip_prefix(resource.as_str()) else { return false };
    if subresource.is_empty() {
        rest.is_empty()
    } else {
        rest.strip_prefix('/') == Some(subresource.as_str())
    }
}

/// An element of `nonResourceURLs`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UrlPattern {
    /// `*`: every path.
    Any,
    /// A text that ends in `*`: all trailing asterisks removed, the rest is a plain prefix. Holds the whole element.
    Prefix(Arc<str>),
    /// The exact path; an asterisk elsewhere than at the end is a literal.
    Exactly(Arc<str>),
}

impl UrlPattern {
    /// Reads one element as it stands in a rule.
    pub fn new(text: &Arc<str>) -> Self {
        match &**text {
            "*" => Self::Any,
            other if other.ends_with('*') => Self::Prefix(text.clone()),
            _ => Self::Exactly(text.clone()),
        }
    }

    /// Whether this element admits the path. Paths are not normalised.
    pub fn admits(&self, path: &UrlPath) -> bool {
        match self {
            Self::Any => true,
            Self::Prefix(text) => path.as_str().starts_with(text.trim_end_matches('*')),
            Self::Exactly(text) => &**text == path.as_str(),
        }
    }

    /// The element as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => "*",
            Self::Prefix(text) | Self::Exactly(text) => text,
        }
    }
}

macro_rules! display_as_written {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

display_as_written!(NamePattern, ResourcePattern, UrlPattern);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subresource_is_never_implied_by_its_resource() {
        for (element, resource, subresource, admits) in [
            ("pods", "pods", "", true),
            ("pods", "pods", "log", false),
            ("pods/log", "pods", "log", true),
            ("pods/log", "pods", "", false),
            ("*/log", "pods", "log", true),
            ("*/log", "pods", "", false),
            ("*/log", "pods", "example.com/log", false),
            ("*/example.com/scopes", "userextras", "example.com/scopes", true),
            ("pods/*", "pods", "log", false),
            ("pods/*", "pods", "", false),
            ("pods/*", "pods", "*", true),
            ("*/*", "pods", "log", false),
            ("*/*", "pods", "*", true),
            ("*", "pods", "log", true),
            ("pods/log", "pods/log", "", true),
            ("*/log", "pods/log", "", false),
            ("*/", "pods", "", false),
            ("Pods", "pods", "", false),
            ("", "", "", true),
        ] {
            let pattern = ResourcePattern::new(&element.into());
            assert_eq!(
                pattern.admits(&resource.into(), &subresource.into()),
                admits,
                "{element} {resource}/{subresource}"
            );
        }
    }

    #[test]
    fn only_a_trailing_asterisk_of_a_url_is_a_wildcard() {
        for (element, path, admits) in [
            ("*", "/x", true),
            ("/healthz", "/healthz", true),
            ("/healthz", "/healthz/", false),
            ("/api/*", "/api", false),
            ("/api/*", "/api/", true),
            ("/api/*", "/api/v1", true),
            ("/logs*", "/logsfoo/bar", true),
            ("/m/**", "/m/q", true),
            ("/a*b", "/aXb", false),
            ("/a*b", "/a*b", true),
            ("/x*/y*", "/x*/yz", true),
            ("/x*/y*", "/x1/yz", false),
        ] {
            assert_eq!(UrlPattern::new(&element.into()).admits(&path.into()), admits, "{element} {path}");
        }
    }

    #[test]
    fn verbs_and_groups_are_exact() {
        for (element, name, admits) in [
            ("*", "get", true),
            ("*", "*", true),
            ("get", "get", true),
            ("Get", "get", false),
            ("get*", "get", false),
            ("get", "*", false),
        ] {
            assert_eq!(
                NamePattern::new(&element.into()).admits_verb(&name.into()),
                admits,
                "{element} {name}"
            );
        }
    }
}
