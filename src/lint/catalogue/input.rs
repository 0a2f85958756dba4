//! Rules about text that cannot be read, or is not read as it looks.

mod content_dropped;
mod encoding_invalid;
mod field_duplicate;
mod field_unknown;
mod file_unreadable;
mod kustomization_unbuilt;
mod limit_exceeded;
mod list_folded;
mod namespace_assumed;
mod placeholder_unfilled;
mod read_past_error;
mod syntax_error;
mod template_unrendered;
mod version_unknown;

use super::Rule;

/// In order of their numbers.
pub(super) const RULES: &[&Rule] = &[
    &file_unreadable::RULE,
    &encoding_invalid::RULE,
    &syntax_error::RULE,
    &template_unrendered::RULE,
    &limit_exceeded::RULE,
    &placeholder_unfilled::RULE,
    &content_dropped::RULE,
    &read_past_error::RULE,
    &kustomization_unbuilt::RULE,
    &field_duplicate::RULE,
    &field_unknown::RULE,
    &namespace_assumed::RULE,
    &list_folded::RULE,
    &version_unknown::RULE,
];
