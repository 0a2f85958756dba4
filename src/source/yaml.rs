//! Reads audited YAML and JSON exactly as Kubernetes would, and keeps where every value stood.
//!
//! Bytes become text ([`decode`]), text becomes documents ([`documents`]), a document becomes a [`Tree`] of nodes
//! with raw text, style and byte span. A tree that is handed out could always become JSON the way upstream's reader
//! does it (go-yaml v2 as vendored by sigs.k8s.io/yaml 1.6.0, apimachinery 0.34.1); what could not is an [`Error`].
//!
//! Nothing in here knows what a Role or an `aws-auth` is, except the words that [`prefilter`] looks for.

mod build;
mod characters;
mod check;
#[cfg(test)]
mod conformance;
mod decode;
mod documents;
mod error;
mod events;
mod fast;
#[cfg(test)]
mod fast_tests;
mod json;
mod json_text;
mod number;
mod origin;
mod parts;
mod prefilter;
#[cfg(test)]
mod properties;
mod resolve;
mod split;
mod strict;
#[cfg(test)]
mod tests;
mod tree;
mod view;

pub use decode::{Undecodable, decode, plain_text};
pub use documents::{Chunk, Content, Documents, documents, parse_again, parse_chunk, parse_without, skim};
pub use error::{Error, ErrorKind, Limits};
pub use events::parse_first;
pub use json::{looks_like_json, parse_json};
pub use origin::Origins;
pub use parts::{Part, Parts};
pub use prefilter::{NOTED_KINDS, RELEVANT_KINDS, RELEVANT_WORDS, Relevance, prefilter};
pub use resolve::{Resolved, ScalarRef, Style, Tag};
pub use tree::{Field, Fields, Kind, NodeId, Tree};
pub use view::{Override, OverrideReason};
