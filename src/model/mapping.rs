//! The `aws-auth` ConfigMap as aws-iam-authenticator keeps it after reading: salvage and all.

use std::sync::Arc;

use crate::source::{Address, Origin, Step};

/// The three lists of an `aws-auth` ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsAuth {
    /// Where the ConfigMap was read.
    pub origin: Origin,
    /// The entries of `mapRoles` that the authenticator keeps, in order.
    pub roles: Vec<Mapping>,
    /// The entries of `mapUsers` that it keeps, in order.
    pub users: Vec<Mapping>,
    /// The items of `mapAccounts`, in order, as raw text.
    pub accounts: Vec<Account>,
    /// What was dropped or damaged on the way, in order of the text.
    pub damage: Vec<Damage>,
}

/// Which list a mapping stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MapKey {
    /// `mapRoles`
    Roles,
    /// `mapUsers`
    Users,
    /// `mapAccounts`
    Accounts,
}

impl MapKey {
    /// The key as it is written in the ConfigMap's data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Roles => "mapRoles",
            Self::Users => "mapUsers",
            Self::Accounts => "mapAccounts",
        }
    }
}

/// One entry of `mapRoles` or `mapUsers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The list it stands in.
    pub key: MapKey,
    /// Its place in the list, from 0.
    pub position: usize,
    /// Whom it maps.
    pub principal: MappedPrincipal,
    /// The username template; empty where the text gives none, which the authenticator accepts.
    pub username: Arc<str>,
    /// The group templates, in order, empty ones included.
    pub groups: Vec<Arc<str>>,
}

/// Whom a mapping maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappedPrincipal {
    /// The text of `rolearn` or `userarn`, neither parsed nor trimmed by the authenticator.
    Arn(Arc<str>),
    /// An `sso` entry: roles of an IAM Identity Center permission set.
    Sso {
        /// `permissionSetName`
        permission_set: Arc<str>,
        /// `accountID`
        account: Arc<str>,
        /// `partition`; empty where none is given, and dead where one is.
        partition: Arc<str>,
    },
}

/// One item of `mapAccounts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its place in the list, from 0.
    pub position: usize,
    /// The raw text.
    pub id: Arc<str>,
}

/// Something of aws-auth that the authenticator does not keep, or not as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The key it stands under, as written in the data (`maproles` is possible).
    pub key: Arc<str>,
    /// The entry, where the damage is confined to one.
    pub entry: Option<usize>,
    /// What happened.
    pub kind: DamageKind,
    /// In words.
    pub message: String,
    /// The field of the entry that is concerned, as written, where it is one.
    pub field: Option<Arc<str>>,
    /// The ARN that the entry names, as far as it can be read.
    pub arn: Option<Arc<str>>,
    /// Which byte of the key's text is at fault, where one is known.
    pub offset: Option<usize>,
    /// The text of a key that is lost as a whole.
    pub text: Option<Arc<str>>,
}

/// The ways in which aws-auth is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// A key of the data that the authenticator does not know.
    UnknownKey,
    /// The text of the key cannot be read: nothing under it is in force.
    Unreadable,
    /// One entry was dropped, its neighbours kept.
    EntryDropped,
    /// A field of an entry has the wrong type and counts as empty; the entry is kept.
    FieldLost,
    /// A field that the authenticator does not know, and ignores.
    UnknownField,
}

impl AwsAuth {
    /// The entries that the authenticator keeps, in order, those of `mapRoles` first.
    pub fn mappings(&self) -> impl Iterator<Item = &Mapping> {
        self.roles.iter().chain(&self.users)
    }
}

impl Mapping {
    /// Where the entry stands.
    pub fn address(&self, aws_auth: Origin) -> Address {
        entry_address(aws_auth, self.key, self.position)
    }
}

impl Account {
    /// Where the item stands.
    pub fn address(&self, aws_auth: Origin) -> Address {
        entry_address(aws_auth, MapKey::Accounts, self.position)
    }
}

fn entry_address(origin: Origin, key: MapKey, position: usize) -> Address {
    origin.at([Step::Field("data"), Step::Field(key.as_str()), Step::Inside, Step::Item(position)])
}

impl Damage {
    /// Where the damage is: the entry, the byte of the text, or the key.
    pub fn address(&self, aws_auth: Origin) -> Address {
        let known = [MapKey::Roles, MapKey::Users, MapKey::Accounts]
            .into_iter()
            .find(|key| key.as_str() == &*self.key);
        let mut route = vec![Step::Field("data")];
        route.extend(known.map(|key| Step::Field(key.as_str())));
        match (self.entry, self.offset) {
            (Some(position), _) if known.is_some() => route.extend([Step::Inside, Step::Item(position)]),
            (None, Some(offset)) if known.is_some() => route.push(Step::Byte(offset)),
            _ => {}
        }
        aws_auth.at(route)
    }
}
