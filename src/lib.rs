//! `iamrbac`

pub mod access;
pub mod cli;
pub mod finding;
pub mod identity;
pub mod manifest;
pub mod model;
pub mod query;
pub mod report;
pub mod semantics;
pub mod source;
