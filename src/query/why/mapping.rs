//! Why no mapping lets the caller in.

use super::super::near::{Near, near, wildcard_fits};
use super::{Cost, Reason};
use crate::finding::{Code, Spot};
use crate::identity::lookup::{Found, look_up};
use crate::identity::{Principal, PrincipalKind, Unauthenticated};
use crate::manifest::read_as_if;
use crate::model::arn::equal_fold;
use crate::model::{
    AwsAuth, Cluster, Damage, DamageKind, MapKey, MappedPrincipal, Mapping, Meant, NearReason,
};
use crate::source::Step;

pub(super) fn reasons(cluster: &Cluster, principal: &Principal, why: &Unauthenticated<'_>) -> Vec<Reason> {
    if let Unauthenticated::NoInstance { aws_auth, mapping, .. } = why {
        return vec![Reason {
            code: Code::SessionNoInstance,
            message: "the mapping asks for the host name of an EC2 instance, and the session name is no instance id".into(),
            help: "map people and pipelines to a role of their own; this one is for nodes".into(),
            spot: mapping.address(aws_auth.origin).into(),
            cost: Cost::LINK,
        }];
    }
    let mut reasons = Vec::new();
    not_in_force(cluster, principal, &mut reasons);
    let Some(aws_auth) = &cluster.aws_auth else {
        reasons.push(Reason {
            code: Code::AwsAuthMissing,
            message: "there is no ConfigMap `kube-system/aws-auth` among the manifests".into(),
            help: "capture it: `kubectl get configmap aws-auth -n kube-system -o yaml > aws-auth.yaml`"
                .into(),
            spot: Spot::Nowhere,
            cost: Cost::ABSENT,
        });
        return reasons;
    };
    let mappings = aws_auth.roles.iter().chain(&aws_auth.users);
    reasons.extend(mappings.filter_map(|mapping| near_mapping(aws_auth, mapping, principal)));
    reasons.extend(aws_auth.damage.iter().filter_map(|damage| damaged(aws_auth, damage, principal)));
    reasons.extend(near_account(aws_auth, principal));
    reasons.push(not_mapped(aws_auth, principal));
    reasons
}

fn maps(aws_auth: &AwsAuth, principal: &Principal) -> bool {
    look_up(aws_auth, &principal.canonical, &principal.account) != Found::Nothing
}

/// ConfigMaps that would map the caller, were they where the authenticator looks, and accepted.
fn not_in_force(cluster: &Cluster, principal: &Principal, reasons: &mut Vec<Reason>) {
    for near in &cluster.near_aws_auth {
        let cost =
            if maps(&near.aws_auth, principal) { Cost::REFUSED } else { Cost::ABSENT.plus(Cost::FORM) };
        let elsewhere = format!(
            "the authenticator reads `kube-system/aws-auth`, and this ConfigMap is `{}/{}`",
            near.namespace, near.name
        );
        let (message, help, part) = match near.why {
            NearReason::WrongNamespace => (
                elsewhere,
                "set `metadata.namespace: kube-system`",
                vec![Step::Field("metadata"), Step::Field("namespace")],
            ),
            NearReason::WrongName => (
                elsewhere,
                "name it `aws-auth`, in namespace `kube-system`",
                vec![Step::Field("metadata"), Step::Field("name")],
            ),
            NearReason::PatchBody => (
                "these mappings are a body for `kubectl patch`, which is no object of its own".to_owned(),
                "capture what is in force: `kubectl get configmap aws-auth -n kube-system -o yaml`",
                Vec::new(),
            ),
        };
        let spot = near.aws_auth.origin.at(part).into();
        reasons.push(Reason { code: Code::AwsAuthWrongNamespace, message, help: help.into(), spot, cost });
    }
    for refused in &cluster.refused {
        let Meant::AwsAuth(aws_auth) = &refused.meant else { continue };
        let Some((address, first)) = refused.reasons.first() else { continue };
        reasons.push(Reason {
            code: Code::ObjectRefused,
            message: format!(
                "the API server would refuse the ConfigMap `{}`: `{address}` {first}",
                refused.name
            ),
            help: "mend it, and see what it maps".into(),
            spot: address.clone().into(),
            cost: if maps(aws_auth, principal) { Cost::REFUSED } else { Cost::LINK },
        });
    }
}

/// A mapping of somebody who is nearly the caller.
fn near_mapping(aws_auth: &AwsAuth, mapping: &Mapping, principal: &Principal) -> Option<Reason> {
    let MappedPrincipal::Arn(arn) = &mapping.principal else { return None };
    let (code, cost, message) = near_arn(arn, principal)?;
    let field = if mapping.key == MapKey::Roles { "rolearn" } else { "userarn" };
    let mut spot = mapping.address(aws_auth.origin);
    spot.route.push(Step::Field(field));
    Some(Reason { code, message, help: format!("write `{}`", principal.canonical), spot: spot.into(), cost })
}

/// How a mapped ARN differs from the caller's, where it is nearly the same.
fn near_arn(arn: &str, principal: &Principal) -> Option<(Code, Cost, String)> {
    let wanted = &principal.canonical;
    if wildcard_fits(arn, wanted) {
        let message = format!("`{arn}` has a wildcard, which is literal here: it matches nobody");
        return Some((Code::MappingNearMiss, Cost::FORM, message));
    }
    let nearly = || format!("`{arn}` is nearly the caller's ARN `{wanted}`");
    let Some((mapped, own)) = Sections::of(arn).zip(Sections::of(wanted)) else {
        return near(arn, wanted).map(|_| (Code::MappingNearMiss, Cost::TYPO, nearly()));
    };
    let same_account = mapped.account == own.account;
    let same_partition = mapped.partition == own.partition;
    if let Some(found) = other_form(arn, &mapped, &own, principal.kind) {
        return Some(found);
    }
    if equal_fold(mapped.resource, own.resource) {
        return Some(match (same_account, same_partition) {
            (false, true) => {
                let message =
                    format!("`{arn}` is of account `{}`, the caller is of `{}`", mapped.account, own.account);
                (Code::MappingOtherAccount, Cost::LINK, message)
            }
            (true, false) => {
                let message = format!(
                    "`{arn}` is of partition `{}`, the caller is of `{}`",
                    mapped.partition, own.partition
                );
                (Code::MappingOtherPartition, Cost::LINK, message)
            }
            (true, true) => (Code::MappingNearMiss, Cost::TYPO, nearly()),
            (false, false) => (Code::MappingOtherAccount, Cost::LINK.plus(Cost::LINK), nearly()),
        });
    }
    match near(mapped.resource, own.resource) {
        Some(how) if same_account && same_partition => {
            let cost = if how == Near::Form { Cost::FORM } else { Cost::TYPO };
            Some((Code::MappingNearMiss, cost, nearly()))
        }
        _ if near(arn, wanted).is_some() => Some((Code::MappingNearMiss, Cost::TYPO, nearly())),
        _ => None,
    }
}

/// The ARN of a session, a role with its path, or another kind of thing of the same name.
fn other_form(
    arn: &str,
    mapped: &Sections<'_>,
    own: &Sections<'_>,
    kind: PrincipalKind,
) -> Option<(Code, Cost, String)> {
    let last =
        |resource: &'_ str| resource.rsplit_once('/').map_or(String::new(), |(_, name)| name.to_owned());
    let name = last(own.resource);
    let here = mapped.account == own.account && mapped.partition == own.partition;
    let cost = if here { Cost::FORM } else { Cost::FORM.plus(Cost::LINK) };
    if mapped.service == "sts" {
        let mut segments = mapped.resource.split('/');
        let fits = segments.next() == Some("assumed-role") || equal_fold(mapped.resource, own.resource);
        let role = segments.next().unwrap_or_default();
        let message =
            format!("`{arn}` is an STS ARN, which never matches here; the ARN of the role itself does");
        return (fits && equal_fold(role, &name)).then_some((Code::MappingStsArn, cost, message));
    }
    let (mapped_kind, rest) = mapped.resource.split_once('/')?;
    if kind == PrincipalKind::Role && mapped_kind.eq_ignore_ascii_case("role") && rest.contains('/') {
        let message = format!("`{arn}` has a path, which no caller's ARN has: it matches nobody");
        return equal_fold(&last(mapped.resource), &name).then_some((Code::MappingRolePath, cost, message));
    }
    let own_kind = own.resource.split('/').next().unwrap_or_default();
    let other =
        here && !mapped_kind.eq_ignore_ascii_case(own_kind) && equal_fold(&last(mapped.resource), &name);
    let message = format!("`{arn}` names a {mapped_kind}, the caller is `{}`", own.resource);
    other.then_some((Code::MappingNearMiss, Cost::LINK, message))
}

struct Sections<'a> {
    partition: &'a str,
    service: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Sections<'a> {
    fn of(arn: &'a str) -> Option<Self> {
        let sections: Vec<&str> = arn.trim().splitn(6, ':').collect();
        match sections[..] {
            [_, partition, service, _, account, resource] => {
                Some(Self { partition, service, account, resource })
            }
            _ => None,
        }
    }
}

/// Something of aws-auth that the authenticator does not keep, and that may have mapped the caller.
fn damaged(aws_auth: &AwsAuth, damage: &Damage, principal: &Principal) -> Option<Reason> {
    let (code, cost, help) = match damage.kind {
        DamageKind::FieldLost | DamageKind::UnknownField => return None,
        DamageKind::EntryDropped => {
            let cost = match damage.arn.as_deref() {
                Some(arn) if equal_fold(arn.trim(), &principal.canonical) => Cost::REFUSED,
                Some(arn) => near_arn(arn, principal)?.1.plus(Cost::REFUSED),
                None => Cost::ABSENT.plus(Cost::FORM),
            };
            (Code::MappingInvalid, cost, "mend the entry")
        }
        DamageKind::UnknownKey => {
            let help = "write `mapRoles`, `mapUsers` or `mapAccounts`, in exactly these letters";
            (Code::AwsAuthUnknownKey, lost_key_cost(damage, principal), help)
        }
        DamageKind::Unreadable => (
            Code::AwsAuthUnreadable,
            lost_key_cost(damage, principal),
            "mend the text: it must be a YAML list",
        ),
    };
    let message = match damage.entry {
        Some(position) => format!("{}[{position}]: {}", damage.key, damage.message),
        None => format!("{}: {}", damage.key, damage.message),
    };
    Some(Reason { code, message, help: help.into(), spot: damage.address(aws_auth.origin).into(), cost })
}

/// How likely a text that is lost as a whole would have mapped the caller.
fn lost_key_cost(damage: &Damage, principal: &Principal) -> Cost {
    let named = |mapping: &Mapping| matches!(&mapping.principal, MappedPrincipal::Arn(arn) if equal_fold(arn.trim(), &principal.canonical));
    if [MapKey::Roles, MapKey::Users].into_iter().any(|key| read_as_if(damage, key).iter().any(named)) {
        return Cost::REFUSED;
    }
    let text = damage.text.as_deref().unwrap_or_default().to_lowercase();
    let holds = |part: &str| !part.is_empty() && text.contains(&part.to_lowercase());
    if holds(&principal.canonical) {
        return Cost::REFUSED;
    }
    let name = principal.canonical.rsplit_once('/').map_or("", |(_, name)| name);
    let accounts = damage.key.to_ascii_lowercase().contains("account");
    if holds(name) || (accounts && holds(&principal.account)) {
        Cost::LINK
    } else {
        Cost::ABSENT.plus(Cost::FORM)
    }
}

fn near_account(aws_auth: &AwsAuth, principal: &Principal) -> Option<Reason> {
    let bare = |id: &str| id.trim().trim_start_matches('0').replace('-', "");
    let account = aws_auth.accounts.iter().find(|account| {
        bare(&account.id) == bare(&principal.account) || wildcard_fits(&account.id, &principal.account)
    })?;
    let message = format!(
        "mapAccounts lists {:?}, which is not exactly the account `{}`",
        account.id, principal.account
    );
    Some(Reason {
        code: Code::MappingNearMiss,
        message,
        help: format!("write `\"{}\"`", principal.account),
        spot: account.address(aws_auth.origin).into(),
        cost: Cost::FORM,
    })
}

fn not_mapped(aws_auth: &AwsAuth, principal: &Principal) -> Reason {
    let key = if principal.kind == PrincipalKind::Role { MapKey::Roles } else { MapKey::Users };
    let field = if key == MapKey::Roles { "rolearn" } else { "userarn" };
    Reason {
        code: Code::NotMapped,
        message: format!("no entry of aws-auth maps `{}`", principal.canonical),
        help: format!("add an entry to {}: `- {field}: {}`", key.as_str(), principal.canonical),
        spot: aws_auth.origin.at([Step::Field("data"), Step::Field(key.as_str())]).into(),
        cost: Cost::ABSENT,
    }
}
