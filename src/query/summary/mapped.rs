//! Where mappings lead: which usernames and groups they make, which of them are given anything, and which are dead.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, is_of_kubernetes, item};
use crate::access::access_policy::entry_of;
use crate::access::{PRIVILEGED, Policy};
use crate::identity::{AUTHENTICATED, Because, Identity, Principal, Source, UNAUTHENTICATED, authenticate};
use crate::model::{MappedPrincipal, Mapping, Subject};
use crate::query::can_i::{Caller, cases_of};
use crate::source::Step;

/// What all mappings of a cluster lead to.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    /// Usernames of bindings that some caller has.
    pub(super) usernames: BTreeSet<String>,
    /// Groups that some caller is in.
    pub(super) groups: BTreeSet<String>,
    /// Mappings whose callers are in the privileged group.
    pub(super) privileged: Vec<Item>,
    /// Mappings that no caller gets.
    pub(super) dead: Vec<Item>,
    /// Mappings whose callers are given nothing that not everyone has.
    pub(super) powerless: Vec<Item>,
    /// Groups of mappings that no binding names.
    pub(super) unbound: Vec<Item>,
}

impl Mapped {
    /// Follows each mapping to its callers, in all their cases.
    pub(super) fn of(policy: &Policy<'_>) -> Self {
        let mut mapped = Self::default();
        let bound: BTreeSet<&str> = policy.groups().collect();
        let mut unbound: BTreeMap<&str, Item> = BTreeMap::new();
        let doors = policy.cluster.open_backends();
        let entries =
            doors.flat_map(|door| door.roles.iter().chain(&door.users).map(move |entry| (door, entry)));
        for (aws_auth, mapping) in entries {
            let shown = item(name_of(mapping), mapping.address(aws_auth.origin));
            let caller = match caller_of(mapping) {
                Ok(caller) => caller,
                Err(why) => {
                    mapped.dead.push(Item { what: format!("{}: {why}", shown.what), ..shown });
                    continue;
                }
            };
            let cases = cases_of(policy, &caller);
            let identities = cases.iter().filter_map(|case| case.outcome.as_ref().ok());
            let own = |identity: &&Identity<'_>| {
                identity.mapping().is_some_and(|(_, winner)| std::ptr::eq(winner, mapping))
            };
            let identities: Vec<&Identity<'_>> = identities.filter(own).collect();
            if identities.is_empty() {
                let why = why_dead(mapping, &caller);
                mapped.dead.push(Item { what: format!("{}: {why}", shown.what), ..shown });
                continue;
            }
            mapped.add(policy, &identities, shown);
            for (position, group) in mapping.groups.iter().enumerate() {
                if is_bound(&identities, &bound, position) {
                    continue;
                }
                let mut address = mapping.address(aws_auth.origin);
                address.route.extend([Step::Field("groups"), Step::Item(position)]);
                unbound
                    .entry(group)
                    .and_modify(|known| known.places += 1)
                    .or_insert_with(|| item(format!("Group {:?}", &**group), address));
            }
        }
        mapped.unbound = unbound.into_values().collect();
        mapped.add_accounts(policy);
        mapped
    }

    /// Takes down the names of the callers of one mapping, and what they are given.
    fn add(&mut self, policy: &Policy<'_>, identities: &[&Identity<'_>], shown: Item) {
        let mut privileged = false;
        let mut given = false;
        for identity in identities {
            self.usernames.extend(identity.username.known().map(str::to_owned));
            for group in identity.groups.iter().filter_map(|member| member.group.known()) {
                privileged |= group == PRIVILEGED;
                // what Kubernetes' own groups are given is not all in RBAC
                given |= is_of_kubernetes(group) && !is_everyone(group);
                self.groups.insert(group.to_owned());
            }
            given = given
                || entry_of(identity).is_some_and(|principal| !policy.associations_of(principal).is_empty())
                || policy.bindings_anywhere(identity).iter().any(
                    |bound| !matches!(bound.subject.item, Subject::Group(name) if is_everyone(name.as_str())),
                );
        }
        if privileged {
            self.privileged.push(shown);
        } else if !given {
            self.powerless.push(shown);
        }
    }

    /// Usernames of bindings that are ARNs of listed accounts, whose callers have their own ARNs for usernames.
    fn add_accounts(&mut self, policy: &Policy<'_>) {
        if policy.cluster.open_backends().all(|door| door.accounts.is_empty()) {
            return;
        }
        for username in policy.usernames().filter(|name| name.starts_with("arn:")) {
            let Ok(principal) = Principal::from_arn(&username, None) else { continue };
            let is_it = |identity: &Identity<'_>| {
                matches!(identity.source, Source::Account { .. })
                    && identity.username.known() == Some(username.as_str())
            };
            let mut cases = authenticate(policy.cluster, &principal).into_iter();
            if cases.any(|case| case.outcome.as_ref().is_ok_and(is_it)) {
                self.usernames.insert(username);
            }
        }
    }
}

fn is_everyone(group: &str) -> bool {
    group == AUTHENTICATED || group == UNAUTHENTICATED
}

/// Whether a group of the mapping, as some caller has it, is named by a binding, or is one of Kubernetes' own.
fn is_bound(identities: &[&Identity<'_>], bound: &BTreeSet<&str>, position: usize) -> bool {
    let members = identities.iter().flat_map(|identity| &identity.groups);
    let mut names = members
        .filter(|member| matches!(member.because, Because::Mapping(place) if place == position))
        .filter_map(|member| member.group.known());
    names.any(|name| bound.contains(name) || is_of_kubernetes(name))
}

/// `mapRoles[0] arn:aws:iam::111122223333:role/dev`
fn name_of(mapping: &Mapping) -> String {
    let principal = match &mapping.principal {
        MappedPrincipal::Arn(arn) => arn.to_string(),
        MappedPrincipal::Sso { permission_set, account, .. } => {
            format!("permission set {permission_set} of account {account}")
        }
    };
    format!("{}[{}] {principal}", mapping.key.as_str(), mapping.position)
}

/// The callers whom a mapping names.
fn caller_of(mapping: &Mapping) -> Result<Caller, String> {
    match &mapping.principal {
        MappedPrincipal::Sso { .. } => Err("`sso` counts only behind a feature gate that is off".to_owned()),
        MappedPrincipal::Arn(arn) => Principal::from_arn(arn, None)
            .map(|principal| Caller::Principal(Box::new(principal)))
            .map_err(|error| error.to_string()),
    }
}

fn why_dead(mapping: &Mapping, caller: &Caller) -> &'static str {
    let written = match &mapping.principal {
        MappedPrincipal::Arn(arn) => &**arn,
        MappedPrincipal::Sso { .. } => "",
    };
    match caller.principal() {
        Some(principal) if principal.canonical == written => "another entry for the same caller is in force",
        _ => "the authenticator compares with the ARN of the role without path and session",
    }
}
