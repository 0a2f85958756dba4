//! EKS access entries and what decides whether they count: the modes of a cluster, the types of entries, and the
//! policies that are associated with them. The mappings themselves are a [`Backend`](super::Backend).
//!
//! Upstream: EKS User Guide, "Grant IAM users access to Kubernetes with EKS access entries".

use std::fmt;
use std::sync::Arc;

use super::arn::{Arn, ArnPrincipal, lower};
use super::mapping::Door;
use super::name::Namespace;
use crate::source::Address;

/// Which doors EKS opens on a cluster (`authenticationMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthenticationMode {
    /// `CONFIG_MAP`: the hidden creator, then aws-auth.
    ConfigMap,
    /// `API_AND_CONFIG_MAP`: access entries, then aws-auth.
    ApiAndConfigMap,
    /// `API`: access entries only.
    Api,
}

impl AuthenticationMode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ConfigMap, Self::ApiAndConfigMap, Self::Api];

    /// The mode as AWS writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "CONFIG_MAP",
            Self::ApiAndConfigMap => "API_AND_CONFIG_MAP",
            Self::Api => "API",
        }
    }

    /// Reads a mode in any letter case: Cluster API writes them in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str().eq_ignore_ascii_case(text))
    }

    /// Whether access entries count.
    pub const fn has_entries(self) -> bool {
        matches!(self, Self::ApiAndConfigMap | Self::Api)
    }

    /// Whether aws-auth counts.
    pub const fn has_config_map(self) -> bool {
        matches!(self, Self::ConfigMap | Self::ApiAndConfigMap)
    }
}

impl fmt::Display for AuthenticationMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How the mode of a cluster is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModeFrom {
    /// The question says it.
    Given,
    /// An object of the input says it.
    Read,
    /// From which doors the input holds something for.
    #[default]
    Inferred,
}

/// Which doors are open, in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doors {
    /// The doors.
    pub order: Vec<Door>,
    /// The mode of EKS; none where nothing speaks of EKS.
    pub mode: Option<AuthenticationMode>,
    /// How the mode is known.
    pub mode_from: ModeFrom,
    /// Where the mode was read.
    pub mode_place: Option<Address>,
    /// Whether a list of all access entries was read: then what it lacks is not there.
    pub entries_complete: bool,
    /// Whether the feature gate `SSORoleMatch` is on.
    pub sso_role_match: bool,
}

/// An access policy, given to the principal of an access entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Association {
    /// The principal of the entry, as written.
    pub principal: Arc<str>,
    /// The ARN of the policy, as written.
    pub policy: Arc<str>,
    /// Where it applies.
    pub scope: AccessScope,
    /// Where it was read.
    pub address: Address,
}

/// Where an associated access policy applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessScope {
    /// Everywhere.
    Cluster,
    /// In the namespaces that match one of these patterns.
    Namespaces(Vec<Namespace>),
    /// The input does not say.
    Unknown,
}

impl Association {
    /// The name of the policy: `AmazonEKSViewPolicy`.
    pub fn policy_name(&self) -> &str {
        self.policy.rsplit_once('/').map_or(&*self.policy, |(_, name)| name)
    }
}

impl fmt::Display for AccessScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str("everywhere"),
            Self::Namespaces(patterns) => {
                let patterns: Vec<&str> = patterns.iter().map(Namespace::as_str).collect();
                let plural = if patterns.len() == 1 { "namespace" } else { "namespaces" };
                write!(f, "in {plural} {}", patterns.join(", "))
            }
            Self::Unknown => f.write_str("in a scope that is not known"),
        }
    }
}

/// The ARN under which the entry of a principal is known: letter case and the path of a role make no difference, since
/// the names of roles are unique in an account without either. The text itself where it is no ARN of a principal.
pub fn entry_key(principal: &str) -> String {
    match Arn::parse(principal) {
        Ok(Arn { partition, account, principal: ArnPrincipal::Role { name, .. } }) => {
            lower(&format!("arn:{partition}:iam::{account}:role/{name}"))
        }
        _ => lower(principal),
    }
}

/// The types of access entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryType {
    /// `STANDARD`, also where none is given.
    Standard,
    /// `EC2_LINUX`
    Ec2Linux,
    /// `EC2_WINDOWS`
    Ec2Windows,
    /// `FARGATE_LINUX`
    FargateLinux,
    /// `HYBRID_LINUX`
    HybridLinux,
    /// `EC2`, the nodes of Auto Mode.
    Ec2,
    /// `HYPERPOD_LINUX`, and every type that is not known here.
    Other,
}

impl EntryType {
    /// Reads a type as AWS writes it; the empty text is the default.
    pub fn parse(text: &str) -> Self {
        match text {
            "" | "STANDARD" => Self::Standard,
            "EC2_LINUX" => Self::Ec2Linux,
            "EC2_WINDOWS" => Self::Ec2Windows,
            "FARGATE_LINUX" => Self::FargateLinux,
            "HYBRID_LINUX" => Self::HybridLinux,
            "EC2" => Self::Ec2,
            _ => Self::Other,
        }
    }

    /// The username that EKS sets where the entry gives none, and whether it is published.
    /// Upstream: EKS User Guide, "Create access entries" (for `EC2`, observed).
    pub fn default_username(self, principal: &str) -> (String, bool) {
        match self {
            Self::Standard => match Arn::parse(principal) {
                Ok(Arn { partition, account, principal: ArnPrincipal::Role { name, .. } }) => {
                    (format!("arn:{partition}:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"), true)
                }
                _ => (principal.to_owned(), true),
            },
            Self::Ec2Linux | Self::Ec2Windows => ("system:node:{{EC2PrivateDNSName}}".to_owned(), true),
            Self::FargateLinux | Self::HybridLinux | Self::Ec2 => {
                ("system:node:{{SessionName}}".to_owned(), true)
            }
            Self::Other => ("system:node:{{SessionName}}".to_owned(), false),
        }
    }

    /// The groups that EKS sets where the entry gives none, and whether these are known to be all.
    /// `EC2_LINUX` and `EC2`: observed in replies; the others are not published.
    pub const fn default_groups(self) -> (&'static [&'static str], bool) {
        match self {
            Self::Standard => (&[], true),
            Self::Ec2Linux | Self::Ec2 => (&["system:nodes"], true),
            Self::Ec2Windows | Self::FargateLinux | Self::HybridLinux | Self::Other => {
                (&["system:nodes"], false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_usernames() {
        let role = "arn:aws:iam::210987654321:role/teams/ledger/deployer";
        let user = "arn:aws:iam::210987654321:user/ci/legacy-bot";
        for (kind, principal, username, groups) in [
            (
                "STANDARD",
                role,
                "arn:aws:sts::210987654321:assumed-role/deployer/{{SessionName}}",
                (&[][..], true),
            ),
            ("", user, user, (&[][..], true)),
            ("EC2_LINUX", role, "system:node:{{EC2PrivateDNSName}}", (&["system:nodes"][..], true)),
            ("EC2_WINDOWS", role, "system:node:{{EC2PrivateDNSName}}", (&["system:nodes"][..], false)),
            ("FARGATE_LINUX", role, "system:node:{{SessionName}}", (&["system:nodes"][..], false)),
            ("HYBRID_LINUX", role, "system:node:{{SessionName}}", (&["system:nodes"][..], false)),
            ("EC2", role, "system:node:{{SessionName}}", (&["system:nodes"][..], true)),
        ] {
            let kind = EntryType::parse(kind);
            assert_eq!(kind.default_username(principal), (username.to_owned(), true));
            assert_eq!(kind.default_groups(), groups);
        }
        assert!(!EntryType::parse("HYPERPOD_LINUX").default_username(role).1);
    }

    #[test]
    fn entries_are_known_without_the_path_of_a_role() {
        assert_eq!(entry_key("arn:aws:iam::1:role/Team/x/Dev"), entry_key("arn:aws:iam::1:role/dev"));
        assert_ne!(entry_key("arn:aws:iam::1:user/eng/alice"), entry_key("arn:aws:iam::1:user/alice"));
        assert_ne!(entry_key("arn:aws:iam::1:role/dev"), entry_key("arn:aws:iam::2:role/dev"));
    }
}
