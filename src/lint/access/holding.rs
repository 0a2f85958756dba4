//! Who holds what of the catalogue of risks: by bindings, and by the access policies of access entries.

use super::super::context::{Caller, Context, Piece};
use super::asking::{Gives, Hit};
use super::sums::{OfFamilies, Places, Sums};
use crate::access::{Admission, Bound, Grant, PRIVILEGED, PolicyGrant, Rules};
use crate::finding::Code;
use crate::identity::{AUTHENTICATED, Identity, UNAUTHENTICATED};
use crate::model::{AccessScope, Association, Namespace, Role, Subject};
use crate::query::everyone::{Kind, Names};
use crate::query::risk::{Ask, EVERYTHING};

/// The default roles for whole namespaces, which are told as one.
const FOR_NAMESPACES: [&str; 2] = ["admin", "edit"];
/// The access policies that are their likes.
const POLICIES_FOR_NAMESPACES: [&str; 2] = ["AmazonEKSAdminPolicy", "AmazonEKSEditPolicy"];

/// Somebody with access, in one or several cases.
pub(super) struct Holder<'a> {
    /// In words, as in "`arn:aws:iam::1:role/dev`".
    pub(super) who: String,
    caller: &'a Caller<'a>,
    /// The principal of its access entry.
    entry: Option<&'a str>,
}

/// A yes to a question, under any of its verbs.
pub(super) struct Held<'h> {
    pub(super) ask: &'static Ask,
    pub(super) verbs: Vec<&'static str>,
    pub(super) everywhere: bool,
    /// Where, in order, if not everywhere; of access policies patterns.
    pub(super) namespaces: Vec<&'h str>,
    pub(super) reason: Reason<'h>,
}

/// The first reason for a yes.
#[derive(Clone, Copy)]
pub(super) struct Reason<'h> {
    /// The case of the holder; none where it has it whoever it is to the cluster.
    pub(super) case: Option<usize>,
    /// Those of the case's family who have it, where not all of them do.
    pub(super) piece: Option<&'h Piece>,
    pub(super) admission: Admission<'h>,
}

/// A default role or its like for whole namespaces, held somewhere.
pub(super) enum ForNamespaces<'h> {
    Role((Option<usize>, Option<&'h Piece>), Bound<'h>),
    Policy(Option<usize>, &'h Association),
}

/// Everyone who may hold something by bindings or policies of their own: accounts as a whole do not, and what the
/// privileged group may do needs no telling.
pub(super) fn holders<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Holder<'a>> {
    context.callers().iter().filter_map(|caller| {
        let name = &caller.entry.name;
        let who = match caller.entry.kind {
            Kind::Role | Kind::User => format!("`{name}`"),
            Kind::KubernetesUser => format!("user `{name}`"),
            Kind::KubernetesGroup if *name != PRIVILEGED => format!("group `{name}`"),
            Kind::ServiceAccount => format!("service account `{name}`"),
            Kind::KubernetesGroup | Kind::Account => return None,
        };
        Some(Holder { who, caller, entry: caller.access_entry() })
    })
}

impl<'a> Holder<'a> {
    fn identities(&self) -> impl Iterator<Item = &'a Identity<'a>> + use<'a> {
        self.caller.identities()
    }

    /// Who it is in the case of a reason, with the names that the reason rests on; none where that is not known.
    pub(super) fn identity(&self, reason: &Reason<'_>) -> Option<Identity<'a>> {
        self.identity_in((reason.case, reason.piece))
    }

    /// The same of a case, and of some of its family.
    pub(super) fn identity_in(&self, (case, piece): (Option<usize>, Option<&Piece>)) -> Option<Identity<'a>> {
        let (case, _) = self.caller.cases.get(case?)?;
        let Some(piece) = piece else { return case.outcome.as_ref().ok().cloned() };
        let names = Names {
            users: piece.username.iter().cloned().collect(),
            groups: piece.groups.iter().map(String::as_str).collect(),
        };
        let pieces = self.caller.entry.split(case.clone(), &names).into_iter();
        let mut identities = pieces.filter_map(|piece| piece.outcome.ok());
        identities.find(|identity| {
            let has = |group: &String| {
                identity.groups.iter().any(|member| member.group.known() == Some(group.as_str()))
            };
            let is_user = piece.username.is_none() || identity.username.known() == piece.username.as_deref();
            is_user && piece.groups.iter().all(has)
        })
    }

    /// Whether it has one case only, as far as it is let in.
    pub(super) fn has_one_case(&self) -> bool {
        self.identities().count() == 1
    }

    /// Whether a binding by this subject is the holder's own: groups of everyone are told by themselves.
    fn is_own(&self, context: &Context<'_>, bound: &Bound<'_>) -> bool {
        if context.is_default(bound.binding.origin) {
            return false;
        }
        let Subject::Group(name) = bound.subject.item else { return true };
        !is_of_everyone(bound.subject.item)
            || (self.caller.entry.kind == Kind::KubernetesGroup && self.caller.entry.name == name.as_str())
    }

    /// The associations of access policies that count for it.
    fn associations(&self, context: &'a Context<'_>) -> &'a [&'a Association] {
        self.entry.map_or(&[], |principal| context.policy.associations_of(principal))
    }

    /// Everything of what is asked that the holder has, in order of the questions; of one question only the whole
    /// cluster, where that is a yes, and no namespace in which it may do everything anyhow.
    pub(super) fn holdings(
        &self,
        context: &'a Context<'_>,
        gives: &'a Gives<'a>,
        of_families: &OfFamilies<'a>,
    ) -> Vec<(Code, Held<'a>)> {
        let mut sums = Sums::new(gives);
        for (position, (case, family)) in self.caller.cases.iter().enumerate() {
            let Ok(identity) = &case.outcome else { continue };
            for bound in context.policy.bindings_anywhere(identity) {
                if self.is_own(context, &bound) {
                    add_bound(context, gives, &bound, (Some(position), None), &mut sums);
                }
            }
            if let Some(of_family) = family.and_then(|family| of_families.0.get(family)) {
                sums.extend(of_family, position);
            }
        }
        for association in self.associations(context) {
            self.of_policy(context, gives, association, &mut sums);
        }
        Self::held(gives, &sums)
    }

    fn held(gives: &'a Gives<'_>, sums: &Sums<'a>) -> Vec<(Code, Held<'a>)> {
        let nowhere = Places::default();
        let whole =
            sums.0.first().and_then(|sum| sum.within.as_ref()).map_or(&nowhere, |(_, _, places)| places);
        let mut all = Vec::new();
        for (question, sum) in gives.questions.iter().zip(&sums.0) {
            let ask = question.ask;
            let is_everything = ask.verbs == EVERYTHING.verbs;
            let verbs = |mask: u32| -> Vec<&'static str> {
                let verbs = ask.verbs.iter().enumerate();
                verbs.filter(|(bit, _)| mask & (1 << bit) != 0).map(|(_, verb)| *verb).collect()
            };
            if let Some((mask, reason)) = &sum.everywhere {
                let (verbs, namespaces) = (verbs(*mask), Vec::new());
                all.push((question.code, Held { ask, verbs, everywhere: true, namespaces, reason: *reason }));
            } else if let Some((mask, reason, places)) = &sum.within {
                let left = if is_everything { places.clone() } else { places.without(whole) };
                let names = left.iter().filter_map(|place| gives.namespaces.get(place).copied());
                let namespaces: Vec<&str> = names.collect();
                if !namespaces.is_empty() {
                    let verbs = verbs(*mask);
                    all.push((
                        question.code,
                        Held { ask, verbs, everywhere: false, namespaces, reason: *reason },
                    ));
                }
            }
        }
        all
    }

    /// What an access policy gives, in each scope of the association.
    fn of_policy(
        &self,
        context: &'a Context<'_>,
        gives: &'a Gives<'a>,
        association: &'a Association,
        sums: &mut Sums<'a>,
    ) {
        let name = association.policy_name();
        let Some(policy) = context.loaded.cluster.access_policies.get(name) else { return };
        if POLICIES_FOR_NAMESPACES.contains(&name) {
            return; // told as one
        }
        let within: Vec<Option<&Namespace>> = match &association.scope {
            AccessScope::Cluster => vec![None],
            AccessScope::Namespaces(patterns) => patterns.iter().map(Some).collect(),
            AccessScope::Unknown => return,
        };
        let case = self.caller.cases.iter().position(|(case, _)| case.outcome.is_ok());
        for hit in gives.by(policy) {
            for &namespace in &within {
                let rule = hit.rule.rule;
                let grant = PolicyGrant { association, policy, rule, by: hit.by, within: namespace };
                let admission = Admission::AccessPolicy(grant);
                sums.add(gives, hit, namespace, Reason { case, piece: None, admission });
            }
        }
    }

    /// The default roles and their likes that it holds.
    pub(super) fn for_namespaces(
        &self,
        context: &'a Context<'_>,
        of_families: &OfFamilies<'a>,
    ) -> Vec<(Option<&'a str>, ForNamespaces<'a>)> {
        let mut held = Vec::new();
        for (position, (case, family)) in self.caller.cases.iter().enumerate() {
            let Ok(identity) = &case.outcome else { continue };
            let own = context.policy.bindings_anywhere(identity).into_iter();
            let own = own.filter(|bound| self.is_own(context, bound) && gives_for_namespaces(context, bound));
            let by_family = family.and_then(|family| of_families.1.get(family)).into_iter().flatten();
            let all = own
                .map(|bound| (None, bound))
                .chain(by_family.copied().map(|(piece, bound)| (Some(piece), bound)));
            for (piece, bound) in all {
                let namespace = bound.binding.namespace.as_ref().map(Namespace::as_str);
                held.push((namespace, ForNamespaces::Role((Some(position), piece), bound)));
            }
        }
        let case = self.caller.cases.iter().position(|(case, _)| case.outcome.is_ok());
        let associations = self.associations(context).iter().copied();
        for association in
            associations.filter(|association| POLICIES_FOR_NAMESPACES.contains(&association.policy_name()))
        {
            match &association.scope {
                AccessScope::Cluster => held.push((None, ForNamespaces::Policy(case, association))),
                AccessScope::Namespaces(patterns) => held.extend(
                    patterns.iter().map(|one| (Some(one.as_str()), ForNamespaces::Policy(case, association))),
                ),
                AccessScope::Unknown => {}
            }
        }
        held
    }
}

/// Adds what a binding gives.
pub(super) fn add_bound<'h>(
    context: &'h Context<'_>,
    gives: &'h Gives<'h>,
    bound: &Bound<'h>,
    (case, piece): (Option<usize>, Option<&'h Piece>),
    sums: &mut Sums<'h>,
) {
    let Some(rules) = context.policy.role_of(bound.binding) else { return };
    for hit in gives.by(rules.role()).iter().filter(|hit| !is_told_as_one(context, hit)) {
        let admission = Admission::Rule(Grant { bound: *bound, rule: hit.rule, by: hit.by });
        sums.add(gives, hit, bound.binding.namespace.as_ref(), Reason { case, piece, admission });
    }
}

/// Whether a binding gives a default role for whole namespaces.
pub(super) fn gives_for_namespaces(context: &Context<'_>, bound: &Bound<'_>) -> bool {
    let role = context.policy.role_of(bound.binding).map(Rules::role);
    role.is_some_and(|role| is_for_namespaces(context, role))
}

pub(super) fn is_of_everyone(subject: &Subject) -> bool {
    let Subject::Group(name) = subject else { return false };
    matches!(name.as_str(), AUTHENTICATED | UNAUTHENTICATED)
        || name.as_str().starts_with("system:serviceaccounts")
}

/// Whether what a rule gives is part of a default role for whole namespaces, which is told as one.
fn is_told_as_one(context: &Context<'_>, hit: &Hit<'_>) -> bool {
    is_for_namespaces(context, hit.rule.role) && context.is_default(hit.rule.written_in().origin)
}

fn is_for_namespaces(context: &Context<'_>, role: &Role) -> bool {
    FOR_NAMESPACES.contains(&role.name.as_str())
        && role.namespace.is_none()
        && context.is_default(role.origin)
}
