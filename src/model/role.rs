//! Roles and ClusterRoles, their rules, and what makes a ClusterRole an aggregated one.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use super::name::{Namespace, ObjectName};
use super::pattern::{NamePattern, ResourcePattern, UrlPattern};
use crate::source::Origin;

/// A Role or a ClusterRole, as its manifest writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The namespace of a Role; none for a ClusterRole.
    pub namespace: Option<Namespace>,
    /// `metadata.name`.
    pub name: ObjectName,
    /// `metadata.labels` in order of the keys; only those of a ClusterRole are ever looked at.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
    /// The rules as written, in order. For an aggregated ClusterRole they are not what is in force:
    /// see [`crate::access::Policy`].
    pub rules: WrittenRules,
    /// The selectors of an aggregated ClusterRole.
    pub aggregation: Option<Vec<LabelSelector>>,
    /// Where it was read.
    pub origin: Origin,
}

impl Role {
    /// Which of the two kinds it is.
    pub fn kind(&self) -> RoleKind {
        if self.namespace.is_some() { RoleKind::Role } else { RoleKind::ClusterRole }
    }
}

/// The rules that a role writes, in order: a slice.
///
/// Those that come with Kubernetes are made when they are first looked at: every cluster has hundreds of them, and a
/// question touches few.
#[derive(Clone)]
pub struct WrittenRules(Made);

#[derive(Clone)]
enum Made {
    Already(Vec<Rule>),
    WhenAsked(Arc<Deferred>),
}

type Deferred = LazyLock<Vec<Rule>, Box<dyn FnOnce() -> Vec<Rule> + Send>>;

impl WrittenRules {
    /// The rules that `make` gives, which is called once, and only if they are looked at.
    pub(super) fn when_asked(make: impl FnOnce() -> Vec<Rule> + Send + 'static) -> Self {
        Self(Made::WhenAsked(Arc::new(LazyLock::new(Box::new(make)))))
    }
}

impl From<Vec<Rule>> for WrittenRules {
    fn from(rules: Vec<Rule>) -> Self {
        Self(Made::Already(rules))
    }
}

impl Deref for WrittenRules {
    type Target = [Rule];

    fn deref(&self) -> &[Rule] {
        match &self.0 {
            Made::Already(rules) => rules,
            Made::WhenAsked(rules) => rules,
        }
    }
}

impl PartialEq for WrittenRules {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for WrittenRules {}

impl fmt::Debug for WrittenRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The kind of a role, and of what a roleRef names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleKind {
    /// `Role`, which lives in a namespace.
    Role,
    /// `ClusterRole`.
    ClusterRole,
}

impl RoleKind {
    /// The kind as manifests write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::ClusterRole => "ClusterRole",
        }
    }
}

impl fmt::Display for RoleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One rule: the cross product of its lists. Order inside a list never changes an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule {
    /// `verbs`
    pub verbs: Vec<NamePattern>,
    /// `apiGroups`
    pub api_groups: Vec<NamePattern>,
    /// `resources`
    pub resources: Vec<ResourcePattern>,
    /// `resourceNames`; empty means no restriction, and `*` is a plain name.
    pub resource_names: Vec<ObjectName>,
    /// `nonResourceURLs`
    pub urls: Vec<UrlPattern>,
}

/// A selector over the labels of ClusterRoles; all its requirements must hold. Without any it selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// `matchLabels` as `In` with one value, then `matchExpressions`.
    pub requirements: Vec<LabelRequirement>,
}

/// One requirement of a [`LabelSelector`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRequirement {
    /// The label's key.
    pub key: Arc<str>,
    /// What is asked of its value.
    pub operator: LabelOperator,
    /// The values of `In` and `NotIn`.
    pub values: Vec<Arc<str>>,
}

/// The operators that the API server accepts in an aggregation rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOperator {
    /// The label exists and its value is among the values.
    In,
    /// The label is absent, or its value is not among the values.
    NotIn,
    /// The label exists.
    Exists,
    /// The label does not exist.
    DoesNotExist,
}

impl LabelSelector {
    /// Whether a ClusterRole with these labels is selected.
    /// Upstream: Kubernetes 1.34, `apimachinery/pkg/labels/selector.go`, `Requirement.Matches`.
    pub fn selects(&self, labels: &[(Arc<str>, Arc<str>)]) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.iter().find(|(key, _)| *key == requirement.key).map(|(_, value)| value);
            let listed = value.is_some_and(|value| requirement.values.contains(value));
            match requirement.operator {
                LabelOperator::In => listed,
                LabelOperator::NotIn => !listed,
                LabelOperator::Exists => value.is_some(),
                LabelOperator::DoesNotExist => value.is_none(),
            }
        })
    }
}
