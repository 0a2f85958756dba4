//! `can-i --list`.

use serde_json::Value;

use crate::harness::{Directory, corpus};

const RBAC: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: mixed
rules:
- apiGroups: ['']
  resources: [pods, pods/log]
  verbs: [get, list]
- apiGroups: ['']
  resources: [nodes]
  verbs: [list]
- apiGroups: ['']
  resources: [namespaces]
  verbs: [get, list]
- nonResourceURLs: [/metrics]
  verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: config-editor
rules:
- apiGroups: ['']
  resources: [configmaps]
  resourceNames: [settings]
  verbs: [get, update]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: mixed-here
  namespace: team-a
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: mixed
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: Group
  name: devs
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: editors
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: config-editor
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: User
  name: dev:alice
- apiGroup: rbac.authorization.k8s.io
  kind: User
  name: ana
";

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
      groups: [devs]
    - rolearn: arn:aws:iam::111122223333:role/admin
      username: admin
      groups: [system:masters]
";

const ROLE: &str = "arn:aws:iam::111122223333:role/dev";

fn cluster() -> Directory {
    Directory::new().with("rbac.yaml", RBAC).with("aws-auth.yaml", AWS_AUTH)
}

fn list(arguments: &[&str]) -> crate::harness::Run {
    let mut all = vec!["can-i", "--list", "--builtin", "none"];
    all.extend(arguments);
    cluster().run(&all)
}

/// The table as kubectl prints it: its headers, and its rows in no order.
fn table(text: &str) -> (String, Vec<String>) {
    let mut lines = text.lines().map(str::to_owned);
    let headers = lines.next().unwrap_or_default();
    let mut rows: Vec<String> = lines.collect();
    rows.sort();
    (headers, rows)
}

#[test]
fn kubectls_own_tables_to_the_letter() {
    let Some(path) = corpus("kubectl/list.json") else { return };
    let cases: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = cases.as_array().unwrap();
    assert!(cases.len() > 20);
    let mut exact = 0;
    for (number, case) in cases.iter().enumerate() {
        let text = |field: &str| case[field].as_str().unwrap();
        let directory = Directory::new().with("all.yaml", text("manifests"));
        let mut arguments = vec!["can-i", "--list", "--builtin", "none", "-o", "kubectl"];
        arguments.extend(["--user", text("user"), "-n", text("namespace")]);
        for group in case["groups"].as_array().unwrap() {
            arguments.extend(["--group", group.as_str().unwrap()]);
        }
        let run = directory.run(&arguments);
        let (ours, theirs) = (table(&run.stdout), table(text("stdout")));
        exact += usize::from(ours == theirs);
        let sorted = |(headers, rows): (String, Vec<String>)| {
            (headers, rows.iter().map(|row| any_order(row)).collect())
        };
        let (ours, theirs): ((String, Vec<String>), _) = (sorted(ours), sorted(theirs));
        assert_eq!(ours, theirs, "case {number}: {}", run.stderr);
        assert_eq!(run.status, 0, "case {number}: {}", run.stderr);
        assert!(run.stdout.lines().is_sorted_by_key(verbs), "case {number} is not in kubectl's order");
    }
    // the verbs of a row that several bindings give stand in the order of the bindings, and upstream's has none
    assert!(exact >= cases.len() - 1, "only {exact} of {} tables have the same order of verbs", cases.len());
}

/// The row with its verbs in order.
fn any_order(row: &str) -> String {
    let (start, verbs) = row.rsplit_once('[').unwrap();
    let mut verbs: Vec<&str> = verbs.trim_end_matches(']').split(' ').collect();
    verbs.sort_unstable();
    format!("{start}[{}]", verbs.join(" "))
}

/// The last column, by which kubectl sorts first; the headers come before all.
fn verbs(line: &str) -> String {
    let last = line.rsplit("   ").next().unwrap_or_default();
    if last == "Verbs" { String::new() } else { last.to_owned() }
}

#[test]
fn no_headers() {
    let run = list(&["--user", "ana", "-o", "kubectl", "--no-headers"]);
    assert_eq!(run.stdout, "configmaps   []    [settings]   [get update]\n");
    let run = list(&["--user", "ana", "--no-headers"]);
    assert!(!run.stdout.contains("RESOURCES") && run.stdout.contains("configmaps"), "{}", run.stdout);
    let run = list(&["--user", "ana", "-o", "csv", "--no-headers"]);
    assert_eq!(run.stdout.lines().count(), 1);
}

#[test]
fn scopes_are_told_apart_and_what_never_applies_is_marked() {
    let run = list(&["--user", "ana", "--group", "devs", "-n", "team-a", "--width", "100"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let (everywhere, here) = run.stdout.split_once("in namespace team-a only").unwrap();
    assert!(everywhere.contains("configmaps  settings  get update  [1]"), "{}", run.stdout);
    assert!(here.contains("pods/log    get list  [4]"), "{}", run.stdout);
    assert!(here.contains("nodes       list  [3]\n      never applies: "), "{}", run.stdout);
    assert!(here.contains("namespaces  get list  [2]\n      only in part: "), "{}", run.stdout);
    assert!(here.contains("/metrics    get  [5]\n      never applies: "), "{}", run.stdout);
    assert!(here.contains("ClusterRole mixed rules[0]") && here.contains("rbac.yaml:6\n"), "{}", run.stdout);
    // everything that is listed has a source, and the sources are numbered in order
    for number in 1..=5 {
        assert_eq!(run.stdout.matches(&format!("  [{number}]")).count(), if number == 4 { 3 } else { 2 });
    }
}

#[test]
fn another_namespace_has_only_what_is_everywhere() {
    let run = list(&["--user", "ana", "--group", "devs"]);
    assert!(run.stdout.contains("in namespace default only\n  nothing"), "{}", run.stdout);
}

#[test]
fn json_and_yaml_have_every_grant_with_its_places() {
    let run = list(&["--user", "ana", "--group", "devs", "-n", "team-a", "-o", "json"]);
    let document = run.json();
    assert_eq!(document["schema"], "iamrbac/list/v1");
    let grants = document["cases"][0]["grants"].as_array().unwrap();
    assert_eq!(grants.len(), 6);
    assert_eq!(grants[0]["scope"], "cluster");
    assert_eq!(grants[0]["resourceNames"], serde_json::json!(["settings"]));
    assert_eq!(grants[0]["binding"], "ClusterRoleBinding editors");
    assert_eq!(grants[0]["place"]["line"], 23);
    assert_eq!(grants[0]["bindingPlace"]["line"], 54);
    let reach: Vec<&str> = grants.iter().map(|grant| grant["reach"].as_str().unwrap()).collect();
    assert_eq!(reach, ["whole", "part", "never", "whole", "whole", "never"]);
    assert_eq!(grants[5]["path"], "/metrics");
    let yaml = list(&["--user", "ana", "--group", "devs", "-n", "team-a", "-o", "yaml"]);
    let read: Value = serde_yaml::from_str(&yaml.stdout).unwrap();
    assert_eq!(read, document);
}

#[test]
fn csv_is_read_back_by_a_csv_reader() {
    let run = list(&["--user", "ana", "--group", "devs", "-n", "team-a", "-o", "csv"]);
    let mut reader = csv::Reader::from_reader(run.stdout.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6);
    let cell = |row: usize, column: &str| {
        rows[row].get(headers.iter().position(|name| name == column).unwrap()).unwrap().to_owned()
    };
    assert_eq!((cell(0, "namespace"), cell(0, "verbs")), ("*".into(), "get update".into()));
    assert_eq!((cell(4, "resource"), cell(4, "subresource")), ("pods".into(), "log".into()));
    assert_eq!(
        (cell(2, "reach"), cell(2, "file"), cell(2, "line")),
        ("never".into(), "rbac.yaml".into(), "9".into())
    );
    assert_eq!((cell(5, "path"), cell(5, "rule")), ("/metrics".into(), "rules[3]".into()));
}

#[test]
fn a_family_has_a_list_for_each_case() {
    let run = list(&["--arn", ROLE, "-n", "team-a", "-o", "json"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    let document = run.json();
    assert_eq!(
        (&document["outcome"], &document["on"]),
        (&"depends".into(), &serde_json::json!(["session name"]))
    );
    let cases = document["cases"].as_array().unwrap();
    let counts: Vec<(String, usize)> = cases
        .iter()
        .map(|case| {
            (case["sessions"][0].as_str().unwrap().to_owned(), case["grants"].as_array().unwrap().len())
        })
        .collect();
    assert_eq!(counts, [("any session name but alice".into(), 5), ("alice".into(), 6)]);
    let codes: Vec<&str> =
        document["notes"].as_array().unwrap().iter().map(|note| note["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"session-chosen-by-caller"), "{codes:?}");
    let table = list(&["--arn", ROLE, "-n", "team-a", "-o", "kubectl"]);
    assert_eq!((table.status, table.stdout.as_str()), (3, ""), "{}", table.stderr);
    assert!(table.stderr.contains("depends on the session name"), "{}", table.stderr);
    let one = list(&["--arn", ROLE, "--session", "alice", "-o", "kubectl"]);
    assert_eq!(one.status, 0, "{}", one.stderr);
}

#[test]
fn the_list_agrees_with_can_i() {
    // every verb of every row that applies as it stands is a yes when it is asked
    let directory = cluster();
    let who = ["--user", "ana", "--group", "devs", "--builtin", "none"];
    let mut arguments = vec!["can-i", "--list", "-n", "team-a", "-o", "json"];
    arguments.extend(who);
    let document = directory.run(&arguments).json();
    let mut asked = 0;
    for grant in document["cases"][0]["grants"].as_array().unwrap() {
        let reach = grant["reach"].as_str().unwrap();
        if reach == "part" {
            continue;
        }
        for verb in grant["verbs"].as_array().unwrap() {
            let name = grant["resourceNames"][0].as_str().map_or(String::new(), |name| format!("/{name}"));
            let target = match grant["path"].as_str() {
                Some(path) => path.to_owned(),
                None => format!("{}{name}", grant["resource"].as_str().unwrap()),
            };
            let mut arguments = vec!["can-i", verb.as_str().unwrap(), &target];
            let subresource = grant["subresource"].as_str().unwrap_or_default();
            if !target.starts_with('/') {
                arguments.extend(["-n", "team-a", "--subresource", subresource]);
            }
            arguments.extend(who);
            let run = directory.run(&arguments);
            assert_eq!(
                run.status,
                i32::from(reach == "never"),
                "{arguments:?}: {}{}",
                run.stdout,
                run.stderr
            );
            asked += 1;
        }
    }
    assert_eq!(asked, 8);
}

#[test]
fn members_of_the_privileged_group_may_do_everything() {
    let admin = ["--arn", "arn:aws:iam::111122223333:role/admin", "--session", "ann"];
    let run = list(&admin);
    assert!(run.stdout.contains("everything, as a member of system:masters"), "{}", run.stdout);
    let run = list(&[&admin[..], &["-o", "csv", "--no-headers"]].concat());
    assert!(run.stdout.starts_with(",admin,*,*,*,*,,*,*,whole,"), "{}", run.stdout);
    let run = list(&[&admin[..], &["-o", "kubectl", "--no-headers"]].concat());
    assert_eq!(run.stdout, "", "kubectl shows nothing of it");
}

#[test]
fn who_is_not_let_in_gets_no_list() {
    let stranger = ["--arn", "arn:aws:iam::111122223333:user/nobody"];
    let run = list(&stranger);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains("error: You must be logged in to the server (Unauthorized)"),
        "{}",
        run.stdout
    );
    let run = list(&[&stranger[..], &["-o", "kubectl"]].concat());
    assert_eq!((run.status, run.stdout.as_str()), (1, ""));
    assert_eq!(run.stderr, "error: You must be logged in to the server (Unauthorized)\n");
}

#[test]
fn acting_as_somebody_else() {
    let run = list(&[
        "--user",
        "root",
        "--group",
        "system:masters",
        "--as",
        "ana",
        "-o",
        "kubectl",
        "--no-headers",
    ]);
    assert_eq!((run.status, run.stdout.lines().count()), (0, 1), "{}", run.stderr);
    let run = list(&["--user", "bob", "--as", "ana"]);
    assert_eq!(run.status, 1);
    assert!(run.stdout.contains("cannot impersonate resource \"users\""), "{}", run.stdout);
}

#[test]
fn missing_roles_and_unread_input_make_a_list_incomplete() {
    let directory = cluster().with("broken.yaml", "kind: RoleBinding\n  metadata: [\n");
    let arguments = ["can-i", "--list", "--user", "ana", "--builtin", "none", "-o", "json"];
    let run = directory.run(&arguments);
    assert_eq!((run.status, run.json()["complete"].as_bool()), (2, Some(false)));
    let run = directory.run(&[&arguments[..], &["--keep-going"]].concat());
    assert_eq!(run.status, 0);
    let gone = RBAC.replace("name: config-editor\nrules", "name: other\nrules");
    let run = Directory::new().with("rbac.yaml", gone).run(&arguments);
    let document = run.json();
    assert_eq!((run.status, document["complete"].as_bool()), (0, Some(false)));
    assert_eq!(document["notes"][0]["code"], "role-not-found");
}

#[test]
fn what_does_not_go_with_a_list() {
    for arguments in [
        &["get", "pods", "--list", "--user", "ana"][..],
        &["--list", "-q", "--user", "ana"],
        &["--list", "-A", "--user", "ana"],
        &["--list", "--subresource", "log", "--user", "ana"],
        &["get", "pods", "--no-headers", "--user", "ana"],
        &["get", "pods", "-o", "csv", "--user", "ana"],
        &["get", "pods", "-o", "kubectl", "--user", "ana"],
        &["--list"],
    ] {
        let run = cluster().run(&[&["can-i"][..], arguments].concat());
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.starts_with("error: "), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn names_that_a_terminal_could_act_on_are_written_out() {
    let text = RBAC.replace("resourceNames: [settings]", "resourceNames: [\"a\\e[31m\"]");
    for format in ["text", "kubectl", "csv"] {
        let run = Directory::new().with("rbac.yaml", &text).run(&[
            "can-i",
            "--list",
            "--user",
            "ana",
            "--builtin",
            "none",
            "-o",
            format,
        ]);
        assert!(!run.stdout.contains('\u{1b}') && run.stdout.contains("\\u{1b}[31m"), "{}", run.stdout);
    }
}

#[test]
fn access_policies_are_told_though_not_listed() {
    let principal = "arn:aws:iam::111122223333:role/viewer";
    let entry = serde_json::json!({"accessEntry": {
        "clusterName": "c", "principalArn": principal, "type": "STANDARD",
        "kubernetesGroups": ["devs"], "username": "viewer",
    }});
    let policy = serde_json::json!({
        "clusterName": "c", "principalArn": principal,
        "associatedAccessPolicies": [{
            "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
            "accessScope": {"type": "cluster", "namespaces": []},
        }],
    });
    let directory = cluster().with("entry.json", entry.to_string()).with("policy.json", policy.to_string());
    let who = ["--arn", principal, "--session", "ann", "--builtin", "none", "-n", "team-a", "-o", "json"];
    let document = directory.run(&[&["can-i", "--list"][..], &who].concat()).json();
    let case = &document["cases"][0];
    assert_eq!(case["grants"].as_array().unwrap().len(), 5, "those of the group: {document}");
    assert_eq!(case["accessPolicies"][0]["scope"], "everywhere");
    assert_eq!(document["complete"], false);
    let notes = document["notes"].as_array().unwrap();
    let told = notes.iter().find(|note| note["code"] == "access-policy-not-listed").unwrap();
    assert_eq!(told["place"]["file"], "policy.json");
    // and the policy does give what the list does not show
    let asked = directory.run(&[&["can-i", "get", "services"][..], &who].concat());
    assert_eq!(asked.json()["authorizer"], "eks-access-policy", "{}", asked.stdout);
    let summary = directory.run(&["summary", "-o", "json"]).json();
    assert_eq!(summary["sections"].get("powerless-mapping"), None, "{summary}");
}
