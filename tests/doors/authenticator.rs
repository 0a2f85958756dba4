//! aws-iam-authenticator: its backends, their order, and their quirks.

use serde_json::json;

use super::*;

fn indented(text: &str, blanks: usize) -> String {
    let before = " ".repeat(blanks);
    text.split_inclusive('\n').flat_map(|line| [before.as_str(), line]).collect()
}

fn config(server: &str) -> String {
    format!("clusterID: k.example.com\nserver:\n{server}")
}

fn identity(world: &Directory, caller: &str, more: &[&str]) -> Value {
    let mut arguments = vec!["--arn", caller];
    arguments.extend(more);
    arguments.extend(["list", "pods"]);
    ask(world, &arguments)["identity"].clone()
}

#[test]
fn mounted_file() {
    let server = "  mapRoles:\n  - roleARN: arn:aws:iam::012345678910:role/test-role\n    username: shreyas\n    groups: [\"system:masters\"]\n\
        \x20 - sso: {permissionSetName: CookieCutterPermissions, accountID: \"012345678910\"}\n    username: cookie-cutter\n    groups: [g]\n\
        \x20 - rolearn: arn:aws:sts::012345678910:assumed-role/test-assumed-role/session-name\n    username: test\n\
        \x20 mapUsers:\n  - userARN: arn:aws:iam::012345678910:user/donald\n    username: donald\n    groups: a,b\n\
        \x20 mapAccounts: [\"000000000000\"]\n";
    let world = Directory::new().with("config.yaml", config(server));
    for (caller, username) in [
        ("arn:aws:sts::012345678910:assumed-role/TEST-role/s1", json!("shreyas")),
        ("arn:aws:sts::012345678910:assumed-role/test-assumed-role/other", json!("test")),
        ("arn:aws:iam::012345678910:user/donald", json!("donald")),
        ("arn:aws:iam::000000000000:user/x", json!("arn:aws:iam::000000000000:user/x")),
        ("arn:aws:sts::012345678910:assumed-role/AWSReservedSSO_CookieCutterPermissions_123/s1", Value::Null),
    ] {
        assert_eq!(identity(&world, caller, &[])["username"], username, "{caller}");
    }
    let sso = "arn:aws:sts::012345678910:assumed-role/AWSReservedSSO_CookieCutterPermissions_123/s1";
    assert_eq!(identity(&world, sso, &["--feature-gate", "SSORoleMatch=true"])["username"], "cookie-cutter");
    let donald = identity(&world, "arn:aws:iam::012345678910:user/donald", &[]);
    assert_eq!(
        (&donald["groups"], &donald["mappedBy"]),
        (&json!(["a", "b", "system:authenticated"]), &json!("mountedFile"))
    );
}

#[test]
fn permission_sets_with_a_partition_never_match() {
    for (partition, username) in
        [("", json!("u")), (", partition: aws", Value::Null), (", partition: aws-cn", Value::Null)]
    {
        let text = format!(
            "- sso: {{permissionSetName: Admin, accountID: \"{ACCOUNT}\"{partition}}}\n  username: u\n"
        );
        let world = Directory::new().with("a.json", aws_auth(&text, ""));
        let gate = ["--feature-gate", "SSORoleMatch=true"];
        let caller = format!("arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/s1");
        let found = identity(&world, &caller, &gate);
        assert_eq!(found["username"], username, "{partition}");
        let longer = format!("arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Admin_Extra_01/s1");
        assert_eq!(
            identity(&world, &longer, &gate)["username"],
            username,
            "a longer name of a set matches as well"
        );
        if username.is_null() {
            let answer = ask(&world, &["--arn", &caller, "list", "pods", gate[0], gate[1]]);
            assert!(codes(&answer).contains(&"mapping-sso"), "{answer:#}");
        }
    }
}

#[test]
fn weak_types_of_the_mounted_file() {
    for (written, username) in
        [("0123", "83"), ("true", "1"), ("yes", "yes"), ("~", ""), ("\"0123\"", "0123")]
    {
        let server = format!("  mapUsers:\n    userarn: arn:aws:iam::1:user/u\n    username: {written}\n");
        let world = Directory::new().with("config.yaml", config(&server));
        assert_eq!(identity(&world, "arn:aws:iam::1:user/u", &[])["username"], username, "{written}");
    }
}

#[test]
fn a_configuration_that_does_not_start_is_a_gap() {
    for server in [
        "  mapRoles:\n  - username: x\n",
        "  mapRoles: |\n    - rolearn: arn:aws:iam::1:role/r\n",
        "  mapRoles:\n  - rolearn: arn:aws-nowhere:iam::1:role/r\n",
        "  mapUsers:\n  - rolearn: arn:aws:iam::1:role/r\n",
    ] {
        let world = Directory::new().with("config.yaml", config(server));
        let run = run(&world, &["--arn", "arn:aws:iam::1:role/r", "list", "pods"]);
        assert_eq!(run.status, 2, "{server}");
        assert!(codes(&run.json()).contains(&"configuration-refused"), "{server}");
    }
}

#[test]
fn the_config_map_of_the_authenticator() {
    let inner = config(
        "  mapRoles:\n    - roleARN: arn:aws:iam::1:role/KubernetesAdmin\n      username: \"admin:{{SessionName}}\"\n",
    );
    let config_map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: aws-iam-authenticator, namespace: kube-system}}\ndata:\n  config.yaml: |\n{}",
        indented(&inner, 4)
    );
    let world = Directory::new().with("cm.yaml", config_map);
    let answer = ask(&world, &["--arn", "arn:aws:sts::1:assumed-role/KubernetesAdmin/ann", "list", "pods"]);
    assert_eq!(answer["identity"]["username"], "admin:ann");
    assert_eq!(answer["chain"][1]["place"]["line"], 9, "{answer:#}");
    let other = Directory::new().with(
        "cm.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-iam-authenticator}\ndata:\n  config.yaml: |\n    server: {port: 1}\n",
    );
    assert_eq!(identity(&other, "arn:aws:iam::1:user/u", &[])["authenticated"], false);
}

fn all_doors() -> Directory {
    let by = |username: &str| format!("- rolearn: arn:aws:iam::1:role/r\n  username: {username}\n");
    let indented = indented(&by("file"), 2);
    let crd = "apiVersion: iamauthenticator.k8s.aws/v1alpha1\nkind: IAMIdentityMapping\nmetadata: {name: m}\n\
        spec: {arn: \"arn:aws:iam::1:role/R\", username: object, groups: [g]}\nstatus: {canonicalARN: \"arn:aws:iam::1:role/else\"}\n";
    let dynamic = json!({"Version": "7", "mapRoles": [{"rolearn": "arn:aws:iam::1:role/r", "username": "dynamic", "groups": []}]});
    Directory::new()
        .with("config.yaml", config(&format!("  backendMode: [CRD, MountedFile]\n  mapRoles:\n{indented}")))
        .with("crd.yaml", crd)
        .with("dynamic.json", dynamic.to_string())
        .with("aws-auth.json", aws_auth(&by("config-map"), ""))
}

#[test]
fn the_order_of_backends() {
    let caller = "arn:aws:sts::1:assumed-role/r/s1";
    let world = all_doors();
    for (mode, username) in [
        (&[][..], "object"),
        (&["--backend-mode", "MountedFile,CRD"], "file"),
        (&["--backend-mode", "File"], "file"),
        (&["--backend-mode", "DynamicFile,EKSConfigMap"], "dynamic"),
        (&["--backend-mode", "ConfigMap"], "config-map"),
        (&["--authentication-mode", "CONFIG_MAP", "--backend-mode", "EKSConfigMap"], "config-map"),
    ] {
        assert_eq!(identity(&world, caller, mode)["username"], username, "{mode:?}");
    }
    for wrong in ["ModeFoo", "MountedFile,MountedFile", ""] {
        let run = run(&world, &["--arn", caller, "list", "pods", "--backend-mode", wrong]);
        assert_eq!(run.status, 2, "{wrong}");
    }
    let found = Directory::new()
        .with("aws-auth.json", aws_auth("- rolearn: arn:aws:iam::1:role/r\n  username: config-map\n", ""))
        .with(
            "dynamic.json",
            json!({"mapRoles": [{"rolearn": "arn:aws:iam::1:role/r", "username": "dynamic"}]}).to_string(),
        );
    assert_eq!(
        identity(&found, caller, &[])["mappedBy"],
        "dynamicFile",
        "by default those that are there, in order"
    );
}

#[test]
fn strict_dynamic_files_go_by_unique_id() {
    let entry = |arn: &str| json!({"mapUsers": [], "mapRoles": [{"rolearn": arn, "userid": "AROA1234", "username": "asdf", "groups": ["asdf"]}]});
    let strict = config("  backendMode: [DynamicFile]\n  dynamicfileUserIDStrict: true\n");
    let world = |arn: &str| {
        Directory::new().with("config.yaml", &strict).with("dynamic.json", entry(arn).to_string())
    };
    let caller = "arn:aws:sts::1:assumed-role/matt/s1";
    for (arn, id, username) in [
        ("arn:aws:iam::1:role/matt", "AROA1234", json!("asdf")),
        ("arn:aws:iam::1:role/path/for/this-role/matt", "AROA1234", json!("asdf")),
        ("arn:aws:iam::1:role/matt", "AROA9999", Value::Null),
        ("arn:aws:iam::1:role/bob", "AROA1234", Value::Null),
        ("not-an-arn", "AROA1234", Value::Null),
        ("", "AROA1234", json!("asdf")),
    ] {
        assert_eq!(identity(&world(arn), caller, &["--user-id", id])["username"], username, "{arn} {id}");
    }
    // of somebody whose id is not known an entry without an ARN may be, and one of another ARN is not
    let other = ask(&world("arn:aws:iam::1:role/bob"), &["--arn", caller, "list", "pods"]);
    assert_eq!(decision(&other), "deny", "{other:#}");
    let known = ask(&world(""), &["--arn", caller, "--user-id", "AROA9999", "list", "pods"]);
    assert_eq!(decision(&known), "deny", "{known:#}");
    let loose = Directory::new().with("dynamic.json", entry("").to_string());
    assert_eq!(
        decision(&ask(&loose, &["--arn", caller, "list", "pods"])),
        "deny",
        "ids count in strict mode only"
    );
    let unknown = ask(&world(""), &["--arn", caller, "list", "pods"]);
    assert_eq!(decision(&unknown), "depends", "{unknown:#}");
    let assumed = ask(&world("arn:aws:iam::1:role/matt"), &["--arn", caller, "list", "pods"]);
    assert!(codes(&assumed).contains(&"user-id-assumed"));
    let broken = json!({"mapRoles": [{"rolearn": "arn:aws:iam::1:role/matt", "username": "x"}, {"sso": {}}]});
    let broken = Directory::new().with("config.yaml", &strict).with("dynamic.json", broken.to_string());
    assert_eq!(run(&broken, &["--arn", caller, "list", "pods"]).status, 2, "all of it or nothing");
}

#[test]
fn reserved_prefixes_end_the_search() {
    let server = "  backendMode: [MountedFile, EKSConfigMap]\n  reservedPrefixConfig:\n  - backendMode: MountedFile\n\
        \x20   usernamePrefixReserveList: [\"aws:\", \"eks:\", \"system:\"]\n  mapUsers:\n";
    for (name, username) in [
        ("system:masters", None),
        ("test", Some("test")),
        ("eksb:test", Some("eksb:test")),
        ("eks:test", None),
    ] {
        let mapped = format!("  - userarn: arn:aws:iam::1:user/u\n    username: \"{name}\"\n");
        let world = Directory::new()
            .with("config.yaml", config(&format!("{server}{mapped}")))
            .with("aws-auth.json", aws_auth("", "- userarn: arn:aws:iam::1:user/u\n  username: behind\n"));
        let found = identity(&world, "arn:aws:iam::1:user/u", &[]);
        assert_eq!(found["username"].as_str(), username, "{name}");
        if username.is_none() {
            let error = found["error"].as_str().unwrap();
            assert!(
                error.starts_with(&format!("invalid username '{name}' for mapper MountedFile:")),
                "{error}"
            );
        }
    }
    let eks = Directory::new()
        .with("a.json", aws_auth("", "- userarn: arn:aws:iam::1:user/u\n  username: eks:addon-manager\n"));
    let answer = ask(&eks, &["--arn", "arn:aws:iam::1:user/u", "list", "pods"]);
    assert_eq!(answer["identity"]["username"], "eks:addon-manager");
    assert!(codes(&answer).contains(&"username-reserved"));
}

/// A door, and how a cluster with one entry there is made: by the list, the key of the ARN, and the ARN.
type Made<'a> = (&'a str, &'a dyn Fn(&str, &str, &str) -> Directory);

/// Each door has its own way of comparing what an entry names with who comes.
#[test]
fn letter_case_and_paths_at_each_door() {
    let mounted = |key: &str, field: &str, arn: &str| {
        let file = format!("  {key}: [{{{field}: \"{arn}\", username: x}}]\n");
        Directory::new().with("config.yaml", config(&file))
    };
    let dynamic = |key: &str, field: &str, arn: &str| {
        Directory::new().with("d.json", json!({key: [{field: arn, "username": "x"}]}).to_string())
    };
    let object = |_: &str, _: &str, arn: &str| {
        let object = json!({"apiVersion": "iamauthenticator.k8s.aws/v1alpha1", "kind": "IAMIdentityMapping",
            "metadata": {"name": "m"}, "spec": {"arn": arn, "username": "x"}});
        Directory::new().with("m.json", object.to_string())
    };
    let config_map = |key: &str, field: &str, arn: &str| {
        let text = format!("- {field}: \"{arn}\"\n  username: x\n");
        let (roles, users) = if key == "mapRoles" { (text.as_str(), "") } else { ("", text.as_str()) };
        Directory::new().with("a.json", aws_auth(roles, users))
    };
    let doors: [Made<'_>; 4] =
        [("MountedFile", &mounted), ("DynamicFile", &dynamic), ("CRD", &object), ("ConfigMap", &config_map)];
    let role = ("mapRoles", "rolearn", "arn:aws:sts::123456789012:assumed-role/Dev/s1");
    let long = ("mapRoles", "rolearn", "arn:aws:sts::123456789012:assumed-role/devs/s1");
    let user = ("mapUsers", "userarn", "arn:aws:iam::123456789012:user/Ann");
    for ((key, field, caller), arn, fitting) in [
        (role, "arn:aws:iam::123456789012:role/Dev", "MountedFile DynamicFile CRD ConfigMap"),
        (role, "arn:aws:iam::123456789012:role/dev", "MountedFile DynamicFile CRD ConfigMap"),
        (role, "arn:aws:iam::123456789012:ROLE/dev", "DynamicFile CRD ConfigMap"),
        (role, "ARN:AWS:IAM::123456789012:ROLE/DEV", "DynamicFile CRD ConfigMap"),
        (role, "arn:aws:sts::123456789012:assumed-role/Dev/s2", "MountedFile DynamicFile CRD"),
        (role, "arn:aws:iam::123456789012:role/team/Dev", ""),
        (role, "", ""),
        // the long s folds to an s, and its lower case is itself
        (long, "arn:aws:iam::123456789012:role/dev\u{17f}", "MountedFile ConfigMap"),
        (user, "arn:aws:iam::123456789012:user/Ann", "MountedFile DynamicFile CRD ConfigMap"),
        (user, "ARN:AWS:IAM::123456789012:USER/ANN", "MountedFile DynamicFile CRD ConfigMap"),
        (user, "arn:aws:iam::123456789012:user/team/Ann", ""),
    ] {
        let fits = |(door, world): &Made<'_>| {
            let run =
                run(&world(key, field, arn), &["--arn", caller, "--backend-mode", door, "list", "pods"]);
            run.json()["identity"]["username"] == "x"
        };
        let found: Vec<&str> = doors.iter().filter(|door| fits(door)).map(|(door, _)| *door).collect();
        assert_eq!(found.join(" "), fitting, "{arn}");
    }
}

/// Of two entries for one caller the later one counts where the door keeps them under one key, else chance decides.
#[test]
fn two_entries_for_one_caller() {
    let caller = "arn:aws:sts::123456789012:assumed-role/dev/s1";
    let user = "arn:aws:iam::123456789012:user/ann";
    let (upper, lower) = ("arn:aws:iam::123456789012:role/Dev", "arn:aws:iam::123456789012:role/dev");
    let object = |name: &str, arn: &str| {
        json!({"apiVersion": "iamauthenticator.k8s.aws/v1alpha1", "kind": "IAMIdentityMapping",
            "metadata": {"name": name}, "spec": {"arn": arn, "username": name}})
        .to_string()
    };
    let roles = |one: &str, other: &str| {
        format!("- rolearn: {one}\n  username: one\n- rolearn: {other}\n  username: other\n")
    };
    let users = |one: &str, other: &str| {
        format!("- userarn: {one}\n  username: one\n- userarn: {other}\n  username: other\n")
    };
    let ann = "arn:aws:iam::123456789012:user/Ann";
    let mounted = |text: &str| Directory::new().with("config.yaml", config(text));
    let entry = |arn: &str, username: &str| super::entry(arn, &json!({"username": username}));
    for (what, world, caller, usernames) in [
        (
            "objects",
            Directory::new().with("a.json", object("one", lower)).with("b.json", object("other", lower)),
            caller,
            vec!["one", "other"],
        ),
        ("roles", Directory::new().with("a.json", aws_auth(&roles(upper, lower), "")), caller, vec!["other"]),
        ("users", Directory::new().with("a.json", aws_auth("", &users(user, user))), user, vec!["other"]),
        (
            "users by case",
            Directory::new().with("a.json", aws_auth("", &users(ann, user))),
            user,
            vec!["one", "other"],
        ),
        (
            "a mounted file",
            mounted(&format!("  mapRoles:\n{}", indented(&roles(upper, lower), 2))),
            caller,
            vec!["other"],
        ),
        (
            "users of a mounted file",
            mounted(&format!("  mapUsers:\n{}", indented(&users(ann, user), 2))),
            user,
            vec!["other"],
        ),
        (
            "a dynamic file, whose ids do not count",
            Directory::new().with(
                "d.json",
                json!({"mapRoles": [{"rolearn": lower, "userid": "AROA1", "username": "one"},
                    {"rolearn": lower, "userid": "AROA2", "username": "other"}]})
                .to_string(),
            ),
            caller,
            vec!["other"],
        ),
        (
            "access entries",
            Directory::new()
                .with("a.json", entry("arn:aws:iam::123456789012:role/team/dev", "one"))
                .with("b.json", entry(lower, "other")),
            caller,
            vec!["other"],
        ),
    ] {
        let found = ask(&world, &["--arn", caller, "list", "pods"]);
        let identities =
            found["cases"].as_array().cloned().unwrap_or_else(|| vec![found["identity"].clone()]);
        let names: Vec<&str> = identities.iter().map(|one| one["username"].as_str().unwrap()).collect();
        assert_eq!(names, usernames, "{what}: {found:#}");
    }
}
