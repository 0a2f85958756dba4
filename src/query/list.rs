//! Everything that a caller may do in one namespace and cluster-wide, grant by grant. Walks the bindings of the caller
//! and lays out their rules; decides nothing.

pub mod kubectl;
pub mod reach;

use std::collections::BTreeSet;

use super::can_i::{Caller, CaseAnswer, cases_of, depends_on};
use super::chain::{bound_links, name_of, role_name};
use super::setting::Setting;
use super::whoami::{Outcome, Recognition, bare_service_account, recognize_case, session_in_name};
use super::{gaps, notes, whoami};
use crate::access::access_policy::entry_of;
use crate::access::{Bound, InForce, PRIVILEGED, Policy};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::identity::impersonation::Impersonation;
use crate::identity::{Because, Identity};
use crate::manifest::Loaded;
use crate::model::resource_type::ResourceTypes;
use crate::model::{Association, NamePattern, Namespace, ResourcePattern, Subject, UrlPattern};
use crate::source::{Address, Step};
use reach::Reach;

/// What a caller may do.
#[derive(Clone, Debug)]
pub struct Listing<'p> {
    /// `Known` where there is one list for all that the caller stands for.
    pub outcome: Outcome,
    /// The namespace whose RoleBindings are in the list, beside all ClusterRoleBindings.
    pub namespace: Namespace,
    /// Who the caller is, in its cases; reasons, gaps and notes are about the list.
    pub recognition: Recognition<'p>,
    /// The list of each case, in the same order.
    pub lists: Vec<List<'p>>,
}

/// The list of one case of a caller.
#[derive(Clone, Debug, Default)]
pub struct List<'p> {
    /// True for a member of the privileged group, who may do everything whatever the rows say.
    pub privileged: bool,
    /// Cluster-wide grants, then those in the namespace; each in order of API group, resource and binding, URLs last.
    pub rows: Vec<Row<'p>>,
    /// Bindings of the caller whose role is not there.
    pub dangling: Vec<Bound<'p>>,
    /// Access policies of EKS that are associated with the caller's entry. What they give is not among the rows.
    pub policies: Vec<&'p Association>,
}

/// One resource or URL of one rule.
#[derive(Clone, Debug)]
pub struct Row<'p> {
    /// What the rule is about.
    pub object: Object<'p>,
    /// The binding and its subject.
    pub bound: Bound<'p>,
    /// The rule, with the verbs and the names.
    pub rule: InForce<'p>,
    /// How much of it can ever apply.
    pub reach: Reach,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object<'p> {
    /// Resources.
    Resource {
        /// An element of `apiGroups`.
        api_group: &'p NamePattern,
        /// An element of `resources`.
        resource: &'p ResourcePattern,
    },
    /// Non-resource URLs.
    Url(&'p UrlPattern),
}

impl<'p> Row<'p> {
    /// The namespace in which it applies; none for everywhere.
    pub fn namespace(&self) -> Option<&'p Namespace> {
        self.bound.binding.namespace.as_ref()
    }

    /// The binding as people say it: `RoleBinding team-a/deployers`.
    pub fn binding(&self) -> String {
        let [subject, _] = bound_links(&self.bound);
        subject.object
    }

    /// The role that the binding gives: `ClusterRole edit`.
    pub fn role(&self) -> String {
        role_name(self.rule.role)
    }

    /// The role that writes the rule, where that is another one, whose rules are aggregated.
    pub fn written_in(&self) -> Option<String> {
        self.rule.from.last().map(|role| role_name(role))
    }

    /// Where the binding names the caller.
    pub fn subject_address(&self) -> Address {
        let route = [Step::Field("subjects"), Step::Item(self.bound.subject.position)];
        self.bound.binding.origin.at(route)
    }

    /// Where the rule is written.
    pub fn rule_address(&self) -> Address {
        let route = [Step::Field("rules"), Step::Item(self.rule.rule.position)];
        self.rule.written_in().origin.at(route)
    }

    /// Where the role has its name.
    pub fn role_address(&self) -> Address {
        name_of(self.rule.role.origin)
    }
}

/// Lists what a caller, or the one that it acts as, may do in a namespace and cluster-wide.
pub fn list<'p>(
    loaded: &'p Loaded,
    policy: &'p Policy<'p>,
    caller: &'p Caller,
    impersonation: Option<&Impersonation>,
    namespace: &Namespace,
) -> Listing<'p> {
    let types = &loaded.resource_types;
    let mut cases: Vec<CaseAnswer<'p>> = Vec::new();
    let mut lists: Vec<List<'p>> = Vec::new();
    for case in cases_of(policy, caller) {
        let case = recognize_case(policy, caller, impersonation, case);
        let list = case.identity().map(|identity| list_of(policy, types, identity, namespace));
        let list = list.unwrap_or_default();
        let mut known = cases.iter_mut().zip(&lists);
        if let Some((other, _)) = known.find(|(other, listed)| is_same((other, listed), (&case, &list))) {
            other.when.extend(case.when);
        } else {
            cases.push(case);
            lists.push(list);
        }
    }
    let outcome = match &cases[..] {
        _ if cases.iter().all(|case| case.identity().is_none()) => Outcome::Refused,
        [_] => Outcome::Known,
        _ => Outcome::Depends,
    };
    let recognition = recognition(loaded, policy, caller, outcome, cases, &lists);
    Listing { outcome, namespace: namespace.clone(), recognition, lists }
}

fn list_of<'p>(
    policy: &'p Policy<'p>,
    types: &ResourceTypes,
    identity: &Identity<'_>,
    namespace: &Namespace,
) -> List<'p> {
    let mut list = List {
        privileged: identity.groups.iter().any(|member| member.group.known() == Some(PRIVILEGED)),
        ..List::default()
    };
    for bound in policy.bindings_of(identity, Some(namespace)) {
        let Some(rules) = policy.role_of(bound.binding) else {
            list.dangling.push(bound);
            continue;
        };
        for rule in rules.iter() {
            for object in objects(rule) {
                let reach = reach::of(types, bound.binding.namespace.as_ref(), rule.rule.item, object);
                list.rows.push(Row { object, bound, rule, reach });
            }
        }
    }
    if let Some(principal) = entry_of(identity) {
        list.policies = policy.associations_of(principal).to_vec();
    }
    // stable: the walk decides between rows about the same thing
    list.rows.sort_by(|a, b| (a.namespace(), a.object).cmp(&(b.namespace(), b.object)));
    list
}

fn objects(rule: InForce<'_>) -> Vec<Object<'_>> {
    let item = rule.rule.item;
    let resources = item.api_groups.iter().flat_map(|api_group| {
        item.resources.iter().map(move |resource| Object::Resource { api_group, resource })
    });
    let mut objects: Vec<Object<'_>> = resources.chain(item.urls.iter().map(Object::Url)).collect();
    objects.sort();
    objects.dedup();
    objects
}

/// Whether two cases have the same list from the same sources, so that one is enough.
fn is_same(a: (&CaseAnswer<'_>, &List<'_>), b: (&CaseAnswer<'_>, &List<'_>)) -> bool {
    let source = |row: &Row<'_>| (row.bound.binding.origin, row.bound.subject.position, row.rule_address());
    let refusal = |case: &CaseAnswer<'_>| case.identity.as_ref().err().map(ToString::to_string);
    // what chance decides is told apart even where it makes no difference
    let chance = |case: &CaseAnswer<'_>| case.when.iter().any(|when| when.chance.is_some());
    a.0.identity().is_some() == b.0.identity().is_some()
        && refusal(a.0) == refusal(b.0)
        && !chance(a.0)
        && !chance(b.0)
        && a.1.privileged == b.1.privileged
        && a.1.policies == b.1.policies
        && a.1.rows.iter().map(source).eq(b.1.rows.iter().map(source))
        && a.1.dangling.iter().map(|bound| bound.binding.origin).eq(b
            .1
            .dangling
            .iter()
            .map(|bound| bound.binding.origin))
}

fn recognition<'p>(
    loaded: &Loaded,
    policy: &Policy<'_>,
    caller: &Caller,
    outcome: Outcome,
    cases: Vec<CaseAnswer<'p>>,
    lists: &[List<'p>],
) -> Recognition<'p> {
    // a list is complete only if nothing at all is unread
    let mut unread: Vec<Finding> = Vec::new();
    for gap in cases.iter().flat_map(|case| gaps::of_case(loaded, caller, case)) {
        if !unread.contains(&gap) {
            unread.push(gap);
        }
    }
    let mut found = notes::of_caller(caller, outcome == Outcome::Depends);
    if let Caller::User { name, groups } = caller {
        found.extend(bare_service_account(name, groups));
    }
    for (case, list) in cases.iter().zip(lists) {
        if let Some(identity) = case.identity() {
            notes::of_identity(identity, &mut found);
            let chosen = session_in_name(identity).filter(|_| rests_on_session(identity, list));
            found.extend(chosen.filter(|finding| !found.contains(finding)).into_iter().collect::<Vec<_>>());
        }
    }
    found.extend(dangling_notes(lists));
    found.extend(policy_notes(lists));
    let refused = cases.iter().any(|case| case.identity().is_none());
    let incomplete = caller.principal().is_some_and(|principal| {
        notes::of_principal(policy.cluster, principal, &cases, !refused, &mut found)
    });
    Recognition {
        outcome,
        on: if outcome == Outcome::Depends { depends_on(&cases) } else { Vec::new() },
        why: whoami::reasons(policy, caller, &cases),
        setting: Setting::of(policy.cluster),
        complete: unread.is_empty()
            && !incomplete
            && lists.iter().all(|list| list.dangling.is_empty() && list.policies.is_empty()),
        gaps: unread,
        notes: found,
        cases,
    }
}

/// Whether a row of the list rests on a name that is made of the session name.
fn rests_on_session(identity: &Identity<'_>, list: &List<'_>) -> bool {
    let Some((_, mapping)) = identity.mapping() else { return false };
    let templated = |text: &str| text.contains("{{SessionName}}") || text.contains("{{SessionNameRaw}}");
    list.rows.iter().any(|row| match row.bound.subject.item {
        Subject::User(_) | Subject::ServiceAccount { .. } => templated(&mapping.username),
        Subject::Group(name) => identity.groups.iter().any(|member| {
            member.group.known() == Some(name.as_str())
                && matches!(member.because, Because::Mapping(position)
                    if mapping.groups.get(position).is_some_and(|group| templated(group)))
        }),
    })
}

/// A list of what RBAC grants is not all for a caller with access policies, as kubectl's own is not.
fn policy_notes(lists: &[List<'_>]) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for association in lists.iter().flat_map(|list| &list.policies) {
        let message = format!(
            "the access policy {} gives the caller more, {}; only what RBAC grants is listed",
            association.policy_name(),
            association.scope
        );
        let finding = Finding::new(
            Code::AccessPolicyNotListed,
            Severity::Warning,
            association.address.clone().into(),
            message,
        )
        .with_help("ask for one thing at a time (`can-i VERB TYPE`): that counts access policies");
        if !found.contains(&finding) {
            found.push(finding);
        }
    }
    found
}

fn dangling_notes(lists: &[List<'_>]) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let all = lists.iter().flat_map(|list| &list.dangling);
    all.filter(|bound| !bound.is_builtin && told.insert(bound.binding.origin))
        .map(|bound| {
            let binding = bound.binding;
            let message = format!(
                "{} `{}`, which {} `{}` gives to the caller, is not among the manifests",
                binding.role_ref.kind,
                binding.role_ref.name,
                binding.kind(),
                binding.name
            );
            let spot: Spot = binding.origin.at([Step::Field("roleRef")]).into();
            Finding::new(Code::RoleNotFound, Severity::Note, spot, message)
        })
        .collect()
}
