//! EKS access policies: an authorizer beside RBAC that belongs to the principal of an access entry and not to its
//! username, so that it is gone for whoever is impersonated. It allows or passes, and never forbids.
//!
//! Upstream: EKS User Guide, "Associate access policies with access entries" and "Review access policy permissions";
//! that a namespace scope gives nothing cluster-wide is inferred from its likeness to a RoleBinding.

use super::matching::{Match, admits};
use super::policy::{Nth, Policy};
use crate::identity::{Identity, Source};
use crate::model::{AccessScope, Association, Door, MappedPrincipal, Namespace, Request, Role, Rule, Target};

/// A rule of an access policy that admits a request of the caller.
#[derive(Clone, Copy, Debug)]
pub struct PolicyGrant<'p> {
    /// The association of the policy with the caller's entry.
    pub association: &'p Association,
    /// The policy, as the ClusterRole that EKS takes it for.
    pub policy: &'p Role,
    /// The rule.
    pub rule: Nth<'p, Rule>,
    /// The elements that admitted the request.
    pub by: Match,
    /// The pattern of namespaces that covers the request; none for the whole cluster.
    pub within: Option<&'p Namespace>,
}

/// An associated policy that may admit a request, where that is not known.
#[derive(Clone, Copy, Debug)]
pub struct OpenPolicy<'p> {
    /// The association.
    pub association: &'p Association,
    /// What is not known.
    pub why: Unsettled,
}

/// What of an access policy is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unsettled {
    /// Its rules are not published.
    Rules,
    /// The rule that fits is confined to names that are not published.
    Names,
    /// Its scope is not in the input.
    Scope,
    /// A namespace pattern with a wildcard elsewhere than at its end fits, which is not documented.
    Pattern,
}

/// Whether a scope covers the namespace of a request.
enum Cover<'p> {
    /// By this pattern, or everywhere.
    Yes(Option<&'p Namespace>),
    No,
    Perhaps(Unsettled),
}

/// A policy that is associated with the caller's entry, with its rules as far as they are published.
#[derive(Clone, Copy, Debug)]
pub struct Associated<'p> {
    association: &'p Association,
    rules: Option<&'p Role>,
    /// Rules that are confined to names which are not published.
    of_names: Option<&'p Role>,
}

/// The policies of a caller, in order of loading.
pub(super) fn of<'p>(policy: &'p Policy<'_>, caller: &Identity<'_>) -> Vec<Associated<'p>> {
    let Some(principal) = entry_of(caller) else { return Vec::new() };
    let published = &policy.cluster.access_policies;
    let associations = policy.associations_of(principal).iter();
    let associated = associations.map(|&association| Associated {
        association,
        rules: published.get(association.policy_name()),
        of_names: published.get(format!("{}+names", association.policy_name()).as_str()),
    });
    associated.collect()
}

/// The rules of policies that admit the request, and the policies of which that is not known.
pub(super) fn look<'p>(
    policies: &[Associated<'p>],
    request: &Request,
) -> (Vec<PolicyGrant<'p>>, Vec<OpenPolicy<'p>>) {
    let (mut grants, mut open) = (Vec::new(), Vec::new());
    for &Associated { association, rules, of_names } in policies {
        let (within, unsettled) = match cover(&association.scope, request) {
            Cover::No => continue,
            Cover::Yes(within) => (within, None),
            Cover::Perhaps(why) => (None, Some(why)),
        };
        let Some(role) = rules else {
            open.push(OpenPolicy { association, why: Unsettled::Rules });
            continue;
        };
        let rules = role.rules.iter().enumerate();
        let admitting = rules.filter_map(|(position, item)| {
            let by = admits(item, request)?;
            Some(PolicyGrant { association, policy: role, rule: Nth { position, item }, by, within })
        });
        match unsettled {
            None => grants.extend(admitting),
            Some(why) => open.extend(admitting.take(1).map(|_| OpenPolicy { association, why })),
        }
        let named = matches!(&request.target, Target::Resource(target) if !target.name.is_empty());
        if named && of_names.is_some_and(|role| role.rules.iter().any(|rule| admits(rule, request).is_some()))
        {
            open.push(OpenPolicy { association, why: Unsettled::Names });
        }
    }
    (grants, open)
}

/// What the access policies of a caller give, whatever is asked.
#[derive(Clone, Debug, Default)]
pub struct Whole<'p> {
    /// Every rule that is known to be given, once for each place where it is, in order of loading.
    pub grants: Vec<PolicyGrant<'p>>,
    /// The policies of which not all is known.
    pub open: Vec<OpenPolicy<'p>>,
}

/// All that a caller's access policies give.
pub fn whole<'p>(policy: &'p Policy<'_>, caller: &Identity<'_>) -> Whole<'p> {
    let mut whole = Whole::default();
    for Associated { association, rules, of_names } in of(policy, caller) {
        let mut open = |why| whole.open.push(OpenPolicy { association, why });
        let Some(role) = rules else {
            open(Unsettled::Rules);
            continue;
        };
        if of_names.is_some() {
            open(Unsettled::Names);
        }
        let patterns = match &association.scope {
            AccessScope::Cluster => vec![None],
            AccessScope::Unknown => {
                open(Unsettled::Scope);
                continue;
            }
            AccessScope::Namespaces(patterns) => {
                let (plain, odd): (Vec<_>, Vec<_>) = patterns.iter().partition(|pattern| is_settled(pattern));
                if !odd.is_empty() {
                    open(Unsettled::Pattern);
                }
                plain.into_iter().map(Some).collect()
            }
        };
        for within in patterns {
            let rules = role.rules.iter().enumerate();
            whole.grants.extend(rules.map(|(position, item)| {
                let by = if item.urls.is_empty() {
                    Match::Resource { verb: 0, api_group: 0, resource: 0, name: None }
                } else {
                    Match::Url { verb: 0, url: 0 }
                };
                PolicyGrant { association, policy: role, rule: Nth { position, item }, by, within }
            }));
        }
    }
    whole
}

/// Whether it is documented which namespaces a pattern stands for.
fn is_settled(pattern: &Namespace) -> bool {
    pattern.as_str().split_once('*').is_none_or(|(_, rest)| rest.is_empty())
}

/// Whether everything in the namespaces of one pattern is in those of another; a name is the pattern of itself.
pub fn is_within(narrow: &Namespace, wide: &Namespace) -> bool {
    match wide.as_str().strip_suffix('*') {
        Some(start) => narrow.as_str().starts_with(start),
        None => narrow == wide,
    }
}

/// The principal of the access entry through which the caller came, as the entry writes it; none for everyone else,
/// impersonated identities included.
pub fn entry_of<'m>(caller: &Identity<'m>) -> Option<&'m str> {
    caller.principal?;
    match &caller.source {
        Source::Mapping { aws_auth, mapping, .. } if aws_auth.door == Door::AccessEntries => {
            match &mapping.principal {
                MappedPrincipal::Arn(arn) => Some(arn),
                MappedPrincipal::Sso { .. } => None,
            }
        }
        _ => None,
    }
}

fn cover<'p>(scope: &'p AccessScope, request: &Request) -> Cover<'p> {
    let patterns = match scope {
        AccessScope::Cluster => return Cover::Yes(None),
        AccessScope::Unknown => return Cover::Perhaps(Unsettled::Scope),
        AccessScope::Namespaces(patterns) => patterns,
    };
    let Some(namespace) = request.namespace().map(Namespace::as_str) else { return Cover::No };
    let mut perhaps = false;
    for pattern in patterns {
        let fits = match pattern.as_str().split_once('*') {
            None => pattern.as_str() == namespace,
            Some((start, "")) => namespace.starts_with(start),
            Some(_) => {
                perhaps |= glob(pattern.as_str(), namespace);
                false
            }
        };
        if fits {
            return Cover::Yes(Some(pattern));
        }
    }
    if perhaps { Cover::Perhaps(Unsettled::Pattern) } else { Cover::No }
}

/// Whether `*`, as any run of characters, makes the pattern the text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| text.strip_prefix(start)) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_namespaces() {
        for (pattern, namespace, fits) in [
            ("dev-*-x", "dev-1-x", true),
            ("dev-*-x", "dev-x", false),
            ("*-dev", "a-dev", true),
            ("*a*b", "xaxb", true),
            ("*a*b", "xbxa", false),
            ("a*b*c", "abc", true),
        ] {
            assert_eq!(glob(pattern, namespace), fits, "{pattern} {namespace}");
        }
    }
}
