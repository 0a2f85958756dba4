//! Role, ClusterRole, RoleBinding and ClusterRoleBinding: decoding, defaulting, and what the API server refuses.
//!
//! Upstream: Kubernetes 1.34, `pkg/apis/rbac/{v1,v1beta1,v1alpha1}` and `pkg/apis/rbac/validation/validation.go`.

use super::metadata::{
    self, Metadata, check_namespace, check_path_segment, is_label_value, is_qualified_name,
};
use super::reader::Reader;
use crate::model::dns::is_dns_subdomain;
use crate::model::{
    Binding, LabelOperator, LabelRequirement, LabelSelector, NamePattern, Named, Namespace, ObjectName,
    ResourcePattern, Role, RoleKind, RoleRef, Rule, Subject, UrlPattern,
};
use crate::source::Step;
use crate::source::yaml::NodeId;

/// The API group of all four kinds.
pub(crate) const GROUP: &str = "rbac.authorization.k8s.io";

/// The four kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RbacKind {
    Role,
    ClusterRole,
    RoleBinding,
    ClusterRoleBinding,
}

impl RbacKind {
    pub(crate) const ALL: [Self; 4] =
        [Self::Role, Self::ClusterRole, Self::RoleBinding, Self::ClusterRoleBinding];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::ClusterRole => "ClusterRole",
            Self::RoleBinding => "RoleBinding",
            Self::ClusterRoleBinding => "ClusterRoleBinding",
        }
    }

    pub(crate) const fn is_namespaced(self) -> bool {
        matches!(self, Self::Role | Self::RoleBinding)
    }
}

/// The versions of the group that can be decoded; only v1 is served since Kubernetes 1.22.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V1,
    V1Beta1,
    V1Alpha1,
}

impl Version {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "v1" => Some(Self::V1),
            "v1beta1" => Some(Self::V1Beta1),
            "v1alpha1" => Some(Self::V1Alpha1),
            _ => None,
        }
    }
}

/// A decoded object of one of the four kinds.
#[derive(Debug)]
pub(crate) enum Object {
    Role(Role),
    Binding(Binding),
}

impl Object {
    /// The names in which placeholders matter: that of a role; that in the roleRef of a binding, then its subjects'.
    pub(crate) fn names(&self) -> impl Iterator<Item = (Named, &str)> {
        let (role, binding) = match self {
            Self::Role(role) => (Some(role), None),
            Self::Binding(binding) => (None, Some(binding)),
        };
        let of_role = role.map(|role| (Named::Role, role.name.as_str()));
        let of_ref = binding.map(|binding| (Named::RoleRef, binding.role_ref.name.as_str()));
        let subjects = binding.map_or(&[][..], |binding| &binding.subjects);
        let of_subjects = subjects.iter().map(|subject| match subject {
            Subject::User(name) => (Named::Subject, name.as_str()),
            Subject::Group(name) => (Named::Subject, name.as_str()),
            Subject::ServiceAccount { name, .. } => (Named::Subject, name.as_str()),
        });
        of_role.into_iter().chain(of_ref).chain(of_subjects)
    }
}

/// What else is worth knowing of an object just read.
#[derive(Debug, Default)]
pub(crate) struct Remarks {
    /// It had no namespace, and got the default one.
    pub(crate) namespace_assumed: bool,
    /// It is annotated so that the API server leaves it alone at start.
    pub(crate) auto_update_off: bool,
}

/// Reads an object. Problems are left in the reader; with any, the object is not in the cluster.
pub(crate) fn read(
    reader: &mut Reader<'_>,
    root: NodeId,
    kind: RbacKind,
    version: Version,
    default_namespace: &Namespace,
) -> (Object, Remarks) {
    let lists = if matches!(kind, RbacKind::Role | RbacKind::ClusterRole) {
        ["rules", if kind == RbacKind::ClusterRole { "aggregationRule" } else { "rules" }]
    } else {
        ["subjects", "roleRef"]
    };
    let [_api_version, _kind, metadata, first, second] =
        reader.object(Some(root), ["apiVersion", "kind", "metadata", lists[0], lists[1]]);
    let metadata = metadata::read(reader, metadata);
    reader.within(Step::Field("metadata"), |reader| {
        reader.within(Step::Field("name"), |reader| check_path_segment(reader, &metadata.name));
    });
    let namespace_assumed = kind.is_namespaced() && metadata.namespace.is_empty();
    let namespace = kind.is_namespaced().then(|| {
        if namespace_assumed { default_namespace.clone() } else { metadata.namespace.clone().into() }
    });
    if let Some(namespace) = &namespace {
        check_namespace(reader, namespace.as_str());
    }
    let remarks = Remarks { namespace_assumed, auto_update_off: metadata.auto_update_off };
    let object = match kind {
        RbacKind::Role => Object::Role(role(reader, metadata, namespace, first, None)),
        RbacKind::ClusterRole => Object::Role(role(reader, metadata, namespace, first, second)),
        RbacKind::RoleBinding | RbacKind::ClusterRoleBinding => {
            Object::Binding(binding(reader, &metadata, namespace, version, first, second))
        }
    };
    (object, remarks)
}

fn role<'a>(
    reader: &mut Reader<'a>,
    metadata: Metadata<'a>,
    namespace: Option<Namespace>,
    rules: Option<NodeId>,
    aggregation: Option<NodeId>,
) -> Role {
    let in_cluster_role = namespace.is_none();
    let rules = reader.list_in("rules", rules, |reader, item| rule(reader, item, in_cluster_role));
    let aggregation = aggregation.map(|node| aggregation_rule(reader, node));
    // only ClusterRoles are ever selected by their labels
    let labels = if in_cluster_role { reader.share_pairs(&metadata.labels) } else { Vec::new() };
    let origin = reader.origin();
    Role { namespace, name: metadata.name.into(), labels, rules: rules.into(), aggregation, origin }
}

fn rule(reader: &mut Reader<'_>, item: NodeId, in_cluster_role: bool) -> Rule {
    let [verbs, groups, resources, names, urls] =
        reader.object(Some(item), ["verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"]);
    let mut verbs = reader.texts_in("verbs", verbs, |text| NamePattern::new(&text));
    let mut api_groups = reader.texts_in("apiGroups", groups, |text| NamePattern::new(&text));
    let mut resources = reader.texts_in("resources", resources, |text| ResourcePattern::new(&text));
    let resource_names = reader.texts_in("resourceNames", names, ObjectName::from);
    let urls = reader.texts_in("nonResourceURLs", urls, |text| UrlPattern::new(&text));
    let mut required = |field: &'static str, is_empty: bool| {
        if is_empty {
            reader.within(Step::Field(field), |reader| {
                reader.problem(format!("`{field}` must have an element"));
            });
        }
    };
    required("verbs", verbs.is_empty());
    if urls.is_empty() {
        required("apiGroups", api_groups.is_empty());
        required("resources", resources.is_empty());
    } else {
        reader.within(Step::Field("nonResourceURLs"), |reader| {
            if !in_cluster_role {
                reader.problem("a namespaced Role cannot grant non-resource URLs");
            }
            if !(api_groups.is_empty() && resources.is_empty() && resource_names.is_empty()) {
                reader.problem("a rule cannot have both resources and non-resource URLs");
            }
        });
    }
    // a refused rule that lacks a list was probably meant to have one that fits
    if reader.lenient && urls.is_empty() {
        for names in [&mut verbs, &mut api_groups] {
            if names.is_empty() {
                names.push(NamePattern::Any);
            }
        }
        if resources.is_empty() {
            resources.push(ResourcePattern::Any);
        }
    }
    Rule { verbs, api_groups, resources, resource_names, urls }
}

fn aggregation_rule(reader: &mut Reader<'_>, node: NodeId) -> Vec<LabelSelector> {
    reader.within(Step::Field("aggregationRule"), |reader| {
        let [selectors] = reader.object(Some(node), ["clusterRoleSelectors"]);
        let selectors = reader.list_in("clusterRoleSelectors", selectors, selector);
        if selectors.is_empty() {
            reader.problem("`clusterRoleSelectors` must have an element");
        }
        selectors
    })
}

fn selector(reader: &mut Reader<'_>, item: NodeId) -> LabelSelector {
    let [labels, expressions] = reader.object(Some(item), ["matchLabels", "matchExpressions"]);
    let labels = reader.map_in("matchLabels", labels);
    let mut requirements = Vec::new();
    for (key, value) in labels {
        reader.within(Step::Field("matchLabels"), |reader| check_label(reader, &key, Some(&value)));
        requirements.push(LabelRequirement { key, operator: LabelOperator::In, values: vec![value] });
    }
    let expressions = reader.list_in("matchExpressions", expressions, requirement);
    requirements.extend(expressions.into_iter().flatten());
    LabelSelector { requirements }
}

fn requirement(reader: &mut Reader<'_>, item: NodeId) -> Option<LabelRequirement> {
    let [key, operator, values] = reader.object(Some(item), ["key", "operator", "values"]);
    let key = reader.string_in("key", key);
    let written = reader.string_in("operator", operator);
    let values = reader.strings_in("values", values);
    let operator = match &*written {
        "In" => LabelOperator::In,
        "NotIn" => LabelOperator::NotIn,
        "Exists" => LabelOperator::Exists,
        "DoesNotExist" => LabelOperator::DoesNotExist,
        _ => {
            reader.within(Step::Field("operator"), |reader| {
                reader.problem(format!("`{written}` is none of `In`, `NotIn`, `Exists`, `DoesNotExist`"));
            });
            return None;
        }
    };
    let wants_values = matches!(operator, LabelOperator::In | LabelOperator::NotIn);
    if wants_values == values.is_empty() {
        reader.within(Step::Field("values"), |reader| {
            let must = if wants_values { "must have an element" } else { "must be empty" };
            reader.problem(format!("`values` {must} for the operator `{written}`"));
        });
    }
    check_label(reader, &key, None);
    for value in &values {
        if !is_label_value(value) {
            reader.problem(format!("`{value}` is not a valid label value"));
        }
    }
    Some(LabelRequirement { key, operator, values })
}

fn check_label(reader: &mut Reader<'_>, key: &str, value: Option<&str>) {
    if !is_qualified_name(key) {
        reader.problem(format!("`{key}` is not a valid label key"));
    }
    if let Some(value) = value.filter(|value| !is_label_value(value)) {
        reader.problem(format!("`{value}` is not a valid label value"));
    }
}

fn binding(
    reader: &mut Reader<'_>,
    metadata: &Metadata<'_>,
    namespace: Option<Namespace>,
    version: Version,
    subjects: Option<NodeId>,
    role_ref: Option<NodeId>,
) -> Binding {
    let name = metadata.name.clone().into();
    let role_ref = read_role_ref(reader, role_ref, namespace.is_some());
    let of_namespace = namespace.clone();
    let subjects = reader
        .list_in("subjects", subjects, |reader, item| subject(reader, item, of_namespace.as_ref(), version))
        .into_iter()
        .flatten()
        .collect();
    Binding { namespace, name, role_ref, subjects, origin: reader.origin() }
}

fn read_role_ref(reader: &mut Reader<'_>, node: Option<NodeId>, namespaced: bool) -> RoleRef {
    reader.within(Step::Field("roleRef"), |reader| {
        let [group, kind, name] = reader.object(node, ["apiGroup", "kind", "name"]);
        let group = reader.string_in("apiGroup", group);
        let written = reader.string_in("kind", kind);
        let name = reader.string_in("name", name);
        if !group.is_empty() && &*group != GROUP {
            reader.within(Step::Field("apiGroup"), |reader| {
                reader.problem(format!("`{group}` must be `{GROUP}`"));
            });
        }
        let kind = match &*written {
            "ClusterRole" => RoleKind::ClusterRole,
            "Role" if namespaced => RoleKind::Role,
            _ => {
                reader.within(Step::Field("kind"), |reader| {
                    let allowed = if namespaced { "`Role` or `ClusterRole`" } else { "`ClusterRole`" };
                    reader.problem(format!("`{written}` must be {allowed}"));
                });
                let meant_role = namespaced && written.eq_ignore_ascii_case("Role");
                if meant_role { RoleKind::Role } else { RoleKind::ClusterRole }
            }
        };
        reader.within(Step::Field("name"), |reader| {
            if name.is_empty() {
                reader.problem("`name` is required");
            }
            check_path_segment(reader, &name);
        });
        RoleRef { kind, name: name.into() }
    })
}

/// One subject; none for what can never be anybody.
fn subject(
    reader: &mut Reader<'_>,
    item: NodeId,
    of_namespace: Option<&Namespace>,
    version: Version,
) -> Option<Subject> {
    let old = version == Version::V1Alpha1;
    let [kind, group, name, namespace] =
        reader.object(Some(item), ["kind", if old { "apiVersion" } else { "apiGroup" }, "name", "namespace"]);
    let kind = reader.string_in("kind", kind);
    let group = reader.string_in(if old { "apiVersion" } else { "apiGroup" }, group);
    let name = reader.string_in("name", name);
    let namespace = reader.string_in("namespace", namespace);
    if name.is_empty() {
        reader.within(Step::Field("name"), |reader| reader.problem("`name` is required"));
    }
    let kind = if reader.lenient { meant_kind(&kind) } else { &kind };
    let wrong_group = |reader: &mut Reader<'_>, wanted: &str| {
        reader.within(Step::Field("apiGroup"), |reader| {
            reader.problem(format!("`{group}` must be {wanted} for this kind"));
        });
    };
    match kind {
        "User" | "Group" => {
            if !old && !group.is_empty() && &*group != GROUP {
                wrong_group(reader, &format!("`{GROUP}`"));
            }
            // an old way to say "everyone"
            if old && kind == "User" && &*name == "*" {
                return Some(Subject::Group("system:authenticated".into()));
            }
            Some(if kind == "User" { Subject::User(name.into()) } else { Subject::Group(name.into()) })
        }
        "ServiceAccount" => {
            if !old && !group.is_empty() {
                wrong_group(reader, "empty");
            }
            if !name.is_empty() && !is_dns_subdomain(&name) {
                reader.within(Step::Field("name"), |reader| {
                    reader.problem(format!("`{name}` cannot be the name of a service account"));
                });
            }
            let namespace = match (of_namespace, &*namespace) {
                (Some(of_binding), "") => of_binding.clone(),
                (None, "") => {
                    reader.within(Step::Field("namespace"), |reader| {
                        reader.problem("a service account in a ClusterRoleBinding needs a namespace (kustomize or Helm usually fills it in)");
                    });
                    return None;
                }
                (_, written) => written.into(),
            };
            Some(Subject::ServiceAccount { namespace, name: name.into() })
        }
        _ => {
            reader.within(Step::Field("kind"), |reader| {
                reader.problem(format!("`{kind}` must be `User`, `Group` or `ServiceAccount`"));
            });
            None
        }
    }
}

/// The kind that a misspelt one probably is.
fn meant_kind(kind: &str) -> &str {
    ["User", "Group", "ServiceAccount"].into_iter().find(|known| meant(kind, known)).unwrap_or(kind)
}

/// Whether a text is probably a kind in another letter case or in the plural.
fn meant(written: &str, kind: &str) -> bool {
    let written = written.trim().to_ascii_lowercase();
    let kind = kind.to_ascii_lowercase();
    written == kind || written.strip_suffix('s') == Some(&kind)
}
