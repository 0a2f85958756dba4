//! From the text of a TYPE to group and plural.

use std::collections::BTreeSet;

use super::note::{Note, NoteCode, listed};
use super::refusal::{UsageError, nearest_full_name};
use crate::model::resource_type::{Found, ResourceType, ResourceTypes, Spelling, TypeSource};
use crate::model::{ApiGroup, ResourceName};

/// A TYPE that was read.
#[derive(Debug)]
pub(super) struct Kind<'t> {
    pub(super) group: ApiGroup,
    pub(super) plural: ResourceName,
    /// The type, where it is known.
    pub(super) known: Option<&'t ResourceType>,
    pub(super) notes: Vec<Note>,
}

/// A TYPE that is being read, with all that may tell what it is.
struct Reading<'a, 't, F> {
    text: &'a str,
    verb: &'a str,
    types: &'t ResourceTypes,
    groups_of: F,
}

impl<'t> Kind<'t> {
    /// Reads a TYPE as [`super::Typed::read`] promises.
    pub(super) fn read(
        text: &str,
        verb: &str,
        types: &'t ResourceTypes,
        groups_of: impl Fn(&str) -> BTreeSet<ApiGroup>,
    ) -> Result<Self, UsageError> {
        if text == "*" {
            return Ok(Self::unknown("*", ApiGroup::default(), None));
        }
        if text.contains(',') {
            return Err(UsageError::several_types(text, verb));
        }
        if let Some(found) = types.find(text) {
            return Ok(Self::found(text, &found));
        }
        Reading { text, verb, types, groups_of }.not_found()
    }

    fn unknown(plural: &str, group: ApiGroup, note: Option<Note>) -> Self {
        Self { group, plural: plural.into(), known: None, notes: note.into_iter().collect() }
    }

    fn found(text: &str, found: &Found<'t>) -> Self {
        let of_type = found.chosen;
        let notes = ambiguous(text, found).into_iter().chain(only_in_rules(text, of_type)).collect();
        Self {
            group: (&*of_type.group).into(),
            plural: (&*of_type.plural).into(),
            known: Some(of_type),
            notes,
        }
    }
}

impl<'t, F: Fn(&str) -> BTreeSet<ApiGroup>> Reading<'_, 't, F> {
    fn not_found(&self) -> Result<Kind<'t>, UsageError> {
        let lower = self.text.to_lowercase();
        let (plural, group) = lower.split_once('.').unwrap_or((&lower, ""));
        if plural.is_empty() {
            return Err(UsageError::type_missing(self.text));
        }
        // a group that a rule names is a group, though it begins like a version
        let is_in_rules = !group.is_empty() && (self.groups_of)(plural).contains(group);
        match group.split_once('.') {
            Some((version, "")) if is_version(version) => self.of_rules(plural),
            Some((version, group)) if is_version(version) && !is_in_rules => {
                Ok(self.of_version(plural, version, group))
            }
            _ if group.is_empty() => self.of_rules(plural),
            _ => Ok(self.as_it_stands(plural, group)),
        }
    }

    fn as_it_stands(&self, plural: &str, group: &str) -> Kind<'t> {
        Kind::unknown(plural, group.into(), Some(unknown_type(self.text, plural, group, self.types)))
    }

    /// `TYPE.VERSION.GROUP` that is not known: the version is left out, as no rule looks at it.
    fn of_version(&self, plural: &str, version: &str, group: &str) -> Kind<'t> {
        let Some(found) = self.types.find(&format!("{plural}.{group}")) else {
            return self.as_it_stands(plural, group);
        };
        let mut kind = Kind::found(self.text, &found);
        let full_name = found.chosen.full_name();
        kind.notes.push(Note {
            code: NoteCode::UnknownVersion,
            message: format!(
                "`{full_name}` is not known in version `{version}`; it is asked all the same, as no rule looks at \
                 versions, but kubectl would not find it"
            ),
            help: Some(format!("leave out the version: `{full_name}`")),
        });
        kind
    }

    /// A type without a group that is not known: its group, if the loaded rules agree on one.
    fn of_rules(&self, plural: &str) -> Result<Kind<'t>, UsageError> {
        let groups = (self.groups_of)(plural);
        let mut each = groups.iter();
        let (Some(group), None) = (each.next(), each.next()) else {
            return Err(if groups.is_empty() {
                UsageError::unknown_type(self.text, self.verb, self.types)
            } else {
                UsageError::group_missing(plural, &groups)
            });
        };
        let note = Note {
            code: NoteCode::GroupFromRule,
            message: format!(
                "`{}` is not a known type; it is asked in {}, the only group in which a loaded rule names it, \
                 and taken as namespaced",
                self.text,
                in_words(group.as_str())
            ),
            help: Some("load its CustomResourceDefinition to be certain".to_owned()),
        };
        Ok(Kind::unknown(plural, group.clone(), Some(note)))
    }
}

fn in_words(group: &str) -> String {
    if group.is_empty() { "the core group".to_owned() } else { format!("group `{group}`") }
}

/// Whether the text is a version as Kubernetes writes them: `v1`, `v2beta1`.
fn is_version(text: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(rest) = text.strip_prefix('v') else { return false };
    match rest.split_once("alpha").or_else(|| rest.split_once("beta")) {
        Some((major, minor)) => number(major) && number(minor),
        None => number(rest),
    }
}

fn unknown_type(text: &str, plural: &str, group: &str, types: &ResourceTypes) -> Note {
    let what = if plural == "*" { "any type".to_owned() } else { format!("`{plural}`") };
    let help = if is_version(group) {
        format!("`{group}` looks like a version; the core group is named by leaving it out: `{plural}`")
    } else if let Some(near) = nearest_full_name(&format!("{plural}.{group}"), types) {
        format!("did you mean `{near}`?")
    } else {
        "load its CustomResourceDefinition to be certain of its name and scope".to_owned()
    };
    Note {
        code: NoteCode::UnknownType,
        message: format!(
            "`{text}` is not a known type; {what} of group `{group}` is asked, and taken as namespaced, where \
             kubectl, if the server did not know it either, would ask the core group for a resource `{text}`"
        ),
        help: Some(help),
    }
}

fn ambiguous(text: &str, found: &Found<'_>) -> Option<Note> {
    let custom = |of_type: &ResourceType| of_type.source == TypeSource::Custom;
    let code = if found.spelling == Spelling::ShortName {
        NoteCode::ShortNameAmbiguous
    } else if custom(found.chosen) || found.others.iter().any(|other| custom(other)) {
        NoteCode::TypeAmbiguous
    } else {
        // built-in types that share a name do so on purpose, and everywhere
        return None;
    };
    let others: Vec<_> = found.others.iter().filter(|other| !same_objects(found.chosen, other)).collect();
    let first = others.first()?;
    let names: Vec<_> = others.iter().map(|other| format!("`{}`", other.full_name())).collect();
    Some(Note {
        code,
        message: format!(
            "`{text}` is read as `{}`, as kubectl reads it, but could also be {}",
            found.chosen.full_name(),
            listed(&names)
        ),
        help: Some(if first.group.is_empty() {
            "name the group to ask for one in particular".to_owned()
        } else {
            format!("name the group to ask for the other: `{}`", first.full_name())
        }),
    })
}

/// Events are in two groups, for one and the same objects.
fn same_objects(one: &ResourceType, other: &ResourceType) -> bool {
    one.kind == "Event" && other.kind == "Event" && one.source == other.source
}

/// kubectl finds none of these, and asks the core group for the whole text. For `users` and `groups` that is right.
fn only_in_rules(text: &str, chosen: &ResourceType) -> Option<Note> {
    if chosen.source != TypeSource::OnlyInRules || (chosen.group.is_empty() && chosen.plural == *text) {
        return None;
    }
    Some(Note {
        code: NoteCode::OnlyInRules,
        message: format!(
            "`{}` of {} is asked, a name that only rules use; kubectl cannot look it up, and would ask the core group \
             for a resource `{text}`",
            chosen.plural,
            in_words(&chosen.group)
        ),
        help: None,
    })
}
