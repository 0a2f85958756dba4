//! The file of expectations, `iamrbac/test/v1`, as people write it. Reads and writes; asks nothing.

use serde::{Deserialize, Serialize};

/// The name of the contract.
pub const SCHEMA: &str = "iamrbac/test/v1";

/// A file of expectations.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// `iamrbac/test/v1`.
    pub schema: String,
    /// Files and directories that are judged, relative to this file; its own directory where none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manifests: Vec<String>,
    /// What is expected.
    #[serde(default)]
    pub expect: Vec<Entry>,
}

/// Expectations of one caller (`who`), or of who may do one thing (`whoCan`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Entry {
    /// What it is about, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Caller>,
    /// Whether the caller is let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticated: Option<bool>,
    /// The username of the caller, with tokens where sessions differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The groups of the caller, all of them, in any order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// What the caller may do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Ask>,
    /// What the caller may not do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<Ask>,
    /// What some of the sessions of the caller may do, and others not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends: Vec<Ask>,
    /// What is done, in the words of `can-i`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who_can: Option<String>,
    /// These may, and nobody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exactly: Option<Vec<String>>,
    /// Nobody may but these.
    #[serde(skip_serializing_if = "Option::is_none", alias = "nobodyBut")]
    pub at_most: Option<Vec<String>>,
    /// These may, and perhaps others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Vec<String>>,
}

/// A caller, by exactly one of its names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Caller {
    /// The ARN of a role, user, assumed role, root user or federated user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The session name; without one a role is asked for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// A plain Kubernetes user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The groups of that user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// A service account, as `namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
}

/// One question: `list pods -n team-a`, in the words of `can-i`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ask {
    /// Only the words.
    Words(String),
    /// The words, and where a yes must come from.
    Through(Through),
}

/// A question whose yes must come from one binding.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Through {
    /// The words.
    pub ask: String,
    /// `RoleBinding team-a/developers`, `ClusterRoleBinding admins` or `access policy AmazonEKSViewPolicy`.
    pub through: String,
}

impl Ask {
    /// The words of the question.
    pub fn words(&self) -> &str {
        match self {
            Self::Words(words) => words,
            Self::Through(through) => &through.ask,
        }
    }

    /// The binding that a yes must come from.
    pub fn through(&self) -> Option<&str> {
        match self {
            Self::Words(_) => None,
            Self::Through(through) => Some(&through.through),
        }
    }
}

/// Why a text is no file of expectations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// In words.
    pub message: String,
    /// The line, where one is known.
    pub line: Option<usize>,
}

impl Document {
    /// Reads a text. What it says must be possible to judge: each entry names a caller or a thing to do, not both.
    pub fn read(text: &str) -> Result<Self, FileError> {
        let document: Self = serde_yaml::from_str(text).map_err(|error| FileError {
            line: error.location().map(|location| location.line()),
            message: error.to_string(),
        })?;
        let refuse = |message: String| Err(FileError { message, line: None });
        if document.schema != SCHEMA {
            return refuse(format!("its `schema` is `{}`, and must be `{SCHEMA}`", document.schema));
        }
        for (position, entry) in document.expect.iter().enumerate() {
            if let Some(why) = entry.refusal() {
                return refuse(format!("expect[{position}] {why}"));
            }
        }
        Ok(document)
    }

    /// Writes the text, with the comments that stood before the first field of `old`.
    pub fn written(&self, old: &str) -> Result<String, serde_yaml::Error> {
        let comments = old.lines().take_while(|line| line.starts_with('#') || line.trim().is_empty());
        let mut text: String = comments.flat_map(|line| [line, "\n"]).collect();
        text.push_str(&serde_yaml::to_string(self)?);
        Ok(text)
    }
}

impl Entry {
    /// What keeps the entry from being judged.
    fn refusal(&self) -> Option<&'static str> {
        let of_caller = self.authenticated.is_some()
            || self.username.is_some()
            || self.groups.is_some()
            || !(self.allow.is_empty() && self.deny.is_empty() && self.depends.is_empty());
        let lists = [&self.exactly, &self.at_most, &self.at_least].into_iter().flatten().count();
        match (&self.who, &self.who_can) {
            (Some(_), Some(_)) => Some("has both `who` and `whoCan`"),
            (None, None) => Some("has neither `who` nor `whoCan`"),
            (Some(_), None) if lists > 0 => Some("has a list that belongs to `whoCan`"),
            (Some(_), None) if !of_caller => Some("expects nothing"),
            (None, Some(_)) if of_caller => Some("has an expectation that belongs to `who`"),
            (None, Some(_)) if lists == 0 => Some("expects nothing: add `exactly`, `atMost` or `atLeast`"),
            (Some(who), None) => who.refusal(),
            (None, Some(_)) => None,
        }
    }
}

impl Caller {
    fn refusal(&self) -> Option<&'static str> {
        let names = [&self.arn, &self.user, &self.service_account].into_iter().flatten().count();
        if names != 1 {
            return Some("must name its caller by one of `arn`, `user` and `serviceAccount`");
        }
        if self.session.is_some() && self.arn.is_none() {
            return Some("has a `session` without an `arn`");
        }
        (!self.groups.is_empty() && self.user.is_none()).then_some("has `groups` of no `user`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(entry: &str) -> String {
        let text = format!("schema: iamrbac/test/v1\nexpect:\n- {entry}\n");
        Document::read(&text).unwrap_err().message
    }

    #[test]
    fn what_cannot_be_judged_is_refused() {
        for (entry, why) in [
            ("{name: x}", "neither `who` nor `whoCan`"),
            ("{who: {user: a}}", "expects nothing"),
            ("{who: {user: a, arn: b}, allow: [get pods]}", "one of `arn`, `user`"),
            ("{who: {user: a, session: b}, allow: [get pods]}", "without an `arn`"),
            ("{who: {user: a}, allow: [get pods], exactly: []}", "belongs to `whoCan`"),
            ("{whoCan: get pods}", "expects nothing"),
            ("{whoCan: get pods, exactly: [], allow: [get pods]}", "belongs to `who`"),
            ("{who: {user: a}, alow: [get pods]}", "alow"),
            ("{who: {user: a}, allow: [{ask: get pods, thru: x}]}", ""),
        ] {
            assert!(refused(entry).contains(why), "{entry}: {}", refused(entry));
        }
        assert!(Document::read("schema: iamrbac/test/v2\n").unwrap_err().message.contains("must be"));
        assert_eq!(Document::read("schema: x\nexpect: [\n").unwrap_err().line, Some(3));
    }

    #[test]
    fn what_is_written_can_be_read() {
        let text = "# kept\n\nschema: iamrbac/test/v1\nexpect:\n- who: {user: a}\n  allow: [get pods, {ask: list pods, through: ClusterRoleBinding x}]\n- whoCan: get pods\n  nobodyBut: []\n";
        let document = Document::read(text).unwrap();
        let written = document.written(text).unwrap();
        assert!(written.starts_with("# kept\n\nschema: iamrbac/test/v1\n"), "{written}");
        let again = Document::read(&written).unwrap();
        assert_eq!(again.expect[0].allow[1].through(), Some("ClusterRoleBinding x"));
        assert_eq!(again.expect[1].at_most, Some(Vec::new()));
    }
}
