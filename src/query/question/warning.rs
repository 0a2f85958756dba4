//! What a person should know about a question before trusting its answer.

use super::note::{Note, NoteCode};
use super::refusal::near_enough;
use super::{Scope, Typed};
use crate::model::resource_type::{ResourceType, TypeSource};
use crate::model::{ApiGroup, ResourceName, verb as verbs};

fn note(code: NoteCode, message: String, help: impl Into<Option<String>>) -> Note {
    Note { code, message, help: help.into() }
}

/// Unlike kubectl, which does not look at the verb where `-A` is set, this always does.
pub(super) fn of_resource_verb(verb: &str, notes: &mut Vec<Note>) {
    // constrained impersonation, Kubernetes 1.35 and later
    let is_known = verb == "*"
        || verbs::FOR_RESOURCES.contains(&verb)
        || verb.starts_with("impersonate:")
        || verb.starts_with("impersonate-on:");
    if !is_known {
        let meant = verbs::meant_for_resources(verb).or_else(|| nearest_verb(verb, &verbs::FOR_RESOURCES));
        notes.push(unknown_verb(verb, meant));
    }
}

pub(super) fn of_url_verb(verb: &str, notes: &mut Vec<Note>) {
    if verb == "*" || verbs::FOR_URLS.contains(&verb) {
        return;
    }
    let mut unknown = unknown_verb(verb, nearest_verb(verb, &verbs::FOR_URLS));
    unknown
        .help
        .get_or_insert_with(|| "the verb for a URL is an HTTP method in lower case, as `get`".to_owned());
    notes.push(unknown);
}

fn nearest_verb(verb: &str, known: &[&'static str]) -> Option<&'static str> {
    let lower = verb.to_lowercase();
    let near = known.iter().filter_map(|known| Some((near_enough(&lower, known)?, *known)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

fn unknown_verb(verb: &str, meant: Option<&str>) -> Note {
    note(
        NoteCode::UnknownVerb,
        format!(
            "`{verb}` is not a known verb; it is asked as it stands, and rules compare it letter by letter"
        ),
        meant.map(|meant| format!("did you mean `{meant}`?")),
    )
}

pub(super) fn of_url(typed: &Typed<'_>, notes: &mut Vec<Note>) {
    if is_resource_path(typed.target) {
        notes.push(note(
            NoteCode::ResourceUrl,
            format!(
                "`{}` is the path of a resource, and only rules for URLs are asked; a real request for it needs a \
                 rule for that resource",
                typed.target
            ),
            "ask for the type instead of the URL".to_owned(),
        ));
    }
    if typed.target.contains('*') {
        notes.push(literal_wildcard("the URL", typed.target));
    }
    if let Some(namespace) = typed.namespace() {
        let message = format!("namespace `{namespace}` has no effect: a URL is in no namespace");
        notes.push(note(NoteCode::NamespaceIgnored, message, "leave out `-n`".to_owned()));
    }
}

/// Upstream: Kubernetes 1.34, `apiserver/pkg/endpoints/request/requestinfo.go`.
fn is_resource_path(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default().trim_matches('/');
    let mut segments = path.split('/');
    let needed = match segments.next() {
        Some("api") => 2,
        Some("apis") => 3,
        _ => return false,
    };
    // a pattern is no path
    !path.contains('*') && segments.count() >= needed
}

/// The name and the subresource, as far as the type tells about them.
pub(super) fn of_parts(typed: &Typed<'_>, known: &ResourceType, name: &str, notes: &mut Vec<Note>) {
    let subresource = typed.subresource();
    if let Some(subresource) = subresource.filter(|text| *text != "*" && !known.knows_subresource(text)) {
        notes.push(unknown_subresource(known, subresource));
    }
    if subresource.is_some() || name.is_empty() {
        return;
    }
    let (object, last) = name.rsplit_once('/').map_or(("", name), |(object, last)| (object, last));
    let slash = if object.is_empty() { "" } else { "/" };
    if known.knows_subresource(last) {
        notes.push(note(
            NoteCode::SubresourceMeant,
            format!(
                "`{}` asks for the {} named `{name}`, as in kubectl, not for the subresource `{last}`",
                typed.target,
                one(known)
            ),
            format!(
                "for the subresource ask `{} {}{slash}{object} --subresource {last}`",
                typed.verb, known.plural
            ),
        ));
    } else if !object.is_empty() && known.source != TypeSource::OnlyInRules {
        notes.push(note(
            NoteCode::NameWithSlash,
            format!("the name `{name}` has a slash, and no object has such a name"),
            "a subresource is asked with `--subresource`".to_owned(),
        ));
    }
}

fn one(known: &ResourceType) -> &str {
    if known.singular.is_empty() { "object" } else { &known.singular }
}

fn unknown_subresource(known: &ResourceType, subresource: &str) -> Note {
    let names =
        || known.subresources.iter().map(|served| served.name).chain(known.only_in_rules.iter().copied());
    // the help of kubectl's own flag suggests to write `pod/log`
    let bare = subresource.rsplit_once('/').map_or(subresource, |(_, last)| last).to_lowercase();
    let near = names().filter_map(|name| Some((near_enough(&bare, name)?, name)));
    let help = match near.min_by_key(|(distance, _)| *distance) {
        Some((_, name)) => format!("did you mean `--subresource {name}`?"),
        None if names().next().is_none() => "leave out `--subresource`".to_owned(),
        None => format!("it has `{}`", names().collect::<Vec<_>>().join("`, `")),
    };
    let message =
        format!("`{}` has no known subresource `{subresource}`; it is asked as it stands", known.full_name());
    note(NoteCode::UnknownSubresource, message, help)
}

/// Whether a real request with this verb would have the name.
pub(super) fn of_name(typed: &Typed<'_>, name: &str, notes: &mut Vec<Note>) {
    if name.is_empty() || typed.subresource().is_some() {
        return;
    }
    let (code, message, help) = match typed.verb {
        "create" => (
            NoteCode::NameNeverSent,
            format!(
                "the name `{name}` is asked, but a real create names no object when it is authorized, so that rules \
                 with resourceNames never allow it; only an update or apply that creates the object does"
            ),
            "leave out the name",
        ),
        "deletecollection" => (
            NoteCode::NameNeverSent,
            format!("the name `{name}` is asked, but a real deletecollection never names an object"),
            "leave out the name",
        ),
        "list" | "watch" => (
            NoteCode::NameByFieldSelector,
            format!(
                "the name `{name}` is asked, which a real {} has only with `--field-selector metadata.name={name}`",
                typed.verb
            ),
            "leave out the name to ask for all objects",
        ),
        _ => return,
    };
    notes.push(note(code, message, help.to_owned()));
}

pub(super) fn of_wildcards(
    typed: &Typed<'_>,
    plural: &ResourceName,
    group: &ApiGroup,
    name: &str,
    notes: &mut Vec<Note>,
) {
    if typed.verb == "*" {
        notes.push(literal_wildcard("the verb", "*"));
    }
    if plural.as_str() == "*" {
        let mut of_type = literal_wildcard("the type", "*");
        if group.is_empty() {
            of_type.message.push_str("; the group is the core group, not any");
            of_type.help = Some("for any type of any group ask `*.*`".to_owned());
        }
        notes.push(of_type);
    }
    if group.as_str() == "*" {
        notes.push(literal_wildcard("the group", "*"));
    }
    if typed.subresource() == Some("*") {
        notes.push(literal_wildcard("the subresource", "*"));
    }
    if name == "*" {
        let message =
            "the name `*` is asked as it stands: in a list of resourceNames it is no \"any\"".to_owned();
        notes.push(note(NoteCode::LiteralWildcard, message, "leave out the name to ask for any".to_owned()));
    }
}

fn literal_wildcard(what: &str, text: &str) -> Note {
    let message = format!(
        "{what} `{text}` is asked as it stands: rules that list everything one by one do not allow it, only a wildcard \
         does"
    );
    note(NoteCode::LiteralWildcard, message, None)
}

pub(super) fn of_namespace(
    typed: &Typed<'_>,
    scope: Scope,
    plural: &ResourceName,
    name: &str,
    notes: &mut Vec<Note>,
) {
    let Some(namespace) = typed.namespace() else { return };
    if typed.all_namespaces {
        let message = format!("namespace `{namespace}` has no effect beside `-A`");
        notes.push(note(NoteCode::NamespaceIgnored, message, "leave out one of the two".to_owned()));
        return;
    }
    let asked = match scope {
        Scope::Cluster => "at cluster scope".to_owned(),
        Scope::OwnNamespace if name != namespace => format!("in namespace `{name}` itself"),
        Scope::OwnNamespace | Scope::Namespace | Scope::AllNamespaces | Scope::Url => return,
    };
    notes.push(note(
        NoteCode::NotNamespaced,
        format!(
            "`{plural}` are in no namespace, so that the question is asked {asked}, as a real request would be; kubectl \
             would send namespace `{namespace}`, and may answer otherwise"
        ),
        "leave out `-n`".to_owned(),
    ));
}
