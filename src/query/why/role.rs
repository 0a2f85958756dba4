//! What the role of a binding lacks: the role itself, or the rule.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::super::chain::role_name;
use super::super::near::Name;
use super::rule::{Lack, at_least, breadth, lack};
use super::{Cost, binding::Broken};
use crate::access::matching::{admits, mismatch};
use crate::access::{InForce, Policy, Rules};
use crate::finding::Code;
use crate::model::{Binding, Meant, Namespace, ObjectName, Refused, Request, Role, RoleKind, RoleRef};
use crate::source::{Origin, Step};

/// What identifies a role, for looking up.
type Key<'p> = (Option<&'p str>, &'p str);

/// The roles of a cluster as one request sees them.
pub(super) struct Roles<'p> {
    policy: &'p Policy<'p>,
    request: &'p Request,
    /// The roles that admit the request where it is asked.
    fitting: HashMap<Key<'p>, Fitting<'p>, RandomState>,
    /// The nearest rule of each role that was looked at; none where one fits.
    nearest: HashMap<Origin, Option<Nearest<'p>>, RandomState>,
}

/// A role that admits the request.
#[derive(Clone, Copy)]
pub(super) struct Fitting<'p> {
    pub(super) role: &'p Role,
    /// How much more than that it gives.
    pub(super) breadth: Cost,
    /// Whether a binding refers to it, from wherever.
    pub(super) bound: bool,
}

/// What a role lacks.
#[derive(Clone)]
enum Nearest<'p> {
    Rule(InForce<'p>, Lack<'p>),
    NoRules,
}

impl<'p> Roles<'p> {
    /// Looks through all roles that can be bound where the request is asked, once.
    pub(super) fn new(policy: &'p Policy<'p>, request: &'p Request) -> Self {
        let here = |role: &&Role| role.namespace.is_none() || role.namespace.as_ref() == request.namespace();
        let mut fitting = HashMap::default();
        for role in policy.cluster.roles.values().filter(here) {
            let rules = rules_of(policy, role).filter(|rule| admits(rule.rule.item, request).is_some());
            if let Some(breadth) = rules.map(|rule| breadth(rule.rule.item)).min() {
                fitting.insert(key_of(role), Fitting { role, breadth, bound: false });
            }
        }
        Self { policy, request, fitting, nearest: HashMap::default() }
    }

    /// Notes that a binding refers to a role; gives the role if it is there and admits the request.
    pub(super) fn refer(&mut self, binding: &'p Binding) -> Option<Fitting<'p>> {
        if self.fitting.is_empty() {
            return None;
        }
        let wanted = &binding.role_ref;
        let namespace = of_kind(wanted.kind, binding.namespace.as_ref());
        let found = self.fitting.get_mut(&(namespace.map(Namespace::as_str), wanted.name.as_str()))?;
        found.bound = true;
        Some(*found)
    }

    /// The role that costs least to bind: one that nobody is bound to is probably waiting for a binding.
    pub(super) fn unbound(&self) -> Option<(Cost, Fitting<'p>)> {
        let cost = |role: &Fitting<'p>| {
            let base = if role.bound { Cost::UNBOUND } else { Cost::ORPHAN };
            base.plus(role.breadth)
        };
        let own = self.fitting.values().filter(|found| !self.policy.cluster.is_builtin(found.role.origin));
        let found = own
            .map(|found| (cost(found), found))
            .min_by_key(|(cost, found)| (*cost, found.role.namespace.clone(), found.role.name.clone()));
        found.map(|(cost, found)| (cost, *found))
    }

    /// The narrowest role of Kubernetes' own that admits the request.
    pub(super) fn builtin(&self) -> Option<&'p Role> {
        let named = |found: &&Fitting<'p>| {
            self.policy.cluster.is_builtin(found.role.origin)
                && !["system:", "eks:"].iter().any(|own| found.role.name.as_str().starts_with(own))
        };
        let rules = |role: &Role| rules_of(self.policy, role).count();
        let found = self.fitting.values().filter(named);
        found
            .map(|found| found.role)
            .min_by_key(|role| (role.name.as_str() == "cluster-admin", rules(role), role.name.clone()))
    }

    /// What is broken in the role of a binding; none if it is there and admits the request.
    pub(super) fn broken(&mut self, binding: &'p Binding, refused: Option<&Refused>) -> Option<Broken> {
        if let Some(rules) = self.policy.role_of(binding) {
            return self.lacking(binding, rules);
        }
        // what a refused binding refers to is perhaps of the other kind, or cannot be read
        if refused.is_some_and(|refused| is_about(refused, "roleRef")) {
            let other = match binding.role_ref.kind {
                RoleKind::Role => RoleKind::ClusterRole,
                RoleKind::ClusterRole => RoleKind::Role,
            };
            let namespace = of_kind(other, binding.namespace.as_ref()).cloned();
            let meant = self.policy.cluster.roles.get(&(namespace, binding.role_ref.name.clone()));
            if let Some(rules) = meant.and_then(|role| self.policy.rules_of(role)) {
                return self.lacking(binding, rules);
            }
            if binding.role_ref.name.as_str().is_empty() {
                return None;
            }
        }
        Some(self.missing(binding))
    }

    fn lacking(&mut self, binding: &Binding, rules: Rules<'p>) -> Option<Broken> {
        let role = rules.role();
        let request = self.request;
        let nearest = self.nearest.entry(role.origin).or_insert_with(|| nearest(rules, request)).clone()?;
        let name = role_name(role);
        if self.policy.cluster.is_builtin(role.origin) {
            return Some(self.builtin_lacking(binding, &name, &nearest));
        }
        Some(match nearest {
            Nearest::NoRules => {
                let url = matches!(request.target, crate::model::Target::Url(_));
                let because = match &role.aggregation {
                    Some(_) => "aggregates no ClusterRole that has a rule",
                    None => "has no rules",
                };
                Broken {
                    cost: Cost::EMPTY,
                    code: if url { Code::UrlNotGranted } else { Code::ResourceNotGranted },
                    message: format!("{name} {because}"),
                    help: format!("give it one that allows `{}`", request.verb),
                    spot: role.origin.at([Step::Field("rules")]).into(),
                }
            }
            Nearest::Rule(rule, lack) => {
                let written_in = rule.written_in();
                let route = [Step::Field("rules"), Step::Item(rule.rule.position), Step::Field(lack.field())];
                Broken {
                    cost: lack.cost,
                    code: lack.code(),
                    message: format!(
                        "{}, `rules[{}]`: {}",
                        role_name(written_in),
                        rule.rule.position,
                        lack.message(request)
                    ),
                    help: lack.help(request),
                    spot: written_in.origin.at(route).into(),
                }
            }
        })
    }

    /// Kubernetes' own roles are not to be changed: another is to be bound.
    fn builtin_lacking(&self, binding: &Binding, name: &str, nearest: &Nearest<'_>) -> Broken {
        let (cost, code, lacking) = match nearest {
            Nearest::Rule(_, lack) => (lack.cost, lack.code(), lack.message(self.request)),
            Nearest::NoRules => (Cost::LINK, Code::ResourceNotGranted, "it has no rules".to_owned()),
        };
        let instead = self.unbound().map(|(_, found)| found.role).or_else(|| self.builtin());
        let help = match instead {
            Some(role) => format!("bind {} as well, or instead", role_name(role)),
            None => "bind a role of your own that allows it".to_owned(),
        };
        Broken {
            cost: cost.plus(Cost::NOT_OURS),
            code,
            message: format!("{name}, which is Kubernetes' own, does not allow it: {lacking}"),
            help,
            spot: binding.origin.at([Step::Field("roleRef")]).into(),
        }
    }

    fn missing(&self, binding: &Binding) -> Broken {
        let wanted = &binding.role_ref;
        let namespace = of_kind(wanted.kind, binding.namespace.as_ref());
        if let Some(broken) = self.refused(wanted, namespace) {
            return broken;
        }
        let spelt = Name::new(wanted.name.as_str());
        let reachable = |role: &&Role| role.namespace.is_none() || role.namespace == binding.namespace;
        let candidates = self.policy.cluster.roles.values().filter(|role| {
            role.name == wanted.name || (reachable(role) && spelt.near(role.name.as_str()).is_some())
        });
        let fits = |role: &&Role| {
            rules_of(self.policy, role).any(|rule| admits(rule.rule.item, self.request).is_some())
        };
        let meant = candidates.filter(fits).min_by_key(|role| (!reachable(role), role.name != wanted.name));
        let what = match namespace {
            Some(namespace) => format!("Role `{}` of namespace `{namespace}`", wanted.name),
            None => format!("{} `{}`", wanted.kind, wanted.name),
        };
        let anew = "a roleRef cannot be changed: delete the binding and create it anew";
        let help = match meant {
            None => "add the role, or bind another".to_owned(),
            Some(role) if !reachable(&role) => {
                format!("{} is in another namespace: write the role where the binding is", role_name(role))
            }
            Some(role) if role.kind() != wanted.kind => {
                format!("did you mean `kind: {}`? {anew}", role.kind())
            }
            Some(role) => format!("did you mean `{}`? {anew}", role.name),
        };
        Broken {
            cost: if meant.is_some() { Cost::TYPO } else { Cost::DANGLING },
            code: Code::RoleNotFound,
            message: format!(
                "{} refers to {what}, which is not among the manifests",
                super::binding::shown(binding)
            ),
            help,
            spot: binding.origin.at([Step::Field("roleRef")]).into(),
        }
    }

    /// A refused role of the wanted name, or one whose name cannot be read.
    fn refused(&self, wanted: &RoleRef, namespace: Option<&Namespace>) -> Option<Broken> {
        let is_it = |role: &Role| role.namespace.as_ref() == namespace && role.name == wanted.name;
        let nameless = |refused: &Refused, role: &Role| {
            let unnamed =
                |route: &[Step]| matches!(route, [Step::Field("metadata"), Step::Field("name"), ..]);
            role.kind() == wanted.kind && refused.reasons.iter().any(|(address, _)| unnamed(&address.route))
        };
        let mut found: Option<(bool, &Refused, &Role)> = None;
        for refused in &self.policy.cluster.refused {
            let Meant::Role(role) = &refused.meant else { continue };
            if is_it(role) {
                found = Some((true, refused, role));
            } else if found.is_none() && nameless(refused, role) {
                found = Some((false, refused, role));
            }
        }
        let (named, refused, role) = found?;
        let fits = role.rules.iter().any(|rule| admits(rule, self.request).is_some());
        let cost = if fits { Cost::REFUSED } else { Cost::REFUSED.plus(Cost::FORM) };
        let mut broken = super::binding::refusal(refused)?;
        broken.cost = if named { cost } else { cost.plus(Cost::SLIGHTLY) };
        Some(broken)
    }
}

/// Whether the API server objects to this part of an object.
pub(super) fn is_about(refused: &Refused, field: &str) -> bool {
    let within =
        |route: &[Step]| route.is_empty() || matches!(route, [Step::Field(first), ..] if *first == field);
    refused.reasons.iter().any(|(address, _)| within(&address.route))
}

fn key_of(role: &Role) -> Key<'_> {
    (role.namespace.as_ref().map(Namespace::as_str), ObjectName::as_str(&role.name))
}

/// The namespace in which a role of this kind is looked for.
fn of_kind(kind: RoleKind, namespace: Option<&Namespace>) -> Option<&Namespace> {
    match kind {
        RoleKind::Role => namespace,
        RoleKind::ClusterRole => None,
    }
}

fn rules_of<'p>(policy: &'p Policy<'p>, role: &'p Role) -> impl Iterator<Item = InForce<'p>> {
    policy.rules_of(role).into_iter().flat_map(Rules::iter)
}

/// The rule that is nearest to admitting the request; none if one admits it.
fn nearest<'p>(rules: Rules<'p>, request: &Request) -> Option<Nearest<'p>> {
    let mut nearest: Option<(InForce<'p>, Lack<'p>)> = None;
    for rule in rules.iter() {
        let floor = at_least(mismatch(rule.rule.item, request)?);
        if nearest.as_ref().is_some_and(|(_, known)| known.cost <= floor) {
            continue;
        }
        let lack = lack(rule.rule.item, request)?;
        if nearest.as_ref().is_none_or(|(_, known)| lack.cost < known.cost) {
            nearest = Some((rule, lack));
        }
    }
    Some(nearest.map_or(Nearest::NoRules, |(rule, lack)| Nearest::Rule(rule, lack)))
}
