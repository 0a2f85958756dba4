//! `builtin`.

use std::io::{self, Write};

use super::args::Builtin;
use super::exit::{Exit, Failure};
use crate::model::builtin::{Edition, UnknownVersion, Version};

pub(super) fn run(arguments: &Builtin) -> Result<Exit, Failure> {
    let version = match arguments.builtin.as_deref() {
        None => Version::newest(),
        Some(text) => {
            text.parse().map_err(|error: UnknownVersion| Failure::usage(error.to_string(), error.help()))?
        }
    };
    let mut out = io::stdout().lock();
    out.write_all(Edition::Kubernetes(version).manifest().text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Yes)
}
