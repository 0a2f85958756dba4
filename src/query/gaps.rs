//! Which of the things that could not be read could turn an answer.

use super::can_i::{Caller, CaseAnswer};
use super::chain::Link;
use crate::finding::{Code, Finding, Severity};
use crate::manifest::Loaded;
use crate::model::placeholder::could_be;
use crate::model::{Named, Placeholder};
use crate::source::Origin;

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
    gaps
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
    let text = &placeholder.text;
    let names = |name: &str| could_be(text, name);
    let could_turn = match placeholder.what {
        // another mapping of the caller could take the place of the one in force
        Named::Mapping => {
            let principal = caller.principal()?;
            names(&principal.canonical) || names(&principal.account)
        }
        Named::MappedName => {
            let own = case.chain.iter().filter_map(|link| link.address.as_ref());
            own.into_iter().any(|address| {
                address.origin == placeholder.address.origin
                    && address.route.starts_with(&placeholder.address.route)
            })
        }
        Named::Subject => {
            let identity = case.identity()?;
            let groups = identity.groups.iter().map(|member| member.group.to_string());
            let mut own = std::iter::once(identity.username.to_string()).chain(groups);
            !case.is_allowed() && own.any(|name| names(&name))
        }
        Named::RoleRef => case.dangling().any(|bound| bound.binding.origin == placeholder.address.origin),
        Named::Role => case.dangling().any(|bound| names(bound.binding.role_ref.name.as_str())),
    };
    could_turn.then(|| {
        Finding::new(
            Code::PlaceholderUnfilled,
            Severity::Error,
            placeholder.address.clone().into(),
            format!("`{text}` has a placeholder that was not filled in; it counts as it stands"),
        )
        .with_help(
            "fill it in (`envsubst`, `kustomize build`, `helm template`) and pipe the result in with `-f -`",
        )
    })
}
