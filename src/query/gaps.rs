//! Which of the things that could not be read could turn an answer.

use super::can_i::{Caller, CaseAnswer};
use super::chain::Link;
use crate::access::Bound;
use crate::finding::{Code, Finding, Severity, Spot};
use crate::identity::{Identity, Principal};
use crate::manifest::Loaded;
use crate::model::placeholder::could_be;
use crate::model::{Named, Placeholder};
use crate::source::{Origin, Step};

/// The gaps of an answer. For a no: everything that might hold a grant. For a yes: only what might replace something
/// that the chain stands on.
pub fn of_case(loaded: &Loaded, caller: &Caller, case: &CaseAnswer<'_>) -> Vec<Finding> {
    let mut gaps: Vec<Finding> = Vec::new();
    for gap in &loaded.gaps {
        let could_turn = !case.is_allowed()
            || stands_on(loaded, &case.chain)
                .iter()
                .any(|(origin, name)| gap.could_replace(&loaded.sources, *origin, name));
        if could_turn {
            gaps.push(gap.finding.clone());
        }
    }
    gaps.extend(loaded.placeholders.iter().filter_map(|placeholder| unfilled(placeholder, caller, case)));
    gaps.extend(case.dangling().filter(|bound| bound.is_builtin).map(unpublished));
    gaps.extend(of_credential(caller, case.is_allowed()));
    gaps
}

/// What of a credential only the API server works out, and could turn the answer.
fn of_credential(caller: &Caller, is_allowed: bool) -> Vec<Finding> {
    let Caller::Credential(credential) = caller else { return Vec::new() };
    let open = credential.open.iter().filter(|open| !(is_allowed && open.only_adds));
    let told = open.map(|open| {
        Finding::new(Code::CredentialOpen, Severity::Error, Spot::Nowhere, open.what.clone())
            .with_help("work it out, and ask with `--user` and `--group`")
    });
    told.collect()
}

/// A role that the platform gives to the caller, and whose rules it does not publish.
pub(super) fn unpublished(bound: &Bound<'_>) -> Finding {
    let binding = bound.binding;
    let message = format!(
        "EKS gives the caller {} `{}`, whose rules are not published: what it allows is not known",
        binding.role_ref.kind, binding.role_ref.name
    );
    let spot = binding.origin.at([Step::Field("roleRef")]).into();
    Finding::new(Code::RoleUnpublished, Severity::Error, spot, message).with_help(
        "bring the role: `kubectl get clusterroles -o yaml`; or leave out what EKS adds with `--platform vanilla`",
    )
}

/// The gaps of an identity: what might hold another aws-auth than the one read, and unfilled names in that one.
/// What cannot be read of roles and bindings makes no difference to it.
pub fn of_identity(loaded: &Loaded, caller: &Caller, case: &CaseAnswer<'_>) -> Vec<Finding> {
    let missing = |impersonated: &super::can_i::Impersonated<'_>| impersonated.identity.is_none();
    if case.impersonation.as_ref().is_some_and(missing) {
        // the permission to act as somebody else may be hidden anywhere
        return of_case(loaded, caller, case);
    }
    if caller.principal().is_none() {
        return of_credential(caller, false);
    }
    let read_at = loaded.cluster.aws_auth.as_ref().map(|aws_auth| aws_auth.origin).unwrap_or_default();
    let replacing = loaded.gaps.iter().filter(|gap| gap.could_replace(&loaded.sources, read_at, "aws-auth"));
    let of_mapping =
        |placeholder: &&Placeholder| matches!(placeholder.what, Named::Mapping | Named::MappedName);
    let unfilled = loaded
        .placeholders
        .iter()
        .filter(of_mapping)
        .filter_map(|placeholder| unfilled(placeholder, caller, case));
    replacing.map(|gap| gap.finding.clone()).chain(unfilled).collect()
}

/// The objects that a chain stands on, each with a name that whatever replaces it must carry.
fn stands_on(loaded: &Loaded, chain: &[Link]) -> Vec<(Origin, String)> {
    let mut objects: Vec<(Origin, String)> = Vec::new();
    for link in chain {
        let Some(address) = &link.address else { continue };
        if loaded.sources.is_virtual(address.origin)
            || objects.iter().any(|(known, _)| *known == address.origin)
        {
            continue;
        }
        // `ClusterRole name`, `RoleBinding namespace/name`
        let name = link.object.split_once(' ').map_or(link.object.as_str(), |(_, name)| name);
        let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
        objects.push((address.origin, name.to_owned()));
    }
    // a default that was used can be replaced as well, by anything read at all
    let of_builtin = chain.iter().filter_map(|link| {
        let address = link.address.as_ref()?;
        let name = link.object.split_once(' ')?.1.to_owned();
        loaded.sources.is_virtual(address.origin).then_some((Origin::default(), name))
    });
    objects.extend(of_builtin);
    objects
}

/// Whether the answer might turn on what a placeholder is filled with.
fn unfilled(placeholder: &Placeholder, caller: &Caller, case: &CaseAnswer<'_>) -> Option<Finding> {
    let own = case.identity.as_ref().ok();
    let could_turn = if case.is_allowed() {
        match placeholder.what {
            // another mapping of the caller could take the place of the one in force
            Named::Mapping => maps(placeholder, caller.principal()),
            Named::MappedName => {
                let own = case.chain.iter().filter_map(|link| link.address.as_ref());
                own.into_iter().any(|address| {
                    address.origin == placeholder.address.origin
                        && address.route.starts_with(&placeholder.address.route)
                })
            }
            Named::Subject | Named::RoleRef | Named::Role => false,
        }
    } else {
        let dangling: Vec<&Bound<'_>> = case.dangling().collect();
        could_grant(placeholder, caller.principal(), (own, case.identity()), &dangling)
    };
    could_turn.then(|| of_placeholder(placeholder))
}

/// Whether something that could not be read, or was not filled in, could turn a no.
pub(super) fn could_turn_no(
    loaded: &Loaded,
    principal: Option<&Principal>,
    identity: Option<&Identity<'_>>,
    dangling: &[Bound<'_>],
) -> bool {
    let is_unpublished = dangling.iter().any(|bound| bound.is_builtin);
    let dangling = || dangling.iter().collect::<Vec<_>>();
    let grants = |placeholder| could_grant(placeholder, principal, (identity, identity), &dangling());
    is_unpublished || !loaded.gaps.is_empty() || loaded.placeholders.iter().any(grants)
}

/// Whether a no might be a yes with the placeholder filled in; of the identities the first is the caller's own, the
/// second the one that acts.
fn could_grant(
    placeholder: &Placeholder,
    principal: Option<&Principal>,
    (own, acting): (Option<&Identity<'_>>, Option<&Identity<'_>>),
    dangling: &[&Bound<'_>],
) -> bool {
    let names = |name: &str| could_be(&placeholder.text, name);
    match placeholder.what {
        Named::Mapping => maps(placeholder, principal),
        Named::MappedName => own.and_then(Identity::mapping).is_some_and(|(aws_auth, mapping)| {
            let entry = mapping.address(aws_auth.origin);
            placeholder.address.origin == entry.origin && placeholder.address.route.starts_with(&entry.route)
        }),
        Named::Subject => acting.is_some_and(|identity| {
            let groups = identity.groups.iter().map(|member| member.group.to_string());
            std::iter::once(identity.username.to_string()).chain(groups).any(|name| names(&name))
        }),
        Named::RoleRef => dangling.iter().any(|bound| bound.binding.origin == placeholder.address.origin),
        Named::Role => dangling.iter().any(|bound| names(bound.binding.role_ref.name.as_str())),
    }
}

/// Whether the entry could be the principal's.
fn maps(placeholder: &Placeholder, principal: Option<&Principal>) -> bool {
    let names = |name: &str| could_be(&placeholder.text, name);
    principal.is_some_and(|principal| names(&principal.canonical) || names(&principal.account))
}

/// The finding of a placeholder that could turn an answer.
pub(super) fn of_placeholder(placeholder: &Placeholder) -> Finding {
    let text = &placeholder.text;
    Finding::new(
        Code::PlaceholderUnfilled,
        Severity::Error,
        placeholder.address.clone().into(),
        format!("`{text}` has a placeholder that was not filled in; it counts as it stands"),
    )
    .with_help(
        "fill it in (`envsubst`, `kustomize build`, `helm template`) and pipe the result in with `-f -`",
    )
}
