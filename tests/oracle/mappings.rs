//! The texts of aws-auth, written in every way and then damaged.

use std::sync::Arc;

use iamrbac::model::{AwsAuth, Door, MappedPrincipal, Mapping};
use serde_json::{Value, json};

use super::found::{Asked, Case, keep};
use super::upstream::Upstream;
use super::{ours, questions, seed, shrink};
use crate::world::random::Random;
use crate::world::{Ask, Files, awsauth, text};

/// Our reading of the data, in the shape of upstream's; none where a text cannot be read.
fn read(data: &Value) -> Value {
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": data});
    let mut files = Files::new();
    files.insert("aws-auth.json".to_owned(), object.to_string());
    let loaded = ours::load(&files);
    let empty = AwsAuth::new(Door::AwsAuth, iamrbac::source::Origin::default());
    let aws_auth = loaded.cluster.aws_auth.as_ref().unwrap_or(&empty);
    let list = |mappings: &[Mapping], key: &str| -> Value {
        mappings.iter().map(|mapping| entry(mapping, key)).collect::<Vec<_>>().into()
    };
    let accounts: Vec<Arc<str>> = aws_auth.accounts.iter().map(|account| account.id.clone()).collect();
    json!({
        "mapRoles": list(&aws_auth.roles, "rolearn"),
        "mapUsers": list(&aws_auth.users, "userarn"),
        "mapAccounts": accounts.iter().map(|id| &**id).collect::<Vec<_>>(),
    })
}

fn entry(mapping: &Mapping, key: &str) -> Value {
    let groups: Vec<&str> = mapping.groups.iter().map(|group| &**group).collect();
    let mut entry = json!({"username": *mapping.username, "groups": groups});
    match &mapping.principal {
        MappedPrincipal::Arn(arn) => entry[key] = (&**arn).into(),
        MappedPrincipal::Sso { permission_set, account, partition } => {
            entry["sso"] = json!({"permissionSetName": **permission_set, "accountID": **account});
            if !partition.is_empty() {
                entry["sso"]["partition"] = (&**partition).into();
            }
        }
    }
    entry
}

/// Upstream's reading; it writes nothing for an empty list and for an empty ARN.
fn read_upstream(upstream: &mut Upstream, data: &Value) -> Option<Value> {
    let reply = upstream.ask(&json!({"op": "awsauth", "data": data})).ok()?;
    let list = |key: &str, arn: &str| -> Value {
        let mut entries = reply[key].as_array().cloned().unwrap_or_default();
        for entry in &mut entries {
            let fields = entry.as_object_mut().unwrap();
            if fields.get("groups").is_none_or(Value::is_null) {
                fields.insert("groups".to_owned(), json!([]));
            }
            fields.remove("userid");
            if fields.get(arn).is_some_and(|arn| arn == "") && fields.contains_key("sso") {
                fields.remove(arn);
            }
            if fields.get("sso").is_some_and(Value::is_null) {
                fields.remove("sso");
            }
            if let Some(sso) = fields.get_mut("sso").and_then(Value::as_object_mut) {
                sso.retain(|key, value| key != "partition" || value != "");
            }
        }
        entries.into()
    };
    Some(json!({
        "mapRoles": list("mapRoles", "rolearn"),
        "mapUsers": list("mapUsers", "userarn"),
        "mapAccounts": reply["mapAccounts"].as_array().cloned().unwrap_or_default(),
    }))
}

fn damaged(random: &mut Random) -> Value {
    let oddities = *random.pick(&[0, 30, 60, 90]);
    let mut data = awsauth::data(random, oddities);
    for value in data.as_object_mut().unwrap().values_mut() {
        let mut written = value.as_str().unwrap().to_owned();
        while random.chance(40) {
            written = text::mutated(random, &written);
        }
        *value = written.into();
    }
    data
}

/// A line or quote that we refuse although upstream reads it, as the reader's own conformance test lists them.
fn is_known(text: &str) -> bool {
    text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
}

#[test]
fn texts_of_aws_auth_are_read_as_upstream_reads_them() {
    let Some(mut upstream) = Upstream::start() else { return };
    let random = &mut Random::new(seed() ^ 0xAA);
    let mut wrong = Vec::new();
    let (mut total, mut entries, mut refused) = (0, 0, 0);
    for number in 0..questions(20) {
        let data = damaged(random);
        for (key, value) in data.as_object().unwrap() {
            let Some(text) = value.as_str().filter(|text| !is_known(text)) else { continue };
            let alone = |text: &str| json!({key: text});
            let Some(theirs) = read_upstream(&mut upstream, &alone(text)) else { continue };
            total += 1;
            entries += theirs[key].as_array().map_or(0, Vec::len);
            let ours = read(&alone(text));
            if theirs == ours {
                continue;
            }
            if is_told(&alone(text), &ours) {
                refused += 1;
                if std::env::var_os("IAMRBAC_REFUSED").is_some() {
                    let small = shrink::text(text, |text| {
                        read_upstream(&mut upstream, &alone(text)).is_some_and(|theirs| {
                            let ours = read(&alone(text));
                            theirs != ours && is_told(&alone(text), &ours)
                        })
                    });
                    eprintln!("refused {key} {small:?}");
                }
                continue;
            }
            let small = shrink::text(text, |text| {
                read_upstream(&mut upstream, &alone(text)).is_some_and(|theirs| {
                    let ours = read(&alone(text));
                    theirs != ours && !is_told(&alone(text), &ours)
                })
            });
            let theirs = read_upstream(&mut upstream, &alone(&small));
            wrong.push(format!(
                "{key} {small:?}\n  upstream {}\n  we {}",
                theirs.unwrap_or_default(),
                read(&alone(&small))
            ));
            keep_text(&mut upstream, key, &small, number);
        }
        if wrong.len() > 5 {
            break;
        }
    }
    eprintln!("{total} texts of aws-auth, {entries} entries, {refused} refused by us alone, and said so");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused * 100 <= total * 3, "{refused} of {total} refused");
}

/// Whether our reading of one text is empty and says that the text cannot be read.
fn is_told(data: &Value, ours: &Value) -> bool {
    let nothing = json!({"mapRoles": [], "mapUsers": [], "mapAccounts": []});
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": data});
    let mut files = Files::new();
    files.insert("aws-auth.json".to_owned(), object.to_string());
    let loaded = ours::load(&files);
    let unreadable = |aws_auth: &AwsAuth| {
        aws_auth.damage.iter().any(|damage| damage.kind == iamrbac::model::DamageKind::Unreadable)
    };
    *ours == nothing && loaded.cluster.aws_auth.as_ref().is_some_and(unreadable)
}

/// Keeps a text as a world in which its first caller asks.
fn keep_text(upstream: &mut Upstream, key: &str, text: &str, number: u64) {
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {key: text}});
    let mut files = Files::new();
    files.insert("aws-auth.json".to_owned(), object.to_string());
    let mut cases = Vec::new();
    for arn in &crate::world::names::ARNS[..16] {
        let ask = Ask {
            arn: (*arn).to_owned(),
            session: if arn.contains("role/") { "alice" } else { "" }.to_owned(),
            verb: "get".to_owned(),
            path: "/healthz".to_owned(),
            ..Ask::default()
        };
        let Ok(mut answers) = upstream.world(&files, &[(&ask, true)], false) else { return };
        let mut answers = answers.remove(0);
        let expect = answers.remove(0);
        if expect.authenticated {
            cases.push(Asked { ask, expect, others: answers });
        }
    }
    let about = format!("a text of {key}");
    keep(&format!("{key}-{}-{number}", seed()), &Case { about, files, cases });
}
