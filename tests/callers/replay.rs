//! What the authenticator logged, against the manifests.

use serde_json::{Value, json};

use super::*;

const LOG: &str = "arn:aws:iam::111122223333:role";

/// aws-auth with these entries of `mapRoles`.
fn world(entries: &str) -> Directory {
    let text: Vec<String> = entries.lines().map(|line| format!("    {line}\n")).collect();
    let text = text.concat();
    Directory::new().with(
        "m/aws-auth.yaml",
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: aws-auth, namespace: kube-system}}\ndata:\n  mapRoles: |\n{text}"),
    )
}

fn granted(arn: &str, username: &str, groups: &[&str]) -> String {
    json!({"level": "info", "msg": "access granted", "arn": arn, "client": "c", "groups": groups, "username": username}).to_string()
}

fn denied(arn: &str, error: &str) -> String {
    json!({"level": "warning", "msg": "access denied", "arn": arn, "client": "c", "error": error}).to_string()
}

fn replayed(world: &Directory, log: &str, more: &[&str]) -> (i32, Value) {
    let all = [&["whoami", "-f", "m", "-o", "json", "--replay", "-"][..], more].concat();
    let run = world.run_with_input(&all, log.as_bytes());
    assert!(!run.stdout.is_empty(), "{run:?}");
    (run.status, run.json())
}

#[test]
fn the_examples() {
    let text = run(&["whoami", "-f", "cluster", "--replay", "replay/authenticator.log"]);
    assert_eq!(text.status, 1, "{text:?}");
    let json = run(&["whoami", "-f", "cluster", "-o", "json", "--replay", "replay/authenticator.log"]).json();
    assert_eq!(json["counts"], json!({"same": 2, "differs": 1, "unknown": 0, "elsewhere": 1}));
    assert_eq!(json["entries"][0]["remarks"], json!(["it was also in \"oncall\""]));
    assert!(json["entries"][0]["chain"][1]["place"]["line"].is_u64(), "{json:#}");
    assert_eq!(json["entries"][2]["sessions"], json!(["ana"]));
    assert_eq!(json["silent"][0]["count"], 1);
    let export = run(&["whoami", "-f", "cluster", "-o", "json", "--replay", "replay/filter-log-events.json"]);
    assert_eq!((export.status, &export.json()["outcome"]), (0, &json!("same")), "{export:?}");
    assert_eq!(export.json()["counted"], "event");
}

/// Each row: an entry of mapRoles, a line, and how they stand to each other.
#[test]
fn judgements() {
    let r = format!("{LOG}/R");
    let entry = |username: &str, groups: &str| {
        format!("- rolearn: {LOG}/R\n  username: {username:?}\n  groups: {groups}\n")
    };
    let same = |list: &[&str]| ("same", list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    for (mapping, line, (judgement, words)) in [
        (entry("u", "[a, b]"), granted(&r, "u", &["a", "b"]), same(&[])),
        (entry("u:{{SessionName}}", "[]"), granted(&r, "u:ana", &[]), same(&[])),
        (entry("{{AccountID}}-{{AccessKeyID}}", "[]"), granted(&r, "111122223333-ASIA", &[]), same(&[])),
        (entry("u", "['{{SessionName}}']"), granted(&r, "u", &["ana"]), same(&[])),
        (
            entry("system:node:{{EC2PrivateDNSName}}", "[]"),
            granted(&r, "system:node:ip-10-0-0-1.internal", &[]),
            same(&[]),
        ),
        (entry("u", "[]"), denied(&format!("{LOG}/Other"), "Identity is not mapped"), same(&[])),
        (entry("u", "[]"), denied(&format!("{LOG}/Other"), "ARN is not mapped: x"), same(&[])),
        (
            entry("{{EC2PrivateDNSName}}", "[]"),
            denied(
                &r,
                "mapper EKSConfigMap renderTemplates error: x: SessionName did not contain an instance id",
            ),
            same(&[]),
        ),
        (
            entry("v", "[a]"),
            granted(&r, "u", &["a"]),
            ("differs", vec!["the username was \"u\", and here it is \"v\"".to_owned()]),
        ),
        (
            entry("u", "[a]"),
            granted(&r, "u", &["b"]),
            ("differs", vec!["it was in \"b\", and here it is in \"a\"".to_owned()]),
        ),
        (
            entry("u", "[a, b]"),
            granted(&r, "u", &["b", "a"]),
            ("differs", vec!["the groups are the same, in another order or number".to_owned()]),
        ),
        (entry("u", "[a]"), granted(&r, "u", &[]), ("differs", vec!["here it is also in \"a\"".to_owned()])),
        (
            entry("{{SessionName}}", "[]"),
            granted(&r, "a@b.c", &[]),
            ("differs", vec!["the username was \"a@b.c\", and here it is \"{{SessionName}}\"".to_owned()]),
        ),
        (
            entry("u", "[]"),
            denied(&r, "identity is not mapped"),
            ("differs", vec!["it was not let in, and here it is \"u\"".to_owned()]),
        ),
        (
            entry("u", "[]"),
            denied(&format!("{LOG}/Other"), "invalid username 'eks:x' for mapper CRD: x"),
            ("differs", vec!["here the reason is another one: identity is not mapped".to_owned()]),
        ),
        (
            entry("u", "[]"),
            granted(&format!("{LOG}/Other"), "u", &[]),
            (
                "differs",
                vec![
                    "it was let in, and here it is not: identity is not mapped".to_owned(),
                    "an access entry that was not captured would explain it".to_owned(),
                ],
            ),
        ),
        (
            entry("u", "[]"),
            granted("arn:aws:iam::9:role/x", "eks:addon-manager", &[]),
            ("elsewhere", vec!["EKS maps its own principals, and no manifest tells of them".to_owned()]),
        ),
        (
            entry("u", "[]"),
            denied(&r, "mapper DynamicFile Map error: ARN does not match User ID"),
            (
                "unknown",
                vec!["it was not let in by its unique id, of which the manifests tell nothing".to_owned()],
            ),
        ),
        (
            entry("u", "[]"),
            granted("no-arn", "u", &[]),
            (
                "unknown",
                vec!["its `arn` cannot be read: arn 'no-arn' is invalid: 'arn: invalid prefix'".to_owned()],
            ),
        ),
    ] {
        let (status, document) = replayed(&world(&mapping), &line, &[]);
        let found = &document["entries"][0];
        assert_eq!((&found["judgement"], &found["remarks"]), (&json!(judgement), &json!(words)), "{line}");
        let expected = match judgement {
            "differs" => 1,
            "unknown" => 3,
            _ => 0,
        };
        assert_eq!(status, expected, "{line}");
    }
}

#[test]
fn the_session_that_was_logged_counts() {
    let mapping = format!("- rolearn: {LOG}/R\n  username: \"{{{{SessionName}}}}\"\n");
    let log = |session: &str| {
        let sts = json!({"msg": "STS response", "arn": format!("arn:aws:sts::111122223333:assumed-role/R/{session}"), "client": "c", "session": session});
        format!("{sts}\n{}\n", granted(&format!("{LOG}/R"), "ana", &[]))
    };
    assert_eq!(replayed(&world(&mapping), &log("ana"), &[]).1["outcome"], "same");
    let (status, other) = replayed(&world(&mapping), &log("ben"), &[]);
    assert_eq!((status, &other["entries"][0]["here"]["username"]), (1, &json!("ben")));
}

#[test]
fn the_creator_and_what_was_not_described() {
    let creator = granted(&format!("{LOG}/ci"), "kubernetes-admin", &["system:masters"]);
    let world = world("[]");
    assert_eq!(replayed(&world, &creator, &[]).1["entries"][0]["judgement"], "elsewhere");
    let given = replayed(
        &world,
        &creator,
        &["--creator", &format!("{LOG}/ci"), "--authentication-mode", "CONFIG_MAP"],
    );
    assert_eq!((given.0, &given.1["outcome"]), (0, &json!("same")));
    let api = replayed(&world, &creator, &["--authentication-mode", "API"]);
    assert_eq!((api.0, &api.1["entries"][0]["judgement"]), (1, &json!("differs")));
    let world = world.with("m/list.json", json!({"accessEntries": [format!("{LOG}/R")]}).to_string());
    let listed = replayed(&world, &granted(&format!("{LOG}/R"), "u", &[]), &[]);
    assert_eq!((listed.0, &listed.1["entries"][0]["judgement"]), (3, &json!("unknown")), "{:#}", listed.1);
}

#[test]
fn what_could_not_be_read_is_a_gap() {
    let world = world("[]").with("m/broken.yaml", "kind: ConfigMap\nmetadata: {name: aws-auth\n");
    let line = denied(&format!("{LOG}/R"), "identity is not mapped");
    let (status, document) = replayed(&world, &line, &[]);
    assert_eq!((status, document["gaps"].as_array().unwrap().len()), (2, 1), "{document:#}");
    assert_eq!(replayed(&world, &line, &["--keep-going"]).0, 0);
}

#[test]
fn what_is_no_log() {
    let world = world("[]")
        .with("text.log", "hello\n")
        .with("packed.gz", [0x1f, 0x8b, 8])
        .with(
            "silent.log",
            "time=\"t\" level=warning msg=\"access denied\" error=\"sts getCallerIdentity failed: x\"\n",
        )
        .with("audit.json", "{\"kind\":\"Event\",\"user\":{\"username\":\"u\"}}\n");
    for (file, words) in [
        ("text.log", "no line of aws-iam-authenticator about access"),
        ("audit.json", "no line of aws-iam-authenticator about access"),
        ("packed.gz", "gunzip"),
        ("silent.log", "1 line (the first is 1) with a token"),
        ("absent", "`absent` cannot be read"),
        ("m", "`m` cannot be read"),
    ] {
        let run = world.run(&["whoami", "-f", "m", "--replay", file]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{file}: {run:?}");
        assert!(run.stderr.contains(words) && run.stderr.contains("\n  help: "), "{file}: {run:?}");
    }
    let review = world.run(&["whoami", "-f", "m", "--replay", "text.log", "-o", "tokenreview"]);
    assert!(review.status == 2 && review.stderr.contains("of many callers"), "{review:?}");
}
