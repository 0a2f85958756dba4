//! Which mapping of aws-auth a caller gets.
//!
//! Upstream: aws-iam-authenticator 0.7.18, `pkg/mapper/configmap/{configmap,mapper}.go`.

use std::collections::{BTreeMap, HashMap};

use crate::model::arn::{equal_fold, folded, lower};
use crate::model::{Account, AwsAuth, MapKey, MappedPrincipal, Mapping};

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
    /// it walks a hash map whose keys differ only in letter case.
    Random(Vec<&'m Mapping>),
    /// No mapping, but the account is listed.
    Account(&'m Account),
    /// Nothing.
    Nothing,
}

/// Looks a caller up: `mapRoles`, then `mapUsers`, then `mapAccounts`. Neither list looks at the type of the principal.
pub fn look_up<'m>(aws_auth: &'m AwsAuth, canonical: &str, account: &str) -> Found<'m> {
    found(matching(&aws_auth.roles, canonical), matching(&aws_auth.users, canonical), aws_auth, account)
}

/// The entries of aws-auth by whom they map, for looking up many callers. Answers as [`look_up`] does.
#[derive(Debug)]
pub struct MappingIndex<'m> {
    aws_auth: &'m AwsAuth,
    by_arn: HashMap<String, Entries<'m>>,
}

/// The entries for one ARN, in order.
#[derive(Debug, Default)]
struct Entries<'m> {
    roles: Vec<&'m Mapping>,
    users: Vec<&'m Mapping>,
}

impl<'m> MappingIndex<'m> {
    /// Indexes aws-auth.
    pub fn new(aws_auth: &'m AwsAuth) -> Self {
        let mut by_arn: HashMap<String, Entries<'m>> = HashMap::new();
        for mapping in &aws_auth.roles {
            let Some(arn) = arn_of(mapping) else { continue };
            by_arn.entry(folded(arn)).or_default().roles.push(mapping);
        }
        for mapping in &aws_auth.users {
            let Some(arn) = arn_of(mapping) else { continue };
            by_arn.entry(folded(arn)).or_default().users.push(mapping);
        }
        Self { aws_auth, by_arn }
    }

    /// What was indexed.
    pub fn aws_auth(&self) -> &'m AwsAuth {
        self.aws_auth
    }

    /// Whether no mapping names the caller, and its account is listed.
    pub fn is_let_in_by_account(&self, canonical: &str, account: &str) -> bool {
        matches!(self.look_up(canonical, account), Found::Account(_))
    }

    /// Looks a caller up.
    pub fn look_up(&self, canonical: &str, account: &str) -> Found<'m> {
        let entries = self.by_arn.get(&folded(canonical));
        let roles = entries.map(|entries| entries.roles.clone()).unwrap_or_default();
        let users = entries.map(|entries| entries.users.clone()).unwrap_or_default();
        found(roles, users, self.aws_auth, account)
    }
}

fn found<'m>(
    mut roles: Vec<&'m Mapping>,
    mut users: Vec<&'m Mapping>,
    aws_auth: &'m AwsAuth,
    account: &str,
) -> Found<'m> {
    let mut winners = in_force(&roles);
    if winners.is_empty() {
        winners = in_force(&users);
    }
    match winners[..] {
        [] => aws_auth
            .accounts
            .iter()
            .find(|listed| &*listed.id == account)
            .map_or(Found::Nothing, Found::Account),
        [mapping] => {
            roles.append(&mut users);
            let shadowed = roles.into_iter().filter(|other| !std::ptr::eq(*other, mapping)).collect();
            Found::Mapping { mapping, shadowed }
        }
        _ => Found::Random(winners),
    }
}

fn matching<'m>(mappings: &'m [Mapping], canonical: &str) -> Vec<&'m Mapping> {
    mappings.iter().filter(|mapping| arn_of(mapping).is_some_and(|arn| equal_fold(arn, canonical))).collect()
}

/// An `sso` entry matches nobody: its feature gate is off by default, and EKS does not document turning it on.
fn arn_of(mapping: &Mapping) -> Option<&str> {
    match &mapping.principal {
        MappedPrincipal::Arn(arn) => Some(arn),
        MappedPrincipal::Sso { .. } => None,
    }
}

/// Of the entries stored under one key the last is in force. Roles are stored under their lower-case ARN,
/// users under the ARN as written.
fn in_force<'m>(matching: &[&'m Mapping]) -> Vec<&'m Mapping> {
    let mut stored: BTreeMap<String, &'m Mapping> = BTreeMap::new();
    for mapping in matching {
        let arn = arn_of(mapping).unwrap_or_default();
        let key = if mapping.key == MapKey::Roles { lower(arn) } else { arn.to_owned() };
        stored.insert(key, mapping);
    }
    let mut winners: Vec<&Mapping> = stored.into_values().collect();
    winners.sort_by_key(|mapping| mapping.position);
    winners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn mapping(key: MapKey, position: usize, arn: &str, username: &str) -> Mapping {
        Mapping {
            key,
            position,
            principal: MappedPrincipal::Arn(arn.into()),
            username: username.into(),
            groups: Vec::new(),
        }
    }

    fn aws_auth(roles: &[(&str, &str)], users: &[(&str, &str)]) -> AwsAuth {
        let list = |key, entries: &[(&str, &str)]| {
            entries.iter().enumerate().map(|(i, (arn, name))| mapping(key, i, arn, name)).collect()
        };
        AwsAuth {
            origin: Origin::default(),
            roles: list(MapKey::Roles, roles),
            users: list(MapKey::Users, users),
            accounts: vec![Account { position: 0, id: "1".into() }],
            damage: Vec::new(),
        }
    }

    fn who(aws_auth: &AwsAuth, canonical: &str) -> String {
        let found = look_up(aws_auth, canonical, "1");
        assert_eq!(MappingIndex::new(aws_auth).look_up(canonical, "1"), found);
        match found {
            Found::Mapping { mapping, shadowed } => format!("{} over {}", mapping.username, shadowed.len()),
            Found::Random(several) => {
                several.iter().map(|mapping| &*mapping.username).collect::<Vec<_>>().join("|")
            }
            Found::Account(_) => "account".into(),
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
