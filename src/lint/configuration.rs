//! What `.iamrbac.yaml` says: levels, excludes, expected exceptions with reason and expiry.

mod schema;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use super::catalogue::named;
use crate::finding::{Code, Severity};
use crate::model::date::Date;
use crate::source::yaml::{Limits, NodeId, Tree, parse_first};
use crate::source::{Sources, Stretch};
pub use schema::schema;

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
    /// The globs of `exclude`, as they are written.
    pub(super) excluded: Vec<(String, Stretch)>,
    /// Where the parts of the configuration are, by their names; `lint` itself for those that have no place.
    pub(super) places: BTreeMap<String, Stretch>,
}

/// A finding that is expected for a while.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) code: Code,
    pub(super) file: Option<GlobSet>,
    /// The globs as they are written.
    pub(super) glob: Option<String>,
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
        let places = Places::of(text);
        let stretch = |range| Stretch { file, range, document: 0 };
        let mut expected = Vec::new();
        for (position, one) in written.expected.into_iter().enumerate() {
            if one.reason.trim().is_empty() {
                return Err(error(format!("the exception for `{}` has no reason", one.code)));
            }
            expected.push(Expected {
                code: code(&one.code)?,
                file: one.file.clone().map(|glob| glob_set(&[glob])).transpose().map_err(error)?,
                glob: one.file,
                message: one.message,
                reason: one.reason,
                expires: one
                    .expires
                    .parse()
                    .map_err(|why: crate::model::date::NoDate| error(why.to_string()))?,
                stretch: stretch(places.expected.get(position).cloned().unwrap_or_default()),
            });
        }
        let exclude = glob_set(&written.exclude).map_err(error)?;
        let excluded = written.exclude.into_iter().enumerate().map(|(position, glob)| {
            (glob, stretch(places.exclude.get(position).cloned().unwrap_or_default()))
        });
        Ok(Self {
            levels,
            exclude,
            excluded: excluded.collect(),
            expected,
            fail_on: written.fail_on.and_then(Level::severity),
            budget: written
                .budget
                .into_iter()
                .filter_map(|(level, count)| Some((level.severity()?, count)))
                .collect(),
            places: places.named.into_iter().map(|(name, range)| (name, stretch(range))).collect(),
        })
    }
}

/// The bytes of what findings about a configuration point at.
#[derive(Default)]
struct Places {
    /// The code of each expected exception.
    expected: Vec<Range<usize>>,
    exclude: Vec<Range<usize>>,
    /// `levels`, `failOn`, `budget` and what is in them, by their names.
    named: BTreeMap<String, Range<usize>>,
}

impl Places {
    fn of(text: &str) -> Self {
        let Ok(Some(tree)) = parse_first(text, &Limits::default()) else { return Self::default() };
        let Some(lint) = tree.get(tree.root(), "lint") else { return Self::default() };
        let span_of_code =
            |item| tree.get(item, "code").map_or_else(|| tree.span(item), |code| tree.span(code));
        let mut named = BTreeMap::new();
        for field in ["levels", "failOn", "budget"] {
            let Some((key, value)) = tree.get_field(lint, field) else { continue };
            named.insert(field.to_owned(), tree.span(key));
            named.extend(
                tree.fields(value).map(|one| (format!("{field}.{}", one.key), tree.span(one.key_node))),
            );
        }
        Self {
            expected: items(&tree, lint, "expected").map(span_of_code).collect(),
            exclude: items(&tree, lint, "exclude").map(|item| tree.span(item)).collect(),
            named,
        }
    }
}

fn items<'t>(tree: &'t Tree<'_>, parent: NodeId, field: &str) -> impl Iterator<Item = NodeId> + 't {
    let list = tree.get(parent, field).and_then(|list| tree.sequence(list));
    list.into_iter().flatten().copied()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::catalogue::rules;

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
        assert_eq!(text.get(configuration.excluded[0].1.range.clone()), Some("vendor/**"));
        assert_eq!(
            text.get(configuration.places["levels.access-secrets"].range.clone()),
            Some("access-secrets")
        );
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
