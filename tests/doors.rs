//! The doors: who a caller is on clusters with access entries, with the authenticator's own configuration, and with what
//! provisions them; the golden vectors of the AWS side, and each input form with something that must not be taken for it.

mod access_entries;
mod authenticator;
mod backends;
mod credentials;
mod forms;
mod golden;
mod platform;
mod records;
mod tokens;

use serde_json::{Value, json};

use crate::harness::{Directory, Run};

const ACCOUNT: &str = "210987654321";

fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

fn policy(name: &str) -> String {
    format!("arn:aws:eks::aws:cluster-access-policy/{name}")
}

/// aws-auth with these texts of mapRoles and mapUsers.
fn aws_auth(map_roles: &str, map_users: &str) -> String {
    let config_map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": {"mapRoles": map_roles, "mapUsers": map_users},
    });
    config_map.to_string()
}

fn entry(principal: &str, more: &Value) -> String {
    let mut entry =
        json!({"clusterName": "c", "principalArn": principal, "type": "STANDARD", "kubernetesGroups": []});
    for (key, value) in more.as_object().unwrap() {
        entry[key] = value.clone();
    }
    json!({"accessEntry": entry}).to_string()
}

fn associated(principal: &str, name: &str, scope: &Value) -> String {
    json!({
        "clusterName": "c", "principalArn": principal,
        "associatedAccessPolicies": [{"policyArn": policy(name), "accessScope": scope}],
    })
    .to_string()
}

fn ask(directory: &Directory, arguments: &[&str]) -> Value {
    let run = run(directory, arguments);
    assert!(!run.stdout.is_empty(), "{run:?}");
    run.json()
}

fn run(directory: &Directory, arguments: &[&str]) -> Run {
    let mut all = vec!["can-i", "-o", "json"];
    all.extend(arguments);
    directory.run(&all)
}

fn codes(answer: &Value) -> Vec<&str> {
    let notes = ["notes", "why", "gaps"].into_iter().flat_map(|list| answer[list].as_array().unwrap());
    notes.map(|note| note["code"].as_str().unwrap()).collect()
}

fn decision(answer: &Value) -> &str {
    answer["decision"].as_str().unwrap()
}
