//! The JSON contract `iamrbac/decision/v1`. These types are the contract, apart from the model, so that the inside can
//! change. v1 grows only by new fields and new codes.

use serde::Serialize;

use super::callers::CallersDocument;
use super::setting::SettingDocument;
use crate::finding::{Code, Finding, Spot};
use crate::identity::{Hole, Identity, Rendered, Session, Unauthenticated};
use crate::model::{Request, Target};
use crate::query::can_i::{Answer, Caller, CaseAnswer, Impersonated};
use crate::query::chain::{Link, mapped_by};
use crate::query::question::Note;
use crate::query::why::Reason;
use crate::source::{Address, Place, Sources};

/// The name of the contract.
pub const SCHEMA: &str = "iamrbac/decision/v1";

/// One answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionDocument {
    schema: &'static str,
    decision: &'static str,
    on: Vec<&'static str>,
    request: RequestDocument,
    identity: IdentityDocument,
    #[serde(skip_serializing_if = "Option::is_none")]
    impersonation: Option<ImpersonationDocument>,
    authorizer: Option<&'static str>,
    chain: Vec<LinkDocument>,
    other_chains: OtherChains,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cases: Vec<CaseDocument>,
    why: Vec<WhyDocument>,
    gaps: Vec<NoteDocument>,
    notes: Vec<NoteDocument>,
    complete: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    setting: Option<SettingDocument>,
}

/// A line of a batch that could not be answered.
#[derive(Debug, Serialize)]
pub struct ErrorDocument {
    schema: &'static str,
    error: String,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum RequestDocument {
    #[serde(rename_all = "camelCase")]
    Resource {
        verb: String,
        api_group: String,
        resource: String,
        subresource: String,
        name: String,
        namespace: String,
    },
    Url {
        verb: String,
        path: String,
    },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct IdentityDocument {
    authenticated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    canonical_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mapped_by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    groups: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ImpersonationDocument {
    decision: &'static str,
    username: Option<String>,
    groups: Vec<String>,
    checks: Vec<CheckDocument>,
}

#[derive(Debug, Serialize)]
struct CheckDocument {
    decision: &'static str,
    request: RequestDocument,
    chain: Vec<LinkDocument>,
}

#[derive(Debug, Serialize)]
pub(super) struct LinkDocument<T = String> {
    step: &'static str,
    fact: String,
    basis: &'static str,
    object: String,
    place: Option<PlaceDocument<T>>,
}

/// A place, with its own texts or those of somebody else.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlaceDocument<T = String> {
    file: T,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    document: usize,
    path: T,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum OtherChains {
    Count(usize),
    All(Vec<Vec<LinkDocument>>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CaseDocument {
    #[serde(flatten)]
    callers: CallersDocument,
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    chain: Vec<LinkDocument>,
}

#[derive(Debug, Serialize)]
pub(super) struct WhyDocument {
    code: &'static str,
    message: String,
    help: String,
    place: Option<PlaceDocument>,
}

#[derive(Debug, Serialize)]
pub(super) struct NoteDocument {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    severity: &'static str,
    place: Option<PlaceDocument>,
}

/// The document of an answer.
pub fn decision(sources: &Sources, caller: &Caller, answer: &Answer<'_>) -> DecisionDocument {
    // what is shown at the top is the yes, where there is one: it is what an auditor looks for
    let main = answer.cases.iter().find(|case| case.is_allowed()).or_else(|| answer.cases.first());
    let links = |links: &[Link]| links.iter().map(|link| link_document(sources, link)).collect::<Vec<_>>();
    let others = main.map_or(OtherChains::Count(0), |case| match case.others[..] {
        [] => OtherChains::Count(case.other_count),
        _ => OtherChains::All(case.others.iter().map(|chain| links(chain)).collect()),
    });
    let cases = if is_one_case(answer) {
        Vec::new()
    } else {
        answer.cases.iter().map(|case| case_document(sources, case)).collect()
    };
    DecisionDocument {
        schema: SCHEMA,
        decision: answer.verdict.as_str(),
        on: answer.on.clone(),
        request: request_document(&answer.request),
        identity: identity_document(caller, answer, main),
        impersonation: main
            .and_then(|case| case.impersonation.as_ref())
            .map(|impersonated| impersonation_document(sources, impersonated)),
        authorizer: main.and_then(|case| case.admission()).map(crate::access::Admission::authorizer),
        chain: main.map(|case| links(&case.chain)).unwrap_or_default(),
        other_chains: others,
        cases,
        why: answer.why.iter().map(|reason| why_document(sources, reason)).collect(),
        gaps: answer.gaps.iter().map(|gap| note_document(sources, gap)).collect(),
        notes: answer.notes.iter().map(|note| note_document(sources, note)).collect(),
        complete: answer.complete,
        setting: Some(answer.setting.into()),
    }
}

impl DecisionDocument {
    /// Adds what there is to say about how the question was read, before the other notes.
    #[must_use]
    pub fn with_question_notes(mut self, notes: &[Note]) -> Self {
        let asked = notes.iter().map(NoteDocument::of_question);
        self.notes.splice(0..0, asked.collect::<Vec<_>>());
        self
    }
}

/// The document of an ARN that the authenticator refuses.
pub fn refused_arn(arn: &str, request: &Request, error: &str) -> DecisionDocument {
    DecisionDocument {
        schema: SCHEMA,
        decision: "deny",
        on: Vec::new(),
        request: request_document(request),
        identity: IdentityDocument {
            authenticated: false,
            arn: Some(arn.to_owned()),
            canonical_arn: None,
            session_name: None,
            mapped_by: None,
            username: None,
            groups: Vec::new(),
            error: Some(error.to_owned()),
        },
        impersonation: None,
        authorizer: None,
        chain: Vec::new(),
        other_chains: OtherChains::Count(0),
        cases: Vec::new(),
        why: vec![WhyDocument {
            code: Code::ArnInvalid.as_str(),
            message: error.to_owned(),
            help: "give the ARN of a role, a user, the root user, an assumed role or a federated user".into(),
            place: None,
        }],
        gaps: Vec::new(),
        notes: Vec::new(),
        complete: true,
        setting: None,
    }
}

/// The document of a question that cannot be understood.
pub fn error(message: impl Into<String>) -> ErrorDocument {
    ErrorDocument { schema: SCHEMA, error: message.into() }
}

fn is_one_case(answer: &Answer<'_>) -> bool {
    matches!(&answer.cases[..], [case] if case.when.len() == 1)
}

impl RequestDocument {
    /// The document of a request.
    pub(super) fn of(request: &Request) -> Self {
        request_document(request)
    }
}

impl LinkDocument {
    /// The document of a link whose place is known.
    pub(super) fn of(link: &Link, place: Option<Place>) -> Self {
        Self {
            step: link.kind.as_str(),
            fact: link.fact.clone(),
            basis: link.basis.id(),
            object: link.object.clone(),
            place: place.map(place_document),
        }
    }
}

impl<'a> LinkDocument<&'a str> {
    /// The same with the texts of the place.
    pub(super) fn shown(link: Link, place: Option<&'a Place>) -> Self {
        Self {
            step: link.kind.as_str(),
            fact: link.fact,
            basis: link.basis.id(),
            object: link.object,
            place: place.map(PlaceDocument::shown),
        }
    }
}

impl NoteDocument {
    /// The document of a finding.
    pub(super) fn of(sources: &Sources, finding: &Finding) -> Self {
        note_document(sources, finding)
    }

    /// The document of what there is to say about how a question was read.
    pub(super) fn of_question(note: &Note) -> Self {
        Self {
            code: note.code.as_str(),
            message: note.message.clone(),
            help: note.help.clone(),
            severity: "note",
            place: None,
        }
    }
}

fn request_document(request: &Request) -> RequestDocument {
    let verb = request.verb.to_string();
    match &request.target {
        Target::Url(path) => RequestDocument::Url { verb, path: path.to_string() },
        Target::Resource(target) => RequestDocument::Resource {
            verb,
            api_group: target.api_group.to_string(),
            resource: target.resource.to_string(),
            subresource: target.subresource.to_string(),
            name: target.name.to_string(),
            namespace: target.namespace.to_string(),
        },
    }
}

fn identity_document(
    caller: &Caller,
    answer: &Answer<'_>,
    main: Option<&CaseAnswer<'_>>,
) -> IdentityDocument {
    let principal = caller.principal();
    let session_name = principal.and_then(|principal| match &principal.session {
        Session::Known(name) => Some(name.to_string()),
        Session::None | Session::Open(_) => None,
    });
    let identity = main.and_then(|case| case.identity.as_ref().ok());
    let error = main.and_then(|case| case.identity.as_ref().err()).map(Unauthenticated::to_string);
    let one = is_one_case(answer);
    IdentityDocument {
        authenticated: identity.is_some(),
        arn: principal.map(|principal| principal.given.clone()),
        canonical_arn: principal.map(|principal| principal.canonical.clone()),
        session_name,
        mapped_by: identity.and_then(mapped_by),
        // several cases have several names: then the template stands for them all
        username: identity.and_then(|identity| match (one, identity.mapping()) {
            (false, Some((_, mapping))) => Some(mapping.username.to_string()),
            _ => username(identity),
        }),
        groups: identity.map(group_names).unwrap_or_default(),
        error,
    }
}

/// The username, with tokens where callers differ; none where all that is known is that it is the caller's own ARN.
pub(super) fn username(identity: &Identity<'_>) -> Option<String> {
    let is_nobodys = identity.username.holes().any(|hole| hole == Hole::Anyone);
    (!is_nobodys).then(|| identity.username.to_string())
}

fn group_names(identity: &Identity<'_>) -> Vec<String> {
    identity.groups.iter().map(|member| Rendered::to_string(&member.group)).collect()
}

pub(super) fn impersonation_document(
    sources: &Sources,
    impersonated: &Impersonated<'_>,
) -> ImpersonationDocument {
    let decision = |allowed: bool| if allowed { "allow" } else { "deny" };
    let mut chains = impersonated.chains.iter();
    let checks = impersonated.checks.iter().map(|(request, outcome)| {
        let chain = outcome.is_allowed().then(|| chains.next()).flatten();
        CheckDocument {
            decision: if outcome.is_unsettled() { "depends" } else { decision(outcome.is_allowed()) },
            request: request_document(request),
            chain: chain.into_iter().flatten().map(|link| link_document(sources, link)).collect(),
        }
    });
    let checks = checks.collect();
    let identity = impersonated.identity.as_ref();
    ImpersonationDocument {
        decision: decision(identity.is_some()),
        username: identity.and_then(username),
        groups: identity.map(group_names).unwrap_or_default(),
        checks,
    }
}

fn case_document(sources: &Sources, case: &CaseAnswer<'_>) -> CaseDocument {
    CaseDocument {
        callers: CallersDocument::of(&case.when),
        decision: match (case.is_allowed(), case.open_on()) {
            (true, _) => "allow",
            (false, None) => "deny",
            (false, Some(_)) => "depends",
        },
        username: case.identity.as_ref().ok().and_then(username),
        chain: case.chain.iter().map(|link| link_document(sources, link)).collect(),
    }
}

pub(super) fn link_document(sources: &Sources, link: &Link) -> LinkDocument {
    LinkDocument::of(link, link.address.as_ref().and_then(|address| sources.place(address)))
}

/// The place of a part of an object, if it has one.
pub(super) fn address_place(sources: &Sources, address: &Address) -> Option<PlaceDocument> {
    sources.place(address).map(place_document)
}

/// The place of a spot, if it has one.
pub(crate) fn spot_place(sources: &Sources, spot: &Spot) -> Option<Place> {
    spot.place(sources)
}

/// The place of a spot, if it has one.
pub(super) fn place_of_spot(sources: &Sources, spot: &Spot) -> Option<PlaceDocument> {
    spot_place(sources, spot).map(place_document)
}

impl PlaceDocument {
    /// `rbac.yaml:12`
    pub(super) fn short(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// File and line as texts.
    pub(super) fn file_and_line(self) -> (String, String) {
        (self.file, self.line.to_string())
    }
}

impl<'a> PlaceDocument<&'a str> {
    /// The document of a place, with its texts.
    pub(super) fn shown(place: &'a Place) -> Self {
        let &Place { line, column, end_line, end_column, document, .. } = place;
        Self { file: &place.file, line, column, end_line, end_column, document, path: &place.path }
    }
}

pub(super) fn place_document(place: Place) -> PlaceDocument {
    let Place { file, line, column, end_line, end_column, document, path, .. } = place;
    PlaceDocument { file, line, column, end_line, end_column, document, path }
}

pub(super) fn why_document(sources: &Sources, reason: &Reason) -> WhyDocument {
    WhyDocument {
        code: reason.code.as_str(),
        message: reason.message.clone(),
        help: reason.help.clone(),
        place: place_of_spot(sources, &reason.spot),
    }
}

pub(super) fn note_document(sources: &Sources, finding: &Finding) -> NoteDocument {
    NoteDocument {
        code: finding.code.as_str(),
        message: finding.message.clone(),
        help: finding.help.clone(),
        severity: finding.severity.as_str(),
        place: place_of_spot(sources, &finding.spot),
    }
}
