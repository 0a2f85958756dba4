//! SARIF and `JUnit` of every command that writes them, on the examples and on random clusters, held to the schemas of those
//! who read them: the part that is written by a schema of our own, always; the whole by the standard's, where `.ci/schemas`
//! has taken it from a package (`IAMRBAC_SCHEMAS` names the directory).

mod junit;
pub mod sarif;

use std::path::PathBuf;

/// A schema that somebody else keeps, where it is at hand.
fn foreign(name: &str) -> Option<PathBuf> {
    let Some(directory) = std::env::var_os("IAMRBAC_SCHEMAS") else {
        eprintln!("skipped: IAMRBAC_SCHEMAS names no directory with {name} (.ci/schemas makes one)");
        return None;
    };
    let path = PathBuf::from(directory).join(name);
    assert!(path.exists(), "{}", path.display());
    Some(path)
}
