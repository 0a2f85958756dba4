//! What somebody holds on one side, and what of it the other side lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt};

use super::permission::{Piece, beyond};
use super::unknown::unknown_of;
use crate::access::access_policy::{is_within, whole};
use crate::access::covers::{TooManyPieces, uncovered};
use crate::access::matching::Match;
use crate::access::{Admission, Bound, Grant, InForce, PRIVILEGED, Policy, PolicyGrant, Rules};
use crate::identity::{Because, Case, Identity, Rendered};
use crate::model::{NamePattern, Namespace, ResourcePattern, Rule, UrlPattern};
use crate::source::Origin;

/// What members of the privileged group hold.
static EVERYTHING: LazyLock<Rule> = LazyLock::new(|| Rule {
    verbs: vec![NamePattern::Any],
    api_groups: vec![NamePattern::Any],
    resources: vec![ResourcePattern::Any],
    resource_names: Vec::new(),
    urls: vec![UrlPattern::Any],
});

/// The number of a rule's content: equal rules of both clusters have the same.
pub(super) type Number = u32;

/// A rule that somebody holds, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held<'c> {
    number: Number,
    /// How it is held.
    pub(super) by: By<'c>,
    /// Which of the cases holds it.
    pub(super) case: usize,
}

/// How a rule is held.
#[derive(Clone, Copy, Debug)]
pub(super) enum By<'c> {
    /// By membership in the privileged group, at this place among the groups.
    Privileged(usize),
    /// By a binding.
    Rule(Bound<'c>, InForce<'c>),
    /// By an access policy.
    Policy(PolicyGrant<'c>),
}

impl By<'_> {
    /// The same as evidence of a decision about something that the rule grants.
    pub(super) fn admission(&self) -> Admission<'_> {
        match *self {
            By::Privileged(membership) => Admission::PrivilegedGroup { membership },
            By::Rule(bound, rule) => {
                let by = if rule.rule.item.urls.is_empty() {
                    Match::Resource { verb: 0, api_group: 0, resource: 0, name: None }
                } else {
                    Match::Url { verb: 0, url: 0 }
                };
                Admission::Rule(Grant { bound, rule, by })
            }
            By::Policy(grant) => Admission::AccessPolicy(grant),
        }
    }
}

/// A permission that one side lacks.
#[derive(Clone, Debug)]
pub(super) struct Found<'c> {
    /// The number of what the other side lacks.
    pub(super) permission: Number,
    /// Where: a namespace, or the pattern of an access policy; none for everywhere.
    pub(super) namespace: Option<&'c Namespace>,
    /// Places inside of that in which the other side has it.
    pub(super) also_other_side: Vec<Namespace>,
    /// The rule that grants it.
    pub(super) held: Held<'c>,
}

/// What somebody holds.
#[derive(Debug, Default)]
pub(super) struct Access<'c> {
    everywhere: Vec<Held<'c>>,
    within: BTreeMap<&'c Namespace, Vec<Held<'c>>>,
    /// What else they may hold: in words, since it is not known.
    pub(super) unknown: BTreeSet<String>,
}

/// Which of the two clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Time {
    Before,
    After,
}

/// What is new and what was there already, by the numbers of the rules, and whether in a namespace.
type Asked = (Vec<Number>, Vec<Number>, bool);
/// The pieces by number, each with the place of its rule among the new ones.
type Answered = Result<Rc<Vec<(Number, usize)>>, TooManyPieces>;
/// The rules in force in a role, each with the number of its content.
type Numbered<'c> = Rc<Vec<(Number, InForce<'c>)>>;

/// The two clusters, with what was compared already: thousands of callers hold the same few roles.
#[derive(Debug)]
pub(super) struct Comparison<'c> {
    pub(super) before: &'c Policy<'c>,
    pub(super) after: &'c Policy<'c>,
    numbers: HashMap<Rc<Rule>, Number>,
    rules: Vec<Rc<Rule>>,
    roles: HashMap<(Time, Origin), Numbered<'c>>,
    known: HashMap<Asked, Answered>,
}

impl<'c> Comparison<'c> {
    pub(super) fn new(before: &'c Policy<'c>, after: &'c Policy<'c>) -> Self {
        Self {
            before,
            after,
            numbers: HashMap::new(),
            rules: Vec::new(),
            roles: HashMap::new(),
            known: HashMap::new(),
        }
    }

    pub(super) fn policy(&self, time: Time) -> &'c Policy<'c> {
        match time {
            Time::Before => self.before,
            Time::After => self.after,
        }
    }

    fn number(&mut self, rule: &Rule) -> Number {
        if let Some(known) = self.numbers.get(rule) {
            return *known;
        }
        let number = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        let rule = Rc::new(rule.clone());
        self.rules.push(rule.clone());
        self.numbers.insert(rule, number);
        number
    }

    /// The rule of a number.
    pub(super) fn rule(&self, number: Number) -> Rc<Rule> {
        self.rules.get(number as usize).cloned().unwrap_or_default()
    }

    fn rules_of<'s>(&'s self, numbers: &'s [Number]) -> impl Iterator<Item = &'s Rule> {
        numbers.iter().filter_map(|&number| self.rules.get(number as usize).map(AsRef::as_ref))
    }

    /// What the callers of these cases hold, by any of them.
    pub(super) fn access(&mut self, time: Time, cases: &[Case<'c>]) -> Access<'c> {
        let mut access = Access::default();
        for (place, case) in cases.iter().enumerate() {
            access.unknown.extend(unknown_of(case));
            if let Ok(identity) = &case.outcome {
                self.add(time, identity, place, &mut access);
            }
        }
        access
    }

    /// What they hold only because they are let in at all: the rules of the groups that the API server puts them in.
    pub(super) fn access_of_anybody(&mut self, time: Time, cases: &[Case<'c>]) -> Access<'c> {
        let mut access = Access::default();
        for identity in cases.iter().filter_map(|case| case.outcome.as_ref().ok()) {
            let mut anybody = identity.clone();
            anybody.principal = None;
            anybody.username = Rendered::anyone();
            anybody.groups.retain(|member| is_implied(member.because));
            self.add(time, &anybody, 0, &mut access);
        }
        access
    }

    fn add(&mut self, time: Time, identity: &Identity<'c>, case: usize, access: &mut Access<'c>) {
        let policy = self.policy(time);
        let privileged = identity.groups.iter().position(|member| member.group.known() == Some(PRIVILEGED));
        if let Some(membership) = privileged {
            let number = self.number(&EVERYTHING);
            access.everywhere.push(Held { number, by: By::Privileged(membership), case });
        }
        for bound in policy.bindings_anywhere(identity) {
            let Some(rules) = policy.role_of(bound.binding) else { continue };
            let rules = self.numbered(time, rules);
            let list = match &bound.binding.namespace {
                None => &mut access.everywhere,
                Some(namespace) => access.within.entry(namespace).or_default(),
            };
            list.extend(rules.iter().map(|&(number, in_force)| Held {
                number,
                by: By::Rule(bound, in_force),
                case,
            }));
        }
        for grant in whole(policy, identity).grants {
            let number = self.number(grant.rule.item);
            let list = match grant.within {
                None => &mut access.everywhere,
                Some(pattern) => access.within.entry(pattern).or_default(),
            };
            list.push(Held { number, by: By::Policy(grant), case });
        }
        access.unknown.extend(super::unknown::of_policies(policy, identity));
    }

    /// The rules in force in a role.
    pub(super) fn numbered(&mut self, time: Time, rules: Rules<'c>) -> Numbered<'c> {
        let key = (time, rules.role().origin);
        if let Some(known) = self.roles.get(&key) {
            return known.clone();
        }
        let numbered: Vec<_> = rules.iter().map(|rule| (self.number(rule.rule.item), rule)).collect();
        let numbered = Rc::new(numbered);
        self.roles.insert(key, numbered.clone());
        numbered
    }

    /// What is held beyond what the other side holds.
    pub(super) fn beyond(
        &mut self,
        holds: &Access<'c>,
        lacks: &Access<'c>,
    ) -> Result<Vec<Found<'c>>, TooManyPieces> {
        let mut found = Vec::new();
        let owned = numbers(&lacks.everywhere);
        for (permission, held) in self.new_in(&holds.everywhere, &owned, false)? {
            let also_other_side = self.has_inside(permission, &owned, lacks, |_| true)?;
            found.push(Found { permission, namespace: None, also_other_side, held });
        }
        for (&place, list) in &holds.within {
            if lacks.within.get(place).is_some_and(|other| numbers(list).is_subset(&numbers(other))) {
                continue;
            }
            let around =
                |access: &Access<'c>, out: &mut BTreeSet<Number>, is_around: &dyn Fn(&Namespace) -> bool| {
                    out.extend(access.everywhere.iter().map(|held| held.number));
                    let wider = access.within.iter().filter(|(other, _)| is_around(other));
                    out.extend(wider.flat_map(|(_, list)| list.iter().map(|held| held.number)));
                };
            let mut owned = BTreeSet::new();
            around(lacks, &mut owned, &|wide| is_within(place, wide));
            // what is held all around is told there
            around(holds, &mut owned, &|wide| wide != place && is_within(place, wide));
            for (permission, held) in self.new_in(list, &owned, true)? {
                let is_inside = |narrow: &Namespace| narrow != place && is_within(narrow, place);
                let also_other_side = self.has_inside(permission, &owned, lacks, is_inside)?;
                found.push(Found { permission, namespace: Some(place), also_other_side, held });
            }
        }
        Ok(found)
    }

    /// The places inside in which the other side has the permission, together with what it has all around.
    fn has_inside(
        &self,
        permission: Number,
        owned: &BTreeSet<Number>,
        lacks: &Access<'c>,
        is_inside: impl Fn(&Namespace) -> bool,
    ) -> Result<Vec<Namespace>, TooManyPieces> {
        let permission = self.rule(permission);
        let mut has = Vec::new();
        if !permission.urls.is_empty() {
            return Ok(has);
        }
        for (&place, list) in lacks.within.iter().filter(|(place, _)| is_inside(place)) {
            let there: Vec<Number> = owned.iter().copied().chain(numbers(list)).collect();
            if uncovered(self.rules_of(&there), &permission)?.is_empty() {
                has.push(place.clone());
            }
        }
        Ok(has)
    }

    fn new_in(
        &mut self,
        list: &[Held<'c>],
        owned: &BTreeSet<Number>,
        in_namespace: bool,
    ) -> Result<Vec<(Number, Held<'c>)>, TooManyPieces> {
        let mut seen = BTreeSet::new();
        let new: Vec<Held<'c>> = list
            .iter()
            .filter(|held| !owned.contains(&held.number) && seen.insert(held.number))
            .copied()
            .collect();
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let new_numbers: Vec<Number> = new.iter().map(|held| held.number).collect();
        let asked = (new_numbers, owned.iter().copied().collect::<Vec<_>>(), in_namespace);
        let answered = if let Some(known) = self.known.get(&asked) {
            known.clone()
        } else {
            let rules: Vec<&Rule> = self.rules_of(&asked.0).collect();
            let owners: Vec<&Rule> = self.rules_of(&asked.1).collect();
            let answered: Result<Vec<Piece>, _> = beyond(&rules, &owners, in_namespace);
            let answered = answered.map(|pieces| {
                Rc::new(pieces.iter().map(|(rule, of)| (self.number(rule), *of)).collect::<Vec<_>>())
            });
            self.known.insert(asked, answered.clone());
            answered
        };
        let pieces = answered?;
        Ok(pieces.iter().filter_map(|(number, of)| Some((*number, *new.get(*of)?))).collect())
    }
}

fn numbers(list: &[Held<'_>]) -> BTreeSet<Number> {
    list.iter().map(|held| held.number).collect()
}

/// Whether the API server itself puts the caller in a group.
pub(super) const fn is_implied(because: Because) -> bool {
    matches!(because, Because::Authenticated | Because::Unauthenticated | Because::ServiceAccount)
}
