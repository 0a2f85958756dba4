//! How answers look. Everything here gets finished values: nothing is matched, walked or decided.

pub mod json;
pub mod kubectl;
pub mod matrix;
pub mod snippet;
mod table;
pub mod text;
pub mod who_can;
