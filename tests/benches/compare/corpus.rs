//! Texts to read, the same for the same sizes: dumps as kubectl writes them, and a tree as a `GitOps` repository is.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Numbers by chance, the same in every run (splitmix64).
pub(crate) struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn some(&mut self, of: &[&str], most: u64) -> Vec<String> {
        let count = 1 + self.below(most);
        let start = self.below(of.len() as u64) as usize;
        (0..count as usize).map(|place| of[(start + place) % of.len()].to_owned()).collect()
    }
}

/// The bytes of a file, or of all files below a directory.
pub(crate) fn size(path: &Path) -> u64 {
    let files = walkdir::WalkDir::new(path).into_iter().map(|entry| entry.unwrap().metadata().unwrap());
    files.filter(fs::Metadata::is_file).map(|metadata| metadata.len()).sum()
}

/// Makes what is not there yet, and gives the directory of these sizes.
pub(crate) fn make(directory: &Path, objects: usize, files: usize) -> PathBuf {
    // the last number grows where the texts change
    let directory = directory.join(format!("{objects}-{files}-3"));
    if directory.join("complete").exists() {
        return directory;
    }
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(directory.join("five")).unwrap();
    let chance = &mut Chance(7);
    let mut all: Vec<Value> = (0..objects).map(|number| object(chance, number, objects)).collect();
    all.push(aws_auth(400));
    write_dumps(&directory, &all);
    let mut five: Vec<Value> = (0..4).map(|number| object(chance, number, 4)).collect();
    five.push(aws_auth(5));
    for (number, object) in five.iter().enumerate() {
        fs::write(directory.join(format!("five/{number}.yaml")), yaml(object)).unwrap();
    }
    tree(&directory.join("tree"), files, chance);
    fs::write(directory.join("matrix.yaml"), matrix()).unwrap();
    fs::write(directory.join("complete"), "").unwrap();
    directory
}

fn write_dumps(directory: &Path, all: &[Value]) {
    let documents: Vec<String> = all.iter().map(yaml).collect();
    fs::write(directory.join("multi.yaml"), documents.join("---\n")).unwrap();
    let mut changed = documents.clone();
    let step = changed.len().div_ceil(10);
    for document in changed.iter_mut().step_by(step) {
        *document = document
            .replace("verbs:\n", "verbs:\n  - deletecollection\n")
            .replace("kind: Group", "kind: User");
    }
    fs::write(directory.join("changed.yaml"), changed.join("---\n")).unwrap();
    let list = json!({"apiVersion": "v1", "items": all, "kind": "List", "metadata": {"resourceVersion": ""}});
    fs::write(directory.join("list.yaml"), yaml(&list)).unwrap();
    fs::write(directory.join("list.json"), serde_json::to_vec(&list).unwrap()).unwrap();
    let mut indented = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut indented, formatter);
    serde::Serialize::serialize(&list, &mut serializer).unwrap();
    fs::write(directory.join("indented.json"), indented).unwrap();
}

fn metadata(chance: &mut Chance, name: &str, namespace: Option<&str>) -> Value {
    let mut metadata = json!({
        "annotations": {
            "meta.helm.sh/release-name": name,
            "meta.helm.sh/release-namespace": namespace.unwrap_or("kube-system"),
        },
        "creationTimestamp": format!("2025-03-0{}T10:11:12Z", 1 + chance.below(9)),
        "labels": {
            "app.kubernetes.io/managed-by": "Helm",
            "app.kubernetes.io/name": name,
            "team": format!("team-{}", chance.below(200)),
        },
        "name": name,
        "resourceVersion": chance.below(9_999_999).to_string(),
        "uid": format!("{:08x}-1111-2222-3333-{:012x}", chance.below(1 << 32), chance.below(1 << 48)),
    });
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    metadata
}

fn rules(chance: &mut Chance) -> Vec<Value> {
    const VERBS: [&str; 7] = ["get", "list", "watch", "create", "update", "patch", "delete"];
    const RESOURCES: [&str; 8] =
        ["pods", "pods/log", "services", "configmaps", "secrets", "deployments", "jobs", "ingresses"];
    let rule = |chance: &mut Chance| {
        json!({
            "apiGroups": chance.some(&["", "apps", "batch", "networking.k8s.io"], 2),
            "resources": chance.some(&RESOURCES, 4),
            "verbs": chance.some(&VERBS, 5),
        })
    };
    (0..=chance.below(4)).map(|_| rule(chance)).collect()
}

fn subject(chance: &mut Chance, namespace: &str) -> Value {
    let group = "rbac.authorization.k8s.io";
    match chance.below(10) {
        0..5 => json!({"apiGroup": group, "kind": "Group", "name": format!("team-{}", chance.below(2000))}),
        5..8 => {
            json!({"apiGroup": group, "kind": "User", "name": format!("dev:user-{}", chance.below(3000))})
        }
        _ => {
            json!({"kind": "ServiceAccount", "name": format!("sa-{}", chance.below(500)), "namespace": namespace})
        }
    }
}

/// In a hundred objects there are 15 ClusterRoles, 30 Roles, 15 ClusterRoleBindings and 40 RoleBindings.
fn object(chance: &mut Chance, number: usize, objects: usize) -> Value {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let namespace = format!("ns-{}", chance.below(250));
    let share = chance.below(100);
    let (kind, name) = match share {
        0..15 => ("ClusterRole", format!("cr-{number}")),
        15..45 => ("Role", format!("role-{number}")),
        45..60 => ("ClusterRoleBinding", format!("b-{number}")),
        _ => ("RoleBinding", format!("b-{number}")),
    };
    let namespaced = (!kind.starts_with("Cluster")).then_some(namespace.as_str());
    let metadata = metadata(chance, &name, namespaced);
    let version = format!("{GROUP}/v1");
    if share < 45 {
        return json!({"apiVersion": version, "kind": kind, "metadata": metadata, "rules": rules(chance)});
    }
    let role = format!("cr-{}", chance.below(objects as u64));
    let subjects: Vec<Value> = (0..=chance.below(3)).map(|_| subject(chance, &namespace)).collect();
    let role_ref = json!({"apiGroup": GROUP, "kind": "ClusterRole", "name": role});
    json!({"apiVersion": version, "kind": kind, "metadata": metadata, "roleRef": role_ref, "subjects": subjects})
}

/// The verbs of the matrix.
pub(crate) const MATRIX_VERBS: [&str; 8] =
    ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const MATRIX_PRINCIPALS: usize = 1000;
const MATRIX_RESOURCES: usize = 73;
const MATRIX_NAMESPACES: usize = 250;
/// The cells of the matrix.
pub(crate) const MATRIX_CELLS: usize =
    MATRIX_PRINCIPALS * MATRIX_RESOURCES * MATRIX_VERBS.len() * MATRIX_NAMESPACES;

/// A thousand roles, of which each may read half of the resources everywhere, and more in five namespaces.
fn matrix() -> String {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let things = |every: usize| -> Vec<String> {
        (0..MATRIX_RESOURCES).step_by(every).map(|number| format!("thing{number:02}")).collect()
    };
    let role = |name: &str, every: usize, verbs: &[&str]| {
        let rules = json!([{"apiGroups": ["example.com"], "resources": things(every), "verbs": verbs}]);
        json!({"apiVersion": format!("{GROUP}/v1"), "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules})
    };
    let mut all = vec![role("reader", 2, &MATRIX_VERBS[..3]), role("editor", 1, &MATRIX_VERBS[..])];
    let mut mappings = String::new();
    for number in 0..MATRIX_PRINCIPALS {
        let arn = format!("arn:aws:iam::111122223333:role/team-{number}");
        let _ =
            writeln!(mappings, "- rolearn: {arn}\n  username: team-{number}\n  groups:\n  - team-{number}");
        let bind = |namespace: Option<String>, role: &str| {
            let kind = if namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
            let subject = json!({"apiGroup": GROUP, "kind": "Group", "name": format!("team-{number}")});
            let mut metadata = json!({"name": format!("{role}-{number}")});
            if let Some(namespace) = namespace {
                metadata["namespace"] = namespace.into();
            }
            let role_ref = json!({"apiGroup": GROUP, "kind": "ClusterRole", "name": role});
            json!({"apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": metadata, "roleRef": role_ref, "subjects": [subject]})
        };
        all.push(bind(None, "reader"));
        let namespaces = (0..5).map(|place| format!("ns-{}", (number * 7 + place * 50) % MATRIX_NAMESPACES));
        all.extend(namespaces.map(|namespace| bind(Some(namespace), "editor")));
    }
    let mut map = aws_auth(0);
    map["data"]["mapRoles"] = mappings.into();
    all.push(map);
    all.iter().map(yaml).collect::<Vec<_>>().join("---\n")
}

fn aws_auth(entries: usize) -> Value {
    let roles: String = (0..entries).fold(String::new(), |mut roles, number| {
        let arn = format!("arn:aws:iam::111122223333:role/team-{number}");
        let _ = writeln!(
            roles,
            "- rolearn: {arn}\n  username: dev:{{{{SessionName}}}}\n  groups:\n  - team-{number}"
        );
        roles
    });
    json!({
        "apiVersion": "v1",
        "data": {"mapRoles": roles},
        "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"},
    })
}

/// A value as kubectl writes it: lists not indented, texts of more than one line as blocks.
fn yaml(value: &Value) -> String {
    let mut text = String::new();
    write_yaml(&mut text, value, 0, "");
    text
}

fn write_yaml(text: &mut String, value: &Value, indent: usize, first: &str) {
    let pad = " ".repeat(indent);
    let lead = |place: usize| if place == 0 && !first.is_empty() { first.to_owned() } else { pad.clone() };
    match value {
        Value::Object(fields) => {
            for (place, (key, value)) in fields.iter().enumerate() {
                let _ = write!(text, "{}{key}:", lead(place));
                let below = if value.is_array() { indent } else { indent + 2 };
                write_value(text, value, below);
            }
        }
        Value::Array(items) => {
            for item in items {
                if let Value::Object(_) = item {
                    write_yaml(text, item, indent + 2, &format!("{pad}- "));
                } else {
                    let _ = write!(text, "{pad}-");
                    write_value(text, item, indent + 2);
                }
            }
        }
        _ => {}
    }
}

fn write_value(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::String(block) if block.contains('\n') => {
            text.push_str(" |\n");
            for line in block.lines() {
                let _ = writeln!(text, "{}{line}", " ".repeat(indent));
            }
        }
        Value::String(plain) => {
            let first = plain.chars().next();
            let quoted = first.is_none_or(|first| !first.is_alphabetic()) || plain.contains(": ");
            let _ = if quoted { writeln!(text, " {plain:?}") } else { writeln!(text, " {plain}") };
        }
        _ => {
            text.push('\n');
            write_yaml(text, value, indent, "");
        }
    }
}

/// The files of an app lie beside each other.
const FILES_OF_AN_APP: usize = 10;

/// Of the files 3 % hold RBAC, every 180th is a CustomResourceDefinition of about a megabyte, every 16th a template
/// of a chart; the rest are workloads.
fn tree(root: &Path, files: usize, chance: &mut Chance) {
    for number in 0..files {
        let app = number / FILES_OF_AN_APP;
        let directory = root.join(format!("apps/team-{}/app-{app}", app % 40));
        fs::create_dir_all(&directory).unwrap();
        let text = match number {
            0 => yaml(&aws_auth(400)),
            _ if number % 180 == 90 => custom_resource(chance, number),
            _ if number % 33 == 1 => {
                let documents: Vec<String> = (0..3).map(|_| yaml(&object(chance, number, files))).collect();
                documents.join("---\n")
            }
            _ if number % 16 == 2 => template(number),
            _ => {
                let documents: Vec<String> = (0..3).map(|part| workload(chance, number, part)).collect();
                documents.join("---\n")
            }
        };
        fs::write(directory.join(format!("file-{number}.yaml")), text).unwrap();
    }
}

fn custom_resource(chance: &mut Chance, number: usize) -> String {
    let mut text = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things{number}.example.com\nspec:\n  group: example.com\n  names:\n    kind: Thing{number}\n    plural: things{number}\n  scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n",
    );
    let until = 850_000 + chance.below(850_000) as usize;
    let mut field = 0;
    while text.len() < until {
        field += 1;
        let _ = write!(
            text,
            "          field{field}:\n            description: |-\n              The field {field} says what the controller does with a Role of its own,\n              and how often it looks.\n            type: string\n",
        );
    }
    text
}

fn template(number: usize) -> String {
    format!(
        "{{{{- if .Values.enabled }}}}\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{{{ .Release.Name }}}}-{number}\n  labels:\n    {{{{- include \"labels\" . | nindent 4 }}}}\nspec:\n  replicas: {{{{ .Values.replicas }}}}\n{{{{- end }}}}\n"
    )
}

fn workload(chance: &mut Chance, number: usize, part: u64) -> String {
    let mut text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{number}-{part}\n  namespace: ns-{}\nspec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n      - name: main\n        image: registry.example.com/app-{number}:{}\n        env:\n",
        chance.below(250),
        chance.below(1000),
    );
    for variable in 0..10 + chance.below(39) {
        let _ = writeln!(text, "        - name: VARIABLE_{variable}\n          value: \"{}\"", chance.next());
    }
    text
}
