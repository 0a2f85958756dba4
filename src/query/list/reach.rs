//! How much of what a rule says can ever apply, through the binding that gives it: a RoleBinding to a cluster-scoped
//! resource gives nothing, whatever `kubectl auth can-i --list` shows.
//!
//! Upstream: Kubernetes 1.34, `apiserver/pkg/endpoints/request/requestinfo.go` (which namespace and name a request has)
//! and `pkg/registry/rbac/rolebinding/policybased/storage.go` (`bind` is asked in the namespace of the binding).

use super::Object;
use crate::model::resource_type::{ResourceType, ResourceTypes, TypeSource};
use crate::model::{NamePattern, Namespace, Rule, UrlPattern, verb};

/// How much of a row can apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// As it stands.
    Whole,
    /// Less than it says; in words.
    Part(String),
    /// Nothing; why.
    Never(String),
    /// What it names is not known; in words. It applies if there is such a thing all the same.
    Unknown(String),
}

impl Reach {
    /// The word in JSON.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Part(_) => "part",
            Self::Never(_) => "never",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The reason, where there is something to say.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Whole => None,
            Self::Part(reason) | Self::Never(reason) | Self::Unknown(reason) => Some(reason),
        }
    }
}

/// How much of a row can apply that a binding gives in a namespace, or everywhere.
pub fn of(types: &ResourceTypes, namespace: Option<&Namespace>, rule: &Rule, object: Object<'_>) -> Reach {
    match object {
        Object::Url(url) => of_url(namespace, url),
        Object::Resource { api_group, resource } => {
            let (name, subresource) = resource.as_str().split_once('/').unwrap_or((resource.as_str(), ""));
            of_resource(types, namespace, rule, &Named { api_group, name, subresource })
        }
    }
}

fn of_url(namespace: Option<&Namespace>, url: &UrlPattern) -> Reach {
    let text = url.as_str().trim_end_matches('*');
    if namespace.is_some() {
        return Reach::Never(
            "a URL is in no namespace, and a RoleBinding gives nothing outside of one".into(),
        );
    }
    if *url != UrlPattern::Any && !text.starts_with('/') && !text.is_empty() {
        return Reach::Never("the path of a request starts with `/`".into());
    }
    Reach::Whole
}

/// The parts of what a rule names.
struct Named<'a> {
    api_group: &'a NamePattern,
    name: &'a str,
    subresource: &'a str,
}

fn of_resource(
    types: &ResourceTypes,
    namespace: Option<&Namespace>,
    rule: &Rule,
    named: &Named<'_>,
) -> Reach {
    if named.subresource == "*" {
        let message = format!("`{}/*` is no wildcard: subresources are listed one by one", named.name);
        return Reach::Never(message);
    }
    if named.name == "*" {
        return of_names(rule, named);
    }
    let any_group = *named.api_group == NamePattern::Any;
    let fits = |of_type: &&ResourceType| {
        of_type.plural == named.name && (any_group || of_type.group == named.api_group.as_str())
    };
    let known: Vec<&ResourceType> = types.iter().filter(fits).collect();
    if let Some(unknown) = unknown(types, &known, named, any_group) {
        return unknown;
    }
    let in_no_namespace = !known.is_empty() && known.iter().all(|of_type| !of_type.namespaced);
    match namespace.filter(|_| in_no_namespace) {
        Some(namespace) => cluster_scoped(namespace, rule, named, any_group),
        None => of_names(rule, named),
    }
}

/// What is said of a name that no known type has.
fn unknown(
    types: &ResourceTypes,
    known: &[&ResourceType],
    named: &Named<'_>,
    any_group: bool,
) -> Option<Reach> {
    let group = named.api_group.as_str();
    let built_in = |of_type: &ResourceType| of_type.source == TypeSource::BuiltIn;
    if known.is_empty() {
        let of_kubernetes = types.iter().any(|of_type| of_type.group == group && built_in(of_type));
        let message = match (any_group, of_kubernetes) {
            (true, _) => format!("no known type is called `{}`", named.name),
            (false, true) if group.is_empty() => {
                format!("Kubernetes 1.34 has no `{}` in its core group", named.name)
            }
            (false, true) => format!("Kubernetes 1.34 has no `{}` in `{group}`", named.name),
            (false, false) => return None,
        };
        return Some(Reach::Unknown(message));
    }
    let lacking = !named.subresource.is_empty()
        && known.iter().all(|of_type| built_in(of_type) && !of_type.knows_subresource(named.subresource));
    lacking
        .then(|| Reach::Unknown(format!("`{}` has no known subresource `{}`", named.name, named.subresource)))
}

/// Verbs that only a component of its own asks for, in a scope of its choice.
const OF_COMPONENTS: [&str; 3] = ["use", "bind", "attest"];

/// Whether the API server asks for the verb of itself, in the scope of the type.
fn of_requests(verb: &str) -> bool {
    verb == "*" || (verb::FOR_RESOURCES.contains(&verb) && !OF_COMPONENTS.contains(&verb))
}

/// A type whose objects live in no namespace, given in one.
fn cluster_scoped(namespace: &Namespace, rule: &Rule, named: &Named<'_>, any_group: bool) -> Reach {
    let has = |verbs: &[&str]| rule.verbs.iter().any(|verb| verbs.contains(&verb.as_str()));
    let group = named.api_group.as_str();
    if named.name == "namespaces" && (group.is_empty() || any_group) {
        let this_one = rule.resource_names.is_empty()
            || rule.resource_names.iter().any(|name| name.as_str() == namespace.as_str());
        return if this_one && has(&["get", "update", "patch", "delete", "*"]) {
            Reach::Part(format!("only get, update, patch and delete of the Namespace `{namespace}` itself"))
        } else {
            Reach::Never(format!(
                "a RoleBinding reaches only get, update, patch and delete of its own Namespace `{namespace}`"
            ))
        };
    }
    if named.name == "clusterroles" && named.subresource.is_empty() && has(&["bind", "*"]) {
        return Reach::Part("only `bind`, for RoleBindings in this namespace".into());
    }
    let nowhere =
        format!("`{}` are in no namespace, and a RoleBinding gives nothing outside of one", named.name);
    if any_group {
        return Reach::Part(format!("{nowhere}; only an unknown type of this name could be"));
    }
    if rule.verbs.iter().all(|verb| of_requests(verb.as_str())) {
        Reach::Never(nowhere)
    } else {
        Reach::Part(format!(
            "{nowhere}; only a component that asks for such a verb in a namespace may heed it"
        ))
    }
}

/// Which verbs can have a name at all, where the rule is confined to names.
fn of_names(rule: &Rule, named: &Named<'_>) -> Reach {
    let confined = !rule.resource_names.is_empty() && rule.resource_names.iter().all(|name| !name.is_empty());
    if !confined || !named.subresource.is_empty() {
        return Reach::Whole;
    }
    let verbs: Vec<&str> = rule.verbs.iter().map(NamePattern::as_str).collect();
    if verbs.iter().all(|verb| *verb == "deletecollection") {
        return Reach::Never("deletecollection names no object, and the rule is confined to names".into());
    }
    let any = verbs.contains(&"*");
    let mut less = Vec::new();
    for (verb, what) in [
        ("list", "list only with `--field-selector metadata.name=NAME`"),
        ("watch", "watch only of one object by its name"),
        ("create", "create only by an update or apply that creates the object"),
        ("deletecollection", "deletecollection not at all"),
    ] {
        if verbs.contains(&verb) || any {
            less.push(what);
        }
    }
    if less.is_empty() { Reach::Whole } else { Reach::Part(less.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ResourcePattern;

    fn reach(namespace: &str, verbs: &[&str], group: &str, resource: &str, names: &[&str]) -> &'static str {
        let namespace = (!namespace.is_empty()).then(|| Namespace::from(namespace));
        let rule = Rule {
            verbs: verbs.iter().map(|verb| NamePattern::new(&(*verb).into())).collect(),
            resource_names: names.iter().map(|name| (*name).into()).collect(),
            ..Rule::default()
        };
        let (api_group, resource) = (NamePattern::new(&group.into()), ResourcePattern::new(&resource.into()));
        let object = Object::Resource { api_group: &api_group, resource: &resource };
        of(&ResourceTypes::default(), namespace.as_ref(), &rule, object).as_str()
    }

    #[test]
    fn what_a_role_binding_never_gives() {
        for (verbs, group, resource, expected) in [
            (&["get"][..], "", "pods", "whole"),
            (&["list"], "", "nodes", "never"),
            (&["*"], "", "nodes", "never"),
            (&["get"], "*", "nodes", "part"),
            (&["get", "list"], "", "namespaces", "part"),
            (&["list", "create"], "", "namespaces", "never"),
            (&["bind"], "rbac.authorization.k8s.io", "clusterroles", "part"),
            (&["get"], "rbac.authorization.k8s.io", "clusterroles", "never"),
            (&["impersonate"], "", "users", "never"),
            (&["impersonate"], "", "serviceaccounts", "whole"),
            (&["use"], "storage.k8s.io", "storageclasses", "part"),
            (&["get"], "example.com", "widgets", "whole"),
            (&["get"], "", "pod", "unknown"),
            (&["get"], "", "pods/logs", "unknown"),
            (&["get"], "", "pods/*", "never"),
            (&["get"], "", "*", "whole"),
        ] {
            assert_eq!(reach("dev", verbs, group, resource, &[]), expected, "{verbs:?} {resource}.{group}");
        }
        assert_eq!(reach("", &["list"], "", "nodes", &[]), "whole", "a ClusterRoleBinding does");
        assert_eq!(reach("dev", &["get"], "", "namespaces", &["prod"]), "never");
        assert_eq!(reach("dev", &["get"], "", "namespaces", &["dev"]), "part");
    }

    #[test]
    fn what_names_take_away() {
        assert_eq!(reach("", &["get"], "", "pods", &["a"]), "whole");
        assert_eq!(reach("", &["get", "list"], "", "pods", &["a"]), "part");
        assert_eq!(reach("", &["deletecollection"], "", "pods", &["a"]), "never");
        assert_eq!(reach("", &["create"], "", "pods/exec", &["a"]), "whole");
        assert_eq!(reach("", &["create"], "", "pods", &["a"]), "part");
    }

    #[test]
    fn urls() {
        let of = |namespace: Option<&Namespace>, text: &str| {
            let url = UrlPattern::new(&text.into());
            of(&ResourceTypes::default(), namespace, &Rule::default(), Object::Url(&url)).as_str()
        };
        assert_eq!((of(None, "/healthz"), of(None, "*"), of(None, "healthz")), ("whole", "whole", "never"));
        assert_eq!(of(Some(&"dev".into()), "/healthz"), "never");
    }
}
