//! The matrix agrees with can-i on every cell and leaves out only what follows; its formats, word for word.

use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;
use serde_json::Value;

use crate::clusters::{NAMESPACES, can_i, files, loaded, question, request};
use crate::harness::{Directory, Run, root, run_in};
use crate::who_can::{corpus_cases, entry_of, of_pieces, request_of};
use iamrbac::access::Policy;
use iamrbac::identity::Principal;
use iamrbac::manifest::Loaded;
use iamrbac::model::{Request, Target};
use iamrbac::query::can_i::Verdict;
use iamrbac::query::everyone::{Entry, Everyone, Kind};
use iamrbac::query::glob::Glob;
use iamrbac::query::matrix::{Choice, Mark, Plan, Row, What};

/// The request of a cell.
fn asked(row: &Row<'_>, verb: &str) -> Request {
    let namespace = row.namespace.as_ref().map_or("", |namespace| namespace.as_str());
    match &row.topic.what {
        What::Url(path) => request(verb, "", path.as_str(), "", ""),
        What::Resource { api_group, resource, subresource, .. } => {
            let mut request = request(verb, api_group.as_str(), "x", &row.name, namespace);
            if let iamrbac::model::Target::Resource(target) = &mut request.target {
                target.resource = resource.clone();
                target.subresource = subresource.clone();
            }
            request
        }
    }
}

fn expected(loaded: &Loaded, policy: &Policy<'_>, entry: &Entry, request: &Request) -> Mark {
    let question = question(entry, request);
    let answer = can_i(loaded, policy, &question);
    let verdict = if entry.kind == Kind::Account {
        // those that a binding singles out have entries of their own
        let others = answer.cases.last().unwrap();
        if others.is_allowed() { Verdict::Allow } else { Verdict::Deny }
    } else {
        answer.verdict
    };
    match verdict {
        Verdict::Allow => Mark::Allow,
        Verdict::Depends => Mark::Depends,
        Verdict::Deny if answer.gaps.is_empty() => Mark::Deny,
        Verdict::Deny => Mark::Unknown,
    }
}

fn choice(resources: &str, namespaces: &str, deny: bool) -> Choice {
    let list = |text: &str| text.split(',').filter(|text| !text.is_empty()).map(Glob::new).collect();
    Choice { resources: list(resources), verbs: Vec::new(), namespaces: list(namespaces), deny }
}

/// The resources that random rules speak of.
const RESOURCES: &str = "pods,secrets,pods/log,*/scale,namespaces,nodes,deployments.apps";

/// The chosen resources that something fits.
fn fitting(loaded: &Loaded, policy: &Policy<'_>) -> String {
    let fits = |text: &&str| Plan::new(loaded, policy, &choice(text, "", false)).is_ok();
    RESOURCES.split(',').chain(["widgets*", "/*", "\\*"]).filter(fits).collect::<Vec<_>>().join(",")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every cell, of yes and of no, is what can-i says; with a placeholder in the input, so that some are unknown.
    #[test]
    fn cells_are_what_can_i_says(files in files(), placeholder in any::<bool>()) {
        let unfilled = r#"{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "p"},
            "subjects": [{"kind": "Group", "name": "${TEAM}m"}], "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r0"}}"#;
        let mut texts = files;
        if placeholder {
            texts.push(("b.json", unfilled.to_owned()));
        }
        let loaded = loaded(texts, None);
        let policy = Policy::new(&loaded.cluster);
        let everyone = Everyone::of(&policy);
        let resources = fitting(&loaded, &policy);
        let plan = Plan::new(&loaded, &policy, &choice(&resources, "*,prod,elsewhere", true)).unwrap();
        for entry in &everyone.entries {
            for row in plan.rows(&loaded, &policy, &everyone, entry) {
                for cell in row.cells.iter() {
                    let request = asked(&row, cell.verb.as_str());
                    prop_assert_eq!(cell.mark, expected(&loaded, &policy, entry, &request), "{:?} {:?}", entry, request);
                }
            }
        }
    }

    /// What can-i allows is in the matrix: as it is, or by a cell from which it follows.
    #[test]
    fn nothing_is_missing(files in files()) {
        let loaded = loaded(files, None);
        let policy = Policy::new(&loaded.cluster);
        let everyone = Everyone::of(&policy);
        let plan = Plan::new(&loaded, &policy, &choice(&fitting(&loaded, &policy), "", false)).unwrap();
        for entry in &everyone.entries {
            let rows = plan.rows(&loaded, &policy, &everyone, entry);
            let told = |request: &Request, mark: Mark| rows.iter().any(|row| {
                row.cells.iter().any(|cell| cell.mark == mark && asked(row, cell.verb.as_str()) == *request)
            });
            for namespace in NAMESPACES {
                for (verb, group, resource, name) in [
                    ("get", "", "pods", ""), ("get", "", "pods", "x"), ("list", "", "secrets", ""),
                    ("get", "", "pods/log", ""), ("update", "apps", "deployments/scale", ""),
                    ("use", "", "pods", ""), ("get", "", "namespaces", "prod"), ("list", "", "namespaces", ""),
                ] {
                    if resource == "namespaces" && (namespace == "apps" || (namespace.is_empty()) == (verb == "get")) {
                        continue;
                    }
                    let exact = request(verb, group, resource, name, namespace);
                    let mark = expected(&loaded, &policy, entry, &exact);
                    let is_asked = plan.topics.iter().any(|topic| {
                        let What::Resource { api_group, resource: plural, subresource, .. } = &topic.what else {
                            return false;
                        };
                        let written = match subresource.as_str() {
                            "" => plural.to_string(),
                            subresource => format!("{plural}/{subresource}"),
                        };
                        (api_group.as_str(), written.as_str()) == (group, resource)
                            && topic.verbs.iter().any(|known| known.as_str() == verb)
                    });
                    if mark == Mark::Deny || !is_asked {
                        continue;
                    }
                    let anywhere = request(verb, group, resource, name, "");
                    let of_all = request(verb, group, resource, "", namespace);
                    let wider = request(verb, group, resource, "", "");
                    // an access policy for a pattern of namespaces has a row of the pattern
                    let patterns: BTreeSet<&str> = rows
                        .iter()
                        .filter_map(|row| Some(row.namespace.as_ref()?.as_str()))
                        .filter(|pattern| pattern.contains('*') && Glob::new(*pattern).matches(namespace))
                        .collect();
                    let of_patterns = patterns.iter().flat_map(|pattern| {
                        [name, ""].map(|name| request(verb, group, resource, name, pattern))
                    });
                    let asks: Vec<Request> =
                        [exact, anywhere, of_all, wider].into_iter().chain(of_patterns).collect();
                    prop_assert!(asks.iter().any(|request| told(request, mark) || told(request, Mark::Allow)),
                        "{:?} {:?} {:?}", entry, asks[0], mark);
                }
            }
        }
    }
}

/// Whoever may do everything to one object may do what is asked of all of its type: also where nothing else names it.
#[test]
fn everything_to_one_object_is_each_of_the_verbs() {
    let place = Directory::new().with(
        "a.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n\
         rules: [{apiGroups: [''], resources: [pods], verbs: ['*'], resourceNames: [x]}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n\
         roleRef: {kind: ClusterRole, name: r}\nsubjects: [{kind: User, name: ana}]\n",
    );
    let run = place.run(&["matrix", "--builtin", "none", "--resources", "pods", "-o", "ndjson"]);
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mut of_ana = lines.filter(|line| line["principal"] == "ana");
    let line = of_ana.next().unwrap();
    assert_eq!(
        (&line["resourceName"], &line["verbs"]["get"], &line["verbs"]["*"]),
        (&"x".into(), &"allow".into(), &"allow".into())
    );
    assert_eq!(of_ana.next(), None);
}

/// Questions of the corpus in the cells of the matrix: each of some, since each takes a plan of its own.
fn run_corpus(name: &str, each: usize) {
    let (mut asked, mut skipped) = (0, 0);
    let cases = corpus_cases(name);
    for (path, loaded, questions) in &cases {
        let policy = Policy::new(&loaded.cluster);
        let everyone = Everyone::of(&policy);
        for case in questions.iter().step_by(each) {
            let (ask, expected) = (&case["ask"], case["expect"]["decision"] == "allow");
            let Some(arn) = ask["arn"].as_str() else { continue };
            let Ok(caller) = Principal::from_arn(arn, ask["session"].as_str()) else { continue };
            let Some(entry) = entry_of(&everyone, &caller) else { continue };
            match cell_of(loaded, &policy, &everyone, entry, &caller, &request_of(ask)) {
                Some(said) => {
                    asked += 1;
                    assert_eq!(said, expected, "{path}: {ask}");
                }
                None => skipped += 1,
            }
        }
    }
    assert!(cases.is_empty() || asked > skipped, "{asked} asked, {skipped} skipped");
}

/// What the cell of a request says of a caller: the cell of the object, or else of objects of all names. None where
/// the matrix does not ask so, as of URLs that no rule writes out.
fn cell_of(
    loaded: &Loaded,
    policy: &Policy<'_>,
    everyone: &Everyone<'_>,
    entry: &Entry,
    caller: &Principal,
    request: &Request,
) -> Option<bool> {
    let escaped = |text: &str| text.replace('*', "\\*");
    let (resource, name) = match &request.target {
        Target::Url(path) => (path.to_string(), ""),
        Target::Resource(target) => {
            let group =
                if target.api_group.is_empty() { String::new() } else { format!(".{}", target.api_group) };
            let of = format!("{}{group}", target.resource);
            let subresource = target.subresource.as_str();
            let of = if subresource.is_empty() { of } else { format!("{of}/{subresource}") };
            (of, target.name.as_str())
        }
    };
    let namespace = request.namespace().map_or("*", |namespace| namespace.as_str());
    let choice = Choice {
        resources: vec![Glob::new(escaped(&resource))],
        verbs: vec![Glob::new(escaped(request.verb.as_str()))],
        namespaces: vec![Glob::new(namespace)],
        deny: true,
    };
    let plan = Plan::new(loaded, policy, &choice).ok()?;
    let rows = plan.rows(loaded, policy, everyone, entry);
    let of_name = |name: &str| {
        let mut rows = rows.iter().filter(|row| {
            row.name == name
                && row.topic.what.to_string() == resource
                && row.namespace.as_ref() == request.namespace()
        });
        let row = rows.next()?;
        row.cells.iter().find(|cell| cell.verb == request.verb)
    };
    let cell = of_name(name).or_else(|| of_name(""))?;
    match cell.mark {
        Mark::Deny | Mark::Unknown => Some(false),
        Mark::Allow => Some(true),
        Mark::Depends => {
            let session = caller.session.known().map(std::string::ToString::to_string).unwrap_or_default();
            of_pieces(&cell.pieces, caller, &session)
        }
    }
}

#[test]
fn the_random_corpus_cell_by_cell() {
    run_corpus("random", 7);
}

#[test]
fn the_edge_corpus_cell_by_cell() {
    run_corpus("edge", 1);
}

const EXAMPLE: &str = "examples/clusters/02-session-names";

fn matrix(arguments: &[&str]) -> Run {
    let mut all = vec!["matrix", "-f", "trap", "--kind", "role,user,account"];
    all.extend(arguments);
    run_in(&root().join(EXAMPLE), &all, b"")
}

/// Compares with a file of `tests/golden`; `UPDATE_DOCUMENTS=1` writes it.
fn golden(name: &str, got: &str) {
    let path = root().join("tests/golden").join(name);
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, got).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(got, expected, "{name}: run with UPDATE_DOCUMENTS=1 and look at the difference");
}

const FORMATS: [(&str, &str); 7] = [
    ("table", ".txt"),
    ("csv", ".csv"),
    ("wide-csv", "-wide.csv"),
    ("json", ".json"),
    ("ndjson", ".ndjson"),
    ("markdown", ".md"),
    ("html", ".html"),
];

#[test]
fn every_format_word_for_word() {
    for (format, ending) in FORMATS {
        let run = matrix(&["--resources", "secrets,pods,pods/exec,namespaces,/healthz", "-o", format]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        golden(&format!("matrix{ending}"), &run.stdout);
    }
}

/// The example with most to tell: access entries and access policies beside aws-auth.
#[test]
fn the_largest_example_in_every_format() {
    let directory = root().join("examples/doors/1-access-entries");
    for (format, ending) in FORMATS {
        let kinds = ["matrix", "--kind", "role,user,account,kubernetes", "--keep-going", "-o", format];
        let resources = ["--resources", "secrets,pods,pods/exec,namespaces,deployments.apps,/healthz"];
        let run = run_in(&directory, &[&kinds[..], &resources].concat(), b"");
        assert_eq!(run.status, 0, "{}", run.stderr);
        golden(&format!("matrix-doors{ending}"), &run.stdout);
        if ending.ends_with("csv") {
            let (header, records) = records(&run.stdout);
            assert!(records.len() > 10 && records.iter().all(|record| record.len() == header.len()));
        }
    }
}

fn records(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let records = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect());
    (header, records.collect())
}

#[test]
fn csv_is_read_back() {
    let run = matrix(&["-o", "csv"]);
    let (header, records) = records(&run.stdout);
    assert_eq!(
        header.join(","),
        "principal,principalKind,sessions,username,verb,apiGroup,resource,subresource,resourceName,path,namespace,decision,authorizer,binding,role,rule,file,line"
    );
    assert!(records.len() > 1000, "{}", records.len());
    let of = |record: &[String], column: &str| {
        record[header.iter().position(|name| name == column).unwrap()].clone()
    };
    let depending: Vec<&Vec<String>> =
        records.iter().filter(|record| of(record, "decision") == "depends").collect();
    let mut sessions: Vec<String> = depending.iter().map(|record| of(record, "sessions")).collect();
    sessions.sort();
    sessions.dedup();
    assert_eq!(sessions, ["alice", "ann[@-]corp.example"]);
    assert!(
        depending
            .iter()
            .all(|record| of(record, "file") == "trap/rbac.yaml" && of(record, "namespace") == "prod")
    );
    let mut rows: Vec<&Vec<String>> = records.iter().collect();
    rows.sort();
    rows.dedup();
    assert_eq!(rows.len(), records.len(), "no fact stands twice");
}

#[test]
fn no_cell_is_a_formula() {
    let world = Directory::new().with(
        "a.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {kind: User, apiGroup: rbac.authorization.k8s.io, name: '=cmd|\"/c calc\"!A1'}
  - {kind: User, apiGroup: rbac.authorization.k8s.io, name: \"@x,\\ny\"}
",
    );
    for format in ["csv", "wide-csv"] {
        let run = world.run(&["matrix", "-o", format, "--resources", "pods", "--kind", "kubernetes"]);
        let (_, records) = records(&run.stdout);
        assert!(records.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@'])));
        assert!(records.iter().any(|record| record[0] == "'=cmd|\"/c calc\"!A1"), "{}", run.stdout);
        assert!(records.iter().any(|record| record[0] == "'@x,\ny"), "{}", run.stdout);
    }
}

#[test]
fn other_file_names_and_orders_change_nothing_but_places() {
    let from = root().join(EXAMPLE).join("trap");
    let text = |name: &str| fs::read_to_string(from.join(name)).unwrap();
    let one = Directory::new().with("a.yaml", text("aws-auth.yaml")).with("b.yaml", text("rbac.yaml"));
    let other = Directory::new().with("z/1.yaml", text("aws-auth.yaml")).with("k.yaml", text("rbac.yaml"));
    for format in ["table", "wide-csv", "ndjson", "markdown"] {
        let run = |world: &Directory| world.run(&["matrix", "-o", format]).stdout;
        assert_eq!(run(&one), run(&one));
        assert_eq!(run(&one), run(&other), "{format}");
    }
}

/// Of one mapping, one session is privileged and the others are nothing.
#[test]
fn a_session_that_is_privileged_is_told_apart() {
    let map = "- rolearn: arn:aws:iam::210987654321:role/x\n  username: u\n  groups: [\"system:{{SessionName}}\"]\n";
    let aws_auth = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {"mapRoles": map}});
    let world = Directory::new().with("aws-auth.json", aws_auth.to_string());
    let run = world.run(&[
        "matrix",
        "--builtin",
        "none",
        "-n",
        "dev",
        "--resources",
        "pods",
        "--verbs",
        "list",
        "--arn",
        "*x",
        "-o",
        "csv",
    ]);
    let rows: Vec<&str> = run.stdout.lines().skip(1).collect();
    assert!(
        rows.len() == 1
            && rows[0].starts_with("arn:aws:iam::210987654321:role/x,role,masters,u,list,")
            && rows[0].contains(",dev,depends,privileged-group,"),
        "{run:?}"
    );
}

#[test]
fn denied_cells_are_listed_when_asked_for() {
    let cells = |arguments: &[&str]| -> Vec<String> {
        let mut all =
            vec!["--resources", "secrets", "--verbs", "get,escalate", "--arn", "*auditor", "-o", "csv"];
        all.extend(arguments);
        let (_, records) = records(&matrix(&all).stdout);
        records.iter().map(|record| format!("{} {} {}", record[4], record[10], record[11])).collect()
    };
    assert_eq!(cells(&[]), ["get prod allow"]);
    assert_eq!(cells(&["--deny"]), ["escalate * deny", "get * deny", "get prod allow"]);
    assert_eq!(
        cells(&["--deny", "--namespaces", "prod,dev"]),
        ["escalate dev deny", "get dev deny", "escalate prod deny", "get prod allow"]
    );
}

#[test]
fn cells_beside_something_unread_are_unknown() {
    let world = Directory::new()
        .with("a.yaml", "{{ if x }}\nkind: ClusterRoleBinding\n{{ end }}\n")
        .with("b.yaml", fs::read_to_string(root().join(EXAMPLE).join("trap/aws-auth.yaml")).unwrap());
    let arguments =
        ["matrix", "--resources", "secrets", "--verbs", "get", "--arn", "*ci", "--deny", "-o", "ndjson"];
    let run = world.run(&arguments);
    assert_eq!(run.status, 2, "{}", run.stderr);
    let line: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(line["verbs"]["get"], "unknown");
    let mut going = arguments.to_vec();
    going.push("--keep-going");
    assert_eq!(world.run(&going).status, 0);
}

#[test]
fn wrong_choices_are_refused() {
    for (arguments, message) in [
        (["--resources", "pdos"], "no resource fits `pdos`"),
        (["--namespaces", "nowhere*"], "no namespace fits `nowhere*`"),
        (["--kind", "robot"], "invalid value"),
    ] {
        let run = run_in(&root().join(EXAMPLE), &["matrix", "-f", "trap", arguments[0], arguments[1]], b"");
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}

#[test]
fn short_names_are_understood() {
    let run = matrix(&["--resources", "po,deploy", "--arn", "*ci", "-o", "ndjson"]);
    let resources: Vec<String> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["resource"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(resources, ["pods", "deployments"]);
}
