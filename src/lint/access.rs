//! Risky access: who holds it, by which chain, where. Told once for each principal and kind of access.

mod risks;

use std::collections::BTreeSet;

use super::context::Context;
use super::{found, rule_of};
use crate::access::matching::admits;
use crate::access::{Admission, Bound, Grant, PRIVILEGED, admissions};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::identity::{AUTHENTICATED, Identity, UNAUTHENTICATED};
use crate::model::{NamePattern, Namespace, ResourcePattern, Role, RoleKind, Subject};
use crate::query::chain::{Link, admission_links, bound_links, identity_links};
use crate::source::Step;
use risks::{Ask, EVERYTHING, RISKS, Risk, Where};

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

/// A yes.
struct Held<'h> {
    identity: &'h Identity<'h>,
    ask: &'static Ask,
    verbs: Vec<&'static str>,
    /// Empty for the whole cluster.
    namespace: String,
    grant: Grant<'h>,
}

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut all: Vec<Finding> =
        holders(context).iter().flat_map(|holder| of_holder(context, holder)).collect();
    all.extend(unbound(context));
    all
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

    /// Every yes to a question, the whole cluster first; namespaces only where the whole cluster is a no.
    fn held<'h>(&'h self, context: &'h Context<'_>, ask: &'static Ask, by_default: bool) -> Vec<Held<'h>> {
        let mut all = Vec::new();
        for identity in &self.identities {
            let mut places = Vec::new();
            match ask.place {
                Where::Namespace(namespace) => places.push(namespace.to_owned()),
                Where::Cluster => places.push(String::new()),
                Where::Anywhere => {
                    places.push(String::new());
                    places.extend(self.namespaces(context, identity));
                }
            }
            for namespace in places {
                let held = self.held_in(context, identity, ask, namespace, by_default);
                let everywhere = held.as_ref().is_some_and(|held| held.namespace.is_empty());
                all.extend(held);
                if everywhere {
                    break;
                }
            }
        }
        all
    }

    fn namespaces(&self, context: &Context<'_>, identity: &Identity<'_>) -> Vec<String> {
        let bound = context.policy.bindings_anywhere(identity);
        let own = bound.iter().filter(|bound| self.is_own(context, bound));
        let namespaces: BTreeSet<&Namespace> =
            own.filter_map(|bound| bound.binding.namespace.as_ref()).collect();
        namespaces.into_iter().map(ToString::to_string).collect()
    }

    fn held_in<'h>(
        &'h self,
        context: &'h Context<'_>,
        identity: &'h Identity<'_>,
        ask: &'static Ask,
        namespace: String,
        by_default: bool,
    ) -> Option<Held<'h>> {
        let grant_of = |verb: &&'static str| {
            let request = ask.request(verb, &namespace);
            let granted = admissions(context.policy, identity, &request).find_map(|admission| {
                let Admission::Rule(grant) = admission else { return None };
                let told_as_one = !by_default
                    && is_for_namespaces(context, grant.rule.role)
                    && context.is_default(grant.rule.written_in().origin);
                (self.is_own(context, &grant.bound) && !told_as_one).then_some(grant)
            });
            granted.map(|grant| (*verb, grant))
        };
        let granted: Vec<_> = ask.verbs.iter().filter_map(grant_of).collect();
        let grant = granted.first()?.1;
        let verbs = granted.iter().map(|(verb, _)| *verb).collect();
        Some(Held { identity, ask, verbs, namespace, grant })
    }
}

fn is_for_namespaces(context: &Context<'_>, role: &Role) -> bool {
    FOR_NAMESPACES.contains(&role.name.as_str())
        && role.namespace.is_none()
        && context.is_default(role.origin)
}

fn of_holder(context: &Context<'_>, holder: &Holder<'_>) -> Vec<Finding> {
    let is_bound = holder.identities.iter().any(|identity| {
        context.policy.bindings_anywhere(identity).iter().any(|bound| holder.is_own(context, bound))
    });
    if !is_bound {
        return Vec::new();
    }
    let admin: Vec<Held<'_>> = holder
        .held(context, &EVERYTHING, true)
        .into_iter()
        .filter(|held| held.namespace.is_empty())
        .collect();
    if !admin.is_empty() {
        // everything else follows
        return vec![told(holder, Code::AccessClusterAdmin, &admin)];
    }
    let whole: BTreeSet<String> =
        holder.held(context, &EVERYTHING, true).into_iter().map(|held| held.namespace).collect();
    let mut all = Vec::new();
    for risk in RISKS {
        let held = of_risk(context, holder, risk, &whole);
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

fn of_risk<'h>(
    context: &'h Context<'_>,
    holder: &'h Holder<'_>,
    risk: &'static Risk,
    whole: &BTreeSet<String>,
) -> Vec<Held<'h>> {
    let asks = risk.asks.iter().flat_map(|ask| holder.held(context, ask, false));
    // in a namespace where everything is held, that says it all, and so does a verb on everything
    let said = |held: &Held<'_>| {
        let rule = held.grant.rule.rule.item;
        let by_wildcard =
            rule.resources.contains(&ResourcePattern::Any) && rule.api_groups.contains(&NamePattern::Any);
        if risk.code == Code::AccessWildcard {
            whole.contains(&held.namespace) && held.ask.verbs != EVERYTHING.verbs
        } else {
            by_wildcard || whole.contains(&held.namespace)
        }
    };
    asks.filter(|held| !said(held)).collect()
}

/// Whether all that is held is of one resource: approving takes a right on the request and one on the signer.
fn is_one_half(held: &[Held<'_>]) -> bool {
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
fn told(holder: &Holder<'_>, code: Code, held: &[Held<'_>]) -> Finding {
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
        session(holder, held),
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
fn session(holder: &Holder<'_>, held: &[Held<'_>]) -> String {
    let has = |identity: &Identity<'_>| held.iter().any(|one| one.identity.when == identity.when);
    let first = held.first().and_then(|one| one.identity.when.sessions.as_ref());
    match first {
        Some(sessions) if !holder.identities.iter().all(has) => format!(" (session name: {sessions})"),
        _ => String::new(),
    }
}

fn scope(held: &[Held<'_>]) -> String {
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
            let role = context.policy.role_of(bound.binding).map(crate::access::Rules::role);
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
    let collected = |role: &Role| {
        let others = context.loaded.cluster.roles.values().filter_map(|other| other.aggregation.as_ref());
        role.namespace.is_none() && others.flatten().any(|selector| selector.selects(&role.labels))
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
