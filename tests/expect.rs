//! `test`: expectations that hold and that do not, who may do a thing, today's answers written down, and what is refused.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Directory, Run, root};

const CLUSTER: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/dev
      username: dev:{{SessionName}}
      groups: [devs]
    - rolearn: arn:aws:iam::111122223333:role/admin
      username: admin
      groups: [system:masters]
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/ana
      username: ana
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects:
- {kind: Group, name: devs}
- {kind: Group, name: elsewhere}
- {kind: ServiceAccount, name: robot, namespace: ci}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: secret, namespace: team}
rules:
- {apiGroups: [""], resources: [secrets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: alice, namespace: team}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: secret}
subjects:
- {kind: User, name: "dev:alice"}
"#;

fn judged(expectations: &str, more: &[&str]) -> Run {
    let text = format!("schema: iamrbac/test/v1\nexpect:\n{expectations}");
    let directory = Directory::new().with("m/cluster.yaml", CLUSTER).with("m/a.iamrbac.test.yaml", text);
    let mut arguments = vec!["test"];
    arguments.extend_from_slice(more);
    directory.run(&arguments)
}

/// The outcomes of the expectations of a file, in order.
fn outcomes(expectations: &str) -> Vec<String> {
    let run = judged(expectations, &["-o", "json"]);
    let json = run.json();
    let all = json["expectations"].as_array().unwrap_or_else(|| panic!("{run:?}"));
    all.iter().map(|one| one["outcome"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn callers_are_judged_as_can_i_answers() {
    for (entry, expected) in [
        (
            "who: {arn: 'arn:aws:iam::111122223333:role/dev'}\n  allow: [list pods -A, get pods/x -n y]",
            "met met",
        ),
        (
            "who: {arn: 'arn:aws:iam::111122223333:role/dev'}\n  allow: [delete pods]\n  deny: [list pods]",
            "failed failed",
        ),
        (
            "who: {arn: 'arn:aws:iam::111122223333:role/dev'}\n  depends: [get secrets -n team]\n  deny: [get secrets -n team]",
            "failed met",
        ),
        (
            "who: {arn: 'arn:aws:iam::111122223333:role/dev', session: alice}\n  allow: [get secrets/a -n team]",
            "met",
        ),
        (
            "who: {arn: 'arn:aws:sts::111122223333:assumed-role/dev/bob'}\n  deny: [get secrets/a -n team]",
            "met",
        ),
        ("who: {user: x, groups: [elsewhere]}\n  allow: [get pods]", "met"),
        (
            "who: {serviceAccount: ci/robot}\n  allow: [get pods --namespace=z]\n  deny: [get /metrics]",
            "met met",
        ),
        (
            "who: {arn: 'arn:aws:iam::111122223333:user/ana'}\n  authenticated: true\n  username: ana",
            "met met",
        ),
        ("who: {arn: 'arn:aws:iam::111122223333:user/eva'}\n  authenticated: true", "failed"),
        (
            "who: {arn: 'arn:aws:iam::111122223333:user/eva'}\n  authenticated: false\n  deny: [get pods]",
            "met met",
        ),
        ("who: {arn: 'arn:aws:iam::111122223333:user/eva'}\n  username: eva", "failed"),
        (
            "who: {arn: 'arn:aws:iam::111122223333:role/admin'}\n  groups: ['system:authenticated', 'system:masters']\n  allow: [get /x]",
            "met met",
        ),
        ("who: {arn: 'arn:aws:iam::111122223333:role/admin'}\n  groups: ['system:masters']", "failed"),
        (
            "who: {user: x, groups: [devs]}\n  allow: [{ask: get pods, through: ClusterRoleBinding readers}, {ask: get pods, through: ClusterRoleBinding other}]",
            "met failed",
        ),
        ("who: {arn: nonsense}\n  deny: [get pods]", "unanswered"),
        ("who: {user: x}\n  deny: [get podds, get, get pods]", "unanswered unanswered met"),
    ] {
        assert_eq!(outcomes(&format!("- {entry}\n")).join(" "), expected, "{entry}");
    }
}

#[test]
fn who_may_is_a_list() {
    let dev = "'arn:aws:iam::111122223333:role/dev'";
    let admin = "'arn:aws:iam::111122223333:role/admin'";
    let alice = "'arn:aws:sts::111122223333:assumed-role/dev/alice'";
    for (entry, expected) in [
        (
            format!(
                "whoCan: list pods -A\n  exactly: [{dev}, {admin}, 'group:elsewhere', 'serviceAccount:ci/robot']"
            ),
            "met",
        ),
        // whoever is in a mapped group is told by the mapping
        (format!("whoCan: list pods -A\n  exactly: [{dev}, {admin}, 'serviceAccount:ci/robot']"), "failed"),
        (format!("whoCan: list pods -A\n  atLeast: [{dev}, 'group:devs']"), "met"),
        ("whoCan: list pods -A\n  atLeast: ['user:ana']".to_owned(), "failed"),
        (format!("whoCan: get secrets -n team\n  exactly: [{admin}, {alice}]"), "met"),
        (format!("whoCan: get secrets -n team\n  nobodyBut: [{admin}, {dev}]"), "met"),
        (format!("whoCan: get secrets -n team\n  exactly: [{admin}, {dev}]"), "failed"),
        (format!("whoCan: get secrets -n team\n  atMost: [{alice}]"), "failed"),
        (format!("whoCan: delete nodes\n  exactly: [{admin}]"), "met"),
        (
            "whoCan: get /version\n  atMost: ['group:system:authenticated', 'group:system:unauthenticated']"
                .to_owned(),
            "met",
        ),
        ("whoCan: list pods\n  exactly: [dev]".to_owned(), "unanswered"),
    ] {
        assert_eq!(outcomes(&format!("- {entry}\n")).join(" "), expected, "{entry}");
    }
}

#[test]
fn a_failure_shows_the_chain_or_the_reason() {
    let run = judged(
        "- name: no reading\n  who: {arn: 'arn:aws:iam::111122223333:role/dev'}\n  deny:\n  - get nodes\n  - list pods\n  allow: [delete pods]\n",
        &[],
    );
    assert_eq!(run.status, 1);
    assert!(
        run.stdout
            .contains("failed  m/a.iamrbac.test.yaml:7\n    no reading: may not list pods\n    but: yes"),
        "{run:?}"
    );
    assert!(run.stdout.contains("m/cluster.yaml:21") && run.stdout.contains("verb-not-granted"), "{run:?}");
    assert!(run.stdout.ends_with("1 expectation met, 2 failed\n"), "{run:?}");
}

/// Whoever is on one side only is told with the sessions, where it is not all of them.
#[test]
fn who_is_missing_or_too_many_is_told_with_sessions() {
    let role = "arn:aws:iam::111122223333:role";
    for (question, told) in
        [("get secrets -n team", format!("{role}/dev (alice)")), ("list pods -A", format!("{role}/dev"))]
    {
        let run = judged(
            &format!(
                "- whoCan: {question}\n  atMost: ['{role}/admin', 'group:elsewhere', 'serviceAccount:ci/robot']\n"
            ),
            &[],
        );
        assert!(run.status == 1 && run.stdout.contains(&format!("but: {told} may\n")), "{run:?}");
    }
    // all sessions of a role, if chance picks one of two objects
    let object = |name: &str, groups: &str| {
        format!(
            "apiVersion: iamauthenticator.k8s.aws/v1alpha1\nkind: IAMIdentityMapping\nmetadata: {{name: {name}}}\n\
            spec: {{arn: '{role}/x', username: '{name}', groups: [{groups}]}}\n---\n"
        )
    };
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n\
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\n\
        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: devs}]\n";
    let test = "schema: iamrbac/test/v1\nexpect:\n- whoCan: list pods\n  atMost: []\n";
    let run = Directory::new()
        .with("m/objects.yaml", [&object("one", "devs"), &object("other", ""), binding].concat())
        .with("m/a.iamrbac.test.yaml", test)
        .run(&["test"]);
    assert!(run.stdout.contains(&format!("but: {role}/x may\n")), "{run:?}");
}

#[test]
fn exit_status_and_unread_input() {
    let expectations =
        "schema: iamrbac/test/v1\nmanifests: [../m]\nexpect:\n- {who: {user: x}, deny: [get pods]}\n";
    let directory = Directory::new()
        .with("m/cluster.yaml", CLUSTER)
        .with("t/x.iamrbac.test.yaml", expectations)
        .with("broken/b.yaml", "kind: ClusterRole\nmetadata: {name: [}\n");
    assert_eq!(directory.run(&["test"]).status, 0);
    let run = directory.run(&["test", "t/x.iamrbac.test.yaml", "-f", "broken", "-f", "m"]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stdout.contains("unanswered"), "{run:?}");
    assert_eq!(directory.run(&["test", "-f", "broken", "-f", "m", "--keep-going"]).status, 0);
    for (arguments, why) in [
        (&["test", "nowhere.yaml"][..], "cannot be read"),
        (&["test", "m/cluster.yaml"], "m/cluster.yaml"),
        (&["test", "--write"], "required"),
    ] {
        let run = directory.run(arguments);
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains(why), "{run:?}");
    }
    let empty = Directory::new();
    assert!(empty.run(&["test"]).stderr.contains("there is no *iamrbac.test.yaml"));
}

#[test]
fn todays_answers_are_written_down() {
    let old = "# kept\nschema: iamrbac/test/v1\nmanifests: [m]\nexpect:\n\
        - {who: {user: x, groups: [devs]}, deny: [get pods, delete pods, {ask: list pods, through: ClusterRoleBinding readers}]}\n\
        - {who: {arn: 'arn:aws:iam::111122223333:role/dev'}, authenticated: false, allow: [get secrets -n team]}\n\
        - {whoCan: get secrets -n team, exactly: []}\n";
    let directory = Directory::new().with("m/cluster.yaml", CLUSTER).with("t.yaml", old);
    assert_eq!(directory.run(&["test", "t.yaml"]).status, 1);
    let before = fs::read(directory.path().join("m/cluster.yaml")).unwrap();
    assert_eq!(directory.run(&["test", "t.yaml", "--write"]).status, 0);
    let text = fs::read_to_string(directory.path().join("t.yaml")).unwrap();
    assert!(text.starts_with("# kept\n"), "{text}");
    let written: Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(
        written["expect"][0]["allow"],
        json!(["get pods", {"ask": "list pods", "through": "ClusterRoleBinding readers"}])
    );
    assert_eq!(written["expect"][0]["deny"], json!(["delete pods"]));
    assert_eq!(written["expect"][1]["depends"], json!(["get secrets -n team"]));
    assert_eq!(
        written["expect"][2]["exactly"],
        json!(["arn:aws:iam::111122223333:role/admin", "arn:aws:sts::111122223333:assumed-role/dev/alice"])
    );
    assert_eq!(directory.run(&["test", "t.yaml"]).status, 0, "{text}");
    assert_eq!(directory.run(&["test", "--write", "first.yaml", "-f", "m"]).status, 0);
    let first = directory.run(&["test", "first.yaml", "-f", "m"]);
    assert_eq!(first.status, 0, "{first:?}");
    assert_eq!(before, fs::read(directory.path().join("m/cluster.yaml")).unwrap());
}

/// What is written down holds, whatever the cluster: nodes, access entries, policies that are not published.
#[test]
fn what_is_written_of_an_example_holds() {
    let mut clusters = Vec::new();
    for above in ["examples/clusters", "examples/doors"] {
        for example in fs::read_dir(root().join(above)).unwrap() {
            let example = example.unwrap().path();
            let inside = fs::read_dir(&example).into_iter().flatten().map(|entry| entry.unwrap().path());
            clusters.extend(inside.filter(|path| path.is_dir()));
            clusters.extend(example.is_dir().then_some(example));
        }
    }
    clusters.sort();
    let directory = Directory::new();
    let mut written = 0;
    for (number, cluster) in clusters.iter().enumerate() {
        let (file, of) = (format!("{number}.yaml"), cluster.to_str().unwrap());
        let run = |arguments: &[&str]| directory.run(&[arguments, &["-f", of]].concat());
        let recorded = run(&["test", "--write", &file]);
        if recorded.status == 2 {
            assert!(
                recorded.stderr.contains("no file to read") || recorded.stderr.contains("several clusters")
            );
            continue;
        }
        let judged = run(&["test", &file]);
        assert_eq!(judged.status, 0, "{of}: {judged:?}");
        assert_eq!(run(&["test", "--write", &file]).status, 0, "{of}");
        assert_eq!(run(&["test", &file]).stdout, judged.stdout, "{of}: written again");
        written += 1;
    }
    assert!(written > 10, "{written}");
}

#[test]
fn reports_for_programs() {
    let entry = "- name: 'a <b> & \"c\" %, x'\n  who: {user: x}\n  allow: [get pods]\n  deny: [get pods]\n";
    let junit = judged(entry, &["-o", "junit"]).stdout;
    assert!(junit.contains("tests=\"2\" failures=\"1\" errors=\"0\""), "{junit}");
    assert!(junit.contains("a &lt;b&gt; &amp; &quot;c&quot; %, x: may get pods\">"), "{junit}");
    well_formed(&junit);
    let github = judged(entry, &["-o", "github"]).stdout;
    let first = github.lines().next().unwrap();
    assert!(
        first.starts_with("::error file=m/a.iamrbac.test.yaml,line=5,endLine=5,title=iamrbac test::a <b>"),
        "{github}"
    );
    assert!(first.contains("%25, x") && first.contains("%0Abut: no"), "{github}");
}

/// Every element is closed in order, and nothing of its text could be markup.
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    for piece in xml.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        assert!(!text.contains('>') && !tag.contains('\n'), "{piece}");
        let name = tag.split([' ', '/']).find(|word| !word.is_empty()).unwrap();
        if tag.starts_with('?') || tag.ends_with('/') {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            open.push(name);
        }
    }
    assert!(open.is_empty());
}

/// The part of JSON Schema that our schema uses.
fn fits(value: &Value, schema: &Value, whole: &Value) -> bool {
    if let Some(to) = schema["$ref"].as_str() {
        let target = whole["$defs"].get(to.strip_prefix("#/$defs/").unwrap()).unwrap();
        if !fits(value, target, whole) {
            return false;
        }
    }
    let one_of = schema["oneOf"].as_array();
    let alternatives = one_of.is_none_or(|all| all.iter().filter(|one| fits(value, one, whole)).count() == 1);
    let constant = schema.get("const").is_none_or(|constant| constant == value);
    let kind = match schema["type"].as_str() {
        None => true,
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some(other) => panic!("{other} is not known here"),
    };
    let required = schema["required"]
        .as_array()
        .is_none_or(|names| names.iter().all(|name| value.get(name.as_str().unwrap()).is_some()));
    let items = value.as_array().is_none_or(|items| {
        schema.get("items").is_none_or(|schema| items.iter().all(|item| fits(item, schema, whole)))
    });
    let properties = value.as_object().is_none_or(|fields| {
        fields.iter().all(|(name, value)| match schema["properties"].get(name) {
            Some(schema) => fits(value, schema, whole),
            None => schema["additionalProperties"] != json!(false),
        })
    });
    alternatives && constant && kind && required && items && properties
}

#[test]
fn the_schema_says_what_the_reader_takes() {
    let directory = Directory::new();
    let run = directory.run(&["test", "--schema"]);
    let schema: Value = run.json();
    let parsed = |text: &str| -> Value { serde_yaml::from_str(text).unwrap() };
    for example in examples() {
        assert!(
            fits(&parsed(&fs::read_to_string(&example).unwrap()), &schema, &schema),
            "{}",
            example.display()
        );
    }
    for (entry, taken) in [
        ("{who: {user: a}, allow: [get pods, {ask: get pods, through: RoleBinding a/b}]}", true),
        (
            "{who: {arn: a, session: b}, authenticated: true, username: x, groups: [y], deny: [get x], depends: [get y], name: z}",
            true,
        ),
        ("{whoCan: get pods, exactly: [], atMost: [], atLeast: []}", true),
        ("{whoCan: get pods, nobodyBut: []}", true),
        ("{who: {serviceAccount: a/b}, deny: [get pods]}", true),
        ("{who: {user: a, arn: b}, deny: [get pods]}", false),
        ("{who: {user: a}, alow: [get pods]}", false),
        ("{who: {user: a}, allow: get pods}", false),
        ("{who: {user: a}, allow: [{ask: get pods}]}", false),
        ("{who: {user: a}, whoCan: get pods, exactly: []}", false),
        ("{}", false),
    ] {
        let text = format!("schema: iamrbac/test/v1\nexpect:\n- {entry}\n");
        assert_eq!(fits(&parsed(&text), &schema, &schema), taken, "{entry}");
        let read = iamrbac::query::expect::file::Document::read(&text);
        assert_eq!(read.is_ok(), taken, "{entry} {read:?}");
    }
}

fn examples() -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join("examples")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with("iamrbac.test.yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

/// The project's own acceptance of its examples.
#[test]
fn the_examples_are_as_they_say() {
    for example in examples() {
        let name = example.file_name().unwrap().to_str().unwrap();
        let run = crate::harness::run_in(example.parent().unwrap(), &["test", name], b"");
        assert_eq!(run.status, 0, "{}: {run:?}", example.display());
    }
}
