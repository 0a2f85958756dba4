//! Risky access: who holds it, by which chain, where. Told once for each principal and kind of access.

mod asking;
mod holding;
mod sums;
mod unbound;

use std::collections::BTreeSet;

use super::context::Context;
use super::{found, narrowed};
use crate::access::{Admission, Bound, PRIVILEGED};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::identity::Identity;
use crate::model::{Association, Subject};
use crate::query::chain::{Link, admission_links, association_link, bound_links, identity_links};
use crate::query::risk::RISKS;
use crate::source::Step;
use asking::Gives;
use holding::{ForNamespaces, Held, Holder, Reason, holders};
use sums::OfFamilies;

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let gives = Gives::of(context);
    let mut all: Vec<Finding> = Vec::new();
    let of_families = OfFamilies::of(context, &gives);
    for holder in holders(context) {
        all.extend(of_holder(context, &holder, &gives, &of_families));
    }
    all.extend(unbound::unbound(context, &gives));
    all
}

fn of_holder<'a>(
    context: &'a Context<'_>,
    holder: &Holder<'a>,
    gives: &'a Gives<'a>,
    of_families: &OfFamilies<'a>,
) -> Vec<Finding> {
    let holdings = holder.holdings(context, gives, of_families);
    let of_code = |code: Code| holdings.iter().filter(move |(of, _)| *of == code).map(|(_, held)| held);
    let admin: Vec<&Held<'_>> = of_code(Code::AccessClusterAdmin).filter(|held| held.everywhere).collect();
    if !admin.is_empty() {
        // everything else follows
        return vec![told(context, holder, Code::AccessClusterAdmin, &admin)];
    }
    let mut all = Vec::new();
    for risk in RISKS {
        let held: Vec<&Held<'_>> = of_code(risk.code).collect();
        if !held.is_empty() {
            let mut finding = told(context, holder, risk.code, &held);
            if risk.code == Code::AccessCertificates && is_one_half(&held) {
                finding.severity = Severity::Note;
            }
            all.push(finding);
        }
    }
    weigh_halves(&mut all);
    all.extend(default_roles(context, holder, of_families));
    all
}

/// Whether all that is held is of one resource: approving takes a right on the request and one on the signer.
fn is_one_half(held: &[&Held<'_>]) -> bool {
    held.first().is_some_and(|first| held.iter().all(|one| one.ask.resource == first.ask.resource))
}

/// `bind` and `escalate` give nothing without the write that they ease.
fn weigh_halves(findings: &mut [Finding]) {
    let codes: BTreeSet<Code> = findings.iter().map(|finding| finding.code).collect();
    for (verb, write) in
        [(Code::AccessBind, Code::AccessBindingWrite), (Code::AccessEscalate, Code::AccessRoleWrite)]
    {
        for finding in findings.iter_mut().filter(|finding| finding.code == verb && !codes.contains(&write)) {
            finding.severity = Severity::Note;
        }
    }
}

/// One finding for all that was held of one kind.
fn told(context: &Context<'_>, holder: &Holder<'_>, code: Code, held: &[&Held<'_>]) -> Finding {
    let Some(first) = held.first() else { return found(code, Spot::Nowhere, holder.who.clone()) };
    let mut what: Vec<String> = Vec::new();
    for one in held {
        let said = match (&one.verbs[..], one.ask.what()) {
            (["*"], everything) => format!("do anything to {everything}"),
            (verbs, thing) => format!("{} {thing}", verbs.join(", ")),
        };
        if !what.contains(&said) {
            what.push(said);
        }
    }
    let shown: Vec<String> = what.iter().take(3).cloned().collect();
    let more = if what.len() > 3 { format!(" and {} more", what.len() - 3) } else { String::new() };
    let identity = holder.identity(&first.reason);
    let admission = &first.reason.admission;
    let message = format!(
        "{}{} can {}{more}, {}, by {}",
        holder.who,
        session(holder, &first.reason, identity.as_ref()),
        shown.join("; "),
        scope(held),
        by(admission),
    );
    found(code, spot(context, admission), message).with_flow(flow(links(identity.as_ref(), admission)))
}

/// Where it is given: the subject of the binding, or the association of the policy.
fn spot(context: &Context<'_>, admission: &Admission<'_>) -> Spot {
    match admission {
        Admission::Rule(grant) => subject_of(&grant.bound),
        Admission::AccessPolicy(grant) => policy_of(context, grant.association),
        Admission::PrivilegedGroup { .. } => Spot::Nowhere,
    }
}

fn subject_of(bound: &Bound<'_>) -> Spot {
    let at = [Step::Field("subjects"), Step::Item(bound.subject.position), Step::Field("name")];
    bound.binding.origin.at(at).into()
}

fn policy_of(context: &Context<'_>, association: &Association) -> Spot {
    narrowed(&context.loaded.sources, &association.address, association.policy_name())
}

/// The chain, as far as it is known: of an entry that was only listed it starts at the policy.
fn links(identity: Option<&Identity<'_>>, admission: &Admission<'_>) -> impl Iterator<Item = Link> {
    let nobody = Identity::given("", &[]);
    let own = identity.map(identity_links).unwrap_or_default();
    own.into_iter().chain(admission_links(identity.unwrap_or(&nobody), admission))
}

fn own_links(identity: Option<&Identity<'_>>) -> impl Iterator<Item = Link> {
    identity.map(identity_links).unwrap_or_default().into_iter()
}

fn flow(links: impl Iterator<Item = Link>) -> Vec<(Spot, String)> {
    links
        .map(|link| {
            let spot = link.address.map_or(Spot::Nowhere, Spot::Address);
            (spot, format!("{}: {}", link.kind.as_str(), link.fact))
        })
        .collect()
}

/// Under which session name, where not every one will do.
fn session(holder: &Holder<'_>, reason: &Reason<'_>, identity: Option<&Identity<'_>>) -> String {
    let is_some = reason.piece.is_some() || !holder.has_one_case();
    match identity.and_then(|identity| identity.when.sessions.as_ref()) {
        Some(sessions) if is_some => format!(" (session name: {sessions})"),
        _ => String::new(),
    }
}

fn scope(held: &[&Held<'_>]) -> String {
    if held.iter().any(|one| one.everywhere) {
        return "everywhere".to_owned();
    }
    let mut namespaces: Vec<&str> = held.iter().flat_map(|one| &one.namespaces).copied().collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let shown: Vec<&str> = namespaces.iter().take(5).copied().collect();
    let more =
        if namespaces.len() > 5 { format!(" and {} more", namespaces.len() - 5) } else { String::new() };
    let word = if namespaces.len() == 1 { "namespace" } else { "namespaces" };
    format!("in {word} {}{more}", shown.join(", "))
}

/// The binding and its subject, or the access policy, in words.
fn by(admission: &Admission<'_>) -> String {
    match admission {
        Admission::Rule(grant) => by_binding(&grant.bound),
        Admission::AccessPolicy(grant) => by_policy(grant.association),
        Admission::PrivilegedGroup { .. } => format!("group `{PRIVILEGED}`"),
    }
}

fn by_policy(association: &Association) -> String {
    format!("access policy `{}`", association.policy_name())
}

fn by_binding(bound: &Bound<'_>) -> String {
    let name = match bound.subject.item {
        Subject::User(name) => format!("user `{name}`"),
        Subject::Group(name) => format!("group `{name}`"),
        Subject::ServiceAccount { name, .. } => format!("service account `{name}`"),
    };
    format!("{name} in {} `{}`", bound.binding.kind(), bound.binding.name)
}

/// `admin` and `edit` and their likes, told as one; in `kube-system` and everywhere they are more than a namespace's.
fn default_roles<'a>(
    context: &'a Context<'_>,
    holder: &Holder<'a>,
    of_families: &OfFamilies<'a>,
) -> Option<Finding> {
    let held = holder.for_namespaces(context, of_families);
    let (_, first) = held.first()?;
    let mut namespaces: Vec<Option<&str>> = held.iter().map(|(namespace, _)| *namespace).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let everywhere = namespaces.contains(&None);
    let shown: Vec<&str> = namespaces.iter().flatten().take(5).copied().collect();
    let scope = if everywhere { "everywhere".to_owned() } else { format!("in {}", shown.join(", ")) };
    let (what, by, spot, chain): (String, String, Spot, Vec<Link>) = match first {
        ForNamespaces::Role(of, bound) => (
            format!("default role `{}`", bound.binding.role_ref.name),
            format!(", by {}", by_binding(bound)),
            subject_of(bound),
            own_links(holder.identity_in(*of).as_ref()).chain(bound_links(bound)).collect(),
        ),
        ForNamespaces::Policy(case, association) => (
            by_policy(association),
            String::new(),
            policy_of(context, association),
            own_links(holder.identity_in((*case, None)).as_ref())
                .chain([association_link(association)])
                .collect(),
        ),
    };
    let message = format!("{} holds the {what} {scope}{by}", holder.who);
    let mut finding = found(Code::AccessDefaultRole, spot, message);
    if everywhere || shown.contains(&"kube-system") {
        finding.severity = Severity::Warning;
    }
    Some(finding.with_flow(flow(chain.into_iter())))
}
