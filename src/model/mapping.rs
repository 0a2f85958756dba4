//! What maps principals to usernames and groups, one backend for each door: aws-auth as aws-iam-authenticator keeps it
//! after reading, salvage and all, and the others in the same form.

use std::sync::Arc;

use crate::source::{Address, Origin, Step};

/// A way in which an identity arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Door {
    /// The principal that created the cluster, where its mapping is in no object.
    Creator,
    /// EKS access entries.
    AccessEntries,
    /// The authenticator's own configuration file, also inside the ConfigMap `aws-iam-authenticator`.
    MountedFile,
    /// `IAMIdentityMapping` objects.
    Crd,
    /// The file that the authenticator reads again when it changes.
    DynamicFile,
    /// The ConfigMap `kube-system/aws-auth`.
    AwsAuth,
}

impl Door {
    /// The name of the backend upstream; the two doors that EKS does not publish have a name of ours.
    pub const fn backend(self) -> &'static str {
        match self {
            Self::Creator => "ClusterCreator",
            Self::AccessEntries => "AccessEntries",
            Self::MountedFile => "MountedFile",
            Self::Crd => "CRD",
            Self::DynamicFile => "DynamicFile",
            Self::AwsAuth => "EKSConfigMap",
        }
    }

    /// The backend of this name, old names included; none for any other text.
    /// Upstream: aws-iam-authenticator 0.7.18, `pkg/mapper/mapper.go`, `ValidateBackendMode`.
    pub fn from_backend(name: &str) -> Option<Self> {
        match name {
            "MountedFile" | "File" => Some(Self::MountedFile),
            "CRD" => Some(Self::Crd),
            "DynamicFile" => Some(Self::DynamicFile),
            "EKSConfigMap" | "ConfigMap" => Some(Self::AwsAuth),
            _ => None,
        }
    }

    /// The door in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creator => "the cluster's creator",
            Self::AccessEntries => "access entries",
            Self::MountedFile => "the authenticator's configuration",
            Self::Crd => "IAMIdentityMapping objects",
            Self::DynamicFile => "the authenticator's dynamic file",
            Self::AwsAuth => "aws-auth",
        }
    }
}

/// What one door holds: lists of mappings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Which door.
    pub door: Door,
    /// Where it was read; of a door whose mappings are objects of their own, the first of them.
    pub origin: Origin,
    /// The mappings of roles that are kept, in order: of aws-auth, the entries of `mapRoles`.
    pub roles: Vec<Mapping>,
    /// The mappings of users that are kept, in order: of aws-auth, the entries of `mapUsers`.
    pub users: Vec<Mapping>,
    /// The items of `mapAccounts`, in order, as raw text.
    pub accounts: Vec<Account>,
    /// What was dropped or damaged on the way, in order of the text.
    pub damage: Vec<Damage>,
    /// Usernames that start with one of these are refused after rendering.
    pub reserved: Vec<Arc<str>>,
    /// Mappings are looked up by the unique id of the principal, and their ARN must agree
    /// (`dynamicfileUserIDStrict`).
    pub by_user_id: bool,
}

/// The backend that reads the `aws-auth` ConfigMap.
pub type AwsAuth = Backend;

impl Backend {
    /// A backend that holds nothing.
    pub const fn new(door: Door, origin: Origin) -> Self {
        Self {
            door,
            origin,
            roles: Vec::new(),
            users: Vec::new(),
            accounts: Vec::new(),
            damage: Vec::new(),
            reserved: Vec::new(),
            by_user_id: false,
        }
    }

    /// All mappings: roles, then users.
    pub fn mappings(&self) -> impl Iterator<Item = &Mapping> {
        self.roles.iter().chain(&self.users)
    }

    /// The object that a mapping stands in, for chains: `ConfigMap kube-system/aws-auth`.
    pub fn object_of(&self, mapping: &Mapping) -> String {
        match &mapping.place {
            Some(place) => place.object.to_string(),
            None => self.object(),
        }
    }

    /// The object that holds the whole door.
    pub fn object(&self) -> String {
        match self.door {
            Door::AwsAuth => "ConfigMap kube-system/aws-auth".to_owned(),
            other => other.as_str().to_owned(),
        }
    }

    /// The mapping in a few words: `mapRoles[2]`, `access entry deployer`.
    pub fn name_of(&self, mapping: &Mapping) -> String {
        match (self.door, &mapping.place) {
            (Door::AwsAuth | Door::MountedFile | Door::DynamicFile, _) | (_, None) => {
                format!("{}[{}]", mapping.key.as_str(), mapping.position)
            }
            (Door::Crd | Door::AccessEntries | Door::Creator, Some(place)) => place.object.to_string(),
        }
    }
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
    /// `userid`: the unique id of the principal; empty where none is given. Only a dynamic file looks at it.
    pub user_id: Arc<str>,
    /// What of the username and the groups is in no input and not published by AWS either; nothing else depends on it.
    pub open: Open,
    /// Where it stands, unless in the text of an `aws-auth` ConfigMap.
    pub place: Option<Box<MappingPlace>>,
}

/// How much of a mapping's outcome is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Open {
    /// All of it.
    #[default]
    Nothing,
    /// The groups may be more: AWS sets them, and does not publish which.
    Groups,
    /// Only that there is a mapping: it was listed, and not described.
    Everything,
}

/// Where a mapping stands that has a place of its own, and how its fields are called there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingPlace {
    /// The object as chains name it: `access entry deployer`.
    pub object: Arc<str>,
    /// The mapping.
    pub address: Address,
    /// The field of the ARN.
    pub arn: &'static str,
    /// The field of the username.
    pub username: &'static str,
    /// The field of the groups.
    pub groups: &'static str,
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
    /// Where it stands, unless in the text of an `aws-auth` ConfigMap.
    pub place: Option<Address>,
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

impl Mapping {
    /// Where the entry stands, for the origin of its backend.
    pub fn address(&self, backend: Origin) -> Address {
        match &self.place {
            Some(place) => place.address.clone(),
            None => entry_address(backend, self.key, self.position),
        }
    }

    /// Where its ARN stands.
    pub fn arn_address(&self, backend: Origin) -> Address {
        let own = if self.key == MapKey::Users { "userarn" } else { "rolearn" };
        self.field(backend, self.place.as_ref().map_or(own, |place| place.arn))
    }

    /// Where its username stands.
    pub fn username_address(&self, backend: Origin) -> Address {
        self.field(backend, self.place.as_ref().map_or("username", |place| place.username))
    }

    /// Where one of its groups stands.
    pub fn group_address(&self, backend: Origin, position: usize) -> Address {
        let mut address = self.field(backend, self.place.as_ref().map_or("groups", |place| place.groups));
        address.route.push(Step::Item(position));
        address
    }

    fn field(&self, backend: Origin, name: &'static str) -> Address {
        let mut address = self.address(backend);
        address.route.push(Step::Field(name));
        address
    }
}

impl Account {
    /// Where the item stands, for the origin of its backend.
    pub fn address(&self, backend: Origin) -> Address {
        match &self.place {
            Some(address) => address.clone(),
            None => entry_address(backend, MapKey::Accounts, self.position),
        }
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
