//! What a caller may do: as `iamrbac/list/v1`, as CSV, as kubectl's own table, and for people.

mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::callers::{CallersDocument, in_a_cell};
use super::cell::guarded;
use super::json::{NoteDocument, PlaceDocument, WhyDocument, address_place, note_document, why_document};
use super::setting::SettingDocument;
use super::whoami::{CallerDocument, IdentityDocument, caller_document, identity};
use crate::query::can_i::Caller;
use crate::query::list::kubectl::HEADERS;
use crate::query::list::{Listing, Object, Row};
use crate::source::{Address, Sources};

pub use text::text;

/// The name of the contract. v1 grows only by new fields.
pub const SCHEMA: &str = "iamrbac/list/v1";

/// A list of grants.
#[derive(Debug, Serialize)]
pub struct ListingDocument {
    schema: &'static str,
    outcome: &'static str,
    on: Vec<&'static str>,
    namespace: String,
    caller: CallerDocument,
    cases: Vec<CaseDocument>,
    why: Vec<WhyDocument>,
    gaps: Vec<NoteDocument>,
    notes: Vec<NoteDocument>,
    complete: bool,
    #[serde(flatten)]
    setting: SettingDocument,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CaseDocument {
    #[serde(flatten)]
    callers: CallersDocument,
    identity: IdentityDocument,
    privileged: bool,
    access_policies: Vec<AccessPolicyDocument>,
    grants: Vec<GrantDocument>,
}

/// An access policy of EKS, whose rules are not among the grants.
#[derive(Debug, Serialize)]
struct AccessPolicyDocument {
    policy: String,
    scope: String,
    place: Option<PlaceDocument>,
}

/// One resource or URL of one rule, through one binding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GrantDocument {
    scope: &'static str,
    namespace: Option<String>,
    #[serde(flatten)]
    object: ObjectDocument,
    verbs: Vec<String>,
    reach: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    subject: String,
    binding: String,
    binding_place: Option<PlaceDocument>,
    role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    aggregated_from: Option<String>,
    rule: String,
    place: Option<PlaceDocument>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ObjectDocument {
    #[serde(rename_all = "camelCase")]
    Resource {
        api_group: String,
        resource: String,
        subresource: String,
        resource_names: Vec<String>,
    },
    Url {
        path: String,
    },
}

/// The document of a listing. There is always at least one case.
pub fn document(sources: &Sources, caller: &Caller, listing: &Listing<'_>) -> ListingDocument {
    let recognition = &listing.recognition;
    let mut places = Places { sources, known: BTreeMap::new() };
    let cases = recognition.cases.iter().zip(&listing.lists).map(|(case, list)| CaseDocument {
        callers: CallersDocument::of(&case.when),
        identity: identity(sources, case),
        privileged: list.privileged,
        access_policies: list
            .policies
            .iter()
            .map(|association| AccessPolicyDocument {
                policy: association.policy.to_string(),
                scope: association.scope.to_string(),
                place: places.of(association.address.clone()),
            })
            .collect(),
        grants: list.rows.iter().map(|row| grant(&mut places, row)).collect(),
    });
    ListingDocument {
        schema: SCHEMA,
        outcome: listing.outcome.as_str(),
        on: recognition.on.clone(),
        namespace: listing.namespace.to_string(),
        caller: caller_document(caller),
        cases: cases.collect(),
        why: recognition.why.iter().map(|reason| why_document(sources, reason)).collect(),
        gaps: recognition.gaps.iter().map(|gap| note_document(sources, gap)).collect(),
        notes: recognition.notes.iter().map(|note| note_document(sources, note)).collect(),
        complete: recognition.complete,
        setting: recognition.setting.into(),
    }
}

/// Places that many rows share, found once.
struct Places<'a> {
    sources: &'a Sources,
    known: BTreeMap<Address, Option<PlaceDocument>>,
}

impl Places<'_> {
    fn of(&mut self, address: Address) -> Option<PlaceDocument> {
        let place =
            self.known.entry(address).or_insert_with_key(|address| address_place(self.sources, address));
        place.clone()
    }

    fn short(&mut self, address: Address) -> Option<String> {
        self.of(address).map(|place| place.short())
    }
}

fn grant(places: &mut Places<'_>, row: &Row<'_>) -> GrantDocument {
    let rule = row.rule.rule.item;
    let object = match row.object {
        Object::Url(url) => ObjectDocument::Url { path: url.to_string() },
        Object::Resource { api_group, resource } => {
            let (name, subresource) = resource.as_str().split_once('/').unwrap_or((resource.as_str(), ""));
            ObjectDocument::Resource {
                api_group: api_group.to_string(),
                resource: name.to_owned(),
                subresource: subresource.to_owned(),
                resource_names: rule.resource_names.iter().map(ToString::to_string).collect(),
            }
        }
    };
    GrantDocument {
        scope: if row.namespace().is_some() { "namespace" } else { "cluster" },
        namespace: row.namespace().map(ToString::to_string),
        object,
        verbs: rule.verbs.iter().map(ToString::to_string).collect(),
        reach: row.reach.as_str(),
        reason: row.reach.reason().map(ToOwned::to_owned),
        subject: row.bound.subject.item.to_string(),
        binding: row.binding(),
        binding_place: places.of(row.subject_address()),
        role: row.role(),
        aggregated_from: row.written_in(),
        rule: row.rule_address().to_string(),
        place: places.of(row.rule_address()),
    }
}

/// The columns of the CSV.
const COLUMNS: [&str; 19] = [
    "sessions",
    "username",
    "namespace",
    "apiGroup",
    "resource",
    "subresource",
    "resourceNames",
    "path",
    "verbs",
    "reach",
    "reason",
    "subject",
    "binding",
    "role",
    "aggregatedFrom",
    "rule",
    "file",
    "line",
    "privileged",
];

/// One grant a line; lists are separated by blanks, and a grant everywhere has namespace `*`. A member of the privileged
/// group has a line of its own, that gives every verb on everything.
pub fn csv(sources: &Sources, listing: &Listing<'_>, headers: bool) -> Result<String, csv::Error> {
    let mut places = Places { sources, known: BTreeMap::new() };
    let mut writer = csv::Writer::from_writer(Vec::new());
    if headers {
        writer.write_record(COLUMNS)?;
    }
    for (case, list) in listing.recognition.cases.iter().zip(&listing.lists) {
        let who = [
            in_a_cell(&case.when),
            case.identity().map(|identity| identity.username.to_string()).unwrap_or_default(),
        ];
        if list.privileged {
            let everything =
                ["*", "*", "*", "*", "", "*", "*", "whole", "RBAC is not asked"].map(str::to_owned);
            let group = [format!("Group {:?}", crate::access::PRIVILEGED)];
            let empty = ["", "", "", "", "", "", "true"].map(str::to_owned);
            let cells = who.iter().chain(&everything).chain(&group).chain(&empty);
            writer.write_record(cells.map(|cell| guarded(cell)))?;
        }
        for row in &list.rows {
            let cells = who.iter().cloned().chain(cells(&mut places, row));
            writer.write_record(cells.map(|cell| guarded(&cell)))?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

fn cells(places: &mut Places<'_>, row: &Row<'_>) -> Vec<String> {
    let document = grant(places, row);
    let [group, resource, subresource, names, path] = match document.object {
        ObjectDocument::Resource { api_group, resource, subresource, resource_names } => {
            [api_group, resource, subresource, resource_names.join(" "), String::new()]
        }
        ObjectDocument::Url { path } => [String::new(), String::new(), String::new(), String::new(), path],
    };
    let (file, line) = document.place.map_or_else(Default::default, PlaceDocument::file_and_line);
    vec![
        document.namespace.unwrap_or_else(|| "*".to_owned()),
        group,
        resource,
        subresource,
        names,
        path,
        document.verbs.join(" "),
        document.reach.to_owned(),
        document.reason.unwrap_or_default(),
        document.subject,
        document.binding,
        document.role,
        document.aggregated_from.unwrap_or_default(),
        document.rule,
        file,
        line,
        "false".to_owned(),
    ]
}

/// kubectl's table: columns three blanks apart and at least six wide, the last one as it is.
/// Upstream: kubectl 0.34.1, `auth/cani.go`, `printAccess`, and cli-runtime's `GetNewTabWriter`.
pub fn kubectl_table(rows: &[[String; 4]], headers: bool) -> String {
    let heads = headers.then(|| HEADERS.map(str::to_owned));
    let lines: Vec<[String; 4]> =
        heads.into_iter().chain(rows.iter().cloned()).map(|cells| cells.map(|cell| guarded(&cell))).collect();
    let mut widths = [6; 4];
    for cells in &lines {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (cell.chars().count() + 3).max(*width);
        }
    }
    let mut out = String::new();
    for [resource, url, name, verbs] in &lines {
        let [first, second, third, _] = widths;
        let _ = writeln!(out, "{resource:<first$}{url:<second$}{name:<third$}{verbs}");
    }
    out
}
