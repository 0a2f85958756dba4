//! How answers look. Everything here gets finished values: nothing is matched, walked or decided.

pub mod json;
pub mod kubectl;
pub mod snippet;
pub mod text;
