//! What the real `kubectl auth can-i` sent for many command lines, against what is asked here.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use serde_json::Value;

use super::*;

/// What becomes of a command line for which kubectl sent something else on purpose.
enum Otherwise {
    /// It is a mistake in usage.
    Refused(UsageErrorCode),
    /// It is asked for this plural in this group.
    Asked(&'static str, &'static str),
}

/// Every deliberate difference from kubectl but the namespace of cluster-scoped types, which [`Asked`] tells itself.
fn difference(type_text: &str) -> Option<Otherwise> {
    use Otherwise::{Asked, Refused};
    Some(match type_text {
        // kubectl asks for a resource without a name, which no rule but a wildcard's names
        "" | ".apps" => Refused(UsageErrorCode::TypeMissing),
        // kubectl asks for one resource whose name has a comma
        "po,svc" | "pods,services" => Refused(UsageErrorCode::SeveralTypes),
        // kubectl asks the core group, a guess: the true group is not known; and the mapper of kubectl makes up a plural
        // `podlists` from the kind of lists, which is the name of nothing
        "endpoint" | "foos" | "scale" | "psp" | "podlist" => Refused(UsageErrorCode::UnknownType),
        // kubectl asks the core group for the whole text, though the group is named
        // (and where it knows the type, it takes the second of three parts for the version)
        "foos.example.com" | "Foos.Example.com" | "foos.v1.example.com" => Asked("foos", "example.com"),
        // the same: group `v1` is what the words say
        "componentstatuses.v1" => Asked("componentstatuses", "v1"),
        "configmaps.v1" => Asked("configmaps", "v1"),
        "events.v1" => Asked("events", "v1"),
        "limitranges.v1" => Asked("limitranges", "v1"),
        "nodes.v1" => Asked("nodes", "v1"),
        "persistentvolumes.v1" => Asked("persistentvolumes", "v1"),
        "pods.v1" => Asked("pods", "v1"),
        "podtemplates.v1" => Asked("podtemplates", "v1"),
        "replicationcontrollers.v1" => Asked("replicationcontrollers", "v1"),
        "secrets.v1" => Asked("secrets", "v1"),
        "serviceaccounts.v1" => Asked("serviceaccounts", "v1"),
        // the same: any type of any group
        "*.*" => Asked("*", "*"),
        // no server lists these, so that kubectl asks the core group, in which no rule for them has a meaning
        "signers" | "signers.certificates.k8s.io" => Asked("signers", "certificates.k8s.io"),
        "userextras" => Asked("userextras", "authentication.k8s.io"),
        _ => return None,
    })
}

/// A command line as its words, read as kubectl's flags are; none where it has not two arguments.
fn typed(arguments: &[String]) -> Option<Typed<'_>> {
    let mut typed = Typed::default();
    let mut positional = Vec::new();
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "-A" => typed.all_namespaces = true,
            "-q" => {}
            "-n" => typed.namespace = words.next(),
            "--subresource" => typed.subresource = words.next(),
            _ => match word.strip_prefix("--subresource=") {
                Some(subresource) => typed.subresource = Some(subresource),
                None => positional.push(word),
            },
        }
    }
    let [verb, target] = *positional.as_slice() else { return None };
    Some(Typed { verb, target, ..typed })
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// The request that kubectl sent.
fn sent(review: &Value) -> Request {
    if let Some(url) = review.get("nonResourceAttributes") {
        return Request { verb: text(url, "verb").into(), target: Target::Url(text(url, "path").into()) };
    }
    let resource = &review["resourceAttributes"];
    Request {
        verb: text(resource, "verb").into(),
        target: Target::Resource(ResourceTarget {
            api_group: text(resource, "group").into(),
            resource: text(resource, "resource").into(),
            subresource: text(resource, "subresource").into(),
            name: text(resource, "name").into(),
            namespace: text(resource, "namespace").into(),
        }),
    }
}

/// The warnings of kubectl, by what they are about: scope, verb, type.
fn warned(case: &Value) -> [bool; 3] {
    let warnings = strings(&case["warnings"]).join("\n");
    ["is not namespace scoped", "is not a known verb", "doesn't have a resource type"]
        .map(|words| warnings.contains(words))
}

fn check(case: &Value) -> Result<(), String> {
    let arguments = strings(&case["args"]);
    let Some(typed) = typed(&arguments) else {
        assert!(case["review"].is_null(), "{arguments:?}");
        return Ok(());
    };
    let asked = typed.read(&ResourceTypes::default(), |_| BTreeSet::new());
    let mut expected = sent(&case["review"]);
    match difference(typed.target.split('/').next().unwrap()).filter(|_| !typed.target.starts_with('/')) {
        Some(Otherwise::Refused(code)) => {
            return match asked {
                Err(error) if error.code == code => Ok(()),
                other => Err(format!("{arguments:?}: expected {code}, got {other:?}")),
            };
        }
        Some(Otherwise::Asked(plural, group)) => {
            let Target::Resource(target) = &mut expected.target else { return Err("a URL".into()) };
            target.resource = plural.into();
            target.api_group = group.into();
        }
        None => {}
    }
    let asked = asked.map_err(|error| format!("{arguments:?}: {error:?}"))?;
    let as_kubectl = match &asked.kubectl_namespace {
        Some(namespace) => asked.request.in_namespace(namespace.clone()),
        None => asked.request.clone(),
    };
    if as_kubectl != expected {
        return Err(format!("{arguments:?}: kubectl {expected:?}, here {asked:?}"));
    }
    let scoped = matches!(asked.scope, Scope::Cluster | Scope::OwnNamespace);
    if scoped && typed.target.split('/').next() == Some(typed.target) && asked.request.namespace().is_some() {
        return Err(format!("{arguments:?}: asked in a namespace: {asked:?}"));
    }
    let has = |code| asked.notes.iter().any(|note| note.code == code);
    // kubectl warns of names that only rules use as it does of types that it does not know
    let only_in_rules = has(NoteCode::OnlyInRules);
    let told = [
        scoped && !typed.all_namespaces && !only_in_rules,
        // kubectl does not look at the verb beside `-A`
        has(NoteCode::UnknownVerb) && !typed.all_namespaces,
        has(NoteCode::UnknownType) || only_in_rules,
    ];
    if told == warned(case) {
        Ok(())
    } else {
        Err(format!("{arguments:?}: {told:?}, kubectl {:?}", warned(case)))
    }
}

#[test]
fn asks_what_kubectl_sends() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/kubectl/grammar.json");
    let Ok(corpus) = std::fs::read_to_string(&path) else {
        // straight to the terminal: the test harness would swallow a print
        writeln!(std::io::stderr(), "skipped: no corpus at {}", path.display()).unwrap();
        return;
    };
    let corpus: Vec<Value> = serde_json::from_str(&corpus).unwrap();
    assert!(corpus.len() >= 300, "{} cases", corpus.len());
    let wrong: Vec<String> = corpus.iter().filter_map(|case| check(case).err()).collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), corpus.len(), wrong.join("\n"));
}
