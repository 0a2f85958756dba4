//! The file of aws-iam-authenticator's backend `DynamicFile`: all of it, or nothing.
//!
//! Upstream: aws-iam-authenticator 0.7.18, `pkg/mapper/dynamicfile/dynamicfile.go`; decoded by Go's `encoding/json`.

use super::gathered::{Gathered, account, mapping, mapping_at};
use super::part::Part;
use crate::model::{Backend, Door, MapKey, MappedPrincipal, Mapping};

const LISTS: [(&str, MapKey); 3] =
    [("maproles", MapKey::Roles), ("mapusers", MapKey::Users), ("mapaccounts", MapKey::Accounts)];

/// JSON with lists of mappings at the top.
pub(super) fn is_dynamic_file(root: &Part<'_>) -> bool {
    let first = |name: &str| root.get_fold(name).and_then(|list| list.items().into_iter().next());
    let is_mapping =
        |item: Part<'_>| ["rolearn", "userarn", "userid"].iter().any(|name| item.get_fold(name).is_some());
    root.is_in_brackets() && ["maproles", "mapusers"].into_iter().filter_map(first).any(is_mapping)
}

/// Reads the file; which key its entries need is known only when it is opened: see [`lacks_key`].
pub(super) fn dynamic_file(root: &Part<'_>, gathered: &mut Gathered) {
    let mut backend = Backend::new(Door::DynamicFile, root.origin());
    match read(root, &mut backend) {
        Ok(()) => gathered.dynamic.push(backend),
        Err((part, why)) => {
            gathered.refused(&part, format!("the authenticator refuses the whole file: {why}"));
        }
    }
}

type Refused<'a> = (Part<'a>, String);

fn read<'a>(root: &Part<'a>, backend: &mut Backend) -> Result<(), Refused<'a>> {
    for name in ["version", "lastupdateddatetime"] {
        text(root, name)?;
    }
    for (name, key) in LISTS {
        let Some(list) = root.get_fold(name) else { continue };
        let is_null = Part::json_text(Some(&list)).is_some_and(str::is_empty);
        if !list.is_list() && !is_null {
            return Err((list, format!("`{}` must be a list", key.as_str())));
        }
        for (position, item) in list.items().iter().enumerate() {
            if key == MapKey::Accounts {
                let id = Part::json_text(Some(item));
                let id = id.ok_or_else(|| (item.clone(), "an account must be a text".to_owned()))?;
                backend.accounts.push(account(item, position, id));
                continue;
            }
            let read = entry(item, key, position)?;
            if key == MapKey::Roles { backend.roles.push(read) } else { backend.users.push(read) }
        }
    }
    Ok(())
}

fn entry<'a>(item: &Part<'a>, key: MapKey, position: usize) -> Result<Mapping, Refused<'a>> {
    if !item.is_mapping() {
        return Err((item.clone(), "this entry is no object".to_owned()));
    }
    let arn_name = if key == MapKey::Roles { "rolearn" } else { "userarn" };
    let groups = item.get_fold("groups");
    let texts = Part::json_texts(groups.as_ref());
    let read = Mapping {
        username: text(item, "username")?.into(),
        groups: texts.ok_or_else(|| {
            (groups.unwrap_or_else(|| item.clone()), "`groups` must be a list of texts".to_owned())
        })?,
        user_id: text(item, "userid")?.into(),
        ..mapping(key, position, text(item, arn_name)?)
    };
    Ok(mapping_at(item, "dynamic file", (arn_name, "username", "groups"), read))
}

fn text<'a>(of: &Part<'a>, name: &str) -> Result<&'a str, Refused<'a>> {
    let part = of.get_fold(name);
    let text = Part::json_text(part.as_ref());
    text.ok_or_else(|| (part.unwrap_or_else(|| of.clone()), format!("`{name}` must be a text")))
}

/// An entry without the key that it is stored under, for which the authenticator refuses the whole file: the ARN, or the
/// unique id where those are looked at.
pub(super) fn lacks_key(backend: &Backend) -> Option<(&Mapping, &'static str)> {
    backend.mappings().find_map(|mapping| {
        let has_arn = matches!(&mapping.principal, MappedPrincipal::Arn(arn) if !arn.is_empty());
        let own = if mapping.key == MapKey::Roles { "rolearn" } else { "userarn" };
        if backend.by_user_id {
            mapping.user_id.is_empty().then_some((mapping, "userid"))
        } else {
            (!has_arn).then_some((mapping, own))
        }
    })
}
