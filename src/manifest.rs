//! From texts to a cluster: decoding as Kubernetes and the authenticator do it, and what is worth saying about the input.
//! Never fails as a whole: what cannot be read is a [`Gap`], what the API server would refuse is set aside.

mod aws_auth;
mod config_map;
mod counts;
mod crd;
mod defaults;
mod doors;
mod gap;
mod kustomize;
mod listed;
mod loader;
mod metadata;
mod object;
mod plain;
mod pods;
mod rbac;
mod reader;
mod service_account;
mod skimmed;
mod version;

pub(crate) use aws_auth::read_as_if;
pub use counts::Counts;
pub use doors::DoorOptions;
pub use gap::Gap;
pub use loader::{Loader, Noted};
pub use skimmed::Skimmed;

use crate::finding::Finding;
use crate::model::builtin::Version;
use crate::model::resource_type::ResourceTypes;
use crate::model::service_account::{ServiceAccountFacts, ServiceAccountName};
use crate::model::{Cluster, Namespace, Placeholder, Platform};
use crate::source::Sources;
use crate::source::yaml::Limits;

/// How to read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The namespace of namespaced objects that name none.
    pub default_namespace: Namespace,
    /// Whose default policy the cluster starts from; none for a cluster without one.
    pub builtin: Option<Version>,
    /// Who runs the control plane; none to tell it by what is in the input.
    pub platform: Option<Platform>,
    /// Whether a platform that was not given, but told by the input, brings its own objects along; a given one does.
    pub objects_of_inferred_platform: bool,
    /// Whether the version that the input names of the cluster counts before that: what `describe-cluster` says.
    pub builtin_as_described: bool,
    /// Which of the doors are open, as far as the question says so.
    pub doors: DoorOptions,
    /// The service account of which everything is gathered, which takes reading every document in full.
    pub service_account: Option<ServiceAccountName>,
    /// Bounds on what one text may cost.
    pub limits: Limits,
}

impl Default for Options {
    /// The namespace `default`; the built-in policy of the version of Kubernetes that the input names, else of the newest;
    /// nothing of a platform's unless it is given; and the limits of the reader.
    fn default() -> Self {
        Self {
            default_namespace: "default".into(),
            builtin: Some(Version::newest()),
            platform: None,
            objects_of_inferred_platform: false,
            builtin_as_described: true,
            doors: DoorOptions::default(),
            service_account: None,
            limits: Limits::default(),
        }
    }
}

/// What was loaded.
#[derive(Debug)]
pub struct Loaded {
    /// The texts.
    pub sources: Sources,
    /// What decides who may do what.
    pub cluster: Cluster,
    /// What is worth saying, in order of the input; gaps are not repeated here.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Names that somebody was to fill in.
    pub placeholders: Vec<Placeholder>,
    /// What was gathered of the service account that was asked about.
    pub service_account: ServiceAccountFacts,
    /// Objects that were only noted while loading.
    pub noted: Vec<Noted>,
    /// The built-in types and those of the input's CustomResourceDefinitions, of equal names the last.
    pub resource_types: ResourceTypes,
    /// The clusters among which one has to be chosen before anything can be answered; mostly none.
    pub unchosen: Vec<String>,
    /// What was met, counted.
    pub counts: Counts,
    /// How it was read, with the version whose default policy it is.
    pub options: Options,
}
