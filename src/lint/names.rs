//! Where the names that mappings give and the names that bindings single out should meet, and do not; or meet in a way
//! that the caller chooses.

use std::collections::{BTreeSet, HashMap};

use super::context::{Context, Piece};
use super::found;
use crate::finding::{Code, Finding};
use crate::identity::{Identity, SessionNames};
use crate::model::placeholder::has_placeholder;
use crate::model::{Binding, Open, Subject};
use crate::query::near::Known;
use crate::source::{Address, Step};

/// The names that the mappings of a cluster give.
struct Given<'a> {
    usernames: BTreeSet<String>,
    groups: BTreeSet<String>,
    /// Username templates with a session name, each with the ARN that it is for.
    sessions: Vec<(&'a str, &'a str)>,
    accounts: BTreeSet<&'a str>,
    /// Who can be a user by the choice of a name: the family, and the piece of it.
    chosen: HashMap<&'a str, (usize, &'a Piece)>,
}

fn is_reserved(name: &str) -> bool {
    name.starts_with("system:") || name.starts_with("eks:")
}

fn given<'a>(context: &'a Context<'_>) -> Given<'a> {
    let mut given = Given {
        usernames: BTreeSet::new(),
        groups: BTreeSet::new(),
        sessions: Vec::new(),
        accounts: BTreeSet::new(),
        chosen: HashMap::new(),
    };
    for (family, piece) in context
        .families()
        .iter()
        .flat_map(|family| family.pieces.iter().map(move |piece| (family.first, piece)))
    {
        given.usernames.extend(piece.username.clone());
        given.groups.extend(piece.groups.iter().cloned());
        if let Some(name) = &piece.username {
            given.chosen.entry(name).or_insert((family, piece));
        }
    }
    for mapped in context.mapped() {
        for identity in mapped.identities() {
            given.usernames.extend(identity.username.known().map(str::to_owned));
            let groups = identity.groups.iter().filter_map(|member| member.group.known());
            given.groups.extend(groups.map(str::to_owned));
            // of several with one template the first is named
            if let Some((_, mapping)) = identity.mapping()
                && mapping.username.contains("{{SessionName")
                && !given.sessions.iter().any(|(template, _)| *template == &*mapping.username)
            {
                given.sessions.push((&mapping.username, &mapped.entry.name));
            }
        }
    }
    given.accounts.extend(context.doors().flat_map(|backend| &backend.accounts).map(|account| &*account.id));
    given
}

/// Groups that mappings give and no binding names.
pub(super) fn groups(context: &Context<'_>) -> Vec<Finding> {
    if context.own_bindings().next().is_none() {
        return Vec::new(); // bindings are kept elsewhere
    }
    let bound: BTreeSet<&str> = context.policy.groups().collect();
    let names = Known::new(bound.iter().copied());
    let mut all = Vec::new();
    for (backend, mapping) in context.mappings_in_force() {
        for (position, group) in mapping.groups.iter().enumerate() {
            if group.is_empty() || is_reserved(group) || group.contains("{{") || has_placeholder(group) {
                continue;
            }
            if bound.contains(&**group) {
                continue;
            }
            let address = mapping.group_address(backend.origin, position);
            let message = format!("no binding names the group `{group}`");
            let mut finding = found(Code::GroupUnbound, address, message);
            if let Some(meant) = names.near(group).next() {
                finding.help = Some(format!("did you mean `{meant}`, which is bound?"));
            }
            all.push(finding);
        }
    }
    all
}

/// The address of a subject's name.
fn name_address(binding: &Binding, position: usize) -> Address {
    binding.origin.at([Step::Field("subjects"), Step::Item(position), Step::Field("name")])
}

fn known(names: &BTreeSet<String>) -> Known<'_> {
    Known::new(names.iter().map(String::as_str))
}

/// Subjects that no mapping gives, and subjects that a caller may choose to be.
pub(super) fn subjects(context: &Context<'_>) -> Vec<Finding> {
    let given = given(context);
    let near = (known(&given.usernames), known(&given.groups));
    let mut all = Vec::new();
    let mut told = BTreeSet::new();
    for binding in context.own_bindings() {
        for (position, subject) in binding.subjects.iter().enumerate() {
            let name = match subject {
                Subject::User(name) => name.as_str(),
                Subject::Group(name) => name.as_str(),
                Subject::ServiceAccount { .. } => continue,
            };
            let at = name_address(binding, position);
            if name.contains("{{SessionName") || name.contains("{{AccountID}}") {
                let message = format!("`{name}` stands in a binding as it is: RBAC fills in no templates");
                all.push(found(Code::SubjectTemplate, at, message));
                continue;
            }
            // one name is one mistake, however often it is bound
            if is_reserved(name) || has_placeholder(name) || context.doors().next().is_none() {
                continue;
            }
            if !told.insert((subject.kind(), name)) {
                continue;
            }
            let is_group = matches!(subject, Subject::Group(_));
            let known = if is_group { given.groups.contains(name) } else { given.usernames.contains(name) };
            if !known {
                all.push(unmapped(&given, &near, is_group, name, at));
            } else if !is_group {
                all.extend(chosen(context, &given, name, &at));
            }
        }
    }
    // an entry that was only listed may give any name
    let listed = context.mappings().any(|(_, mapping)| mapping.open != Open::Nothing);
    all.retain(|finding| {
        finding.code != Code::SubjectUnmapped || !(listed || is_of_account(&given, finding))
    });
    all
}

/// Whether a name that no entry gives is the ARN of a caller of a mapped account.
fn is_of_account(given: &Given<'_>, finding: &Finding) -> bool {
    let arn = finding.message.split('`').nth(1).unwrap_or_default();
    arn.split(':').nth(4).is_some_and(|account| given.accounts.contains(account))
}

fn unmapped(
    given: &Given<'_>,
    near: &(Known<'_>, Known<'_>),
    is_group: bool,
    name: &str,
    at: Address,
) -> Finding {
    let other = if is_group { &given.usernames } else { &given.groups };
    let (kind, other_kind) = if is_group { ("Group", "User") } else { ("User", "Group") };
    if other.contains(name) {
        let message = format!("`{name}` is bound as a {kind}, and mapped as a {other_kind}");
        return found(Code::SubjectKind, at, message).with_help(format!("write `kind: {other_kind}`"));
    }
    let known = if is_group { &near.1 } else { &near.0 };
    if let Some(meant) = known.near(name).next() {
        let message = format!("no mapping gives `{name}`; one gives `{meant}`");
        return found(Code::SubjectNearMiss, at, message);
    }
    let fits = |template: &str| {
        let (before, rest) = template.split_once("{{").unwrap_or((template, ""));
        let after = rest.rsplit_once("}}").map_or("", |(_, after)| after);
        !before.is_empty() && name.starts_with(before) && name.ends_with(after)
    };
    if let Some((template, arn)) = given.sessions.iter().find(|(template, _)| !is_group && fits(template)) {
        let message = format!("no session of `{arn}` becomes `{name}` by `{template}`");
        return found(Code::BoundNameUnreachable, at, message);
    }
    found(Code::SubjectUnmapped, at, format!("no mapping gives the {} `{name}`", kind.to_lowercase()))
}

/// The callers who can be this user by the choice of a session name.
fn chosen(context: &Context<'_>, given: &Given<'_>, name: &str, at: &Address) -> Vec<Finding> {
    let Some(&(caller, piece)) = given.chosen.get(name) else { return Vec::new() };
    let Some(caller) = context.callers().get(caller) else { return Vec::new() };
    let by_session = |identity: &&Identity<'_>| {
        identity.mapping().is_some_and(|(_, mapping)| mapping.username.contains("{{SessionName"))
    };
    let Some(identity) = caller.identities().find(by_session) else { return Vec::new() };
    let arn = &caller.entry.name;
    let sessions = piece.when.sessions.as_ref();
    let several = sessions.and_then(SessionNames::within).is_some_and(|pattern| pattern.single().is_none());
    let sessions = sessions.map(ToString::to_string).unwrap_or_default();
    let message = format!("whoever may assume `{arn}` can be `{name}`, by the session name {sessions}");
    let mut finding = found(Code::SessionChosenByCaller, at.clone(), message);
    if let Some((backend, mapping)) = identity.mapping() {
        let entry = mapping.address(backend.origin);
        finding = finding.with_related(entry.into(), "the mapping with the template");
    }
    let collision = several.then(|| {
        let message = format!("several session names of `{arn}` become `{name}`: {sessions}");
        found(Code::SessionCollision, at.clone(), message)
    });
    std::iter::once(finding).chain(collision).collect()
}
