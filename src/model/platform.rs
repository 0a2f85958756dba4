//! Who runs the control plane of a cluster, which decides what objects are there from the start.

use std::fmt;

/// Who runs the control plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// EKS, which adds objects of its own to those of Kubernetes.
    Eks,
    /// Anyone else: kOps, kubeadm, a control plane of one's own.
    #[default]
    Vanilla,
}

impl Platform {
    /// The word on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eks => "eks",
            Self::Vanilla => "vanilla",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What tells the platform, the strongest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlatformFrom {
    /// The question says it.
    Given,
    /// The question speaks of something that only EKS has: an authentication mode, or the cluster's creator.
    Question,
    /// Access entries, or an object that describes or provisions a cluster of EKS.
    Eks,
    /// aws-iam-authenticator's own configuration or objects, which clusters of EKS do not have.
    Authenticator,
    /// The `aws-auth` `ConfigMap`, and nothing of the authenticator's own.
    AwsAuth,
    /// Nothing in the input speaks of any platform.
    #[default]
    Nothing,
}

impl PlatformFrom {
    /// The platform that it tells; vanilla where nothing does.
    pub const fn platform(self) -> Platform {
        match self {
            Self::Question | Self::Eks | Self::AwsAuth => Platform::Eks,
            Self::Given | Self::Authenticator | Self::Nothing => Platform::Vanilla,
        }
    }

    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Question => "question",
            Self::Eks => "eks-objects",
            Self::Authenticator => "authenticator",
            Self::AwsAuth => "aws-auth",
            Self::Nothing => "nothing",
        }
    }

    /// In words: what tells it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Given => "`--platform`",
            Self::Question => "the question speaks of EKS",
            Self::Eks => "access entries or a cluster of EKS are in the input",
            Self::Authenticator => "aws-iam-authenticator's own configuration or objects are in the input",
            Self::AwsAuth => "aws-auth is in the input",
            Self::Nothing => "nothing in the input speaks of a platform",
        }
    }
}

/// The platform of a cluster, and how it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlatformKnown {
    /// The platform.
    pub platform: Platform,
    /// What tells it.
    pub from: PlatformFrom,
    /// Whether the objects that the platform adds to Kubernetes' own are counted.
    pub has_objects: bool,
}
