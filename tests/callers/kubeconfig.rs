//! Callers by a kubeconfig.

use serde_json::json;

use super::*;

const SECRETS: [&str; 5] = ["secret-token", "secret-password", "secret-access-key", "c2VjcmV0LWtleQ", "AKIA"];

fn whoami(arguments: &[&str]) -> Run {
    let all = [
        "whoami",
        "-f",
        "cluster",
        "-o",
        "json",
        "--kubeconfig",
        "kubeconfig.yaml",
        "--aws-config",
        "aws-config",
    ];
    run(&[&all[..], arguments].concat())
}

#[test]
fn whom_a_context_stands_for() {
    for (context, status, username, groups, by) in [
        (None, 0, "dev:EKSGetTokenAuth", json!(["developers"]), "mapRoles"),
        (Some("developer"), 0, "dev:EKSGetTokenAuth", json!(["developers"]), "mapRoles"),
        (Some("jumper"), 3, "dev:{{SessionName}}", json!(["developers"]), "mapRoles"),
        (Some("profile"), 0, "dev:ana", json!(["developers"]), "mapRoles"),
        (Some("platform"), 3, "platform:{{SessionName}}", json!(["platform"]), "mapRoles"),
        (Some("robot"), 0, "dev:robot", json!(["developers"]), "mapRoles"),
        (Some("carol"), 0, "carol", json!(["auditors"]), "certificate"),
        (Some("carol-in-a-file"), 0, "carol", json!(["auditors"]), "certificate"),
        (
            Some("pod"),
            0,
            "system:serviceaccount:ledger:api",
            json!(["system:serviceaccounts", "system:serviceaccounts:ledger"]),
            "serviceAccount",
        ),
    ] {
        let run = whoami(&context.map(|context| vec!["--context", context]).unwrap_or_default());
        assert_eq!(run.status, status, "{context:?} {run:?}");
        let identity = &run.json()["identity"];
        let mut found: Vec<_> =
            identity["groups"].as_array().unwrap().iter().map(|group| group["name"].clone()).collect();
        assert_eq!(found.pop().unwrap(), "system:authenticated", "{context:?}");
        assert_eq!(
            (&identity["username"], &identity["mappedBy"]),
            (&json!(username), &json!(by)),
            "{context:?}"
        );
        assert_eq!(json!(found), groups, "{context:?}");
        for secret in SECRETS {
            assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{context:?}");
        }
    }
    let nobody = whoami(&["--context", "nobody"]).json();
    assert_eq!(nobody["identity"]["username"], "system:anonymous");
    assert_eq!(nobody["identity"]["groups"].as_array().unwrap().len(), 1, "it has proved nothing");
    assert_eq!(whoami(&["--context", "carol"]).json()["identity"]["uid"], "u-17");
}

/// Nor where somebody looks at the value while debugging.
#[test]
fn no_secret_is_in_a_value_that_is_looked_at() {
    use iamrbac::identity::kubeconfig::Material;
    assert_eq!(format!("{:?}", Material::Inline(b"secret-token".to_vec())), "Inline(…)");
    assert_eq!(format!("{:?}", Material::File("token".to_owned())), "File(\"token\")");
}

#[test]
fn what_is_given_beside_it() {
    let session = whoami(&["--context", "jumper", "--session", "ben"]).json();
    assert_eq!(session["identity"]["username"], "dev:ben");
    let other = whoami(&["--context", "robot", "--as", "dev:someone"]);
    assert_eq!(other.status, 1, "the user may act as the robot only: {other:?}");
    let allowed = run(&["can-i", "list", "pods", "-A", "-f", "cluster", "--kubeconfig", "kubeconfig.yaml"]);
    assert_eq!(allowed.status, 0, "{allowed:?}");
    let listed =
        run(&["can-i", "--list", "-f", "cluster", "--kubeconfig", "kubeconfig.yaml", "--context", "carol"]);
    assert!(listed.status == 0 && listed.stdout.contains("pods/log"), "{listed:?}");
}

#[test]
fn what_names_nobody_says_what_to_bring() {
    for (user, words) in [
        (
            "{exec: {command: aws, args: [eks, get-token, --cluster-name, c]}}",
            &["no role and no profile", "--aws-config"][..],
        ),
        (
            "{exec: {command: aws, args: [eks, get-token, --profile, dev]}}",
            &["profile `dev`", "--aws-config"],
        ),
        (
            "{exec: {command: aws, args: [eks, get-token], env: [{name: AWS_ACCESS_KEY_ID, value: AKIASECRET}]}}",
            &["access keys", "--arn"],
        ),
        ("{exec: {command: kubelogin, args: [get-token]}}", &["`kubelogin`", "--token"]),
        ("{exec: {command: sh, args: [-c, aws eks get-token]}}", &["`sh`"]),
        ("{exec: {args: [eks, get-token]}}", &["kubeconfig:5", "no command"]),
        (
            "{exec: {command: aws, args: [eks, get-token, --role-arn, 'arn:aws:iam::1:policy/p']}}",
            &["ARN of a role"],
        ),
        ("{username: admin, password: secret-password}", &["1.19", "system:anonymous"]),
        ("{username: admin}", &["1.19", "system:anonymous"]),
        ("{password: secret-password}", &["1.19", "system:anonymous"]),
        ("{token: secret-token}", &["does not say whose", "--token-auth-file"]),
        ("{token: k8s-aws-v1.secret-token}", &["STS", "--arn"]),
        ("{token: a.secret-token.c}", &["the token in `kubeconfig`"]),
        ("{token: REDACTED}", &["kubeconfig:5", "--raw"]),
        ("{token: 5}", &["kubeconfig:5", "no text"]),
        ("{tokenFile: not-there}", &["`not-there` cannot be read"]),
        ("{tokenFile: m}", &["`m` cannot be read: it is no file"]),
        ("{client-certificate-data: DATA+OMITTED}", &["--raw"]),
        ("{client-certificate-data: '%'}", &["base64"]),
        ("{client-certificate-data: aGVsbG8=}", &["no certificate"]),
        ("{client-certificate: not-there.crt}", &["not-there.crt"]),
        ("{auth-provider: {name: gcp}}", &["`gcp`", "1.26"]),
        ("{as-groups: [system:masters]}", &["kubeconfig:5", "add `as`"]),
    ] {
        let run = with_user(user).run(&["whoami", "-f", "m", "--kubeconfig", "kubeconfig"]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{user}: {run:?}");
        for word in words {
            assert!(run.stderr.contains(word), "{user}: {word:?} in {}", run.stderr);
        }
        assert!(
            run.stderr.contains("\n  help: ") && !run.stderr.to_lowercase().contains("secret"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn files_that_are_no_kubeconfig() {
    let world = Directory::new()
        .with("m/empty.yaml", "kind: List\napiVersion: v1\nitems: []\n")
        .with("object.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {users: x}\n")
        .with("other.yaml", "hello: world\n")
        .with("empty", "")
        .with("broken.yaml", "users: [\n")
        .with(
            "twice.yaml",
            "current-context: a\ncontexts: [{name: a, context: {}}, {name: a, context: {}}]\n",
        )
        .with("none.yaml", "contexts: [{name: a, context: {}}, {name: b, context: {}}]\n");
    for (file, words) in [
        ("object.yaml", "`ConfigMap`"),
        ("other.yaml", "neither contexts nor users"),
        ("empty", "neither contexts nor users"),
        ("broken.yaml", "broken.yaml:"),
        ("twice.yaml", "`a` twice"),
        ("none.yaml", "`a`, `b`"),
        ("absent", "cannot be read"),
        ("m", "it is no file"),
    ] {
        let run = world.run(&["whoami", "-f", "m", "--kubeconfig", file]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{file}: {run:?}");
        assert!(run.stderr.contains(words), "{file}: {}", run.stderr);
    }
}

#[test]
fn permission_sets() {
    let role = |suffix: &str| format!("arn:aws:iam::111122223333:role/AWSReservedSSO_Platform_{suffix}");
    let world = |roles: &[String]| {
        let entries: Vec<String> =
            roles.iter().map(|role| format!("    - rolearn: {role}\n      username: u\n")).collect();
        let entries = entries.concat();
        Directory::new()
            .with("m/a.yaml", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: aws-auth, namespace: kube-system}}\ndata:\n  mapRoles: |\n{entries}"))
            .with("config", "[profile p]\nsso_account_id = 111122223333\nsso_role_name = Platform\n")
            .with("kubeconfig", "current-context: c\ncontexts: [{name: c, context: {user: u}}]\nusers: [{name: u, user: {exec: {command: aws, args: [eks, get-token, --profile, p]}}}]\n")
    };
    let ask = |roles: &[String]| {
        world(roles).run(&[
            "whoami",
            "-f",
            "m",
            "-o",
            "json",
            "--kubeconfig",
            "kubeconfig",
            "--aws-config",
            "config",
        ])
    };
    let one = ask(&[
        role("0123456789ABCDEF"),
        role("Extra_0123456789abcdef"),
        role("0123"),
        "arn:aws:iam::444455556666:role/AWSReservedSSO_Platform_0123456789abcdef".to_owned(),
    ]);
    assert_eq!((one.status, &one.json()["identity"]["username"]), (0, &json!("u")), "{one:?}");
    let none = ask(&[role("0123")]);
    assert!(none.status == 2 && none.stderr.contains("list-roles"), "{none:?}");
    let two = ask(&[role("0123456789abcdef"), role("fedcba9876543210")]);
    assert!(two.status == 2 && two.stderr.contains("only one of them can exist"), "{two:?}");
}

#[test]
fn the_cluster_of_the_token_is_chosen() {
    let configuration = |name: &str, username: &str| {
        format!(
            "clusterID: {name}\nserver:\n  mapRoles:\n  - roleARN: arn:aws:iam::111122223333:role/r\n    username: {username}\n    groups: []\n"
        )
    };
    let user = "{exec: {command: aws-iam-authenticator, args: [token, -i, two, -r, 'arn:aws:iam::111122223333:role/r', -s, ana]}}";
    let both = with_user(user)
        .with("n/one.yaml", configuration("one", "u1"))
        .with("n/two.yaml", configuration("two", "u2"));
    let whoami = ["whoami", "-f", "n", "-o", "json", "--kubeconfig", "kubeconfig"];
    assert_eq!(both.run(&whoami).json()["identity"]["username"], "u2");
    let given = both.run(&[&whoami[..], &["--cluster", "one"]].concat());
    assert_eq!(given.json()["identity"]["username"], "u1");
    let other = with_user(user).with("n/one.yaml", configuration("one", "u1"));
    let text = other.run(&["whoami", "-f", "n", "--kubeconfig", "kubeconfig"]);
    assert!(text.status == 0 && text.stderr.contains("cluster-differs"), "{text:?}");
}

#[test]
fn requests_for_certificates() {
    let ana = std::fs::read_to_string(root().join("examples/callers/csr.yaml")).unwrap();
    let request = ana.lines().find_map(|line| line.trim().strip_prefix("request: ")).unwrap();
    let object = |spec: &str, more: &str| {
        format!(
            "apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {{name: x}}\nspec: {{{spec}}}\n{more}"
        )
    };
    let world = Directory::new()
        .with("m/empty.yaml", "kind: List\napiVersion: v1\nitems: []\n")
        .with("request.yaml", &ana)
        .with("list.json", format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{{\"apiVersion\":\"certificates.k8s.io/v1\",\"kind\":\"CertificateSigningRequest\",\"spec\":{{\"request\":\"{request}\",\"usages\":[\"client auth\"]}}}}]}}"))
        .with("denied.yaml", object(&format!("request: {request}, signerName: example.com/x"), "status: {conditions: [{type: Denied}]}\n"))
        .with("other.yaml", "apiVersion: v1\nkind: Secret\nspec: {request: aGVsbG8=}\n")
        .with("another.yaml", "apiVersion: example.com/v1\nkind: CertificateSigningRequest\nspec: {request: aGVsbG8=}\n")
        .with("bad.yaml", object("request: '%'", ""))
        .with("empty.yaml", object("usages: []", ""));
    let ask = |file: &str| world.run(&["whoami", "-f", "m", "-o", "json", "--client-certificate", file]);
    for (file, words) in [
        ("request.yaml", &["was approved", "`ben` asked", "86400"][..]),
        ("list.json", &["not approved yet"]),
        ("denied.yaml", &["was denied", "example.com/x", "does not ask for client"]),
    ] {
        let run = ask(file);
        assert_eq!((run.status, &run.json()["identity"]["username"]), (0, &json!("dora")), "{run:?}");
        for word in words {
            assert!(run.stdout.contains(word), "{file} {word}: {}", run.stdout);
        }
    }
    for file in ["other.yaml", "another.yaml", "bad.yaml", "empty.yaml", "m/empty.yaml"] {
        let run = ask(file);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{file}: {run:?}");
        assert!(run.stderr.contains(file), "{run:?}");
    }
}
