//! Who is let in, shut out, or taken for somebody else.

use super::pairing::Pair;
use super::{Entry, Taken};
use crate::identity::{Case, Identity, Source};
use crate::query::everyone;
use crate::source::Address;

/// The differences in what the clusters take a member for, before names are singled out.
pub(super) fn entries(who: &everyone::Entry, pairs: &[Pair<'_>]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for pair in pairs {
        let (before, after) = (taken(&pair.before), taken(&pair.after));
        let same = match (&before, &after) {
            (Some(a), Some(b)) => a.username == b.username && a.groups == b.groups,
            (None, None) => true,
            _ => false,
        };
        if same {
            continue;
        }
        let known = entries.iter_mut().find(|entry| entry.before == before && entry.after == after);
        if let Some(entry) = known {
            entry.when.push(pair.when.clone());
            continue;
        }
        let when = if pairs.len() == 1 { Vec::new() } else { vec![pair.when.clone()] };
        entries.push(Entry { who: who.who(), when, before, after });
    }
    entries
}

/// What the first case that is let in is taken for; where chance decides, the others are not told.
fn taken(cases: &[Case<'_>]) -> Option<Taken> {
    let identity = cases.iter().find_map(|case| case.outcome.as_ref().ok())?;
    Some(Taken {
        username: match &identity.source {
            Source::Account { .. } if identity.username.known().is_none() => "their own ARN".to_owned(),
            _ => identity.username.to_string(),
        },
        groups: identity.groups.iter().map(|member| member.group.to_string()).collect(),
        mapping: mapping(identity),
    })
}

/// The mapping that makes somebody who they are.
pub(super) fn mapping(identity: &Identity<'_>) -> Option<Address> {
    match &identity.source {
        Source::Mapping { aws_auth, mapping, .. } => Some(mapping.address(aws_auth.origin)),
        Source::Account { aws_auth, account, .. } => Some(account.address(aws_auth.origin)),
        Source::Given | Source::Impersonated | Source::Credential(_) => None,
    }
}
