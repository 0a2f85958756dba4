//! `summary`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::harness::{Directory, Run, root};

const AWS_AUTH: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev:{{SessionName}}
      groups: [devs, nobody-binds-this]
    - rolearn: arn:aws:iam::111122223333:role/admin
      username: admin
      groups: [system:masters]
    - rolearn: arn:aws:iam::111122223333:role/team/path
      username: path
    - rolearn: arn:aws:iam::111122223333:role/idle
      username: idle
    - rolearn: arn:aws:iam::111122223333:role/node
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:bootstrappers, system:nodes]
    - groups: [lost]
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/ana
      username: ana
    - userarn: arn:aws:iam::111122223333:user/ana
      username: ana-again
  mapAccounts: |
    - '444455556666'
";

const RBAC: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: extra-for-view
  labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}
rules:
- {apiGroups: [example.com], resources: [widgets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: forgotten
  namespace: team-a
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: readers
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: devs}
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: 'dev:alice'}
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: 'dev:a:b'}
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: ana-again}
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: 'arn:aws:iam::444455556666:user/eve'}
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: 'arn:aws:iam::999955556666:user/eve'}
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: auditors}
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:serviceaccounts'}
- {kind: ServiceAccount, name: ci, namespace: team-a}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: dangling
  namespace: team-a
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: gone}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: auditors}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: empty
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: wrong
rules:
- {apiGroups: [''], resources: [pods]}
";

const OTHERS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
---
# nothing
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: ci
";

fn cluster() -> Directory {
    Directory::new().with("aws-auth.yaml", AWS_AUTH).with("rbac.yaml", RBAC).with("others.yaml", OTHERS)
}

fn summary(arguments: &[&str]) -> Run {
    cluster().run(&[&["summary"][..], arguments].concat())
}

fn items<'a>(document: &'a Value, section: &str) -> Vec<&'a str> {
    let items = document["sections"][section].as_array();
    items.into_iter().flatten().map(|item| item["what"].as_str().unwrap()).collect()
}

#[test]
fn what_was_read_and_what_was_passed_over() {
    let run = summary(&["-o", "json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let document = run.json();
    assert_eq!(document["schema"], "iamrbac/summary/v1");
    assert_eq!((&document["files"], &document["documents"]), (&3.into(), &12.into()));
    assert_eq!(
        document["read"],
        json!({ "ClusterRole": 3, "ClusterRoleBinding": 2, "ConfigMap": 1, "Role": 1, "RoleBinding": 1, "ServiceAccount": 1 })
    );
    assert_eq!(document["passedOver"], json!({ "ConfigMap": 1, "Deployment": 2 }));
    assert_eq!(
        (&document["roles"], &document["clusterRoles"]),
        (&1.into(), &2.into()),
        "without the refused one"
    );
    assert_eq!((&document["roleBindings"], &document["clusterRoleBindings"]), (&1.into(), &2.into()));
    let aws_auth = &document["awsAuth"];
    assert_eq!(
        (&aws_auth["mapRoles"], &aws_auth["mapUsers"], &aws_auth["mapAccounts"]),
        (&5.into(), &2.into(), &1.into())
    );
    assert_eq!((&aws_auth["damage"], &aws_auth["place"]["file"]), (&1.into(), &"aws-auth.yaml".into()));
    assert_eq!((&document["builtin"], &document["complete"]), (&"1.36".into(), &true.into()));
    let yaml = summary(&["-o", "yaml"]);
    assert_eq!(serde_yaml::from_str::<Value>(&yaml.stdout).unwrap(), document);
}

#[test]
fn what_leads_nowhere() {
    let document = summary(&["-o", "json"]).json();
    let refused = items(&document, "refused");
    assert_eq!(refused.len(), 1);
    assert!(refused[0].starts_with("ClusterRole wrong: "), "{refused:?}");
    assert_eq!(items(&document, "privileged"), ["mapRoles[1] arn:aws:iam::111122223333:role/admin"]);
    assert_eq!(
        items(&document, "dead-mapping"),
        [
            "mapRoles[2] arn:aws:iam::111122223333:role/team/path: the authenticator compares with the ARN of the role without path and session",
            "mapUsers[0] arn:aws:iam::111122223333:user/ana: another entry for the same caller is in force",
        ]
    );
    assert_eq!(items(&document, "powerless-mapping"), ["mapRoles[3] arn:aws:iam::111122223333:role/idle"]);
    assert_eq!(items(&document, "unbound-group"), ["Group \"nobody-binds-this\""]);
    assert_eq!(
        items(&document, "unmapped-subject"),
        ["User \"arn:aws:iam::999955556666:user/eve\"", "User \"dev:a:b\"", "Group \"auditors\""]
    );
    assert_eq!(document["sections"]["unmapped-subject"][2]["places"], 2);
    assert_eq!(items(&document, "dangling-binding"), ["RoleBinding team-a/dangling gives Role gone"]);
    assert_eq!(items(&document, "empty-binding"), ["ClusterRoleBinding empty"]);
    assert_eq!(items(&document, "unused-role"), ["Role team-a/forgotten"]);
    assert_eq!(document["sections"]["unused-role"][0]["place"]["line"], 16);
    assert_eq!(items(&document, "near-aws-auth"), Vec::<&str>::new());
}

#[test]
fn a_mapping_that_is_dead_or_powerless_gets_nothing() {
    // what the summary says of mappings agrees with what can-i says of their callers
    for (arn, status) in [
        ("arn:aws:iam::111122223333:role/idle", 1),
        ("arn:aws:iam::111122223333:role/team/path", 1),
        ("arn:aws:iam::111122223333:role/dev", 0),
        ("arn:aws:iam::111122223333:role/admin", 0),
        ("arn:aws:iam::444455556666:user/eve", 0),
        ("arn:aws:iam::999955556666:user/eve", 1),
    ] {
        let run = cluster().run(&["can-i", "get", "pods", "--arn", arn]);
        assert_eq!(run.status, status, "{arn}: {}", run.stdout);
    }
}

#[test]
fn on_one_screen() {
    let run = summary(&["--width", "120"]);
    for part in [
        "all read, of 3 files with 12 documents\n",
        "  read          3 ClusterRole, 2 ClusterRoleBinding, 1 ConfigMap, 1 Role, 1 RoleBinding, 1 ServiceAccount\n",
        "  passed over   2 Deployment, 1 ConfigMap\n",
        "  aws-auth      5 in mapRoles, 2 in mapUsers, 1 in mapAccounts, 1 thing dropped  aws-auth.yaml:1\n",
        "users and groups of bindings to which no mapping leads (3)\n",
        "  -  Group \"auditors\"  rbac.yaml:36 and 1 more\n",
    ] {
        assert!(run.stdout.contains(part), "no {part:?} in\n{}", run.stdout);
    }
    assert!(run.stdout.lines().count() < 60, "{}", run.stdout);
    assert_eq!(run.stderr, "");
}

#[test]
fn long_sections_are_cut_short_for_people_only() {
    let mut groups = String::new();
    for number in 0..9 {
        writeln!(groups, "- {{apiGroup: rbac.authorization.k8s.io, kind: Group, name: group-{number}}}")
            .unwrap();
    }
    let text = RBAC.replace("- {kind: ServiceAccount", &(groups + "- {kind: ServiceAccount"));
    let directory = Directory::new().with("rbac.yaml", text);
    let run = directory.run(&["summary"]);
    assert!(
        run.stdout.contains("(16)\n") && run.stdout.contains("     and 12 more (-o json)\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("aws-auth      none, so that nobody is mapped"), "{}", run.stdout);
    let document = directory.run(&["summary", "-o", "json"]).json();
    assert_eq!(items(&document, "unmapped-subject").len(), 16);
    assert_eq!(document["awsAuth"], Value::Null);
}

#[test]
fn what_could_not_be_read_makes_it_exit_2() {
    let directory =
        cluster().with("broken.yaml", "kind: RoleBinding\n  metadata: [\n---\nkind: Other\n  x: [\n");
    let run = directory.run(&["summary"]);
    assert_eq!(run.status, 2);
    assert!(run.stdout.starts_with("1 not read, of 4 files with "), "{}", run.stdout);
    assert!(
        run.stdout.contains("could not be read, and might hold a grant (1)\n  -  this document"),
        "{}",
        run.stdout
    );
    let run = directory.run(&["summary", "-o", "json", "--keep-going"]);
    let document = run.json();
    assert_eq!((run.status, &document["complete"]), (0, &false.into()));
    assert_eq!(document["gaps"].as_array().unwrap().len(), 1);
    assert!(run.stderr.contains("broken.yaml"), "{}", run.stderr);
}

#[test]
fn a_config_map_like_aws_auth() {
    let text = AWS_AUTH.replace("namespace: kube-system", "namespace: default");
    let run = Directory::new().with("aws-auth.yaml", text).run(&["summary", "-o", "json"]);
    assert_eq!(items(&run.json(), "near-aws-auth"), ["ConfigMap default/aws-auth, entries: 8"]);
}

#[test]
fn lists_patches_and_kustomizations_are_counted() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}, rules: []}\n";
    let run = Directory::new()
        .with("list.yaml", list)
        .with("kustomization.yaml", "resources: [list.yaml]\npatches:\n- path: patch.yaml\n")
        .with("patch.yaml", "apiVersion: v1\nkind: ClusterRole\n")
        .run(&["summary", "-o", "json"]);
    let document = run.json();
    assert_eq!(
        (&document["read"], &document["passedOver"]),
        (&json!({ "ClusterRole": 1 }), &json!({ "Pod": 1 }))
    );
    assert_eq!((&document["kustomizations"], &document["patches"]), (&1.into(), &1.into()));
}

#[test]
fn two_runs_say_the_same_and_help_teaches() {
    assert_eq!(summary(&[]).stdout, summary(&[]).stdout);
    let help = summary(&["--help"]).stdout;
    assert!(help.contains("Examples:") && help.contains("Exit status:"), "{help}");
    let run = summary(&["-f", "nowhere"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
}

#[test]
fn the_examples() {
    for entry in std::fs::read_dir(root().join("examples/clusters")).unwrap() {
        let path = entry.unwrap().path();
        let run = Directory::new().run(&["summary", "-f", path.to_str().unwrap()]);
        assert!(matches!(run.status, 0 | 2) && run.stdout.contains("  bindings  "), "{run:?}");
    }
}
