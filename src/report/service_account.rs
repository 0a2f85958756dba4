//! The pods' side of a service account: below what `whoami` prints, and as a part of its document.

use serde::Serialize;

use super::json::{NoteDocument, PlaceDocument, address_place, note_document};
use super::text::{Page, Paint, Style, visible};
use crate::access::trust::Trust;
use crate::query::service_account::{PodRole, PodView};
use crate::source::{Address, Sources};

/// The pods' side.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodsDocument {
    object: Option<PlaceDocument>,
    automount: bool,
    automount_place: Option<PlaceDocument>,
    workloads: Vec<WorkloadDocument>,
    tokens: Vec<TokenDocument>,
    roles: Vec<RoleDocument>,
    unread: Vec<NoteDocument>,
}

#[derive(Debug, Serialize)]
struct WorkloadDocument {
    object: String,
    automount: bool,
    place: Option<PlaceDocument>,
}

#[derive(Debug, Serialize)]
struct TokenDocument {
    #[serde(rename = "in")]
    what: String,
    audience: Option<String>,
    seconds: Option<String>,
    place: Option<PlaceDocument>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleDocument {
    via: &'static str,
    role: Option<String>,
    target_role: Option<String>,
    cluster: Option<String>,
    place: Option<PlaceDocument>,
    trust: Option<TrustDocument>,
    remarks: Vec<String>,
}

#[derive(Debug, Serialize)]
struct TrustDocument {
    answer: &'static str,
    remarks: Vec<String>,
    place: Option<PlaceDocument>,
}

/// The document of the pods' side.
pub fn document(sources: &Sources, view: &PodView) -> PodsDocument {
    let place = |address: &Address| address_place(sources, address);
    let (automount, by) = &view.mounted;
    let workloads = view.workloads.iter().map(|(object, automount, address)| WorkloadDocument {
        object: object.clone(),
        automount: *automount,
        place: place(address),
    });
    let tokens = view.tokens.iter().map(|token| TokenDocument {
        what: token.what.clone(),
        audience: token.audience.clone(),
        seconds: token.seconds.clone(),
        place: place(&token.address),
    });
    PodsDocument {
        object: view.object.as_ref().and_then(|(_, address)| place(address)),
        automount: *automount,
        automount_place: by.as_ref().and_then(place),
        workloads: workloads.collect(),
        tokens: tokens.collect(),
        roles: view.roles.iter().map(|role| role_document(sources, role)).collect(),
        unread: view.unread.iter().map(|gap| note_document(sources, gap)).collect(),
    }
}

fn role_document(sources: &Sources, role: &PodRole) -> RoleDocument {
    let trust = role.trust.as_ref().map(|trust| {
        let (answer, remarks) = answer(trust);
        let place = role.trust_address.as_ref().and_then(|address| address_place(sources, address));
        TrustDocument { answer, remarks: remarks.to_vec(), place }
    });
    RoleDocument {
        via: role.via.as_str(),
        role: role.role.clone(),
        target_role: role.target.clone(),
        cluster: role.cluster.clone(),
        place: address_place(sources, &role.address),
        trust,
        remarks: role.remarks.clone(),
    }
}

fn answer(trust: &Trust) -> (&'static str, &[String]) {
    match trust {
        Trust::Yes(remarks) => ("allow", remarks),
        Trust::No(reasons) => ("deny", reasons),
        Trust::Depends(on) => ("depends", on),
    }
}

/// The pods' side, for people.
pub fn text(sources: &Sources, view: &PodView, style: Style) -> String {
    let mut page = Page::new(sources, style);
    let place = |address: &Address| address_place(sources, address).map(|place| place.short());
    page.line("");
    page.line(&style.paint(Paint::Bold, "its pods"));
    match &view.object {
        Some((what, address)) => page.row("  -", "object", what, place(address).as_deref()),
        None => page.row("  -", "object", "there is none of this service account in the input", None),
    }
    let (mounted, by) = &view.mounted;
    let said = if *mounted {
        "pods get its token, unless they say otherwise"
    } else {
        "pods do not get its token, unless they say otherwise"
    };
    page.row("  -", "token ", said, by.as_ref().and_then(place).as_deref());
    for (what, mounted, address) in &view.workloads {
        let said = if *mounted { "gets its token" } else { "does not get its token" };
        page.row("  -", "pods  ", &format!("{what} runs as it, and {said}"), place(address).as_deref());
    }
    for token in &view.tokens {
        let audience = token.audience.as_ref().map_or_else(|| "the API server".to_owned(), Clone::clone);
        let seconds = match &token.seconds {
            Some(seconds) => format!("for {seconds} seconds"),
            None => "without an end".to_owned(),
        };
        let said = format!("in {}, for {audience}, {seconds}", token.what);
        page.row("  -", "token ", &said, place(&token.address).as_deref());
    }
    page.line("");
    page.line(&style.paint(Paint::Bold, "roles of AWS that its pods become"));
    if view.roles.is_empty() {
        page.block(5, "none that the input tells of");
    }
    for (position, role) in view.roles.iter().enumerate() {
        page.pod_role(position, role);
    }
    page.remarks("not read", &view.unread);
    page.finish()
}

impl Page<'_> {
    fn pod_role(&mut self, position: usize, role: &PodRole) {
        let sources = self.sources();
        let place = |address: &Address| address_place(sources, address).map(|place| place.short());
        let by = match role.via {
            crate::query::service_account::Via::Annotation => {
                "by the annotation eks.amazonaws.com/role-arn".to_owned()
            }
            crate::query::service_account::Via::PodIdentity => match &role.cluster {
                Some(cluster) => format!("by Pod Identity of the cluster {cluster}"),
                None => "by Pod Identity".to_owned(),
            },
        };
        let arn = role.role.as_deref().unwrap_or("a role that is not in the input");
        let target =
            role.target.as_ref().map(|target| format!(", and through it {target}")).unwrap_or_default();
        self.row(
            &format!("{:>3}", position + 1),
            "role ",
            &format!("{arn}{target}, {by}"),
            place(&role.address).as_deref(),
        );
        let (word, remarks) = match &role.trust {
            None => (
                "its trust policy is not in the input: bring `aws iam get-role`, or `--trust-policy FILE`",
                &[][..],
            ),
            Some(Trust::Yes(remarks)) => ("its trust policy lets the account in", &remarks[..]),
            Some(Trust::No(reasons)) => ("its trust policy does not let the account in", &reasons[..]),
            Some(Trust::Depends(on)) => ("whether its trust policy lets the account in depends", &on[..]),
        };
        self.row("   ", "trust", word, role.trust_address.as_ref().and_then(place).as_deref());
        for remark in remarks.iter().chain(&role.remarks) {
            self.block(12, &visible(&format!("{} {remark}", self.arrow())));
        }
    }
}
