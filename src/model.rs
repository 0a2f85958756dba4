//! The nouns: what a cluster's access configuration consists of, as plain data. Knows where things came from
//! only as an [`Origin`](crate::source::Origin), and evaluates nothing but single elements of rules and selectors.

pub mod access_entry;
pub mod arn;
pub mod binding;
pub mod builtin;
pub mod cluster;
pub mod date;
pub mod dns;
pub mod mapping;
pub mod name;
pub mod pattern;
pub mod placeholder;
pub mod platform;
pub mod request;
pub mod resource_type;
pub mod role;
pub mod service_account;
pub mod verb;

pub use access_entry::{AccessScope, Association, AuthenticationMode, Doors, ModeFrom};
pub use binding::{Binding, RoleRef, Subject};
pub use cluster::{Cluster, Key, Meant, NearAwsAuth, NearReason, Refused};
pub use mapping::{
    Account, AwsAuth, Backend, Damage, DamageKind, Door, MapKey, MappedPrincipal, Mapping, MappingPlace, Open,
};
pub use name::{
    ApiGroup, GroupName, Namespace, ObjectName, ResourceName, SessionName, Subresource, UrlPath, UserName,
    Verb,
};
pub use pattern::{NamePattern, ResourcePattern, UrlPattern};
pub use placeholder::{Named, Placeholder};
pub use platform::{Platform, PlatformFrom, PlatformKnown};
pub use request::{Request, ResourceTarget, Target};
pub use role::{LabelOperator, LabelRequirement, LabelSelector, Role, RoleKind, Rule, WrittenRules};
pub use service_account::ServiceAccountFacts;
