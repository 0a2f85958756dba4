//! What somebody holds on one side, and what of it the other side lacks.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::LazyLock;

use super::permission::{Piece, beyond};
use super::population::Names;
use crate::access::covers::{TooManyPieces, parts, uncovered};
use crate::access::matching::Match;
use crate::access::{Admission, Bound, Grant, InForce, PRIVILEGED, Policy, Rules};
use crate::identity::{Because, Case, Identity, Rendered};
use crate::model::{NamePattern, Namespace, ResourcePattern, Rule, Subject, UrlPattern};
use crate::source::Origin;

/// What members of the privileged group hold.
static EVERYTHING: LazyLock<Rule> = LazyLock::new(|| Rule {
    verbs: vec![NamePattern::Any],
    api_groups: vec![NamePattern::Any],
    resources: vec![ResourcePattern::Any],
    resource_names: Vec::new(),
    urls: vec![UrlPattern::Any],
});

/// A rule that somebody holds, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held<'c> {
    /// The number of its content.
    rule: u32,
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
        }
    }
}

/// A permission that one side lacks.
#[derive(Clone, Debug)]
pub(super) struct Found<'c> {
    /// What the other side lacks.
    pub(super) permission: Rule,
    /// Where; none for everywhere.
    pub(super) namespace: Option<Namespace>,
    /// Namespaces in which the other side has it, where it is held everywhere.
    pub(super) also_other_side: Vec<Namespace>,
    /// The rule that grants it.
    pub(super) held: Held<'c>,
}

/// What somebody holds.
#[derive(Debug, Default)]
pub(super) struct Access<'c> {
    everywhere: Vec<Held<'c>>,
    in_namespace: BTreeMap<&'c Namespace, Vec<Held<'c>>>,
}

/// Which of the two clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Time {
    Before,
    After,
}

/// What is new and what was there already, by the numbers of the rules, and whether in a namespace.
type Asked = (Vec<u32>, Vec<u32>, bool);
/// The pieces, each with the place of its rule among the new ones.
type Answered = Result<Rc<Vec<Piece>>, TooManyPieces>;

/// What bindings give to each subject: where, and the numbers of the rules.
type Given<'c> = HashMap<&'c Subject, BTreeSet<(Option<&'c Namespace>, u32)>>;

/// The rules in force in a role, each with the number of its content.
type Numbered<'c> = Rc<Vec<(u32, InForce<'c>)>>;

/// The two clusters, with what was compared already: thousands of callers hold the same few roles.
#[derive(Debug)]
pub(super) struct Comparison<'c> {
    before: &'c Policy<'c>,
    after: &'c Policy<'c>,
    numbers: HashMap<&'c Rule, u32>,
    rules: Vec<&'c Rule>,
    roles: HashMap<(Time, Origin), Numbered<'c>>,
    known: HashMap<Asked, Answered>,
    given: [Given<'c>; 2],
    touching: HashMap<(Rule, Option<Namespace>), Rc<Names>>,
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
            given: [Given::default(), Given::default()],
            touching: HashMap::new(),
        }
    }

    fn policy(&self, time: Time) -> &'c Policy<'c> {
        match time {
            Time::Before => self.before,
            Time::After => self.after,
        }
    }

    fn number(&mut self, rule: &'c Rule) -> u32 {
        let rules = &mut self.rules;
        *self.numbers.entry(rule).or_insert_with(|| {
            rules.push(rule);
            u32::try_from(rules.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn rules_of(&self, numbers: &[u32]) -> Vec<&'c Rule> {
        numbers.iter().filter_map(|&number| self.rules.get(number as usize).copied()).collect()
    }

    /// What the callers of these cases hold, by any of them.
    pub(super) fn access(&mut self, time: Time, cases: &[Case<'_>]) -> Access<'c> {
        let mut access = Access::default();
        let identities = cases.iter().enumerate();
        for (case, identity) in
            identities.filter_map(|(place, case)| Some((place, case.outcome.as_ref().ok()?)))
        {
            self.add(time, identity, case, &mut access);
        }
        access
    }

    /// What they hold only because they are let in at all: the rules of the groups that the API server puts them in.
    pub(super) fn access_of_anybody(&mut self, time: Time, cases: &[Case<'_>]) -> Access<'c> {
        let mut access = Access::default();
        for identity in cases.iter().filter_map(|case| case.outcome.as_ref().ok()) {
            let mut anybody = identity.clone();
            anybody.username = Rendered::text("(nobody in particular)");
            anybody.groups.retain(|member| is_implied(member.because));
            self.add(time, &anybody, 0, &mut access);
        }
        access
    }

    fn add(&mut self, time: Time, identity: &Identity<'_>, case: usize, access: &mut Access<'c>) {
        let policy = self.policy(time);
        let privileged = identity.groups.iter().position(|member| member.group.known() == Some(PRIVILEGED));
        if let Some(membership) = privileged {
            let rule = self.number(&EVERYTHING);
            access.everywhere.push(Held { rule, by: By::Privileged(membership), case });
        }
        for bound in policy.bindings_anywhere(identity) {
            let Some(rules) = policy.role_of(bound.binding) else { continue };
            let rules = self.numbered(time, rules);
            let list = match &bound.binding.namespace {
                None => &mut access.everywhere,
                Some(namespace) => access.in_namespace.entry(namespace).or_default(),
            };
            list.extend(rules.iter().map(|&(rule, in_force)| Held {
                rule,
                by: By::Rule(bound, in_force),
                case,
            }));
        }
    }

    fn numbered(&mut self, time: Time, rules: Rules<'c>) -> Numbered<'c> {
        let key = (time, rules.role().origin);
        if let Some(known) = self.roles.get(&key) {
            return known.clone();
        }
        let numbered: Vec<_> = rules.iter().map(|rule| (self.number(rule.rule.item), rule)).collect();
        let numbered = Rc::new(numbered);
        self.roles.insert(key, numbered.clone());
        numbered
    }

    /// The names that bindings give something else in the two clusters. Whoever has none of them, and is taken for the
    /// same in both, holds the same in both.
    pub(super) fn changed_names(&mut self) -> Names {
        let (before, after) = (self.given(Time::Before), self.given(Time::After));
        let subjects: BTreeSet<&Subject> = before.keys().chain(after.keys()).copied().collect();
        let mut names = Names::default();
        for subject in subjects.into_iter().filter(|subject| before.get(subject) != after.get(subject)) {
            add_name(subject, &mut names);
        }
        self.given = [before, after];
        names
    }

    /// The names whose own rules hold a part of the permission, where it is held or in any namespace of it: they alone
    /// can make a difference in who gains it.
    pub(super) fn names_touching(&mut self, permission: &Rule, namespace: Option<&Namespace>) -> Rc<Names> {
        let key = (permission.clone(), namespace.cloned());
        if let Some(known) = self.touching.get(&key) {
            return known.clone();
        }
        let whole = parts(permission);
        let mut touches: HashMap<u32, bool> = HashMap::new();
        let mut names = Names::default();
        names.groups.insert(PRIVILEGED.to_owned());
        for (subject, rules) in self.given.iter().flatten() {
            let there =
                |scope: Option<&Namespace>| namespace.is_none() || scope.is_none() || scope == namespace;
            let held = rules.iter().filter(|(scope, _)| there(*scope)).any(|(_, number)| {
                *touches.entry(*number).or_insert_with(|| {
                    let rule = self.rules.get(*number as usize);
                    rule.is_none_or(|rule| uncovered([*rule], permission).as_ref() != Ok(&whole))
                })
            });
            if held {
                add_name(subject, &mut names);
            }
        }
        let names = Rc::new(names);
        self.touching.insert(key, names.clone());
        names
    }

    /// What bindings give to each subject: where, and the numbers of the rules.
    fn given(&mut self, time: Time) -> Given<'c> {
        let policy = self.policy(time);
        let mut given = Given::default();
        for &binding in policy.bindings() {
            let Some(rules) = policy.role_of(binding) else { continue };
            let rules = self.numbered(time, rules);
            for subject in &binding.subjects {
                let rules = rules.iter().map(|(number, _)| (binding.namespace.as_ref(), *number));
                given.entry(subject).or_default().extend(rules);
            }
        }
        given
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
            let mut also_other_side = Vec::new();
            for (&namespace, list) in &lacks.in_namespace {
                let there: BTreeSet<u32> = owned.iter().copied().chain(numbers(list)).collect();
                let there = self.rules_of(&there.into_iter().collect::<Vec<_>>());
                if permission.urls.is_empty() && uncovered(there, &permission)?.is_empty() {
                    also_other_side.push(namespace.clone());
                }
            }
            found.push(Found { permission, namespace: None, also_other_side, held });
        }
        for (&namespace, list) in &holds.in_namespace {
            let mut owned = owned.clone();
            owned.extend(numbers(&holds.everywhere));
            owned.extend(lacks.in_namespace.get(namespace).into_iter().flat_map(|list| numbers(list)));
            for (permission, held) in self.new_in(list, &owned, true)? {
                found.push(Found {
                    permission,
                    namespace: Some(namespace.clone()),
                    also_other_side: Vec::new(),
                    held,
                });
            }
        }
        Ok(found)
    }

    fn new_in(
        &mut self,
        list: &[Held<'c>],
        owned: &BTreeSet<u32>,
        in_namespace: bool,
    ) -> Result<Vec<(Rule, Held<'c>)>, TooManyPieces> {
        let mut seen = BTreeSet::new();
        let new: Vec<Held<'c>> = list
            .iter()
            .filter(|held| !owned.contains(&held.rule) && seen.insert(held.rule))
            .copied()
            .collect();
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let new_numbers: Vec<u32> = new.iter().map(|held| held.rule).collect();
        let asked = (new_numbers, owned.iter().copied().collect::<Vec<_>>(), in_namespace);
        let answered = if let Some(known) = self.known.get(&asked) {
            known.clone()
        } else {
            let answered =
                beyond(&self.rules_of(&asked.0), &self.rules_of(&asked.1), in_namespace).map(Rc::new);
            self.known.insert(asked, answered.clone());
            answered
        };
        let pieces = answered?;
        Ok(pieces.iter().filter_map(|(rule, of)| Some((rule.clone(), *new.get(*of)?))).collect())
    }
}

fn add_name(subject: &Subject, names: &mut Names) {
    match subject {
        Subject::User(name) => names.users.insert(name.to_string()),
        Subject::Group(name) => names.groups.insert(name.to_string()),
        Subject::ServiceAccount { namespace, name } => {
            names.users.insert(format!("system:serviceaccount:{namespace}:{name}"))
        }
    };
}

fn numbers(list: &[Held<'_>]) -> BTreeSet<u32> {
    list.iter().map(|held| held.rule).collect()
}

/// Whether the API server itself puts the caller in a group.
pub(super) const fn is_implied(because: Because) -> bool {
    matches!(because, Because::Authenticated | Because::Unauthenticated | Because::ServiceAccount)
}
