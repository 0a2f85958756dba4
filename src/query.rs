//! Questions made of decisions. Nothing here matches a rule or walks a binding by itself.

pub mod can_i;
pub mod chain;
pub mod gaps;
mod near;
pub mod notes;
pub mod question;
pub mod why;
