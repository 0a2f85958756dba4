//! The names of the domain, each a type of its own, so that a verb cannot be passed where a group belongs.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        ///
        /// Compared byte for byte, as upstream does. Cheap to clone.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text of the name, as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// True for the empty text, which upstream uses where nothing was said.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<Arc<str>> for $name {
            fn from(text: Arc<str>) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self("".into())
            }
        }
    )*};
}

names! {
    /// What is done to an object: `get`, `list`, `impersonate`; never checked against a list.
    Verb,
    /// An API group without its version; the core group is the empty text.
    ApiGroup,
    /// A resource in its plural form, as in URLs and rules: `pods`.
    ResourceName,
    /// What follows the resource after a slash: `log`, `scale`; empty where the resource itself is meant.
    Subresource,
    /// The name of an object; empty where none is named.
    ObjectName,
    /// A namespace; empty where the request is cluster-wide.
    Namespace,
    /// A Kubernetes username.
    UserName,
    /// A Kubernetes group of users.
    GroupName,
    /// The path of a non-resource URL.
    UrlPath,
    /// A role session name, chosen by whoever assumes the role.
    SessionName,
}
