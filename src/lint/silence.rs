//! What keeps a finding from being told: levels, excludes, comments, expected exceptions, a baseline. What is meant to
//! silence something that is not there, or silences without a reason, is told itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::catalogue::named;
use super::configuration::Configuration;
use super::date::Date;
use super::settle::{Told, in_order};
use super::{Report, Settings, Silence, found};
use crate::finding::{Code, Finding};
use crate::manifest::Loaded;
use crate::source::{FileId, Sources, Stretch};

/// Findings of an earlier run, as its JSON has them.
#[derive(Debug, Deserialize)]
pub struct Baseline {
    /// What was found then.
    pub findings: Vec<BaselineEntry>,
}

/// One finding of an earlier run.
#[derive(Debug, Deserialize)]
pub struct BaselineEntry {
    /// See [`Told::fingerprint`].
    pub fingerprint: String,
}

/// `# iamrbac: ignore CODE reason`
const MARK: &str = "iamrbac: ignore";

/// A comment that silences one rule on one line.
struct Ignore {
    file: String,
    /// The line that it silences, from 1.
    line: usize,
    code: Code,
    stretch: Stretch,
    used: bool,
}

pub(super) fn apply(loaded: &Loaded, told: Vec<Told>, settings: Settings<'_>) -> Report {
    let Settings { configuration, baseline, today, .. } = settings;
    let sources = &loaded.sources;
    let known: BTreeSet<&str> =
        baseline.iter().flat_map(|baseline| &baseline.findings).map(|one| one.fingerprint.as_str()).collect();
    let (mut ignores, mut further) = ignores(sources);
    let mut used = vec![false; configuration.expected.len()];
    let mut silenced: BTreeMap<Silence, usize> = BTreeMap::new();
    let mut findings: Vec<Told> = Vec::new();
    let mut judge = |mut one: Told, findings: &mut Vec<Told>| {
        let silence = match level(&mut one, configuration) {
            Some(silence) => Some(silence),
            None if configuration.exclude.is_match(one.file()) => Some(Silence::Excluded),
            None if ignored(&one, &mut ignores) => Some(Silence::Inline),
            None if expected(&one, configuration, today, &mut used) => Some(Silence::Expected),
            None if known.contains(one.fingerprint.as_str()) => Some(Silence::Baseline),
            None => None,
        };
        match silence {
            Some(silence) => *silenced.entry(silence).or_default() += 1,
            None => findings.push(one),
        }
    };
    for one in told {
        judge(one, &mut findings);
    }
    further.extend(ignores.iter().filter(|ignore| !ignore.used).map(unused));
    further.extend(exceptions(configuration, &used, today));
    for finding in further {
        let mut one = Told::new(sources, finding);
        match level(&mut one, configuration) {
            Some(silence) => *silenced.entry(silence).or_default() += 1,
            None => findings.push(one),
        }
    }
    Report { findings: in_order(findings), silenced, today, incomplete: false }
}

/// Gives the finding the severity that is configured, or says that it is off.
fn level(told: &mut Told, configuration: &Configuration) -> Option<Silence> {
    let level = configuration.levels.get(&told.finding.code)?;
    let Some(severity) = level.severity() else { return Some(Silence::Off) };
    told.finding.severity = severity;
    None
}

fn ignored(told: &Told, ignores: &mut [Ignore]) -> bool {
    let Some(place) = &told.place else { return false };
    let mut any = false;
    for ignore in ignores {
        if ignore.line == place.line && ignore.code == told.finding.code && ignore.file == place.file {
            ignore.used = true;
            any = true;
        }
    }
    any
}

fn expected(told: &Told, configuration: &Configuration, today: Date, used: &mut [bool]) -> bool {
    let mut any = false;
    for (one, used) in configuration.expected.iter().zip(used) {
        let of_file = one.file.as_ref().is_none_or(|file| file.is_match(told.file()));
        let of_message = one.message.as_ref().is_none_or(|part| told.finding.message.contains(part));
        if one.code == told.finding.code && of_file && of_message {
            *used = true;
            any |= today <= one.expires;
        }
    }
    any
}

fn exceptions(configuration: &Configuration, used: &[bool], today: Date) -> Vec<Finding> {
    let mut all = Vec::new();
    for (one, &used) in configuration.expected.iter().zip(used) {
        let at = one.stretch.clone();
        let what = format!("the exception for `{}` ({})", one.code, one.reason.trim());
        if !used {
            all.push(found(Code::ExceptionUnused, at, format!("{what} fits no finding")));
        } else if today > one.expires {
            let message = format!("{what} ended on {}, and silences nothing any more", one.expires);
            all.push(found(Code::ExceptionExpired, at, message));
        }
    }
    all
}

fn unused(ignore: &Ignore) -> Finding {
    let message = format!("there is no finding `{}` for this comment to silence", ignore.code);
    found(Code::IgnoreUnused, ignore.stretch.clone(), message)
}

/// All inline ignores, and what is wrong with those that are none.
fn ignores(sources: &Sources) -> (Vec<Ignore>, Vec<Finding>) {
    let (mut ignores, mut wrong) = (Vec::new(), Vec::new());
    for file in sources.files() {
        if !sources.is_virtual_file(file) && sources.text(file).contains(MARK) {
            in_text(sources, file, &mut ignores, &mut wrong);
        }
    }
    (ignores, wrong)
}

fn in_text(sources: &Sources, file: FileId, ignores: &mut Vec<Ignore>, wrong: &mut Vec<Finding>) {
    let text = sources.text(file);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut start = 0;
    for (index, line) in lines.iter().enumerate() {
        let line_start = start;
        start += line.len();
        let Some((before, after)) = line.split_once(MARK) else { continue };
        let Some(hash) = before.trim_end().strip_suffix('#') else { continue };
        let range = line_start + hash.len()..line_start + line.trim_end().len();
        let stretch = Stretch { file, range, document: 0 };
        let (code, reason) = after.trim().split_once(char::is_whitespace).unwrap_or((after.trim(), ""));
        let Some(rule) = named(code) else {
            let message = format!("`{code}` is the code of no rule, so that this comment silences nothing");
            wrong.push(found(Code::IgnoreInvalid, stretch, message));
            continue;
        };
        if reason.trim().is_empty() {
            let message =
                format!("no reason is given for ignoring `{code}`, so that this comment silences nothing");
            wrong.push(found(Code::IgnoreInvalid, stretch, message));
            continue;
        }
        // a comment on its own line is about the next line that is none
        let is_comment = |line: &&&str| line.trim().is_empty() || line.trim_start().starts_with('#');
        let below = lines.iter().skip(index).take_while(is_comment).count();
        let line = index + 1 + if hash.trim().is_empty() { below } else { 0 };
        ignores.push(Ignore {
            file: sources.path(file).to_owned(),
            line,
            code: rule.code,
            stretch,
            used: false,
        });
    }
}
