//! aws-iam-authenticator's own configuration, its dynamic file, its objects, and kOps' cluster that writes them.
//!
//! Upstream: aws-iam-authenticator 0.7.18, `cmd/aws-iam-authenticator/root.go` (viper, weak typing, keys in any letter
//! case), `pkg/mapper/{file,dynamicfile,crd}`; kOps' `docs/authentication.md`.

use std::sync::Arc;

use super::gathered::{Gathered, Of, Settings, account, mapping, mapping_at};
use super::part::Part;
use crate::model::arn::canonical;
use crate::model::{Backend, Door, MapKey, MappedPrincipal, Mapping};

const LISTS: [(&str, MapKey); 3] =
    [("maproles", MapKey::Roles), ("mapusers", MapKey::Users), ("mapaccounts", MapKey::Accounts)];

/// A cluster id, and a server with mappings or backends.
pub(super) fn is_configuration(root: &Part<'_>) -> bool {
    let id = root.get_fold("clusterid").is_some_and(|id| id.weak_text().is_some());
    let server = root.get_fold("server");
    let of_server = LISTS.iter().map(|(name, _)| *name).chain(["backendmode"]);
    id && server.is_some_and(|server| of_server.into_iter().any(|name| server.get_fold(name).is_some()))
}

/// Lists of mappings at the top.
pub(super) fn is_dynamic_file(root: &Part<'_>) -> bool {
    let first = |name: &str| root.get_fold(name).and_then(|list| list.items().into_iter().next());
    let is_mapping =
        |item: Part<'_>| ["rolearn", "userarn", "userid"].iter().any(|name| item.get_fold(name).is_some());
    ["maproles", "mapusers"].into_iter().filter_map(first).any(is_mapping)
}

/// The configuration of a server. What would keep it from starting leaves no mapping in force.
pub(super) fn configuration(root: &Part<'_>, gathered: &mut Gathered) {
    let cluster: Option<Arc<str>> = root.get_fold("clusterid").and_then(|id| id.weak_text()).map(Into::into);
    let Some(server) = root.get_fold("server") else { return };
    gathered.is_self_hosted = true;
    let mut backend = Backend::new(Door::MountedFile, root.origin());
    for (name, key) in LISTS {
        if let Some(list) = server.get_fold(name)
            && let Err((part, why)) = read_list(&list, key, &mut backend)
        {
            gathered
                .refused(&part, format!("the authenticator does not start with this configuration: {why}"));
            return;
        }
    }
    let modes = server.get_fold("backendmode").and_then(|modes| modes.weak_texts());
    let settings = Settings {
        modes: modes.map(|modes| modes.iter().filter_map(|name| Door::from_backend(name)).collect()),
        reserved: reserved(&server),
        by_user_id: server
            .get_fold("dynamicfileuseridstrict")
            .and_then(|strict| strict.weak_text())
            .is_some_and(|strict| strict == "1" || strict == "true"),
    };
    gathered.files.push(Of { cluster, what: (backend, settings) });
}

fn reserved(server: &Part<'_>) -> Vec<(Door, Vec<Arc<str>>)> {
    let list = server.get_fold("reservedprefixconfig").map(|list| list.one_or_more()).unwrap_or_default();
    let one = |config: &Part<'_>| {
        let name = config.get_fold("backendmode")?.weak_text()?;
        // the old names of backends have no effect here
        let door = Door::from_backend(&name).filter(|door| door.backend() == name)?;
        Some((door, config.get_fold("usernameprefixreservelist")?.weak_texts()?))
    };
    list.iter().filter_map(one).collect()
}

type Refused<'a> = (Part<'a>, String);

fn read_list<'a>(list: &Part<'a>, key: MapKey, backend: &mut Backend) -> Result<(), Refused<'a>> {
    if list.weak_text().is_some_and(|text| text.is_empty()) && !list.is_block_text() {
        return Ok(()); // null
    }
    if key == MapKey::Accounts {
        let wrong = || (list.clone(), "`mapAccounts` must be a list of account ids".to_owned());
        let ids = list.weak_texts().ok_or_else(wrong)?;
        let places = list.one_or_more();
        let of =
            |(position, id): (usize, Arc<str>)| account(places.get(position).unwrap_or(list), position, id);
        backend.accounts = ids.into_iter().enumerate().map(of).collect();
        return Ok(());
    }
    if !list.is_list() && !list.is_mapping() {
        let why = format!("`{}` must be a list, and is a text", key.as_str());
        return Err((list.clone(), why));
    }
    for (position, item) in list.one_or_more().into_iter().enumerate() {
        let read = entry(&item, key, position).map_err(|why| (item.clone(), why))?;
        let into = if key == MapKey::Roles { &mut backend.roles } else { &mut backend.users };
        into.push(read);
    }
    Ok(())
}

/// One entry of `mapRoles` or `mapUsers`, weakly typed.
fn entry(item: &Part<'_>, key: MapKey, position: usize) -> Result<Mapping, String> {
    let text = |name: &str| item.get_fold(name).and_then(|part| part.weak_text()).unwrap_or_default();
    let (arn_name, other_name) =
        if key == MapKey::Roles { ("rolearn", "roleARN") } else { ("userarn", "userARN") };
    let arn = text(arn_name);
    let sso = item.get_fold("sso").filter(|sso| key == MapKey::Roles && sso.is_mapping());
    let mut read = match (arn.is_empty(), sso) {
        (true, Some(sso)) => {
            let field = |name: &str| sso.get_fold(name).and_then(|part| part.weak_text()).unwrap_or_default();
            let principal = MappedPrincipal::Sso {
                permission_set: field("permissionsetname").into(),
                account: field("accountid").into(),
                partition: field("partition").into(),
            };
            Mapping { principal, ..mapping(key, position, "") }
        }
        (true, None) if key == MapKey::Roles => {
            return Err("one of `roleARN` and `sso` is required".to_owned());
        }
        (true, None) => return Err("`userARN` is required".to_owned()),
        (false, Some(_)) => return Err("only one of `roleARN` and `sso` can be given".to_owned()),
        (false, None) => {
            let canonical =
                if key == MapKey::Users { canonical(&arn.to_lowercase()) } else { canonical(&arn) };
            canonical.map_err(|error| error.to_string())?;
            mapping(key, position, arn)
        }
    };
    read.username = text("username").into();
    if let Some(groups) = item.get_fold("groups") {
        read.groups = groups.weak_texts().ok_or_else(|| "`groups` must be a list of texts".to_owned())?;
    }
    let spelling = if item.get(other_name).is_some() { other_name } else { arn_name };
    Ok(mapping_at(item, "aws-iam-authenticator configuration", (spelling, "username", "groups"), read))
}

/// The file of the backend `DynamicFile`: all of it, or nothing.
pub(super) fn dynamic_file(root: &Part<'_>, gathered: &mut Gathered) {
    let mut backend = Backend::new(Door::DynamicFile, root.origin());
    for (name, key) in LISTS {
        let items = root.get_fold(name).map(|list| list.items()).unwrap_or_default();
        for (position, item) in items.iter().enumerate() {
            if key == MapKey::Accounts {
                backend.accounts.push(account(item, position, item.text().unwrap_or_default()));
                continue;
            }
            let text = |name: &str| item.get_fold(name).and_then(|part| part.text()).unwrap_or_default();
            let arn_name = if key == MapKey::Roles { "rolearn" } else { "userarn" };
            let (arn, user_id) = (text(arn_name), text("userid"));
            if arn.is_empty() && user_id.is_empty() {
                let why = format!(
                    "the authenticator refuses the whole file: this entry has neither `{arn_name}` nor `userid`"
                );
                gathered.refused(item, why);
                return;
            }
            let groups = item.get_fold("groups").map(|groups| groups.texts()).unwrap_or_default();
            let read = Mapping {
                username: text("username").into(),
                groups,
                user_id: user_id.into(),
                ..mapping(key, position, arn)
            };
            let read = mapping_at(item, "dynamic file", (arn_name, "username", "groups"), read);
            if key == MapKey::Roles { backend.roles.push(read) } else { backend.users.push(read) }
        }
    }
    gathered.dynamic.push(backend);
}

/// `IAMIdentityMapping`: its status is what the controller makes of its spec, and is not read.
pub(super) fn identity_mapping(root: &Part<'_>, gathered: &mut Gathered) {
    let Some(spec) = root.get("spec") else { return };
    let name = root.at(&["metadata", "name"]).map(|name| name.shown()).unwrap_or_default();
    let object = format!("IAMIdentityMapping {name}");
    let position = gathered.objects.len();
    object_mapping(&spec, position, object, None, gathered);
}

fn object_mapping(
    spec: &Part<'_>,
    position: usize,
    object: String,
    cluster: Option<Arc<str>>,
    gathered: &mut Gathered,
) {
    let Some(arn) = spec.get("arn") else { return };
    let read = Mapping {
        username: spec.get("username").map(|username| username.shown()).unwrap_or_default().into(),
        groups: spec.get("groups").map(|groups| groups.texts()).unwrap_or_default(),
        ..mapping(MapKey::Roles, position, arn.shown())
    };
    let what = mapping_at(spec, object, ("arn", "username", "groups"), read);
    gathered.objects.push(Of { cluster, what });
}

/// kOps' `Cluster`: mappings that it makes objects of (not verified), and the backends.
pub(super) fn kops_cluster(root: &Part<'_>, gathered: &mut Gathered) {
    gathered.is_self_hosted = true;
    let Some(aws) = root.at(&["spec", "authentication", "aws"]) else { return };
    let cluster: Option<Arc<str>> = aws
        .get("clusterID")
        .or_else(|| root.at(&["metadata", "name"]))
        .and_then(|name| name.text())
        .map(Into::into);
    let mappings = aws.get("identityMappings").map(|list| list.items()).unwrap_or_default();
    for part in mappings {
        let position = gathered.objects.len();
        object_mapping(
            &part,
            position,
            format!("identityMappings[{position}] of kOps"),
            cluster.clone(),
            gathered,
        );
    }
    if let Some(modes) = aws.get("backendMode").and_then(|modes| modes.weak_texts()) {
        let modes = modes.iter().filter_map(|name| Door::from_backend(name.trim())).collect();
        gathered.modes.push(modes);
    }
}
