//! Callers who stand for many, as people ask for them: roles without a session name, nodes, accounts, the root user.

use serde_json::Value;

use crate::harness::{Directory, Run};

const MANIFESTS: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev:{{SessionName}}
    - rolearn: arn:aws:iam::111122223333:role/both
      username: "{{SessionName}}/{{SessionNameRaw}}"
    - rolearn: arn:aws:iam::111122223333:role/node
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:nodes]
    - rolearn: arn:aws:iam::111122223333:role/key
      username: key:{{AccessKeyID}}
    - rolearn: arn:aws:iam::111122223333:role/never
      username: never:{{SessionName}}
    - rolearn: arn:aws:iam::111122223333:role/pair
      username: "{{SessionName}}+{{AccessKeyID}}"
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:root
      username: the-root
  mapAccounts: |
    - "444455556666"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "dev:ann-x"}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "a-b/a@b"}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "a-b/a-c"}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:node:ip-10-0-0-1.ec2.internal"}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "key:AKIAIOSFODNN7EXAMPLE"}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "the-root"}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "arn:aws:iam::444455556666:user/eve"}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "never:a:b"}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "never:x y"}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "ann+AKIAIOSFODNN7EXAMPLE"}
"#;

fn ask(caller: &str, more: &[&str]) -> Run {
    let world = Directory::new().with("a.yaml", MANIFESTS);
    let arn = if caller.contains('/') || caller == "root" {
        format!("arn:aws:iam::111122223333:{caller}")
    } else {
        caller.to_owned()
    };
    world.run(&[&["can-i", "--arn", &arn, "list", "pods"], more].concat())
}

/// The conditions of the cases that are allowed.
fn allowed(document: &Value) -> Vec<String> {
    let cases = document["cases"].as_array().unwrap().iter().filter(|case| case["decision"] == "allow");
    let texts = |case: &Value, field: &str| -> Vec<String> {
        let list = case[field].as_array().cloned().unwrap_or_default();
        list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    cases.flat_map(|case| [texts(case, "sessions"), texts(case, "conditions")].concat()).collect()
}

#[test]
fn a_role_depends_on_the_names_that_get_yes() {
    for (role, sessions) in [("role/dev", "ann[@-]x"), ("role/both", "a@b")] {
        let run = ask(role, &["-o", "json"]);
        let document = run.json();
        assert_eq!((run.status, &document["decision"]), (3, &"depends".into()), "{role}");
        assert_eq!(allowed(&document), [sessions]);
        let codes: Vec<&Value> =
            document["notes"].as_array().unwrap().iter().map(|note| &note["code"]).collect();
        assert!(codes.contains(&&"session-chosen-by-caller".into()), "{codes:?}");
        assert!(
            document["cases"].as_array().unwrap().iter().all(|case| case["chain"][0]["step"] == "caller")
        );
    }
}

#[test]
fn a_session_answers_for_itself() {
    for (session, status) in [("ann-x", 0), ("ann@x", 0), ("ann", 1)] {
        assert_eq!(ask("role/dev", &["--session", session, "-q"]).status, status, "{session}");
    }
    assert_eq!(ask("role/both", &["--session", "a@b", "-q"]).status, 0);
    assert_eq!(ask("role/both", &["--session", "a-b", "-q"]).status, 1);
}

#[test]
fn names_that_no_session_makes_are_told() {
    let run = ask("role/never", &[]);
    assert_eq!(run.status, 1);
    assert!(run.stdout.contains("bound-name-unreachable"), "{}", run.stdout);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("names the User `never:a:b`, which `never:{{SessionName}}` can never become"),
        "{text}"
    );
    // a template is no advice for a subject
    assert!(!text.contains("User `never:{{SessionName}}`"), "{text}");
}

#[test]
fn host_names_and_access_keys_are_solved() {
    let document = ask("role/node", &["-o", "json"]).json();
    assert_eq!(
        allowed(&document),
        ["any EC2 instance id", "host name is ip-10-0-0-1.ec2.internal"],
        "{document:#}"
    );
    let session = ["--session", "i-0123456789abcdef0", "-q"];
    let with =
        |name: &str| ask("role/node", &[&session[..], &["--ec2-private-dns-name", name]].concat()).status;
    assert_eq!((with("ip-10-0-0-1.ec2.internal"), with("ip-10-0-0-2.ec2.internal")), (0, 1));
    let document = ask("role/key", &["-o", "json"]).json();
    assert!(allowed(&document).contains(&"access key id is AKIAIOSFODNN7EXAMPLE".to_owned()), "{document:#}");
    let with = |key: &str| ask("role/key", &["--session", "s1", "--access-key-id", key, "-q"]).status;
    assert_eq!((with("AKIAIOSFODNN7EXAMPLE"), with("AKIAI44QH8DHBEXAMPLE")), (0, 1));
}

#[test]
fn what_belongs_together_of_session_names_and_the_rest_is_told() {
    let no = |case: &&Value| case["decision"] == "deny";
    let expected = serde_json::json!([
        {"session": "any session name but ann"},
        {"session": "ann", "conditions": ["access key id is anything but AKIAIOSFODNN7EXAMPLE"]},
    ]);
    let answer = ask("role/pair", &["-o", "json"]).json();
    let cases = answer["cases"].as_array().unwrap();
    assert_eq!(cases.iter().find(no).unwrap()["when"], expected);
    // one condition, all of which holds, says it plainly
    let yes = cases.iter().find(|case| !no(case)).unwrap();
    assert_eq!(yes.get("when"), None);
    assert_eq!((&yes["sessions"][0], yes["conditions"].as_array().unwrap().len()), (&"ann".into(), 1));

    let world = Directory::new().with("a.yaml", MANIFESTS);
    let arn = "arn:aws:iam::111122223333:role/pair";
    let everyone = world.run(&["who-can", "list", "pods", "-o", "json"]).json();
    let holders = everyone["principals"].as_array().unwrap();
    let pair = holders.iter().find(|holder| holder["principal"] == arn).unwrap();
    assert_eq!(pair["cases"].as_array().unwrap().iter().find(no).unwrap()["when"], expected);

    let csv = world.run(&["can-i", "--list", "--arn", arn, "-o", "csv", "--no-headers"]).stdout;
    let key = "AKIAIOSFODNN7EXAMPLE";
    let others = format!("any session name but ann; ann, access key id is anything but {key}");
    for callers in [format!("ann, access key id is {key}"), others] {
        assert!(csv.contains(&format!("\"{callers}\"")), "{csv}");
    }
}

#[test]
fn accounts_are_asked_for_by_their_digits_and_root_is_one_user() {
    let run = ask("444455556666", &["-o", "json"]);
    let document = run.json();
    assert_eq!((run.status, &document["on"][0]), (3, &"principal".into()));
    assert_eq!(allowed(&document), ["principal is arn:aws:iam::444455556666:user/eve"]);
    assert!(!run.stdout.contains("<anyone>"), "{}", run.stdout);
    let others =
        document["cases"].as_array().unwrap().iter().find(|case| case["decision"] == "deny").unwrap();
    assert!(others["username"].is_null(), "{others:#}");
    let run = ask("root", &[]);
    assert_eq!(run.status, 0);
    assert!(run.stdout.contains("is the root user only"), "{}", run.stdout);
    assert_eq!(ask("999988887777", &["-q"]).status, 1);
}

/// Each case of a role that one entry of `mapRoles` maps, with what it turns on; `+` for those that are allowed.
fn cases(username: &str, groups: &[&str], users: &[&str], bound_groups: &[&str]) -> Vec<String> {
    let entry = format!(
        "- rolearn: arn:aws:iam::111122223333:role/r\n  username: \"{username}\"\n  groups: {}\n",
        serde_json::json!(groups)
    );
    let subject = |kind: &str, name: &&str| serde_json::json!({"kind": kind, "apiGroup": "rbac.authorization.k8s.io", "name": name});
    let users = users.iter().map(|name| subject("User", name));
    let subjects: Vec<Value> = users.chain(bound_groups.iter().map(|name| subject("Group", name))).collect();
    let objects = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            "data": {"mapRoles": entry}},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "b"},
            "subjects": subjects,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}},
    ]});
    let world = Directory::new().with("a.json", objects.to_string());
    let role = "arn:aws:iam::111122223333:role/r";
    let document = world.run(&["can-i", "--arn", role, "list", "pods", "-o", "json"]).json();
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let shown = |case: &Value| {
        let sign = if case["decision"] == "allow" { "+" } else { "-" };
        format!("{sign} {}", [texts(&case["sessions"]), texts(&case["conditions"])].concat().join(" & "))
    };
    document["cases"].as_array().unwrap().iter().map(shown).collect()
}

/// The cases are disjoint and cover everybody: each name that a binding singles out is one, the rest is one.
#[test]
fn what_bindings_single_out() {
    let instance = "any EC2 instance id";
    let no_instance = "- any session name that is no EC2 instance id".to_owned();
    for (username, groups, users, bound, expected) in [
        (
            "u",
            vec!["g:{{AccessKeyID}}"],
            vec![],
            vec!["g:A", "g:B"],
            vec![
                "+ any session name & access key id is A".to_owned(),
                "+ any session name & access key id is B".to_owned(),
                "- any session name & access key id is anything but A, B".to_owned(),
            ],
        ),
        // a name that the username and a group share
        (
            "u:{{AccessKeyID}}",
            vec!["g:{{AccessKeyID}}"],
            vec!["u:A"],
            vec!["g:A", "g:B"],
            vec![
                "+ any session name & access key id is A".to_owned(),
                "+ any session name & access key id is B".to_owned(),
                "- any session name & access key id is anything but A, B".to_owned(),
            ],
        ),
        (
            "{{SessionName}}.{{AccessKeyID}}",
            vec!["{{AccessKeyID}}"],
            vec!["ann.A", "ben.A"],
            vec!["A"],
            vec![
                "- any session name & access key id is anything but A".to_owned(),
                "+ any session name but ann, ben & access key id is A".to_owned(),
                "+ ann & access key id is A".to_owned(),
                "+ ben & access key id is A".to_owned(),
            ],
        ),
        (
            "{{SessionName}}.{{AccessKeyID}}",
            vec!["{{SessionName}}"],
            vec!["ann.A", "ann.B"],
            vec!["ben"],
            vec![
                "- any session name but ann, ben & ann & access key id is anything but A, B".to_owned(),
                "+ ann & access key id is A".to_owned(),
                "+ ann & access key id is B".to_owned(),
                "+ ben".to_owned(),
            ],
        ),
        (
            "n:{{EC2PrivateDNSName}}",
            vec!["g:{{EC2PrivateDNSName}}"],
            vec!["n:a.x"],
            vec!["g:a.x", "g:b.x"],
            vec![
                format!("+ {instance} & host name is a.x"),
                format!("+ {instance} & host name is b.x"),
                format!("- {instance} & host name is anything but a.x, b.x"),
                no_instance.clone(),
            ],
        ),
        (
            "{{EC2PrivateDNSName}}/{{AccessKeyID}}",
            vec![],
            vec!["a.x/A", "b.x/A"],
            vec![],
            vec![
                format!("+ {instance} & host name is a.x & access key id is A"),
                format!("+ {instance} & host name is b.x & access key id is A"),
                format!(
                    "- {instance} & {instance} & host name is anything but a.x, b.x & access key id is A & access key id is anything but A"
                ),
                no_instance.clone(),
            ],
        ),
    ] {
        assert_eq!(cases(username, &groups, &users, &bound), expected, "{username} {groups:?}");
    }
}
