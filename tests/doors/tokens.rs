//! Tokens: who they are for by the API server's flags, by its configuration, and what only the API server works out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;
use crate::harness::root;

fn token(claims: &Value) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part("{\"alg\":\"RS256\"}"), part(&claims.to_string()), part("no signature"))
}

fn id(more: &Value) -> Value {
    let mut claims = json!({"iss": "https://idp.example", "aud": "kubernetes", "sub": "00u1", "exp": 1_893_456_000,
        "email": "ana@corp.example", "groups": ["platform"]});
    for (key, value) in more.as_object().unwrap() {
        claims[key] = value.clone();
    }
    claims
}

fn config(entry: &str) -> String {
    format!(
        "apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {{url: \"https://idp.example\", audiences: [kubernetes]}}\n{entry}"
    )
}

const EMAIL: &str = "  claimMappings:\n    username: {claim: email, prefix: \"\"}\n    groups: {claim: groups, prefix: \"g:\"}\n";

fn asked(claims: &Value, configuration: &str) -> Run {
    let world = Directory::new()
        .with("t.jwt", token(claims))
        .with("config.yml", configuration)
        .with("m/empty.yaml", "kind: List\napiVersion: v1\nitems: []\n");
    let arguments =
        ["--token", "t.jwt", "--authentication-config", "config.yml", "-f", "m", "--builtin", "1.34"];
    run(&world, &[&arguments[..], &["get", "pods"]].concat())
}

#[test]
fn the_examples_are_read() {
    let from = root().join("examples/doors/3-credentials");
    let path = |name: &str| from.join(name).display().to_string();
    let world = Directory::new().with("m/empty.yaml", "kind: List\napiVersion: v1\nitems: []\n");
    for (configuration, username, group) in [
        ("authentication-config.yaml", "oidc:ana@corp.example", "oidc:platform"),
        ("identity-provider.json", "eks-oidc:ana@corp.example", "eks-oidc:platform"),
    ] {
        let (token, configuration) = (path("id.jwt"), path(configuration));
        let arguments =
            ["--token", &token, "--authentication-config", &configuration, "-f", "m", "get", "pods"];
        let answer = ask(&world, &arguments);
        assert_eq!(answer["identity"]["username"], username);
        assert_eq!(answer["identity"]["groups"][0], group);
        let notes = answer["notes"].to_string();
        assert!(
            notes.contains("2030-01-01T00:00:00Z") && notes.contains("its audience is kubernetes"),
            "{notes}"
        );
    }
}

#[test]
fn claims_become_a_user() {
    for (name, more, entry, username, groups) in [
        ("claims", json!({}), EMAIL, Some("ana@corp.example"), json!(["g:platform", "system:authenticated"])),
        (
            "a single group",
            json!({"groups": "one"}),
            EMAIL,
            Some("ana@corp.example"),
            json!(["g:one", "system:authenticated"]),
        ),
        (
            "no groups",
            json!({"groups": null}),
            EMAIL,
            Some("ana@corp.example"),
            json!(["system:authenticated"]),
        ),
        (
            "verified",
            json!({"email_verified": true}),
            EMAIL,
            Some("ana@corp.example"),
            json!(["g:platform", "system:authenticated"]),
        ),
        (
            "one of the audiences",
            json!({"aud": ["other", "kubernetes"]}),
            EMAIL,
            Some("ana@corp.example"),
            json!(["g:platform", "system:authenticated"]),
        ),
        ("not verified", json!({"email_verified": false}), EMAIL, None, Value::Null),
        ("another audience", json!({"aud": "other"}), EMAIL, None, Value::Null),
        ("another issuer", json!({"iss": "https://idp.example/"}), EMAIL, None, Value::Null),
        ("no such claim", json!({"email": null}), EMAIL, None, Value::Null),
        ("groups that are numbers", json!({"groups": [1]}), EMAIL, None, Value::Null),
        (
            "a required claim",
            json!({}),
            "  claimValidationRules: [{claim: hd, requiredValue: corp}]\n  claimMappings: {username: {claim: sub, prefix: \"\"}}\n",
            None,
            Value::Null,
        ),
        (
            "a dash is no word here",
            json!({}),
            "  claimMappings: {username: {claim: sub, prefix: \"-\"}, uid: {claim: sub}}\n",
            Some("-00u1"),
            json!(["system:authenticated"]),
        ),
        (
            "an expression",
            json!({}),
            "  claimMappings: {username: {expression: claims.sub}}\n",
            None,
            Value::Null,
        ),
    ] {
        let run = asked(&id(&more), &config(entry));
        let Some(username) = username else {
            assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{name} {run:?}");
            assert!(run.stderr.contains("names no caller"), "{name} {run:?}");
            continue;
        };
        let answer = run.json();
        assert_eq!(
            (answer["identity"]["username"].as_str(), &answer["identity"]["groups"]),
            (Some(username), &groups),
            "{name}"
        );
    }
}

#[test]
fn what_only_the_server_works_out_is_a_gap() {
    let groups =
        "  claimMappings: {username: {claim: sub, prefix: \"\"}, groups: {expression: claims.groups}}\n";
    let rules = "  claimMappings: {username: {claim: sub, prefix: \"\"}}\n  userValidationRules: [{expression: \"!user.username.startsWith('system:')\"}]\n";
    let distributed =
        "  claimMappings: {username: {claim: sub, prefix: \"\"}, groups: {claim: roles, prefix: \"\"}}\n";
    for (entry, more, healthz) in [
        (groups, json!({}), 0),
        (rules, json!({}), 2),
        (distributed, json!({"_claim_names": {"roles": "src1"}}), 0),
    ] {
        let claims = id(&more);
        let run = asked(&claims, &config(entry));
        assert_eq!((decision(&run.json()), run.status), ("deny", 2), "{entry}");
        assert!(codes(&run.json()).contains(&"credential-open"), "{entry}");
        let world = Directory::new()
            .with("t.jwt", token(&claims))
            .with("config.yml", config(entry))
            .with("m/empty.yaml", "kind: List\napiVersion: v1\nitems: []\n");
        let yes = ["--token", "t.jwt", "--authentication-config", "config.yml", "-f", "m", "get", "/healthz"];
        assert_eq!(super::run(&world, &yes).status, healthz, "groups can only add to a yes: {entry}");
        let who = ["whoami", "--token", "t.jwt", "--authentication-config", "config.yml", "-f", "m"];
        assert_eq!(world.run(&who).status, 2, "{entry}");
    }
}

#[test]
fn configurations_that_the_server_does_not_start_with() {
    for (name, text, told) in [
        ("no audiences", config(EMAIL).replace("[kubernetes]", "[]"), "config.yml:4`: `issuer.audiences`"),
        ("no policy", config(EMAIL).replace("[kubernetes]", "[a, b]"), "audienceMatchPolicy"),
        ("http", config(EMAIL).replace("https://", "http://"), "`https://`"),
        ("no prefix", config("  claimMappings: {username: {claim: sub}}\n"), "`prefix`"),
        (
            "both",
            config("  claimMappings: {username: {claim: sub, expression: x, prefix: \"\"}}\n"),
            "only one of",
        ),
        ("no username", config("  claimMappings: {}\n"), "claimMappings.username"),
        (
            "another kind",
            "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n".to_owned(),
            "no AuthenticationConfiguration",
        ),
        ("another version", config(EMAIL).replace("v1beta1", "v2"), "no AuthenticationConfiguration"),
        ("no YAML", "jwt: [".to_owned(), "config.yml:1"),
    ] {
        let run = asked(&id(&json!({})), &text);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{name}");
        assert!(run.stderr.contains(told), "{name}: {run:?}");
    }
    let twice = format!("{}{}", config(EMAIL), config(EMAIL).split_once("jwt:\n").unwrap().1);
    assert!(asked(&id(&json!({})), &twice).stderr.contains("twice"));
    let unused = Directory::new()
        .with("c.yml", config(EMAIL))
        .with("m.yaml", "kind: List\napiVersion: v1\nitems: []\n");
    let run = unused.run(&["can-i", "--user", "ana", "--authentication-config", "c.yml", "get", "pods"]);
    assert_eq!(run.status, 2, "no token was given");
}

#[test]
fn tokens_of_service_accounts() {
    let manifests = "kind: List\napiVersion: v1\nitems: []\n";
    let sub = "system:serviceaccount:ledger:api";
    let bound = json!({"iss": "https://oidc.eks.eu-west-1.amazonaws.com/id/0A", "sub": sub, "aud": ["x"], "exp": 1_893_456_000.5,
        "kubernetes.io": {"namespace": "ledger", "pod": {"name": "api-7"}, "serviceaccount": {"name": "api", "uid": "1"}}});
    let legacy = json!({"iss": "kubernetes/serviceaccount", "sub": sub, "kubernetes.io/serviceaccount/secret.name": "api-token"});
    let foreign = json!({"iss": "https://ci.example", "sub": sub, "exp": 1_893_456_000});
    for (name, claims, by, remark) in [
        ("bound", bound, "serviceAccount", "bound to the pod `api-7`"),
        ("legacy", legacy, "serviceAccount", "the Secret `api-token`"),
        ("of somebody else", foreign, "token", "2030-01-01T00:00:00Z"),
    ] {
        let world = Directory::new().with("t.jwt", token(&claims)).with("m/e.yaml", manifests);
        let answer = ask(&world, &["--token", "t.jwt", "-f", "m", "get", "pods"]);
        assert_eq!(answer["identity"]["mappedBy"], by, "{name}");
        assert!(answer["notes"].to_string().contains(remark), "{name}: {answer:#}");
        let username = answer["identity"]["username"].as_str().unwrap();
        assert_eq!(
            username == sub,
            by == "serviceAccount",
            "{name}: an issuer is not the cluster's by its subject"
        );
    }
}

#[test]
fn passwords_are_told_to_be_gone() {
    let world = Directory::new()
        .with("p.csv", "secret,ana,1\n")
        .with("m.yaml", "kind: List\napiVersion: v1\nitems: []\n");
    let run = world.run(&["can-i", "--basic-auth-file", "p.csv", "--user", "ana", "get", "pods"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("1.19") && !run.stderr.contains("secret"), "{run:?}");
}

#[test]
fn extra_attributes_are_permissions_of_their_own() {
    let rbac = |resource: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: s}}\nrules:\n\
            - {{apiGroups: [\"\"], resources: [users], verbs: [impersonate]}}\n\
            - {{apiGroups: [authentication.k8s.io], resources: [{resource}], verbs: [impersonate]}}\n---\n\
            apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: b}}\n\
            roleRef: {{kind: ClusterRole, name: s, apiGroup: rbac.authorization.k8s.io}}\n\
            subjects: [{{kind: User, name: ana, apiGroup: rbac.authorization.k8s.io}}]\n"
        )
    };
    for (resource, more, granted) in [
        ("userextras/reason", &["--as-user-extra", "Reason=x"][..], "allow"),
        ("userextras/reason", &["--as-user-extra", "reason=x", "--as-user-extra", "scopes=y"], "deny"),
        ("userextras", &["--as-user-extra", "reason=x"], "deny"),
        ("\"userextras/*\"", &["--as-user-extra", "reason=x"], "deny"),
        ("uids", &["--as-uid", "7"], "allow"),
        ("userextras/reason", &["--as-uid", "7"], "deny"),
    ] {
        let world = Directory::new().with("r.yaml", rbac(resource));
        let arguments = [&["--user", "ana", "--as", "bob"][..], more, &["get", "pods"]].concat();
        assert_eq!(ask(&world, &arguments)["impersonation"]["decision"], granted, "{resource} {more:?}");
    }
    let world = Directory::new().with("r.yaml", rbac("uids"));
    let wrong = run(&world, &["--user", "ana", "--as", "bob", "--as-user-extra", "reason", "get", "pods"]);
    assert_eq!(wrong.status, 2);
}

#[test]
fn the_constrained_form_of_impersonation_is_a_gap() {
    let rbac = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: s}\nrules:\n\
        - {apiGroups: [authentication.k8s.io], resources: [users], verbs: [\"impersonate:user-info\"]}\n\
        - {apiGroups: [\"\"], resources: [pods], verbs: [\"impersonate-on:user-info:list\"]}\n---\n\
        apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n\
        roleRef: {kind: ClusterRole, name: s, apiGroup: rbac.authorization.k8s.io}\n\
        subjects: [{kind: User, name: ana, apiGroup: rbac.authorization.k8s.io}]\n";
    let world = Directory::new().with("r.yaml", rbac);
    let constrained = run(&world, &["--user", "ana", "--as", "bob", "list", "pods"]);
    assert_eq!((decision(&constrained.json()), constrained.status), ("deny", 2));
    assert!(codes(&constrained.json()).contains(&"impersonation-constrained"));
    let other = run(&world, &["--user", "carl", "--as", "bob", "list", "pods"]);
    assert_eq!((decision(&other.json()), other.status), ("deny", 1), "nobody gave him anything");
    assert_eq!(world.run(&["whoami", "--user", "ana", "--as", "bob"]).status, 2);
}

/// Whom a token is for: the username, or what is told instead.
fn named(token: &str, arguments: &[&str], configuration: &str) -> Result<Value, String> {
    let world = Directory::new()
        .with("t.jwt", token)
        .with("config", configuration)
        .with("m/empty.yaml", "kind: List\napiVersion: v1\nitems: []\n");
    let all = [&["whoami", "--token", "t.jwt", "-f", "m", "--builtin", "1.34", "-o", "json"][..], arguments];
    let run = world.run(&all.concat());
    if run.stdout.is_empty() { Err(run.stderr) } else { Ok(run.json()["identity"].clone()) }
}

#[test]
fn names_by_the_flags() {
    let account = "system:serviceaccount:ledger:api";
    let of_account = json!({"iss": "https://idp.example", "sub": account,
        "kubernetes.io": {"namespace": "ledger", "serviceaccount": {"name": "api", "uid": "1"}}});
    for (flags, claims, username) in [
        ("", id(&json!({})), "https://idp.example#00u1"),
        ("--oidc-username-claim email", id(&json!({})), "ana@corp.example"),
        ("--oidc-username-claim email --oidc-username-prefix=", id(&json!({})), "ana@corp.example"),
        ("--oidc-username-claim email --oidc-username-prefix=x:", id(&json!({})), "x:ana@corp.example"),
        ("--oidc-username-prefix=", id(&json!({})), "https://idp.example#00u1"),
        ("--oidc-username-prefix=-", id(&json!({})), "00u1"),
        ("--oidc-username-prefix=x:", id(&json!({})), "x:00u1"),
        ("", of_account.clone(), account),
        // whoever says which claim names the user asks about a token of the issuer
        (
            "--oidc-username-claim sub --oidc-username-prefix=x:",
            of_account,
            "x:system:serviceaccount:ledger:api",
        ),
    ] {
        let flags: Vec<&str> = flags.split(' ').filter(|flag| !flag.is_empty()).collect();
        assert_eq!(named(&token(&claims), &flags, "").unwrap()["username"], username, "{flags:?}");
    }
}

#[test]
fn names_by_an_identity_provider_of_eks() {
    let arguments = ["--authentication-config", "config"];
    for (more, told) in [
        (json!({}), Ok("https://idp.example#00u1")),
        (json!({"usernameClaim": "email"}), Ok("ana@corp.example")),
        (json!({"usernameClaim": "email", "usernamePrefix": ""}), Ok("ana@corp.example")),
        (json!({"usernameClaim": "email", "usernamePrefix": "x:"}), Ok("x:ana@corp.example")),
        (json!({"usernamePrefix": ""}), Ok("https://idp.example#00u1")),
        (json!({"usernamePrefix": "-"}), Ok("00u1")),
        (json!({"clientId": "other"}), Err("that of the configuration is `other`")),
        (json!({"requiredClaims": {"email": "ana@corp.example"}}), Ok("https://idp.example#00u1")),
        (
            json!({"requiredClaims": {"email": "ben@corp.example"}}),
            Err("its claim `email` must be `ben@corp.example`"),
        ),
        (json!({"requiredClaims": {"hd": "corp"}}), Err("its claim `hd` must be `corp`")),
    ] {
        let mut oidc = json!({"identityProviderConfigName": "p", "clusterName": "c", "issuerUrl": "https://idp.example", "clientId": "kubernetes"});
        for (key, value) in more.as_object().unwrap() {
            oidc[key] = value.clone();
        }
        let configuration = json!({"identityProviderConfig": {"oidc": oidc}}).to_string();
        match (named(&token(&id(&json!({}))), &arguments, &configuration), told) {
            (Ok(identity), Ok(username)) => assert_eq!(identity["username"], username, "{more}"),
            (Err(error), Err(told)) => assert!(error.contains(told), "{more}: {error}"),
            (got, told) => panic!("{more}: {got:?}, not {told:?}"),
        }
    }
}

#[test]
fn what_is_no_token_and_what_a_token_lacks() {
    let arguments = ["--authentication-config", "config"];
    let good = token(&id(&json!({})));
    let list = token(&json!(["iss"]));
    for text in [format!("{good}.x"), list, "a.b".to_owned(), good.replace('.', "-")] {
        assert!(named(&text, &[], "").unwrap_err().contains("it is no signed token"), "{text}");
    }
    let missing = named(&token(&id(&json!({"email": null}))), &arguments, &config(EMAIL)).unwrap_err();
    assert!(missing.contains("it has no claim `email` that is a text"), "{missing}");
    let uid = "  claimMappings: {username: {claim: sub, prefix: \"\"}, uid: {claim: email}}\n";
    assert_eq!(named(&good, &arguments, &config(uid)).unwrap()["uid"], "ana@corp.example");
    let prefixed = "  claimMappings: {username: {expression: claims.sub, prefix: x}}\n";
    assert!(named(&good, &arguments, &config(prefixed)).unwrap_err().contains("has no `prefix`"));
    // groups that are nowhere are none; a rule in CEL is not decided
    let claims =
        "  claimMappings: {username: {claim: sub, prefix: \"\"}, groups: {claim: roles, prefix: \"\"}}\n";
    let rule = "  claimMappings: {username: {claim: sub, prefix: \"\"}}\n  claimValidationRules: [{expression: claims.hd == 'corp'}]\n";
    for (entry, more, is_open) in [
        (claims, json!({}), false),
        (claims, json!({"_claim_names": {"other": "src1"}}), false),
        (claims, json!({"_claim_names": {"roles": "src1"}}), true),
        (rule, json!({}), true),
    ] {
        let run = asked(&id(&more), &config(entry));
        assert_eq!(codes(&run.json()).contains(&"credential-open"), is_open, "{entry} {more}");
    }
}
