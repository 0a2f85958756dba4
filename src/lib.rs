//! `iamrbac`

pub mod model;
pub mod source;
