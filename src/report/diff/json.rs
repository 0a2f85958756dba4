//! The JSON contract `iamrbac/diff/v1`. v1 grows only by new fields and new codes.

use serde::Serialize;

use super::{Shown, Way};
use crate::finding::Finding;
use crate::identity::When;
use crate::model::{NamePattern, ObjectName, ResourcePattern, Rule, UrlPattern};
use crate::query::chain::{Link, rule_text};
use crate::query::diff::objects::Happened;
use crate::query::diff::{Change, Entry, Holder, Taken};
use crate::query::everyone::Who;
use crate::report::callers::{CallersDocument, WhenDocument};
use crate::report::json::{LinkDocument, NoteDocument, PlaceDocument, note_document, place_document};
use crate::source::{Address, Sources};

/// The name of the contract.
pub const SCHEMA: &str = "iamrbac/diff/v1";

/// A whole difference.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DifferenceDocument {
    schema: &'static str,
    changed: bool,
    before: String,
    after: String,
    entries: Vec<EntryDocument>,
    gained: Vec<ChangeDocument>,
    lost: Vec<ChangeDocument>,
    without_effect: Vec<ObjectDocument>,
    silences: Vec<SilenceDocument>,
    uncompared: Vec<UncomparedDocument>,
    gaps_before: Vec<NoteDocument>,
    gaps_after: Vec<NoteDocument>,
    complete: bool,
}

#[derive(Debug, Serialize)]
struct EntryDocument {
    #[serde(flatten)]
    who: WhoDocument,
    before: Option<TakenDocument>,
    after: Option<TakenDocument>,
}

#[derive(Debug, Serialize)]
struct WhoDocument {
    kind: &'static str,
    name: String,
    /// Empty for all sessions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sessions: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<String>,
    /// Which of both belong together, where that is not plain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    when: Vec<WhenDocument>,
}

#[derive(Debug, Serialize)]
struct TakenDocument {
    username: String,
    groups: Vec<String>,
    place: Option<PlaceDocument>,
}

#[derive(Debug, Serialize)]
struct ChangeDocument {
    permission: PermissionDocument,
    text: String,
    escalation: bool,
    dangers: Vec<DangerDocument>,
    holders: Vec<HolderDocument>,
    chain: Vec<ChainDocument>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PermissionDocument {
    verbs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    api_groups: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_names: Vec<String>,
    #[serde(rename = "nonResourceURLs", skip_serializing_if = "Vec::is_empty")]
    urls: Vec<String>,
}

#[derive(Debug, Serialize)]
struct DangerDocument {
    code: &'static str,
    why: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HolderDocument {
    #[serde(flatten)]
    who: WhoDocument,
    /// Null for everywhere.
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unchanged_in_namespaces: Vec<String>,
    mapping: Option<PlaceDocument>,
    binding: Option<BindingDocument>,
}

#[derive(Debug, Serialize)]
struct BindingDocument {
    object: String,
    place: Option<PlaceDocument>,
}

#[derive(Debug, Serialize)]
struct ChainDocument {
    #[serde(flatten)]
    link: LinkDocument,
    differs: bool,
}

#[derive(Debug, Serialize)]
struct ObjectDocument {
    object: String,
    happened: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<String>,
    place: Option<PlaceDocument>,
}

#[derive(Debug, Serialize)]
struct SilenceDocument {
    code: &'static str,
    message: String,
    place: Option<PlaceDocument>,
}

#[derive(Debug, Serialize)]
struct UncomparedDocument {
    #[serde(flatten)]
    who: WhoDocument,
    why: String,
}

/// The document of a difference, with what could not be read on each side.
pub fn difference(
    shown: &Shown<'_>,
    (sources_before, gaps_before): (&Sources, &[Finding]),
    (sources_after, gaps_after): (&Sources, &[Finding]),
) -> DifferenceDocument {
    let notes = |sources: &Sources, gaps: &[Finding]| {
        gaps.iter().map(|gap| note_document(sources, gap)).collect::<Vec<_>>()
    };
    let changes = |changes: &[Change], way: Way| {
        changes.iter().map(|change| change_document(shown, way, change)).collect()
    };
    let difference = shown.difference;
    DifferenceDocument {
        schema: SCHEMA,
        changed: !difference.is_empty(),
        before: shown.before.to_owned(),
        after: shown.after.to_owned(),
        entries: difference.entries.iter().map(|entry| entry_document(shown, entry)).collect(),
        gained: changes(&difference.gained, Way::Gained),
        lost: changes(&difference.lost, Way::Lost),
        without_effect: difference
            .without_effect
            .iter()
            .map(|change| ObjectDocument {
                object: change.object.clone(),
                happened: change.what.as_str(),
                was: match &change.what {
                    Happened::Renamed(was) => Some(was.clone()),
                    _ => None,
                },
                place: place(shown, if change.is_after { Way::Gained } else { Way::Lost }, &change.place),
            })
            .collect(),
        silences: shown
            .silences
            .iter()
            .map(|told| SilenceDocument {
                code: told.finding.code.as_str(),
                message: told.finding.message.clone(),
                place: told.place.clone().map(place_document),
            })
            .collect(),
        uncompared: difference
            .uncompared
            .iter()
            .map(|(who, why)| UncomparedDocument { who: who_document(who, &[]), why: why.clone() })
            .collect(),
        gaps_before: notes(sources_before, gaps_before),
        gaps_after: notes(sources_after, gaps_after),
        complete: shown.complete,
    }
}

fn who_document(who: &Who, when: &[When]) -> WhoDocument {
    let CallersDocument { sessions, conditions, when } = CallersDocument::of(when);
    WhoDocument { kind: who.kind.as_str(), name: who.name.clone(), sessions, conditions, when }
}

fn entry_document(shown: &Shown<'_>, entry: &Entry) -> EntryDocument {
    let taken = |taken: &Option<Taken>, way: Way| {
        taken.as_ref().map(|taken| TakenDocument {
            username: taken.username.clone(),
            groups: taken.groups.clone(),
            place: taken.mapping.as_ref().and_then(|address| place(shown, way, address)),
        })
    };
    EntryDocument {
        who: who_document(&entry.who, &entry.when),
        before: taken(&entry.before, Way::Lost),
        after: taken(&entry.after, Way::Gained),
    }
}

fn place(shown: &Shown<'_>, way: Way, address: &Address) -> Option<PlaceDocument> {
    shown.found(way, address).cloned().map(place_document)
}

fn change_document(shown: &Shown<'_>, way: Way, change: &Change) -> ChangeDocument {
    let link = |(position, link): (usize, &Link)| ChainDocument {
        link: LinkDocument::of(
            link,
            link.address.as_ref().and_then(|address| shown.found(way, address)).cloned(),
        ),
        differs: change.differing.contains(&position),
    };
    ChangeDocument {
        permission: permission_document(&change.permission),
        text: rule_text(&change.permission),
        escalation: change.is_escalation(),
        dangers: change
            .dangers
            .iter()
            .map(|danger| DangerDocument { code: danger.code.as_str(), why: danger.why })
            .collect(),
        holders: change.holders.iter().map(|holder| holder_document(shown, way, holder)).collect(),
        chain: change.chain.iter().enumerate().map(link).collect(),
    }
}

fn permission_document(rule: &Rule) -> PermissionDocument {
    let names = |list: &[NamePattern]| list.iter().map(|one| one.as_str().to_owned()).collect();
    PermissionDocument {
        verbs: names(&rule.verbs),
        api_groups: names(&rule.api_groups),
        resources: rule.resources.iter().map(ResourcePattern::to_string).collect(),
        resource_names: rule.resource_names.iter().map(ObjectName::to_string).collect(),
        urls: rule.urls.iter().map(UrlPattern::to_string).collect(),
    }
}

fn holder_document(shown: &Shown<'_>, way: Way, holder: &Holder) -> HolderDocument {
    HolderDocument {
        who: who_document(&holder.who, &holder.when),
        namespace: holder.namespace.as_ref().map(ToString::to_string),
        unchanged_in_namespaces: holder.also_other_side.iter().map(ToString::to_string).collect(),
        mapping: holder.mapping.as_ref().and_then(|address| place(shown, way, address)),
        binding: holder.binding.as_ref().map(|(object, address)| BindingDocument {
            object: object.clone(),
            place: place(shown, way, address),
        }),
    }
}
