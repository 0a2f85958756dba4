//! Excerpts of the manifests with labels, through miette: for findings, and for a chain with `--source`.

use std::fmt::{self, Write as _};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
    ThemeCharacters, ThemeStyles,
};

use crate::finding::{Finding, Severity, Spot};
use crate::query::can_i::Answer;
use crate::source::{Place, Sources};

use super::text::{Style, visible};

/// One diagnostic over one text.
struct Excerpt {
    code: Option<String>,
    message: String,
    help: Option<String>,
    severity: miette::Severity,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Excerpt {}

impl Diagnostic for Excerpt {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as _)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as _)
    }
}

fn printed(excerpt: &Excerpt, style: Style) -> String {
    let theme = GraphicalTheme {
        characters: if style.ascii { ThemeCharacters::ascii() } else { ThemeCharacters::unicode() },
        styles: if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false);
    let mut out = String::new();
    match handler.render_report(&mut out, excerpt) {
        Ok(()) => out,
        Err(_) => format!("{}\n", excerpt.message),
    }
}

/// The text of a file for showing, byte for byte as long, with everything that a terminal could act on replaced.
fn shown_text(text: &str) -> String {
    if visible(text).len() == text.len() {
        return text.to_owned();
    }
    let replaced = |c: char| {
        if visible(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8() {
            return c;
        }
        match c.len_utf8() {
            1 => '?',
            2 => '¿',
            _ => '\u{fffd}',
        }
    };
    text.chars().map(replaced).collect()
}

fn source_of(sources: &Sources, spot: &Spot) -> Option<(crate::source::FileId, Place)> {
    let file = match spot {
        Spot::Address(address) => sources.file_of(address.origin)?,
        Spot::Stretch(stretch) => stretch.file,
        Spot::File(_) | Spot::Path(_) | Spot::Nowhere => return None,
    };
    super::json::spot_place(sources, spot).map(|place| (file, place))
}

/// A label may cover a whole object; its first line says enough.
fn label(text: &str, place: &Place, what: Option<String>) -> LabeledSpan {
    let covered = text.get(place.bytes.clone()).unwrap_or_default();
    let length = covered.find('\n').unwrap_or(covered.len());
    LabeledSpan::new(what, place.bytes.start, length)
}

/// One finding with its excerpt.
pub fn finding(sources: &Sources, finding: &Finding, style: Style) -> String {
    let at = source_of(sources, &finding.spot);
    let mut labels = Vec::new();
    let mut source = None;
    if let Some((file, place)) = &at {
        let text = sources.text(*file);
        labels.push(label(text, place, Some("here".to_owned())));
        for (spot, what) in &finding.related {
            match source_of(sources, spot) {
                Some((other, place)) if other == *file => {
                    labels.push(label(text, &place, Some(visible(what))));
                }
                _ => {}
            }
        }
        source = Some(NamedSource::new(visible(&place.file), shown_text(text)));
    }
    let elsewhere = finding.related.iter().filter_map(|(spot, what)| {
        let place = super::json::spot_place(sources, spot)?;
        let same = at.as_ref().is_some_and(|(_, here)| here.file == place.file);
        (!same).then(|| format!("{}:{}: {what}", place.file, place.line))
    });
    let mut help: Vec<String> = finding.help.iter().cloned().collect();
    help.extend(elsewhere);
    if let (None, Spot::File(file)) = (&at, &finding.spot) {
        help.push(format!("in {}", sources.path(*file)));
    }
    let excerpt = Excerpt {
        code: Some(finding.code.to_string()),
        message: visible(&finding.message),
        help: (!help.is_empty()).then(|| visible(&help.join("\n"))),
        severity: match finding.severity {
            Severity::Note => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        },
        source,
        labels,
    };
    printed(&excerpt, style)
}

/// So many findings are shown with their excerpts; the rest is counted.
const SHOWN: usize = 8;

/// What loading met, the gravest first, but for gaps that the answer has told already.
pub fn findings(sources: &Sources, findings: &[Finding], told: &[Finding], style: Style) -> String {
    let mut rest: Vec<&Finding> = findings.iter().filter(|finding| !told.contains(finding)).collect();
    rest.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut out = String::new();
    for one in rest.iter().take(SHOWN) {
        out.push_str(&finding(sources, one, style));
    }
    if rest.len() > SHOWN {
        let _ = writeln!(out, "and {} more findings about the manifests", rest.len() - SHOWN);
    }
    out
}

/// The chain of each case as excerpts: one for each file, its links numbered.
pub fn chains(sources: &Sources, answer: &Answer<'_>, style: Style) -> String {
    let mut out = String::new();
    for case in &answer.cases {
        let mut files: Vec<(crate::source::FileId, Vec<LabeledSpan>)> = Vec::new();
        for (position, link) in case.chain.iter().enumerate() {
            let Some(address) = &link.address else { continue };
            let spot = Spot::Address(address.clone());
            let Some((file, place)) = source_of(sources, &spot) else { continue };
            let what = format!("{}. {}", position + 1, link.kind.as_str());
            let label = label(sources.text(file), &place, Some(what));
            match files.iter_mut().find(|(known, _)| *known == file) {
                Some((_, labels)) => labels.push(label),
                None => files.push((file, vec![label])),
            }
        }
        for (file, labels) in files {
            let excerpt = Excerpt {
                code: None,
                message: visible(sources.path(file)),
                help: None,
                severity: miette::Severity::Advice,
                source: Some(NamedSource::new(visible(sources.path(file)), shown_text(sources.text(file)))),
                labels,
            };
            out.push('\n');
            out.push_str(&printed(&excerpt, style));
        }
    }
    out
}
