//! From the arguments to what is loaded.

use std::mem::ManuallyDrop;
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::allowance::Allowance;
use super::args::{Doors, Input, Mode, PlatformName};
use super::exit::Failure;
use super::progress::Progress;
use crate::identity::Principal;
use crate::manifest::{DoorOptions, Loaded, Loader, Options, Skimmed};
use crate::model::builtin::Version;
use crate::model::service_account::ServiceAccountName;
use crate::model::{AuthenticationMode, Door, Platform};
use crate::source::ahead::in_order;
use crate::source::bytes::{Looked, Unread, look, plain, read, read_standard_input_up_to};
use crate::source::discover::{Filter, Found, files};
use crate::source::revision::{self, Revision, RevisionError};
use crate::source::yaml::Limits;

/// Reads everything that the arguments name. What is loaded lives until the process ends: taking a large cluster apart
/// just before would be work for nothing.
pub(super) fn load(input: &Input) -> Result<ManuallyDrop<Loaded>, Failure> {
    load_paths(input, &input.filename).map(ManuallyDrop::new)
}

/// The same for a caller whose credentials are for a certain cluster.
pub(super) fn load_for(input: &Input, cluster: Option<&str>) -> Result<ManuallyDrop<Loaded>, Failure> {
    let mut options = options(input)?;
    options.doors.preferred_cluster = cluster.map(str::to_owned);
    load_with(input, &input.filename, options).map(ManuallyDrop::new)
}

/// The same with everything that is told of a service account, which takes reading all documents in full.
pub(super) fn load_with_pods(
    input: &Input,
    service_account: Option<ServiceAccountName>,
) -> Result<ManuallyDrop<Loaded>, Failure> {
    let options = Options { service_account, ..options(input)? };
    load_with(input, &input.filename, options).map(ManuallyDrop::new)
}

/// The same of other paths than the arguments name; of the working directory where there are none.
pub(super) fn load_paths(input: &Input, paths: &[PathBuf]) -> Result<Loaded, Failure> {
    load_with(input, paths, options(input)?)
}

fn load_with(input: &Input, paths: &[PathBuf], options: Options) -> Result<Loaded, Failure> {
    let filter = filter(input)?;
    let here = [PathBuf::from(".")];
    let arguments = if paths.is_empty() { &here[..] } else { paths };
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
    // of a service account more is gathered than a look at a file could tell
    let limits = options.service_account.is_none().then_some(options.limits);
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
    add_all(&mut loader, &found, &mut Allowance::new(&input.limits), limits.as_ref());
    let loaded = loader.finish();
    if !loaded.unchosen.is_empty() {
        return Err(unchosen(&loaded));
    }
    Ok(loaded)
}

/// Reads files by several threads, which look at them if there are limits to do it by, and takes them in their order.
fn add_all(loader: &mut Loader, found: &[Found], allowance: &mut Allowance<'_>, limits: Option<&Limits>) {
    let most = allowance.of_file();
    let work = |found: &Found| {
        let whole = |bytes: Vec<u8>| (bytes.len() as u64, Skimmed::whole(bytes));
        let skimmed = match found {
            Found::File(path, shown) => {
                let at = |bytes: &[u8]| Some((bytes.len() as u64, Skimmed::at(shown, bytes, limits?)?));
                look(path, most, at).map(|looked| match looked {
                    Looked::At(skimmed) => skimmed,
                    Looked::Bytes(bytes) => whole(bytes),
                })
            }
            Found::StandardInput => read_standard_input_up_to(most).map(whole),
            Found::Unreadable(_, why) => Err(Unread::Failed(why.clone())),
        };
        let weight = skimmed.as_ref().map_or(0, |(_, skimmed)| skimmed.weight());
        (skimmed, weight)
    };
    // whoever types the input has the terminal
    let typed = found.iter().any(|found| matches!(found, Found::StandardInput));
    let progress = (!typed).then(|| Progress::of("reading files", Some(found.len())));
    let _ = in_order(found, work, |found, result| {
        if let Some(progress) = &progress {
            progress.step();
        }
        let shown = found.shown();
        allowance.take(loader, shown, result, |loader, skimmed| loader.add_skimmed(shown, skimmed));
        ControlFlow::<()>::Continue(())
    });
}

/// Several clusters lie in one tree, or the one that was asked for does not.
fn unchosen(loaded: &Loaded) -> Failure {
    let names: Vec<String> = loaded.unchosen.iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    match &loaded.options.doors.cluster {
        Some(name) => Failure::usage(
            format!("nothing in the input is of a cluster `{name}`"),
            if names.is_empty() {
                "leave out `--cluster`: the input names no cluster".to_owned()
            } else {
                format!("give one of {names}")
            },
        ),
        None => Failure::usage(
            format!("the input is of several clusters: {names}"),
            "choose one with `--cluster NAME`",
        ),
    }
}

fn doors(doors: &Doors) -> Result<DoorOptions, Failure> {
    let mut backends = Vec::new();
    for name in &doors.backend_mode {
        let door = Door::from_backend(name).ok_or_else(|| {
            Failure::usage(
                format!("`{name}` is no backend of the authenticator"),
                "give MountedFile, CRD, DynamicFile or EKSConfigMap",
            )
        })?;
        if backends.contains(&door) {
            return Err(Failure::usage(
                format!("the backend `{name}` is given twice"),
                "give each backend once",
            ));
        }
        backends.push(door);
    }
    let mut sso_role_match = false;
    for gate in &doors.feature_gate {
        match gate.split_once('=') {
            Some(("SSORoleMatch", value @ ("true" | "false"))) => sso_role_match = value == "true",
            _ => {
                return Err(Failure::usage(
                    format!("`{gate}` is no feature gate that is known here"),
                    "give `SSORoleMatch=true`",
                ));
            }
        }
    }
    if let Some(error) = doors.creator.iter().find_map(|arn| Principal::from_arn(arn, None).err()) {
        return Err(Failure::usage(error.to_string(), "give `--creator` the ARN of a role or a user"));
    }
    Ok(DoorOptions {
        authentication_mode: doors.authentication_mode.map(|mode| match mode {
            Mode::ConfigMap => AuthenticationMode::ConfigMap,
            Mode::ApiAndConfigMap => AuthenticationMode::ApiAndConfigMap,
            Mode::Api => AuthenticationMode::Api,
        }),
        cluster: doors.cluster.clone(),
        preferred_cluster: None,
        backend_mode: (!backends.is_empty()).then_some(backends),
        sso_role_match,
        creators: doors.creator.clone(),
    })
}

/// Reads what the arguments name in a revision of the repository, and says how many files that were.
pub(super) fn load_revision(input: &Input, revision: &Revision) -> Result<(Loaded, usize), Failure> {
    let filter = filter(input)?;
    let here = [PathBuf::from(".")];
    let arguments = if input.filename.is_empty() { &here[..] } else { &input.filename };
    let mut loader = Loader::new(options(input)?);
    let mut allowance = Allowance::new(&input.limits);
    let failed = |error: RevisionError| Failure::usage(error.message, error.help);
    let kustomizations = Filter::new(&["*ustomization*".to_owned()], &input.exclude);
    if let Ok(kustomizations) = kustomizations {
        let ahead = |(shown, bytes): revision::File| {
            if let Ok(bytes) = bytes {
                loader.look_ahead(&shown, &bytes);
            }
        };
        revision.files(arguments, &kustomizations, ahead).map_err(failed)?;
    }
    let mut count = 0;
    let _progress = Progress::of("reading a revision", None);
    let each = |(shown, bytes): revision::File| {
        count += 1;
        let read = match bytes {
            Ok(bytes) if bytes.len() as u64 > allowance.of_file() => Err(Unread::TooLong),
            other => other.map(|bytes| (bytes.len() as u64, bytes)).map_err(Unread::Failed),
        };
        allowance.take(&mut loader, &shown, read, |loader, bytes| loader.add(&shown, bytes));
    };
    revision.files(arguments, &filter, each).map_err(failed)?;
    let loaded = loader.finish();
    if !loaded.unchosen.is_empty() {
        return Err(unchosen(&loaded));
    }
    Ok((loaded, count))
}

fn filter(input: &Input) -> Result<Filter, Failure> {
    Filter::new(&input.include, &input.exclude).map_err(|error| {
        Failure::usage(
            format!("`{}` is no glob: {}", error.glob, error.why),
            "put an odd `[` or `{` in brackets: `[[]`",
        )
    })
}

fn options(input: &Input) -> Result<Options, Failure> {
    let builtin = match input.builtin.as_deref() {
        None => Some(Version::newest()),
        Some("none") => None,
        Some(text) => Some(text.parse().map_err(|error: crate::model::builtin::UnknownVersion| {
            Failure::usage(error.to_string(), format!("{}, or `none`", error.help()))
        })?),
    };
    Ok(Options {
        default_namespace: input.default_namespace.as_str().into(),
        builtin,
        platform: input.platform.map(|platform| match platform {
            PlatformName::Eks => Platform::Eks,
            PlatformName::Vanilla => Platform::Vanilla,
        }),
        objects_of_inferred_platform: input.builtin.is_none(),
        builtin_as_described: input.builtin.is_none(),
        doors: doors(&input.doors)?,
        limits: Limits {
            depth: input.limits.limit_nesting,
            documents: input.limits.limit_documents,
            aliases: input.limits.limit_aliases.unwrap_or(usize::MAX),
            ..Limits::default()
        },
        ..Options::default()
    })
}
