//! Golden vectors of aws-auth, access entries and access policies.

use serde_json::json;

use super::*;

const LIST: [&str; 2] = ["list", "pods"];

#[test]
fn letter_case_and_paths_of_aws_auth() {
    for (map_roles, caller, mapped, hint) in [
        ("role/Dev", "arn:aws:sts::210987654321:assumed-role/dev/s1", true, ""),
        ("role/team/Dev", "arn:aws:iam::210987654321:role/team/Dev", false, "mapping-role-path"),
    ] {
        let text = format!("- rolearn: arn:aws:iam::{ACCOUNT}:{map_roles}\n  username: dev\n");
        let world = Directory::new().with("aws-auth.json", aws_auth(&text, ""));
        let answer = ask(&world, &["--arn", caller, LIST[0], LIST[1]]);
        assert_eq!(answer["identity"]["authenticated"], mapped, "{answer:#}");
        assert!(hint.is_empty() || codes(&answer).contains(&hint), "{answer:#}");
    }
}

#[test]
fn the_path_of_a_user_is_part_of_its_name() {
    let text = format!("- userarn: arn:aws:iam::{ACCOUNT}:user/alice\n  username: alice\n");
    let world = Directory::new().with("aws-auth.json", aws_auth("", &text));
    let answer = ask(&world, &["--arn", "arn:aws:iam::210987654321:user/eng/alice", LIST[0], LIST[1]]);
    assert_eq!(answer["identity"]["authenticated"], false);
    assert_eq!(answer["why"][0]["code"], "mapping-user-path", "{answer:#}");
}

#[test]
fn default_username_of_a_role() {
    let spec = json!({"apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "AccessEntry", "metadata": {"name": "d"},
        "spec": {"clusterName": "c", "principalARN": role("team/Dev")}});
    let world = Directory::new().with("e.json", spec.to_string());
    let answer = ask(&world, &["--arn", &role("team/Dev"), "--session", "al@corp.io", LIST[0], LIST[1]]);
    assert_eq!(answer["identity"]["username"], "arn:aws:sts::210987654321:assumed-role/Dev/al-corp.io");
    assert_eq!(answer["identity"]["mappedBy"], "accessEntry");
}

fn entry_and_aws_auth() -> Directory {
    let masters = format!("- rolearn: {}\n  username: a\n  groups: [\"system:masters\"]\n", role("Dev"));
    Directory::new()
        .with("aws-auth.json", aws_auth(&masters, ""))
        .with("e.json", entry(&role("team/Dev"), &json!({"username": "dev:{{SessionName}}"})))
}

#[test]
fn the_mode_decides_which_door_opens() {
    let world = entry_and_aws_auth();
    for (mode, decided, username, code) in [
        ("API_AND_CONFIG_MAP", "deny", "dev:s1", "mapping-shadowed"),
        ("API", "deny", "dev:s1", "door-shut"),
        ("CONFIG_MAP", "allow", "a", "door-shut"),
    ] {
        let arguments =
            ["--arn", &role("Dev"), "--session", "s1", "--authentication-mode", mode, LIST[0], LIST[1]];
        let answer = ask(&world, &arguments);
        assert_eq!(
            (decision(&answer), answer["identity"]["username"].as_str()),
            (decided, Some(username)),
            "{mode}"
        );
        assert!(codes(&answer).contains(&code), "{mode}: {answer:#}");
    }
    let inferred = ask(&world, &["--arn", &role("Dev"), "--session", "s1", LIST[0], LIST[1]]);
    assert_eq!(inferred["identity"]["groups"], json!(["system:authenticated"]));
    assert!(codes(&inferred).contains(&"mode-inferred"));
}

#[test]
fn in_mode_api_nothing_of_aws_auth_counts() {
    let masters = format!("- rolearn: {}\n  username: a\n  groups: [\"system:masters\"]\n", role("Dev"));
    let world = Directory::new().with("aws-auth.json", aws_auth(&masters, ""));
    let arguments =
        ["--arn", &role("Dev"), "--session", "s1", "--authentication-mode", "API", LIST[0], LIST[1]];
    let answer = ask(&world, &arguments);
    assert_eq!(decision(&answer), "deny");
    assert!(codes(&answer).contains(&"door-shut"), "{answer:#}");
    assert_eq!(answer["complete"], false, "there may be entries that were not captured");
}

fn with_policy(name: &str, scope: &Value) -> Directory {
    Directory::new()
        .with("entry.json", entry(&role("team/Dev"), &json!({"username": "dev:{{SessionName}}"})))
        .with("policies.json", associated(&role("team/Dev"), name, scope))
}

#[test]
fn access_policies_and_their_scopes() {
    let cluster = || json!({"type": "cluster"});
    let dev = || json!({"type": "namespace", "namespaces": ["dev-*"]});
    let odd = || json!({"type": "namespace", "namespaces": ["*-dev"]});
    for (name, scope, question, decided) in [
        ("AmazonEKSEditPolicy", dev(), vec!["create", "deployments", "-n", "dev-7"], "allow"),
        ("AmazonEKSEditPolicy", dev(), vec!["create", "deployments", "-n", "prod"], "deny"),
        ("AmazonEKSEditPolicy", dev(), vec!["list", "pods", "-A"], "deny"),
        ("AmazonEKSEditPolicy", dev(), vec!["get", "namespaces/dev-7"], "allow"),
        ("AmazonEKSEditPolicy", dev(), vec!["list", "namespaces"], "deny"),
        ("AmazonEKSEditPolicy", odd(), vec!["list", "pods", "-n", "a-dev"], "depends"),
        ("AmazonEKSViewPolicy", cluster(), vec!["get", "secrets"], "deny"),
        ("AmazonEKSViewPolicy", cluster(), vec!["get", "pods", "--subresource", "log"], "allow"),
        ("AmazonEKSAdminViewPolicy", cluster(), vec!["get", "secrets"], "allow"),
        ("AmazonEKSAdminViewPolicy", cluster(), vec!["get", "/metrics"], "deny"),
        ("AmazonEKSClusterAdminPolicy", cluster(), vec!["get", "/metrics"], "allow"),
        ("AmazonEKSFooPolicy", cluster(), vec!["get", "pods"], "depends"),
        ("AmazonEKSFooPolicy", dev(), vec!["get", "pods", "-n", "prod"], "deny"),
        ("AmazonEKSKROPolicy", cluster(), vec!["delete", "leases/x"], "depends"),
        ("AmazonEKSKROPolicy", cluster(), vec!["list", "leases"], "allow"),
        ("AmazonEKSViewPolicy", json!({}), vec!["get", "pods"], "depends"),
    ] {
        let world = with_policy(name, &scope);
        let principal = role("team/Dev");
        let mut arguments = vec!["--arn", &principal, "--session", "s1"];
        arguments.extend(&question);
        let answer = ask(&world, &arguments);
        assert_eq!(decision(&answer), decided, "{name} {question:?} {answer:#}");
        if decided == "allow" {
            assert_eq!(answer["authorizer"], "eks-access-policy");
            let steps: Vec<&str> = answer["chain"]
                .as_array()
                .unwrap()
                .iter()
                .map(|link| link["step"].as_str().unwrap())
                .collect();
            assert_eq!(
                steps,
                ["caller", "mapping", "username", "authorizer", "association", "access-policy", "rule"]
            );
            let file = answer["chain"][6]["place"]["file"].as_str().unwrap();
            assert!(file.starts_with("builtin:eks-access-policies"), "{file}");
        }
        if decided == "depends" {
            assert!(codes(&answer).contains(&"access-policy-unsettled"), "{answer:#}");
            assert_eq!(run(&world, &arguments).status, 3);
        }
    }
}

/// Who can in some namespaces only, and a check of impersonation: each is told as open where the policy is.
#[test]
fn open_policies_stay_open_in_every_answer() {
    let dev = json!({"type": "namespace", "namespaces": ["dev"]});
    for (name, is_told) in
        [("AmazonEKSFooPolicy", true), ("AmazonEKSAdminPolicy", true), ("AmazonEKSViewPolicy", false)]
    {
        let world = with_policy(name, &dev);
        let who = world.run(&["who-can", "get", "secrets", "-A", "--kind", "role", "-o", "json"]).json();
        let told = if is_told {
            json!([{"kind": "role", "principal": role("Dev"), "namespaces": ["dev"]}])
        } else {
            json!([])
        };
        assert_eq!(who["onlyInNamespaces"], told, "{name}");
    }
    for (name, decided) in [
        ("AmazonEKSFooPolicy", "depends"),
        ("AmazonEKSClusterAdminPolicy", "allow"),
        ("AmazonEKSViewPolicy", "deny"),
    ] {
        let world = with_policy(name, &json!({"type": "cluster"}));
        let arguments = ["--arn", &role("Dev"), "--session", "s1", "--as", "bob", "list", "pods"];
        assert_eq!(ask(&world, &arguments)["impersonation"]["checks"][0]["decision"], decided, "{name}");
    }
}

/// A difference compares what is known of a policy, and says what is not.
#[test]
fn the_scope_of_a_policy_in_a_difference() {
    let namespaces = |list: &[&str]| json!({"type": "namespace", "namespaces": list});
    for (name, scope, held, is_open) in [
        ("AmazonEKSViewPolicy", json!({"type": "cluster"}), vec![""], false),
        ("AmazonEKSViewPolicy", namespaces(&["dev", "ops-*"]), vec!["dev", "ops-*"], false),
        ("AmazonEKSViewPolicy", namespaces(&["dev", "*-x"]), vec!["dev"], true),
        ("AmazonEKSViewPolicy", namespaces(&["a*b*"]), vec![], true),
        ("AmazonEKSViewPolicy", json!({}), vec![], true),
        ("AmazonEKSFooPolicy", json!({"type": "cluster"}), vec![], true),
        ("AmazonEKSKROPolicy", json!({"type": "cluster"}), vec![""], true),
    ] {
        let dev = entry(&role("team/Dev"), &json!({"username": "dev"}));
        let world = Directory::new().with("before/entry.json", &dev).with("after/entry.json", &dev);
        let world = world.with("after/policies.json", associated(&role("team/Dev"), name, &scope));
        let difference = world.run(&["diff", "before", "after", "-o", "json"]).json();
        let gained = difference["gained"].as_array().unwrap().iter();
        let holders = gained.flat_map(|change| change["holders"].as_array().unwrap());
        let found: std::collections::BTreeSet<&str> =
            holders.map(|holder| holder["namespace"].as_str().unwrap_or_default()).collect();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), held, "{name} {scope}");
        assert_eq!(difference["uncompared"] != json!([]), is_open, "{name} {scope} {difference:#}");
    }
}

/// A matrix asks about each namespace: what holds in the first holds in the others only where nothing looks at them.
#[test]
fn the_scope_of_a_policy_in_a_matrix() {
    let arguments = "matrix -n dev,ops,prod --resources pods --verbs list --arn *Dev -o csv";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    for (namespaces, told) in
        [(json!(["prod"]), vec!["prod"]), (json!(["d*", "ops"]), vec!["dev", "ops"]), (json!(["x"]), vec![])]
    {
        let world =
            with_policy("AmazonEKSViewPolicy", &json!({"type": "namespace", "namespaces": namespaces}));
        let run = world.run(&arguments);
        let fields = run.stdout.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        let found: Vec<(&str, &str)> = fields.map(|fields| (fields[10], fields[11])).collect();
        let told: Vec<(&str, &str)> = told.into_iter().map(|namespace| (namespace, "allow")).collect();
        assert_eq!(found, told, "{run:?}");
    }
}

#[test]
fn rbac_checks_for_escalation_without_access_policies() {
    let world = with_policy("AmazonEKSAdminPolicy", &json!({"type": "namespace", "namespaces": ["x"]}));
    let arguments = ["--arn", &role("Dev"), "--session", "s1", "create", "rolebindings", "-n", "x"];
    let answer = ask(&world, &arguments);
    assert_eq!(decision(&answer), "allow");
    assert!(codes(&answer).contains(&"escalation-check"));
}

#[test]
fn access_policies_end_where_impersonation_begins() {
    let world = with_policy("AmazonEKSClusterAdminPolicy", &json!({"type": "cluster"}));
    let arguments = ["--arn", &role("Dev"), "--session", "s1", "--as", "bob", "list", "pods"];
    let answer = ask(&world, &arguments);
    assert_eq!(answer["impersonation"]["decision"], "allow", "the policy gives the verb impersonate");
    assert_eq!(decision(&answer), "deny");
    assert!(codes(&answer).contains(&"access-policy-not-used"));
}

/// Whoever came through aws-auth has no access policies, also where the same principal has an access entry.
#[test]
fn policies_are_of_those_who_come_by_their_entry() {
    let world = with_policy("AmazonEKSClusterAdminPolicy", &json!({"type": "cluster"}))
        .with("aws-auth.json", aws_auth(&format!("- rolearn: {}\n  username: a\n", role("Dev")), ""));
    for (mode, username, decided) in [("CONFIG_MAP", "a", "deny"), ("API_AND_CONFIG_MAP", "dev:s1", "allow")]
    {
        let arguments = ["--arn", &role("Dev"), "--session", "s1", "--authentication-mode", mode];
        let answer = ask(&world, &[&arguments[..], &["delete", "secrets"]].concat());
        assert_eq!((decision(&answer), answer["identity"]["username"].as_str()), (decided, Some(username)));
    }
}

#[test]
fn policies_belong_to_the_principal_and_not_to_the_username() {
    let world = with_policy("AmazonEKSClusterAdminPolicy", &json!({"type": "cluster"}))
        .with("other.json", entry(&role("Other"), &json!({"username": "dev:{{SessionName}}"})));
    for (name, decided) in [("Dev", "allow"), ("Other", "deny")] {
        let answer = ask(&world, &["--arn", &role(name), "--session", "s1", "list", "secrets"]);
        assert_eq!((decision(&answer), answer["identity"]["username"].as_str()), (decided, Some("dev:s1")));
    }
}

#[test]
fn entries_of_nodes() {
    let typed = |kind: &str| {
        let entry = json!({"Resources": {"E": {"Type": "AWS::EKS::AccessEntry", "Properties": {
            "ClusterName": "c", "PrincipalArn": role("n/node"), "Type": kind}}}});
        Directory::new().with("t.json", entry.to_string())
    };
    let ask = |world: &Directory, session: &str| {
        ask(world, &["--arn", &role("node"), "--session", session, "list", "pods"])
    };
    let person = ask(&typed("EC2_LINUX"), "alice");
    assert_eq!(person["identity"]["authenticated"], false);
    assert!(person["identity"]["error"].as_str().unwrap().contains("did not contain an instance id"));
    let node = ask(&typed("EC2_LINUX"), "i-0123456789abcdef0");
    assert_eq!(node["identity"]["groups"], json!(["system:nodes", "system:authenticated"]));
    assert_eq!(decision(&node), "deny");
    let posing = ask(&typed("FARGATE_LINUX"), "ip-10-0-0-1.eu-west-1.compute.internal");
    assert_eq!(posing["identity"]["username"], "system:node:ip-10-0-0-1.eu-west-1.compute.internal");
    assert!(codes(&posing).contains(&"node-name-chosen"));
    assert_eq!(decision(&posing), "depends", "its groups are not published");
    let unknown = ask(&typed("HYPERPOD_LINUX"), "x1");
    assert_eq!(decision(&unknown), "depends", "its username is not published");
}

#[test]
fn a_session_can_choose_a_group_without_a_colon() {
    let text = format!("- rolearn: {}\n  username: u\n  groups: [\"{{{{SessionName}}}}\"]\n", role("R"));
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n\
        roleRef: {kind: ClusterRole, name: cluster-admin, apiGroup: rbac.authorization.k8s.io}\n\
        subjects: [{kind: Group, name: platform-admins, apiGroup: rbac.authorization.k8s.io}]\n";
    let world = Directory::new().with("aws-auth.json", aws_auth(&text, "")).with("b.yaml", binding);
    let chosen = ask(&world, &["--arn", &role("R"), "--session", "platform-admins", "list", "secrets"]);
    assert_eq!(decision(&chosen), "allow");
    assert!(chosen["identity"]["groups"].as_array().unwrap().contains(&json!("platform-admins")));
    assert!(codes(&chosen).contains(&"session-chosen-by-caller"));
    let invalid = ask(&world, &["--arn", &role("R"), "--session", "system:masters", "list", "secrets"]);
    assert!(codes(&invalid).contains(&"session-name-unusual"));
}

#[test]
fn accounts_map_everyone_to_their_arn() {
    let config_map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": {"mapAccounts": format!("- \"{ACCOUNT}\"\n")}});
    let world = Directory::new().with("a.json", config_map.to_string());
    let answer = ask(&world, &["--arn", "arn:aws:iam::210987654321:user/x/Y", "list", "pods"]);
    assert_eq!(answer["identity"]["username"], "arn:aws:iam::210987654321:user/x/Y");
    assert_eq!(answer["identity"]["groups"], json!(["system:authenticated"]));
}

#[test]
fn roles_of_the_identity_center_have_no_region_in_their_path_at_home() {
    let principal = role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef");
    let world =
        Directory::new().with("e.json", entry(&principal, &json!({"username": "sso:{{SessionName}}"})));
    for path in ["aws-reserved/sso.amazonaws.com/", "aws-reserved/sso.amazonaws.com/eu-west-1/", ""] {
        let caller = role(&format!("{path}AWSReservedSSO_Admin_0123456789abcdef"));
        let answer = ask(&world, &["--arn", &caller, "--session", "ann@corp.io", "list", "pods"]);
        assert_eq!(answer["identity"]["username"], "sso:ann-corp.io", "{path}");
    }
}

#[test]
fn what_is_listed_and_not_described_is_not_a_no() {
    let world = Directory::new()
        .with("list.json", json!({"accessEntries": [role("a/Seen"), role("b/Listed")]}).to_string())
        .with("seen.json", entry(&role("a/Seen"), &json!({"username": "seen"})));
    let listed = run(&world, &["--arn", &role("Listed"), "--session", "s1", "list", "pods"]);
    assert_eq!((decision(&listed.json()), listed.status), ("depends", 3));
    let seen = ask(&world, &["--arn", &role("Seen"), "--session", "s1", "list", "pods"]);
    assert_eq!(seen["identity"]["username"], "seen");
    let neither = ask(&world, &["--arn", &role("Neither"), "--session", "s1", "list", "pods"]);
    assert_eq!((decision(&neither), &neither["complete"]), ("deny", &json!(true)), "the list is complete");
}

#[test]
fn several_clusters_need_a_choice() {
    let other = entry(&role("Dev"), &json!({"clusterName": "d", "username": "other"}));
    let world = entry_and_aws_auth().with("d.json", other);
    let question = ["--arn", &role("Dev"), "--session", "s1", "list", "pods"];
    let with = |more: &[&str]| run(&world, &[&question[..], more].concat());
    let unchosen = with(&[]);
    assert_eq!(unchosen.status, 2);
    assert!(unchosen.stderr.contains("`c`, `d`") && unchosen.stderr.contains("--cluster"), "{unchosen:?}");
    assert_eq!(with(&["--cluster", "c"]).json()["identity"]["username"], "dev:s1");
    assert_eq!(with(&["--cluster", "d"]).json()["identity"]["username"], "other");
    assert_eq!(with(&["--cluster", "e"]).status, 2);
    let shut = with(&["--authentication-mode", "CONFIG_MAP", "--backend-mode", "EKSConfigMap"]);
    assert_eq!(shut.json()["identity"]["username"], "a", "doors that are shut cannot be ambiguous");
}

#[test]
fn the_creator_is_in_no_object() {
    let world = Directory::new().with("a.json", aws_auth("", ""));
    let question = ["--arn", &role("Creator"), "--session", "s1", "list", "secrets"];
    let with = |more: &[&str]| ask(&world, &[&question[..], more].concat());
    let told = with(&["--authentication-mode", "CONFIG_MAP"]);
    assert_eq!(decision(&told), "deny");
    assert!(codes(&told).contains(&"creator-hidden"));
    let who = world.run(&["who-can", "get", "secrets", "--authentication-mode", "CONFIG_MAP", "-o", "json"]);
    assert!(who.stdout.contains("creator-hidden"), "nobody is listed who is hidden: {who:?}");
    let known = with(&["--creator", &role("path/Creator")]);
    assert_eq!((decision(&known), known["identity"]["mappedBy"].as_str()), ("allow", Some("creator")));
    assert_eq!(known["identity"]["username"], "kubernetes-admin");
    assert_eq!(known["chain"][1]["place"]["file"], "command-line");
    let api = with(&["--creator", &role("Creator"), "--authentication-mode", "API"]);
    assert_eq!(decision(&api), "deny");
    assert!(codes(&api).contains(&"door-shut"));
}

#[test]
fn the_summary_names_entries_by_their_door() {
    let from = crate::harness::root().join("examples/doors/1-access-entries");
    let run = Directory::new().run(&["summary", "-f", &from.display().to_string(), "-o", "json"]);
    let sections = &run.json()["sections"];
    let dead = sections["dead-mapping"].as_array().unwrap();
    assert_eq!(dead.len(), 1, "an entry that was only listed is not dead: {sections:#}");
    assert!(dead[0]["what"].as_str().unwrap().starts_with("mapRoles[0] "), "{sections:#}");
    let scoped = Directory::new().with(
        "e.json",
        entry(&role("Dev"), &json!({"username": "dev", "kubernetesGroups": ["nobody-binds-it"]})),
    );
    let sections = scoped.run(&["summary", "-o", "json"]).json()["sections"].clone();
    let (idle, unbound) = (&sections["powerless-mapping"][0], &sections["unbound-group"][0]);
    assert!(idle["what"].as_str().unwrap().starts_with("access entry Dev "), "{sections:#}");
    assert_eq!(unbound["place"]["path"], "accessEntry.kubernetesGroups[0]", "{sections:#}");
}
