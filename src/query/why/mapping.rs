//! Why no mapping lets the caller in, or not as the one who may do what is asked.

use super::super::near::{Name, Near, near, wildcard_fits};
use super::{Cost, Reason, Shortlist, door};
use crate::access::{Policy, decide};
use crate::finding::Code;
use crate::identity::{Identity, Principal, PrincipalKind, Source, Unauthenticated, authenticate_through};
use crate::manifest::read_as_if;
use crate::model;
use crate::model::arn::equal_fold;
use crate::model::{
    AwsAuth, Damage, DamageKind, MapKey, MappedPrincipal, Mapping, Meant, NearAwsAuth, NearReason, Request,
    Subject,
};
use crate::source::Step;

/// A caller, and what it would do once let in.
pub(super) struct Door<'p> {
    pub(super) policy: &'p Policy<'p>,
    pub(super) principal: &'p Principal,
    pub(super) request: &'p Request,
}

/// Adds why the caller is not let in.
pub(super) fn unauthenticated(door: &Door<'_>, why: &Unauthenticated<'_>, shortlist: &mut Shortlist) {
    if let Some(reason) = door::refused(why) {
        shortlist.offer(reason);
        return;
    }
    door::elsewhere(door.policy.cluster, door.principal, shortlist);
    if !door.policy.cluster.doors.order.contains(&model::Door::AwsAuth) {
        shortlist.offer(door::not_mapped(door.policy.cluster, door.principal));
        return;
    }
    door.not_in_force(shortlist);
    let Some(aws_auth) = &door.policy.cluster.aws_auth else {
        if door.policy.cluster.open_backends().next().is_some() {
            shortlist.offer(door::not_mapped(door.policy.cluster, door.principal));
            return;
        }
        shortlist.offer(Reason {
            code: Code::AwsAuthMissing,
            message: "there is no ConfigMap `kube-system/aws-auth` among the manifests".into(),
            help: "capture it: `kubectl get configmap aws-auth -n kube-system -o yaml > aws-auth.yaml`"
                .into(),
            spot: crate::finding::Spot::Nowhere,
            cost: Cost::ABSENT,
        });
        return;
    };
    for reason in door.entries(aws_auth) {
        shortlist.offer(reason);
    }
    shortlist.offer(door.not_mapped(aws_auth));
}

/// Adds what of aws-auth keeps a caller who is let in from being the one who may do what is asked.
pub(super) fn forbidden(
    policy: &Policy<'_>,
    identity: &Identity<'_>,
    request: &Request,
    shortlist: &mut Shortlist,
) {
    for reason in lost_fields(identity) {
        shortlist.offer(reason);
    }
    let (Source::Account { aws_auth, .. }, Some(principal)) = (&identity.source, identity.principal) else {
        return;
    };
    // let in by the account alone, without groups: an entry of its own may have been meant
    let door = Door { policy, principal, request };
    for reason in door.entries(aws_auth).into_iter().filter(|reason| reason.cost <= Cost::LINK) {
        shortlist.offer(reason);
    }
    let mut unmapped = door.not_mapped(aws_auth);
    // where nobody binds ARNs, the account alone was not meant to be enough
    let of_account = format!("arn:{}:iam::{}:", principal.partition, principal.account);
    let binds_arn =
        |subject: &Subject| matches!(subject, Subject::User(name) if name.as_str().starts_with(&of_account));
    if !policy.bindings().iter().any(|binding| binding.subjects.iter().any(binds_arn)) {
        unmapped.cost = Cost::EMPTY;
    }
    unmapped.message =
        format!("{}: it is let in by `mapAccounts`, under its ARN and without groups", unmapped.message);
    shortlist.offer(unmapped);
}

/// Fields of the caller's own mapping that the authenticator lost.
fn lost_fields(identity: &Identity<'_>) -> Vec<Reason> {
    let Some((aws_auth, mapping)) = identity.mapping() else { return Vec::new() };
    let own = aws_auth
        .damage
        .iter()
        .filter(|damage| &*damage.key == mapping.key.as_str() && damage.entry == Some(mapping.position));
    own.filter_map(|damage| {
        let field = damage.field.as_deref().unwrap_or_default();
        let help = match damage.kind {
            DamageKind::FieldLost if equal_fold(field, "groups") => {
                "write a list of texts: `groups: [NAME]`".to_owned()
            }
            DamageKind::FieldLost => format!("write `{field}` as a text, in quotes"),
            DamageKind::UnknownField => {
                let meant = ["groups", "username"].into_iter().find(|known| near(field, known).is_some())?;
                format!("write `{meant}` for `{field}`")
            }
            _ => return None,
        };
        Some(Reason {
            code: Code::MappingInvalid,
            message: format!(
                "the caller's own entry, {}[{}]: {}",
                damage.key, mapping.position, damage.message
            ),
            help,
            spot: damage.address(aws_auth.origin).into(),
            cost: Cost::LOST,
        })
    })
    .collect()
}

impl Door<'_> {
    /// Whether an aws-auth would let the caller do what is asked; none if it would not even let it in.
    fn through(&self, aws_auth: &AwsAuth) -> Option<bool> {
        let cases = authenticate_through(aws_auth, self.principal);
        let mut accepted = cases.iter().filter_map(|case| case.outcome.as_ref().ok()).peekable();
        accepted.peek()?;
        Some(accepted.any(|identity| decide(self.policy, identity, self.request).is_allowed()))
    }

    /// What would be broken yet if this mapping were the caller's.
    fn beyond(&self, mapping: &Mapping, origin: crate::source::Origin) -> Cost {
        let own = Mapping {
            principal: MappedPrincipal::Arn(self.principal.canonical.as_str().into()),
            ..mapping.clone()
        };
        let alone = AwsAuth { roles: vec![own], ..AwsAuth::new(model::Door::AwsAuth, origin) };
        if self.through(&alone) == Some(true) { Cost::NONE } else { Cost::LINK }
    }

    /// ConfigMaps that would map the caller, were they where the authenticator looks, and accepted.
    fn not_in_force(&self, shortlist: &mut Shortlist) {
        for near in &self.policy.cluster.near_aws_auth {
            let cost = match self.through(&near.aws_auth) {
                Some(true) => Cost::REFUSED,
                Some(false) => Cost::LINK,
                None => Cost::OTHER_FAMILY,
            };
            shortlist.offer(misplaced(near, cost));
        }
        for refused in &self.policy.cluster.refused {
            let Meant::AwsAuth(aws_auth) = &refused.meant else { continue };
            let Some(refusal) = super::binding::refusal(refused) else { continue };
            let cost = if self.through(aws_auth).is_some() { Cost::REFUSED } else { Cost::LINK };
            let (message, help, spot) = (refusal.message, refusal.help, refusal.spot);
            shortlist.offer(Reason { code: Code::ObjectRefused, message, help, spot, cost });
        }
    }

    /// What in aws-auth nearly maps the caller.
    fn entries(&self, aws_auth: &AwsAuth) -> Vec<Reason> {
        let name = Name::new(self.principal.canonical.as_str());
        let mappings = aws_auth.mappings().filter_map(|mapping| self.near_mapping(aws_auth, mapping, &name));
        let damage = aws_auth.damage.iter().filter_map(|damage| self.damaged(aws_auth, damage));
        mappings.chain(damage).chain(self.near_account(aws_auth)).collect()
    }

    /// A mapping of somebody who is nearly the caller.
    fn near_mapping(&self, aws_auth: &AwsAuth, mapping: &Mapping, own: &Name) -> Option<Reason> {
        let MappedPrincipal::Arn(arn) = &mapping.principal else { return None };
        let Miss { code, cost, message } = near_arn(arn, self.principal, own)?;
        let spot = mapping.arn_address(aws_auth.origin);
        let cost = cost.plus(self.beyond(mapping, aws_auth.origin));
        Some(Reason { code, message, help: format!("write `{}`", own.as_str()), spot: spot.into(), cost })
    }

    /// Something of aws-auth that the authenticator does not keep, and that may have mapped the caller.
    fn damaged(&self, aws_auth: &AwsAuth, damage: &Damage) -> Option<Reason> {
        let (code, cost, help) = match damage.kind {
            DamageKind::FieldLost | DamageKind::UnknownField => return None,
            DamageKind::EntryDropped => {
                let cost = match damage.arn.as_deref() {
                    Some(arn) if equal_fold(arn.trim(), &self.principal.canonical) => Cost::REFUSED,
                    Some(arn) => {
                        let own = Name::new(&self.principal.canonical);
                        near_arn(arn, self.principal, &own)?.cost.plus(Cost::REFUSED)
                    }
                    None => Cost::LINK,
                };
                (Code::MappingInvalid, cost, mend_entry(aws_auth, damage))
            }
            DamageKind::UnknownKey => {
                let help = "write `mapRoles`, `mapUsers` or `mapAccounts`, in exactly these letters";
                (Code::AwsAuthUnknownKey, self.lost_key_cost(damage), help.to_owned())
            }
            DamageKind::Unreadable => {
                let help = "mend the text: it must be a YAML list".to_owned();
                (Code::AwsAuthUnreadable, self.lost_key_cost(damage), help)
            }
        };
        let message = match damage.entry {
            Some(position) => format!("{}[{position}]: {}", damage.key, damage.message),
            None => format!("{}: {}", damage.key, damage.message),
        };
        Some(Reason { code, message, help, spot: damage.address(aws_auth.origin).into(), cost })
    }

    /// How likely a text that is lost as a whole would have mapped the caller.
    fn lost_key_cost(&self, damage: &Damage) -> Cost {
        let principal = self.principal;
        let own = |mapping: &Mapping| matches!(&mapping.principal, MappedPrincipal::Arn(arn) if equal_fold(arn.trim(), &principal.canonical));
        let read = [MapKey::Roles, MapKey::Users].into_iter().flat_map(|key| read_as_if(damage, key));
        if read.filter(own).count() > 0 {
            return Cost::REFUSED;
        }
        let text = damage.text.as_deref().unwrap_or_default().to_lowercase();
        let accounts = damage.key.to_ascii_lowercase().contains("account");
        let name = principal.canonical.rsplit_once('/').map_or("", |(_, name)| name);
        if holds(&text, &principal.canonical) || (accounts && holds(&text, &principal.account)) {
            Cost::REFUSED
        } else if holds(&text, name) {
            Cost::LINK
        } else {
            Cost::ABSENT.plus(Cost::SLIGHTLY)
        }
    }

    fn near_account(&self, aws_auth: &AwsAuth) -> Option<Reason> {
        let own = &self.principal.account;
        let bare = |id: &str| id.trim().trim_start_matches('0').replace(['-', '_', ' '], "");
        let wanted = bare(own);
        let account = aws_auth.accounts.iter().find(|account| {
            *account.id != **own && (bare(&account.id) == wanted || wildcard_fits(&account.id, own))
        })?;
        Some(Reason {
            code: Code::MappingNearMiss,
            message: format!("mapAccounts lists `{}`, which is not exactly the account `{own}`", account.id),
            help: format!("write `\"{own}\"`"),
            spot: account.address(aws_auth.origin).into(),
            cost: Cost::FORM,
        })
    }

    fn not_mapped(&self, aws_auth: &AwsAuth) -> Reason {
        let key = if self.principal.kind == PrincipalKind::Role { MapKey::Roles } else { MapKey::Users };
        let field = if key == MapKey::Roles { "rolearn" } else { "userarn" };
        let arn = &self.principal.canonical;
        let help = if self.principal.kind == PrincipalKind::Account {
            "add the principals that are meant to mapRoles or mapUsers".to_owned()
        } else {
            format!("add an entry to {}: `- {field}: {arn}`", key.as_str())
        };
        Reason {
            code: Code::NotMapped,
            message: format!("no entry of aws-auth maps `{arn}`"),
            help,
            spot: aws_auth.origin.at([Step::Field("data"), Step::Field(key.as_str())]).into(),
            cost: Cost::ABSENT,
        }
    }
}

/// A ConfigMap like aws-auth that the authenticator does not read.
fn misplaced(near: &NearAwsAuth, cost: Cost) -> Reason {
    let elsewhere = format!(
        "the authenticator reads `kube-system/aws-auth`, and this ConfigMap is `{}/{}`",
        near.namespace, near.name
    );
    let (message, help, part) = match near.why {
        NearReason::WrongNamespace => (elsewhere, "set `metadata.namespace: kube-system`", Some("namespace")),
        NearReason::WrongName => {
            (elsewhere, "name it `aws-auth`, in the namespace `kube-system`", Some("name"))
        }
        NearReason::PatchBody => (
            "these mappings are a body for `kubectl patch`, which is no object of its own".to_owned(),
            "capture what is in force: `kubectl get configmap aws-auth -n kube-system -o yaml`",
            None,
        ),
    };
    let part = part.into_iter().flat_map(|part| [Step::Field("metadata"), Step::Field(part)]);
    let spot = near.aws_auth.origin.at(part.collect::<Vec<_>>()).into();
    Reason { code: Code::AwsAuthWrongNamespace, message, help: help.into(), spot, cost }
}

/// What to write in an entry that was dropped.
fn mend_entry(aws_auth: &AwsAuth, dropped: &Damage) -> String {
    let wanted = if &*dropped.key == MapKey::Users.as_str() { "userarn" } else { "rolearn" };
    let of_entry = |damage: &&Damage| damage.key == dropped.key && damage.entry == dropped.entry;
    let found = aws_auth.damage.iter().filter(of_entry).find_map(|damage| {
        let field = damage.field.as_deref()?;
        match damage.kind {
            DamageKind::FieldLost if equal_fold(field, wanted) => {
                Some(format!("{}: write the ARN", damage.message))
            }
            DamageKind::UnknownField
                if matches!(field, "rolearn" | "userarn") || near(field, wanted).is_some() =>
            {
                Some(format!("write `{wanted}` for `{field}`"))
            }
            _ => None,
        }
    });
    found.unwrap_or_else(|| format!("mend the entry: it needs `{wanted}` and `username`"))
}

/// Whether a text in lower case holds a name that does not go on.
fn holds(text: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    !name.is_empty()
        && text.match_indices(&name).any(|(start, found)| {
            let next = text.get(start + found.len()..).and_then(|rest| rest.chars().next());
            next.is_none_or(|c| !(c.is_alphanumeric() || "+=.@_-/".contains(c)))
        })
}

/// How a mapped ARN misses the caller's.
pub(super) struct Miss {
    pub(super) code: Code,
    pub(super) cost: Cost,
    pub(super) message: String,
}

/// How a mapped ARN differs from the caller's, where it is nearly the same.
pub(super) fn near_arn(arn: &str, principal: &Principal, own: &Name) -> Option<Miss> {
    let wanted = &principal.canonical;
    let miss = |code, cost, message| Some(Miss { code, cost, message });
    if wildcard_fits(arn, wanted) {
        let message = format!("`{arn}` has a wildcard, which is literal here: it matches nobody");
        return miss(Code::MappingNearMiss, Cost::FORM, message);
    }
    let nearly = || format!("`{arn}` is nearly the caller's ARN, `{wanted}`");
    let Some((mapped, caller)) = Sections::of(arn).zip(Sections::of(wanted)) else {
        let last = arn.rsplit('/').next().unwrap_or_default();
        let same_name = wanted.rsplit('/').next().is_some_and(|name| equal_fold(name, last));
        let near = own.near(arn).is_some() || (same_name && arn.contains(&principal.account));
        return near.then_some(Miss { code: Code::MappingNearMiss, cost: Cost::TYPO, message: nearly() });
    };
    if let Some(found) = other_form(arn, &mapped, &caller, principal.kind) {
        return Some(found);
    }
    let same_account = mapped.account == caller.account;
    let same_partition = mapped.partition == caller.partition;
    if equal_fold(mapped.resource, caller.resource) {
        return match (same_account, same_partition) {
            (false, _) => {
                let cost = if same_partition { Cost::LINK } else { Cost::LINK.plus(Cost::LINK) };
                let whose = (mapped.account, caller.account);
                let message = format!("`{arn}` is of account `{}`, the caller is of `{}`", whose.0, whose.1);
                miss(Code::MappingOtherAccount, cost, message)
            }
            (true, false) => {
                let whose = (mapped.partition, caller.partition);
                let message =
                    format!("`{arn}` is of partition `{}`, the caller is of `{}`", whose.0, whose.1);
                miss(Code::MappingOtherPartition, Cost::LINK, message)
            }
            (true, true) => miss(Code::MappingNearMiss, Cost::TYPO, nearly()),
        };
    }
    match near(mapped.resource, caller.resource) {
        Some(Near::Form) if same_account && same_partition => {
            miss(Code::MappingNearMiss, Cost::FORM, nearly())
        }
        Some(_) if same_account && same_partition => miss(Code::MappingNearMiss, Cost::TYPO, nearly()),
        _ if own.near(arn).is_some() => miss(Code::MappingNearMiss, Cost::TYPO, nearly()),
        _ => None,
    }
}

/// The ARN of a session, a role with its path, or another kind of thing of the same name.
fn other_form(arn: &str, mapped: &Sections<'_>, own: &Sections<'_>, kind: PrincipalKind) -> Option<Miss> {
    let name = own.resource.rsplit('/').next().unwrap_or_default();
    let is_name = |text: &str| equal_fold(text, name);
    let here = mapped.account == own.account && mapped.partition == own.partition;
    let cost = if here { Cost::FORM } else { Cost::FORM.plus(Cost::LINK) };
    if mapped.service == "sts" && kind == PrincipalKind::Role {
        let mut segments = mapped.resource.split('/');
        let first = segments.next().unwrap_or_default();
        let fits =
            first == "assumed-role" && segments.any(is_name) || equal_fold(mapped.resource, own.resource);
        let message =
            format!("`{arn}` is an STS ARN, which never matches here; the ARN of the role itself does");
        return fits.then_some(Miss { code: Code::MappingStsArn, cost, message });
    }
    let (mapped_kind, rest) = mapped.resource.split_once('/')?;
    let last = rest.rsplit('/').next().unwrap_or_default();
    if kind == PrincipalKind::Role && mapped_kind.eq_ignore_ascii_case("role") && rest.contains('/') {
        let message = format!("`{arn}` has a path, which no caller's ARN has: it matches nobody");
        return is_name(last).then_some(Miss { code: Code::MappingRolePath, cost, message });
    }
    if kind == PrincipalKind::User
        && mapped_kind.eq_ignore_ascii_case("user")
        && is_name(last)
        && !equal_fold(mapped.resource, own.resource)
    {
        let message = format!("`{arn}` has not the path of the user, which is part of its ARN");
        return Some(Miss { code: Code::MappingUserPath, cost, message });
    }
    let own_kind = own.resource.split('/').next().unwrap_or_default();
    let message = format!("`{arn}` is a {mapped_kind}, and the caller is `{}`", own.resource);
    let other_kind = here && !mapped_kind.eq_ignore_ascii_case(own_kind) && is_name(last);
    other_kind.then_some(Miss { code: Code::MappingNearMiss, cost: Cost::TYPO, message })
}

/// The parts of an ARN, of however strange a one.
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
