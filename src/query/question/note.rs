//! What is told along with an answer.

use std::fmt;

/// Something that the person should know about how the words were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What kind of thing it is.
    pub code: NoteCode,
    /// In words.
    pub message: String,
    /// What to type instead, where there is something.
    pub help: Option<String>,
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All of them, in the order declared.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(super) use codes;

codes! {
    /// The kinds of notes, with names that stay.
    NoteCode {
        /// The name is that of a subresource of the type, which may have been meant.
        SubresourceMeant = "subresource-meant",
        /// `-n` was typed with a cluster-scoped type, and is set aside.
        NotNamespaced = "not-namespaced",
        /// `-n` was typed where it has no effect: with `-A`, or with a URL.
        NamespaceIgnored = "namespace-ignored",
        /// kubectl does not know the verb.
        UnknownVerb = "unknown-verb",
        /// The type is known, and has no such subresource.
        UnknownSubresource = "unknown-subresource",
        /// `TYPE.GROUP` is not known, and asked as it stands.
        UnknownType = "unknown-type",
        /// The type is known, the version is not; no rule looks at versions.
        UnknownVersion = "unknown-version",
        /// The group was taken from the loaded rules.
        GroupFromRule = "group-from-rule",
        /// Only rules use the name; kubectl would ask in another group.
        OnlyInRules = "only-in-rules",
        /// The short name stands for several types.
        ShortNameAmbiguous = "short-name-ambiguous",
        /// The name stands for several types, a custom one among them.
        TypeAmbiguous = "type-ambiguous",
        /// A real request with this verb names no object.
        NameNeverSent = "name-never-sent",
        /// A real request with this verb has a name only by a field selector.
        NameByFieldSelector = "name-by-field-selector",
        /// No object of the type can have a slash in its name.
        NameWithSlash = "name-with-slash",
        /// A `*` is asked as it stands; it is no "any".
        LiteralWildcard = "literal-wildcard",
        /// The URL is the path of a resource: a real request for it is no request for a URL.
        ResourceUrl = "resource-url",
    }
}

/// The most names that a message lists; manifests may bring any number.
const MOST_LISTED: usize = 5;

/// Names with commas between them, and only the number of those that would be too many.
pub(super) fn listed(names: &[String]) -> String {
    let first = names.iter().take(MOST_LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(MOST_LISTED) {
        None | Some(0) => first,
        Some(more) => format!("{first} and {more} more"),
    }
}
