//! A second opinion that runs everywhere: an authorizer of nested loops over raw JSON, which shares no code with ours.
//! It knows tidy objects only, so it is asked about tidy worlds.

use proptest::prelude::*;
use serde_json::Value;

use crate::oracle::ours;
use crate::world::random::Random;
use crate::world::{Ask, Files, Taste, World, stream, world_of};

/// The objects of tidy files, the last of a name in force.
pub struct Naive {
    objects: Vec<Value>,
}

fn texts<'v>(value: &'v Value, field: &str) -> Vec<&'v str> {
    value[field].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

fn namespace_of(object: &Value) -> &str {
    match text(object, "kind") {
        "ClusterRole" | "ClusterRoleBinding" => "",
        _ => match text(&object["metadata"], "namespace") {
            "" => "default",
            namespace => namespace,
        },
    }
}

impl Naive {
    /// Objects in order of loading. Those that the API server refuses must be left out before.
    pub fn new(loaded: Vec<Value>) -> Self {
        let key = |object: &Value| {
            (
                text(object, "kind").to_owned(),
                namespace_of(object).to_owned(),
                text(&object["metadata"], "name").to_owned(),
            )
        };
        let mut objects: Vec<Value> = Vec::new();
        for object in loaded {
            objects.retain(|known| key(known) != key(&object));
            objects.push(object);
        }
        Self { objects }
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.objects.iter().filter(move |object| object["kind"] == kind)
    }

    /// The rules of a role; none where there is no such role.
    fn rules(&self, kind: &str, namespace: &str, name: &str) -> Vec<&Value> {
        let mut roles = self.of_kind(kind);
        let role = roles.find(|role| namespace_of(role) == namespace && role["metadata"]["name"] == name);
        role.and_then(|role| role["rules"].as_array()).into_iter().flatten().collect()
    }

    /// Whether some binding gives the caller a rule that admits the request.
    pub fn allows(&self, ask: &Ask) -> bool {
        let mut groups = ask.groups.clone();
        let listed =
            groups.iter().any(|group| group == "system:authenticated" || group == "system:unauthenticated");
        if ask.user != "system:anonymous" && !listed {
            groups.push("system:authenticated".to_owned());
        }
        if groups.iter().any(|group| group == "system:masters") {
            return true;
        }
        let bound = self.of_kind("ClusterRoleBinding").chain(self.of_kind("RoleBinding"));
        for binding in bound {
            let namespace = namespace_of(binding);
            if binding["kind"] == "RoleBinding" && (!ask.path.is_empty() || ask.namespace != namespace) {
                continue;
            }
            for subject in binding["subjects"].as_array().into_iter().flatten() {
                let name = text(subject, "name");
                let is_caller = match text(subject, "kind") {
                    "User" => ask.user == name,
                    "Group" => groups.iter().any(|group| group == name),
                    _ => {
                        let of = match text(subject, "namespace") {
                            "" => namespace,
                            of => of,
                        };
                        ask.user == format!("system:serviceaccount:{of}:{name}")
                    }
                };
                let kind = text(&binding["roleRef"], "kind");
                let in_namespace = if kind == "Role" { namespace } else { "" };
                let rules = self.rules(kind, in_namespace, text(&binding["roleRef"], "name"));
                if is_caller && rules.iter().any(|rule| admits(rule, ask)) {
                    return true;
                }
            }
        }
        false
    }
}

fn admits(rule: &Value, ask: &Ask) -> bool {
    let any =
        |field: &str, wanted: &str| texts(rule, field).iter().any(|have| *have == "*" || *have == wanted);
    if !any("verbs", &ask.verb) {
        return false;
    }
    if !ask.path.is_empty() {
        return texts(rule, "nonResourceURLs").iter().any(|url| {
            *url == "*"
                || *url == ask.path
                || (url.ends_with('*') && ask.path.starts_with(url.trim_end_matches('*')))
        });
    }
    let whole = if ask.subresource.is_empty() {
        ask.resource.clone()
    } else {
        format!("{}/{}", ask.resource, ask.subresource)
    };
    let names = texts(rule, "resourceNames");
    any("apiGroups", &ask.api_group)
        && (any("resources", &whole)
            || (!ask.subresource.is_empty()
                && texts(rule, "resources").iter().any(|have| *have == format!("*/{}", ask.subresource))))
        && (names.is_empty() || names.iter().any(|name| *name == ask.name))
}

/// A tidy world without aggregation, aws-auth and objects that are refused: its objects in order, its files, questions
/// of plain users.
fn tidy(seed: u64) -> (Vec<Value>, Files, Vec<Ask>) {
    let random = &mut Random::new(seed);
    let World { mut objects, asks, .. } = world_of(random, Taste { mistakes: 0, oddities: 0, asks: 40 });
    objects.retain(|object| {
        object.get("aggregationRule").is_none()
            && object["apiVersion"] == "rbac.authorization.k8s.io/v1"
            && ours::load_bare(&stream(std::slice::from_ref(object))).cluster.refused.is_empty()
    });
    let files = stream(&objects);
    (objects, files, asks.into_iter().filter(|ask| ask.arn.is_empty()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nested_loops_decide_the_same(seed in any::<u64>()) {
        let (objects, files, asks) = tidy(seed);
        let naive = Naive::new(objects);
        let asks: Vec<&Ask> = asks.iter().collect();
        let loaded = ours::load_bare(&files);
        prop_assert!(loaded.cluster.refused.is_empty());
        for (ask, ours) in asks.iter().zip(ours::answers(&loaded, &asks)) {
            let allowed = ours.answers[0].decision == "allow";
            prop_assert_eq!(naive.allows(ask), allowed, "{:?}\n{:#?}", ask, files);
        }
    }
}
