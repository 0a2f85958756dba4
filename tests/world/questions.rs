//! Random questions, made so that they often meet the objects.

use serde_json::Value;

use super::Ask;
use super::names::{
    ARNS, ASKED_RESOURCES, ASKED_SUBRESOURCES, ASKED_URLS, GROUPS, NAMESPACES, OBJECTS, ODD_ARNS, SESSIONS,
    USERS, VERBS,
};
use super::random::Random;

/// So many questions of a world. Most follow one binding: its subjects ask for what its role gives, and then for almost
/// that, so that yes and no are met at their border.
pub fn questions(random: &mut Random, objects: &[Value], count: usize) -> Vec<Ask> {
    let bindings: Vec<&Value> = objects.iter().filter(|object| object["roleRef"].is_object()).collect();
    let gives =
        |binding: &&Value| binding["subjects"].is_array() && !rules_in_force(objects, binding).is_empty();
    let giving: Vec<&Value> = bindings.iter().copied().filter(gives).collect();
    let entries = entries(objects);
    let texts: String = objects.iter().map(|object| object["data"].to_string()).collect();
    let arns: Vec<&str> = ARNS.iter().chain(&ODD_ARNS).copied().filter(|arn| texts.contains(arn)).collect();
    let mut asks = Vec::new();
    while asks.len() < count {
        let whole = !giving.is_empty() && random.chance(80);
        let bindings = if whole { &giving } else { &bindings };
        let nothing = Value::Null;
        let binding = if bindings.is_empty() { &nothing } else { *random.pick(bindings) };
        let follow = whole || random.chance(85);
        let rules: Vec<&Value> = if whole {
            rules_in_force(objects, binding)
        } else {
            let roles = objects
                .iter()
                .filter(|object| !follow || object["metadata"]["name"] == binding["roleRef"]["name"]);
            roles.flat_map(|object| object["rules"].as_array().into_iter().flatten()).collect()
        };
        let subjects: Vec<&Value> = binding["subjects"].as_array().into_iter().flatten().collect();
        let mut ask = Ask::default();
        caller(random, &subjects, &arns, whole, &mut ask);
        if whole && random.chance(50) {
            mapped(random, &subjects, &entries, &mut ask);
        }
        request(random, &rules, whole, &mut ask);
        if ask.path.is_empty() && follow && (whole || random.chance(80)) {
            let namespace = &binding["metadata"]["namespace"];
            ask.namespace = namespace.as_str().map_or(ask.namespace, str::to_owned);
        }
        let almost = (asks.len() + 1 < count && random.chance(60)).then(|| almost(random, &ask));
        asks.push(ask);
        asks.extend(almost);
    }
    asks
}

/// The rules of the role that a binding names, where the server takes both.
fn rules_in_force<'o>(objects: &'o [Value], binding: &Value) -> Vec<&'o Value> {
    let served = |object: &Value| object["apiVersion"] == "rbac.authorization.k8s.io/v1";
    let named = |role: &&Value| {
        role["kind"] == binding["roleRef"]["kind"]
            && role["metadata"]["name"] == binding["roleRef"]["name"]
            && (role["kind"] == "ClusterRole"
                || role["metadata"]["namespace"] == binding["metadata"]["namespace"])
    };
    let role = objects.iter().rev().find(named).filter(|role| served(binding) && served(role));
    role.and_then(|role| role["rules"].as_array()).into_iter().flatten().collect()
}

/// The entries of the role and user mappings, as far as their texts are plain YAML.
fn entries(objects: &[Value]) -> Vec<Value> {
    let texts = objects.iter().filter(|object| object["metadata"]["name"] == "aws-auth").flat_map(|object| {
        ["mapRoles", "mapUsers"].into_iter().filter_map(|key| object["data"][key].as_str())
    });
    let lists = texts.filter_map(|text| serde_yaml::from_str::<Value>(text).ok());
    lists.flat_map(|list| list.as_array().cloned().unwrap_or_default()).collect()
}

/// A caller whom a mapping makes one of the subjects, if there is one.
fn mapped(random: &mut Random, subjects: &[&Value], entries: &[Value], ask: &mut Ask) {
    let is_subject = |entry: &&Value| {
        subjects.iter().any(|subject| match subject["kind"].as_str() {
            Some("Group") => {
                entry["groups"].as_array().is_some_and(|groups| groups.contains(&subject["name"]))
            }
            _ => entry["username"] == subject["name"],
        })
    };
    let fitting: Vec<&Value> = entries.iter().filter(is_subject).collect();
    if fitting.is_empty() {
        return;
    }
    let entry = *random.pick(&fitting);
    let Some(arn) = entry["rolearn"].as_str().or_else(|| entry["userarn"].as_str()) else { return };
    let session = if arn.contains("role/") { random.text(&SESSIONS) } else { String::new() };
    *ask = Ask { arn: arn.to_owned(), session, ..Ask::default() };
}

/// The question with one part of it changed.
fn almost(random: &mut Random, ask: &Ask) -> Ask {
    let mut ask = ask.clone();
    let part = random.below(10);
    match part {
        0 => ask.verb = near(random, &ask.verb, &VERBS),
        1 if ask.arn.is_empty() => ask.user = near(random, &ask.user, &USERS[..USERS.len() - 1]),
        1 => ask.arn = near(random, &ask.arn, &ARNS),
        2 if !ask.groups.is_empty() => {
            let position = random.below(ask.groups.len());
            ask.groups[position] = near(random, &ask.groups[position], &GROUPS);
        }
        2 if !ask.session.is_empty() => ask.session = random.text(&SESSIONS),
        _ if !ask.path.is_empty() => {
            let path = near(random, &ask.path, &ASKED_URLS);
            ask.path = if path.is_empty() { "/".into() } else { path };
        }
        3 => ask.api_group = near(random, &ask.api_group, &["", "apps", "batch", "core"]),
        4 => ask.resource = near(random, &ask.resource, &ASKED_RESOURCES),
        5 | 6 => ask.subresource = near(random, &ask.subresource, &ASKED_SUBRESOURCES),
        7 => ask.name = near(random, &ask.name, &OBJECTS),
        _ => ask.namespace = near(random, &ask.namespace, &NAMESPACES),
    }
    // upstream's question takes an empty user for none, and a role without a session for one of an empty name
    if ask.arn.is_empty() && ask.user.is_empty() {
        ask.user = "ana".into();
    }
    // `role` without a name is no role, and what STS would show of one can only be made up
    if ask.arn.ends_with(":role") || ask.arn.ends_with(":ROLE") {
        ask.arn = ARNS[0].into();
    }
    if ask.arn.contains("role/") && ask.session.is_empty() {
        ask.session = "alice".into();
    }
    ask
}

/// A text that can be taken for this one, or another one of the pool.
fn near(random: &mut Random, text: &str, pool: &[&str]) -> String {
    match random.below(6) {
        0 => text.to_uppercase(),
        1 => format!("{text}x"),
        2 => text.chars().take(text.chars().count().saturating_sub(1)).collect(),
        _ => random.text(pool),
    }
}

fn caller(random: &mut Random, subjects: &[&Value], arns: &[&str], whole: bool, ask: &mut Ask) {
    if !whole && random.chance(45) {
        ask.arn = match random.below(20) {
            0 => random.text(&ODD_ARNS),
            1..=12 if !arns.is_empty() => random.text(arns),
            _ => random.text(&ARNS),
        };
        // a user has no session, but nobody stops a questioner from naming one
        if ask.arn.contains("role/") || random.chance(5) {
            ask.session = random.text(&SESSIONS);
        }
        if random.chance(30) {
            ask.access_key = "AKIAEXAMPLE".into();
        }
        return;
    }
    // upstream's question takes an empty user for none; an empty one is what a mapping gives
    ask.user = random.text(&USERS[..USERS.len() - 1]);
    ask.groups = random.texts(&GROUPS, 2);
    if !subjects.is_empty() && (whole || random.chance(80)) {
        let subject = *random.pick(subjects);
        let name = subject["name"].as_str().unwrap_or("ana").to_owned();
        match subject["kind"].as_str() {
            Some("Group") => ask.groups.push(name),
            Some("ServiceAccount") => {
                let namespace = subject["namespace"].as_str().unwrap_or("team-a");
                ask.user = format!("system:serviceaccount:{namespace}:{name}");
            }
            _ if !name.is_empty() => ask.user = name,
            _ => {}
        }
    }
}

/// One of a rule's list; of a star, what it stands for.
fn of_list(random: &mut Random, rule: &Value, key: &str, pool: &[&str], whole: bool) -> String {
    let list: Vec<&str> = rule[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let free = list.is_empty() || (!whole && random.chance(6));
    let text = if free { random.text(pool) } else { random.text(&list) };
    if text == "*" && whole && random.chance(80) { random.text(pool) } else { text }
}

fn request(random: &mut Random, rules: &[&Value], whole: bool, ask: &mut Ask) {
    let nothing = Value::Null;
    let rule = if rules.is_empty() || (!whole && random.chance(15)) { &nothing } else { *random.pick(rules) };
    ask.verb = of_list(random, rule, "verbs", &VERBS, whole);
    let urls = rule["nonResourceURLs"].as_array().is_some_and(|urls| !urls.is_empty());
    if urls || (!whole && random.chance(10)) {
        let url = of_list(random, rule, "nonResourceURLs", &ASKED_URLS, false);
        ask.path = match random.below(4) {
            0 if !whole => random.text(&ASKED_URLS),
            1 => url.replace('*', "x"),
            2 => url.replace('*', ""),
            _ => url,
        };
        if ask.path.is_empty() {
            ask.path = "/".into();
        }
        return;
    }
    ask.api_group = of_list(random, rule, "apiGroups", &["", "apps", "batch"], whole);
    let resource = of_list(random, rule, "resources", &ASKED_RESOURCES, false);
    let (resource, subresource) = resource.split_once('/').unwrap_or((&resource, ""));
    ask.resource = if resource == "*" { random.text(&ASKED_RESOURCES) } else { resource.to_owned() };
    ask.subresource = match subresource {
        "*" => random.text(&ASKED_SUBRESOURCES),
        _ if !whole && random.chance(10) => random.text(&ASKED_SUBRESOURCES),
        other => other.to_owned(),
    };
    let named = rule["resourceNames"].as_array().is_some_and(|names| !names.is_empty());
    if random.chance(if whole && named { 90 } else { 50 }) {
        ask.name = of_list(random, rule, "resourceNames", &OBJECTS, false);
    }
    if random.chance(75) {
        ask.namespace = random.text(&NAMESPACES);
    }
}
