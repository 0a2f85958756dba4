//! The entries as YAML: the text in which a place of a built-in object is shown.

use std::ops::Range;

use super::entry::{Body, Entries, Entry, List, Pair, RuleLine, SubjectLine};

const GROUP: &str = "rbac.authorization.k8s.io";

/// A text of several YAML documents, one to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The text, in UTF-8 with `\n` at the end of each line.
    pub text: String,
    /// Where in the text each document stands, in bytes: from the first character of its first line to behind its
    /// last `\n`, without the `---` between documents. In the order of the objects.
    pub documents: Vec<Range<usize>>,
}

impl Manifest {
    pub(super) fn write(entries: &Entries) -> Self {
        let mut text = String::with_capacity(96 * 1024);
        let mut documents = Vec::with_capacity(entries.entries.len());
        for entry in &entries.entries {
            if !text.is_empty() {
                text.push_str("---\n");
            }
            let start = text.len();
            document(&mut text, entry);
            documents.push(start..text.len());
        }
        Self { text, documents }
    }
}

/// One object, its fields in order of their names as `kubectl` prints them.
fn document(out: &mut String, entry: &Entry) {
    if let Body::Role { collects, .. } = &entry.body
        && !collects.is_empty()
    {
        line(out, &["aggregationRule:"]);
        line(out, &["  clusterRoleSelectors:"]);
        for label in collects {
            line(out, &["  - matchLabels:"]);
            pair(out, "      ", *label);
        }
    }
    line(out, &["apiVersion: ", GROUP, "/v1"]);
    line(out, &["kind: ", entry.header.kind.as_str()]);
    metadata(out, entry);
    match &entry.body {
        Body::Role { rules, .. } => {
            let mut rules = rules.iter().peekable();
            // an aggregated role is created without rules, and the controller fills them in
            line(out, &[if rules.peek().is_some() { "rules:" } else { "rules: null" }]);
            rules.for_each(|line| rule(out, &line));
        }
        Body::Binding { kind, role, subjects } => {
            line(out, &["roleRef:"]);
            line(out, &["  apiGroup: ", GROUP]);
            line(out, &["  kind: ", kind.as_str()]);
            named(out, "  name: ", role);
            if !subjects.is_empty() {
                line(out, &["subjects:"]);
            }
            for line in subjects {
                subject(out, line);
            }
        }
    }
}

fn metadata(out: &mut String, entry: &Entry) {
    line(out, &["metadata:"]);
    for (field, pairs) in [("  annotations:", &entry.annotations), ("  labels:", &entry.labels)] {
        if !pairs.is_empty() {
            line(out, &[field]);
        }
        pairs.iter().for_each(|one| pair(out, "    ", *one));
    }
    named(out, "  name: ", entry.header.name);
    if let Some(namespace) = entry.header.namespace {
        named(out, "  namespace: ", namespace);
    }
}

fn rule(out: &mut String, rule: &RuleLine) {
    match rule {
        RuleLine::Resources { verbs, resources, groups, names } => {
            list(out, "- apiGroups:", *groups);
            if let Some(names) = names {
                list(out, "  resourceNames:", *names);
            }
            list(out, "  resources:", *resources);
            list(out, "  verbs:", *verbs);
        }
        RuleLine::Urls { verbs, urls } => {
            list(out, "- nonResourceURLs:", *urls);
            list(out, "  verbs:", *verbs);
        }
    }
}

fn subject(out: &mut String, subject: &SubjectLine) {
    match subject {
        SubjectLine::User(name) => {
            line(out, &["- apiGroup: ", GROUP]);
            line(out, &["  kind: User"]);
            named(out, "  name: ", name);
        }
        SubjectLine::Group(name) => {
            line(out, &["- apiGroup: ", GROUP]);
            line(out, &["  kind: Group"]);
            named(out, "  name: ", name);
        }
        SubjectLine::ServiceAccount { namespace, name } => {
            line(out, &["- kind: ServiceAccount"]);
            named(out, "  name: ", name);
            named(out, "  namespace: ", namespace);
        }
    }
}

fn line(out: &mut String, parts: &[&str]) {
    out.extend(parts.iter().copied());
    out.push('\n');
}

fn named(out: &mut String, field: &str, text: &str) {
    out.push_str(field);
    scalar(out, text);
    out.push('\n');
}

fn list(out: &mut String, field: &str, list: List) {
    line(out, &[field]);
    list.items().for_each(|item| named(out, "  - ", item));
}

fn pair(out: &mut String, indent: &str, (key, value): Pair) {
    out.push_str(indent);
    scalar(out, key);
    named(out, ": ", value);
}

/// Writes a text so that every reader of YAML takes it for that text: plain where that is beyond doubt.
fn scalar(out: &mut String, text: &str) {
    if text.is_empty() || is_reserved(text) {
        out.extend(["\"", text, "\""]);
    } else if is_plain(text) {
        out.push_str(text);
    } else {
        out.extend(["'", &text.replace('\'', "''"), "'"]);
    }
}

/// Whether some version of YAML reads this word as a truth value or as nothing.
fn is_reserved(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether the text starts like a word or a path and goes on with nothing that could mean anything to YAML.
fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && !text.ends_with(':')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:*".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read_back_as_it_was() {
        for text in [
            "",
            "*",
            "*/scale",
            "true",
            "Off",
            "y",
            "null",
            "~",
            "1",
            "1.0",
            "0x1f",
            "/api/*",
            "/",
            "system:node",
            "a:",
            "a: b",
            "a #b",
            "it's",
            "-",
            "- a",
            "{}",
            "[x]",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a`",
            "a,b",
            "\"",
            "é",
            " a ",
            "system::leader-locking-kube-scheduler",
            "2001-01-01",
            ".5",
            "+1",
            ".inf",
            "?",
            "|",
            ">",
            "=",
            "<<",
        ] {
            let mut yaml = String::new();
            pair(&mut yaml, "", ("key", "value"));
            named(&mut yaml, "text: ", text);
            let read: serde_yaml::Value = serde_yaml::from_str(&yaml).unwrap();
            assert_eq!(read["text"].as_str(), Some(text), "{yaml}");
        }
    }
}
