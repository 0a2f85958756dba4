//! That our text says what upstream's code made, and that no line of it is lost.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde_yaml::{Mapping, Value};

use super::entry::Entries;
use super::*;
use crate::model::{LabelOperator, NamePattern, RoleKind, Rule, Subject};

const EDITION: Edition = Edition::Kubernetes(Version::V1_34);
const GROUP: &str = "rbac.authorization.k8s.io";

fn built_in() -> Vec<Object> {
    EDITION.objects(|_, index| Origin::new(u32::try_from(index).unwrap()))
}

fn editions() -> impl Iterator<Item = Edition> {
    Version::ALL.iter().map(|version| Edition::Kubernetes(*version))
}

fn roles() -> BTreeMap<String, Role> {
    let roles = built_in().into_iter().filter_map(|object| match object {
        Object::Role(role) if role.namespace.is_none() => Some((role.name.to_string(), role)),
        _ => None,
    });
    roles.collect()
}

/// FNV-1a, enough to notice any change.
fn checksum(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What upstream's code made, by kind, namespace and name; none where the facts are not at hand.
fn facts(version: Version) -> Option<BTreeMap<[String; 3], Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../shared/facts/bootstrap-policy-{version}.yaml"));
    if let Ok(text) = std::fs::read_to_string(&path) {
        return Some(keyed(&text));
    }
    // past the capture of the test harness, so that a skipped test is seen
    let _ = writeln!(std::io::stderr(), "skipped: no {} to compare with", path.display());
    None
}

fn keyed(yaml: &str) -> BTreeMap<[String; 3], Value> {
    let mut all = BTreeMap::new();
    for document in yaml.strip_prefix("---\n").unwrap_or(yaml).split("\n---\n") {
        let value: Value = serde_yaml::from_str(document).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = &value["metadata"];
        let namespace = metadata.get("namespace").map(text).unwrap_or_default();
        let key = [text(&value["kind"]), namespace, text(&metadata["name"])];
        assert!(all.insert(key.clone(), value).is_none(), "{key:?} twice");
    }
    all
}

fn assert_same(ours: &BTreeMap<[String; 3], Value>, theirs: &BTreeMap<[String; 3], Value>) {
    for (key, value) in ours {
        assert_eq!(Some(value), theirs.get(key), "{key:?}");
    }
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
}

fn map(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Mapping(fields.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

fn list(items: impl IntoIterator<Item = impl Into<String>>) -> Value {
    items.into_iter().map(|item| Value::String(item.into())).collect::<Vec<_>>().into()
}

fn map_of_texts<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    Value::Mapping(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect::<Mapping>())
}

fn rule_value(rule: &Rule) -> Value {
    let mut fields = vec![("verbs", list(rule.verbs.iter().map(ToString::to_string)))];
    if rule.urls.is_empty() {
        fields.push(("apiGroups", list(rule.api_groups.iter().map(ToString::to_string))));
        fields.push(("resources", list(rule.resources.iter().map(ToString::to_string))));
    } else {
        assert!(rule.api_groups.is_empty() && rule.resources.is_empty());
        fields.push(("nonResourceURLs", list(rule.urls.iter().map(ToString::to_string))));
    }
    if !rule.resource_names.is_empty() {
        fields.push(("resourceNames", list(rule.resource_names.iter().map(ToString::to_string))));
    }
    map(fields)
}

fn aggregation_value(role: &Role) -> Option<Value> {
    let selectors = role.aggregation.as_ref()?.iter().map(|selector| {
        let labels = selector.requirements.iter().map(|requirement| {
            assert_eq!((requirement.operator, requirement.values.len()), (LabelOperator::In, 1));
            (&*requirement.key, &*requirement.values[0])
        });
        map([("matchLabels", map_of_texts(labels))])
    });
    Some(map([("clusterRoleSelectors", selectors.collect::<Vec<_>>().into())]))
}

fn subject_value(subject: &Subject) -> Value {
    let kind = ("kind", subject.kind().into());
    let name = match subject {
        Subject::User(name) => name.as_str(),
        Subject::Group(name) => name.as_str(),
        Subject::ServiceAccount { namespace, name } => {
            return map([kind, ("name", name.as_str().into()), ("namespace", namespace.as_str().into())]);
        }
    };
    map([kind, ("name", name.into()), ("apiGroup", GROUP.into())])
}

/// The object as upstream's code made it; what the model leaves out is the same for all objects.
fn object_value(object: &Object) -> Value {
    let bootstrapping = ("kubernetes.io/bootstrapping", "rbac-defaults");
    let (kind, namespace, name, labels, mut fields) = match object {
        Object::Role(role) => {
            let rules = role.rules.iter().map(rule_value).collect::<Vec<_>>();
            let rules = if rules.is_empty() { Value::Null } else { rules.into() };
            let labels = map_of_texts(role.labels.iter().map(|(key, value)| (&**key, &**value)));
            let aggregation = aggregation_value(role).map(|value| ("aggregationRule", value));
            let fields = std::iter::once(("rules", rules)).chain(aggregation).collect::<Vec<_>>();
            (role.kind().as_str(), &role.namespace, &role.name, labels, fields)
        }
        Object::Binding(binding) => {
            let role_ref = map([
                ("apiGroup", GROUP.into()),
                ("kind", binding.role_ref.kind.as_str().into()),
                ("name", binding.role_ref.name.as_str().into()),
            ]);
            let mut fields = vec![("roleRef", role_ref)];
            if !binding.subjects.is_empty() {
                fields.push((
                    "subjects",
                    binding.subjects.iter().map(subject_value).collect::<Vec<_>>().into(),
                ));
            }
            (binding.kind(), &binding.namespace, &binding.name, map_of_texts([bootstrapping]), fields)
        }
    };
    let mut metadata = vec![
        ("annotations", map_of_texts([("rbac.authorization.kubernetes.io/autoupdate", "true")])),
        ("labels", labels),
        ("name", name.as_str().into()),
    ];
    metadata.extend(namespace.as_ref().map(|namespace| ("namespace", namespace.as_str().into())));
    fields.push(("apiVersion", format!("{GROUP}/v1").into()));
    fields.push(("kind", kind.into()));
    fields.push(("metadata", map(metadata)));
    map(fields)
}

fn objects_by_key(edition: Edition) -> BTreeMap<[String; 3], Value> {
    let mut headers = Vec::new();
    let objects = edition.objects(|header, _| {
        let namespace = header.namespace.unwrap_or_default();
        headers.push([header.kind.as_str(), namespace, header.name].map(str::to_owned));
        Origin::new(0)
    });
    headers.into_iter().zip(objects.iter().map(object_value)).collect()
}

#[test]
fn the_objects_are_those_that_upstream_makes() {
    for version in Version::ALL {
        if let Some(facts) = facts(*version) {
            assert_same(&objects_by_key(Edition::Kubernetes(*version)), &facts);
        }
    }
}

#[test]
fn the_manifest_says_what_upstream_makes() {
    for version in Version::ALL {
        if let Some(facts) = facts(*version) {
            assert_same(&keyed(&Edition::Kubernetes(*version).manifest().text), &facts);
        }
    }
}

#[test]
fn the_manifest_says_what_the_objects_say() {
    for edition in editions() {
        assert_same(&keyed(&edition.manifest().text), &objects_by_key(edition));
    }
}

#[test]
fn every_document_stands_where_it_is_said_to_stand() {
    for edition in editions() {
        let manifest = edition.manifest();
        let objects = edition.objects(|_, index| Origin::new(u32::try_from(index).unwrap()));
        assert_eq!(manifest.documents.len(), objects.len());
        for (index, (range, object)) in manifest.documents.iter().zip(&objects).enumerate() {
            let document = manifest.text.get(range.clone()).unwrap();
            assert_eq!(serde_yaml::from_str::<Value>(document).unwrap(), object_value(object));
            assert!(document.ends_with('\n') && !document.contains("---\n"));
            let origin = match object {
                Object::Role(role) => role.origin,
                Object::Binding(binding) => binding.origin,
            };
            assert_eq!(origin, Origin::new(u32::try_from(index).unwrap()));
        }
        let documents: Vec<&str> =
            manifest.documents.iter().map(|range| manifest.text.get(range.clone()).unwrap()).collect();
        assert_eq!(documents.join("---\n"), manifest.text);
    }
}

#[test]
fn every_line_of_our_texts_is_understood() {
    for edition in editions() {
        assert_eq!(Entries::read(edition.layers()).faults(), Vec::<&str>::new(), "{edition}");
    }
}

#[test]
fn nothing_is_lost_or_changed_unnoticed() {
    let (mut counts, mut rules, mut subjects) = (BTreeMap::new(), 0, 0);
    for object in built_in() {
        let kind = match object {
            Object::Role(role) => {
                rules += role.rules.len();
                role.kind().as_str()
            }
            Object::Binding(binding) => {
                subjects += binding.subjects.len();
                binding.kind()
            }
        };
        *counts.entry(kind).or_insert(0) += 1;
    }
    let expected = [("ClusterRole", 68), ("ClusterRoleBinding", 49), ("Role", 7), ("RoleBinding", 7)];
    assert_eq!(counts, BTreeMap::from(expected));
    assert_eq!((rules, subjects), (316, 60));
    // the sum of a manifest that was compared with the facts; an intended change of its form changes this too
    assert_eq!(checksum(&EDITION.manifest().text), 0x116a_eebb_94fb_4a19);
}

#[test]
fn admin_gathers_edit_and_edit_gathers_view() {
    let roles = roles();
    let gathers = |role: &str| -> Vec<&str> {
        let selectors = roles[role].aggregation.as_deref().unwrap_or_default();
        let selected = roles.values().filter(|role| selectors.iter().any(|one| one.selects(&role.labels)));
        selected.map(|role| role.name.as_str()).collect()
    };
    assert_eq!(gathers("admin"), ["edit", "system:aggregate-to-admin"]);
    assert_eq!(gathers("edit"), ["system:aggregate-to-edit", "view"]);
    assert_eq!(gathers("view"), ["system:aggregate-to-view"]);
    assert_eq!(roles.values().filter(|role| role.aggregation.is_some()).count(), 3);
}

#[test]
fn cluster_admin_may_do_everything_and_masters_are_it() {
    let any = vec![NamePattern::Any];
    let [resources, urls] = &roles()["cluster-admin"].rules[..] else { panic!() };
    assert_eq!((&resources.verbs, &resources.api_groups), (&any, &any));
    assert_eq!(resources.resources, [crate::model::ResourcePattern::Any]);
    assert_eq!((&urls.verbs, &urls.urls[..]), (&any, &[crate::model::UrlPattern::Any][..]));

    let masters = Subject::Group("system:masters".into());
    let given: Vec<_> = built_in()
        .into_iter()
        .filter_map(|object| match object {
            Object::Binding(binding) if binding.subjects.contains(&masters) => Some(binding.role_ref),
            _ => None,
        })
        .collect();
    assert_eq!(given.len(), 1);
    assert_eq!((given[0].kind, given[0].name.as_str()), (RoleKind::ClusterRole, "cluster-admin"));
}

#[test]
fn every_binding_gives_a_role_that_is_built_in_too() {
    let objects = built_in();
    for object in &objects {
        let Object::Binding(binding) = object else { continue };
        let namespace = binding.namespace.as_ref().filter(|_| binding.role_ref.kind == RoleKind::Role);
        let exists = objects.iter().any(|object| {
            matches!(object, Object::Role(role)
                if role.name == binding.role_ref.name && role.namespace.as_ref() == namespace)
        });
        assert!(exists, "{}", binding.name);
    }
}

#[test]
fn a_version_is_read_as_it_is_written() {
    for version in Version::ALL {
        assert_eq!(version.to_string().parse(), Ok(*version));
    }
    assert_eq!(Version::ALL.last(), Some(&Version::newest()));
    assert!(Version::ALL.is_sorted());
    for text in ["", "1.3", "1.340", "v1.34", "1.34.1", " 1.34"] {
        let error = text.parse::<Version>().unwrap_err();
        assert_eq!(error.to_string(), format!("the built-in policy of Kubernetes `{text}` is not known"));
        assert_eq!(error.help(), "give one of `1.31`, `1.32`, `1.33`, `1.34`, `1.35`, `1.36`");
    }
}

#[test]
fn an_unknown_version_has_a_nearest_one() {
    let nearest = [
        ("1.31", "1.31", true),
        ("v1.34.1", "1.34", true),
        ("1.35+", "1.35", true),
        ("1.34-eks-1", "1.34", true),
        ("1.30", "1.31", false),
        ("1.3", "1.31", false),
        ("0.99", "1.31", false),
        ("1.100", "1.36", false),
        ("2.0", "1.36", false),
    ];
    for (text, known, exact) in nearest {
        let (version, is_it) = Version::nearest(text).unwrap();
        assert_eq!((version.as_str(), is_it), (known, exact), "{text}");
    }
    for text in ["", "1", "1.", "one.two", "1.x", "${version}", "1.99999999999", "-1.3"] {
        assert_eq!(Version::nearest(text), None, "{text}");
    }
}

/// Facts of upstream that changed, and in which version they did.
#[test]
fn versions_differ_where_upstream_changed() {
    let grants = |version: Version, role: &str, line: &str| {
        let entries = layers::Layers::read(Edition::Kubernetes(version).layers());
        let mut named = entries.paragraphs.iter().filter(|paragraph| paragraph.header.name == role);
        named.any(|paragraph| paragraph.lines.iter().any(|known| known.contains(line)))
    };
    let since = |role: &str, line: &str| -> Vec<&str> {
        let with = Version::ALL.iter().filter(|version| grants(**version, role, line));
        with.map(|version| version.as_str()).collect()
    };
    assert_eq!(since("system:kubelet-api-admin", "nodes/configz"), ["1.33", "1.34", "1.35", "1.36"]);
    assert_eq!(since("system:monitoring", "nodes/metrics"), ["1.34", "1.35", "1.36"]);
    assert_eq!(since("system:aggregate-to-view", "events.k8s.io"), ["1.35", "1.36"]);
    assert_eq!(since("system:aggregate-to-view", "resourceclaims"), ["1.34", "1.35", "1.36"]);
}

#[test]
fn a_difference_adds_takes_away_replaces_and_changes() {
    let base = "every object\nlabel a=b\n\nClusterRole one\nrule get on pods in \"\"\nrule list on pods in \"\"\n\n\
                ClusterRole two\nrule get at /x\n\nClusterRole three\nrule get at /y\n";
    let difference = "# comment\nevery object\nlabel c=d\n\n~ ClusterRole one\nrule get on pods in \"\"\n\
                      + rule watch on pods in \"\"\n- rule list on pods in \"\"\n+ rule patch on pods in \"\"\n\n\
                      - ClusterRole two\n\n- ClusterRole three\n\nClusterRole three\nrule get at /z\n\n\
                      ClusterRoleBinding four\ngives ClusterRole one\nto Group g\n";
    let whole = "every object\nlabel c=d\n\nClusterRole one\nrule get on pods in \"\"\nrule watch on pods in \"\"\n\
                 rule patch on pods in \"\"\n\nClusterRole three\nrule get at /z\n\nClusterRoleBinding four\n\
                 gives ClusterRole one\nto Group g\n";
    let (changed, expected) = (Entries::read(&[base, difference]), Entries::read(&[whole]));
    assert_eq!(changed.faults(), Vec::<&str>::new());
    assert_eq!(expected.faults(), Vec::<&str>::new());
    assert_eq!(Manifest::write(&changed), Manifest::write(&expected));
}

#[test]
fn what_is_not_understood_is_a_fault_and_nothing_worse() {
    for text in [
        "ClusterRole",
        "Deployment x",
        "ClusterRole n/x",
        "Role x",
        "Role n/",
        "ClusterRole x y",
        "ClusterRole a/b/c",
        "ClusterRole x\nrule get on pods",
        "ClusterRole x\nrule get on pods in",
        "ClusterRole x\nrule get on ,pods in \"\"",
        "ClusterRole x\nrule get on pods in \"\" named",
        "ClusterRole x\nrule get on pods in \"\" called a",
        "ClusterRole x\nrule get on pods in \"\" named a b",
        "ClusterRole x\nrule  at /",
        "ClusterRole x\nrule get at / /",
        "ClusterRole x\nlabel a",
        "ClusterRole x\nlabel =a",
        "ClusterRole x\nlabel a=b\nlabel a=c",
        "ClusterRole x\n rule",
        "ClusterRole x\nto User u",
        "ClusterRole x\ngives ClusterRole y",
        "Role n/x\ncollects a=b",
        "ClusterRoleBinding x",
        "ClusterRoleBinding x\ngives Role y",
        "ClusterRoleBinding x\ngives ClusterRole y z",
        "ClusterRoleBinding x\ngives ClusterRole y\ngives ClusterRole z",
        "RoleBinding n/x\ngives Role y\nrule get at /",
        "RoleBinding n/x\ngives Role y\nto ServiceAccount a",
        "RoleBinding n/x\ngives Role y\nto Robot a",
        "every object\nrule get at /",
        "ClusterRole x\n\nClusterRole x",
        "- ClusterRole x",
        "~ ClusterRole x",
        "ClusterRole x\n\n- ClusterRole x\nrule get at /",
        "ClusterRole x\n\n~ ClusterRole x\nrule get at /",
        "ClusterRole x\n\n~ ClusterRole x\n- rule get at /",
        "ClusterRole x\n\n~ ClusterRole x\n+ nonsense",
        "~ ",
        "- ",
        "\u{0}",
    ] {
        assert!(!Entries::read(&[text]).faults().is_empty(), "{text}");
    }
}
