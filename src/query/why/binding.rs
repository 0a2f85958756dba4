//! Why no binding gives the caller a rule that fits: every binding is a chain that nearly was, broken in its subject,
//! its scope, its role or its rule.

use std::collections::BTreeMap;

use super::super::chain::role_name;
use super::super::near::{Near, near};
use super::rule::{Lack, lack};
use super::{Cost, Reason};
use crate::access::Policy;
use crate::finding::{Code, Spot};
use crate::identity::Identity;
use crate::model::{
    Binding, Cluster, DamageKind, Meant, Refused, Request, Role, RoleKind, Rule, Subject, Target,
};
use crate::source::{Address, Origin, Step};

/// One broken link of a chain.
struct Broken {
    cost: Cost,
    code: Code,
    message: String,
    help: String,
    spot: Spot,
}

pub(super) fn reasons(policy: &Policy<'_>, identity: &Identity<'_>, request: &Request) -> Vec<Reason> {
    let mut search = Search { policy, identity, request, roles: BTreeMap::new() };
    let mut reasons = damaged_mapping(identity);
    for binding in policy.bindings() {
        reasons.extend(search.chain(binding, None));
    }
    for refused in &policy.cluster.refused {
        if let Meant::Binding(binding) = &refused.meant {
            reasons.extend(search.chain(binding, Some(refused)));
        }
    }
    reasons.push(search.unbound());
    reasons
}

/// Fields of the caller's own mapping that the authenticator lost.
fn damaged_mapping(identity: &Identity<'_>) -> Vec<Reason> {
    let Some((aws_auth, mapping)) = identity.mapping() else { return Vec::new() };
    let own = aws_auth.damage.iter().filter(|damage| {
        let kind = matches!(damage.kind, DamageKind::FieldLost)
            || (damage.kind == DamageKind::UnknownField && nearly_a_field(&damage.message));
        kind && &*damage.key == mapping.key.as_str() && damage.entry == Some(mapping.position)
    });
    own.map(|damage| Reason {
        code: Code::MappingInvalid,
        message: format!("{}[{}]: {}", damage.key, mapping.position, damage.message),
        help: "mend the entry of the caller's mapping".into(),
        spot: damage.address(aws_auth.origin).into(),
        cost: Cost::REFUSED,
    })
    .collect()
}

/// Whether an ignored field was probably meant to be `groups` or `username`.
fn nearly_a_field(message: &str) -> bool {
    let field = message.split('`').nth(1).unwrap_or_default();
    ["groups", "username"].into_iter().any(|known| near(field, known).is_some())
}

struct Search<'p> {
    policy: &'p Policy<'p>,
    identity: &'p Identity<'p>,
    request: &'p Request,
    /// What each role lacks, by origin.
    roles: BTreeMap<Origin, Option<(Lack, Address)>>,
}

impl Search<'_> {
    fn cluster(&self) -> &Cluster {
        self.policy.cluster
    }

    /// The chain through a binding, if it is broken in little enough to be worth telling.
    fn chain(&mut self, binding: &Binding, refused: Option<&Refused>) -> Option<Reason> {
        let mut broken: Vec<Broken> = Vec::new();
        let builtin = self.cluster().is_builtin(binding.origin);
        if let Some(refused) = refused {
            let (address, first) = refused.reasons.first()?;
            broken.push(Broken {
                cost: Cost::REFUSED,
                code: Code::ObjectRefused,
                message: format!(
                    "the API server would refuse {} `{}`: `{address}` {first}",
                    refused.kind, refused.name
                ),
                help: "mend it".into(),
                spot: address.clone().into(),
            });
        }
        broken.extend(self.scope(binding));
        broken.extend(self.role_and_rule(binding));
        let so_far = broken.iter().fold(Cost::NONE, |total, link| total.plus(link.cost));
        if so_far > Cost::LINK.plus(Cost::LINK) {
            return None;
        }
        let subject = self.subject(binding);
        // nobody is to be added to the bindings of Kubernetes itself
        if builtin && subject.is_some() {
            return None;
        }
        broken.extend(subject);
        let total = broken.iter().fold(Cost::NONE, |total, link| total.plus(link.cost));
        let total = if builtin { total.plus(Cost::LINK) } else { total };
        if total > Cost::FAR {
            return None;
        }
        let more = broken.len().saturating_sub(1);
        // the first of those that fail hardest; a chain that is whole grants, and is not told here
        let main = broken.into_iter().reduce(|a, b| if b.cost > a.cost { b } else { a })?;
        let message = if more == 0 {
            main.message
        } else {
            format!("{} (and that is not all that is missing)", main.message)
        };
        Some(Reason { code: main.code, message, help: main.help, spot: main.spot, cost: total })
    }

    fn scope(&self, binding: &Binding) -> Option<Broken> {
        let namespace = binding.namespace.as_ref()?;
        let spot = binding.origin.at([Step::Field("metadata"), Step::Field("namespace")]).into();
        match self.request.namespace() {
            Some(asked) if asked == namespace => None,
            Some(asked) => Some(Broken {
                cost: if near(asked.as_str(), namespace.as_str()).is_some() {
                    Cost::TYPO
                } else {
                    Cost::LINK
                },
                code: Code::BindingOtherNamespace,
                message: format!(
                    "{} gives its role in namespace `{namespace}`, not in `{asked}`",
                    shown(binding)
                ),
                help: format!("bind it in `{asked}` too, or ask in `{namespace}`"),
                spot,
            }),
            None => {
                let what = match &self.request.target {
                    Target::Url(_) => "a URL is asked cluster-wide",
                    Target::Resource(_) => "this is asked cluster-wide",
                };
                Some(Broken {
                    cost: Cost::LINK,
                    code: Code::BindingNamespacedOnly,
                    message: format!(
                        "{what}, and {} gives its role in namespace `{namespace}` only",
                        shown(binding)
                    ),
                    help: "give the role by a ClusterRoleBinding, or ask in the namespace (`-n`)".into(),
                    spot,
                })
            }
        }
    }

    fn role_and_rule(&mut self, binding: &Binding) -> Option<Broken> {
        match self.policy.role_of(binding) {
            Some(rules) => self.best_lack(rules.role()),
            None => Some(self.missing_role(binding)),
        }
    }

    /// What the role's nearest rule lacks; none if one fits.
    fn best_lack(&mut self, role: &Role) -> Option<Broken> {
        if !self.roles.contains_key(&role.origin) {
            let found = self.nearest_rule(role);
            self.roles.insert(role.origin, found);
        }
        let (lack, address) = self.roles.get(&role.origin)?.clone()?;
        let builtin = self.cluster().is_builtin(address.origin);
        let help = if builtin {
            format!("bind a role of your own that has it; {} is Kubernetes' own", role_name(role))
        } else {
            lack.help
        };
        let message = format!("{}: {}", role_name(role), lack.message);
        let cost = if builtin { lack.cost.plus(Cost::LINK) } else { lack.cost };
        Some(Broken { cost, code: lack.code, message, help, spot: address.into() })
    }

    fn nearest_rule(&self, role: &Role) -> Option<(Lack, Address)> {
        let mut nearest: Option<(Lack, Address)> = None;
        let rules = self.policy.cluster.roles.get(&(role.namespace.clone(), role.name.clone()));
        for rule in
            rules.and_then(|role| self.policy.rules_of(role)).into_iter().flat_map(crate::access::Rules::iter)
        {
            let lack = lack(rule.rule.item, self.request)?;
            let place = rule.written_in().origin.at(vec![
                Step::Field("rules"),
                Step::Item(rule.rule.position),
                Step::Field(lack.field),
            ]);
            if nearest.as_ref().is_none_or(|(known, _)| lack.cost < known.cost) {
                nearest = Some((lack, place));
            }
        }
        Some(nearest.unwrap_or_else(|| {
            let lack = Lack {
                cost: Cost::ABSENT,
                code: Code::VerbNotGranted,
                message: "it has no rules".into(),
                help: "give it a rule".into(),
                field: "rules",
            };
            (lack, role.origin.at([Step::Field("rules")]))
        }))
    }

    fn missing_role(&self, binding: &Binding) -> Broken {
        let wanted = &binding.role_ref;
        let namespace = match wanted.kind {
            RoleKind::Role => binding.namespace.clone(),
            RoleKind::ClusterRole => None,
        };
        for refused in &self.cluster().refused {
            let Meant::Role(role) = &refused.meant else { continue };
            let Some((address, first)) = refused.reasons.first() else { continue };
            if role.namespace == namespace && role.name == wanted.name {
                let fits = role.rules.iter().any(|rule| lack(rule, self.request).is_none());
                return Broken {
                    cost: if fits { Cost::REFUSED } else { Cost::REFUSED.plus(Cost::FORM) },
                    code: Code::ObjectRefused,
                    message: format!(
                        "the API server would refuse {} `{}`: `{address}` {first}",
                        refused.kind, refused.name
                    ),
                    help: "mend it".into(),
                    spot: address.clone().into(),
                };
            }
        }
        let candidates = self.cluster().roles.values().filter(|role| {
            let same_name = role.name == wanted.name;
            let reachable = role.namespace.is_none() || role.namespace == binding.namespace;
            same_name || (reachable && near(role.name.as_str(), wanted.name.as_str()).is_some())
        });
        let fits = |role: &&Role| {
            let rules = self.policy.rules_of(role).into_iter().flat_map(crate::access::Rules::iter);
            rules.map(|rule| rule.rule.item).any(|rule: &Rule| lack(rule, self.request).is_none())
        };
        let meant = candidates.filter(fits).min_by_key(|role| role.name != wanted.name);
        let what = match &namespace {
            Some(namespace) => format!("Role `{}` of namespace `{namespace}`", wanted.name),
            None => format!("{} `{}`", wanted.kind, wanted.name),
        };
        Broken {
            cost: if meant.is_some() { Cost::TYPO } else { Cost::LINK },
            code: Code::RoleNotFound,
            message: format!("{} refers to {what}, which is not among the manifests", shown(binding)),
            help: meant.map_or_else(
                || "add the role, or mend the roleRef (delete and create the binding: a roleRef cannot be changed)".to_owned(),
                |role| format!("did you mean {}? (delete and create the binding: a roleRef cannot be changed)", role_name(role)),
            ),
            spot: binding.origin.at([Step::Field("roleRef")]).into(),
        }
    }

    /// How the binding's nearest subject differs from the caller; none if one of them is the caller.
    fn subject(&self, binding: &Binding) -> Option<Broken> {
        let username = self.identity.username.to_string();
        let nobody = Broken {
            cost: Cost::ABSENT,
            code: Code::NoBinding,
            message: format!("{} would allow it, and does not name the caller", shown(binding)),
            help: format!(
                "add a subject to it: `{{kind: User, name: {username:?}, apiGroup: rbac.authorization.k8s.io}}`"
            ),
            spot: binding.origin.at([Step::Field("subjects")]).into(),
        };
        let mut nearest = nobody;
        for (position, subject) in binding.subjects.iter().enumerate() {
            let spot = binding.origin.at([Step::Field("subjects"), Step::Item(position)]).into();
            let broken = self.subject_lack(binding, subject, spot)?;
            if broken.as_ref().is_some_and(|broken| broken.cost < nearest.cost) {
                nearest = broken.unwrap_or(nearest);
            }
        }
        Some(nearest)
    }

    /// `None` if the subject is the caller, `Some(None)` if it is somebody else.
    fn subject_lack(&self, binding: &Binding, subject: &Subject, spot: Spot) -> Option<Option<Broken>> {
        let username = self.identity.username.to_string();
        let groups: Vec<String> =
            self.identity.groups.iter().map(|member| member.group.to_string()).collect();
        let in_group = |name: &str| groups.iter().any(|group| group == name);
        let near_group =
            |name: &str| groups.iter().filter_map(|group| Some((near(group, name)?, group.clone()))).min();
        let misspelt = |what: &str, written: &str, (how, own): (Near, String)| Broken {
            cost: if how == Near::Form { Cost::FORM } else { Cost::TYPO },
            code: Code::SubjectNearMiss,
            message: format!("{} names the {what} {written:?}, and the caller's is {own:?}", shown(binding)),
            help: format!("write {own:?}"),
            spot: spot.clone(),
        };
        let kind = |message: String, help: String| Broken {
            cost: Cost::FORM,
            code: Code::SubjectKind,
            message,
            help,
            spot: spot.clone(),
        };
        Some(match subject {
            Subject::User(name) if name.as_str() == username => return None,
            Subject::Group(name) if in_group(name.as_str()) => return None,
            Subject::ServiceAccount { namespace, name }
                if username == format!("system:serviceaccount:{namespace}:{name}") =>
            {
                return None;
            }
            Subject::User(name) if in_group(name.as_str()) => Some(kind(
                format!(
                    "{} names a User {:?}, and the caller is in the group of that name",
                    shown(binding),
                    name.as_str()
                ),
                "write `kind: Group`".into(),
            )),
            Subject::Group(name) if name.as_str() == username => Some(kind(
                format!(
                    "{} names a Group {:?}, and the caller is the user of that name",
                    shown(binding),
                    name.as_str()
                ),
                "write `kind: User`".into(),
            )),
            Subject::ServiceAccount { name, .. } if name.as_str() == username || in_group(name.as_str()) => {
                let is = if name.as_str() == username { "User" } else { "Group" };
                Some(kind(
                    format!(
                        "{} names a ServiceAccount {:?}, and nobody of IAM is one",
                        shown(binding),
                        name.as_str()
                    ),
                    format!("write `kind: {is}`"),
                ))
            }
            Subject::User(name) => self.templated(binding, name.as_str(), &username, &spot).or_else(|| {
                near(name.as_str(), &username)
                    .map(|how| misspelt("user", name.as_str(), (how, username.clone())))
            }),
            Subject::Group(name) => {
                near_group(name.as_str()).map(|found| misspelt("group", name.as_str(), found))
            }
            Subject::ServiceAccount { .. } => None,
        })
    }

    /// A subject that is the template of the caller's username, or its ARN, instead of the username.
    fn templated(&self, binding: &Binding, name: &str, username: &str, spot: &Spot) -> Option<Broken> {
        let template = self.identity.mapping().is_some_and(|(_, mapping)| *mapping.username == *name);
        let arn = self
            .identity
            .principal
            .is_some_and(|principal| principal.canonical == name || principal.given == name);
        let why = match (template, arn) {
            (true, _) => "a template, which RBAC does not fill in",
            (_, true) => "the ARN, and this caller's username is another",
            _ => return None,
        };
        Some(Broken {
            cost: Cost::FORM,
            code: Code::SubjectNearMiss,
            message: format!("{} names the user {name:?}: {why}", shown(binding)),
            help: format!("write {username:?}, or bind a group"),
            spot: spot.clone(),
        })
    }

    /// Where no binding comes near: a role that would allow it, if there is one.
    fn unbound(&self) -> Reason {
        let username = self.identity.username.to_string();
        let fits = |role: &&Role| {
            let scope = role.namespace.is_none() || role.namespace.as_ref() == self.request.namespace();
            let rules = self.policy.rules_of(role).into_iter().flat_map(crate::access::Rules::iter);
            scope && rules.map(|rule| rule.rule.item).any(|rule| lack(rule, self.request).is_none())
        };
        let roles = self.cluster().roles.values().filter(fits);
        let role = roles.min_by_key(|role| self.cluster().is_builtin(role.origin));
        let nobody = format!("no binding gives `{username}` or its groups a role that allows this");
        let cost = Cost::ABSENT.plus(Cost(10));
        match role {
            Some(role) if !self.cluster().is_builtin(role.origin) => Reason {
                code: Code::NoBinding,
                message: format!("{nobody}; {} would", role_name(role)),
                help: format!("bind {} to the caller", role_name(role)),
                spot: role.origin.at([Step::Field("metadata"), Step::Field("name")]).into(),
                cost,
            },
            _ => Reason {
                code: Code::NoBinding,
                message: nobody,
                help: "bind a role that allows it, to the user or to one of its groups".into(),
                spot: Spot::Nowhere,
                cost: cost.plus(Cost::TYPO),
            },
        }
    }
}

fn shown(binding: &Binding) -> String {
    match &binding.namespace {
        Some(namespace) => format!("RoleBinding `{namespace}/{}`", binding.name),
        None => format!("ClusterRoleBinding `{}`", binding.name),
    }
}
