//! What a change may not decide about itself: configuration, baseline and inline ignores are those of its base, and what
//! it adds to them is told.

use std::collections::{BTreeMap, BTreeSet};

use super::configuration::{Configuration, Expected};
use super::settle::{Told, settle};
use super::silence::{Baseline, Ignore, comments, ignores};
use super::{find, found, rule_of};
use crate::access::Policy;
use crate::finding::{Code, Finding, Severity, Spot};
use crate::manifest::Loaded;
use crate::source::{Sources, Stretch};

/// What silences findings, as it was before a change.
#[derive(Debug, Default)]
pub struct Before {
    /// Levels, excludes, exceptions and budgets.
    pub configuration: Configuration,
    /// What was found before the change and is not told again.
    pub baseline: Option<Baseline>,
    /// The texts of files with inline ignores, by the paths under which the changed files are shown.
    pub texts: BTreeMap<String, String>,
    /// What the inline ignores of the base silenced there: the path under which the changed file is shown, the rule,
    /// and the message. A comment that stays while what stands beside it changes silences nothing else.
    pub ignored: BTreeSet<(String, Code, String)>,
}

/// What the inline ignores of some manifests silence: path, rule, message.
pub fn ignored(loaded: &Loaded, policy: &Policy<'_>) -> Vec<(String, Code, String)> {
    let (ignores, _) = ignores(&loaded.sources);
    let told = settle(&loaded.sources, find(loaded, policy));
    let is_ignored = |told: &&Told| ignores.iter().any(|ignore| ignore.is_about(told));
    told.iter().filter(is_ignored).map(silenced).collect()
}

/// By what a silenced finding is known again: path, rule, message.
pub(super) fn silenced(told: &Told) -> (String, Code, String) {
    (told.file().to_owned(), told.finding.code, told.finding.message.clone())
}

impl Before {
    /// The changed texts that have inline ignores, by their paths: what [`Before::texts`] must tell about.
    pub fn wanted(after: &Sources) -> impl Iterator<Item = &str> {
        let files = after.files().filter(|file| !after.is_virtual_file(*file));
        files.filter(|file| super::silence::has_mark(after.text(*file))).map(|file| after.path(file))
    }

    /// What a change adds to what silences findings, inline ignores included: for commands that judge no findings
    /// themselves. The configuration and the baseline are those of the change.
    pub fn additions(
        &self,
        after: &Sources,
        configuration: &Configuration,
        baseline: Option<&Baseline>,
    ) -> Vec<Finding> {
        let (ignores, _) = ignores(after);
        let kept = kept(&ignores, self);
        let new = ignores.iter().zip(kept).filter(|(_, kept)| !kept);
        added(configuration, baseline, self)
            .into_iter()
            .chain(new.map(|(one, _)| added_ignore(one)))
            .collect()
    }
}

/// Which of the inline ignores the base has too: for the same rule, on the same text of the same file, as often.
pub(super) fn kept(ignores: &[Ignore], before: &Before) -> Vec<bool> {
    let mut old: BTreeMap<(&str, Code, &str), usize> = BTreeMap::new();
    for (path, text) in &before.texts {
        for comment in comments(text) {
            if let Ok(code) = comment.code() {
                *old.entry((path, code, comment.silenced)).or_default() += 1;
            }
        }
    }
    let mut kept = Vec::with_capacity(ignores.len());
    for one in ignores {
        let count = old.get_mut(&(one.file.as_str(), one.code, one.silenced.as_str()));
        let left = count.and_then(|count| {
            *count = count.checked_sub(1)?;
            Some(())
        });
        kept.push(left.is_some());
    }
    kept
}

/// An inline ignore that the change adds.
pub(super) fn added_ignore(ignore: &Ignore) -> Finding {
    let message = format!("the change adds this comment, so that it does not silence `{}` here", ignore.code);
    found(Code::SilenceAdded, ignore.stretch.clone(), message)
}

/// What the change adds to configuration and baseline.
pub(super) fn added(after: &Configuration, baseline: Option<&Baseline>, before: &Before) -> Vec<Finding> {
    let old = &before.configuration;
    let mut all = levels(after, old);
    for (glob, stretch) in &after.excluded {
        if !old.excluded.iter().any(|(other, _)| other == glob) {
            all.push(told(stretch.clone(), format!("the change excludes files that match `{glob}`")));
        }
    }
    all.extend(after.expected.iter().filter_map(|one| exception(one, old)));
    all.extend(allowances(after, old));
    let known: BTreeSet<&str> = before.baseline.iter().flat_map(Baseline::fingerprints).collect();
    if let Some(baseline) = baseline {
        let new = baseline.fingerprints().filter(|one| !known.contains(one)).count();
        if new > 0 {
            let what = if new == 1 { "a finding".to_owned() } else { format!("{new} findings") };
            let path = baseline.path.clone();
            let message = format!("the change adds {what} to the baseline `{path}`");
            all.push(found(Code::SilenceAdded, Spot::Path(path), message));
        }
    }
    all
}

fn told(at: Stretch, message: String) -> Finding {
    found(Code::SilenceAdded, at, message)
}

impl Configuration {
    /// Where a part of it is written.
    fn place(&self, name: &str) -> Spot {
        let outer = name.split('.').next().unwrap_or_default();
        let place = self.places.get(name).or_else(|| self.places.get(outer));
        place.map_or(Spot::Nowhere, |stretch| stretch.clone().into())
    }

    /// How a rule is told: none for off.
    fn severity_of(&self, code: Code) -> Option<Severity> {
        match self.levels.get(&code) {
            Some(level) => level.severity(),
            None => rule_of(code).map(|rule| rule.severity),
        }
    }

    /// How many findings of a severity are let pass; none for any number.
    fn allowance(&self, severity: Severity) -> Option<usize> {
        let fails = severity >= self.fail_on.unwrap_or(Severity::Error);
        self.budget.get(&severity).copied().or(fails.then_some(0))
    }
}

/// Rules that are told less gravely than before.
fn levels(after: &Configuration, old: &Configuration) -> Vec<Finding> {
    let codes = after.levels.keys().chain(old.levels.keys().filter(|code| !after.levels.contains_key(code)));
    let word = |severity: Option<Severity>| severity.map_or("off", Severity::as_str);
    let lowered = codes.filter_map(|&code| {
        let (now, then) = (after.severity_of(code), old.severity_of(code));
        (now < then).then(|| {
            let number = rule_of(code).map_or("", |rule| rule.number);
            let by_name = after.place(&format!("levels.{code}"));
            let spot = match after.places.get(&format!("levels.{number}")) {
                Some(stretch) => stretch.clone().into(),
                None => by_name,
            };
            let message =
                format!("the change lowers the level of `{code}` from {} to {}", word(then), word(now));
            found(Code::SilenceAdded, spot, message)
        })
    });
    lowered.collect()
}

impl Expected {
    /// Whether two exceptions are about the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.code, &self.glob, &self.message) == (other.code, &other.glob, &other.message)
    }
}

fn exception(one: &Expected, old: &Configuration) -> Option<Finding> {
    let same = old.expected.iter().filter(|other| other.is_same(one)).max_by_key(|other| other.expires);
    let message = match same {
        None => format!("the change expects `{}` ({})", one.code, one.reason.trim()),
        Some(other) if one.expires > other.expires => format!(
            "the change moves the end of the exception for `{}` from {} to {}",
            one.code, other.expires, one.expires
        ),
        Some(_) => return None,
    };
    Some(told(one.stretch.clone(), message))
}

/// Severities of which more is let pass than before, by `failOn` or by a budget.
fn allowances(after: &Configuration, old: &Configuration) -> Vec<Finding> {
    let more = |severity: &Severity| {
        let (now, then) = (after.allowance(*severity), old.allowance(*severity));
        then.is_some_and(|then| now.is_none_or(|now| now > then))
    };
    let severities = [Severity::Error, Severity::Warning, Severity::Note].into_iter().filter(more);
    let tell = |severity: Severity| {
        let word = |count: Option<usize>| count.map_or("any number of".to_owned(), |count| count.to_string());
        let budget = format!("budget.{severity}");
        let named = if after.places.contains_key(&budget) { budget } else { "failOn".to_owned() };
        let message = format!(
            "the change lets {} findings of the severity `{severity}` pass, and not {}",
            word(after.allowance(severity)),
            word(old.allowance(severity)),
        );
        found(Code::SilenceAdded, after.place(&named), message)
    };
    severities.map(tell).collect()
}
