//! Rules about what is meant to silence the linter: so that an exception cannot outlive its reason.

mod exception_expired;
mod exception_unused;
mod ignore_invalid;
mod ignore_unused;
mod silence_added;

use super::Rule;

/// In order of their numbers.
pub(super) const RULES: &[&Rule] = &[
    &ignore_invalid::RULE,
    &ignore_unused::RULE,
    &exception_expired::RULE,
    &exception_unused::RULE,
    &silence_added::RULE,
];
