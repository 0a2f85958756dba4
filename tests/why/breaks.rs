//! What a broken link is, and what the first explanation must name.

use super::random::Random;
use super::world::{Needs, World};

/// One way in which people break one link.
#[derive(Clone, Copy)]
pub struct Break {
    /// The code that the first explanation must have.
    pub code: &'static str,
    pub name: &'static str,
    pub needs: Needs,
    pub change: fn(&mut World, &mut Random) -> Expected,
}

/// Where the first explanation must point.
pub enum Expected {
    /// Into this object.
    At(String),
    /// Nowhere: what is missing is no object of the manifests.
    Nowhere,
}

impl Break {
    pub const fn new(
        code: &'static str,
        name: &'static str,
        needs: Needs,
        change: fn(&mut World, &mut Random) -> Expected,
    ) -> Self {
        Self { code, name, needs, change }
    }
}

pub fn at(id: &str) -> Expected {
    Expected::At(id.to_owned())
}
