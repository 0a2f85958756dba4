//! Which mapping of a door a caller gets.
//!
//! Upstream: aws-iam-authenticator 0.7.18, `pkg/mapper/{configmap,file,crd,dynamicfile}`, `pkg/config/mapper.go`,
//! `pkg/arn/arnlike.go`; for access entries the EKS User Guide, and the code of `DynamicFile` where the guide says nothing.

use std::collections::{BTreeMap, HashMap};

use super::Principal;
use crate::model::access_entry::entry_key;
use crate::model::arn::{canonical, equal_fold, folded, lower};
use crate::model::{Account, Backend, Cluster, Door, MapKey, MappedPrincipal, Mapping};

/// What the lookup of a caller found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'m> {
    /// One mapping, and the earlier entries for the same caller that it shadows.
    Mapping {
        /// The one in force.
        mapping: &'m Mapping,
        /// Entries that this caller would get, were it not for the one in force.
        shadowed: Vec<&'m Mapping>,
    },
    /// Several mappings, of which the authenticator takes a random one at every call:
    /// it walks a hash map whose keys differ, and several of them match.
    Random(Vec<&'m Mapping>),
    /// A mapping that names a unique id only, and the caller's is not known.
    PerhapsById(&'m Mapping),
    /// No mapping, but the account is listed.
    Account(&'m Account),
    /// Nothing.
    Nothing,
}

/// Who is looked up, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sought<'a> {
    /// The canonical ARN.
    pub canonical: &'a str,
    /// The account.
    pub account: &'a str,
    /// The unique id, if known.
    pub user_id: Option<&'a str>,
    /// Whether entries of permission sets count (the feature gate `SSORoleMatch`).
    pub sso_role_match: bool,
}

impl<'a> Sought<'a> {
    /// A caller, looked up with the feature gate on or off.
    pub fn of(principal: &'a Principal, sso_role_match: bool) -> Self {
        Self {
            canonical: &principal.canonical,
            account: &principal.account,
            user_id: principal.user_id.as_deref(),
            sso_role_match,
        }
    }
}

/// Looks a caller up: `mapRoles`, then `mapUsers`, then `mapAccounts`. Neither list looks at the type of the principal.
pub fn find<'m>(backend: &'m Backend, sought: &Sought<'_>) -> Found<'m> {
    found(backend, backend.roles.iter().collect(), backend.users.iter().collect(), sought)
}

/// The mappings of the open doors by whom they map, for looking up many callers. Answers as [`find`] does of each door.
#[derive(Debug)]
pub struct MappingIndex<'m> {
    doors: Vec<Indexed<'m>>,
    sso_role_match: bool,
}

#[derive(Debug)]
struct Indexed<'m> {
    backend: &'m Backend,
    by_arn: HashMap<String, Entries<'m>>,
    /// Those that name no ARN.
    others: Entries<'m>,
}

/// Entries that may be for one caller, in order.
#[derive(Clone, Debug, Default)]
struct Entries<'m> {
    roles: Vec<&'m Mapping>,
    users: Vec<&'m Mapping>,
}

impl<'m> MappingIndex<'m> {
    /// Indexes the open doors of a cluster.
    pub fn new(cluster: &'m Cluster) -> Self {
        let doors = cluster.open_backends().map(Indexed::new).collect();
        Self { doors, sso_role_match: cluster.doors.sso_role_match }
    }

    /// Whether the feature gate `SSORoleMatch` is on.
    pub const fn sso_role_match(&self) -> bool {
        self.sso_role_match
    }

    /// The doors that were indexed, in the order in which they are asked.
    pub fn backends(&self) -> impl Iterator<Item = &'m Backend> + '_ {
        self.doors.iter().map(|door| door.backend)
    }

    /// Whether no mapping names the caller, and its account is listed.
    pub fn is_let_in_by_account(&self, principal: &Principal) -> bool {
        let first = self.find(principal).find(|(_, found)| *found != Found::Nothing);
        matches!(first, Some((_, Found::Account(_))))
    }

    /// What each door has for a caller, in order.
    pub fn find<'a>(
        &'a self,
        principal: &'a Principal,
    ) -> impl Iterator<Item = (&'m Backend, Found<'m>)> + use<'a, 'm> {
        let sought = Sought::of(principal, self.sso_role_match);
        let key = folded(&principal.canonical);
        self.doors.iter().map(move |door| {
            let own = door.by_arn.get(&key).cloned().unwrap_or_default();
            let roles = own.roles.into_iter().chain(door.others.roles.iter().copied()).collect();
            let users = own.users.into_iter().chain(door.others.users.iter().copied()).collect();
            (door.backend, found(door.backend, roles, users, &sought))
        })
    }
}

impl<'m> Indexed<'m> {
    fn new(backend: &'m Backend) -> Self {
        let mut door = Self { backend, by_arn: HashMap::new(), others: Entries::default() };
        let lists: [(&'m [Mapping], bool); 2] = [(&backend.roles, true), (&backend.users, false)];
        for (list, is_roles) in lists {
            for mapping in list {
                let entries = match arn_of(mapping) {
                    Some(arn) if !arn.is_empty() => door.by_arn.entry(index_key(arn)).or_default(),
                    _ => &mut door.others,
                };
                if is_roles { entries.roles.push(mapping) } else { entries.users.push(mapping) }
            }
        }
        door
    }
}

/// The canonical ARN of whoever an entry could be for at any door.
fn index_key(arn: &str) -> String {
    match canonical(arn) {
        Ok(canonical) => folded(&entry_key(&canonical)),
        Err(_) => folded(arn),
    }
}

fn found<'m>(
    backend: &'m Backend,
    mut roles: Vec<&'m Mapping>,
    mut users: Vec<&'m Mapping>,
    sought: &Sought<'_>,
) -> Found<'m> {
    roles.retain(|mapping| is_match(backend, mapping, sought));
    users.retain(|mapping| is_match(backend, mapping, sought));
    let mut winners = in_force(backend, &roles);
    if winners.is_empty() {
        winners = in_force(backend, &users);
    }
    match winners[..] {
        [] => {
            let by_id = backend.mappings().find(|_| backend.by_user_id && sought.user_id.is_none());
            let by_id = by_id.and_then(|_| backend.mappings().find(|mapping| arn_of(mapping) == Some("")));
            let account = || backend.accounts.iter().find(|listed| &*listed.id == sought.account);
            by_id.map(Found::PerhapsById).or_else(|| account().map(Found::Account)).unwrap_or(Found::Nothing)
        }
        [mapping] => {
            roles.append(&mut users);
            let shadowed = roles.into_iter().filter(|other| !std::ptr::eq(*other, mapping)).collect();
            Found::Mapping { mapping, shadowed }
        }
        // which of them is the caller's turns on an id that is not known
        [first, ..] if backend.by_user_id && sought.user_id.is_none() => Found::PerhapsById(first),
        _ => Found::Random(winners),
    }
}

fn is_match(backend: &Backend, mapping: &Mapping, sought: &Sought<'_>) -> bool {
    let arn = match &mapping.principal {
        MappedPrincipal::Arn(arn) => arn,
        MappedPrincipal::Sso { permission_set, account, partition } => {
            return sought.sso_role_match
                && matches!(backend.door, Door::AwsAuth | Door::MountedFile)
                && is_of_permission_set(permission_set, account, partition, sought.canonical);
        }
    };
    match backend.door {
        Door::AwsAuth => equal_fold(arn, sought.canonical),
        Door::MountedFile if mapping.key == MapKey::Roles => {
            canonical(arn).is_ok_and(|arn| equal_fold(&arn, sought.canonical))
        }
        Door::DynamicFile if backend.by_user_id => is_match_by_id(mapping, arn, sought),
        Door::MountedFile | Door::Crd | Door::DynamicFile => {
            canonical(&lower(arn)).is_ok_and(|arn| arn == lower(sought.canonical))
        }
        Door::AccessEntries | Door::Creator => entry_key(arn) == entry_key(sought.canonical),
    }
}

/// Strict mode of a dynamic file: the id decides, and an ARN that is given must agree, paths of roles aside. Where the
/// caller's id is not known it is taken for the one that the entry of its ARN names.
fn is_match_by_id(mapping: &Mapping, arn: &str, sought: &Sought<'_>) -> bool {
    let agrees = canonical(arn).is_ok() && entry_key(arn) == lower(sought.canonical);
    match sought.user_id {
        Some(id) => *mapping.user_id == *id && (arn.is_empty() || agrees),
        None => agrees,
    }
}

/// Whether a caller is a role of a permission set, as upstream's pattern has it: the partition is filled in only where
/// none is given, so that an entry that names one matches nobody; and the name of the set may go on.
fn is_of_permission_set(set: &str, account: &str, partition: &str, caller: &str) -> bool {
    let start = lower(&format!("arn:aws:iam::{account}:role/AWSReservedSSO_{set}_"));
    partition.is_empty() && lower(caller).starts_with(&start)
}

/// The ARN of a mapping that names one.
fn arn_of(mapping: &Mapping) -> Option<&str> {
    match &mapping.principal {
        MappedPrincipal::Arn(arn) => Some(arn),
        MappedPrincipal::Sso { .. } => None,
    }
}

/// Of the entries stored under one key the last is in force. Roles are stored under their lower-case ARN, the users of
/// aws-auth under the ARN as written, objects each on their own; of access entries there is one for each principal.
fn in_force<'m>(backend: &Backend, matching: &[&'m Mapping]) -> Vec<&'m Mapping> {
    let mut stored: BTreeMap<String, &'m Mapping> = BTreeMap::new();
    for mapping in matching {
        let key = match &mapping.principal {
            MappedPrincipal::Sso { permission_set, account, .. } => format!("{account}/{permission_set}"),
            MappedPrincipal::Arn(arn) => match backend.door {
                Door::AwsAuth if mapping.key != MapKey::Roles => arn.to_string(),
                Door::Crd => mapping.position.to_string(),
                Door::DynamicFile if backend.by_user_id => mapping.user_id.to_string(),
                _ => lower(arn),
            },
        };
        stored.insert(key, mapping);
    }
    let mut winners: Vec<&Mapping> = stored.into_values().collect();
    winners.sort_by_key(|mapping| mapping.position);
    winners
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{AwsAuth, Open};
    use crate::source::Origin;

    fn mapping(key: MapKey, position: usize, arn: &str, username: &str) -> Mapping {
        Mapping {
            key,
            position,
            principal: MappedPrincipal::Arn(arn.into()),
            username: username.into(),
            groups: Vec::new(),
            user_id: Arc::default(),
            open: Open::Nothing,
            place: None,
        }
    }

    fn aws_auth(roles: &[(&str, &str)], users: &[(&str, &str)]) -> AwsAuth {
        let list = |key, entries: &[(&str, &str)]| {
            entries.iter().enumerate().map(|(i, (arn, name))| mapping(key, i, arn, name)).collect()
        };
        AwsAuth {
            roles: list(MapKey::Roles, roles),
            users: list(MapKey::Users, users),
            accounts: vec![Account { position: 0, id: "1".into(), place: None }],
            ..AwsAuth::new(Door::AwsAuth, Origin::default())
        }
    }

    fn who(aws_auth: &AwsAuth, canonical: &str) -> String {
        let sought = Sought { canonical, account: "1", user_id: None, sso_role_match: false };
        let found = find(aws_auth, &sought);
        let mut cluster = Cluster { aws_auth: Some(aws_auth.clone()), ..Cluster::default() };
        cluster.doors.order.push(Door::AwsAuth);
        let mut principal = Principal::from_arn("arn:aws:iam::1:root", None).unwrap();
        principal.canonical = canonical.to_owned();
        let index = MappingIndex::new(&cluster);
        let indexed: Vec<Found<'_>> = index.find(&principal).map(|(_, found)| found).collect();
        assert_eq!(indexed, std::slice::from_ref(&found));
        match found {
            Found::Mapping { mapping, shadowed } => format!("{} over {}", mapping.username, shadowed.len()),
            Found::Random(several) => {
                several.iter().map(|mapping| &*mapping.username).collect::<Vec<_>>().join("|")
            }
            Found::Account(_) => "account".into(),
            Found::PerhapsById(_) => "perhaps".into(),
            Found::Nothing => "nothing".into(),
        }
    }

    #[test]
    fn the_last_entry_of_a_role_wins_in_any_letter_case() {
        let auth =
            aws_auth(&[("arn:aws:iam::1:role/Adm", "first"), ("ARN:AWS:IAM::1:ROLE/ADM", "second")], &[]);
        assert_eq!(who(&auth, "arn:aws:iam::1:role/adm"), "second over 1");
    }

    #[test]
    fn users_that_differ_in_letter_case_are_a_game_of_chance() {
        let auth = aws_auth(
            &[],
            &[
                ("arn:aws:iam::1:user/Bob", "a"),
                ("arn:aws:iam::1:user/bob", "b"),
                ("arn:aws:iam::1:user/Bob", "c"),
            ],
        );
        assert_eq!(who(&auth, "arn:aws:iam::1:user/Bob"), "b|c");
    }

    #[test]
    fn roles_come_before_users_and_accounts_last() {
        let auth = aws_auth(&[("arn:aws:iam::1:user/u", "as role")], &[("arn:aws:iam::1:user/u", "as user")]);
        assert_eq!(who(&auth, "arn:aws:iam::1:user/u"), "as role over 1");
        assert_eq!(who(&auth, "arn:aws:iam::1:user/v"), "account");
        assert_eq!(who(&auth, "arn:aws:iam::1:user/*"), "account", "no wildcards");
    }
}
