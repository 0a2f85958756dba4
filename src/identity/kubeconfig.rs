//! The caller that a kubeconfig stands for: the user of one of its contexts, and what this user shows to the API server.
//! Reads texts; opens no file, runs nothing, and keeps tokens only as long as it takes to see whose they are.
//!
//! Upstream: Kubernetes 1.34, `client-go/tools/clientcmd/client_config.go`, `validation.go` and `api/v1/conversion.go`;
//! which of several credentials counts: `client-go/transport/round_trippers.go`, and on the server certificates come
//! before tokens.

pub mod exec;
pub mod principal;
pub mod profile;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::impersonation::Impersonation;
use crate::source::yaml::{Kind, Limits, NodeId, Resolved, Tree, parse_first};
use exec::Exec;

/// What is wrong with a kubeconfig, and the line where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The line, from 1; none where it is the file as a whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// Something that stands in the kubeconfig or in a file beside it. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Material {
    /// The bytes.
    Inline(Vec<u8>),
    /// The path as written; relative ones start at the directory of the kubeconfig.
    File(String),
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(_) => f.write_str("Inline(…)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

/// What a user shows to the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing: the caller is anonymous.
    Nothing,
    /// A client certificate.
    Certificate(Material),
    /// A bearer token.
    Token(Material),
    /// Username and password, which no API server takes any more.
    Password,
    /// A token that a command prints.
    Exec(Exec),
    /// A token of a provider that was built into kubectl: its name, and the ID token that it remembers.
    Provider(String, Option<Material>),
}

/// One context of a kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The name of its user; empty where it has none.
    pub user: String,
    /// What the user shows, the one that counts.
    pub shown: Shown,
    /// Whom the user always acts as.
    pub acts_as: Option<Impersonation>,
    /// What is there and does not count, in words.
    pub ignored: Vec<&'static str>,
}

/// Reads one context of a kubeconfig; the current one where none is asked for.
pub fn read(text: &str, context: Option<&str>) -> Result<Context, Flaw> {
    let tree = parse_first(text, &Limits::default()).map_err(|error| Flaw {
        line: Some(line_of(text, error.offset)),
        message: format!("it cannot be read: {}", error.message),
        help: error.kind.help().unwrap_or("give a kubeconfig, in YAML or JSON").to_owned(),
    })?;
    let file = File { text, tree: tree.as_ref() };
    let root = file.root()?;
    let current = file.text(root, "current-context")?;
    let name = context.or(current.filter(|name| !name.is_empty())).ok_or_else(|| {
        file.flaw(None, "it has no current context", &file.choose("contexts", "choose one with `--context`"))
    })?;
    let chosen = file.named("contexts", name)?.ok_or_else(|| {
        let message = format!("it has no context `{name}`");
        file.flaw(None, &message, &file.choose("contexts", "choose one with `--context`"))
    })?;
    let inner = file.get(chosen, "context");
    let user = inner.map(|node| file.text(node, "user")).transpose()?.flatten().unwrap_or_default();
    let mut part = None;
    if !user.is_empty() {
        let found = file.named("users", user)?.ok_or_else(|| {
            let message = format!("the context `{name}` is of the user `{user}`, who is not in it");
            file.flaw(
                Some(chosen),
                &message,
                &file.choose("users", "add the user, or name another in the context"),
            )
        })?;
        part = file.get(found, "user");
    }
    let (shown, ignored) =
        part.map(|part| file.shown(part, user)).transpose()?.unwrap_or((Shown::Nothing, Vec::new()));
    let acts_as = part.map(|part| file.acts_as(part)).transpose()?.flatten();
    Ok(Context { name: name.to_owned(), user: user.to_owned(), shown, acts_as, ignored })
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

struct File<'t> {
    text: &'t str,
    tree: Option<&'t Tree<'t>>,
}

impl<'t> File<'t> {
    fn flaw(&self, node: Option<NodeId>, message: &str, help: &str) -> Flaw {
        let line = node.zip(self.tree).map(|(node, tree)| line_of(self.text, tree.span(node).start));
        Flaw { line, message: message.to_owned(), help: help.to_owned() }
    }

    /// The root, if it is that of a kubeconfig.
    fn root(&self) -> Result<NodeId, Flaw> {
        let help = "give what `kubectl config view --raw` prints, or the file behind it";
        let none = || self.flaw(None, "it is no kubeconfig: it has neither contexts nor users", help);
        let tree = self.tree.ok_or_else(none)?;
        let root = tree.root();
        let kind = self.text(root, "kind").ok().flatten();
        if let Some(kind) = kind.filter(|kind| *kind != "Config") {
            return Err(self.flaw(Some(root), &format!("it is a `{kind}`, and no kubeconfig"), help));
        }
        let known = ["contexts", "users", "clusters", "current-context"];
        if known.iter().all(|name| tree.get(root, name).is_none()) {
            return Err(none());
        }
        Ok(root)
    }

    fn get(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let tree = self.tree?;
        tree.get(node, name).filter(|&node| !tree.is_null(node))
    }

    fn scalar(&self, node: NodeId, name: &str) -> Result<&'t str, Flaw> {
        let scalar = self.tree.and_then(|tree| tree.scalar(node));
        let text = scalar.filter(|scalar| matches!(scalar.resolve(), Resolved::Str(_)));
        text.map(|scalar| scalar.text).ok_or_else(|| {
            self.flaw(Some(node), &format!("`{name}` is no text"), "write it as text, in quotes if need be")
        })
    }

    /// The text of a field.
    fn text(&self, node: NodeId, name: &str) -> Result<Option<&'t str>, Flaw> {
        self.get(node, name).map(|value| self.scalar(value, name)).transpose()
    }

    /// The same, where the empty text counts as absent.
    fn filled(&self, node: NodeId, name: &str) -> Result<Option<&'t str>, Flaw> {
        Ok(self.text(node, name)?.filter(|text| !text.is_empty()))
    }

    fn items(&self, node: Option<NodeId>) -> &'t [NodeId] {
        node.zip(self.tree).and_then(|(node, tree)| tree.sequence(node)).unwrap_or_default()
    }

    fn texts(&self, node: NodeId, name: &str) -> Result<Vec<String>, Flaw> {
        let items = self.items(self.get(node, name)).iter();
        items.map(|&item| self.scalar(item, name).map(str::to_owned)).collect()
    }

    fn list(&self, list: &str) -> &'t [NodeId] {
        self.items(self.tree.and_then(|tree| self.get(tree.root(), list)))
    }

    /// The element of this name.
    fn named(&self, list: &str, name: &str) -> Result<Option<NodeId>, Flaw> {
        let mut found = None;
        for &item in self.list(list) {
            if self.text(item, "name")? != Some(name) {
                continue;
            }
            if found.replace(item).is_some() {
                let message = format!("`{list}` has `{name}` twice, and kubectl refuses the file");
                return Err(self.flaw(Some(item), &message, "leave one of them"));
            }
        }
        Ok(found)
    }

    /// A remedy with the names of a list.
    fn choose(&self, list: &str, remedy: &str) -> String {
        let names = self.list(list).iter().filter_map(|&item| self.text(item, "name").ok().flatten());
        let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        names.sort();
        if names.is_empty() { format!("it has no {list}") } else { format!("{remedy}: {}", names.join(", ")) }
    }

    /// What a user shows, and what beside it does not count.
    fn shown(&self, node: NodeId, user: &str) -> Result<(Shown, Vec<&'static str>), Flaw> {
        let mut found: Vec<(&'static str, Shown)> = Vec::new();
        if let Some(data) = self.filled(node, "client-certificate-data")? {
            let bytes = self.decoded(node, "client-certificate-data", data)?;
            found.push(("client certificate", Shown::Certificate(Material::Inline(bytes))));
        } else if let Some(path) = self.filled(node, "client-certificate")? {
            found.push(("client certificate", Shown::Certificate(Material::File(path.to_owned()))));
        }
        // the file is read again and again, and what it holds wins over the text
        if let Some(path) = self.filled(node, "tokenFile")? {
            found.push(("token", Shown::Token(Material::File(path.to_owned()))));
        } else if let Some(token) = self.filled(node, "token")? {
            if token == "REDACTED" {
                return Err(self.redacted(node, "token"));
            }
            found.push(("token", Shown::Token(Material::Inline(token.as_bytes().to_vec()))));
        }
        if self.filled(node, "username")?.is_some() || self.filled(node, "password")?.is_some() {
            found.push(("username and password", Shown::Password));
        }
        if let Some(provider) = self.get(node, "auth-provider") {
            let name = self.text(provider, "name")?.unwrap_or_default().to_owned();
            let config = self.get(provider, "config");
            let token = config.map(|config| self.filled(config, "id-token")).transpose()?.flatten();
            let token = token.map(|token| Material::Inline(token.as_bytes().to_vec()));
            found.push(("auth-provider", Shown::Provider(name, token)));
        }
        if let Some(part) = self.get(node, "exec") {
            found.push(("exec", Shown::Exec(self.exec(part, user)?)));
        }
        let mut found = found.into_iter();
        let shown = found.next().map_or(Shown::Nothing, |(_, shown)| shown);
        Ok((shown, found.map(|(what, _)| what).collect()))
    }

    fn redacted(&self, node: NodeId, name: &str) -> Flaw {
        let help = "give the file itself, or what `kubectl config view --raw` prints";
        let message = format!("`{name}` was left out by `kubectl config view`");
        self.flaw(self.get(node, name).or(Some(node)), &message, help)
    }

    fn decoded(&self, node: NodeId, name: &str, data: &str) -> Result<Vec<u8>, Flaw> {
        if matches!(data, "DATA+OMITTED" | "REDACTED") {
            return Err(self.redacted(node, name));
        }
        let bare: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        STANDARD.decode(bare).map_err(|_| {
            let message = format!("`{name}` is no base64");
            self.flaw(self.get(node, name), &message, "it is the PEM text of the certificate in base64")
        })
    }

    fn exec(&self, node: NodeId, user: &str) -> Result<Exec, Flaw> {
        let command = self.filled(node, "command")?.ok_or_else(|| {
            let message = format!("the `exec` of the user `{user}` has no command");
            self.flaw(Some(node), &message, "name the command, such as `aws`")
        })?;
        let mut environment = Vec::new();
        for &item in self.items(self.get(node, "env")) {
            let name = self.text(item, "name")?.unwrap_or_default();
            let value = self.text(item, "value")?.unwrap_or_default();
            environment.push((name.to_owned(), value.to_owned()));
        }
        Ok(Exec::new(command, &self.texts(node, "args")?, environment))
    }

    /// Whom the user always acts as.
    fn acts_as(&self, node: NodeId) -> Result<Option<Impersonation>, Flaw> {
        let groups = self.texts(node, "as-groups")?;
        let uid = self.filled(node, "as-uid")?.map(str::to_owned);
        let mut extra = Vec::new();
        if let (Some(map), Some(tree)) = (self.get(node, "as-user-extra"), self.tree) {
            if !matches!(tree.kind(map), Kind::Mapping) {
                return Err(self.flaw(
                    Some(map),
                    "`as-user-extra` is no map",
                    "give keys with lists of texts",
                ));
            }
            for field in tree.fields(map) {
                for &item in self.items(Some(field.value)) {
                    extra.push((field.key.to_lowercase(), self.scalar(item, "as-user-extra")?.to_owned()));
                }
            }
            extra.sort();
        }
        match self.filled(node, "as")? {
            Some(user) => Ok(Some(Impersonation { user: user.to_owned(), groups, uid, extra })),
            None if groups.is_empty() && uid.is_none() && extra.is_empty() => Ok(None),
            None => {
                let message =
                    "it acts as groups, a uid or extra values, and as no user: kubectl refuses that";
                Err(self.flaw(Some(node), message, "add `as`"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
apiVersion: v1
kind: Config
current-context: a
contexts:
- {name: a, context: {cluster: c, user: ana}}
- {name: b, context: {cluster: c, user: nobody}}
- {name: c, context: {cluster: c}}
users:
- name: ana
  user: {token: secret-of-ana, username: ana, password: p, as: ben, as-groups: [devs], as-user-extra: {Scopes: [b, a]}}
";

    #[test]
    fn what_a_context_shows() {
        let context = read(FILE, None).unwrap();
        assert_eq!(context.user, "ana");
        assert_eq!(context.shown, Shown::Token(Material::Inline(b"secret-of-ana".to_vec())));
        assert_eq!(context.ignored, ["username and password"]);
        let acts_as = context.acts_as.clone().unwrap();
        assert_eq!((acts_as.user.as_str(), acts_as.groups.as_slice()), ("ben", &["devs".to_owned()][..]));
        assert_eq!(
            acts_as.extra,
            [("scopes".to_owned(), "a".to_owned()), ("scopes".to_owned(), "b".to_owned())]
        );
        assert!(!format!("{context:?}").contains("secret"), "not even by accident");
        assert_eq!(read(FILE, Some("c")).unwrap().shown, Shown::Nothing);
    }

    #[test]
    fn what_is_wrong_has_a_line() {
        let flaw = read(FILE, Some("b")).unwrap_err();
        assert_eq!(
            (flaw.line, flaw.message.as_str()),
            (Some(6), "the context `b` is of the user `nobody`, who is not in it")
        );
        let flaw = read(FILE, Some("x")).unwrap_err();
        assert!(flaw.help.ends_with("`a`, `b`, `c`"), "{flaw:?}");
        for text in ["", "a: [", "kind: ConfigMap\nusers: []\n", "hello: world\n", "- 1\n", "contexts: []\n"]
        {
            assert!(read(text, None).is_err(), "{text:?}");
        }
    }
}
