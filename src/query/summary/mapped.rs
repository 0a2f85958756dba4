//! Where mappings lead: which usernames and groups they make, which of them are given anything, and which are dead.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Item, is_of_kubernetes, item};
use crate::access::access_policy::entry_of;
use crate::access::{PRIVILEGED, Policy};
use crate::identity::{
    AUTHENTICATED, Because, Case, Identity, MappingIndex, Principal, Rendered, UNAUTHENTICATED, When,
    authenticate_in,
};
use crate::model::{AwsAuth, Backend, MappedPrincipal, Mapping, Open, Subject};
use crate::query::everyone::{Names, open_names};

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
        let following =
            Following { policy, index: MappingIndex::new(policy.cluster), names: Names::all(policy) };
        let mut solved = HashSet::new();
        let mut unbound: BTreeMap<&str, Item> = BTreeMap::new();
        let doors = policy.cluster.open_backends();
        let entries =
            doors.flat_map(|door| door.roles.iter().chain(&door.users).map(move |entry| (door, entry)));
        for (aws_auth, mapping) in entries {
            // what was listed and not described maps somebody, and it is not known to what
            if mapping.open == Open::Everything {
                continue;
            }
            let shown = item(name_of(aws_auth, mapping), mapping.address(aws_auth.origin));
            let principal = match caller_of(mapping) {
                Ok(principal) => principal,
                Err(why) => {
                    mapped.dead.push(Item { what: format!("{}: {why}", shown.what), ..shown });
                    continue;
                }
            };
            let cases = following.cases(&principal, mapping, &mut solved);
            let identities: Vec<&Identity<'_>> =
                cases.iter().filter_map(|case| case.outcome.as_ref().ok()).collect();
            if identities.is_empty() {
                let why = why_dead(mapping, &principal);
                mapped.dead.push(Item { what: format!("{}: {why}", shown.what), ..shown });
                continue;
            }
            mapped.add(policy, &identities, shown);
            Self::add_unbound(aws_auth, mapping, &identities, &bound, &mut unbound);
        }
        mapped.unbound = unbound.into_values().collect();
        mapped.add_accounts(&following);
        mapped
    }

    /// Takes down the groups of a mapping that no binding names.
    fn add_unbound<'m>(
        aws_auth: &AwsAuth,
        mapping: &'m Mapping,
        identities: &[&Identity<'_>],
        bound: &BTreeSet<&str>,
        unbound: &mut BTreeMap<&'m str, Item>,
    ) {
        for (position, group) in mapping.groups.iter().enumerate() {
            if is_bound(identities, bound, position) {
                continue;
            }
            let address = mapping.group_address(aws_auth.origin, position);
            unbound
                .entry(group)
                .and_modify(|known| known.places += 1)
                .or_insert_with(|| item(format!("Group {:?}", &**group), address));
        }
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
            given = given || is_given(policy, identity);
        }
        if privileged {
            self.privileged.push(shown);
        } else if !given {
            self.powerless.push(shown);
        }
    }

    /// Usernames of bindings that are ARNs of listed accounts, whose callers have their own ARNs for usernames.
    fn add_accounts(&mut self, following: &Following<'_, '_>) {
        if following.policy.cluster.open_backends().all(|door| door.accounts.is_empty()) {
            return;
        }
        for username in following.names.users.iter().filter(|name| name.starts_with("arn:")) {
            let Ok(principal) = Principal::from_arn(username, None) else { continue };
            if principal.canonical == *username && following.index.is_let_in_by_account(&principal) {
                self.usernames.insert(username.clone());
            }
        }
    }
}

/// What it takes to follow mappings to their callers.
struct Following<'a, 'p> {
    policy: &'a Policy<'a>,
    index: MappingIndex<'p>,
    names: Names<'p>,
}

impl Following<'_, '_> {
    /// The cases in which a principal gets the mapping. Where another mapping had the same open username, and this one
    /// gives something to everyone whom it maps, its names are not told apart again: nothing would come of it.
    fn cases<'e>(
        &'e self,
        principal: &'e Principal,
        mapping: &Mapping,
        solved: &mut HashSet<(When, Rendered)>,
    ) -> Vec<Case<'e>> {
        let mut cases = Vec::new();
        for case in authenticate_in(&self.index, principal) {
            let Ok(identity) = &case.outcome else { continue };
            if identity.mapping().is_none_or(|(_, winner)| !std::ptr::eq(winner, mapping)) {
                continue;
            }
            let open: Vec<&Rendered> = open_names(identity).collect();
            let is_known = match open[..] {
                [] => true,
                [username] if *username == identity.username => {
                    let is_new = solved.insert((case.when.clone(), username.clone()));
                    !is_new && is_given(self.policy, identity)
                }
                _ => false,
            };
            if is_known { cases.push(case) } else { cases.extend(self.names.split(case)) }
        }
        cases
    }
}

/// Whether a binding or an access policy gives something to the callers that not everyone has.
fn is_given(policy: &Policy<'_>, identity: &Identity<'_>) -> bool {
    entry_of(identity).is_some_and(|principal| !policy.associations_of(principal).is_empty())
        || policy
            .bindings_anywhere(identity)
            .iter()
            .any(|bound| !matches!(bound.subject.item, Subject::Group(name) if is_everyone(name.as_str())))
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
fn name_of(door: &Backend, mapping: &Mapping) -> String {
    let principal = match &mapping.principal {
        MappedPrincipal::Arn(arn) => arn.to_string(),
        MappedPrincipal::Sso { permission_set, account, .. } => {
            format!("permission set {permission_set} of account {account}")
        }
    };
    format!("{} {principal}", door.name_of(mapping))
}

/// The callers whom a mapping names.
fn caller_of(mapping: &Mapping) -> Result<Principal, String> {
    match &mapping.principal {
        MappedPrincipal::Sso { .. } => Err("`sso` counts only behind a feature gate that is off".to_owned()),
        MappedPrincipal::Arn(arn) => Principal::from_arn(arn, None).map_err(|error| error.to_string()),
    }
}

fn why_dead(mapping: &Mapping, principal: &Principal) -> &'static str {
    let written = match &mapping.principal {
        MappedPrincipal::Arn(arn) => &**arn,
        MappedPrincipal::Sso { .. } => "",
    };
    if principal.canonical == written {
        "another entry for the same caller is in force"
    } else {
        "the authenticator compares with the ARN of the role without path and session"
    }
}
