//! Random questions, made so that they often meet the objects.

use serde_json::Value;

use super::Ask;
use super::names::{
    ARNS, ASKED_RESOURCES, ASKED_SUBRESOURCES, ASKED_URLS, GROUPS, NAMESPACES, OBJECTS, ODD_ARNS, SESSIONS,
    USERS, VERBS,
};
use super::random::Random;

/// So many questions of a world. Most of them follow one binding: its subjects ask for what its role gives.
pub fn questions(random: &mut Random, objects: &[Value], count: usize) -> Vec<Ask> {
    let bindings: Vec<&Value> = objects.iter().filter(|object| object["roleRef"].is_object()).collect();
    let texts: String = objects.iter().map(|object| object["data"].to_string()).collect();
    let arns: Vec<&str> = ARNS.iter().chain(&ODD_ARNS).copied().filter(|arn| texts.contains(arn)).collect();
    let mut asks = Vec::new();
    while asks.len() < count {
        let nothing = Value::Null;
        let binding = if bindings.is_empty() { &nothing } else { *random.pick(&bindings) };
        let role = &binding["roleRef"]["name"];
        let follow = random.chance(85);
        let rules = objects
            .iter()
            .filter(|object| !follow || object["metadata"]["name"] == *role)
            .flat_map(|object| object["rules"].as_array().into_iter().flatten())
            .collect::<Vec<_>>();
        let subjects: Vec<&Value> = binding["subjects"].as_array().into_iter().flatten().collect();
        let mut ask = Ask::default();
        caller(random, &subjects, &arns, &mut ask);
        request(random, &rules, &mut ask);
        if ask.path.is_empty() && follow && random.chance(80) {
            let namespace = &binding["metadata"]["namespace"];
            ask.namespace = namespace.as_str().map_or(ask.namespace, str::to_owned);
        }
        asks.push(ask);
    }
    asks
}

fn caller(random: &mut Random, subjects: &[&Value], arns: &[&str], ask: &mut Ask) {
    if random.chance(45) {
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
    if !subjects.is_empty() && random.chance(80) {
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

fn of_list(random: &mut Random, rule: &Value, key: &str, pool: &[&str]) -> String {
    let list: Vec<&str> = rule[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if list.is_empty() || random.chance(6) { random.text(pool) } else { random.text(&list) }
}

fn request(random: &mut Random, rules: &[&Value], ask: &mut Ask) {
    let nothing = Value::Null;
    let rule = if rules.is_empty() || random.chance(15) { &nothing } else { *random.pick(rules) };
    ask.verb = of_list(random, rule, "verbs", &VERBS);
    let urls = rule["nonResourceURLs"].as_array().is_some_and(|urls| !urls.is_empty());
    if urls || random.chance(10) {
        let url = of_list(random, rule, "nonResourceURLs", &ASKED_URLS);
        ask.path = match random.below(4) {
            0 => random.text(&ASKED_URLS),
            1 => url.replace('*', "x"),
            2 => url.replace('*', ""),
            _ => url,
        };
        if ask.path.is_empty() {
            ask.path = "/".into();
        }
        return;
    }
    ask.api_group = of_list(random, rule, "apiGroups", &["", "apps", "batch"]);
    let resource = of_list(random, rule, "resources", &ASKED_RESOURCES);
    let (resource, subresource) = resource.split_once('/').unwrap_or((&resource, ""));
    ask.resource = if resource == "*" { random.text(&ASKED_RESOURCES) } else { resource.to_owned() };
    ask.subresource = match subresource {
        "*" => random.text(&ASKED_SUBRESOURCES),
        _ if random.chance(10) => random.text(&ASKED_SUBRESOURCES),
        other => other.to_owned(),
    };
    if random.chance(50) {
        ask.name = of_list(random, rule, "resourceNames", &OBJECTS);
    }
    if random.chance(75) {
        ask.namespace = random.text(&NAMESPACES);
    }
}
