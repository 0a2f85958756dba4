//! How answers look. Everything here gets finished values: nothing is matched, walked or decided.

mod callers;
pub mod cell;
pub mod diff;
pub mod escaped;
pub mod expect;
pub mod github;
mod indented;
pub mod json;
pub mod junit;
pub mod kubectl;
pub mod lint;
pub mod list;
pub mod markdown;
pub mod matrix;
mod pieces;
pub mod replay;
pub mod sarif;
pub mod service_account;
mod setting;
pub mod snippet;
pub mod summary;
mod table;
pub mod text;
pub mod who_can;
pub mod whoami;
mod xml;
