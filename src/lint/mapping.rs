//! Entries of aws-auth: those that match nobody, those that map to more than anybody means, and those in each other's way.

use std::collections::BTreeMap;

use super::context::Context;
use super::{found, further};
use crate::access::PRIVILEGED;
use crate::finding::{Code, Finding};
use crate::identity::Source;
use crate::identity::impersonation::service_account;
use crate::identity::template::needs_instance;
use crate::model::arn::{Arn, ArnPrincipal};
use crate::model::placeholder::has_placeholder;
use crate::model::{AwsAuth, MapKey, MappedPrincipal, Mapping};
use crate::source::{Address, Step};

/// The groups that a node needs.
const NODE_GROUPS: [&str; 2] = ["system:bootstrappers", "system:nodes"];
/// Groups that nodes of some kinds have besides.
const FURTHER_NODE_GROUPS: [&str; 2] = ["eks:kube-proxy-windows", "system:node-proxier"];
/// The tokens of templates, as the authenticator knows them.
const TOKENS: [&str; 5] = ["EC2PrivateDNSName", "AccountID", "SessionName", "SessionNameRaw", "AccessKeyID"];

fn arn_address(aws_auth: &AwsAuth, mapping: &Mapping) -> Address {
    let field = if mapping.key == MapKey::Roles { "rolearn" } else { "userarn" };
    further(mapping.address(aws_auth.origin), [Step::Field(field)])
}

fn username_address(aws_auth: &AwsAuth, mapping: &Mapping) -> Address {
    further(mapping.address(aws_auth.origin), [Step::Field("username")])
}

fn group_address(aws_auth: &AwsAuth, mapping: &Mapping, position: usize) -> Address {
    further(mapping.address(aws_auth.origin), [Step::Field("groups"), Step::Item(position)])
}

/// Whom an entry maps, in words.
fn whom(mapping: &Mapping) -> String {
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
    for (aws_auth, mapping) in context.mappings() {
        let at = arn_address(aws_auth, mapping);
        match &mapping.principal {
            MappedPrincipal::Sso { .. } => {
                let address = further(mapping.address(aws_auth.origin), [Step::Field("sso")]);
                let message = format!("the entry for {} matches nobody on EKS", whom(mapping));
                all.push(found(Code::MappingSso, address, message));
            }
            MappedPrincipal::Arn(arn) if !has_placeholder(arn) => {
                all.extend(dead(arn, at.clone()).or_else(|| of_partition(arn, usual.as_deref(), at)));
            }
            MappedPrincipal::Arn(_) => {}
        }
    }
    if let Some(aws_auth) = context.aws_auth() {
        all.extend(accounts(context, aws_auth));
    }
    all
}

/// What keeps an ARN from ever being a caller's.
fn dead(arn: &str, at: Address) -> Option<Finding> {
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
        ArnPrincipal::Role { path, name } if !path.is_empty() => {
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
        ArnPrincipal::AssumedRole { role, .. } => {
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
        ArnPrincipal::Role { .. } | ArnPrincipal::User | ArnPrincipal::FederatedUser => None,
    }
}

/// Whether an entry matches nobody, which is told already.
fn is_dead(mapping: &Mapping) -> bool {
    match &mapping.principal {
        MappedPrincipal::Sso { .. } => true,
        MappedPrincipal::Arn(arn) => {
            let nowhere = Address { origin: crate::source::Origin::default(), route: Vec::new() };
            !has_placeholder(arn)
                && dead(arn, nowhere).is_some_and(|finding| finding.code != Code::MappingRoot)
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

fn accounts(context: &Context<'_>, aws_auth: &AwsAuth) -> Vec<Finding> {
    let mut all = Vec::new();
    for account in &aws_auth.accounts {
        let (id, at) = (&account.id, account.address(aws_auth.origin));
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

/// Names that entries give: reserved, empty, or with templates that do not do what they look like.
pub(super) fn names(context: &Context<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    for (aws_auth, mapping) in context.mappings() {
        if is_dead(mapping) {
            continue; // who is nobody has no name
        }
        all.extend(of_username(aws_auth, mapping));
        for (position, group) in mapping.groups.iter().enumerate() {
            let at = group_address(aws_auth, mapping, position);
            all.extend(unknown_token(group, at.clone()));
            let known = |list: &[&str]| list.contains(&&**group);
            if **group == *PRIVILEGED {
                let message = format!("`{}` is in `{PRIVILEGED}`, and may do everything", whom(mapping));
                all.push(found(Code::MappingSystemMasters, at.clone(), message));
            } else if group.starts_with("system:") && !known(&NODE_GROUPS) && !known(&FURTHER_NODE_GROUPS) {
                let message = format!("`{}` is given the reserved group `{group}`", whom(mapping));
                all.push(found(Code::MappingSystemName, at.clone(), message));
            }
            if group.contains("{{SessionName") {
                let message = format!(
                    "whoever may assume `{}` chooses the group that `{group}` becomes",
                    whom(mapping)
                );
                all.push(found(Code::SessionInGroup, at, message));
            }
        }
    }
    all
}

fn of_username(aws_auth: &AwsAuth, mapping: &Mapping) -> Vec<Finding> {
    let (username, at) = (&mapping.username, username_address(aws_auth, mapping));
    let mut all = Vec::new();
    if username.is_empty() {
        let message = format!("`{}` has no username", whom(mapping));
        all.push(found(Code::UsernameEmpty, at.clone(), message));
    }
    all.extend(unknown_token(username, at.clone()));
    if username.starts_with("system:serviceaccount:") {
        let what = if service_account(username).is_some() { "is" } else { "looks like" };
        let message =
            format!("the username `{username}` of `{}` {what} that of a service account", whom(mapping));
        all.push(found(Code::MappingServiceAccount, at, message));
    } else if username.starts_with("system:") && !username.starts_with("system:node:") {
        let message = format!("`{}` is given the reserved username `{username}`", whom(mapping));
        all.push(found(Code::MappingSystemName, at, message));
    }
    all
}

/// A token in double braces that the authenticator leaves as it is.
fn unknown_token(template: &str, at: Address) -> Option<Finding> {
    let (_, rest) = template.split_once("{{")?;
    let (token, _) = rest.split_once("}}")?;
    if TOKENS.contains(&token.trim_start_matches('{')) {
        return None;
    }
    let near = |known: &&str| {
        let bare = token.trim().to_lowercase();
        strsim::osa_distance(&bare, &known.to_lowercase()) <= 4 || known.to_lowercase().starts_with(&bare)
    };
    let message = format!("the authenticator does not know `{{{{{token}}}}}` and leaves it in the name");
    let finding = found(Code::TemplateUnknown, at, message);
    Some(match TOKENS.iter().find(|known| near(known)) {
        Some(known) => finding.with_help(format!("did you mean `{{{{{known}}}}}`?")),
        None => finding,
    })
}

/// Entries for nodes, and entries that make nodes of people.
pub(super) fn nodes(context: &Context<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    for (aws_auth, mapping) in context.mappings() {
        let has = |group: &str| mapping.groups.iter().any(|own| **own == *group);
        let node_name = mapping.username.starts_with("system:node:");
        let is_node =
            node_name && (needs_instance(&mapping.username) || mapping.username.contains("{{SessionName"));
        if !node_name {
            if has("system:nodes") {
                let message = format!(
                    "`{}` is in `system:nodes`, but its username `{}` is no node's",
                    whom(mapping),
                    mapping.username
                );
                all.push(found(Code::NodeMappingGroups, username_address(aws_auth, mapping), message));
            }
            continue;
        }
        let missing: Vec<&str> = NODE_GROUPS.into_iter().filter(|group| !has(group)).collect();
        let further_groups = mapping.groups.iter().enumerate().filter(|(_, group)| {
            !NODE_GROUPS.contains(&&***group) && !FURTHER_NODE_GROUPS.contains(&&***group)
        });
        let mut people = false;
        for (position, group) in further_groups {
            people = true;
            let message = format!("every node of `{}` is in `{group}` too", whom(mapping));
            all.push(found(Code::NodeMappingGroups, group_address(aws_auth, mapping, position), message));
        }
        if is_node && !missing.is_empty() && !(people && missing.len() == NODE_GROUPS.len()) {
            let message = format!("nodes of `{}` lack `{}`", whom(mapping), missing.join("` and `"));
            let at = further(mapping.address(aws_auth.origin), [Step::Field("groups")]);
            all.push(found(Code::NodeMappingIncomplete, at, message));
        }
    }
    all
}

/// Entries for one caller, and callers with one name.
pub(super) fn collisions(context: &Context<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut random = Vec::new();
    let mut by_username: BTreeMap<&str, Vec<(&AwsAuth, &Mapping)>> = BTreeMap::new();
    for mapped in &context.mapped {
        let mut shadowing = None;
        for identity in mapped.identities() {
            let Source::Mapping { aws_auth, mapping, shadowed, .. } = &identity.source else { continue };
            if identity.when.chance.is_some() {
                if !random.contains(&mapping.position) {
                    random.push(mapping.position);
                    let message = format!(
                        "`{}` differs from another entry in letter case only: chance decides",
                        whom(mapping)
                    );
                    all.push(found(Code::MappingRandom, arn_address(aws_auth, mapping), message));
                }
            } else if shadowing.is_none() {
                shadowing = Some((*aws_auth, *mapping, shadowed.clone()));
            }
        }
        let Some((aws_auth, mapping, shadowed)) = shadowing else { continue };
        for other in shadowed {
            all.push(of_shadowed(aws_auth, mapping, other));
        }
        if !mapping.username.is_empty() && !mapping.username.contains("{{") {
            by_username.entry(&mapping.username).or_default().push((aws_auth, mapping));
        }
    }
    for (username, entries) in by_username {
        let Some(((_, first), rest)) = entries.split_first() else { continue };
        for (aws_auth, mapping) in rest {
            let message =
                format!("`{}` has the username `{username}`, as `{}` has", whom(mapping), whom(first));
            let finding = found(Code::UsernameShared, username_address(aws_auth, mapping), message);
            let related = username_address(aws_auth, first).into();
            all.push(finding.with_related(related, "the other one"));
        }
    }
    all
}

fn of_shadowed(aws_auth: &AwsAuth, mapping: &Mapping, other: &Mapping) -> Finding {
    let lost: Vec<&str> =
        other.groups.iter().filter(|group| !mapping.groups.contains(group)).map(|group| &**group).collect();
    let lost = match &lost[..] {
        [] => String::new(),
        groups => format!("; its groups `{}` are lost", groups.join("`, `")),
    };
    let message = format!("another entry takes precedence over this one for `{}`{lost}", whom(other));
    found(Code::MappingShadowed, arn_address(aws_auth, other), message)
        .with_related(arn_address(aws_auth, mapping).into(), "this one is in force")
}
