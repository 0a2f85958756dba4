//! A cluster's manifests as things to change, and as text.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Everything that is written to files.
#[derive(Clone, Default)]
pub struct Cluster {
    pub aws_auth: AwsAuth,
    pub roles: Vec<Role>,
    pub bindings: Vec<Binding>,
}

#[derive(Clone)]
pub struct AwsAuth {
    pub written: bool,
    pub name: String,
    pub namespace: String,
    pub keys: [&'static str; 3],
    pub roles: Vec<Entry>,
    pub users: Vec<Entry>,
    pub accounts: Vec<String>,
    /// Replacements in the text.
    pub edits: Vec<(String, String)>,
}

impl Default for AwsAuth {
    fn default() -> Self {
        Self {
            written: true,
            name: "aws-auth".into(),
            namespace: "kube-system".into(),
            keys: ["mapRoles", "mapUsers", "mapAccounts"],
            roles: Vec::new(),
            users: Vec::new(),
            accounts: Vec::new(),
            edits: Vec::new(),
        }
    }
}

#[derive(Clone)]
pub struct Entry {
    pub arn: String,
    pub username: String,
    pub groups: Vec<String>,
    /// Replacements in the text of the entry.
    pub edits: Vec<(String, String)>,
}

#[derive(Clone)]
pub struct Role {
    pub namespace: Option<String>,
    pub name: String,
    pub rules: Vec<Rule>,
    pub edits: Vec<(String, String)>,
}

#[derive(Clone, Default)]
pub struct Rule {
    pub verbs: Vec<String>,
    pub groups: Vec<String>,
    pub resources: Vec<String>,
    pub names: Vec<String>,
    pub urls: Vec<String>,
}

#[derive(Clone)]
pub struct Binding {
    pub namespace: Option<String>,
    pub name: String,
    pub role_kind: &'static str,
    pub role: String,
    pub subjects: Vec<Subject>,
    pub edits: Vec<(String, String)>,
}

#[derive(Clone, PartialEq)]
pub struct Subject {
    pub kind: &'static str,
    pub name: String,
    pub namespace: Option<String>,
}

impl Subject {
    pub fn group(name: &str) -> Self {
        Self { kind: "Group", name: name.into(), namespace: None }
    }

    pub fn user(name: &str) -> Self {
        Self { kind: "User", name: name.into(), namespace: None }
    }

    pub fn account(namespace: &str, name: &str) -> Self {
        Self { kind: "ServiceAccount", name: name.into(), namespace: Some(namespace.into()) }
    }
}

pub const AWS_AUTH: &str = "aws-auth";

/// The files, and in which lines of which file each object stands.
pub struct Written {
    pub files: BTreeMap<String, String>,
    pub lines: BTreeMap<String, (String, usize, usize)>,
}

impl Role {
    pub fn id(&self) -> String {
        format!("role {}/{}", self.namespace.as_deref().unwrap_or_default(), self.name)
    }
}

impl Binding {
    pub fn id(&self) -> String {
        format!("binding {}/{}", self.namespace.as_deref().unwrap_or_default(), self.name)
    }
}

impl Cluster {
    pub fn write(&self) -> Written {
        let mut written = Written { files: BTreeMap::new(), lines: BTreeMap::new() };
        if self.aws_auth.written {
            written.put("aws-auth.yaml", AWS_AUTH.into(), &self.aws_auth.text());
        }
        for role in &self.roles {
            let file = if role.namespace.is_some() { "roles.yaml" } else { "cluster/roles.yaml" };
            written.put(file, role.id(), &role.text());
        }
        for binding in &self.bindings {
            let file = if binding.namespace.is_some() { "bindings.yaml" } else { "cluster/bindings.yaml" };
            written.put(file, binding.id(), &binding.text());
        }
        written
    }
}

impl Written {
    fn put(&mut self, file: &str, id: String, text: &str) {
        let content = self.files.entry(file.into()).or_default();
        if !content.is_empty() {
            content.push_str("---\n");
        }
        let first = content.lines().count() + 1;
        content.push_str(text);
        self.lines.insert(id, (file.into(), first, content.lines().count()));
    }
}

fn edited(mut text: String, edits: &[(String, String)]) -> String {
    for (from, to) in edits {
        assert!(text.contains(from.as_str()), "nothing to edit: {from:?} in\n{text}");
        text = text.replacen(from.as_str(), to, 1);
    }
    text
}

fn list(items: &[String]) -> String {
    let quoted: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

fn metadata(namespace: Option<&str>, name: &str) -> String {
    let namespace = namespace.map(|namespace| format!("  namespace: {namespace}\n")).unwrap_or_default();
    format!("metadata:\n  name: {name:?}\n{namespace}")
}

impl AwsAuth {
    fn text(&self) -> String {
        let mut text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n  namespace: {}\ndata:\n",
            self.name, self.namespace
        );
        for (key, field, entries) in
            [(self.keys[0], "rolearn", &self.roles), (self.keys[1], "userarn", &self.users)]
        {
            if entries.is_empty() {
                continue;
            }
            writeln!(text, "  {key}: |").unwrap();
            for entry in entries {
                let mut groups = String::new();
                if !entry.groups.is_empty() {
                    groups = "  groups:\n".into();
                    entry.groups.iter().for_each(|group| writeln!(groups, "    - {group}").unwrap());
                }
                let username = &entry.username;
                let username =
                    if username.starts_with('{') { format!("'{username}'") } else { username.clone() };
                let entry_text = format!("- {field}: {}\n  username: {username}\n{groups}", entry.arn);
                for line in edited(entry_text, &entry.edits).lines() {
                    writeln!(text, "    {line}").unwrap();
                }
            }
        }
        if !self.accounts.is_empty() {
            writeln!(text, "  {}: |", self.keys[2]).unwrap();
            for account in &self.accounts {
                writeln!(text, "    - {account}").unwrap();
            }
        }
        edited(text, &self.edits)
    }
}

impl Role {
    fn text(&self) -> String {
        let kind = if self.namespace.is_some() { "Role" } else { "ClusterRole" };
        let mut text = format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\n");
        text.push_str(&metadata(self.namespace.as_deref(), &self.name));
        text.push_str(if self.rules.is_empty() { "rules: []\n" } else { "rules:\n" });
        for rule in &self.rules {
            let fields = [
                ("apiGroups", &rule.groups),
                ("resources", &rule.resources),
                ("resourceNames", &rule.names),
                ("nonResourceURLs", &rule.urls),
                ("verbs", &rule.verbs),
            ];
            let fields = fields.iter().filter(|(_, items)| !items.is_empty());
            for (position, (field, items)) in fields.enumerate() {
                let lead = if position == 0 { "- " } else { "  " };
                writeln!(text, "{lead}{field}: {}", list(items)).unwrap();
            }
        }
        edited(text, &self.edits)
    }
}

impl Binding {
    fn text(&self) -> String {
        let kind = if self.namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
        let mut text = format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\n");
        text.push_str(&metadata(self.namespace.as_deref(), &self.name));
        write!(
            text,
            "roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: {}\n  name: {:?}\n",
            self.role_kind, self.role
        )
        .unwrap();
        text.push_str(if self.subjects.is_empty() { "subjects: []\n" } else { "subjects:\n" });
        for subject in &self.subjects {
            writeln!(text, "- kind: {}\n  name: {:?}", subject.kind, subject.name).unwrap();
            match &subject.namespace {
                Some(namespace) => writeln!(text, "  namespace: {namespace}").unwrap(),
                None => text.push_str("  apiGroup: rbac.authorization.k8s.io\n"),
            }
        }
        edited(text, &self.edits)
    }
}
