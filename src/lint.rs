//! What is worth mending in the manifests: a catalogue of rules that are data, and the checks that apply them. Judges
//! access with the walk and the matcher of [`crate::access`] and has none of its own; knows nothing of how findings look.

mod access;
mod aggregation;
mod base;
pub mod catalogue;
pub mod configuration;
mod context;
mod dead;
mod doors;
mod folded;
mod input;
mod mapping;
mod names;
mod redundant;
mod settle;
mod silence;
mod subjects;
mod urls;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::access::Policy;
use crate::finding::{Code, Finding, Severity, Spot};
use crate::manifest::Loaded;
pub use crate::model::date::Date;
use crate::source::ahead::all;
use crate::source::{Address, Sources, Step, Stretch};
pub use base::{Before, ignored};
pub use catalogue::{Confidence, Family, Rule, rule_of};
pub use configuration::{Configuration, Level};
use context::Context;
pub use settle::{Fingerprint, Told, fingerprint, settle};
pub use silence::{Baseline, BaselineEntry};

/// What the linter found, and what was silenced.
#[derive(Debug)]
pub struct Report {
    /// What is to be told, in order of files and places.
    pub findings: Vec<Told>,
    /// How many more were found that something silences, by what silences them.
    pub silenced: BTreeMap<Silence, usize>,
    /// The day on which expiry was judged.
    pub today: Date,
    /// Whether something could not be read, so that findings may be missing.
    pub incomplete: bool,
    /// Whose configuration, baseline and comments judged, where it is not the tree's own.
    pub base: Option<String>,
}

/// What keeps a finding from being told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Silence {
    /// The configuration turns the rule off.
    Off,
    /// The configuration excludes the file.
    Excluded,
    /// The configuration expects the finding.
    Expected,
    /// A comment beside it says so.
    Inline,
    /// It is in the baseline.
    Baseline,
}

impl Silence {
    /// In words, as in "3 by inline comments".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "rules turned off",
            Self::Excluded => "excluded files",
            Self::Expected => "expected exceptions",
            Self::Inline => "inline comments",
            Self::Baseline => "the baseline",
        }
    }
}

impl Report {
    /// How many findings there are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|told| told.finding.severity == severity).count()
    }
}

/// Everything that is found, before anything is silenced, in no particular order.
pub fn find<'p>(loaded: &'p Loaded, policy: &'p Policy<'p>) -> Vec<Finding> {
    let everyone = OnceLock::new();
    let context = Context::new(loaded, policy, &everyone);
    // those that take longest are begun first; the first of all finds the callers, which the next ones do not ask for
    let checks: [fn(&Context<'_>) -> Vec<Finding>; 15] = [
        access::check,
        dead::check,
        redundant::check,
        urls::check,
        folded::check,
        aggregation::check,
        input::check,
        mapping::entries,
        doors::check,
        subjects::check,
        mapping::names,
        mapping::nodes,
        mapping::collisions,
        names::groups,
        names::subjects,
    ];
    let found = all(&checks, |check| check(&context));
    let mut findings = Vec::with_capacity(found.iter().map(Vec::len).sum());
    for mut of_check in found {
        findings.append(&mut of_check);
    }
    findings
}

/// How findings are judged.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Levels, excludes and exceptions.
    pub configuration: &'a Configuration,
    /// What was found before and is not told again.
    pub baseline: Option<&'a Baseline>,
    /// The day on which expiry is judged.
    pub today: Date,
    /// Whether input that cannot be read is a warning only.
    pub keep_going: bool,
    /// What silenced findings before the change that is judged. It then judges in place of configuration and baseline,
    /// and what these and the comments have beyond it is told.
    pub base: Option<&'a Before>,
}

/// Finds, places, silences and puts in order.
pub fn lint(loaded: &Loaded, policy: &Policy<'_>, settings: Settings<'_>) -> Report {
    let mut findings = find(loaded, policy);
    if settings.keep_going {
        let unread = |finding: &&mut Finding| loaded.gaps.iter().any(|gap| gap.finding.spot == finding.spot);
        findings.iter_mut().filter(unread).for_each(|finding| finding.severity = Severity::Warning);
    }
    let told = settle(&loaded.sources, findings);
    let mut report = silence::apply(loaded, told, settings);
    report.incomplete = !loaded.gaps.is_empty();
    report
}

/// A finding of a rule of the catalogue, with its severity and its remedy.
fn found(code: Code, spot: impl Into<Spot>, message: impl Into<String>) -> Finding {
    let rule = rule_of(code);
    let severity = rule.map_or(Severity::Warning, |rule| rule.severity);
    let finding = Finding::new(code, severity, spot.into(), message);
    match rule {
        Some(rule) => finding.with_help(rule.remedy),
        None => finding,
    }
}

/// The same address some steps further in.
fn further(mut address: Address, steps: impl IntoIterator<Item = Step>) -> Address {
    address.route.extend(steps);
    address
}

/// The place of a text within a part of an object; the whole part where it does not stand there.
fn narrowed(sources: &Sources, address: &Address, text: &str) -> Spot {
    let whole = || Spot::Address(address.clone());
    let Some(stretch) = sources.locate(address) else { return whole() };
    let Some(at) = sources.excerpt(&stretch).find(text) else { return whole() };
    let start = stretch.range.start + at;
    Spot::Stretch(Stretch { range: start..start + text.len(), ..stretch })
}
