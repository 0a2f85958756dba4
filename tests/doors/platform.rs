//! Who runs the control plane: what tells it, and which objects it brings along.

use serde_json::json;

use super::*;

fn platform(answer: &Value) -> (&str, &str, bool) {
    let platform = &answer["platform"];
    let text = |name: &str| platform[name].as_str().unwrap();
    (text("name"), text("from"), platform["objects"].as_bool().unwrap())
}

fn own_configuration() -> String {
    format!(
        "clusterID: c\nserver:\n  mapRoles:\n  - roleARN: {}\n    username: u\n    groups: [eks:kube-proxy-windows]\n",
        role("R")
    )
}

fn mapped() -> String {
    aws_auth(
        &format!("- rolearn: {}\n  username: u\n  groups: [\"eks:kube-proxy-windows\"]\n", role("R")),
        "",
    )
}

/// The group is bound by EKS only.
const QUESTION: [&str; 2] = ["list", "endpoints"];

#[test]
fn what_tells_the_platform() {
    let cluster =
        json!({"cluster": {"name": "c", "arn": "arn:aws:eks:eu-west-1:1:cluster/c", "version": "1.34"}});
    let kops = "apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nmetadata: {name: c}\nspec: {}\n";
    for (name, files, arguments, told, decided) in [
        ("aws-auth", vec![("a.json", mapped())], &[][..], ("eks", "aws-auth", true), "allow"),
        ("--builtin", vec![("a.json", mapped())], &["--builtin", "1.34"], ("eks", "aws-auth", false), "deny"),
        (
            "--builtin and --platform",
            vec![("a.json", mapped())],
            &["--builtin", "1.34", "--platform", "eks"],
            ("eks", "given", true),
            "allow",
        ),
        (
            "given",
            vec![("a.json", mapped())],
            &["--platform", "vanilla"],
            ("vanilla", "given", false),
            "deny",
        ),
        ("own", vec![("config.yaml", own_configuration())], &[], ("vanilla", "authenticator", false), "deny"),
        (
            "own, given",
            vec![("config.yaml", own_configuration())],
            &["--platform", "eks"],
            ("eks", "given", true),
            "allow",
        ),
        (
            "own beside aws-auth",
            vec![("config.yaml", own_configuration()), ("a.json", mapped())],
            &[],
            ("vanilla", "authenticator", false),
            "deny",
        ),
        (
            "kOps beside aws-auth",
            vec![("k.yaml", kops.to_owned()), ("a.json", mapped())],
            &["--backend-mode", "EKSConfigMap"],
            ("vanilla", "authenticator", false),
            "deny",
        ),
        (
            "a cluster",
            vec![("c.json", cluster.to_string()), ("a.json", mapped())],
            &[],
            ("eks", "eks-objects", true),
            "allow",
        ),
        (
            "the mode",
            vec![("a.json", mapped())],
            &["--authentication-mode", "CONFIG_MAP"],
            ("eks", "question", true),
            "allow",
        ),
    ] {
        let world = files.iter().fold(Directory::new(), |world, (path, text)| world.with(path, text));
        let caller = role("R");
        let asked = [&["--arn", &caller, "--session", "s1"][..], arguments, &QUESTION].concat();
        let answer = ask(&world, &asked);
        assert_eq!((platform(&answer), decision(&answer)), (told, decided), "{name}: {answer:#}");
        if decided == "allow" {
            let places = answer["chain"].as_array().unwrap().iter();
            assert!(
                places.filter_map(|link| link["place"]["file"].as_str()).any(|file| file == "builtin:eks")
            );
        }
    }
}

#[test]
fn nothing_speaks_of_a_platform() {
    let world = Directory::new().with("a.yaml", "apiVersion: v1\nkind: List\nitems: []\n");
    let answer = ask(&world, &["--user", "ana", "list", "pods"]);
    assert_eq!(platform(&answer), ("vanilla", "nothing", false));
    let eks = ask(
        &world,
        &["--user", "eks:addon-manager", "--platform", "eks", "--builtin", "1.34", "list", "secrets"],
    );
    assert_eq!(decision(&eks), "allow", "EKS binds it to cluster-admin");
    let none = ask(
        &world,
        &["--user", "eks:k8s-metrics", "--platform", "eks", "--builtin", "none", "get", "/metrics"],
    );
    assert_eq!(decision(&none), "allow", "EKS' own role needs none of Kubernetes'");
}

#[test]
fn what_was_assumed_is_said_and_what_was_told_is_not() {
    let world = Directory::new().with("a.json", mapped());
    let caller = role("R");
    let text = |more: &[&str]| {
        let asked = [&["can-i", "--arn", &caller, "--session", "s1"][..], more, &QUESTION].concat();
        world.run(&asked).stdout
    };
    let line = "assumed: EKS, mode CONFIG_MAP (--platform, --authentication-mode)";
    assert!(text(&[]).ends_with(&format!("{line}\n")), "{}", text(&[]));
    assert!(text(&["--platform", "eks"]).contains("assumed: mode CONFIG_MAP (--authentication-mode)"));
    assert!(
        !text(&["--authentication-mode", "CONFIG_MAP", "--platform", "eks"]).contains("assumed"),
        "all of it is told"
    );
}

#[test]
fn roles_that_eks_does_not_publish_are_gaps() {
    let world = Directory::new().with("a.json", mapped());
    let asked = ["--user", "eks:nodewatcher", "get", "nodes"];
    let unknown = run(&world, &asked);
    assert_eq!((decision(&unknown.json()), unknown.status), ("deny", 2));
    assert!(codes(&unknown.json()).contains(&"role-unpublished"), "{unknown:?}");
    assert_eq!(unknown.json()["complete"], false);
    let text = world.run(&[&["can-i"][..], &asked].concat()).stdout;
    assert!(!text.contains("not found"), "the role is there, only not known: {text}");
    let brought = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: \"eks:nodewatcher\"}\n\
        rules: [{apiGroups: [\"\"], resources: [nodes], verbs: [get]}]\n";
    let brought = world.with("r.yaml", brought);
    let known = run(&brought, &asked);
    assert_eq!((decision(&known.json()), known.status), ("allow", 0));
    let who = brought.run(&["who-can", "get", "secrets", "-o", "json"]).json();
    let note = who["notes"].as_array().unwrap().iter().find(|note| note["code"] == "role-unpublished");
    assert!(
        note.unwrap()["message"].as_str().unwrap().contains("eks:addon-manager, eks:az-poller, 9 more"),
        "{who:#}"
    );
}

#[test]
fn two_states_of_one_cluster_are_of_one_platform() {
    let world = Directory::new()
        .with("before/a.yaml", "apiVersion: v1\nkind: List\nitems: []\n")
        .with("after/a.json", mapped());
    for sides in [["before", "after"], ["after", "before"]] {
        let run = world.run(&["diff", sides[0], sides[1], "-o", "json"]);
        assert!(!run.stdout.contains("eks:addon-manager"), "{run:?}");
    }
}

#[test]
fn the_linter_has_nothing_to_say_of_what_eks_brings() {
    let world = Directory::new().with("a.json", mapped());
    let lint =
        |more: &[&str]| world.run(&[&["lint", "-o", "json"][..], more].concat()).json()["findings"].clone();
    let files = |findings: &Value| -> Vec<String> {
        let places = findings.as_array().unwrap().iter();
        places
            .map(|finding| finding["place"]["file"].to_string())
            .filter(|file| file.contains("builtin"))
            .collect()
    };
    let on_eks = lint(&[]);
    assert!(files(&on_eks).is_empty(), "{on_eks:#}");
    let bound: Vec<&Value> =
        on_eks.as_array().unwrap().iter().filter(|one| one["code"] == "group-unbound").collect();
    assert!(bound.is_empty(), "EKS binds the group: {bound:#?}");
}
