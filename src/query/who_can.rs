//! Who may do this? Everyone of a cluster for whom the answer is not a plain no, each with its evidence.
//!
//! The answer for each is can-i's; but questions are put only to those whom a binding with a fitting role may name, and
//! families are told apart only by the names in such bindings: no other name can turn the answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ask::{Piece, ask, verdict};
use super::can_i::Verdict;
use super::everyone::{Entry, Everyone, Names};
use super::gaps::of_placeholder;
use super::notes::{access_entries, rests_on_session};
use crate::access::matching::admits;
use crate::access::{PRIVILEGED, Policy};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::identity::Case;
use crate::manifest::Loaded;
use crate::model::placeholder::could_be;
use crate::model::{Binding, Named, Namespace, Placeholder, Request, RoleRef, Subject};
use crate::source::Step;

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
        self.pieces.iter().any(|piece| match (&piece.identity, &piece.admission) {
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
    let mut rows = Vec::new();
    for entry in everyone.entries.iter().filter(|entry| wanted(entry)) {
        let cases = everyone.cases(entry, &names);
        let mut pieces = ask(policy, &cases, request);
        let verdict = verdict(&pieces);
        if verdict != Verdict::Deny {
            pieces.sort_by_key(|piece| !piece.is_allowed());
            rows.push(Row { entry, verdict, pieces });
        }
    }
    let gaps = gaps(loaded, &bindings, &missing);
    let mut notes = missing_roles(&missing);
    notes.extend(chosen_by_caller(&rows));
    notes.push(access_entries());
    WhoCan {
        request: request.clone(),
        rows,
        in_namespaces: Vec::new(),
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
    let mut by_namespace: BTreeMap<&Namespace, Request> = BTreeMap::new();
    for namespace in bindings.iter().filter_map(|binding| binding.namespace.as_ref()) {
        by_namespace.entry(namespace).or_insert_with(|| answer.request.in_namespace(namespace.clone()));
    }
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
        let of_entry = namespaces_of(policy, &cases);
        let may = |namespace: &&Namespace| {
            let request = by_namespace.get(*namespace);
            request.is_some_and(|request| verdict(&ask(policy, &cases, request)) != Verdict::Deny)
        };
        let namespaces: Vec<Namespace> = of_entry.into_iter().filter(may).cloned().collect();
        if !namespaces.is_empty() {
            answer.in_namespaces.push((entry, namespaces));
        }
    }
}

/// The namespaces in which a RoleBinding names one of the callers.
pub(super) fn namespaces_of<'p>(policy: &'p Policy<'_>, cases: &[Case<'_>]) -> BTreeSet<&'p Namespace> {
    let identities = cases.iter().filter_map(|case| case.outcome.as_ref().ok());
    let bound = identities.flat_map(|identity| policy.bindings_anywhere(identity));
    bound.filter_map(|bound| bound.binding.namespace.as_ref()).collect()
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
