//! Mappings of the open doors: those that match nobody, those that map to more than anybody means, and those in each
//! other's way.

mod collisions;
mod given;

use std::collections::BTreeMap;

use super::context::Context;
use super::{found, further};
use crate::finding::{Code, Finding};
use crate::model::arn::{Arn, ArnPrincipal};
use crate::model::placeholder::has_placeholder;
use crate::model::{Backend, Door, MappedPrincipal, Mapping};
use crate::source::{Address, Step};
pub(super) use collisions::collisions;
pub(super) use given::{names, nodes};

/// Whom an entry maps, in words.
pub(super) fn whom(mapping: &Mapping) -> String {
    match &mapping.principal {
        MappedPrincipal::Arn(arn) => arn.to_string(),
        MappedPrincipal::Sso { permission_set, account, .. } => {
            format!("permission set {permission_set} of account {account}")
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Entries that can match nobody, or whose ARN needs a second look.
pub(super) fn entries(context: &Context<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    let usual = usual_partition(context);
    let sso = context.loaded.cluster.doors.sso_role_match;
    for (backend, mapping) in context.mappings() {
        let at = mapping.arn_address(backend.origin);
        match &mapping.principal {
            MappedPrincipal::Sso { partition, .. } if sso && partition.is_empty() => {}
            MappedPrincipal::Sso { .. } => {
                let address = further(mapping.address(backend.origin), [Step::Field("sso")]);
                let message = format!("the entry for {} matches nobody on EKS", whom(mapping));
                all.push(found(Code::MappingSso, address, message));
            }
            MappedPrincipal::Arn(arn) if !has_placeholder(arn) => {
                let dead = dead(backend.door, arn, at.clone());
                all.extend(dead.or_else(|| of_partition(arn, usual.as_deref(), at)));
            }
            MappedPrincipal::Arn(_) => {}
        }
    }
    all.extend(context.doors().flat_map(|backend| accounts(context, backend)));
    all
}

/// What keeps an ARN from ever being a caller's at a door. Access entries look at no path, and the other doors but
/// aws-auth take the ARN of a session for that of its role.
fn dead(door: Door, arn: &str, at: Address) -> Option<Finding> {
    if arn.contains(['*', '?']) {
        let message =
            format!("the wildcard in `{arn}` is compared as it stands, so that the entry matches nobody");
        return Some(found(Code::MappingWildcard, at, message));
    }
    let parsed = match Arn::parse(arn) {
        Ok(parsed) => parsed,
        Err(error) => {
            let message =
                format!("`{arn}` is the ARN of no caller, so that the entry matches nobody: {error}");
            return Some(found(Code::ArnInvalid, at, message));
        }
    };
    let region = arn.split(':').nth(3).unwrap_or_default();
    match parsed.principal {
        ArnPrincipal::Role { path, name } if !path.is_empty() && door != Door::AccessEntries => {
            let bare = format!("arn:{}:iam::{}:role/{name}", parsed.partition, parsed.account);
            let message = format!("the path `{path}` keeps `{arn}` from ever matching");
            let mut finding = found(Code::MappingRolePath, at, message);
            finding.help = Some(if path.starts_with("aws-reserved/") {
                format!("write `{bare}`; its last part changes when the permission set is made anew")
            } else {
                format!("write `{bare}`; it matches a role of that name under any path")
            });
            Some(finding)
        }
        ArnPrincipal::AssumedRole { role, .. } if matches!(door, Door::AwsAuth | Door::AccessEntries) => {
            let message = format!("`{arn}` is one session of a role, and matches nobody");
            let bare = format!("write `arn:{}:iam::{}:role/{role}`", parsed.partition, parsed.account);
            Some(found(Code::MappingStsArn, at, message).with_help(bare))
        }
        _ if !is_account(parsed.account) => {
            let message = format!(
                "`{}` in `{arn}` is no account of 12 digits, so that the entry matches nobody",
                parsed.account
            );
            Some(found(Code::ArnInvalid, at, message))
        }
        _ if !region.is_empty() => {
            let message = format!("ARNs of IAM have no region; `{region}` keeps `{arn}` from ever matching");
            Some(found(Code::ArnInvalid, at, message))
        }
        ArnPrincipal::Root => {
            let message = format!("`{arn}` is the root user of the account only");
            Some(found(Code::MappingRoot, at, message))
        }
        ArnPrincipal::Role { .. }
        | ArnPrincipal::AssumedRole { .. }
        | ArnPrincipal::User
        | ArnPrincipal::FederatedUser => None,
    }
}

/// Whether an entry matches nobody, which is told already.
fn is_dead(context: &Context<'_>, door: Door, mapping: &Mapping) -> bool {
    match &mapping.principal {
        MappedPrincipal::Sso { partition, .. } => {
            !(context.loaded.cluster.doors.sso_role_match && partition.is_empty())
        }
        MappedPrincipal::Arn(arn) => {
            let nowhere = Address { origin: crate::source::Origin::default(), route: Vec::new() };
            !has_placeholder(arn)
                && dead(door, arn, nowhere).is_some_and(|finding| finding.code != Code::MappingRoot)
        }
    }
}

/// The partition of most entries, where most are of one.
fn usual_partition(context: &Context<'_>) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (_, mapping) in context.mappings() {
        if let MappedPrincipal::Arn(arn) = &mapping.principal
            && let Ok(parsed) = Arn::parse(arn)
        {
            *counts.entry(parsed.partition.to_owned()).or_default() += 1;
        }
    }
    let total: usize = counts.values().sum();
    counts.into_iter().find(|(_, count)| count * 2 > total).map(|(partition, _)| partition)
}

fn of_partition(arn: &str, usual: Option<&str>, at: Address) -> Option<Finding> {
    let (own, usual) = (Arn::parse(arn).ok()?.partition, usual?);
    (own != usual).then(|| {
        let message = format!(
            "`{arn}` is of the partition `{own}`, and most entries are of `{usual}`: a cluster has one"
        );
        found(Code::MappingOtherPartition, at, message)
    })
}

fn accounts(context: &Context<'_>, backend: &Backend) -> Vec<Finding> {
    let mut all = Vec::new();
    for account in &backend.accounts {
        let (id, at) = (&account.id, account.address(backend.origin));
        if has_placeholder(id) {
            continue;
        }
        if !is_account(id) {
            let message = format!("`{id}` is no account id, and lets nobody in");
            all.push(found(Code::AccountInvalid, at, message));
            continue;
        }
        let message = format!("every role and user of account `{id}` can log in, under its own ARN");
        all.push(found(Code::AccountMapped, at.clone(), message));
        let written = context.loaded.sources.locate(&at);
        let plain = written.is_some_and(|stretch| context.loaded.sources.excerpt(&stretch) == **id);
        if id.starts_with('0') && plain {
            let message = format!("`{id}` has no quotes, and tools may read it as another number");
            all.push(found(Code::AccountUnquoted, at, message));
        }
    }
    all
}
