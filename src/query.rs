//! Questions made of decisions. Nothing here matches a rule or walks a binding by itself.

pub mod ask;
pub mod can_i;
pub mod chain;
mod constrained;
pub mod diff;
pub mod everyone;
pub mod expect;
pub mod gaps;
pub mod glob;
pub mod list;
pub mod matrix;
pub(crate) mod near;
pub mod notes;
pub mod question;
pub mod replay;
pub mod risk;
pub mod service_account;
pub mod setting;
pub mod summary;
pub mod who_can;
pub mod whoami;
pub mod why;
