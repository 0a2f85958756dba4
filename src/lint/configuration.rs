//! What `.iamrbac.yaml` says: levels, excludes, expected exceptions with reason and expiry.

use std::collections::BTreeMap;
use std::fmt;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use super::catalogue::{named, rules};
use super::date::Date;
use crate::finding::{Code, Severity};
use crate::source::yaml::{Limits, Tree, parse_first};
use crate::source::{Sources, Stretch};

/// How a rule is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not at all.
    Off,
    /// As good to know.
    Note,
    /// As probably a mistake.
    Warning,
    /// As a mistake.
    Error,
}

impl Level {
    /// The severity; none for `off`.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Note => Some(Severity::Note),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// What is configured.
#[derive(Debug, Default)]
pub struct Configuration {
    /// Rules that are told otherwise than the catalogue says.
    pub levels: BTreeMap<Code, Level>,
    /// Files whose findings are not told.
    pub(super) exclude: GlobSet,
    /// Findings that are expected.
    pub(super) expected: Vec<Expected>,
    /// From which severity on findings fail the run, where the command line does not say.
    pub fail_on: Option<Severity>,
    /// How many findings of a severity are let pass.
    pub budget: BTreeMap<Severity, usize>,
}

/// A finding that is expected for a while.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) code: Code,
    pub(super) file: Option<GlobSet>,
    pub(super) message: Option<String>,
    pub(super) reason: String,
    pub(super) expires: Date,
    /// Where the configuration says so.
    pub(super) stretch: Stretch,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigurationError {}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    lint: WrittenLint,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct WrittenLint {
    levels: BTreeMap<String, Level>,
    exclude: Vec<String>,
    expected: Vec<WrittenExpected>,
    fail_on: Option<Level>,
    budget: BTreeMap<Level, usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenExpected {
    code: String,
    file: Option<String>,
    message: Option<String>,
    reason: String,
    expires: String,
}

impl Configuration {
    /// Reads a configuration, whose text is kept so that findings about it have a place.
    pub fn read(path: &str, text: &str, sources: &mut Sources) -> Result<Self, ConfigurationError> {
        let error = |message: String| ConfigurationError {
            message: format!("`{path}`: {message}"),
            help: "`iamrbac lint --schema` prints what it may hold".to_owned(),
        };
        let written: Option<Written> = serde_yaml::from_str(text).map_err(|why| error(why.to_string()))?;
        let written = written.unwrap_or_default().lint;
        let file = sources.add(path);
        sources.keep(file, text.to_owned());
        let code = |text: &str| {
            named(text).map(|rule| rule.code).ok_or_else(|| error(format!("there is no rule `{text}`")))
        };
        let mut levels = BTreeMap::new();
        for (name, level) in &written.levels {
            levels.insert(code(name)?, *level);
        }
        let ranges = item_ranges(text, written.expected.len());
        let mut expected = Vec::new();
        for (position, one) in written.expected.into_iter().enumerate() {
            if one.reason.trim().is_empty() {
                return Err(error(format!("the exception for `{}` has no reason", one.code)));
            }
            let range = ranges.get(position).cloned().unwrap_or_default();
            expected.push(Expected {
                code: code(&one.code)?,
                file: one.file.map(|glob| glob_set(&[glob])).transpose().map_err(error)?,
                message: one.message,
                reason: one.reason,
                expires: one.expires.parse().map_err(|why: super::date::NoDate| error(why.to_string()))?,
                stretch: Stretch { file, range, document: 0 },
            });
        }
        Ok(Self {
            levels,
            exclude: glob_set(&written.exclude).map_err(error)?,
            expected,
            fail_on: written.fail_on.and_then(Level::severity),
            budget: written
                .budget
                .into_iter()
                .filter_map(|(level, count)| Some((level.severity()?, count)))
                .collect(),
        })
    }
}

/// The bytes of each expected exception, for its place.
fn item_ranges(text: &str, count: usize) -> Vec<std::ops::Range<usize>> {
    let Ok(Some(tree)) = parse_first(text, &Limits::default()) else { return Vec::new() };
    let find = |tree: &Tree<'_>| {
        let list = tree.get(tree.get(tree.root(), "lint")?, "expected")?;
        let items = tree.sequence(list)?.iter().take(count);
        Some(
            items
                .map(|&item| tree.get(item, "code").map_or_else(|| tree.span(item), |code| tree.span(code)))
                .collect(),
        )
    };
    find(&tree).unwrap_or_default()
}

fn glob_set(globs: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let bare = glob.strip_prefix("./").unwrap_or(glob);
        set.add(
            GlobBuilder::new(bare).build().map_err(|why| format!("`{glob}` is no glob: {}", why.kind()))?,
        );
    }
    set.build().map_err(|why| why.kind().to_string())
}

/// The JSON Schema of the configuration.
pub fn schema() -> Value {
    let codes: Vec<&str> = rules().flat_map(|rule| [rule.code.as_str(), rule.number]).collect();
    let level = |words: &[&str], description: &str| json!({ "enum": words, "description": description });
    let severities = ["error", "warning", "note"];
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "configuration of iamrbac (.iamrbac.yaml)",
        "type": "object",
        "additionalProperties": false,
        "properties": { "lint": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "levels": {
                    "type": "object",
                    "description": "rules that are told otherwise than the catalogue says",
                    "propertyNames": { "enum": codes },
                    "additionalProperties": level(&["off", "note", "warning", "error"], "how the rule is told"),
                },
                "exclude": {
                    "type": "array",
                    "description": "globs of files whose findings are not told",
                    "items": { "type": "string" },
                },
                "expected": {
                    "type": "array",
                    "description": "findings that are expected until a day",
                    "items": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["code", "reason", "expires"],
                        "properties": {
                            "code": { "enum": codes },
                            "file": { "type": "string", "description": "a glob of files" },
                            "message": { "type": "string", "description": "a part of the message" },
                            "reason": { "type": "string", "minLength": 1 },
                            "expires": { "type": "string", "format": "date", "description": "the last day" },
                        },
                    },
                },
                "failOn": level(&severities, "from which severity on the run fails; `--fail-on` goes before it"),
                "budget": {
                    "type": "object",
                    "description": "how many findings of a severity are let pass",
                    "propertyNames": { "enum": severities },
                    "additionalProperties": { "type": "integer", "minimum": 0 },
                },
            },
        } },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Configuration, String> {
        let mut sources = Sources::default();
        Configuration::read(".iamrbac.yaml", text, &mut sources).map_err(|error| error.message)
    }

    #[test]
    fn what_is_written_is_read() {
        let text = "lint:\n  levels: {R301: note, access-secrets: \"off\"}\n  exclude: [vendor/**]\n  failOn: warning\n  budget: {note: 3}\n  expected:\n  - {code: P401, reason: break glass, expires: 2027-01-01}\n";
        let configuration = read(text).unwrap();
        assert_eq!(configuration.levels.get(&Code::ObjectRefused), Some(&Level::Note));
        assert_eq!(configuration.levels.get(&Code::AccessSecrets), Some(&Level::Off));
        assert!(configuration.exclude.is_match("vendor/a/b.yaml"));
        assert_eq!(configuration.fail_on, Some(Severity::Warning));
        assert_eq!(configuration.budget.get(&Severity::Note), Some(&3));
        let expected = &configuration.expected[0];
        assert_eq!(text.get(expected.stretch.range.clone()), Some("P401"));
        assert_eq!(expected.expires.to_string(), "2027-01-01");
        assert!(read("").is_ok() && read("lint:\n").is_ok());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (text, expected) in [
            ("lint: {levels: {nothing: error}}", "no rule `nothing`"),
            ("lint: {level: {}}", "unknown field `level`"),
            ("lint: {expected: [{code: P401, expires: 2027-01-01}]}", "missing field `reason`"),
            ("lint: {expected: [{code: P401, reason: ' ', expires: 2027-01-01}]}", "no reason"),
            ("lint: {expected: [{code: P401, reason: r, expires: soon}]}", "no date"),
            ("lint: {exclude: ['[']}", "no glob"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn the_schema_names_every_rule() {
        let schema = schema().to_string();
        assert!(rules().all(|rule| schema.contains(&format!("\"{}\"", rule.code))));
    }
}
