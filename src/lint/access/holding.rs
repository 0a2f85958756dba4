//! Who holds what of the catalogue of risks: by bindings, and by the access policies of access entries.

use std::collections::{BTreeMap, BTreeSet};

use super::super::context::{Caller, Context};
use crate::access::matching::{Match, admits};
use crate::access::{Admission, Bound, Grant, InForce, Nth, PRIVILEGED, PolicyGrant, Rules};
use crate::finding::Code;
use crate::identity::{AUTHENTICATED, Identity, UNAUTHENTICATED};
use crate::model::{AccessScope, Association, Namespace, Role, Rule, Subject};
use crate::query::everyone::Kind;
use crate::query::risk::{Ask, EVERYTHING, RISKS, Where};
use crate::source::Origin;

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
    /// Empty for the whole cluster; of an access policy a pattern.
    pub(super) namespace: String,
    /// The first case of the holder that has it; none where it has it in all, whoever it is to the cluster.
    pub(super) identity: Option<&'h Identity<'h>>,
    /// The first reason.
    pub(super) admission: Admission<'h>,
    /// How many cases have it.
    pub(super) cases: usize,
    /// The last of them.
    last: Option<usize>,
}

impl<'h> Held<'h> {
    /// The rule of the first reason; none for the privileged group.
    pub(super) fn rule(&self) -> Option<&'h Rule> {
        match self.admission {
            Admission::Rule(grant) => Some(grant.rule.rule.item),
            Admission::AccessPolicy(grant) => Some(grant.rule.item),
            Admission::PrivilegedGroup { .. } => None,
        }
    }
}

/// A default role or its like for whole namespaces, held somewhere.
pub(super) enum ForNamespaces<'h> {
    Role(&'h Identity<'h>, Bound<'h>),
    Policy(Option<&'h Identity<'h>>, &'h Association),
}

/// What one rule of a role admits of what is asked.
struct Hit<'p> {
    code: Code,
    position: usize,
    ask: &'static Ask,
    verb: &'static str,
    rule: InForce<'p>,
    by: Match,
}

/// What each role would give of what is asked, by the origin of the role: each role is matched once, whoever has it.
pub(super) struct Gives<'p>(BTreeMap<Origin, Vec<Hit<'p>>>);

/// What a holder has of each kind, question by question.
pub(super) type Holdings<'h> = BTreeMap<(Code, usize, String), Held<'h>>;

impl<'p> Gives<'p> {
    pub(super) fn of(context: &'p Context<'_>) -> Self {
        let everything = [(Code::AccessClusterAdmin, 0, &EVERYTHING)];
        let risks = RISKS
            .iter()
            .flat_map(|risk| risk.asks.iter().enumerate().map(|(position, ask)| (risk.code, position, ask)));
        // the namespace of a request decides which bindings count, and no rule looks at it
        let asks = everything.into_iter().chain(risks).flat_map(|(code, position, ask)| {
            ask.verbs.iter().map(move |verb| (code, position, ask, *verb, ask.request(verb, "")))
        });
        let asks: Vec<_> = asks.collect();
        let hits = |rules: Rules<'p>| -> Vec<Hit<'p>> {
            let hit = |rule: InForce<'p>| {
                asks.iter().filter_map(move |(code, position, ask, verb, request)| {
                    let by = admits(rule.rule.item, request)?;
                    Some(Hit { code: *code, position: *position, ask, verb, rule, by })
                })
            };
            rules.iter().flat_map(hit).collect()
        };
        let cluster = &context.loaded.cluster;
        let roles =
            cluster.roles.values().filter_map(|role| Some((role.origin, context.policy.rules_of(role)?)));
        let policies = cluster.access_policies.values().map(|policy| (policy.origin, Rules::Written(policy)));
        Self(roles.chain(policies).map(|(origin, rules)| (origin, hits(rules))).collect())
    }

    fn by(&self, role: &Role) -> &[Hit<'p>] {
        self.0.get(&role.origin).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Everyone who may hold something by bindings or policies of their own: accounts as a whole do not, and what the
/// privileged group may do needs no telling.
pub(super) fn holders<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Holder<'a>> {
    context.callers.iter().filter_map(|caller| {
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

    /// How many cases it has.
    pub(super) fn cases(&self) -> usize {
        self.identities().count()
    }

    /// Whether a binding by this subject is the holder's own: groups of everyone are told by themselves.
    fn is_own(&self, context: &Context<'_>, bound: &Bound<'_>) -> bool {
        if context.is_default(bound.binding.origin) {
            return false;
        }
        let Subject::Group(name) = bound.subject.item else { return true };
        let of_everyone = matches!(name.as_str(), AUTHENTICATED | UNAUTHENTICATED)
            || name.as_str().starts_with("system:serviceaccounts");
        !of_everyone
            || (self.caller.entry.kind == Kind::KubernetesGroup && self.caller.entry.name == name.as_str())
    }

    /// The associations of access policies that count for it.
    fn associations(&self, context: &'a Context<'_>) -> &'a [&'a Association] {
        self.entry.map_or(&[], |principal| context.policy.associations_of(principal))
    }

    /// Everything of what is asked that the holder has; of one question only the whole cluster, where that is a yes.
    pub(super) fn holdings(&self, context: &'a Context<'_>, gives: &'a Gives<'_>) -> Holdings<'a> {
        let mut all: Holdings<'a> = BTreeMap::new();
        for (case, identity) in self.identities().enumerate() {
            for bound in context.policy.bindings_anywhere(identity) {
                if !self.is_own(context, &bound) {
                    continue;
                }
                let Some(rules) = context.policy.role_of(bound.binding) else { continue };
                for hit in gives.by(rules.role()).iter().filter(|hit| !is_told_as_one(context, hit)) {
                    let Some(namespace) = scope_of(hit.ask, bound.binding.namespace.as_ref()) else {
                        continue;
                    };
                    let admission = Admission::Rule(Grant { bound, rule: hit.rule, by: hit.by });
                    let held = note(&mut all, hit, namespace, (Some(identity), admission));
                    // a case may have it more than once
                    if held.last != Some(case) {
                        held.last = Some(case);
                        held.cases += 1;
                    }
                }
            }
        }
        for association in self.associations(context) {
            self.of_policy(context, gives, association, &mut all);
        }
        let everywhere: BTreeSet<(Code, usize)> = all
            .keys()
            .filter(|(_, _, namespace)| namespace.is_empty())
            .map(|(code, at, _)| (*code, *at))
            .collect();
        all.retain(|(code, at, namespace), _| namespace.is_empty() || !everywhere.contains(&(*code, *at)));
        all
    }

    /// What an access policy gives, in each scope of the association.
    fn of_policy(
        &self,
        context: &'a Context<'_>,
        gives: &'a Gives<'_>,
        association: &'a Association,
        all: &mut Holdings<'a>,
    ) {
        let name = association.policy_name();
        let Some(policy) = context.loaded.cluster.access_policies.get(name) else { return };
        if POLICIES_FOR_NAMESPACES.contains(&name) {
            return; // told as one
        }
        let whole = [None];
        let within: Vec<Option<&Namespace>> = match &association.scope {
            AccessScope::Cluster => whole.to_vec(),
            AccessScope::Namespaces(patterns) => patterns.iter().map(Some).collect(),
            AccessScope::Unknown => return,
        };
        for hit in gives.by(policy) {
            for namespace in &within {
                let Some(scope) = scope_of(hit.ask, *namespace) else { continue };
                let Nth { position, item } = hit.rule.rule;
                let rule = Nth { position, item };
                let grant = PolicyGrant { association, policy, rule, by: hit.by, within: *namespace };
                let of = (self.identities().next(), Admission::AccessPolicy(grant));
                note(all, hit, scope, of).cases = self.cases();
            }
        }
    }

    /// The default roles and their likes that it holds.
    pub(super) fn for_namespaces(
        &self,
        context: &'a Context<'_>,
    ) -> Vec<(Option<&'a str>, ForNamespaces<'a>)> {
        let mut held = Vec::new();
        for identity in self.identities() {
            for bound in context.policy.bindings_anywhere(identity) {
                let role = context.policy.role_of(bound.binding).map(Rules::role);
                if self.is_own(context, &bound) && role.is_some_and(|role| is_for_namespaces(context, role)) {
                    let namespace = bound.binding.namespace.as_ref().map(Namespace::as_str);
                    held.push((namespace, ForNamespaces::Role(identity, bound)));
                }
            }
        }
        let first = self.identities().next();
        let associations = self.associations(context).iter().copied();
        for association in
            associations.filter(|association| POLICIES_FOR_NAMESPACES.contains(&association.policy_name()))
        {
            match &association.scope {
                AccessScope::Cluster => held.push((None, ForNamespaces::Policy(first, association))),
                AccessScope::Namespaces(patterns) => held.extend(
                    patterns
                        .iter()
                        .map(|one| (Some(one.as_str()), ForNamespaces::Policy(first, association))),
                ),
                AccessScope::Unknown => {}
            }
        }
        held
    }
}

fn note<'m, 'h>(
    all: &'m mut Holdings<'h>,
    hit: &Hit<'h>,
    namespace: &str,
    (identity, admission): (Option<&'h Identity<'h>>, Admission<'h>),
) -> &'m mut Held<'h> {
    let key = (hit.code, hit.position, namespace.to_owned());
    let held = all.entry(key).or_insert_with(|| Held {
        ask: hit.ask,
        verbs: Vec::new(),
        namespace: namespace.to_owned(),
        identity,
        admission,
        cases: 0,
        last: None,
    });
    if !held.verbs.contains(&hit.verb) {
        held.verbs.push(hit.verb);
    }
    held
}

/// Where a grant in a namespace, or everywhere, answers a question: none where it does not; the empty text for the whole
/// cluster.
fn scope_of<'b>(ask: &'b Ask, namespace: Option<&'b Namespace>) -> Option<&'b str> {
    let covers = |pattern: &str, only: &str| match pattern.split_once('*') {
        Some((start, "")) => only.starts_with(start),
        _ => pattern == only,
    };
    match (ask.place, namespace) {
        (Where::Namespace(only), None) => Some(only),
        (Where::Namespace(only), Some(namespace)) => covers(namespace.as_str(), only).then_some(only),
        (Where::Cluster | Where::Anywhere, None) => Some(""),
        (Where::Cluster, Some(_)) => None,
        (Where::Anywhere, Some(namespace)) => Some(namespace.as_str()),
    }
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
