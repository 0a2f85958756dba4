//! `whoami`.

use serde_json::{Value, json};

use crate::harness::{Directory, Run, corpus};

const AWS_AUTH: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: old
      groups: []
    - rolearn: arn:aws:iam::111122223333:role/Dev
      username: dev:{{SessionName}}
      groups: [devs, 'team-{{AccountID}}']
    - rolearn: arn:aws:iam::111122223333:role/node
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:nodes]
    - rolearn: arn:aws:iam::111122223333:role/ci
      username: ci
      groups: [builders]
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:root
      username: root
    - userarn: arn:aws:iam::111122223333:user/Bob
      username: one
    - userarn: arn:aws:iam::111122223333:user/bob
      username: two
  mapAccounts: |
    - '444455556666'
";

const BINDING: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: alice
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: User
  name: dev:alice
";

const DEV: &str = "arn:aws:iam::111122223333:role/dev";
const CI: &str = "arn:aws:iam::111122223333:role/ci";

fn whoami(arguments: &[&str]) -> Run {
    let directory = Directory::new().with("aws-auth.yaml", AWS_AUTH).with("rbac.yaml", BINDING);
    directory.run(&[&["whoami"][..], arguments].concat())
}

fn codes(document: &Value) -> Vec<&str> {
    document["notes"].as_array().unwrap().iter().map(|note| note["code"].as_str().unwrap()).collect()
}

#[test]
fn the_mapping_in_force_and_what_it_shadows() {
    let run = whoami(&["--arn", DEV, "--session", "ann@example.com", "-o", "json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let document = run.json();
    assert_eq!((&document["schema"], &document["outcome"]), (&"iamrbac/identity/v1".into(), &"known".into()));
    let identity = &document["identity"];
    assert_eq!(identity["username"], "dev:ann-example.com");
    assert_eq!((&identity["mappedBy"], &identity["mapping"]["position"]), (&"mapRoles".into(), &1.into()));
    assert_eq!(identity["mapping"]["place"]["line"], 11);
    assert_eq!(
        (&identity["shadowed"][0]["position"], &identity["shadowed"][0]["place"]["line"]),
        (&0.into(), &8.into())
    );
    let groups: Vec<(&str, &str)> = identity["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (group["name"].as_str().unwrap(), group["because"].as_str().unwrap()))
        .collect();
    assert_eq!(
        groups,
        [("devs", "mapping"), ("team-111122223333", "mapping"), ("system:authenticated", "authenticated")]
    );
    assert_eq!(identity["groups"][1]["template"], "team-{{AccountID}}");
    assert_eq!(identity["groups"][1]["place"]["line"], 13);
    assert_eq!(
        identity["extra"]["arn"],
        json!(["arn:aws:sts::111122223333:assumed-role/dev/ann@example.com"])
    );
    assert_eq!(identity["extra"]["sessionName"], json!(["ann@example.com"]));
    assert_eq!(identity.get("uid"), None);
    assert_eq!(codes(&document), ["mapping-shadowed", "session-chosen-by-caller"]);
    let yaml = whoami(&["--arn", DEV, "--session", "ann@example.com", "-o", "yaml"]);
    assert_eq!(serde_yaml::from_str::<Value>(&yaml.stdout).unwrap(), document);
}

#[test]
fn the_kind_of_a_principal() {
    for (principal, kind) in [
        ("arn:aws:iam::111122223333:role/dev", "role"),
        ("arn:aws:sts::111122223333:assumed-role/dev/alice", "role"),
        ("arn:aws:iam::111122223333:user/Bob", "user"),
        ("arn:aws:iam::111122223333:root", "root user"),
        ("arn:aws:sts::111122223333:federated-user/Bob", "federated user"),
        ("444455556666", "account"),
    ] {
        let document = whoami(&["--arn", principal, "-o", "json"]).json();
        assert_eq!(document["caller"]["kind"], kind, "{principal} {document:#}");
    }
}

/// An account is twelve digits.
#[test]
fn what_is_neither_an_arn_nor_an_account() {
    for text in ["44445555666", "4444555566667", "44445555666a", "abcdefghijkl", ""] {
        let run = whoami(&["--arn", text]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{text} {run:?}");
    }
}

#[test]
fn for_people() {
    let run = whoami(&["--arn", DEV, "--session", "alice", "--width", "100"]);
    let first = run.stdout.lines().next().unwrap();
    assert_eq!(
        first,
        "known, role/dev (alice) is User \"dev:alice\" in devs, team-111122223333, system:authenticated"
    );
    for part in [
        "mapRoles[1] maps arn:aws:iam::111122223333:role/Dev  aws-auth.yaml:11",
        "\"dev:alice\", from \"dev:{{SessionName}}\"  aws-auth.yaml:12",
        "\"team-111122223333\", from \"team-{{AccountID}}\"  aws-auth.yaml:13",
        "\"system:authenticated\", as everyone who has proved who they are",
        "-  sessionName  alice",
        "mapping-shadowed  aws-auth.yaml:8",
    ] {
        assert!(run.stdout.contains(part), "no {part:?} in\n{}", run.stdout);
    }
    let run = whoami(&["--arn", DEV, "--session", "alice", "--references"]);
    assert!(run.stdout.contains("\nreferences\n") && run.stdout.contains("authenticator.mapping.arn"));
}

#[test]
fn a_family_is_told_case_by_case() {
    let run = whoami(&["--arn", DEV, "-o", "json"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    let document = run.json();
    assert_eq!((&document["outcome"], &document["on"]), (&"depends".into(), &json!(["session name"])));
    assert_eq!(document["identity"], Value::Null);
    let cases: Vec<(&str, &str, &Value)> = document["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| {
            let identity = &case["identity"];
            (case["sessions"][0].as_str().unwrap(), identity["username"].as_str().unwrap(), &identity["open"])
        })
        .collect();
    assert_eq!(
        cases,
        [
            ("any session name but alice", "dev:{{SessionName}}", &json!(["{{SessionName}}"])),
            ("alice", "dev:alice", &json!([])),
        ]
    );
    let run = whoami(&["--arn", DEV]);
    assert!(run.stdout.starts_with("depends, on the session name: who is role/dev?\n"), "{}", run.stdout);
}

#[test]
fn a_family_that_no_binding_singles_out_still_depends() {
    let run = Directory::new().with("aws-auth.yaml", AWS_AUTH).run(&["whoami", "--arn", DEV, "-o", "json"]);
    let document = run.json();
    assert_eq!((run.status, &document["outcome"]), (3, &"depends".into()));
    assert_eq!(document["identity"]["username"], "dev:{{SessionName}}");
    assert_eq!(document["on"], json!(["session name"]));
}

#[test]
fn a_mapping_without_templates_needs_no_session() {
    let run = whoami(&["--arn", CI, "-o", "tokenreview"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let user = &run.json()["status"]["user"];
    assert_eq!(
        (&user["username"], &user["groups"]),
        (&"ci".into(), &json!(["builders", "system:authenticated"]))
    );
    // what depends on the session is left out
    assert_eq!(user["extra"], json!({ "canonicalArn": [CI] }));
}

#[test]
fn a_token_review() {
    let run = whoami(&["--arn", CI, "--session", "run-7", "--access-key-id", "ASIA1", "-o", "tokenreview"]);
    assert_eq!(
        run.json(),
        json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "metadata": {},
            "spec": {},
            "status": {
                "authenticated": true,
                "user": {
                    "username": "ci",
                    "groups": ["builders", "system:authenticated"],
                    "extra": {
                        "accessKeyId": ["ASIA1"],
                        "arn": ["arn:aws:sts::111122223333:assumed-role/ci/run-7"],
                        "canonicalArn": [CI],
                        "sessionName": ["run-7"],
                    },
                },
            },
        })
    );
    let root = whoami(&["--arn", "arn:aws:iam::111122223333:root", "-o", "tokenreview"]).json();
    assert_eq!(root["status"]["user"]["uid"], "aws-iam-authenticator:111122223333:111122223333");
    assert_eq!(root["status"]["user"]["extra"]["sessionName"], json!([""]));
    let denied =
        whoami(&["--arn", "arn:aws:iam::111122223333:role/nobody", "--session", "ab", "-o", "tokenreview"]);
    assert_eq!(denied.status, 1);
    assert_eq!(denied.json()["status"], json!({ "user": {}, "error": "identity is not mapped" }));
}

#[test]
fn there_is_no_token_review_of_many() {
    let run = whoami(&["--arn", DEV, "-o", "tokenreview"]);
    assert_eq!((run.status, run.stdout.as_str()), (3, ""));
    assert!(run.stderr.contains("depends on the session name"), "{}", run.stderr);
}

#[test]
fn who_is_not_mapped_is_told_why() {
    let run = whoami(&["--arn", "arn:aws:iam::111122223333:role/devs", "--session", "ab"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(
        run.stdout.starts_with("not mapped, role/devs (ab) is nobody to the cluster\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("error: You must be logged in to the server (Unauthorized)"));
    let run = whoami(&["--arn", "arn:aws:iam::111122223333:role/devs", "--session", "ab", "-o", "json"]);
    let document = run.json();
    assert_eq!((&document["outcome"], &document["complete"]), (&"refused".into(), &false.into()));
    assert_eq!(document["identity"]["error"], "identity is not mapped");
    assert!(!document["why"].as_array().unwrap().is_empty());
    assert_eq!(codes(&document), ["access-entries-not-seen"]);
}

#[test]
fn accounts_chance_and_nodes() {
    let arn = "arn:aws:iam::444455556666:user/team/eve";
    let document = whoami(&["--arn", arn, "-o", "json"]).json();
    assert_eq!(
        (&document["identity"]["username"], &document["identity"]["mappedBy"]),
        (&arn.into(), &"mapAccounts".into())
    );
    let run = whoami(&["--arn", "444455556666"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    let first = "depends, on the principal: 444455556666 is User by its own ARN in system:authenticated\n";
    assert!(run.stdout.starts_with(first), "{}", run.stdout);
    let run = whoami(&["--arn", "arn:aws:iam::111122223333:user/bob", "-o", "json"]);
    let document = run.json();
    assert_eq!((run.status, &document["on"]), (3, &json!(["chance"])));
    let names: Vec<&Value> =
        document["cases"].as_array().unwrap().iter().map(|case| &case["identity"]["username"]).collect();
    assert_eq!(names, ["one", "two"]);
    let node = ["--arn", "arn:aws:iam::111122223333:role/node"];
    let run = whoami(&[&node[..], &["--session", "alice", "-o", "json"]].concat());
    assert_eq!(run.status, 1, "no instance id");
    let instance = ["--session", "i-0123456789abcdef0", "-o", "json"];
    let run = whoami(&[&node[..], &instance].concat());
    assert_eq!((run.status, &run.json()["on"]), (3, &json!(["host name"])));
    let run =
        whoami(&[&node[..], &instance, &["--ec2-private-dns-name", "ip-10-0-0-1.ec2.internal"]].concat());
    assert_eq!(run.json()["identity"]["username"], "system:node:ip-10-0-0-1.ec2.internal");
}

#[test]
fn plain_users_and_impersonation() {
    let run = whoami(&["--user", "ana", "--group", "devs", "-o", "tokenreview"]);
    assert_eq!(
        run.json()["status"]["user"],
        json!({ "username": "ana", "groups": ["devs", "system:authenticated"] })
    );
    let root = ["--user", "ana", "--group", "system:masters", "--as", "system:serviceaccount:ns:sa"];
    let run = whoami(&[&root[..], &["-o", "json"]].concat());
    let document = run.json();
    assert_eq!((run.status, &document["identity"]["username"]), (0, &"system:serviceaccount:ns:sa".into()));
    assert_eq!(document["identity"]["impersonation"]["decision"], "allow");
    assert_eq!(document["identity"]["groups"][1]["name"], "system:serviceaccounts:ns");
    let run = whoami(&["--user", "ana", "--as", "bob"]);
    assert_eq!(run.status, 1);
    assert!(
        run.stdout.contains("Error from server (Forbidden): users \"bob\" is forbidden"),
        "{}",
        run.stdout
    );
}

#[test]
fn only_unread_input_that_could_hold_another_aws_auth_matters() {
    let broken = "kind: RoleBinding\n  metadata: [\n";
    let directory = Directory::new().with("aws-auth.yaml", AWS_AUTH).with("z.yaml", broken);
    let run = directory.run(&["whoami", "--arn", CI]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let broken = "kind: ConfigMap\nmetadata: [\n  name: aws-auth\n";
    let directory = directory.with("z.yaml", broken);
    let run = directory.run(&["whoami", "--arn", CI, "-o", "json"]);
    assert_eq!((run.status, &run.json()["complete"]), (2, &false.into()), "{}", run.stderr);
    assert!(run.stderr.contains("z.yaml"), "{}", run.stderr);
    assert_eq!(directory.run(&["whoami", "--arn", CI, "--keep-going"]).status, 0);
    // what stands before the one that was read cannot replace it
    let directory =
        Directory::new().with("0.yaml", BINDING).with("a.yaml", broken).with("aws-auth.yaml", AWS_AUTH);
    assert_eq!(directory.run(&["whoami", "--arn", CI]).status, 0);
}

#[test]
fn mistakes_in_usage() {
    for arguments in [
        &[][..],
        &["--arn", "nonsense"],
        &["--arn", CI, "--user", "ana"],
        &["--session", "ab"],
        &["--arn", CI, "-o", "csv"],
    ] {
        let run = whoami(arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    }
    let run = whoami(&["--help"]);
    assert!(run.stdout.contains("Examples:") && run.stdout.contains("Exit status:"), "{}", run.stdout);
}

#[test]
fn identities_of_the_corpus() {
    let Some(path) = corpus("edge") else { return };
    let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut asked = 0;
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")) {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut directory = Directory::new();
        for (path, text) in case["files"].as_object().unwrap() {
            directory = directory.with(path, text.as_str().unwrap());
        }
        // what was asked makes no difference to who asked
        let mut seen: Vec<&Value> = Vec::new();
        for one in case["cases"].as_array().unwrap() {
            let (ask, expect) = (&one["ask"], &one["expect"]);
            let Some(arn) = ask["arn"].as_str() else { continue };
            let who = json!([arn, ask["session"], ask["accessKey"]]);
            if seen.iter().any(|known| json!([known["arn"], known["session"], known["accessKey"]]) == who) {
                continue;
            }
            seen.push(ask);
            let mut arguments = vec!["whoami", "--keep-going", "-o", "json", "--arn", arn];
            let access_key = ask["accessKey"].as_str().unwrap_or_default();
            arguments.extend(["--access-key-id", access_key]);
            if let Some(session) = ask["session"].as_str() {
                arguments.extend(["--session", session]);
            }
            let run = directory.run(&arguments);
            if run.status == 2 {
                assert_eq!(expect["authenticated"], false, "{}: {}", file.display(), run.stderr);
                continue;
            }
            let document = run.json();
            if document["outcome"] == "depends" {
                continue;
            }
            asked += 1;
            let identity = &document["identity"];
            let shown = format!("{}: {arn}", file.display());
            assert_eq!(identity["authenticated"], expect["authenticated"], "{shown}");
            if expect["authenticated"] == true {
                let username = expect["username"].as_str().unwrap_or_default();
                assert_eq!(identity["username"], username, "{shown}");
                let groups: Vec<&Value> =
                    identity["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
                let expected = expect["groups"].as_array().cloned().unwrap_or_default();
                assert_eq!(groups, expected.iter().collect::<Vec<_>>(), "{shown}");
                assert_eq!(identity["mappedBy"], expect["mappedBy"], "{shown}");
            }
        }
    }
    assert!(asked > 50, "only {asked}");
}
