//! The least that a program of this kind has to do, or what the usual libraries take for the heart of it.

use std::fmt;
use std::fs;
use std::path::Path;

use serde::Deserialize;

#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Name {
    /// Walk, read, and count lines
    Scan,
    /// Decode into types with `yaml_serde`
    TypedYaml,
    /// Decode into types with `serde_json`
    TypedJson,
    /// Parse arguments with clap and read the files
    Clap,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scan => "scan",
            Self::TypedYaml => "typed-yaml",
            Self::TypedJson => "typed-json",
            Self::Clap => "clap",
        })
    }
}

/// What an RBAC tool would decode objects into.
#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Object {
    api_version: String,
    kind: String,
    metadata: Metadata,
    rules: Vec<Rule>,
    role_ref: Option<Reference>,
    subjects: Vec<Reference>,
    items: Vec<Self>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    name: String,
    namespace: Option<String>,
    labels: std::collections::BTreeMap<String, String>,
    annotations: std::collections::BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    verbs: Vec<String>,
    api_groups: Vec<String>,
    resources: Vec<String>,
    resource_names: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Reference {
    api_group: Option<String>,
    kind: String,
    name: String,
    namespace: Option<String>,
}

pub(crate) fn run(name: Name, path: &Path) {
    let files = walkdir::WalkDir::new(path).sort_by_file_name().into_iter().map(Result::unwrap);
    let texts =
        files.filter(|entry| entry.file_type().is_file()).map(|entry| fs::read(entry.path()).unwrap());
    let count: usize = match name {
        Name::Scan => texts.map(|text| memchr::memchr_iter(b'\n', &text).count()).sum(),
        Name::Clap => texts.map(|text| text.len()).sum(),
        Name::TypedYaml => texts.map(|text| typed_yaml(&text)).sum(),
        Name::TypedJson => texts.map(|text| objects(&serde_json::from_slice::<Object>(&text).unwrap())).sum(),
    };
    println!("{count}");
}

fn typed_yaml(text: &[u8]) -> usize {
    let documents = serde_yaml::Deserializer::from_slice(text);
    // kept, as a program that answers from them would
    let objects: Vec<Object> = documents.map(|document| Object::deserialize(document).unwrap()).collect();
    objects.iter().map(self::objects).sum()
}

fn objects(object: &Object) -> usize {
    1 + object.items.len()
}
