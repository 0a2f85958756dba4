//! What keeps a finding from being told: levels, excludes, comments, expected exceptions, a baseline. What is meant to
//! silence something that is not there, or silences without a reason, is told itself.

mod ignore;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::base::{self, Before};
use super::configuration::Configuration;
use super::settle::{Told, give_fingerprints, in_order};
use super::{Report, Settings, Silence, found};
use crate::finding::{Code, Finding};
use crate::manifest::Loaded;
use crate::model::date::Date;
use crate::source::Sources;
pub(super) use ignore::{Ignore, comments, has_mark, ignores};

/// Findings of an earlier run, as its JSON has them.
#[derive(Debug, Deserialize)]
pub struct Baseline {
    /// What was found then.
    pub findings: Vec<BaselineEntry>,
    /// Its path, for telling about it.
    #[serde(skip)]
    pub path: String,
}

impl Baseline {
    pub(super) fn fingerprints(&self) -> impl Iterator<Item = &str> {
        self.findings.iter().map(|one| one.fingerprint.as_str())
    }
}

/// One finding of an earlier run.
#[derive(Debug, Deserialize)]
pub struct BaselineEntry {
    /// See [`Told::fingerprint`].
    pub fingerprint: String,
}

pub(super) fn apply(loaded: &Loaded, mut findings: Vec<Told>, settings: Settings<'_>) -> Report {
    let Settings { configuration: own, baseline: own_baseline, today, base, .. } = settings;
    let sources = &loaded.sources;
    let (mut ignores, mut further) = ignores(sources);
    // nobody silences the finding on their own change
    if let Some(before) = base {
        further.extend(base::added(own, own_baseline, before));
        let kept = base::kept(&ignores, before);
        let (old, new): (Vec<_>, Vec<_>) = ignores.into_iter().zip(kept).partition(|(_, kept)| *kept);
        ignores = old.into_iter().map(|(ignore, _)| ignore).collect();
        further.extend(new.iter().map(|(ignore, _)| base::added_ignore(ignore)));
    }
    let configuration = base.map_or(own, |before| &before.configuration);
    let baseline = base.map_or(own_baseline, |before| before.baseline.as_ref());
    let known: BTreeSet<&str> = baseline.into_iter().flat_map(Baseline::fingerprints).collect();
    let mut used = vec![false; configuration.expected.len()];
    let mut silenced: BTreeMap<Silence, usize> = BTreeMap::new();
    let mut of_file = (String::new(), configuration.exclude.is_match(""));
    let mut is_excluded = |file: &str| {
        // they come in order of files
        if of_file.0 != file {
            of_file = (file.to_owned(), configuration.exclude.is_match(file));
        }
        of_file.1
    };
    let is_known = |one: &Told| !known.is_empty() && known.contains(&*one.fingerprint.to_string());
    let mut is_told = |one: &mut Told| {
        let silence = match level(one, configuration) {
            Some(silence) => Some(silence),
            None if is_excluded(one.file()) => Some(Silence::Excluded),
            None if ignored(sources, one, &mut ignores, base) => Some(Silence::Inline),
            None if expected(one, configuration, today, &mut used) => Some(Silence::Expected),
            None if is_known(one) => Some(Silence::Baseline),
            None => None,
        };
        if let Some(silence) = silence {
            *silenced.entry(silence).or_default() += 1;
        }
        silence.is_none()
    };
    findings.retain_mut(&mut is_told);
    further.extend(ignores.iter().filter(|ignore| !ignore.used).map(unused));
    further.extend(exceptions(configuration, base.map(|_| own), &used, today));
    let mut further = in_order(further.into_iter().map(|finding| Told::new(sources, finding)).collect());
    give_fingerprints(&mut further);
    for mut one in further {
        match level(&mut one, configuration) {
            Some(silence) => *silenced.entry(silence).or_default() += 1,
            None => findings.push(one),
        }
    }
    Report { findings: in_order(findings), silenced, today, incomplete: false, base: None }
}

/// Gives the finding the severity that is configured, or says that it is off.
fn level(told: &mut Told, configuration: &Configuration) -> Option<Silence> {
    let level = configuration.levels.get(&told.finding.code)?;
    let Some(severity) = level.severity() else { return Some(Silence::Off) };
    told.finding.severity = severity;
    None
}

/// Whether a comment silences the finding. One of a base silences what it silenced there, and nothing else.
fn ignored(sources: &Sources, told: &mut Told, ignores: &mut [Ignore], base: Option<&Before>) -> bool {
    let mut any = false;
    for ignore in ignores {
        if !ignore.is_about(told) {
            continue;
        }
        ignore.used = true;
        if base.is_none_or(|before| before.ignored.contains(&base::silenced(told))) {
            any = true;
        } else {
            let what = "this comment is about something else in the base, and does not silence the change";
            told.finding.related.push((ignore.stretch.clone().into(), what.to_owned()));
            told.related.push(Some(sources.place_of(&ignore.stretch, String::new())));
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

/// What is wrong with expected exceptions. Where they are those of a base, only those are told that the change keeps,
/// where it has them.
fn exceptions(
    configuration: &Configuration,
    now: Option<&Configuration>,
    used: &[bool],
    today: Date,
) -> Vec<Finding> {
    let mut all = Vec::new();
    for (one, &used) in configuration.expected.iter().zip(used) {
        let at = match now {
            None => one.stretch.clone(),
            Some(now) => match now.expected.iter().find(|other| other.is_same(one)) {
                Some(kept) => kept.stretch.clone(),
                None => continue,
            },
        };
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
