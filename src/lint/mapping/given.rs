//! The names that mappings give: reserved, empty, or with templates that do not do what they look like; and nodes.

use super::super::context::Context;
use super::super::{found, further};
use super::{is_dead, whom};
use crate::access::PRIVILEGED;
use crate::finding::{Code, Finding};
use crate::identity::impersonation::service_account;
use crate::identity::template::needs_instance;
use crate::model::{Backend, Door, Mapping};
use crate::source::{Address, Step};

/// The groups that a node needs.
const NODE_GROUPS: [&str; 2] = ["system:bootstrappers", "system:nodes"];
/// Groups that nodes of some kinds have besides.
const FURTHER_NODE_GROUPS: [&str; 2] = ["eks:kube-proxy-windows", "system:node-proxier"];
/// The tokens of templates, as the authenticator knows them.
const TOKENS: [&str; 5] = ["EC2PrivateDNSName", "AccountID", "SessionName", "SessionNameRaw", "AccessKeyID"];
/// The token of which the value is new with each session of a role.
const ACCESS_KEY: &str = "{{AccessKeyID}}";
/// The prefixes that EKS refuses in names of access entries.
const RESERVED: [&str; 5] = ["system:", "eks:", "aws:", "amazon:", "iam:"];

/// Names that entries give: reserved, empty, or with templates that do not do what they look like.
pub(in crate::lint) fn names(context: &Context<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    for (backend, mapping) in context.mappings_in_force() {
        if is_dead(context, backend.door, mapping) {
            continue; // who is nobody has no name
        }
        if backend.door == Door::AccessEntries {
            all.extend(of_entry(backend, mapping));
            continue;
        }
        all.extend(of_username(backend, mapping));
        for (position, group) in mapping.groups.iter().enumerate() {
            let at = mapping.group_address(backend.origin, position);
            all.extend(unknown_token(group, at.clone()));
            all.extend(access_key(mapping, "group", group, at.clone()));
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

fn of_username(backend: &Backend, mapping: &Mapping) -> Vec<Finding> {
    let (username, at) = (&mapping.username, mapping.username_address(backend.origin));
    let mut all = Vec::new();
    if username.is_empty() {
        let message = format!("`{}` has no username", whom(mapping));
        all.push(found(Code::UsernameEmpty, at.clone(), message));
    }
    all.extend(unknown_token(username, at.clone()));
    all.extend(access_key(mapping, "username", username, at.clone()));
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

/// The names of an access entry, of which EKS refuses some. Those of nodes are set by EKS.
fn of_entry(backend: &Backend, mapping: &Mapping) -> Vec<Finding> {
    let username = &*mapping.username;
    if username.starts_with("system:node:") {
        return Vec::new();
    }
    let reserved = |name: &str| RESERVED.into_iter().find(|prefix| name.starts_with(prefix));
    let at = mapping.username_address(backend.origin);
    let mut all = Vec::new();
    let mut refused = |at: Address, message: String| all.push(found(Code::EntryNameRefused, at, message));
    if let Some(prefix) = reserved(username) {
        refused(at.clone(), format!("EKS refuses the username `{username}`: it begins with `{prefix}`"));
    } else if username.contains("{{SessionNameRaw}}") {
        refused(at.clone(), format!("access entries do not know `{{{{SessionNameRaw}}}}` in `{username}`"));
    } else if let Some((before, _)) = username.split_once("{{SessionName}}")
        && !before.contains(':')
    {
        let message = format!("EKS refuses the username `{username}`: no `:` stands before the session name");
        refused(at.clone(), message);
    }
    for (position, group) in mapping.groups.iter().enumerate() {
        if let Some(prefix) = reserved(group) {
            let at = mapping.group_address(backend.origin, position);
            refused(
                at,
                format!("EKS refuses the group `{group}` in an access entry: it begins with `{prefix}`"),
            );
        }
    }
    all.extend(unknown_token(username, at));
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

/// A name with the id of the caller's access key.
fn access_key(mapping: &Mapping, what: &str, template: &str, at: Address) -> Option<Finding> {
    template.contains(ACCESS_KEY).then(|| {
        let message =
            format!("the {what} `{template}` of `{}` is another for each access key", whom(mapping));
        found(Code::TemplateAccessKey, at, message)
    })
}

/// Entries for nodes, and entries that make nodes of people.
pub(in crate::lint) fn nodes(context: &Context<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    // EKS itself sets the names of nodes in access entries
    let mappings = context.mappings_in_force().filter(|(backend, _)| backend.door != Door::AccessEntries);
    for (backend, mapping) in mappings {
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
                all.push(found(Code::NodeMappingGroups, mapping.username_address(backend.origin), message));
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
            all.push(found(
                Code::NodeMappingGroups,
                mapping.group_address(backend.origin, position),
                message,
            ));
        }
        if is_node && !missing.is_empty() && !(people && missing.len() == NODE_GROUPS.len()) {
            let message = format!("nodes of `{}` lack `{}`", whom(mapping), missing.join("` and `"));
            let at = further(mapping.address(backend.origin), [Step::Field("groups")]);
            all.push(found(Code::NodeMappingIncomplete, at, message));
        }
    }
    all
}
