//! The JSON documents of all commands about everyone, of differences and of expectations are as their schemas say, on the examples and on random clusters.
//! Other programs may add to a schema only by reading on; here every field must be one that it names.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::harness::{Directory, Run, root, run_in};
use crate::world::world;

/// The schema, with every object closed but those that are maps.
fn schema(name: &str) -> Validator {
    let path = root().join(format!("tests/schema/{name}-v1.json"));
    let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    close(&mut schema);
    jsonschema::validator_for(&schema).unwrap()
}

fn close(schema: &mut Value) {
    if let Value::Object(object) = schema {
        if object.contains_key("properties") {
            object.entry("additionalProperties").or_insert(json!(false));
        }
        object.values_mut().for_each(close);
    } else if let Value::Array(items) = schema {
        items.iter_mut().for_each(close);
    }
}

struct Schemas(Vec<(&'static str, Validator)>);

impl Schemas {
    fn new() -> Self {
        let names = ["who-can", "matrix", "identity", "list", "summary", "diff", "test-result", "replay"];
        Self(names.map(|name| (name, schema(name))).into())
    }

    /// Holds a run's document to the schema that it names.
    fn hold(&self, run: &Run) {
        let document = run.json();
        let named = document["schema"].as_str().unwrap();
        let (_, schema) = self.0.iter().find(|(name, _)| named == format!("iamrbac/{name}/v1")).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&document)
            .map(|error| format!("{error} at {}", error.instance_path))
            .collect();
        assert!(errors.is_empty(), "{errors:?}\n{document:#}");
    }
}

/// Whom to ask about, beside whoever the manifests name.
const CALLERS: [&[&str]; 6] = [
    &["--arn", "arn:aws:iam::111122223333:role/eks-developer"],
    &["--arn", "arn:aws:iam::111122223333:role/eks-developer", "--session", "alice"],
    &["--arn", "arn:aws:iam::444455556666:user/nobody"],
    &["--arn", "444455556666"],
    &["--user", "ana", "--group", "developers"],
    &["--serviceaccount", "prod:deployer"],
];

fn everything(schemas: &Schemas, directory: &Path, callers: &[&[&str]]) {
    let ask = |arguments: &[&str]| {
        let all = [arguments, &["-o", "json", "--keep-going"]].concat();
        let run = run_in(directory, &all, b"");
        assert!(run.stdout.starts_with('{'), "{arguments:?} in {}: {}", directory.display(), run.stderr);
        schemas.hold(&run);
    };
    ask(&["summary"]);
    ask(&["matrix", "--resources", "pods,secrets,namespaces,/healthz", "--deny"]);
    ask(&["who-can", "get", "secrets"]);
    ask(&["who-can", "list", "pods", "-A"]);
    ask(&["who-can", "get", "/healthz"]);
    for caller in callers {
        ask(&[&["whoami"], *caller].concat());
        ask(&[&["can-i", "--list"], *caller].concat());
        ask(&[&["whoami", "--as", "bob"], *caller].concat());
    }
}

fn clusters() -> Vec<PathBuf> {
    let mut found = vec![root().join("examples/doors/1-access-entries")];
    for example in std::fs::read_dir(root().join("examples/clusters")).unwrap() {
        let directory = example.unwrap().path();
        let inside = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
        found.extend(inside.filter(|path| path.is_dir()));
    }
    found.sort();
    found
}

#[test]
fn the_examples() {
    let schemas = Schemas::new();
    let clusters = clusters();
    assert!(clusters.len() > 8);
    for (number, directory) in clusters.iter().enumerate() {
        // each caller of some, so that it does not take long
        let callers: Vec<&[&str]> = (0..2).map(|of| CALLERS[(number * 2 + of) % CALLERS.len()]).collect();
        everything(&schemas, directory, &callers);
    }
    everything(&schemas, &root().join("examples/clusters/02-session-names/trap"), &CALLERS);
    for (base, head) in clusters.iter().zip(clusters.iter().skip(1)) {
        let (base, head) = (base.to_str().unwrap(), head.to_str().unwrap());
        schemas.hold(&run_in(root(), &["diff", base, head, "-o", "json", "--keep-going"], b""));
    }
    let example = root().join("examples/clusters/05-review-a-change");
    for manifests in ["before", "after"] {
        schemas.hold(&run_in(&example, &["test", "-f", manifests, "-o", "json"], b""));
    }
}

#[test]
fn callers() {
    let schemas = Schemas::new();
    for arguments in [
        &[
            "--serviceaccount",
            "ledger:reports",
            "-f",
            "pods",
            "--trust-policy",
            "policies/ledger-reports.json",
        ][..],
        &["--kubeconfig", "kubeconfig.yaml", "-f", "cluster"],
        &["--replay", "replay/authenticator.log", "-f", "cluster"],
        &["--replay", "replay/filter-log-events.json", "-f", "cluster"],
    ] {
        let all = [&["whoami", "-o", "json"], arguments].concat();
        schemas.hold(&run_in(&root().join("examples/callers"), &all, b""));
    }
}

#[test]
fn random_clusters() {
    let schemas = Schemas::new();
    let mut last: Option<Directory> = None;
    for seed in 0..6 {
        let world = world(seed, 40);
        let mut directory = Directory::new();
        for (path, text) in &world.files {
            directory = directory.with(path, text);
        }
        let arn = world.asks.iter().find(|ask| !ask.arn.is_empty()).map(|ask| ask.arn.clone());
        let arn = arn.unwrap_or_else(|| "arn:aws:iam::111122223333:role/dev".to_owned());
        let is_arn = iamrbac::identity::Principal::from_arn(&arn, None).is_ok();
        let callers: &[&[&str]] = if is_arn { &[&["--arn", &arn]] } else { &[] };
        everything(&schemas, directory.path(), callers);
        if let Some(last) = &last {
            let (base, head) = (last.path().to_str().unwrap(), directory.path().to_str().unwrap());
            schemas.hold(&directory.run(&["diff", base, head, "-o", "json", "--keep-going"]));
        }
        last = Some(directory);
    }
}
