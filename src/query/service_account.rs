//! The pods' side of a service account: whether its pods get its token, which further tokens there are, and which role of AWS
//! they become, with what the role's trust policy says to it.

use crate::access::trust::{Trust, Way, lets_in};
use crate::finding::{Code, Finding, Severity};
use crate::model::Cluster;
use crate::model::arn::Arn;
use crate::model::service_account::{
    AccountObject, PodAssociation, ServiceAccountFacts, ServiceAccountName, TrustPolicy,
};
use crate::source::Address;

/// The audience of a token where the account names none.
/// Upstream: amazon-eks-pod-identity-webhook, `main.go`, `--token-audience`.
const AUDIENCE: &str = "sts.amazonaws.com";

/// How pods come to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// By the annotation of the account, with a token of the API server.
    Annotation,
    /// By a Pod Identity association.
    PodIdentity,
}

impl Via {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Annotation => "irsa",
            Self::PodIdentity => "podIdentity",
        }
    }
}

/// A role that the pods are to become.
#[derive(Clone, Debug)]
pub struct PodRole {
    /// How.
    pub via: Via,
    /// Its ARN, or what stands for it in a template; none where it is not in the input.
    pub role: Option<String>,
    /// The role that is assumed through it.
    pub target: Option<String>,
    /// The cluster of the association, where it is named.
    pub cluster: Option<String>,
    /// What says so.
    pub address: Address,
    /// What the trust policy says; none where it is not at hand.
    pub trust: Option<Trust>,
    /// Where the trust policy is, unless in a file of its own.
    pub trust_address: Option<Address>,
    /// What else is to be known of it, in words.
    pub remarks: Vec<String>,
}

/// A token of the account.
#[derive(Clone, Debug)]
pub struct PodToken {
    /// What it is, in words.
    pub what: String,
    /// Its audience, where one is named.
    pub audience: Option<String>,
    /// Its lifetime in seconds, as written; none where it does not end.
    pub seconds: Option<String>,
    /// Where it is told.
    pub address: Address,
}

/// The pods' side.
#[derive(Clone, Debug)]
pub struct PodView {
    /// The account's object in force.
    pub object: Option<(String, Address)>,
    /// What runs as the account: in words, whether the account's token is mounted there, and what says so.
    pub workloads: Vec<(String, bool, Address)>,
    /// Whether pods that say nothing get the account's token, and what says so.
    pub mounted: (bool, Option<Address>),
    /// Tokens beside that one.
    pub tokens: Vec<PodToken>,
    /// The roles; the one that counts first.
    pub roles: Vec<PodRole>,
    /// What could not be read, and speaks of such things.
    pub unread: Vec<Finding>,
}

/// A trust policy that was given by itself: for the role of which the input has none.
pub type Given = Result<serde_json::Value, String>;

/// The pods' side of the account, as the input tells it.
pub fn view(
    facts: &ServiceAccountFacts,
    cluster: &Cluster,
    chosen: Option<&str>,
    account: &ServiceAccountName,
    given: Option<&Given>,
) -> PodView {
    let object = facts.objects.last();
    let of_account = object.and_then(|object| object.automount.clone());
    let mounted = of_account.map_or((true, None), |(mounted, address)| (mounted, Some(address)));
    let workloads = facts.workloads.iter().map(|workload| {
        let (is_mounted, address) =
            workload.automount.clone().unwrap_or((mounted.0, workload.address.clone()));
        (workload.what.clone(), is_mounted, address)
    });
    let mut roles: Vec<PodRole> =
        object.and_then(|object| annotated(facts, chosen, account, object)).into_iter().collect();
    roles.extend(
        associations(facts, chosen).into_iter().map(|association| associated(facts, account, association)),
    );
    give(&mut roles, facts, chosen, account, given);
    if let [first, rest @ ..] = &mut roles[..]
        && first.via == Via::Annotation
    {
        for role in rest {
            let remark = "the SDKs take the token of the annotation before Pod Identity: this one is not used while that is there";
            role.remarks.push(remark.to_owned());
        }
    }
    for role in &mut roles {
        let mapped = role.role.as_deref().and_then(|arn| in_cluster(cluster, arn));
        role.remarks.extend(mapped);
    }
    PodView {
        object: object.map(|object| (object.what.clone(), object.address.clone())),
        workloads: workloads.collect(),
        mounted,
        tokens: tokens(facts),
        roles,
        unread: facts.unread.iter().map(unread).collect(),
    }
}

fn unread((stretch, why): &(crate::source::Stretch, String)) -> Finding {
    let message =
        format!("this document speaks of service accounts or their roles, and cannot be read: {why}");
    Finding::new(Code::SyntaxError, Severity::Warning, stretch.clone().into(), message)
}

fn tokens(facts: &ServiceAccountFacts) -> Vec<PodToken> {
    let of_secrets = facts.secrets.iter().map(|secret| PodToken {
        what: format!("Secret {}", secret.name),
        audience: None,
        seconds: None,
        address: secret.address.clone(),
    });
    let of_volumes = facts.workloads.iter().flat_map(|workload| {
        workload.tokens.iter().map(|token| PodToken {
            what: format!("a volume of {}", workload.what),
            audience: token.audience.as_deref().map(str::to_owned),
            seconds: Some(token.expiration.as_deref().unwrap_or("3600").to_owned()),
            address: token.address.clone(),
        })
    });
    let of_annotation = facts.objects.last().filter(|object| object.role.is_some()).map(|object| PodToken {
        what: "a volume that EKS' webhook adds".to_owned(),
        audience: Some(object.audience.as_deref().unwrap_or(AUDIENCE).to_owned()),
        seconds: Some(object.expiration.as_deref().unwrap_or("86400").to_owned()),
        address: object.address.clone(),
    });
    of_secrets.chain(of_volumes).chain(of_annotation).collect()
}

/// The role of the annotation.
fn annotated(
    facts: &ServiceAccountFacts,
    chosen: Option<&str>,
    account: &ServiceAccountName,
    object: &AccountObject,
) -> Option<PodRole> {
    let (role, address) = object.role.clone()?;
    let trust = trust_of(facts, &role);
    let mut found = PodRole {
        via: Via::Annotation,
        role: Some(role.to_string()),
        target: None,
        cluster: None,
        address,
        trust: None,
        trust_address: trust.map(|trust| trust.address.clone()),
        remarks: Vec::new(),
    };
    if let Some(trust) = trust {
        found.trust =
            Some(judged(&trust.policy, |policy| web_identity(facts, chosen, account, object, &role, policy)));
    }
    Some(found)
}

fn judged(policy: &Given, judge: impl FnOnce(&serde_json::Value) -> Trust) -> Trust {
    match policy {
        Ok(policy) => judge(policy),
        Err(why) => Trust::Depends(vec![format!("the trust policy cannot be read: {why}")]),
    }
}

fn web_identity(
    facts: &ServiceAccountFacts,
    chosen: Option<&str>,
    account: &ServiceAccountName,
    object: &AccountObject,
    role: &str,
    policy: &serde_json::Value,
) -> Trust {
    let mut issuers = facts
        .issuers
        .iter()
        .filter(|issuer| chosen.is_none() || issuer.cluster.as_deref() == chosen)
        .filter_map(|issuer| issuer.provider.as_deref());
    // of several clusters it is not known which
    let provider = issuers.next().filter(|first| issuers.all(|other| other == *first));
    let subject = format!("system:serviceaccount:{}:{}", account.namespace, account.name);
    let way = Way::WebIdentity {
        provider,
        account: Arn::parse(role).ok().map(|arn| arn.account),
        subject: &subject,
        audience: object.audience.as_deref().unwrap_or(AUDIENCE),
    };
    lets_in(policy, &way)
}

/// The associations that count: of the chosen cluster, and of two the one that tells the role.
fn associations<'f>(facts: &'f ServiceAccountFacts, chosen: Option<&str>) -> Vec<&'f PodAssociation> {
    let of_cluster = |association: &&PodAssociation| {
        chosen.is_none() || association.cluster.is_none() || association.cluster.as_deref() == chosen
    };
    let all: Vec<&PodAssociation> = facts.associations.iter().filter(of_cluster).collect();
    let is_told = |own: &PodAssociation| {
        own.role.is_some() || !all.iter().any(|other| other.role.is_some() && other.cluster == own.cluster)
    };
    all.iter().copied().filter(|association| is_told(association)).collect()
}

fn associated(
    facts: &ServiceAccountFacts,
    account: &ServiceAccountName,
    association: &PodAssociation,
) -> PodRole {
    let trust = association.role.as_deref().and_then(|role| trust_of(facts, role));
    let mut found = PodRole {
        via: Via::PodIdentity,
        role: association.role.as_deref().map(str::to_owned),
        target: association.target.as_deref().map(str::to_owned),
        cluster: association.cluster.as_deref().map(str::to_owned),
        address: association.address.clone(),
        trust: None,
        trust_address: trust.map(|trust| trust.address.clone()),
        remarks: Vec::new(),
    };
    if association.role.is_none() {
        let remark =
            "the list of associations has no roles: bring `aws eks describe-pod-identity-association`";
        found.remarks.push(remark.to_owned());
    }
    if let Some(trust) = trust {
        found.trust = Some(judged(&trust.policy, |policy| pod_identity(facts, account, association, policy)));
    }
    found
}

fn pod_identity(
    facts: &ServiceAccountFacts,
    account: &ServiceAccountName,
    association: &PodAssociation,
    policy: &serde_json::Value,
) -> Trust {
    let cluster = association.cluster.as_deref();
    let described =
        facts.issuers.iter().find(|issuer| cluster.is_some() && issuer.cluster.as_deref() == cluster);
    let way = Way::PodIdentity {
        namespace: account.namespace.as_str(),
        name: &account.name,
        cluster,
        cluster_arn: described.and_then(|issuer| issuer.arn.as_deref()),
        tags_disabled: association.tags_disabled,
    };
    lets_in(policy, &way)
}

/// The trust policy of a role; of several the last.
fn trust_of<'f>(facts: &'f ServiceAccountFacts, role: &str) -> Option<&'f TrustPolicy> {
    facts.trusts.iter().rev().find(|trust| trust.is_of(role))
}

/// Takes a policy that was given by itself for that of the one role of which none is in the input.
fn give(
    roles: &mut [PodRole],
    facts: &ServiceAccountFacts,
    chosen: Option<&str>,
    account: &ServiceAccountName,
    given: Option<&Given>,
) {
    let Some(given) = given else { return };
    let mut without: Vec<&mut PodRole> = roles.iter_mut().filter(|role| role.trust.is_none()).collect();
    let [role] = &mut without[..] else {
        for role in without {
            role.remarks.push(
                "whose trust policy was given is not known: there are several roles without one".to_owned(),
            );
        }
        return;
    };
    let trust = match role.via {
        Via::Annotation => {
            let named = facts.objects.last().zip(role.role.clone());
            named.map(|(object, arn)| {
                judged(given, |policy| web_identity(facts, chosen, account, object, &arn, policy))
            })
        }
        Via::PodIdentity => {
            let found = facts.associations.iter().find(|association| association.address == role.address);
            found.map(|association| judged(given, |policy| pod_identity(facts, account, association, policy)))
        }
    };
    role.trust = trust;
    role.remarks.push("the trust policy that was given is taken for this role's".to_owned());
}

/// Whom this very cluster takes the role for, where a mapping names it.
fn in_cluster(cluster: &Cluster, role: &str) -> Option<String> {
    let principal = crate::identity::Principal::from_arn(role, None).ok()?;
    let cases = crate::identity::authenticate(cluster, &principal);
    let identity = cases.iter().find_map(|case| case.outcome.as_ref().ok())?;
    let groups: Vec<String> = identity.groups.iter().map(|member| member.group.to_string()).collect();
    Some(format!(
        "to this cluster the role is User {:?} in {}",
        identity.username.to_string(),
        groups.join(", ")
    ))
}
