//! The rows of aws-iam-authenticator's own tests, and the quirks of how its files are decoded.

use serde_json::json;

use super::*;

fn mapped(world: &Directory, caller: &str, more: &[&str]) -> Value {
    let asked = [&["--arn", caller][..], more, &["list", "pods"]].concat();
    ask(world, &asked)["identity"].clone()
}

fn own(server: &str) -> Directory {
    Directory::new().with("config.yaml", format!("clusterID: c\nserver:\n{server}"))
}

const USER: &str = "arn:aws:iam::111122223333:user/u";

#[test]
fn canonical_arns() {
    use iamrbac::model::arn::canonical;
    let same = |arn: &'static str| (arn, Some(arn));
    for (arn, expected) in [
        ("NOT AN ARN", None),
        same("arn:aws:iam::123456789012:user/Alice"),
        same("arn:aws:iam::123456789012:role/Users"),
        (
            "arn:aws:sts::123456789012:assumed-role/Admin/Session",
            Some("arn:aws:iam::123456789012:role/Admin"),
        ),
        same("arn:aws:sts::123456789012:federated-user/Bob"),
        same("arn:aws:iam::123456789012:root"),
        (
            "arn:aws:sts::123456789012:assumed-role/Org/Team/Admin/Session",
            Some("arn:aws:iam::123456789012:role/Org/Team/Admin"),
        ),
        same("arn:aws-iso:iam::123456789012:user/Chris"),
        same("arn:aws-iso-b:iam::123456789012:user/Chris"),
    ] {
        assert_eq!(canonical(arn).ok().as_deref(), expected, "{arn}");
    }
}

#[test]
fn records_of_permission_sets() {
    let gate = ["--feature-gate", "SSORoleMatch=true"];
    for (fields, role, username) in [
        (
            "permissionSetName: ViewOnlyAccess, accountID: \"012345678912\"",
            "AWSReservedSSO_ViewOnlyAccess_abcdefg",
            Some("tv"),
        ),
        (
            "permissionSetName: ViewOnlyAccess, accountID: \"012345678912\"",
            "awsreservedsso_viewonlyaccess_",
            Some("tv"),
        ),
        (
            "permissionSetName: ViewOnlyAccess, accountID: \"012345678912\"",
            "AWSReservedSSO_Billing_hijklmn",
            None,
        ),
        (
            "permissionSetName: ViewOnlyAccess, accountID: \"012345678912\", partition: aws-nk",
            "AWSReservedSSO_ViewOnlyAccess_a",
            None,
        ),
        (
            "permissionSetName: ViewOnlyAccess, accountID: \"0123456789\"",
            "AWSReservedSSO_ViewOnlyAccess_a",
            None,
        ),
        (
            "permissionSetName: \"ViewOnlyAccess*\", accountID: \"012345678912\"",
            "AWSReservedSSO_ViewOnlyAccess_a",
            None,
        ),
    ] {
        let text = format!("- sso: {{{fields}}}\n  username: tv\n");
        let world = Directory::new().with("a.json", aws_auth(&text, ""));
        let caller = format!("arn:aws:sts::012345678912:assumed-role/{role}/s1");
        assert_eq!(mapped(&world, &caller, &gate)["username"].as_str(), username, "{fields} {role}");
        assert_eq!(mapped(&world, &caller, &[])["username"], Value::Null, "the gate is off");
        // the same entry in the authenticator's own file, which does not start with one that it cannot check
        let world = own(&format!("  mapRoles:\n  - sso: {{{fields}}}\n    username: tv\n"));
        let arguments = [&["--arn", &caller][..], &gate, &["list", "pods"]].concat();
        let run = run(&world, &arguments);
        assert_eq!(run.json()["identity"]["username"].as_str(), username, "{fields} {role}");
        let starts = !["aws-nk", "\"0123456789\"", "*"].iter().any(|bad| fields.contains(bad));
        assert_eq!(run.status == 2, !starts, "{fields} {run:?}");
    }
}

#[test]
fn backends_of_a_configuration() {
    let by = "  mapUsers: [{userarn: \"arn:aws:iam::111122223333:user/u\", username: file}]\n";
    let behind = aws_auth("", &format!("- userarn: {USER}\n  username: config-map\n"));
    for (modes, username) in [
        ("", Some("file")),
        ("  backendMode: [MountedFile, EKSConfigMap, CRD]\n", Some("file")),
        ("  backendMode: [EKSConfigMap, MountedFile]\n", Some("config-map")),
        ("  BACKENDMODE: [ConfigMap, File]\n", Some("config-map")),
        ("  backendMode: EKSConfigMap MountedFile\n", Some("config-map")),
        ("  backendMode: [CRD]\n", None),
    ] {
        let world = own(&format!("{modes}{by}")).with("a.json", &behind);
        assert_eq!(mapped(&world, USER, &[])["username"].as_str(), username, "{modes}");
    }
    for modes in ["[ModeFoo]", "[]", "\"\"", "[MountedFile, MountedFile]", "CRD,MountedFile"] {
        let world = own(&format!("  backendMode: {modes}\n{by}"));
        let run = run(&world, &["--arn", USER, "list", "pods"]);
        assert_eq!(run.status, 2, "{modes}");
        assert!(codes(&run.json()).contains(&"configuration-refused"), "{modes}");
    }
}

#[test]
fn spellings_that_viper_takes() {
    for (entry, username) in [
        (format!("{{userarn: \"{USER}\", username: a}}"), "a"),
        (format!("{{userARN: \"{USER}\", USERNAME: a, Groups: [g]}}"), "a"),
        (format!("{{userARN: \"{USER}\", userarn: \"arn:aws:iam::1:user/x\", username: a}}"), "a"),
        (format!("{{userarn: \"{USER}\", username: small, userName: capital}}"), "capital"),
        (format!("{{userarn: \"{USER}\", userName: capital, username: small}}"), "capital"),
    ] {
        let world = own(&format!("  MAPUSERS: [{entry}]\n"));
        assert_eq!(mapped(&world, USER, &[])["username"], username, "{entry}");
    }
    let top = Directory::new().with(
        "config.yaml",
        format!("CLUSTERID: c\nSERVER: {{mapUsers: [{{userarn: \"{USER}\", username: a}}]}}\n"),
    );
    assert_eq!(mapped(&top, USER, &[])["username"], "a");
}

fn dynamic(more: &Value) -> String {
    let mut file =
        json!({"mapUsers": [{"userarn": USER, "userid": "AIDA1", "username": "u", "groups": ["g"]}]});
    for (key, value) in more.as_object().unwrap() {
        file[key] = value.clone();
    }
    file.to_string()
}

#[test]
fn a_dynamic_file_counts_whole_or_not_at_all() {
    for (name, text, username) in [
        ("as it should be", dynamic(&json!({"Version": "7", "mapAccounts": ["123"], "more": 1})), Some("u")),
        ("lists that are null", dynamic(&json!({"mapRoles": null, "mapAccounts": null})), Some("u")),
        ("a version that is a number", dynamic(&json!({"Version": 7})), None),
        ("an account that is a number", dynamic(&json!({"mapAccounts": [111_122_223_333_u64]})), None),
        (
            "a username that is a number",
            dynamic(&json!({"mapRoles": [{"rolearn": role("R"), "username": 1}]})),
            None,
        ),
        (
            "groups that are a text",
            dynamic(&json!({"mapRoles": [{"rolearn": role("R"), "groups": "g"}]})),
            None,
        ),
        (
            "an entry without its key",
            dynamic(&json!({"mapRoles": [{"userid": "AROA1", "username": "r"}]})),
            None,
        ),
        ("an object for a list", dynamic(&json!({"mapRoles": {"rolearn": role("R")}})), None),
    ] {
        let world = Directory::new().with("d.json", text);
        let run = run(&world, &["--arn", USER, "list", "pods"]);
        assert_eq!(run.json()["identity"]["username"].as_str(), username, "{name}");
        assert_eq!(run.status == 2, username.is_none(), "{name} {run:?}");
    }
    let yaml = format!("mapUsers:\n- userarn: {USER}\n  username: u\n");
    let world = Directory::new().with("values.yaml", yaml);
    assert_eq!(mapped(&world, USER, &[])["authenticated"], false, "a file of YAML is none of these");
}

#[test]
fn strict_dynamic_files_need_ids() {
    let strict = "  backendMode: [DynamicFile]\n  dynamicfileUserIDStrict: true\n";
    let world =
        |users: &Value| own(strict).with("d.json", json!({"mapRoles": [], "mapUsers": users}).to_string());
    let without = world(&json!([{"userarn": USER, "username": "u"}]));
    assert_eq!(run(&without, &["--arn", USER, "list", "pods"]).status, 2, "refused whole");
    let twice = world(&json!([
        {"userarn": USER, "userid": "AIDA1", "username": "old"},
        {"userarn": USER, "userid": "AIDA2", "username": "new"},
    ]));
    for (id, username) in [("AIDA1", Some("old")), ("AIDA2", Some("new")), ("AIDA3", None)] {
        assert_eq!(mapped(&twice, USER, &["--user-id", id])["username"].as_str(), username, "{id}");
    }
    let answer = ask(&twice, &["--arn", USER, "list", "pods"]);
    assert_eq!((decision(&answer), &answer["on"]), ("depends", &json!(["unique id"])), "{answer:#}");
}

#[test]
fn templates_of_the_server() {
    let caller = "arn:aws:sts::123:assumed-role/R";
    for (template, session, rendered) in [
        ("a-{{AccountID}}-b", "jdoe", "a-123-b"),
        ("a-{{AccessKeyID}}-b", "jdoe", "a-321-b"),
        ("a-{{SessionName}}-b", "jdoe", "a-jdoe-b"),
        ("a-{{SessionName}}-b", "jdoe@example.com", "a-jdoe-example.com-b"),
        ("a-{{SessionNameRaw}}-b", "jdoe@example.com", "a-jdoe@example.com-b"),
        (
            "a-{{AccountID}}-{{SessionName}}-{{SessionNameRaw}}-b",
            "jdoe@example.com",
            "a-123-jdoe-example.com-jdoe@example.com-b",
        ),
    ] {
        let server =
            format!("  mapRoles: [{{rolearn: \"arn:aws:iam::123:role/R\", username: \"{template}\"}}]\n");
        let identity = mapped(&own(&server), &format!("{caller}/{session}"), &["--access-key-id", "321"]);
        assert_eq!(identity["username"], rendered, "{template} {session}");
    }
    let node =
        "  mapRoles: [{rolearn: \"arn:aws:iam::123:role/R\", username: \"a-{{EC2PrivateDNSName}}-b\"}]\n";
    let refused = mapped(&own(node), &format!("{caller}/i-aaaaa"), &[]);
    assert!(refused["error"].as_str().unwrap().contains("did not contain an instance id"), "{refused:#}");
    let named = ["--session-name", "i-0c6f21bf1f24f9708", "--ec2-private-dns-name", "ip-172-31-27-14"];
    assert_eq!(mapped(&own(node), "arn:aws:iam::123:role/R", &named)["username"], "a-ip-172-31-27-14-b");
}

#[test]
fn accounts_of_each_backend() {
    let account = "0123456789012";
    let user = format!("arn:aws:iam::{account}:user/Test");
    let session = format!("arn:aws:sts::{account}:assumed-role/Test/extra");
    let world = own(&format!("  backendMode: [CRD, MountedFile]\n  mapAccounts: [\"{account}\"]\n"));
    assert_eq!(mapped(&world, &user, &[])["username"], user);
    let of_role = mapped(&world, &session, &[]);
    assert_eq!(of_role["username"], format!("arn:aws:iam::{account}:role/Test"));
    assert_eq!(of_role["groups"], json!(["system:authenticated"]));
    // an account of an earlier door hides the mappings of later ones, and a mapping of an earlier one its own account's
    let mapping = aws_auth("", &format!("- userarn: {USER}\n  username: mapped\n"));
    let listed = "  mapAccounts: [\"111122223333\"]\n";
    for (modes, username) in [("MountedFile EKSConfigMap", USER), ("EKSConfigMap MountedFile", "mapped")] {
        let binding = format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: b}}\n\
            roleRef: {{kind: ClusterRole, name: view, apiGroup: rbac.authorization.k8s.io}}\n\
            subjects: [{{kind: User, name: \"{USER}\", apiGroup: rbac.authorization.k8s.io}}]\n"
        );
        let world = own(&format!("  backendMode: {modes}\n{listed}"))
            .with("a.json", &mapping)
            .with("b.yaml", binding);
        assert_eq!(mapped(&world, USER, &[])["username"], username, "{modes}");
        let of_account = ask(&world, &["--arn", "111122223333", "list", "pods"]);
        let decided = if username == USER { "depends" } else { "deny" };
        assert_eq!(decision(&of_account), decided, "{modes}: {of_account:#}");
    }
}

/// A binding to the ARN of a principal reaches it where nothing but its account lets it in.
#[test]
fn principals_of_a_listed_account_that_bindings_name() {
    let user = |name: &str| format!("arn:aws:iam::{ACCOUNT}:user/{name}");
    let sso = role("AWSReservedSSO_View_0123");
    let eve = "arn:aws:iam::111122223333:user/eve".to_owned();
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/dev/s");
    let names = [user("alice"), user("ben"), role("dev"), sso.clone(), eve.clone(), session.clone()];
    let subjects: Vec<Value> = names
        .iter()
        .map(|name| json!({"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": name}))
        .collect();
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"}, "subjects": subjects,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}});
    let server = format!(
        "  mapAccounts: [\"{ACCOUNT}\"]\n  mapUsers: [{{userarn: \"{}\", username: alice}}]\n\
        \x20 mapRoles: [{{sso: {{permissionSetName: View, accountID: \"{ACCOUNT}\"}}, username: sso}}]\n",
        user("alice")
    );
    let world = own(&server).with("b.json", binding.to_string());
    for gate in ["SSORoleMatch=false", "SSORoleMatch=true"] {
        let by_account = |name: &&str| gate.ends_with("false") || *name != sso;
        let reached: Vec<&str> =
            [sso.as_str(), &names[2], &names[1]].into_iter().filter(by_account).collect();
        let who = [
            "who-can",
            "list",
            "pods",
            "--kind",
            "role",
            "--kind",
            "user",
            "--feature-gate",
            gate,
            "-o",
            "json",
        ];
        let who = world.run(&who).json();
        let rows = who["principals"].as_array().unwrap().iter();
        let listed: Vec<&str> = rows.map(|row| row["principal"].as_str().unwrap()).collect();
        assert_eq!(listed, reached, "{gate}");
        // one of the account may: whoever the binding names, and no other
        let account = ask(&world, &["--arn", ACCOUNT, "list", "pods", "--feature-gate", gate]);
        assert_eq!(decision(&account), "depends");
        let told: Vec<&str> = account["cases"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|case| case["username"].as_str())
            .collect();
        for name in &names {
            assert_eq!(
                told.contains(&name.as_str()),
                reached.contains(&name.as_str()),
                "{gate} {name}: {told:?}"
            );
        }
        let dead = world.run(&["summary", "--feature-gate", gate]).stdout;
        let dead = dead.split("to which no mapping leads").nth(1).unwrap();
        for name in &names {
            assert_eq!(!dead.contains(name), reached.contains(&name.as_str()), "{gate} {name}: {dead}");
        }
    }
}

/// An index of mappings answers as the doors do, also for whoever an account lets in.
#[test]
fn an_index_answers_as_the_doors() {
    use iamrbac::identity::{MappingIndex, Principal, authenticate, authenticate_in};
    use iamrbac::manifest::{Loader, Options};
    let sso = role("AWSReservedSSO_View_0123");
    let server = format!(
        "clusterID: c\nserver:\n  mapAccounts: [\"{ACCOUNT}\"]\n\
        \x20 mapRoles: [{{sso: {{permissionSetName: View, accountID: \"{ACCOUNT}\"}}, username: sso}}]\n"
    );
    let names = [sso.as_str(), &role("dev")].map(str::to_owned);
    for gate in [false, true] {
        let mut loader = Loader::new(Options::default());
        loader.add("config.yaml", server.clone().into_bytes());
        let mut loaded = loader.finish();
        loaded.cluster.doors.sso_role_match = gate;
        let index = MappingIndex::new(&loaded.cluster);
        let account = Principal::of_account(ACCOUNT).unwrap();
        let told = |cases: Vec<iamrbac::identity::Case<'_>>| -> Vec<String> {
            let pieces = cases.into_iter().flat_map(|case| case.split(names.iter().map(String::as_str), []));
            let of_piece = |piece: iamrbac::identity::Case<'_>| {
                assert_eq!(piece.outcome.unwrap().when, piece.when);
                piece.when.principal.unwrap().to_string()
            };
            pieces.map(of_piece).collect()
        };
        let of_doors = told(authenticate(&loaded.cluster, &account));
        assert_eq!(told(authenticate_in(&index, &account)), of_doors, "{gate}");
        assert_eq!(of_doors.contains(&sso), !gate, "{of_doors:?}");
    }
}
