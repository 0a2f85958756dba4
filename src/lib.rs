//! `iamrbac`

pub mod access;
pub mod identity;
pub mod model;
pub mod source;
