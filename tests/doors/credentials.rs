//! Callers by certificates, tokens and service accounts.

use serde_json::json;

use super::*;
use crate::harness::root;

fn whose(arguments: &[&str]) -> Value {
    let directory = Directory::new();
    let mut all = vec!["--builtin", "1.34"];
    let from = root().join("examples/doors/3-credentials");
    let arguments: Vec<String> =
        arguments.iter().map(|text| text.replace('@', &format!("{}/", from.display()))).collect();
    all.extend(arguments.iter().map(String::as_str));
    all.extend(["get", "/healthz"]);
    ask(&directory.with("empty.yaml", "kind: List\napiVersion: v1\nitems: []\n"), &all)
}

#[test]
fn who_a_credential_is_for() {
    let all = |groups: &[&str]| json!([groups, &["system:authenticated"][..]].concat());
    for (arguments, username, groups, by) in [
        (&["--client-certificate", "@client.crt"][..], "ana", all(&["platform", "auditors"]), "certificate"),
        (&["--client-certificate", "@request.csr"], "ben", all(&["platform"]), "certificate"),
        (
            &["--token-auth-file", "@tokens.csv", "--user", "ana"],
            "ana",
            all(&["platform", "auditors"]),
            "token",
        ),
        (&["--token-auth-file", "@tokens.csv", "--user", "ben"], "ben", all(&[]), "token"),
        (
            &["--token", "@pod.jwt"],
            "system:serviceaccount:ledger:api",
            all(&["system:serviceaccounts", "system:serviceaccounts:ledger"]),
            "serviceAccount",
        ),
        (&["--token", "@id.jwt"], "https://login.corp.example#00u1", all(&[]), "token"),
        (
            &[
                "--token",
                "@id.jwt",
                "--oidc-username-claim",
                "email",
                "--oidc-groups-claim",
                "groups",
                "--oidc-groups-prefix",
                "oidc:",
            ],
            "ana_AT_corp.example",
            all(&["oidc:platform", "oidc:auditors"]),
            "token",
        ),
        (&["--token", "@id.jwt", "--oidc-username-prefix", "-"], "00u1", all(&[]), "token"),
        (
            &["--serviceaccount", "kube-system:default"],
            "system:serviceaccount:kube-system:default",
            all(&["system:serviceaccounts", "system:serviceaccounts:kube-system"]),
            "serviceAccount",
        ),
    ] {
        let answer = whose(arguments);
        let identity = &answer["identity"];
        assert_eq!(identity["username"], username.replace("_AT_", "@"), "{arguments:?}");
        assert_eq!((&identity["groups"], &identity["mappedBy"]), (&groups, &json!(by)), "{arguments:?}");
        assert_eq!(decision(&answer), "allow", "system:authenticated may see it: {answer:#}");
        if by != "serviceAccount" || arguments[0] == "--token" {
            assert!(codes(&answer).contains(&"credential"), "{answer:#}");
        }
    }
}

#[test]
fn no_token_is_ever_printed() {
    let from = root().join("examples/doors/3-credentials");
    let path = |name: &str| from.join(name).display().to_string();
    let world = Directory::new().with("empty.yaml", "kind: List\napiVersion: v1\nitems: []\n");
    for format in ["text", "json"] {
        let run = world.run(&[
            "can-i",
            "-o",
            format,
            "--token-auth-file",
            &path("tokens.csv"),
            "--user",
            "ana",
            "get",
            "pods",
        ]);
        assert!(!run.stdout.contains("example-token") && !run.stderr.contains("example-token"), "{run:?}");
        let token = std::fs::read_to_string(path("pod.jwt")).unwrap();
        let run = world.run(&["can-i", "-o", format, "--token", &path("pod.jwt"), "get", "pods"]);
        assert!(!run.stdout.contains(token.trim().rsplit('.').next().unwrap()), "{run:?}");
    }
}

#[test]
fn what_is_no_credential() {
    let world = Directory::new()
        .with("short.csv", "secret-token,ana\n")
        .with("text.pem", "not a certificate\n")
        .with("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .with("token", "a.b\n")
        .with("manifest.yaml", "kind: List\napiVersion: v1\nitems: []\n");
    for arguments in [
        &["--token-auth-file", "short.csv", "--user", "ana"][..],
        &["--client-certificate", "text.pem"],
        &["--client-certificate", "bad.pem"],
        &["--client-certificate", "missing.pem"],
        &["--token", "token"],
        &["--serviceaccount", "no-colon"],
        &["--serviceaccount", "Upper:x"],
    ] {
        let run = world.run(&[&["can-i"][..], arguments, &["get", "pods"]].concat());
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?} {run:?}");
        assert!(run.stderr.starts_with("error: ") && !run.stderr.contains("secret-token"), "{run:?}");
    }
}
