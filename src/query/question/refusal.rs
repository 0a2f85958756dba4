//! Words that ask nothing that could be answered, and what may have been meant by them.

use std::collections::BTreeSet;
use std::fmt;

use super::note::{codes, listed};
use crate::model::resource_type::{ResourceType, ResourceTypes};
use crate::model::{ApiGroup, verb as verbs};

/// Why the words cannot be asked. A mistake in usage, never a no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageError {
    /// What kind of mistake it is.
    pub code: UsageErrorCode,
    /// In words.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// What may have been meant, the likeliest first: texts to type as TYPE.
    pub suggestions: Vec<String>,
}

codes! {
    /// The kinds of mistakes, with names that stay.
    UsageErrorCode {
        /// The type is not known, and it has no group.
        UnknownType = "unknown-type",
        /// Rules of several groups name the type, and it is not said which.
        GroupMissing = "group-missing",
        /// No type was typed.
        TypeMissing = "type-missing",
        /// Several types were typed.
        SeveralTypes = "several-types",
        /// `--subresource` was typed with a URL.
        SubresourceOfUrl = "subresource-of-url",
    }
}

impl fmt::Display for UsageError {
    /// The message alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UsageError {}

impl UsageError {
    fn new(code: UsageErrorCode, message: String, help: impl Into<Option<String>>) -> Self {
        Self { code, message, help: help.into(), suggestions: Vec::new() }
    }

    pub(super) fn subresource_of_url(url: &str, subresource: &str) -> Self {
        let message =
            format!("a URL has no subresource, but `--subresource {subresource}` is set for `{url}`");
        let help = "leave out `--subresource`, or name a type instead of the URL".to_owned();
        Self::new(UsageErrorCode::SubresourceOfUrl, message, help)
    }

    pub(super) fn type_missing(type_text: &str) -> Self {
        let message = if type_text.is_empty() {
            "no type is named".to_owned()
        } else {
            format!("`{type_text}` names a group, but no type")
        };
        let help = "name a type, as in `get pods`, or a URL, as in `get /healthz`".to_owned();
        Self::new(UsageErrorCode::TypeMissing, message, help)
    }

    pub(super) fn several_types(type_text: &str, verb: &str) -> Self {
        let message = format!("`{type_text}` names several types, and one is asked at a time");
        let mut each = type_text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let help = match (each.next(), each.next()) {
            (Some(first), Some(second)) => format!("ask `{verb} {first}`, then `{verb} {second}`"),
            (Some(only), None) => format!("ask `{verb} {only}`"),
            _ => "name one type".to_owned(),
        };
        Self::new(UsageErrorCode::SeveralTypes, message, help)
    }

    pub(super) fn group_missing(plural: &str, groups: &BTreeSet<ApiGroup>) -> Self {
        let mut names = Vec::new();
        let mut suggestions = Vec::new();
        for group in groups {
            if group.is_empty() {
                names.push("the core group".to_owned());
            } else {
                names.push(format!("`{group}`"));
                suggestions.push(format!("{plural}.{group}"));
            }
        }
        let message = format!(
            "`{plural}` is not a known type, and rules name it in several groups: {}",
            listed(&names)
        );
        let help = suggestions.first().map(|first| format!("name the group, as in `{first}`"));
        let error = Self::new(UsageErrorCode::GroupMissing, message, help);
        Self { suggestions, ..error }
    }

    pub(super) fn unknown_type(type_text: &str, verb: &str, types: &ResourceTypes) -> Self {
        let message = format!("`{type_text}` is not a known type, and no loaded rule names it in a group");
        let lower = type_text.to_lowercase();
        let suggestions = nearest(&lower, types);
        let help = other_help(&lower, verb, types).unwrap_or_else(|| {
            let load =
                format!("name its group, as in `{lower}.example.com`, or load its CustomResourceDefinition");
            match suggestions.as_slice() {
                [] => load,
                [only] => format!("did you mean `{only}`? if not, {load}"),
                several => format!("did you mean one of `{}`? if not, {load}", several.join("`, `")),
            }
        });
        let error = Self::new(UsageErrorCode::UnknownType, message, help);
        Self { suggestions, ..error }
    }
}

/// The paths that every API server answers; a person may forget their slash.
const ROOTS: &[&str] =
    &["api", "apis", "healthz", "livez", "logs", "metrics", "openapi", "readyz", "version"];

/// Help for texts that are something else than a misspelt type.
fn other_help(lower: &str, verb: &str, types: &ResourceTypes) -> Option<String> {
    if ROOTS.contains(&lower) {
        return Some(format!("a URL begins with a slash: `{verb} /{lower}`"));
    }
    if verbs::FOR_RESOURCES.contains(&lower) && types.find(verb).is_some() {
        return Some(format!("the verb comes first: `{lower} {verb}`"));
    }
    let mut owners = types.iter().filter(|of_type| of_type.subresources.iter().any(|sub| sub.name == lower));
    let owner = owners.next()?;
    let example = format!("{verb} {} --subresource {lower}", typed_for(owner, types));
    Some(format!("`{lower}` is a subresource, asked together with its type: `{example}`"))
}

/// What to type to get this type: its plural if that finds it, else the plural with its group.
fn typed_for(of_type: &ResourceType, types: &ResourceTypes) -> String {
    match types.find(&of_type.plural) {
        Some(found) if found.chosen == of_type => of_type.plural.to_string(),
        _ => of_type.full_name(),
    }
}

/// Longer texts are no misspelling of anything, and comparing them would take time.
const LONGEST_NAME: usize = 64;

/// The known types whose names are most like a text, at most three, the likeliest first.
pub(super) fn nearest(text: &str, types: &ResourceTypes) -> Vec<String> {
    if text.len() > LONGEST_NAME {
        return Vec::new();
    }
    let mut near: Vec<(usize, &ResourceType)> =
        types.iter().filter_map(|of_type| Some((distance(text, of_type)?, of_type))).collect();
    near.sort_by_key(|(distance, _)| *distance);
    let mut suggestions = Vec::new();
    for (_, of_type) in near {
        let suggestion = typed_for(of_type, types);
        if !suggestions.contains(&suggestion) {
            suggestions.push(suggestion);
        }
        if suggestions.len() == 3 {
            break;
        }
    }
    suggestions
}

/// The known type whose plural or singular with its group is most like a text.
pub(super) fn nearest_full_name(text: &str, types: &ResourceTypes) -> Option<String> {
    let near = types.iter().filter(|of_type| !of_type.group.is_empty()).filter_map(|of_type| {
        let full_name = of_type.full_name();
        let singular = format!("{}.{}", of_type.singular, of_type.group);
        let distance = near_enough(text, &full_name).into_iter().chain(near_enough(text, &singular)).min()?;
        Some((distance, full_name))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, full_name)| full_name)
}

/// How far a text is from the nearest name of the type; none if it is too far to be meant.
fn distance(text: &str, of_type: &ResourceType) -> Option<usize> {
    let long = [&*of_type.plural, &*of_type.singular];
    let names = long.into_iter().chain(of_type.short_names.iter());
    names.filter_map(|name| near_enough(text, name)).min()
}

/// The number of slips between two texts, if they are few for their length.
pub(super) fn near_enough(text: &str, name: &str) -> Option<usize> {
    let allowed = (text.len().min(name.len()) / 3).min(3);
    if text.len().abs_diff(name.len()) > allowed || name.len() > LONGEST_NAME {
        return None;
    }
    Some(strsim::osa_distance(text, name)).filter(|distance| *distance <= allowed)
}
