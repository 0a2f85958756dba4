//! The catalogue of risks as questions, and what each role would answer to them.

use std::collections::{BTreeSet, HashMap};

use super::super::context::Context;
use crate::access::matching::{Match, admits};
use crate::access::{InForce, Rules};
use crate::finding::Code;
use crate::model::{AccessScope, NamePattern, Namespace, Request, ResourcePattern, Role, Rule};
use crate::query::risk::{Ask, EVERYTHING, RISKS, Where};
use crate::source::Origin;

/// What one rule of a role admits of what is asked.
pub(super) struct Hit<'p> {
    /// The place of the question among all.
    pub(super) question: usize,
    /// The place of the verb in the question.
    pub(super) verb: usize,
    pub(super) rule: InForce<'p>,
    pub(super) by: Match,
}

/// A question of the catalogue.
#[derive(Clone, Copy)]
pub(super) struct Question {
    pub(super) code: Code,
    pub(super) ask: &'static Ask,
}

/// What each role would give of what is asked, by the origin of the role: each role is matched once, whoever has it.
pub(super) struct Gives<'p> {
    /// Everything everywhere, then the catalogue in its order.
    pub(super) questions: Vec<Question>,
    by_role: HashMap<Origin, Vec<Hit<'p>>>,
    /// The namespaces of bindings and the patterns of policies, in order.
    pub(super) namespaces: Vec<&'p str>,
}

impl<'p> Gives<'p> {
    pub(super) fn of(context: &'p Context<'_>) -> Self {
        let everything = Question { code: Code::AccessClusterAdmin, ask: &EVERYTHING };
        let risks =
            RISKS.iter().flat_map(|risk| risk.asks.iter().map(|ask| Question { code: risk.code, ask }));
        let questions: Vec<Question> = std::iter::once(everything).chain(risks).collect();
        let matcher = Matcher::of(&questions);
        let cluster = &context.loaded.cluster;
        let roles =
            cluster.roles.values().filter_map(|role| Some((role.origin, context.policy.rules_of(role)?)));
        let policies = cluster.access_policies.values().map(|policy| (policy.origin, Rules::Written(policy)));
        let by_role = roles
            .chain(policies)
            .map(|(origin, rules)| (origin, rules.iter().flat_map(|rule| matcher.hits(rule)).collect()));
        let by_role = by_role.collect();
        let of_bindings = cluster.bindings.values().filter_map(|binding| binding.namespace.as_ref());
        let of_policies = cluster.associations.iter().flat_map(|association| match &association.scope {
            AccessScope::Namespaces(patterns) => patterns.as_slice(),
            AccessScope::Cluster | AccessScope::Unknown => &[],
        });
        let all: BTreeSet<&str> = of_bindings.chain(of_policies).map(Namespace::as_str).collect();
        // a question about one namespace is answered by a grant everywhere too
        let asked = questions.iter().filter_map(|question| match question.ask.place {
            Where::Namespace(only) => Some(only),
            Where::Cluster | Where::Anywhere => None,
        });
        let all: BTreeSet<&str> = all.into_iter().chain(asked).collect();
        Self { questions, by_role, namespaces: all.into_iter().collect() }
    }

    pub(super) fn by(&self, role: &Role) -> &[Hit<'p>] {
        self.by_role.get(&role.origin).map(Vec::as_slice).unwrap_or_default()
    }

    /// The question that a hit is a yes to.
    pub(super) fn question(&self, hit: &Hit<'_>) -> Option<Question> {
        self.questions.get(hit.question).copied()
    }

    pub(super) fn place(&self, namespace: &str) -> Option<usize> {
        self.namespaces.binary_search(&namespace).ok()
    }
}

/// The questions by what they are about, so that a rule is only matched with those that it can be a yes to.
struct Matcher<'q> {
    questions: &'q [Question],
    by_resource: HashMap<String, Vec<usize>>,
    requests: Vec<Vec<Request>>,
}

impl<'q> Matcher<'q> {
    fn of(questions: &'q [Question]) -> Self {
        let mut by_resource: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, Question { ask, .. }) in questions.iter().enumerate() {
            let slash = if ask.subresource.is_empty() { "" } else { "/" };
            let text = format!("{}{slash}{}", ask.resource, ask.subresource);
            by_resource.entry(text).or_default().push(position);
        }
        // the namespace of a request decides which bindings count, and no rule looks at it
        let requests = questions
            .iter()
            .map(|Question { ask, .. }| ask.verbs.iter().map(|verb| ask.request(verb, "")).collect());
        Self { questions, by_resource, requests: requests.collect() }
    }

    fn hits<'p>(&self, rule: InForce<'p>) -> Vec<Hit<'p>> {
        let item = rule.rule.item;
        let any_resource =
            item.resources.iter().any(|resource| !matches!(resource, ResourcePattern::Exactly(_)));
        let candidates: BTreeSet<usize> = if any_resource {
            (0..self.questions.len()).collect()
        } else {
            let named = item.resources.iter().filter_map(|resource| self.by_resource.get(resource.as_str()));
            named.flatten().copied().collect()
        };
        let mut hits = Vec::new();
        for question in candidates {
            let (Some(asked), Some(requests)) = (self.questions.get(question), self.requests.get(question))
            else {
                continue;
            };
            for (verb, request) in requests.iter().enumerate() {
                let by = admits(item, request).filter(|_| !is_told_as_wildcard(asked, verb, item));
                hits.extend(by.map(|by| Hit { question, verb, rule, by }));
            }
        }
        hits
    }
}

/// Whether what a rule gives of a question follows from a wildcard that is told.
fn is_told_as_wildcard(question: &Question, verb: usize, rule: &Rule) -> bool {
    let is_wildcard =
        rule.resources.contains(&ResourcePattern::Any) && rule.api_groups.contains(&NamePattern::Any);
    if !is_wildcard || matches!(question.code, Code::AccessClusterAdmin | Code::AccessWildcard) {
        return false;
    }
    let verb = question.ask.verbs.get(verb).copied().unwrap_or_default();
    let wildcards = RISKS.iter().filter(|risk| risk.code == Code::AccessWildcard);
    let mut told = wildcards.flat_map(|risk| risk.asks).flat_map(|ask| ask.verbs);
    rule.verbs.contains(&NamePattern::Any) || told.any(|told| *told == verb)
}
