//! Who a caller is: for people, as `iamrbac/identity/v1`, and as a `TokenReview`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::callers::CallersDocument;
use super::json::{
    ImpersonationDocument, LinkDocument, NoteDocument, PlaceDocument, WhyDocument, address_place,
    impersonation_document, link_document, note_document, username, why_document,
};
use super::kubectl::{error_of_identity, quoted};
use super::service_account::PodsDocument;
use super::setting::SettingDocument;
use super::text::{Page, Paint, Style, callers, visible, who};
use crate::identity::impersonation::Impersonation;
use crate::identity::{Attributes, Because, Hole, Identity, Membership, Source};
use crate::model::{AwsAuth, MappedPrincipal, Mapping};
use crate::query::can_i::{Caller, CaseAnswer};
use crate::query::chain::{group_link, mapped_by};
use crate::query::whoami::{Outcome, Recognition, holes};
use crate::source::Sources;

/// The name of the contract. v1 grows only by new fields.
pub const SCHEMA: &str = "iamrbac/identity/v1";

/// Who a caller is.
#[derive(Debug, Serialize)]
pub struct RecognitionDocument {
    schema: &'static str,
    outcome: &'static str,
    on: Vec<&'static str>,
    caller: CallerDocument,
    identity: Option<IdentityDocument>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cases: Vec<CaseDocument>,
    why: Vec<WhyDocument>,
    gaps: Vec<NoteDocument>,
    notes: Vec<NoteDocument>,
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pods: Option<PodsDocument>,
    #[serde(flatten)]
    setting: SettingDocument,
}

impl RecognitionDocument {
    /// The same, with the pods' side of a service account.
    #[must_use]
    pub fn with_pods(mut self, pods: Option<PodsDocument>) -> Self {
        self.pods = pods;
        self
    }
}

/// Who was asked about.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallerDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    canonical_arn: Option<String>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,
}

/// What the cluster takes the callers of one case for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IdentityDocument {
    authenticated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    mapped_by: Option<&'static str>,
    mapping: Option<MappingDocument>,
    shadowed: Vec<MappingDocument>,
    username: Option<String>,
    open: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    groups: Vec<GroupDocument>,
    extra: BTreeMap<&'static str, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impersonation: Option<ImpersonationDocument>,
    chain: Vec<LinkDocument>,
}

#[derive(Debug, Serialize)]
struct MappingDocument {
    key: &'static str,
    position: usize,
    principal: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,
    place: Option<PlaceDocument>,
}

#[derive(Debug, Serialize)]
struct GroupDocument {
    name: String,
    because: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    place: Option<PlaceDocument>,
}

#[derive(Debug, Serialize)]
struct CaseDocument {
    #[serde(flatten)]
    callers: CallersDocument,
    identity: IdentityDocument,
}

/// The document of a recognition. `identity` is null where there are several cases.
pub fn document(sources: &Sources, caller: &Caller, recognition: &Recognition<'_>) -> RecognitionDocument {
    let one = matches!(&recognition.cases[..], [_]);
    let cases = recognition.cases.iter().filter(|_| !one).map(|case| CaseDocument {
        callers: CallersDocument::of(&case.when),
        identity: identity(sources, case),
    });
    RecognitionDocument {
        schema: SCHEMA,
        outcome: recognition.outcome.as_str(),
        on: recognition.on.clone(),
        caller: caller_document(caller),
        identity: recognition.cases.first().filter(|_| one).map(|case| identity(sources, case)),
        cases: cases.collect(),
        why: recognition.why.iter().map(|reason| why_document(sources, reason)).collect(),
        gaps: recognition.gaps.iter().map(|gap| note_document(sources, gap)).collect(),
        notes: recognition.notes.iter().map(|note| note_document(sources, note)).collect(),
        complete: recognition.complete,
        pods: None,
        setting: recognition.setting.into(),
    }
}

pub(super) fn caller_document(caller: &Caller) -> CallerDocument {
    match caller {
        Caller::Principal(principal) => CallerDocument {
            arn: Some(principal.given.clone()),
            canonical_arn: Some(principal.canonical.clone()),
            kind: principal.kind.as_str(),
            account: Some(principal.account.clone()),
            session_name: principal.session.known().filter(|name| !name.is_empty()).map(ToOwned::to_owned),
            username: None,
            groups: None,
        },
        Caller::Credential(credential) => CallerDocument {
            arn: None,
            canonical_arn: None,
            kind: credential.kind.as_str(),
            account: None,
            session_name: None,
            username: Some(credential.username.clone()),
            groups: Some(credential.groups.clone()),
        },
        Caller::User { name, groups } => CallerDocument {
            arn: None,
            canonical_arn: None,
            kind: "kubernetes user",
            account: None,
            session_name: None,
            username: Some(name.clone()),
            groups: Some(groups.clone()),
        },
    }
}

/// The identity of a case; the one taken on, where the case acts as somebody else and may.
pub(super) fn identity(sources: &Sources, case: &CaseAnswer<'_>) -> IdentityDocument {
    let own = case.identity.as_ref().ok();
    let shown = case.identity();
    let attributes = shown.map(Attributes::of).unwrap_or_default();
    let mut open: Vec<&'static str> = shown.into_iter().flat_map(holes).map(Hole::token).collect();
    open.sort_unstable();
    open.dedup();
    let (mapping, shadowed) = own.map(|own| mappings(sources, own)).unwrap_or_default();
    IdentityDocument {
        authenticated: own.is_some(),
        error: case.identity.as_ref().err().map(ToString::to_string),
        mapped_by: own.and_then(mapped_by),
        mapping,
        shadowed,
        username: shown.and_then(username),
        open,
        uid: attributes.uid,
        groups: shown
            .map(|identity| identity.groups.iter().map(|member| group(sources, identity, member)).collect())
            .unwrap_or_default(),
        extra: attributes.extra.into_iter().map(|(key, value)| (key, vec![value])).collect(),
        impersonation: case
            .impersonation
            .as_ref()
            .map(|impersonated| impersonation_document(sources, impersonated)),
        chain: case.chain.iter().map(|link| link_document(sources, link)).collect(),
    }
}

fn mappings(sources: &Sources, identity: &Identity<'_>) -> (Option<MappingDocument>, Vec<MappingDocument>) {
    match &identity.source {
        Source::Mapping { aws_auth, mapping, shadowed, behind } => {
            let of_the_same_door = shadowed.iter().map(|other| entry(sources, aws_auth, other));
            let of_later_doors = behind.iter().map(|(door, other)| entry(sources, door, other));
            (Some(entry(sources, aws_auth, mapping)), of_the_same_door.chain(of_later_doors).collect())
        }
        Source::Account { aws_auth, account, .. } => {
            let document = MappingDocument {
                key: crate::model::MapKey::Accounts.as_str(),
                position: account.position,
                principal: account.id.to_string(),
                username: None,
                groups: None,
                place: address_place(sources, &account.address(aws_auth.origin)),
            };
            (Some(document), Vec::new())
        }
        Source::Given | Source::Impersonated | Source::Credential(_) => (None, Vec::new()),
    }
}

fn entry(sources: &Sources, aws_auth: &AwsAuth, mapping: &Mapping) -> MappingDocument {
    MappingDocument {
        key: crate::query::chain::door_name(aws_auth.door, mapping.key),
        position: mapping.position,
        principal: match &mapping.principal {
            MappedPrincipal::Arn(arn) => arn.to_string(),
            MappedPrincipal::Sso { permission_set, account, .. } => {
                format!("permission set {permission_set} of account {account}")
            }
        },
        username: Some(mapping.username.to_string()),
        groups: Some(mapping.groups.iter().map(ToString::to_string).collect()),
        place: address_place(sources, &mapping.address(aws_auth.origin)),
    }
}

fn group(sources: &Sources, identity: &Identity<'_>, member: &Membership) -> GroupDocument {
    let (because, position) = match member.because {
        Because::Mapping(position) => ("mapping", Some(position)),
        Because::Given => ("given", None),
        Because::Authenticated => ("authenticated", None),
        Because::Unauthenticated => ("unauthenticated", None),
        Because::ServiceAccount => ("service-account", None),
    };
    let written =
        position.and_then(|position| identity.mapping()?.1.groups.get(position)).map(ToString::to_string);
    let link = group_link(identity, member);
    GroupDocument {
        name: member.group.to_string(),
        because,
        template: written,
        place: link.address.as_ref().and_then(|address| address_place(sources, address)),
    }
}

/// A `TokenReview` as the API server would answer it, through the authenticator.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenReview {
    api_version: &'static str,
    kind: &'static str,
    metadata: Empty,
    spec: Empty,
    status: TokenReviewStatus,
}

#[derive(Debug, Serialize)]
struct Empty {}

#[derive(Debug, Serialize)]
struct TokenReviewStatus {
    #[serde(skip_serializing_if = "is_false")]
    authenticated: bool,
    user: UserInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct UserInfo {
    #[serde(skip_serializing_if = "String::is_empty")]
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extra: BTreeMap<&'static str, Vec<String>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives fields by reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// The `TokenReview` of a caller, the implied groups included; none where it is not one and the same for all that the
/// caller stands for. Fields without value are left out, as the API does. The uid taken on with `--as-uid` is given
/// beside the recognition, which does not know it.
pub fn token_review(
    recognition: &Recognition<'_>,
    impersonation: Option<&Impersonation>,
) -> Option<TokenReview> {
    let case = match recognition.outcome {
        Outcome::Depends => return None,
        Outcome::Known | Outcome::Refused => recognition.cases.first()?,
    };
    let status = match case.identity() {
        Some(identity) => {
            let attributes = Attributes::of(identity);
            let taken_on = impersonation.and_then(|impersonation| impersonation.uid.clone());
            let user = UserInfo {
                username: identity.username.to_string(),
                uid: attributes.uid.or(taken_on),
                groups: identity.groups.iter().map(|member| member.group.to_string()).collect(),
                extra: attributes.extra.into_iter().map(|(key, value)| (key, vec![value])).collect(),
            };
            TokenReviewStatus { authenticated: true, user, error: None }
        }
        None => TokenReviewStatus {
            authenticated: false,
            user: UserInfo::default(),
            error: Some(match &case.identity {
                Err(why) => why.to_string(),
                Ok(_) => "the caller may not act as the one named".to_owned(),
            }),
        },
    };
    let (metadata, spec) = (Empty {}, Empty {});
    Some(TokenReview { api_version: "authentication.k8s.io/v1", kind: "TokenReview", metadata, spec, status })
}

/// Who a caller is, for people.
pub fn text(
    sources: &Sources,
    caller: &Caller,
    impersonation: Option<&Impersonation>,
    recognition: &Recognition<'_>,
    style: Style,
) -> String {
    let mut page = Page::new(sources, style);
    let asked = who(caller, impersonation);
    match &recognition.cases[..] {
        [case] => {
            let (word, rest) = headline(recognition, &asked, case, style);
            page.line(&format!("{word}{}", visible(&rest)));
            page.one(case);
        }
        cases => {
            let word = match recognition.outcome {
                Outcome::Refused => style.paint(Paint::No, "not let in"),
                _ => style.paint(Paint::Depends, "depends"),
            };
            let on = recognition.on.join(" and the ");
            let on = if on.is_empty() { String::new() } else { format!(", on the {on}") };
            page.line(&format!("{word}{}", visible(&format!("{on}: who is {asked}?"))));
            for case in cases.iter().take(SHOWN_CASES) {
                page.line("");
                page.block(0, &visible(&format!("{}  for {}", in_a_word(case), callers(case))));
                page.one(case);
            }
            page.more_cases(cases.len());
        }
    }
    page.why(&recognition.why);
    page.remarks("gaps, unread input that could turn this answer", &recognition.gaps);
    page.notes(&[], &recognition.notes);
    page.assumed(recognition.setting, caller.principal().is_some());
    if style.references {
        page.references(&recognition.cases);
    }
    page.finish()
}

/// The word, and what follows it.
fn headline(
    recognition: &Recognition<'_>,
    asked: &str,
    case: &CaseAnswer<'_>,
    style: Style,
) -> (String, String) {
    match (recognition.outcome, case.identity()) {
        (Outcome::Known, Some(_)) => {
            (style.paint(Paint::Yes, "known"), format!(", {asked} is {}", in_a_word(case)))
        }
        (_, Some(_)) => {
            let on = recognition.on.join(" and the ");
            let rest = format!(", on the {on}: {asked} is {}", in_a_word(case));
            (style.paint(Paint::Depends, "depends"), rest)
        }
        (_, None) if case.identity.is_err() => {
            (style.paint(Paint::No, "not mapped"), format!(", {asked} is nobody to the cluster"))
        }
        (_, None) => (style.paint(Paint::No, "forbidden"), format!(", {asked} may not act so")),
    }
}

/// `User "ana" in devs, system:authenticated`
pub(super) fn in_a_word(case: &CaseAnswer<'_>) -> String {
    let Some(identity) = case.identity() else { return "nobody".to_owned() };
    let groups: Vec<String> = identity.groups.iter().map(|member| member.group.to_string()).collect();
    let groups = if groups.is_empty() { "no group".to_owned() } else { groups.join(", ") };
    let name = if identity.username.holes().any(|hole| hole == Hole::Anyone) {
        "by its own ARN".to_owned()
    } else {
        quoted(&identity.username.to_string())
    };
    format!("User {name} in {groups}")
}

/// So many cases are shown to people; the rest is counted.
pub(super) const SHOWN_CASES: usize = 20;

impl Page<'_> {
    /// Counts the cases that are not shown.
    pub(super) fn more_cases(&mut self, all: usize) {
        if all > SHOWN_CASES {
            self.line("");
            self.line(&format!("and {} more cases (-o json)", all - SHOWN_CASES));
        }
    }

    /// One case: its chain, then what the authenticator tells beside username and groups.
    fn one(&mut self, case: &CaseAnswer<'_>) {
        if let Some(error) = error_of_identity(case) {
            // not wrapped, so that it can be searched for
            self.line(&visible(&error));
        }
        self.line("");
        self.chain(&case.chain);
        let Some(identity) = case.identity() else { return };
        let attributes = Attributes::of(identity);
        if attributes == Attributes::default() {
            return;
        }
        self.line("");
        let uid = attributes.uid.iter().map(|uid| ("uid", uid));
        let told = uid.chain(attributes.extra.iter().map(|(key, value)| (*key, value)));
        for (key, value) in told.filter(|(_, value)| !value.is_empty()) {
            self.row("  -", key, value, None);
        }
    }
}
