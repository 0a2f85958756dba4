//! The chain that we print must be one that upstream accepts: a cluster with nothing but the mapping, the binding with
//! that one subject, and the role with that one rule still says yes.

use serde_json::{Value, json};

use super::upstream::Upstream;
use crate::world::{Ask, Files};

const AWS_AUTH: &str = "ConfigMap kube-system/aws-auth";

/// Builds the cluster that the printed chain tells of, from nothing but its objects and places, and asks upstream. Where a
/// document has several objects of one name, one of them must do.
pub fn check(
    upstream: &mut Upstream,
    policy: &[Value],
    files: &Files,
    ask: &Ask,
    printed: &Value,
) -> Result<(), String> {
    let mut last = Err("there is no such object".to_owned());
    for objects in clusters(upstream, policy, files, printed)? {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let mut reduced = Files::new();
        reduced.insert("chain.json".to_owned(), list.to_string());
        let answers = upstream.world(&reduced, &[(ask, false)], true)?;
        let answer = &answers[0][0];
        if answer.decision == "allow"
            && printed["identity"]["username"].as_str().unwrap_or_default() == answer.username
        {
            return Ok(());
        }
        last = Err(format!("upstream does not accept it: {answer:?} of {list:#}"));
    }
    last
}

/// The objects of the chain, each reduced to what the chain names of it, in all combinations that it can mean.
fn clusters(
    upstream: &mut Upstream,
    policy: &[Value],
    files: &Files,
    printed: &Value,
) -> Result<Vec<Vec<Value>>, String> {
    let link = |step: &str| {
        let links = printed["chain"].as_array().into_iter().flatten();
        links.rev().find(|link| link["step"] == step).ok_or_else(|| format!("no link `{step}`"))
    };
    let mut clusters: Vec<Vec<Value>> = vec![Vec::new()];
    let mut extend = |candidates: Vec<Value>| {
        clusters = clusters
            .iter()
            .flat_map(|objects| {
                candidates.iter().map(|candidate| [&objects[..], std::slice::from_ref(candidate)].concat())
            })
            .collect();
    };
    if let Ok(mapping) = link("mapping") {
        let config_maps = find(upstream, policy, files, mapping)?;
        let reduced = config_maps.iter().map(|config_map| one_entry(upstream, config_map, mapping));
        extend(reduced.filter_map(Result::ok).collect());
    }
    if printed["authorizer"] == "rbac" {
        let subject = link("subject")?;
        if link("binding")?["object"] != subject["object"] {
            return Err("the subject is of another binding".to_owned());
        }
        let with_subject = |mut binding: Value| {
            binding["subjects"] = json!([part(&binding, subject)?]);
            Some(binding)
        };
        extend(find(upstream, policy, files, subject)?.into_iter().filter_map(with_subject).collect());
        let rule = link("rule")?;
        let rules: Vec<Value> =
            find(upstream, policy, files, rule)?.iter().filter_map(|role| part(role, rule)).collect();
        let mut roles = Vec::new();
        for mut role in find(upstream, policy, files, link("role")?)? {
            role.as_object_mut().unwrap().remove("aggregationRule");
            for rule in &rules {
                role["rules"] = json!([rule]);
                roles.push(role.clone());
            }
        }
        extend(roles);
    }
    Ok(clusters)
}

/// The objects that a link can mean: of that name, in the document of its place or in the default policy.
fn find(
    upstream: &mut Upstream,
    policy: &[Value],
    files: &Files,
    link: &Value,
) -> Result<Vec<Value>, String> {
    let name = link["object"].as_str().unwrap_or_default();
    let place = &link["place"];
    let file = place["file"].as_str().ok_or_else(|| format!("no place in {link}"))?;
    let mut found = Vec::new();
    if let Some(text) = files.get(file) {
        let line = place["line"].as_u64().unwrap_or_default();
        for document in upstream.documents(&document_at(text, line))?.0 {
            collect(&document, "", "", &mut |object| {
                if name_of(&object) == name {
                    found.push(object);
                }
            });
        }
    } else {
        found.extend(policy.iter().filter(|object| name_of(object) == name).cloned());
    }
    if found.is_empty() { Err(format!("`{name}` is not in `{file}`: {place}")) } else { Ok(found) }
}

/// The document that has a line; the whole text where no line `---` cuts it.
fn document_at(text: &str, line: u64) -> String {
    let mut document = String::new();
    for (number, content) in (1..).zip(text.split_inclusive('\n')) {
        if content.starts_with("---") {
            if number > line {
                break;
            }
            document.clear();
        }
        document.push_str(content);
    }
    document
}

/// All objects of a document; the items of a list may have its kind and version.
fn collect(document: &Value, version: &str, kind: &str, take: &mut impl FnMut(Value)) {
    let mut object = document.clone();
    let Some(fields) = object.as_object_mut() else { return };
    if fields.get("kind").is_none_or(Value::is_null) && fields.get("apiVersion").is_none_or(Value::is_null) {
        fields.insert("kind".to_owned(), kind.into());
        fields.insert("apiVersion".to_owned(), version.into());
    }
    if let Some(items) = object["items"].as_array() {
        let kind = object["kind"].as_str().unwrap_or_default();
        let version = object["apiVersion"].as_str().unwrap_or_default();
        for item in items {
            collect(item, version, kind.strip_suffix("List").unwrap_or_default(), take);
        }
    } else {
        take(object);
    }
}

/// As a chain names it: `Role team-a/reader`.
fn name_of(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (kind, metadata) = (text(&object["kind"]), &object["metadata"]);
    let name = text(&metadata["name"]);
    match kind.as_str() {
        "Role" | "RoleBinding" | "ConfigMap" => {
            let namespace = text(&metadata["namespace"]);
            let namespace = if namespace.is_empty() { "default" } else { &namespace };
            format!("{kind} {namespace}/{name}")
        }
        _ => format!("{kind} {name}"),
    }
}

/// The part of an object at the path of a link's place: `rules[0]`.
fn part(object: &Value, link: &Value) -> Option<Value> {
    let (field, index) = link["place"]["path"].as_str()?.strip_suffix(']')?.split_once('[')?;
    object[field].get(index.parse::<usize>().ok()?).cloned()
}

/// A text but for the line break at its end.
fn text_of(value: &Value) -> Option<&str> {
    value.as_str().map(|text| text.trim_end_matches('\n'))
}

/// The ConfigMap with the one entry that a link names.
fn one_entry(upstream: &mut Upstream, config_map: &Value, link: &Value) -> Result<Value, String> {
    if link["object"] != AWS_AUTH {
        return Err(format!("the mapping is not of aws-auth: {link}"));
    }
    let fact = link["fact"].as_str().unwrap_or_default();
    let (key, rest) = fact.split_once('[').ok_or_else(|| format!("no entry in `{fact}`"))?;
    let index: usize =
        rest.split(']').next().unwrap_or_default().parse().map_err(|_| format!("no entry in `{fact}`"))?;
    let mut reduced = config_map.clone();
    if key == "mapAccounts" {
        // its items keep the text in which they are written, which no parsed document has; the list stays whole
        reduced["data"] = json!({key: config_map["data"][key]});
        return Ok(reduced);
    }
    let text = config_map["data"][key].as_str().ok_or_else(|| format!("no text `{key}`"))?;
    let (documents, _) = upstream.documents(text)?;
    let entries = documents.iter().find(|document| !document.is_null());
    let entry = entries.and_then(|entries| entries.get(index));
    let entry = entry.ok_or_else(|| format!("`{key}` has no entry {index}: {documents:?}"))?;
    let mut entry = entry.clone();
    // a block of text at its end is another to the authenticator, which does not end the last line first
    let read = upstream.ask(&json!({"op": "awsauth", "data": {key: text}}))?;
    let username = &read[key][index]["username"];
    let is_whole = read[key].as_array().map(Vec::len) == entries.and_then(Value::as_array).map(Vec::len);
    if is_whole && text_of(&entry["username"]) == text_of(username) {
        entry["username"] = username.clone();
    }
    reduced["data"] = json!({key: json!([entry]).to_string()});
    Ok(reduced)
}
