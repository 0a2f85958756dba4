//! Who may do this? Everyone of a cluster for whom the answer is not a plain no, each with its evidence.
//!
//! The answer for each is can-i's; but questions are put only to those whom a binding with a fitting role may name, and
//! families are told apart only by the names in such bindings: no other name can turn the answer.

use std::collections::{BTreeSet, HashMap};

use super::ask::{Piece, ask, verdict};
use super::can_i::Verdict;
use super::everyone::{Entry, Everyone, Names};
use super::gaps::of_placeholder;
use super::glob::Glob;
use super::notes::{access_entries, creator_hidden, rests_on_session};
use super::setting::Setting;
use crate::access::access_policy::entry_of;
use crate::access::matching::admits;
use crate::access::{PRIVILEGED, Policy, decide};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::identity::Case;
use crate::manifest::Loaded;
use crate::model::placeholder::could_be;
use crate::model::{AccessScope, Binding, Named, Namespace, Placeholder, Request, RoleRef, Subject};
use crate::source::Step;
use crate::source::ahead::in_pieces;

/// The answer: everyone who may, in order of kind and name.
#[derive(Debug)]
pub struct WhoCan<'p> {
    /// The request.
    pub request: Request,
    /// Those who may, and those of whom some may.
    pub rows: Vec<Row<'p>>,
    /// Asked for all namespaces at once: those who may only in some, with these, in the same order.
    pub in_namespaces: Vec<(&'p Entry, Vec<Namespace>)>,
    /// What could not be read and could turn the answer.
    pub gaps: Vec<Finding>,
    /// What a careful reader must know.
    pub notes: Vec<Finding>,
    /// False where something missing or unread could turn the answer.
    pub complete: bool,
    /// What the cluster is taken for.
    pub setting: Setting,
}

/// One entry that may.
#[derive(Debug)]
pub struct Row<'p> {
    /// Who.
    pub entry: &'p Entry,
    /// Never `Deny`.
    pub verdict: Verdict,
    /// What its callers are told, those who may first; more than one where they are not told the same.
    pub pieces: Vec<Piece<'p>>,
}

impl Row<'_> {
    /// Whether a yes of it rests on a session name, which whoever assumes the role chooses.
    pub fn rests_on_session(&self) -> bool {
        self.pieces.iter().any(|piece| match (piece.identity(), &piece.admission) {
            (Ok(identity), Some(admission)) => rests_on_session(identity, admission),
            _ => false,
        })
    }
}

/// Answers for the entries that `wanted` lets through.
pub fn who_can<'p>(
    loaded: &'p Loaded,
    policy: &'p Policy<'p>,
    everyone: &'p Everyone<'p>,
    request: &Request,
    wanted: impl Fn(&Entry) -> bool,
) -> WhoCan<'p> {
    let (bindings, missing) = admitting(policy, request, |binding| match &binding.namespace {
        None => true,
        Some(_) => binding.namespace.as_ref() == request.namespace(),
    });
    let names = names_of(bindings.iter().copied());
    let entries: Vec<&Entry> = everyone.entries.iter().filter(|entry| wanted(entry)).collect();
    let row = |&entry: &&'p Entry| {
        let mut pieces = ask(policy, everyone.cases(entry, &names), request);
        let verdict = verdict(&pieces);
        (verdict != Verdict::Deny).then(|| {
            pieces.sort_by_key(|piece| !piece.is_allowed());
            Row { entry, verdict, pieces }
        })
    };
    let rows = in_pieces(&entries, |piece| piece.iter().filter_map(row).collect::<Vec<_>>());
    let rows: Vec<Row<'_>> = rows.into_iter().flatten().collect();
    let (unpublished, missing): (Vec<&Binding>, Vec<&Binding>) =
        missing.into_iter().partition(|binding| loaded.cluster.is_unpublished(binding));
    let gaps = gaps(loaded, &bindings, &missing);
    let mut notes = missing_roles(&missing);
    notes.extend(told_unpublished(&unpublished));
    notes.extend(chosen_by_caller(&rows));
    notes.extend(access_entries(policy.cluster));
    notes.extend(creator_hidden(policy.cluster));
    WhoCan {
        request: request.clone(),
        rows,
        in_namespaces: Vec::new(),
        setting: Setting::of(policy.cluster),
        complete: gaps.is_empty() && missing.is_empty(),
        gaps,
        notes,
    }
}

/// Adds those who may in some namespaces only, for a request that was asked for all at once.
pub fn add_namespaces<'p>(
    answer: &mut WhoCan<'p>,
    policy: &'p Policy<'p>,
    everyone: &'p Everyone<'p>,
    wanted: impl Fn(&Entry) -> bool,
) {
    let (bindings, _) = admitting(policy, &answer.request, |binding| binding.namespace.is_some());
    let names = names_of(bindings.iter().copied());
    let already: BTreeSet<&str> = answer
        .rows
        .iter()
        .filter(|row| row.verdict == Verdict::Allow)
        .map(|row| row.entry.name.as_str())
        .collect();
    for entry in everyone.entries.iter().filter(|entry| wanted(entry)) {
        if already.contains(entry.name.as_str()) {
            continue;
        }
        let cases = everyone.cases(entry, &names);
        let mut namespaces: BTreeSet<&Namespace> = BTreeSet::new();
        for (case, of_case) in cases.iter().zip(namespaces_of(policy, &cases)) {
            let Ok(identity) = &case.outcome else { continue };
            let may = |namespace: &&Namespace| {
                let request = answer.request.in_namespace((*namespace).clone());
                let decision = decide(policy, identity, &request);
                decision.is_allowed() || decision.is_unsettled()
            };
            let new = of_case.into_iter().filter(|namespace| !namespaces.contains(namespace)).filter(may);
            let new: Vec<&Namespace> = new.collect();
            namespaces.extend(new);
        }
        let namespaces: Vec<Namespace> = namespaces.into_iter().cloned().collect();
        if !namespaces.is_empty() {
            answer.in_namespaces.push((entry, namespaces));
        }
    }
}

/// For each of the cases the namespaces in which a RoleBinding names its callers, or an access policy is theirs; of a
/// pattern of namespaces those that are known, and the pattern itself.
pub(super) fn namespaces_of<'p>(policy: &'p Policy<'_>, cases: &[Case<'_>]) -> Vec<BTreeSet<&'p Namespace>> {
    let of_case = |case: &Case<'_>| {
        let Ok(identity) = &case.outcome else { return BTreeSet::new() };
        let bound = policy.bindings_anywhere(identity).into_iter();
        let mut namespaces: BTreeSet<&Namespace> =
            bound.filter_map(|bound| bound.binding.namespace.as_ref()).collect();
        let associations = entry_of(identity).map_or(&[][..], |principal| policy.associations_of(principal));
        for association in associations {
            let AccessScope::Namespaces(patterns) = &association.scope else { continue };
            for pattern in patterns {
                // the pattern stands for itself too: it is more than the namespaces that are known
                namespaces.insert(pattern);
                let glob = Glob::new(pattern.as_str());
                if !glob.is_literal() {
                    let known = known_namespaces(policy);
                    namespaces.extend(known.into_iter().filter(|name| glob.matches(name.as_str())));
                }
            }
        }
        namespaces
    };
    cases.iter().map(of_case).collect()
}

/// The namespaces that a Role or a RoleBinding is in.
pub(super) fn known_namespaces<'p>(policy: &'p Policy<'_>) -> BTreeSet<&'p Namespace> {
    let cluster = policy.cluster;
    cluster.bindings.keys().chain(cluster.roles.keys()).filter_map(|(of, _)| of.as_ref()).collect()
}

/// The bindings in reach whose role admits the request, and those in reach whose role is not there. Each role is looked
/// at once.
fn admitting<'p>(
    policy: &'p Policy<'p>,
    request: &Request,
    in_reach: impl Fn(&Binding) -> bool,
) -> (Vec<&'p Binding>, Vec<&'p Binding>) {
    let mut known: HashMap<(Option<&Namespace>, &RoleRef), Option<bool>> = HashMap::new();
    let mut bindings = Vec::new();
    let mut missing = Vec::new();
    for &binding in policy.bindings().iter().filter(|binding| in_reach(binding)) {
        let admits = known.entry((binding.namespace.as_ref(), &binding.role_ref)).or_insert_with(|| {
            let mut rules = policy.role_of(binding)?.iter();
            Some(rules.any(|rule| admits(rule.rule.item, request).is_some()))
        });
        match admits {
            Some(true) => bindings.push(binding),
            Some(false) => {}
            None => missing.push(binding),
        }
    }
    (bindings, missing)
}

/// The names in the bindings' subjects, and the group that needs no binding.
fn names_of<'p>(bindings: impl Iterator<Item = &'p Binding>) -> Names<'p> {
    let mut names = Names::default();
    names.groups.insert(PRIVILEGED);
    for subject in bindings.flat_map(|binding| &binding.subjects) {
        match subject {
            Subject::User(name) => drop(names.users.insert(name.to_string())),
            Subject::Group(name) => drop(names.groups.insert(name.as_str())),
            Subject::ServiceAccount { namespace, name } => {
                names.users.insert(format!("system:serviceaccount:{namespace}:{name}"));
            }
        }
    }
    names
}

/// What could not be read, and the placeholders that could add somebody.
fn gaps(loaded: &Loaded, admitting: &[&Binding], missing: &[&Binding]) -> Vec<Finding> {
    let could_turn = |placeholder: &&Placeholder| {
        let is_here = |binding: &&Binding| binding.origin == placeholder.address.origin;
        match placeholder.what {
            Named::Mapping | Named::MappedName => true,
            Named::Subject => admitting.iter().any(is_here),
            Named::RoleRef => missing.iter().any(is_here),
            Named::Role => {
                missing.iter().any(|binding| could_be(&placeholder.text, binding.role_ref.name.as_str()))
            }
        }
    };
    let unread = loaded.gaps.iter().map(|gap| gap.finding.clone());
    unread.chain(loaded.placeholders.iter().filter(could_turn).map(of_placeholder)).collect()
}

/// So many bindings to roles that are not there are told one by one.
const MOST_MISSING: usize = 5;

fn missing_roles(missing: &[&Binding]) -> Vec<Finding> {
    let told = missing.iter().take(MOST_MISSING).map(|binding| {
        let role = format!("{} `{}`", binding.role_ref.kind, binding.role_ref.name);
        let message = format!(
            "{role}, which {} `{}` gives, is not among the manifests: whoever it names may be able to do more",
            binding.kind(),
            binding.name
        );
        let spot = binding.origin.at([Step::Field("roleRef")]).into();
        Finding::new(Code::RoleNotFound, Severity::Note, spot, message)
    });
    let more = missing.len().saturating_sub(MOST_MISSING);
    let rest = (more > 0).then(|| {
        let message = format!("{more} more bindings give roles that are not among the manifests");
        Finding::new(Code::RoleNotFound, Severity::Note, Spot::Nowhere, message)
    });
    told.chain(rest).collect()
}

/// So many of those are named of whom it is not published what they may do.
const MOST_UNPUBLISHED: usize = 2;

/// The subjects of EKS' own bindings of whose roles the rules are not published: each of them may be able to as well.
fn told_unpublished(bindings: &[&Binding]) -> Option<Finding> {
    let name = |subject: &Subject| match subject {
        Subject::User(name) => name.to_string(),
        Subject::Group(name) => name.to_string(),
        Subject::ServiceAccount { namespace, name } => format!("{namespace}/{name}"),
    };
    let names: BTreeSet<String> = bindings
        .iter()
        .flat_map(|binding| &binding.subjects)
        .map(name)
        .filter(|name| !name.is_empty())
        .collect();
    let more = names.len().saturating_sub(MOST_UNPUBLISHED);
    let mut shown: Vec<String> =
        names.into_iter().filter(|name| name.starts_with("eks:")).take(MOST_UNPUBLISHED).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    let message = format!(
        "EKS does not publish what it allows its own callers, who may be able to as well: {}",
        shown.join(", ")
    );
    (!shown.is_empty()).then(|| Finding::new(Code::RoleUnpublished, Severity::Note, Spot::Nowhere, message))
}

fn chosen_by_caller(rows: &[Row<'_>]) -> Option<Finding> {
    let resting = rows.iter().filter(|row| row.rests_on_session()).count();
    let roles = if resting == 1 { "1 role".to_owned() } else { format!("{resting} roles") };
    (resting > 0).then(|| {
        let message = format!(
            "the yes of {roles} rests on the session name, which the caller chooses: anyone who may assume the role can take it"
        );
        Finding::new(Code::SessionChosenByCaller, Severity::Warning, Spot::Nowhere, message).with_help(
            "confine the names with `sts:RoleSessionName` in the role's trust policy, or bind a group",
        )
    })
}
