//! Risky access: who holds it, by which chain, where. Told once for each principal and kind of access.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::{found, rule_of};
use crate::access::matching::{Match, admits};
use crate::access::{Admission, Bound, Grant, InForce, PRIVILEGED, Rules};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::identity::{AUTHENTICATED, Identity, UNAUTHENTICATED};
use crate::model::{NamePattern, Namespace, ResourcePattern, Role, RoleKind, Subject};
use crate::query::chain::{Link, admission_links, bound_links, identity_links};
use crate::query::risk::{Ask, EVERYTHING, RISKS, Where};
use crate::source::{Origin, Step};

/// The default roles for whole namespaces, which are told as one.
const FOR_NAMESPACES: [&str; 2] = ["admin", "edit"];

/// Somebody with access, in one or several cases.
struct Holder<'a> {
    /// In words, as in "`arn:aws:iam::1:role/dev`".
    who: String,
    identities: Vec<Identity<'a>>,
    /// The group that it is, for which groups of everyone count.
    is_group: Option<String>,
}

/// A yes to a question, under any of its verbs.
struct Held<'h> {
    ask: &'static Ask,
    verbs: Vec<&'static str>,
    /// Empty for the whole cluster.
    namespace: String,
    /// The first case of the holder that has it, with its first reason.
    identity: &'h Identity<'h>,
    grant: Grant<'h>,
    /// How many cases have it.
    cases: usize,
    /// The last of them.
    last: Option<usize>,
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
type Gives<'p> = BTreeMap<Origin, Vec<Hit<'p>>>;

/// What a holder has of each kind, question by question.
type Holdings<'h> = BTreeMap<(Code, usize, String), Held<'h>>;

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let gives = gives(context);
    let holders = holders(context);
    let mut all: Vec<Finding> =
        holders.iter().flat_map(|holder| of_holder(context, holder, &gives)).collect();
    all.extend(unbound(context));
    all
}

fn gives<'p>(context: &'p Context<'_>) -> Gives<'p> {
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
    let roles = context.loaded.cluster.roles.values();
    roles.filter_map(|role| Some((role.origin, hits(context.policy.rules_of(role)?)))).collect()
}

/// The principals of the mappings, then the subjects of bindings that no mapping gives.
fn holders<'a>(context: &'a Context<'_>) -> Vec<Holder<'a>> {
    let mut holders = Vec::new();
    let mut usernames: BTreeSet<&str> = BTreeSet::new();
    let mut groups: BTreeSet<&str> = BTreeSet::new();
    for mapped in &context.mapped {
        for identity in mapped.identities() {
            usernames.extend(identity.username.known());
            groups.extend(identity.groups.iter().filter_map(|member| member.group.known()));
        }
        let identities = mapped.identities().cloned().collect();
        holders.push(Holder { who: format!("`{}`", mapped.arn), identities, is_group: None });
    }
    // everyone is in it, and it is told by itself
    groups.remove(AUTHENTICATED);
    let subjects: BTreeSet<&Subject> = context.own_bindings().flat_map(|binding| &binding.subjects).collect();
    for subject in subjects {
        holders.extend(match subject {
            Subject::User(name) if !usernames.contains(name.as_str()) => Some(Holder {
                who: format!("user `{name}`"),
                identities: vec![Identity::given(name.as_str(), &[])],
                is_group: None,
            }),
            Subject::Group(name) if !groups.contains(name.as_str()) && name.as_str() != PRIVILEGED => {
                let group = name.as_str().to_owned();
                let identities = vec![Identity::given("", std::slice::from_ref(&group))];
                Some(Holder { who: format!("group `{name}`"), identities, is_group: Some(group) })
            }
            Subject::ServiceAccount { namespace, name } => {
                let username = format!("system:serviceaccount:{namespace}:{name}");
                let implied =
                    ["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")];
                let who = format!("service account `{namespace}/{name}`");
                Some(Holder { who, identities: vec![Identity::given(&username, &implied)], is_group: None })
            }
            _ => None,
        });
    }
    holders
}

impl Holder<'_> {
    /// Whether a binding by this subject is the holder's own: groups of everyone are told by themselves.
    fn is_own(&self, context: &Context<'_>, bound: &Bound<'_>) -> bool {
        if context.is_default(bound.binding.origin) {
            return false;
        }
        let Subject::Group(name) = bound.subject.item else { return true };
        let of_everyone = matches!(name.as_str(), AUTHENTICATED | UNAUTHENTICATED)
            || name.as_str().starts_with("system:serviceaccounts");
        !of_everyone || self.is_group.as_deref() == Some(name.as_str())
    }

    /// Everything of what is asked that the holder has; of one question only the whole cluster, where that is a yes.
    fn holdings<'h>(&'h self, context: &'h Context<'_>, gives: &'h Gives<'_>) -> Holdings<'h> {
        let mut all: Holdings<'h> = BTreeMap::new();
        for (case, identity) in self.identities.iter().enumerate() {
            for bound in context.policy.bindings_anywhere(identity) {
                if !self.is_own(context, &bound) {
                    continue;
                }
                let role = context.policy.role_of(bound.binding).map(Rules::role);
                let hits = role.and_then(|role| gives.get(&role.origin)).into_iter().flatten();
                for hit in hits.filter(|hit| !is_told_as_one(context, hit)) {
                    let Some(namespace) = scope_of(hit.ask, &bound) else { continue };
                    let key = (hit.code, hit.position, namespace.to_owned());
                    let held = all.entry(key).or_insert_with(|| Held {
                        ask: hit.ask,
                        verbs: Vec::new(),
                        namespace: namespace.to_owned(),
                        identity,
                        grant: Grant { bound, rule: hit.rule, by: hit.by },
                        cases: 0,
                        last: None,
                    });
                    if !held.verbs.contains(&hit.verb) {
                        held.verbs.push(hit.verb);
                    }
                    // a case may have it more than once
                    if held.last != Some(case) {
                        held.last = Some(case);
                        held.cases += 1;
                    }
                }
            }
        }
        let everywhere: BTreeSet<(Code, usize)> = all
            .keys()
            .filter(|(_, _, namespace)| namespace.is_empty())
            .map(|(code, at, _)| (*code, *at))
            .collect();
        all.retain(|(code, at, namespace), _| namespace.is_empty() || !everywhere.contains(&(*code, *at)));
        all
    }
}

/// Where a binding answers a question: none where it does not; the empty text for the whole cluster.
fn scope_of<'b>(ask: &'b Ask, bound: &'b Bound<'_>) -> Option<&'b str> {
    match (ask.place, &bound.binding.namespace) {
        (Where::Namespace(only), None) => Some(only),
        (Where::Namespace(only), Some(namespace)) => (namespace.as_str() == only).then_some(only),
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

fn of_holder(context: &Context<'_>, holder: &Holder<'_>, gives: &Gives<'_>) -> Vec<Finding> {
    let holdings = holder.holdings(context, gives);
    let of_code =
        |code: Code| holdings.iter().filter(move |((of, _, _), _)| *of == code).map(|(_, held)| held);
    let admin: Vec<&Held<'_>> =
        of_code(Code::AccessClusterAdmin).filter(|held| held.namespace.is_empty()).collect();
    if !admin.is_empty() {
        // everything else follows
        return vec![told(holder, Code::AccessClusterAdmin, &admin)];
    }
    let whole: BTreeSet<&str> =
        of_code(Code::AccessClusterAdmin).map(|held| held.namespace.as_str()).collect();
    let mut all = Vec::new();
    for risk in RISKS {
        let held: Vec<&Held<'_>> =
            of_code(risk.code).filter(|held| !is_said(risk.code, held, &whole)).collect();
        if !held.is_empty() {
            let mut finding = told(holder, risk.code, &held);
            if risk.code == Code::AccessCertificates && is_one_half(&held) {
                finding.severity = Severity::Note;
            }
            all.push(finding);
        }
    }
    weigh_halves(&mut all);
    all.extend(default_roles(context, holder));
    all
}

/// Whether a wildcard says it all: everything in a namespace, or a verb on everything.
fn is_said(code: Code, held: &Held<'_>, whole: &BTreeSet<&str>) -> bool {
    let rule = held.grant.rule.rule.item;
    let by_wildcard =
        rule.resources.contains(&ResourcePattern::Any) && rule.api_groups.contains(&NamePattern::Any);
    let in_whole = whole.contains(held.namespace.as_str());
    if code == Code::AccessWildcard {
        in_whole && held.ask.verbs != EVERYTHING.verbs
    } else {
        by_wildcard || in_whole
    }
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
fn told(holder: &Holder<'_>, code: Code, held: &[&Held<'_>]) -> Finding {
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
    let binding = first.grant.bound.binding;
    let message = format!(
        "{}{} can {}{more}, {}, by {}",
        holder.who,
        session(holder, first),
        shown.join("; "),
        scope(held),
        by(&first.grant.bound),
    );
    let links = identity_links(first.identity)
        .into_iter()
        .chain(admission_links(first.identity, &Admission::Rule(first.grant)));
    let at = [Step::Field("subjects"), Step::Item(first.grant.bound.subject.position), Step::Field("name")];
    found(code, binding.origin.at(at), message).with_flow(flow(links))
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
fn session(holder: &Holder<'_>, first: &Held<'_>) -> String {
    match &first.identity.when.sessions {
        Some(sessions) if first.cases < holder.identities.len() => format!(" (session name: {sessions})"),
        _ => String::new(),
    }
}

fn scope(held: &[&Held<'_>]) -> String {
    let namespaces: BTreeSet<&str> = held.iter().map(|one| one.namespace.as_str()).collect();
    if namespaces.contains("") {
        return "everywhere".to_owned();
    }
    let shown: Vec<&str> = namespaces.iter().take(5).copied().collect();
    let more =
        if namespaces.len() > 5 { format!(" and {} more", namespaces.len() - 5) } else { String::new() };
    let word = if namespaces.len() == 1 { "namespace" } else { "namespaces" };
    format!("in {word} {}{more}", shown.join(", "))
}

/// The binding and its subject, in words.
fn by(bound: &Bound<'_>) -> String {
    let name = match bound.subject.item {
        Subject::User(name) => format!("user `{name}`"),
        Subject::Group(name) => format!("group `{name}`"),
        Subject::ServiceAccount { name, .. } => format!("service account `{name}`"),
    };
    format!("{name} in {} `{}`", bound.binding.kind(), bound.binding.name)
}

/// `admin` and `edit`, told as one; in `kube-system` and everywhere they are more than a namespace's.
fn default_roles(context: &Context<'_>, holder: &Holder<'_>) -> Option<Finding> {
    let mut held: Vec<(&Identity<'_>, Bound<'_>)> = Vec::new();
    for identity in &holder.identities {
        for bound in context.policy.bindings_anywhere(identity) {
            let role = context.policy.role_of(bound.binding).map(Rules::role);
            if holder.is_own(context, &bound) && role.is_some_and(|role| is_for_namespaces(context, role)) {
                held.push((identity, bound));
            }
        }
    }
    let (identity, bound) = held.first()?;
    let mut namespaces: Vec<Option<&str>> =
        held.iter().map(|(_, bound)| bound.binding.namespace.as_ref().map(Namespace::as_str)).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let everywhere = namespaces.contains(&None);
    let shown: Vec<&str> = namespaces.iter().flatten().take(5).copied().collect();
    let scope = if everywhere { "everywhere".to_owned() } else { format!("in {}", shown.join(", ")) };
    let message = format!(
        "{} holds the default role `{}` {scope}, by {}",
        holder.who,
        bound.binding.role_ref.name,
        by(bound)
    );
    let at = [Step::Field("subjects"), Step::Item(bound.subject.position), Step::Field("name")];
    let mut finding = found(Code::AccessDefaultRole, bound.binding.origin.at(at), message);
    if everywhere || shown.contains(&"kube-system") {
        finding.severity = Severity::Warning;
    }
    Some(finding.with_flow(flow(identity_links(identity).into_iter().chain(bound_links(bound)))))
}

/// Roles that would be risky if they were given to anybody.
fn unbound(context: &Context<'_>) -> Vec<Finding> {
    let given: BTreeSet<_> = context
        .policy
        .bindings()
        .iter()
        .filter_map(|binding| Some(context.policy.role_of(binding)?.role().origin))
        .collect();
    let roles = context.loaded.cluster.roles.values();
    let selectors: Vec<_> = roles.filter_map(|role| role.aggregation.as_ref()).flatten().collect();
    let collected = |role: &Role| {
        role.namespace.is_none() && selectors.iter().any(|selector| selector.selects(&role.labels))
    };
    let candidates = context.own_roles().filter(|role| !given.contains(&role.origin) && !collected(role));
    let tell = |role: &Role| {
        let (position, code) = first_risk(role)?;
        let summary = rule_of(code)?.summary;
        let message =
            format!("nobody is given {} `{}`, which has {summary}", RoleKind::as_str(role.kind()), role.name);
        let rule = role.origin.at([Step::Field("rules"), Step::Item(position)]);
        let name = role.origin.at([Step::Field("metadata"), Step::Field("name")]);
        Some(found(Code::RoleRiskyUnbound, name, message).with_related(rule.into(), "the rule"))
    };
    candidates.filter_map(tell).collect()
}

/// The first rule of a role that admits something which is more than a note, and what.
fn first_risk(role: &Role) -> Option<(usize, Code)> {
    let grave = |code: Code| rule_of(code).is_some_and(|rule| rule.severity > Severity::Note);
    let namespace = role.namespace.as_ref().map_or("", Namespace::as_str);
    role.rules.iter().enumerate().find_map(|(position, rule)| {
        let admitted = |ask: &Ask, namespace: &str| {
            ask.verbs.iter().any(|verb| admits(rule, &ask.request(verb, namespace)).is_some())
        };
        if namespace.is_empty() && admitted(&EVERYTHING, "") {
            return Some((position, Code::AccessClusterAdmin));
        }
        let asked = |ask: &&Ask| namespace.is_empty() || ask.place != Where::Cluster;
        let risk = RISKS.iter().filter(|risk| grave(risk.code)).find(|risk| {
            risk.asks.iter().filter(asked).any(|ask| match ask.place {
                Where::Namespace(only) => (namespace.is_empty() || namespace == only) && admitted(ask, only),
                _ => admitted(ask, namespace),
            })
        })?;
        Some((position, risk.code))
    })
}
