//! What several checks look at: the callers that mappings stand for, which objects are Kubernetes' own, and what is bound.

use std::collections::BTreeSet;

use crate::access::Policy;
use crate::identity::{Case, Identity, Principal};
use crate::manifest::Loaded;
use crate::model::builtin::{Edition, Object};
use crate::model::resource_type::ResourceTypes;
use crate::model::{AwsAuth, Binding, MappedPrincipal, Mapping, Role};
use crate::query::can_i::{Caller, cases_of};
use crate::source::Origin;

/// The callers that the entries of aws-auth name, each once, in order of the entries.
pub(super) struct Callers<'m>(Vec<(&'m AwsAuth, &'m Mapping, Caller)>);

impl<'m> Callers<'m> {
    pub(super) fn new(loaded: &'m Loaded) -> Self {
        let mut seen = BTreeSet::new();
        let entries = loaded.cluster.aws_auth.iter().flat_map(|aws_auth| {
            aws_auth.roles.iter().chain(&aws_auth.users).map(move |mapping| (aws_auth, mapping))
        });
        let callers = entries.filter_map(|(aws_auth, mapping)| {
            let MappedPrincipal::Arn(arn) = &mapping.principal else { return None };
            let principal = Principal::from_arn(arn, None).ok()?;
            // what the authenticator would never be asked for has no access
            let matches = principal.canonical == **arn && seen.insert(principal.canonical.to_lowercase());
            matches.then_some((aws_auth, mapping, Caller::Principal(Box::new(principal))))
        });
        Self(callers.collect())
    }
}

/// A caller that an entry names, in all its cases.
pub(super) struct Mapped<'a> {
    /// The ARN as callers have it.
    pub(super) arn: &'a str,
    /// The cases in which it is let in, split by the names that bindings single out.
    pub(super) cases: Vec<Case<'a>>,
}

impl<'a> Mapped<'a> {
    /// The identities of its cases.
    pub(super) fn identities(&self) -> impl Iterator<Item = &Identity<'a>> {
        self.cases.iter().filter_map(|case| case.outcome.as_ref().ok())
    }
}

/// What checks are given.
pub(super) struct Context<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) policy: &'a Policy<'a>,
    pub(super) types: ResourceTypes,
    pub(super) mapped: Vec<Mapped<'a>>,
    /// Objects of the input that are Kubernetes' defaults, word for word.
    same_as_default: BTreeSet<Origin>,
}

impl<'a> Context<'a> {
    pub(super) fn new(loaded: &'a Loaded, policy: &'a Policy<'a>, callers: &'a Callers<'a>) -> Self {
        let mapped = callers.0.iter().filter_map(|(_, _, caller)| {
            let arn = caller.principal()?.canonical.as_str();
            Some(Mapped { arn, cases: cases_of(policy, caller) })
        });
        let mapped = mapped.collect();
        let types = loaded.resource_types();
        Self { loaded, policy, types, mapped, same_as_default: same_as_default(loaded) }
    }

    /// Whether an object is one of Kubernetes' defaults, from the tool or from the input.
    pub(super) fn is_default(&self, origin: Origin) -> bool {
        self.loaded.cluster.is_builtin(origin) || self.same_as_default.contains(&origin)
    }

    /// The roles that somebody wrote.
    pub(super) fn own_roles(&self) -> impl Iterator<Item = &'a Role> {
        self.loaded.cluster.roles.values().filter(|role| !self.is_default(role.origin))
    }

    /// The bindings that somebody wrote.
    pub(super) fn own_bindings(&self) -> impl Iterator<Item = &'a Binding> {
        self.loaded.cluster.bindings.values().filter(|binding| !self.is_default(binding.origin))
    }

    /// The aws-auth that the authenticator reads.
    pub(super) fn aws_auth(&self) -> Option<&'a AwsAuth> {
        self.loaded.cluster.aws_auth.as_ref()
    }

    /// Its entries, in order.
    pub(super) fn mappings(&self) -> impl Iterator<Item = (&'a AwsAuth, &'a Mapping)> {
        self.aws_auth().into_iter().flat_map(|aws_auth| {
            aws_auth.roles.iter().chain(&aws_auth.users).map(move |mapping| (aws_auth, mapping))
        })
    }
}

fn same_as_default(loaded: &Loaded) -> BTreeSet<Origin> {
    let Some(version) = loaded.options.builtin else { return BTreeSet::new() };
    let cluster = &loaded.cluster;
    let same = |object: Object| match object {
        Object::Role(default) => {
            let own = cluster.roles.get(&(default.namespace.clone(), default.name.clone()))?;
            // what an aggregated role says of its own is the controller's work
            let same_rules = own.rules == default.rules || default.aggregation.is_some();
            (same_rules && own.aggregation == default.aggregation).then_some(own.origin)
        }
        Object::Binding(default) => {
            let own = cluster.bindings.get(&(default.namespace.clone(), default.name.clone()))?;
            let same = own.role_ref == default.role_ref && own.subjects == default.subjects;
            same.then_some(own.origin)
        }
    };
    Edition::Kubernetes(version).objects(|_, _| Origin::default()).into_iter().filter_map(same).collect()
}
