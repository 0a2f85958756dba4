//! How the subjects of a binding relate to the caller: the caller itself, nearly the caller, or somebody else.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use foldhash::fast::RandomState;

use super::super::near::{Name, Near, wildcard_fits};
use super::Cost;
use crate::access::{PRIVILEGED, Policy};
use crate::finding::{Code, Spot};
use crate::identity::impersonation::service_account;
use crate::identity::{AUTHENTICATED, Because, Identity, UNAUTHENTICATED};
use crate::model::arn::{canonical, equal_fold};
use crate::model::{AwsAuth, Binding, Mapping, Subject};
use crate::source::Step;

/// The groups that Kubernetes itself gives and binds: none of them is a misspelling of another.
const OWN_GROUPS: [&str; 8] = [
    PRIVILEGED,
    AUTHENTICATED,
    UNAUTHENTICATED,
    "system:nodes",
    "system:serviceaccounts",
    "system:bootstrappers",
    "system:monitoring",
    "system:node-proxier",
];

/// What a subject, or the nearest of several, is to the caller.
#[derive(Clone, Debug)]
pub(super) enum Standing {
    /// It is the caller.
    Caller,
    /// It is a group that the caller is in as everybody is.
    Everybody,
    /// It was probably meant to be; and which one of the list.
    Nearly(Rc<Slip>, usize),
    /// It is somebody else, or there is none.
    Other,
}

/// How a subject misses the caller.
#[derive(Debug)]
pub(super) struct Slip {
    pub(super) cost: Cost,
    pub(super) code: Code,
    /// What is said of the binding.
    pub(super) message: String,
    pub(super) help: String,
    /// What is to be changed, where it is not the subject.
    pub(super) elsewhere: Option<Spot>,
}

/// The caller, ready to be compared with many subjects.
pub(super) struct Caller<'p> {
    policy: &'p Policy<'p>,
    pub(super) identity: &'p Identity<'p>,
    username: Name,
    groups: Vec<Name>,
    /// The names that mappings give to others; gathered when a name is near enough to ask.
    others: OnceCell<BTreeSet<&'p str>>,
    /// The slips so far: a name may be bound many times. Most subjects are none, and are not kept.
    slips: HashMap<&'p Subject, Rc<Slip>, RandomState>,
}

impl<'p> Caller<'p> {
    pub(super) fn new(policy: &'p Policy<'p>, identity: &'p Identity<'p>) -> Self {
        Self {
            policy,
            identity,
            username: Name::new(&identity.username.to_string()),
            groups: identity.groups.iter().map(|member| Name::new(&member.group.to_string())).collect(),
            others: OnceCell::new(),
            slips: HashMap::default(),
        }
    }

    fn others(&self) -> &BTreeSet<&'p str> {
        self.others.get_or_init(|| {
            let own = self.identity.mapping().map(|(_, mapping)| mapping);
            let mappings = self.policy.cluster.aws_auth.iter().flat_map(AwsAuth::mappings);
            let others = mappings.filter(|mapping| own.is_none_or(|own| !std::ptr::eq(own, *mapping)));
            let names = |mapping: &'p Mapping| std::iter::once(&mapping.username).chain(&mapping.groups);
            others.flat_map(names).map(|name| &**name).collect()
        })
    }

    /// What the binding is to the caller, by its nearest subject.
    pub(super) fn standing(&mut self, binding: &'p Binding) -> Standing {
        let mut nearest = Standing::Other;
        let mut as_everybody = false;
        for (position, subject) in binding.subjects.iter().enumerate() {
            if self.is(subject) {
                as_everybody = matches!(subject, Subject::Group(group) if self.is_implied(group.as_str()));
                if as_everybody {
                    continue;
                }
                return Standing::Caller;
            }
            let known = self.slips.get(subject).cloned();
            let slip = known.or_else(|| {
                let slip = Rc::new(self.slip(subject)?);
                self.slips.insert(subject, slip.clone());
                Some(slip)
            });
            let Some(slip) = slip else { continue };
            if !matches!(&nearest, Standing::Nearly(known, _) if known.cost <= slip.cost) {
                nearest = Standing::Nearly(slip, position);
            }
        }
        if as_everybody { Standing::Everybody } else { nearest }
    }

    /// The subject to write for the caller: its first group of its own, or else the user.
    pub(super) fn as_subject(&self) -> String {
        let own = self.identity.groups.iter().zip(&self.groups);
        let mut own = own.filter(|(member, name)| {
            matches!(member.because, Because::Mapping(_) | Because::Given) && !name.as_str().is_empty()
        });
        match own.next() {
            Some((_, group)) => format!("Group `{}`", group.as_str()),
            // a template is not filled in there
            None if self.is_of_many() => "a Group that its mapping gives".to_owned(),
            None => format!("User `{}`", self.username.as_str()),
        }
    }

    /// Whether the username is made of what tells the callers of one mapping apart.
    fn is_of_many(&self) -> bool {
        self.identity.username.known().is_none() && self.identity.mapping().is_some()
    }

    pub(super) fn username(&self) -> &str {
        self.username.as_str()
    }

    /// A group that is nearly the one whose members may do everything.
    pub(super) fn nearly_privileged(&self) -> Option<Slip> {
        let mut groups = self.groups.iter().enumerate();
        let (position, group) = groups
            .find(|(_, group)| group.near(PRIVILEGED).is_some() && !OWN_GROUPS.contains(&group.as_str()))?;
        Some(Slip {
            cost: Cost::TYPO,
            code: Code::SubjectNearMiss,
            message: format!(
                "the caller is in the group `{}`, and the group that may do everything is `{PRIVILEGED}`",
                group.as_str()
            ),
            help: format!("write `{PRIVILEGED}`, if the caller is to do everything"),
            elsewhere: Some(self.group_spot(position).unwrap_or(Spot::Nowhere)),
        })
    }

    fn is(&self, subject: &Subject) -> bool {
        let username = self.identity.username.known();
        match subject {
            Subject::User(name) => username == Some(name.as_str()),
            Subject::Group(name) => self.is_in(name.as_str()),
            Subject::ServiceAccount { namespace, name } => {
                let rest = username.and_then(|username| username.strip_prefix("system:serviceaccount:"));
                let rest = rest.and_then(|rest| rest.strip_prefix(namespace.as_str()));
                rest.and_then(|rest| rest.strip_prefix(':')) == Some(name.as_str())
            }
        }
    }

    /// Whether the caller is in a group only as everybody is.
    fn is_implied(&self, group: &str) -> bool {
        let mut own = self.identity.groups.iter().filter(|member| member.group.known() == Some(group));
        own.all(|member| matches!(member.because, Because::Authenticated | Because::Unauthenticated))
    }

    fn is_in(&self, group: &str) -> bool {
        self.identity.groups.iter().any(|member| member.group.known() == Some(group))
    }

    fn slip(&self, subject: &Subject) -> Option<Slip> {
        match subject {
            Subject::User(name) => self.user_slip(name.as_str()),
            Subject::Group(name) => self.group_slip(name.as_str()),
            Subject::ServiceAccount { namespace, name } => {
                self.account_slip(namespace.as_str(), name.as_str())
            }
        }
    }

    fn user_slip(&self, name: &str) -> Option<Slip> {
        let account = service_account(self.username()).filter(|(_, account)| *account == name);
        if let Some((namespace, _)) = account {
            let message =
                format!("names the User `{name}`, and the caller is the service account of that name");
            return Some(kind_slip(
                message,
                format!("write `kind: ServiceAccount` and `namespace: {namespace}`"),
            ));
        }
        if self.is_in(name) {
            let message = format!("names the User `{name}`, and the caller is in the group of that name");
            return Some(kind_slip(message, "write `kind: Group`".into()));
        }
        let username = self.username();
        let miss = |cost, message: String, help, elsewhere| Slip {
            cost,
            code: Code::SubjectNearMiss,
            message: format!("names the User `{name}`{message}, and the caller's username is `{username}`"),
            help,
            elsewhere,
        };
        if let Some(why) = self.disguise(name) {
            let help = if self.is_of_many() {
                "bind a group that the mapping gives".to_owned()
            } else {
                format!("write `{username}`, or bind a group")
            };
            return Some(miss(Cost::FORM, format!(": {why}"), help, None));
        }
        if self.is_out_of_reach(name) {
            return Some(Slip {
                cost: Cost::FORM,
                code: Code::BoundNameUnreachable,
                message: format!("names the User `{name}`, which `{username}` can never become"),
                help: "write what a session name can hold (letters, digits and `_+=,.@-`, 2 to 64), or bind a group that the mapping gives".to_owned(),
                elsewhere: None,
            });
        }
        let how = self.username.near(name).filter(|_| !self.others().contains(name))?;
        let own = self.username_spot().filter(|_| {
            self.is_stranger(username, name, self.identity.principal.map(|own| own.canonical.as_str()))
        });
        let help = if own.is_some() {
            format!("write `{name}` in the mapping")
        } else {
            format!("write `{username}`")
        };
        Some(miss(how_far(how), String::new(), help, own))
    }

    /// Whether a name begins as those of the caller's mapping do, and none of its callers can have it.
    fn is_out_of_reach(&self, name: &str) -> bool {
        let own = &self.identity.username;
        let start = own.literal_start();
        self.is_of_many() && !start.is_empty() && name.starts_with(start) && own.solve(name).is_empty()
    }

    /// What a username is that only looks like the caller's.
    fn disguise(&self, name: &str) -> Option<&'static str> {
        if name.contains("{{") {
            let mapping = self.identity.mapping();
            let own =
                mapping.is_some_and(|(_, mapping)| *mapping.username == *name) || name == self.username();
            return own.then_some("that is a template, which RBAC does not fill in");
        }
        if wildcard_fits(name, self.username()) {
            return Some("`*` is no wildcard in a subject");
        }
        let principal = self.identity.principal?;
        if name.starts_with("arn:") {
            let own = canonical(name).is_ok_and(|arn| equal_fold(&arn, &principal.canonical));
            return own.then_some("that is the caller's ARN, which RBAC does not know");
        }
        let bare = principal.canonical.rsplit('/').next().unwrap_or_default();
        (name == bare && !self.others().contains(name)).then_some("that is the name in the caller's ARN")
    }

    fn group_slip(&self, name: &str) -> Option<Slip> {
        if self.identity.username.known() == Some(name) {
            let message = format!("names the Group `{name}`, and the caller is the user of that name");
            return Some(kind_slip(message, "write `kind: User`".into()));
        }
        let miss =
            |cost, message, help| Slip { cost, code: Code::SubjectNearMiss, message, help, elsewhere: None };
        let template = self.identity.mapping().and_then(|(_, mapping)| {
            mapping.groups.iter().position(|group| **group == *name && name.contains("{{"))
        });
        if let Some(own) = template.and_then(|position| self.groups.get(position)) {
            let own = own.as_str();
            let message =
                format!("names the Group `{name}`: that is a template, which RBAC does not fill in");
            return Some(miss(Cost::FORM, message, format!("write `{own}`")));
        }
        if let Some(why) = name.starts_with("arn:").then(|| self.disguise(name)).flatten() {
            let message = format!("names the Group `{name}`: {why}");
            return Some(miss(Cost::FORM, message, format!("write {}", self.as_subject())));
        }
        if let Some(own) = self.groups.iter().find(|own| wildcard_fits(name, own.as_str())) {
            let message = format!("names the Group `{name}`: `*` is no wildcard in a subject");
            return Some(miss(Cost::FORM, message, format!("write `{}`", own.as_str())));
        }
        let near = self.groups.iter().enumerate();
        let near = near.filter_map(|(position, own)| Some((own.near(name)?, position, own.as_str())));
        let (how, position, own) = near.min()?;
        if OWN_GROUPS.contains(&name) {
            return None;
        }
        match self.odd_one(own, name) {
            Odd::Neither => None,
            Odd::Subject => Some(miss(
                how_far(how),
                format!("names the Group `{name}`, and the caller's group is `{own}`"),
                format!("write `{own}`"),
            )),
            Odd::Own(shared) => Some(Slip {
                elsewhere: self.group_spot(position),
                ..miss(
                    if shared { Cost::SHARED_TYPO } else { how_far(how) },
                    format!(
                        "names the Group `{name}`, and the caller's group is `{own}`, to which nothing is bound"
                    ),
                    format!("write `{name}` in the mapping"),
                )
            }),
        }
    }

    /// Of two groups that are nearly the same: which of them is probably a slip.
    fn odd_one(&self, own: &str, bound: &str) -> Odd {
        let naming = |group: &str| {
            let names = |subject: &Subject| matches!(subject, Subject::Group(name) if name.as_str() == group);
            self.policy.bindings().iter().filter(|binding| binding.subjects.iter().any(names)).take(2).count()
        };
        match (self.others().contains(bound), naming(own)) {
            (true, 1..) => Odd::Neither,
            (true, 0) => Odd::Own(true),
            (false, 0)
                if !self.others().contains(own)
                    && (naming(bound) > 1 || self.is_stranger(own, bound, None)) =>
            {
                Odd::Own(false)
            }
            (false, _) => Odd::Subject,
        }
    }

    /// Whether a name of the caller's has a word that occurs nowhere else, and that of the binding has none such: then
    /// the mapping is misspelt rather than the binding. Usernames are often made of the caller's ARN.
    fn is_stranger(&self, own: &str, bound: &str, arn: Option<&str>) -> bool {
        let subjects = self.policy.bindings().iter().flat_map(|binding| &binding.subjects);
        let named = subjects.filter_map(|subject| match subject {
            Subject::User(name) => Some(name.as_str()),
            Subject::Group(name) => Some(name.as_str()),
            Subject::ServiceAccount { .. } => None,
        });
        let elsewhere: BTreeSet<&str> = named
            .chain(self.others().iter().copied())
            .chain(arn)
            .filter(|name| *name != own && *name != bound)
            .flat_map(words)
            .collect();
        let unlike = |one: &str, other: &str| {
            words(one)
                .find(|word| words(other).all(|known| known != *word))
                .map(|word| elsewhere.contains(word))
        };
        unlike(own, bound) == Some(false) && unlike(bound, own) == Some(true)
    }

    /// Where the caller is given its username; none where that is in no manifest.
    fn username_spot(&self) -> Option<Spot> {
        let (aws_auth, mapping) = self.identity.mapping()?;
        let mut address = mapping.address(aws_auth.origin);
        address.route.push(Step::Field("username"));
        Some(address.into())
    }

    /// Where the caller is given a group; none where that is in no manifest.
    fn group_spot(&self, position: usize) -> Option<Spot> {
        let (aws_auth, mapping) = self.identity.mapping()?;
        let Because::Mapping(position) = self.identity.groups.get(position)?.because else { return None };
        let mut address = mapping.address(aws_auth.origin);
        address.route.extend([Step::Field("groups"), Step::Item(position)]);
        Some(address.into())
    }

    fn account_slip(&self, namespace: &str, name: &str) -> Option<Slip> {
        let kind = |is: &str| {
            let message = format!("names the ServiceAccount `{name}`, and the caller is no service account");
            Some(kind_slip(message, format!("write `kind: {is}`")))
        };
        if self.username() == name {
            return kind("User");
        }
        if self.is_in(name) {
            return kind("Group");
        }
        let (own_namespace, own) = service_account(self.username())?;
        let cost = if own == name {
            Cost::TYPO
        } else {
            (namespace == own_namespace).then(|| Name::new(own).near(name)).flatten().map(how_far)?
        };
        Some(Slip {
            cost,
            code: Code::SubjectNearMiss,
            message: format!(
                "names the ServiceAccount `{namespace}/{name}`, and the caller is `{own_namespace}/{own}`"
            ),
            help: format!("write `name: {own}` and `namespace: {own_namespace}`"),
            elsewhere: None,
        })
    }
}

/// Which of two names is a slip.
enum Odd {
    /// Both are somebody's.
    Neither,
    /// The one in the binding.
    Subject,
    /// The caller's own; and whether others are given the other name.
    Own(bool),
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn kind_slip(message: String, help: String) -> Slip {
    Slip { cost: Cost::FORM, code: Code::SubjectKind, message, help, elsewhere: None }
}

const fn how_far(how: Near) -> Cost {
    match how {
        Near::Form => Cost::FORM,
        Near::Typo => Cost::TYPO,
    }
}
