//! What the input tells of one service account beside RBAC: its object, the pods that run as it, its tokens, and the
//! roles of AWS that it is to become, with their trust policies. Plain data; nothing is judged.

use std::sync::Arc;

use super::name::Namespace;
use crate::source::Address;

/// All that was gathered of one service account, in order of loading.
#[derive(Clone, Debug, Default)]
pub struct ServiceAccountFacts {
    /// Its objects; the last one is in force.
    pub objects: Vec<AccountObject>,
    /// Pods, and what makes pods, that run as it.
    pub workloads: Vec<Workload>,
    /// Secrets with a token of it.
    pub secrets: Vec<TokenSecret>,
    /// Its Pod Identity associations.
    pub associations: Vec<PodAssociation>,
    /// Trust policies of all roles.
    pub trusts: Vec<TrustPolicy>,
    /// The clusters that the input describes, with their issuers of tokens.
    pub issuers: Vec<Issuer>,
    /// Documents that could not be read and speak of such things, each with the reason.
    pub unread: Vec<(crate::source::Stretch, String)>,
}

/// The service account itself, or what writes it.
#[derive(Clone, Debug)]
pub struct AccountObject {
    /// What it is, in words: `ServiceAccount ledger/api`.
    pub what: String,
    /// Where it is.
    pub address: Address,
    /// The role of the annotation `eks.amazonaws.com/role-arn`.
    pub role: Option<(Arc<str>, Address)>,
    /// The audience of the annotation `eks.amazonaws.com/audience`.
    pub audience: Option<Arc<str>>,
    /// The lifetime of the annotation `eks.amazonaws.com/token-expiration`, in seconds.
    pub expiration: Option<Arc<str>>,
    /// `automountServiceAccountToken`
    pub automount: Option<(bool, Address)>,
}

/// Something that runs as the account.
#[derive(Clone, Debug)]
pub struct Workload {
    /// What it is, in words: `Deployment ledger/api`.
    pub what: String,
    /// Where it is.
    pub address: Address,
    /// `automountServiceAccountToken` of the pods, which wins over that of the account.
    pub automount: Option<(bool, Address)>,
    /// The tokens that it mounts by itself.
    pub tokens: Vec<ProjectedToken>,
}

/// A token that a volume projects.
#[derive(Clone, Debug)]
pub struct ProjectedToken {
    /// The audience; the API server's own where none is named.
    pub audience: Option<Arc<str>>,
    /// `expirationSeconds` as written; an hour where it is not.
    pub expiration: Option<Arc<str>>,
    /// Where it is.
    pub address: Address,
}

/// A Secret of the type `kubernetes.io/service-account-token`.
#[derive(Clone, Debug)]
pub struct TokenSecret {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: Address,
}

/// A Pod Identity association.
#[derive(Clone, Debug)]
pub struct PodAssociation {
    /// The cluster, where it is named.
    pub cluster: Option<Arc<str>>,
    /// The role, by its ARN or by what stands for it in a template; none where it is only listed.
    pub role: Option<Arc<str>>,
    /// The role that is assumed through that one.
    pub target: Option<Arc<str>>,
    /// Whether EKS leaves out the session tags.
    pub tags_disabled: bool,
    /// Where it is.
    pub address: Address,
}

/// The policy of a role that says who may assume it.
#[derive(Clone, Debug)]
pub struct TrustPolicy {
    /// The ARN of the role, where it is known.
    pub arn: Option<Arc<str>>,
    /// Its name without path, where it is known.
    pub name: Option<Arc<str>>,
    /// Its name in the template that makes it.
    pub logical: Option<Arc<str>>,
    /// The policy; the reason where it cannot be read.
    pub policy: Result<serde_json::Value, String>,
    /// Where the policy is.
    pub address: Address,
}

/// A cluster and the issuer of its tokens.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The name of the cluster.
    pub cluster: Option<Arc<str>>,
    /// The ARN of the cluster.
    pub arn: Option<Arc<str>>,
    /// The issuer without `https://`, as providers of IAM are named.
    pub provider: Option<Arc<str>>,
    /// Where it is told.
    pub address: Address,
}

/// A service account by namespace and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccountName {
    /// The namespace.
    pub namespace: Namespace,
    /// The name.
    pub name: String,
}

impl TrustPolicy {
    /// Whether this is the policy of a role that is named so: by its ARN, whatever the path, or by the resource of a
    /// template.
    pub fn is_of(&self, role: &str) -> bool {
        if let Some(arn) = &self.arn {
            return bare(arn).zip(bare(role)).is_some_and(|(a, b)| a == b) || **arn == *role;
        }
        if let Some((_, name)) = bare(role) {
            return self.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(&name));
        }
        let inner = role.strip_prefix("${").and_then(|role| role.strip_suffix('}')).unwrap_or(role);
        let logical = inner.strip_suffix(".Arn").unwrap_or(inner);
        self.logical.as_deref() == Some(logical)
    }
}

/// Partition and account, and the name without path, of a role's ARN; names differ by more than letter case.
fn bare(arn: &str) -> Option<(String, String)> {
    let (head, resource) = arn.split_once(":role/")?;
    Some((head.to_owned(), resource.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()))
}
