//! aws-iam-authenticator's own configuration, its objects, and kOps' cluster that writes them.
//!
//! Upstream: aws-iam-authenticator 0.7.18, `cmd/aws-iam-authenticator/root.go` (viper, weak typing, keys in any letter
//! case), `pkg/mapper/{file,dynamicfile,crd}`; kOps' `docs/authentication.md`.

use std::sync::Arc;

use super::gathered::{Gathered, Of, Settings, account, mapping, mapping_at};
use super::part::Part;
use crate::manifest::aws_auth;
use crate::model::arn::canonical;
use crate::model::{Backend, Door, MapKey, Mapping};

const LISTS: [(&str, MapKey); 3] =
    [("maproles", MapKey::Roles), ("mapusers", MapKey::Users), ("mapaccounts", MapKey::Accounts)];

/// A cluster id, and a server with mappings or backends.
pub(super) fn is_configuration(root: &Part<'_>) -> bool {
    let id = root.get_viper("clusterid").is_some_and(|id| id.weak_text().is_some());
    let server = root.get_viper("server");
    let of_server = LISTS.iter().map(|(name, _)| *name).chain([
        "backendmode",
        "reservedprefixconfig",
        "scrubbedaccounts",
        "dynamicfilepath",
        "dynamicfileuseridstrict",
        "dynamicbackendmodepath",
        "ec2describeinstancesrolearn",
    ]);
    id && server.is_some_and(|server| of_server.into_iter().any(|name| server.get_viper(name).is_some()))
}

/// The configuration of a server. What would keep it from starting leaves no mapping in force.
pub(super) fn configuration(root: &Part<'_>, gathered: &mut Gathered) {
    let cluster: Option<Arc<str>> = root.get_viper("clusterid").and_then(|id| id.weak_text()).map(Into::into);
    let Some(server) = root.get_viper("server") else { return };
    gathered.is_self_hosted = true;
    let mut backend = Backend::new(Door::MountedFile, root.origin());
    for (name, key) in LISTS {
        if let Some(list) = server.get_viper(name)
            && let Err((part, why)) = read_list(&list, key, &mut backend)
        {
            gathered
                .refused(&part, format!("the authenticator does not start with this configuration: {why}"));
            return;
        }
    }
    let modes = match server.get_viper("backendmode").map(|part| (modes(&part), part)) {
        None => None,
        Some((Ok(modes), _)) => Some(modes),
        Some((Err(why), part)) => {
            let why = format!("the authenticator does not start with this configuration: {why}");
            gathered.refused(&part, why);
            return;
        }
    };
    let settings = Settings {
        modes,
        reserved: reserved(&server),
        by_user_id: server
            .get_viper("dynamicfileuseridstrict")
            .and_then(|strict| strict.weak_text())
            .is_some_and(|strict| matches!(&*strict, "1" | "t" | "T" | "true" | "True" | "TRUE")),
    };
    gathered.files.push(Of { cluster, what: (backend, settings) });
}

/// The backends that a configuration names: a list, or a text with blanks between them.
fn modes(part: &Part<'_>) -> Result<Vec<Door>, String> {
    let names: Vec<String> = if part.is_list() {
        part.items().iter().map(|item| item.weak_text().unwrap_or_default()).collect()
    } else {
        let text = part.weak_text().unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    };
    let mut doors = Vec::new();
    for name in names {
        let door = Door::from_backend(&name).ok_or_else(|| format!("`{name}` is no backend"))?;
        if doors.contains(&door) {
            return Err(format!("the backend `{name}` is given twice"));
        }
        doors.push(door);
    }
    if doors.is_empty() { Err("it names no backend".to_owned()) } else { Ok(doors) }
}

fn reserved(server: &Part<'_>) -> Vec<(Door, Vec<Arc<str>>)> {
    let list = server.get_viper("reservedprefixconfig").map(|list| list.one_or_more()).unwrap_or_default();
    let one = |config: &Part<'_>| {
        let name = config.get_viper("backendmode")?.weak_text()?;
        // the old names of backends have no effect here
        let door = Door::from_backend(&name).filter(|door| door.backend() == name)?;
        Some((door, config.get_viper("usernameprefixreservelist")?.weak_texts()?))
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
    let text = |name: &str| item.get_viper(name).and_then(|part| part.weak_text()).unwrap_or_default();
    let (arn_name, other_name) =
        if key == MapKey::Roles { ("rolearn", "roleARN") } else { ("userarn", "userARN") };
    let arn = text(arn_name);
    let sso = item.get_viper("sso").filter(|sso| {
        let is_null = sso.weak_text().is_some_and(|text| text.is_empty());
        key == MapKey::Roles && !is_null
    });
    let mut read = match (arn.is_empty(), sso) {
        (true, Some(sso)) if !sso.is_mapping() => return Err("`sso` must be an object".to_owned()),
        (true, Some(sso)) => {
            let field =
                |name: &str| sso.get_viper(name).and_then(|part| part.weak_text()).unwrap_or_default();
            let [set, account, partition] = ["permissionsetname", "accountid", "partition"].map(field);
            let principal = aws_auth::permission_set(set.into(), account.into(), partition.into())?;
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
    if let Some(groups) = item.get_viper("groups") {
        read.groups = groups.weak_texts().ok_or_else(|| "`groups` must be a list of texts".to_owned())?;
    }
    let spelling = if item.get(other_name).is_some() { other_name } else { arn_name };
    Ok(mapping_at(item, "aws-iam-authenticator configuration", (spelling, "username", "groups"), read))
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
    for (place, part) in mappings.iter().enumerate() {
        let object = format!("identityMappings[{place}] of kOps");
        object_mapping(part, gathered.objects.len(), object, cluster.clone(), gathered);
    }
    if let Some(modes) = aws.get("backendMode").and_then(|modes| modes.weak_texts()) {
        let modes = modes.iter().filter_map(|name| Door::from_backend(name.trim())).collect();
        gathered.modes.push(modes);
    }
}
