//! Excerpts of the manifests with labels, through miette: for findings, and for a chain with `--source`.

mod window;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::OnceLock;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters, ThemeStyles,
};

use crate::finding::{Finding, Severity, Spot};
use crate::lint::Told;
use crate::query::can_i::Answer;
use crate::source::{FileId, Place, Sources};

use super::text::{Style, visible, visible_lines};
use window::Window;

/// One diagnostic over one text.
struct Excerpt<'t> {
    code: Option<String>,
    message: String,
    help: Option<String>,
    severity: miette::Severity,
    source: Option<Window<'t>>,
    labels: Vec<LabeledSpan>,
}

impl fmt::Debug for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Excerpt<'_> {}

impl Diagnostic for Excerpt<'_> {
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

fn printed(excerpt: &Excerpt<'_>, style: Style) -> String {
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
fn shown_text(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| visible_lines(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8();
    let is_printable = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if text.bytes().all(is_printable) || text.chars().all(is_plain) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c.len_utf8() {
            _ if is_plain(c) => shown.push(c),
            1 => shown.push('?'),
            2 => shown.push('¿'),
            3 => shown.push('\u{fffd}'),
            _ => shown.push_str("?\u{fffd}"),
        }
    }
    shown.into()
}

fn file_of(sources: &Sources, spot: &Spot) -> Option<FileId> {
    match spot {
        Spot::Address(address) => sources.file_of(address.origin),
        Spot::Stretch(stretch) => Some(stretch.file),
        Spot::File(_) | Spot::Path(_) | Spot::Nowhere => None,
    }
}

fn source_of(sources: &Sources, spot: &Spot) -> Option<(FileId, Place)> {
    let file = file_of(sources, spot)?;
    super::json::spot_place(sources, spot).map(|place| (file, place))
}

/// Excerpts of the texts of one run, for showing many findings: what is to be known of a text is found once.
#[derive(Debug)]
pub struct Excerpts<'s> {
    sources: &'s Sources,
    texts: BTreeMap<FileId, OnceLock<Cow<'s, str>>>,
    style: Style,
}

impl<'s> Excerpts<'s> {
    /// Excerpts that look so.
    pub fn new(sources: &'s Sources, style: Style) -> Self {
        let texts = sources.files().map(|file| (file, OnceLock::new())).collect();
        Self { sources, texts, style }
    }

    /// One finding with its excerpt.
    pub fn finding(&self, finding: &Finding) -> String {
        let at = source_of(self.sources, &finding.spot);
        let related = finding.related.iter().map(|(spot, _)| source_of(self.sources, spot)).collect();
        self.shown(finding, at, related)
    }

    /// One finding of the linter with its excerpt.
    pub fn told(&self, told: &Told) -> String {
        let place = |spot: &Spot, place: &Option<Place>| Some((file_of(self.sources, spot)?, place.clone()?));
        let at = place(&told.finding.spot, &told.place);
        let related = told.finding.related.iter().zip(&told.related);
        let related = related.map(|((spot, _), at)| place(spot, at)).collect();
        self.shown(&told.finding, at, related)
    }

    fn shown(
        &self,
        finding: &Finding,
        at: Option<(FileId, Place)>,
        related: Vec<Option<(FileId, Place)>>,
    ) -> String {
        let mut help: Vec<String> = finding.help.iter().cloned().collect();
        let mut labels = Vec::new();
        let mut anchors = Vec::new();
        if let Some((file, place)) = &at {
            let text = self.sources.text(*file);
            labels.push(label(text, place, Some("here".to_owned())));
            anchors.push((place.bytes.start, place.line));
        }
        for ((_, what), place) in finding.related.iter().zip(related) {
            match (place, &at) {
                (Some((other, place)), Some((file, _))) if other == *file => {
                    labels.push(label(self.sources.text(other), &place, Some(visible(what))));
                    anchors.push((place.bytes.start, place.line));
                }
                (Some((_, place)), _) => help.push(format!("{}:{}: {what}", place.file, place.line)),
                (None, _) => {}
            }
        }
        if let (None, Spot::File(file)) = (&at, &finding.spot) {
            help.push(format!("in {}", self.sources.path(*file)));
        }
        let (sources, style) = (self.sources, self.style);
        let source = at.map(|(file, place)| {
            let text = self.texts.get(&file);
            let text = text.map_or("", |text| text.get_or_init(|| shown_text(sources.text(file))));
            Window::new(visible(&place.file), text, anchors)
        });
        let excerpt = Excerpt {
            code: Some(finding.code.to_string()),
            message: visible(&finding.message),
            help: (!help.is_empty()).then(|| visible_lines(&help.join("\n"))),
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
}

/// A label may cover a whole object; its first line says enough.
fn label(text: &str, place: &Place, what: Option<String>) -> LabeledSpan {
    let covered = text.get(place.bytes.clone()).unwrap_or_default();
    let length = covered.find('\n').unwrap_or(covered.len());
    LabeledSpan::new(what, place.bytes.start, length)
}

/// One finding with its excerpt.
pub fn finding(sources: &Sources, finding: &Finding, style: Style) -> String {
    Excerpts::new(sources, style).finding(finding)
}

/// So many findings are shown with their excerpts; the rest is counted.
const SHOWN: usize = 8;

/// What loading met, the gravest first, but for gaps that the answer has told already.
pub fn findings(sources: &Sources, findings: &[Finding], told: &[Finding], style: Style) -> String {
    let mut rest: Vec<&Finding> = findings.iter().filter(|finding| !told.contains(finding)).collect();
    rest.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut out = String::new();
    let excerpts = Excerpts::new(sources, style);
    for one in rest.iter().take(SHOWN) {
        out.push_str(&excerpts.finding(one));
    }
    if rest.len() > SHOWN {
        let _ = writeln!(out, "and {} more findings about the manifests", rest.len() - SHOWN);
    }
    out
}

/// The labels of a chain in one text, with their places.
type Labels = (Vec<LabeledSpan>, Vec<(usize, usize)>);

/// The chain of each case as excerpts: one for each file, its links numbered.
pub fn chains(sources: &Sources, answer: &Answer<'_>, style: Style) -> String {
    let mut out = String::new();
    for case in &answer.cases {
        let mut files: Vec<(FileId, Labels)> = Vec::new();
        for (position, link) in case.chain.iter().enumerate() {
            let Some(address) = &link.address else { continue };
            let spot = Spot::Address(address.clone());
            let Some((file, place)) = source_of(sources, &spot) else { continue };
            let what = format!("{}. {}", position + 1, link.kind.as_str());
            let label = label(sources.text(file), &place, Some(what));
            let anchor = (place.bytes.start, place.line);
            match files.iter_mut().find(|(known, _)| *known == file) {
                Some((_, (labels, anchors))) => {
                    labels.push(label);
                    anchors.push(anchor);
                }
                None => files.push((file, (vec![label], vec![anchor]))),
            }
        }
        for (file, (labels, anchors)) in files {
            let text = shown_text(sources.text(file));
            let name = visible(sources.path(file));
            let excerpt = Excerpt {
                code: None,
                message: name.clone(),
                help: None,
                severity: miette::Severity::Advice,
                source: Some(Window::new(name, &text, anchors)),
                labels,
            };
            out.push('\n');
            out.push_str(&printed(&excerpt, style));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_keeps_its_length() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let text = c.to_string();
            let shown = shown_text(&text);
            assert_eq!(shown.len(), text.len(), "{c:?}");
            assert_eq!(shown, visible_lines(&shown), "{c:?}");
        }
    }

    #[test]
    fn what_is_between_two_labels_far_apart_is_not_shown() {
        let lines: Vec<String> = (1..=1000).map(|line| format!("line{line}\n")).collect();
        let text = lines.concat();
        let lines_with = |at: [usize; 2]| {
            let place = |line: usize| text.find(&format!("line{line}\n")).unwrap();
            let anchors = at.iter().map(|&line| (place(line), line)).collect();
            let labels = at.map(|line| LabeledSpan::new(Some("here".to_owned()), place(line), 4)).to_vec();
            let excerpt = Excerpt {
                code: None,
                message: "far".to_owned(),
                help: None,
                severity: miette::Severity::Advice,
                source: Some(Window::new("a.yaml".to_owned(), &text, anchors)),
                labels,
            };
            let shown = printed(&excerpt, Style { color: false, width: 80, ascii: false, references: false });
            (1..=1000).filter(|line| shown.contains(&format!(" line{line}\n"))).collect::<Vec<_>>()
        };
        assert_eq!(lines_with([600, 990]), [599, 600, 601, 989, 990, 991]);
        assert_eq!(lines_with([600, 603]), [599, 600, 601, 602, 603, 604]);
        assert_eq!(lines_with([600, 605]), [599, 600, 601, 602, 603, 604, 605, 606]);
        assert_eq!(lines_with([600, 606]), [599, 600, 601, 605, 606, 607]);
    }
}
