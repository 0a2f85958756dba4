//! The built-in policy of every version, held to what upstream's own code makes: `tests/upstream/policy`, whose output
//! `IAMRBAC_POLICIES` names as a directory with a file `1.NN.jsonl` for each version.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use iamrbac::model::builtin::{Edition, Version};
use serde_json::Value;

use crate::harness::root;

type Objects = BTreeMap<[String; 3], Value>;

fn keyed(objects: impl Iterator<Item = Value>) -> Objects {
    let mut all = Objects::new();
    for mut object in objects {
        let metadata = object["metadata"].as_object_mut().unwrap();
        metadata.remove("creationTimestamp");
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let names = [text(metadata.get("namespace")), text(metadata.get("name"))];
        let [namespace, name] = names;
        let key = [text(object.get("kind")), namespace, name];
        assert!(all.insert(key.clone(), object).is_none(), "{key:?} twice");
    }
    all
}

fn ours(text: &str) -> Objects {
    keyed(serde_yaml::Deserializer::from_str(text).map(|document| {
        use serde::Deserialize;
        Value::deserialize(document).unwrap()
    }))
}

#[test]
fn every_version_is_what_upstream_makes() {
    let Some(directory) = std::env::var_os("IAMRBAC_POLICIES") else {
        // straight to the terminal: the test harness would swallow a print
        let _ = writeln!(
            std::io::stderr(),
            "skipped: IAMRBAC_POLICIES names no default policies (tests/upstream/policy)"
        );
        return;
    };
    for version in Version::ALL {
        let path = Path::new(&directory).join(format!("{version}.jsonl"));
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let theirs = keyed(text.lines().map(|line| serde_json::from_str(line).unwrap()));
        let ours = ours(&Edition::Kubernetes(*version).manifest().text);
        assert!(theirs.len() > 100, "{}", path.display());
        for (key, object) in &theirs {
            assert_eq!(ours.get(key), Some(object), "{version}: {key:?}");
        }
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{version}");
    }
}

#[test]
fn every_version_has_a_module_that_makes_its_policy() {
    for version in Version::ALL {
        let path = root().join(format!("tests/upstream/policy/{version}.mod"));
        assert!(path.exists(), "{}", path.display());
    }
}
