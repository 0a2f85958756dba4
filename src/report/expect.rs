//! Judged expectations: for people, as `iamrbac/test-result/v1`, as `JUnit`, and as annotations. Nothing is judged here.

mod machine;

use crate::lint::Told;
use crate::query::chain::Link;
use crate::query::expect::{Judged, Outcome};
use crate::report::text::{Paint, Style, visible, wrapped};
use crate::source::{Address, Origin, Place, Sources, Step};

pub use machine::{SCHEMA, annotations, document, junit};

/// A file of expectations with what came of it.
#[derive(Debug)]
pub struct JudgedFile<'a> {
    /// The path as it was given.
    pub path: String,
    /// The text of the file, for places in it.
    pub expectations: (&'a Sources, Origin),
    /// The texts that were judged.
    pub sources: &'a Sources,
    /// Every expectation.
    pub judged: Vec<Judged>,
}

/// How many came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// As expected.
    pub met: usize,
    /// Otherwise.
    pub failed: usize,
    /// Could not be judged.
    pub unanswered: usize,
}

/// Counts over all files.
pub fn counts(files: &[JudgedFile<'_>]) -> Counts {
    let mut counts = Counts::default();
    for judged in files.iter().flat_map(|file| &file.judged) {
        match judged.outcome {
            Outcome::Met => counts.met += 1,
            Outcome::Failed { .. } => counts.failed += 1,
            Outcome::Unanswered { .. } => counts.unanswered += 1,
        }
    }
    counts
}

impl JudgedFile<'_> {
    /// The place of an expectation in its file.
    fn place(&self, judged: &Judged) -> Option<Place> {
        let mut route =
            vec![Step::Field("expect"), Step::Item(judged.spot.entry), Step::Field(judged.spot.field)];
        route.extend(judged.spot.element.map(Step::Item));
        let (sources, origin) = self.expectations;
        sources.place(&origin.at(route))
    }

    fn line(&self, judged: &Judged) -> String {
        self.place(judged).map_or_else(|| self.path.clone(), |place| format!("{}:{}", self.path, place.line))
    }

    fn place_of(&self, address: Option<&Address>) -> Option<String> {
        let place = self.sources.place(address?)?;
        Some(format!("{}:{}", place.file, place.line))
    }

    /// What came out, in lines of plain text: what was found, then the chain or the likeliest reason.
    fn details(&self, judged: &Judged) -> Vec<String> {
        match &judged.outcome {
            Outcome::Met => Vec::new(),
            Outcome::Unanswered { why, help, gaps } => {
                let gaps = gaps.iter().map(|gap| format!("{}: {}", gap.code, gap.message));
                std::iter::once(format!("cannot be judged: {why}"))
                    .chain(gaps)
                    .chain([help.clone()])
                    .collect()
            }
            Outcome::Failed { found, chain, why } => {
                let mut lines = vec![format!("but: {found}")];
                lines.extend(chain.iter().map(|link| self.link(link)));
                if let Some(reason) = why.first() {
                    lines.push(format!("{}: {}", reason.code, reason.message));
                    lines.push(reason.help.clone());
                }
                lines.retain(|line| !line.is_empty());
                lines
            }
        }
    }

    fn link(&self, link: &Link) -> String {
        let place =
            self.place_of(link.address.as_ref()).map(|place| format!("  {place}")).unwrap_or_default();
        format!("{}: {}{place}", link.kind.as_str(), link.fact)
    }
}

/// For people: what a change takes from the expectations, what is not as expected, with the chain or the reason, and the counts.
pub fn text(files: &[JudgedFile<'_>], silences: &[Told], style: Style) -> String {
    let mut out = String::new();
    let mut block = |indent: usize, text: &str| {
        for line in wrapped(&visible(text), style.width.saturating_sub(indent).max(20)) {
            out.push_str(format!("{:indent$}{line}", "").trim_end());
            out.push('\n');
        }
    };
    for told in silences {
        block(0, &format!("changed  {}", told.finding.message));
    }
    for file in files {
        for judged in file.judged.iter().filter(|judged| !matches!(judged.outcome, Outcome::Met)) {
            let word = match judged.outcome {
                Outcome::Unanswered { .. } => "unanswered",
                _ => "failed",
            };
            block(0, &format!("{word}  {}", file.line(judged)));
            block(4, &format!("{}: {}", judged.about, judged.expected));
            for (position, line) in file.details(judged).iter().enumerate() {
                block(if position == 0 { 4 } else { 6 }, line);
            }
        }
    }
    let counts = counts(files);
    let (paint, failed) = match (counts.failed, counts.unanswered) {
        (0, 0) => (Paint::Yes, String::new()),
        (failed, 0) => (Paint::No, format!(", {failed} failed")),
        (0, unanswered) => (Paint::Depends, format!(", {unanswered} unanswered")),
        (failed, unanswered) => (Paint::No, format!(", {failed} failed, {unanswered} unanswered")),
    };
    let expectations = if counts.met == 1 { "expectation" } else { "expectations" };
    out.push_str(&style.paint(paint, &format!("{} {expectations} met{failed}", counts.met)));
    out.push('\n');
    out
}
