//! From the arguments to what is loaded.

use std::path::PathBuf;

use super::args::Input;
use super::exit::Failure;
use crate::manifest::{Loaded, Loader, Options};
use crate::model::builtin::Version;
use crate::source::discover::{Filter, Found, files, plain, read, read_standard_input};

/// Reads everything that the arguments name.
pub(super) fn load(input: &Input) -> Result<Loaded, Failure> {
    let options = options(input)?;
    let filter = Filter::new(&input.include, &input.exclude).map_err(|error| {
        Failure::usage(
            format!("`{}` is no glob: {}", error.glob, error.why),
            "put an odd `[` or `{` in brackets: `[[]`",
        )
    })?;
    let here = [PathBuf::from(".")];
    let arguments = if input.filename.is_empty() { &here[..] } else { &input.filename };
    let found = files(arguments, &filter).map_err(|error| {
        Failure::usage(
            format!("nothing can be read at {}", plain(&error)),
            "give a file, a directory, or `-`",
        )
    })?;
    if found.is_empty() {
        let shown: Vec<String> = arguments.iter().map(|path| format!("`{}`", path.display())).collect();
        return Err(Failure::usage(
            format!("there is no file to read in {}", shown.join(", ")),
            "files that end in .yaml, .yml or .json are read; name others with `--include`",
        ));
    }
    let mut loader = Loader::new(options);
    let ahead = found.iter().filter_map(|found| match found {
        Found::File(path, shown) if shown.contains("ustomization") => Some((path, shown)),
        _ => None,
    });
    for (path, shown) in ahead {
        if let Ok(bytes) = read(path) {
            loader.look_ahead(shown, &bytes);
        }
    }
    for found in found {
        match found {
            Found::File(path, shown) => match read(&path) {
                Ok(bytes) => loader.add(&shown, bytes),
                Err(why) => loader.unreadable(&shown, &why),
            },
            Found::StandardInput => match read_standard_input() {
                Ok(bytes) => loader.add("-", bytes),
                Err(why) => loader.unreadable("-", &why),
            },
            Found::Unreadable(path, why) => loader.unreadable(&path, &why),
        }
    }
    Ok(loader.finish())
}

fn options(input: &Input) -> Result<Options, Failure> {
    let builtin = match input.builtin.as_deref() {
        None => Some(Version::newest()),
        Some("none") => None,
        Some(text) => Some(text.parse().map_err(|error: crate::model::builtin::UnknownVersion| {
            Failure::usage(error.to_string(), format!("{}, or `none`", error.help()))
        })?),
    };
    Ok(Options { default_namespace: input.default_namespace.as_str().into(), builtin, ..Options::default() })
}
