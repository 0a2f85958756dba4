//! Random roles and bindings.

use serde_json::{Value, json};

use super::names::{
    ACCOUNTS, API_GROUPS, BINDINGS, GROUPS, LABELS, NAMESPACES, OBJECTS, RESOURCES, ROLES, URLS, USERS, VERBS,
};
use super::random::Random;

const GROUP: &str = "rbac.authorization.k8s.io";

/// A handful of objects of all four kinds, and some that have nothing to do with access.
pub fn objects(random: &mut Random) -> Vec<Value> {
    let mut objects = Vec::new();
    for _ in 0..random.between(1, 4) {
        objects.push(role(random, "ClusterRole"));
    }
    for _ in 0..random.between(0, 2) {
        objects.push(role(random, "Role"));
    }
    for _ in 0..random.between(1, 3) {
        objects.push(binding(random, "ClusterRoleBinding"));
    }
    for _ in 0..random.between(0, 3) {
        objects.push(binding(random, "RoleBinding"));
    }
    for position in 0..objects.len() {
        if random.chance(90) {
            refer(random, &mut objects, position);
        }
    }
    if random.chance(20) {
        objects.push(json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"template": {"spec": {"serviceAccountName": "builder"}}}}));
    }
    if random.chance(10) {
        objects.push(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"},
            "data": {"kind": "ClusterRole"}}));
    }
    objects
}

/// Points a binding at a role that is there.
fn refer(random: &mut Random, objects: &mut [Value], position: usize) {
    let roles: Vec<&Value> = objects.iter().filter(|object| object.get("roleRef").is_none()).collect();
    let role = *random.pick(&roles);
    let (kind, name) = (role["kind"].clone(), role["metadata"]["name"].clone());
    let namespace = role["metadata"].get("namespace").cloned();
    let binding = &mut objects[position];
    if binding.get("roleRef").is_none() || (kind == "Role" && binding["kind"] == "ClusterRoleBinding") {
        return;
    }
    binding["roleRef"]["kind"] = kind;
    binding["roleRef"]["name"] = name;
    if let Some(namespace) = namespace.filter(|_| random.chance(90)) {
        binding["metadata"]["namespace"] = namespace;
    }
}

/// Up to three, seldom none.
fn few(random: &mut Random) -> usize {
    if random.chance(10) { 0 } else { random.between(1, 3) }
}

fn version(random: &mut Random) -> String {
    let version = if random.chance(92) { "v1" } else { *random.pick(&["v1beta1", "v1alpha1"]) };
    format!("{GROUP}/{version}")
}

fn metadata(random: &mut Random, names: &[&str], namespaced: bool) -> Value {
    let mut metadata = json!({"name": random.text(names)});
    if namespaced && random.chance(90) {
        metadata["namespace"] = random.text(&NAMESPACES[..4]).into();
    }
    let labelled = random.below(3);
    for _ in 0..labelled {
        let (key, value) = *random.pick(&LABELS);
        metadata["labels"][key] = value.into();
    }
    if random.chance(10) {
        metadata["annotations"] =
            json!({"description": "for the team", "rbac.authorization.kubernetes.io/autoupdate": "false"});
    }
    metadata
}

fn role(random: &mut Random, kind: &str) -> Value {
    let mut role = json!({"apiVersion": version(random), "kind": kind});
    role["metadata"] = metadata(random, &ROLES, kind == "Role");
    let rules: Vec<Value> = (0..few(random)).map(|_| rule(random, kind == "Role")).collect();
    if !rules.is_empty() || random.chance(50) {
        role["rules"] = rules.into();
    }
    if kind == "ClusterRole" && random.chance(20) {
        let selectors: Vec<Value> = (0..random.between(0, 2)).map(|_| selector(random)).collect();
        role["aggregationRule"] = json!({"clusterRoleSelectors": selectors});
    }
    role
}

fn some(random: &mut Random, pool: &[&str]) -> Vec<String> {
    let mut texts = random.texts(pool, 2);
    texts.push(random.text(pool));
    texts
}

pub fn rule(random: &mut Random, namespaced: bool) -> Value {
    let mut rule = json!({"verbs": some(random, &VERBS[..11])});
    if !namespaced && random.chance(25) {
        rule["nonResourceURLs"] = some(random, &URLS[..8]).into();
        return rule;
    }
    rule["apiGroups"] = some(random, &API_GROUPS).into();
    rule["resources"] = some(random, &RESOURCES).into();
    if random.chance(20) {
        rule["resourceNames"] = some(random, &OBJECTS).into();
    }
    rule
}

fn selector(random: &mut Random) -> Value {
    let (key, value) = *random.pick(&LABELS);
    match random.below(5) {
        0 | 1 => json!({"matchLabels": {key: value}}),
        2 => json!({}),
        _ => {
            let operator =
                *random.pick(&["In", "NotIn", "Exists", "DoesNotExist", "In", "NotIn", "in", "Equals", "Gt"]);
            let mut expression = json!({"key": key, "operator": operator});
            if random.chance(if operator.ends_with("In") { 95 } else { 15 }) {
                expression["values"] = json!([value, *random.pick(&["a", "b", "true"])]);
            }
            json!({"matchExpressions": [expression]})
        }
    }
}

fn subject(random: &mut Random, binding: &Value) -> Value {
    let group = if random.chance(80) { json!({"apiGroup": GROUP}) } else { json!({}) };
    let mut subject = group;
    match random.below(6) {
        0..=2 => {
            subject["kind"] = "Group".into();
            subject["name"] = random.likely(&GROUPS).into();
        }
        3 | 4 => {
            subject["kind"] = "User".into();
            subject["name"] = random.likely(&USERS).into();
        }
        _ => {
            subject = json!({"kind": "ServiceAccount", "name": random.text(&ACCOUNTS)});
            if random.chance(85) {
                subject["namespace"] = random.text(&NAMESPACES).into();
            }
        }
    }
    if binding["apiVersion"].as_str().is_some_and(|version| version.ends_with("alpha1")) && random.chance(60)
    {
        subject.as_object_mut().unwrap().remove("apiGroup");
        subject["apiVersion"] =
            (*random.pick(&["rbac.authorization.k8s.io/v1alpha1", "v1", "", "rbac/v1"])).into();
    }
    subject
}

fn binding(random: &mut Random, kind: &str) -> Value {
    let mut binding = json!({"apiVersion": version(random), "kind": kind});
    binding["metadata"] = metadata(random, &BINDINGS, kind == "RoleBinding");
    let role = if kind == "RoleBinding" && random.chance(40) { "Role" } else { "ClusterRole" };
    binding["roleRef"] = json!({"kind": role, "name": random.text(&ROLES)});
    if random.chance(90) {
        binding["roleRef"]["apiGroup"] = GROUP.into();
    }
    let subjects: Vec<Value> = (0..few(random)).map(|_| subject(random, &binding)).collect();
    if !subjects.is_empty() || random.chance(50) {
        binding["subjects"] = subjects.into();
    }
    binding
}
