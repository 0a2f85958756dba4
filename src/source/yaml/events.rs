//! The parser behind one document: events of granit-parser into a tree, and the places where that parser is more
//! lenient than go-yaml v2. The only file that knows the parser.

use super::build::{Builder, Cooked};
use super::characters;
use super::error::{Error, ErrorKind, Limits};
use super::fast;
use super::resolve::{Style, Tag};
use super::strict;
use super::tree::{NodeId, Shape, Tree};
use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, StructureStyle};
use std::collections::HashMap;
use std::ops::Range;

const TAB: &str = "a tab where only spaces may stand";

/// What the first document of a text turned out to be.
#[derive(Debug)]
pub(super) struct Parsed<'t> {
    /// The tree, or `None` where there is no document.
    pub(super) tree: Option<Tree<'t>>,
    /// Where a rest starts that Kubernetes silently ignores: behind `...`, or less indented than the document's value.
    pub(super) rest: Option<usize>,
}

/// Reads the first YAML document of a text the way the reader of `aws-auth` does: what follows a line `---` or `...`
/// is never looked at.
///
/// `Ok(None)` is a text without a document, or one whose first document is empty or null. Errors are those of
/// sigs.k8s.io/yaml 1.6.0 `YAMLToJSON`, and some texts on which its parser and ours part; offsets count in `text`.
pub fn parse_first<'t>(text: &'t str, limits: &Limits) -> Result<Option<Tree<'t>>, Error> {
    match fast::parse(text, &(0..text.len()), limits) {
        Some(tree) => Ok(Some(tree)),
        None => parse_first_in_full(text, limits),
    }
}

/// What [`parse_first`] gives, by the full parser alone.
pub(super) fn parse_first_in_full<'t>(text: &'t str, limits: &Limits) -> Result<Option<Tree<'t>>, Error> {
    let parsed = Reader::new(text, 0..text.len(), limits, true)?.read();
    let tree = parsed.map_err(|error| as_template(error, text))?.tree;
    Ok(tree.filter(|tree| !is_null(tree)))
}

/// Reads the first document of `text[span]`, a chunk that kubectl would parse by itself.
pub(super) fn parse<'t>(text: &'t str, span: &Range<usize>, limits: &Limits) -> Result<Parsed<'t>, Error> {
    let chunk = text.get(span.clone()).unwrap_or_default();
    let parsed = Reader::new(text, span.clone(), limits, false).and_then(Reader::read);
    parsed.map_err(|error| as_template(error, chunk))
}

/// Whether a document is null, which Kubernetes skips.
pub(super) fn is_null(tree: &Tree<'_>) -> bool {
    tree.scalar(tree.root()).is_some_and(|scalar| scalar.resolve() == super::Resolved::Null)
}

fn as_template(error: Error, chunk: &str) -> Error {
    let template = matches!(error.kind, ErrorKind::Syntax | ErrorKind::NotJson)
        && (chunk.contains("{{") || chunk.contains("{%"));
    if template { Error { kind: ErrorKind::Template, ..error } } else { error }
}

struct Reader<'t> {
    text: &'t str,
    chunk: &'t str,
    base: usize,
    /// The text is taken as it is; kubectl's reader would end its last line first.
    embedded: bool,
    parser: Parser<'t, StrInput<'t>>,
    builder: Builder<'t>,
    anchors: HashMap<usize, NodeId>,
    /// Open flow collections.
    flow: usize,
    /// Where the node of the last event starts.
    last: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, span: Range<usize>, limits: &Limits, embedded: bool) -> Result<Self, Error> {
        let base = span.start;
        let chunk = text.get(span).unwrap_or_default();
        characters::check(chunk, base)?;
        if strict::starts_with_end(chunk) {
            return Err(Error::new(ErrorKind::Syntax, base, "the document ends with `...` before it starts"));
        }
        let options = granit_parser::options! {
            disallow_directives: true,
            emit_anchor_events: true,
            flow_nesting_limit: limits.depth,
            block_nesting_limit: limits.depth,
        };
        let parser = Parser::new_from_str_with_options(chunk, options);
        let builder = Builder::new(text, limits)?;
        Ok(Self {
            text,
            chunk,
            base,
            embedded,
            parser,
            builder,
            anchors: HashMap::new(),
            flow: 0,
            last: base,
        })
    }

    fn read(mut self) -> Result<Parsed<'t>, Error> {
        let mut rest = None;
        while let Some(next) = self.parser.next_event() {
            let (event, span) = next.map_err(|error| self.syntax(&error))?;
            match event {
                Event::DocumentEnd => {
                    rest = self.rest_after(&span)?;
                    break;
                }
                Event::StreamEnd => break,
                event => self.event(event, &span)?,
            }
        }
        let chunk = self.base..self.base + self.chunk.len();
        let tree = self.builder.finish()?;
        if memchr::memchr(b'\t', self.chunk.as_bytes()).is_some()
            && let Some(tab) = strict::misplaced_tab(self.text, chunk, tree.as_ref())
        {
            return Err(Error::new(ErrorKind::Syntax, tab, TAB));
        }
        Ok(Parsed { tree, rest })
    }

    fn event(&mut self, event: Event<'t>, span: &Span) -> Result<(), Error> {
        let range = self.range(span);
        if !matches!(event, Event::Anchor(..)) {
            self.last = range.start;
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = self.tag(tag.as_deref(), span)?;
                let id = self.scalar(&text, style, tag, range)?;
                self.anchor(anchor, id);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.open(style, Shape::Sequence, anchor, tag.as_deref(), span)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.open(style, Shape::Mapping, anchor, tag.as_deref(), span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let flow = self.flow > 0;
                self.flow = self.flow.saturating_sub(1);
                self.builder.close(flow.then_some(range.end))?;
            }
            Event::Anchor(_, name) => {
                self.name(&name, range.start + 1)?;
                self.same_line_in_flow(range.end, self.last)?;
            }
            Event::Alias(target) => {
                let name = self.text.get(range.start + 1..range.end).unwrap_or_default();
                self.name(name, range.start + 1)?;
                let Some(target) = self.anchors.get(&target).copied() else {
                    return Err(Error::new(
                        ErrorKind::Syntax,
                        range.start,
                        format!("the anchor `{name}` is not defined"),
                    ));
                };
                self.builder.alias(&range, target)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        style: StructureStyle,
        shape: Shape,
        anchor: usize,
        tag: Option<&granit_parser::Tag>,
        span: &Span,
    ) -> Result<(), Error> {
        self.tag(tag, span)?;
        if style == StructureStyle::Flow || self.flow > 0 {
            self.flow += 1;
        }
        let range = self.range(span);
        let id = self.builder.open(&range, shape)?;
        self.anchor(anchor, id);
        Ok(())
    }

    /// Remembers a node by its anchor; nought is no anchor.
    fn anchor(&mut self, anchor: usize, id: NodeId) {
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Tag,
        span: Range<usize>,
    ) -> Result<NodeId, Error> {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => return self.block(text, Style::Literal, tag, &span),
            ScalarStyle::Folded => return self.block(text, Style::Folded, tag, &span),
        };
        if span.is_empty() && style == Style::Plain {
            return self.builder.scalar(span.clone(), Cooked::Verbatim(span), style, tag);
        }
        let source = self.text.get(span.clone()).unwrap_or_default();
        let verbatim = self.place_of(text);
        let in_flow = if self.flow > 0 { self.check_in_flow(style, source, span.end) } else { Ok(()) };
        let checked = in_flow.and_then(|()| match (style, &verbatim) {
            (Style::DoubleQuoted, None) => strict::escapes(source),
            (Style::Plain, None) => strict::plain_lines(source),
            _ => Ok(()),
        });
        checked.map_err(|message| Error::new(ErrorKind::Syntax, span.start, message))?;
        self.builder.scalar(span, verbatim.map_or(Cooked::Owned(text), Cooked::Verbatim), style, tag)
    }

    fn check_in_flow(&self, style: Style, source: &str, end: usize) -> Result<(), String> {
        let after = self.text.get(end..).unwrap_or_default();
        if style == Style::Plain {
            strict::flow_plain(source, after.as_bytes())?;
        }
        strict::one_line_key(source, after)
    }

    fn block(&mut self, text: &str, style: Style, tag: Tag, span: &Range<usize>) -> Result<NodeId, Error> {
        let source = self.text.get(span.clone()).unwrap_or_default();
        let before = self.text.get(..span.start).unwrap_or_default();
        strict::block_lines(before, source)
            .map_err(|message| Error::new(ErrorKind::Syntax, span.start, message))?;
        if !self.embedded && span.end == self.text.len() && strict::keeps_unended_blanks(self.text, before) {
            let message = "a `+` block at the end of the file, whose last line has blanks and no end";
            return Err(Error::new(ErrorKind::Syntax, span.start, message));
        }
        let cut = self.embedded && span.end == self.text.len() && strict::ends_without_break(self.text, text);
        let text = text.strip_suffix('\n').filter(|_| cut).unwrap_or(text);
        let span = span.start..span.start + source.trim_end().len();
        self.builder.scalar(span, Cooked::Owned(text), style, tag)
    }

    /// Where a text lies in the source, if it is a slice of it.
    fn place_of(&self, slice: &str) -> Option<Range<usize>> {
        let start = slice.as_ptr().addr().checked_sub(self.text.as_ptr().addr())?;
        let range = start..start + slice.len();
        (self.text.get(range.clone()) == Some(slice)).then_some(range)
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let range = span.byte_range().unwrap_or_default();
        self.base + range.start..self.base + range.end.max(range.start)
    }

    /// The first byte after the document that Kubernetes would have to care about.
    fn rest_after(&self, span: &Span) -> Result<Option<usize>, Error> {
        let start = self.range(span).start - self.base;
        let (before, mut rest) = self.chunk.split_at_checked(start).unwrap_or_default();
        let place = |rest: &str| self.base + self.chunk.len() - rest.len();
        match strict::unended(before, rest) {
            Some(Ok(found)) => return Ok(Some(place(found))),
            Some(Err(found)) => {
                return Err(Error::new(
                    ErrorKind::Syntax,
                    place(found),
                    "text behind the end of the document's value",
                ));
            }
            None => {}
        }
        while !rest.is_empty() {
            let line = rest.split(['\n', '\r']).next().unwrap_or_default();
            let content = ["...", "---"].iter().find_map(|marker| line.strip_prefix(marker)).unwrap_or(line);
            let content = content.trim_start();
            if !content.is_empty() && !content.starts_with('#') {
                return Ok(Some(place(rest) + (line.len() - content.len())));
            }
            rest = rest.get(line.len() + 1..).unwrap_or_default();
        }
        Ok(None)
    }

    fn name(&self, name: &str, at: usize) -> Result<(), Error> {
        let after = self.text.as_bytes().get(at + name.len()).copied();
        strict::anchor_name(name, after).map_err(|message| Error::new(ErrorKind::Syntax, at, message))
    }

    /// go-yaml counts anchor and tag to a key, and wants a key on one line; in brackets only the values could differ.
    fn same_line_in_flow(&self, from: usize, to: usize) -> Result<(), Error> {
        let between = self.text.get(from..to).unwrap_or_default();
        if self.flow > 0 && strict::has_break(between) {
            let message = "a line break between an anchor or tag and its value inside brackets";
            return Err(Error::new(ErrorKind::Syntax, from, message));
        }
        Ok(())
    }

    fn tag(&self, tag: Option<&granit_parser::Tag>, span: &Span) -> Result<Tag, Error> {
        let Some(tag) = tag else { return Ok(Tag::None) };
        let written = span.tag_span().as_ref().map(|span| self.range(span)).unwrap_or_default();
        let after = self.text.as_bytes().get(written.end).copied();
        let source = self.text.get(written.clone()).unwrap_or_default();
        strict::tag(source, after)
            .map_err(|message| Error::new(ErrorKind::Syntax, written.start, message))?;
        self.same_line_in_flow(written.end, self.last)?;
        let name = format!("{}{}", tag.handle(), tag.suffix());
        Ok(match name.strip_prefix("tag:yaml.org,2002:") {
            Some("str") => Tag::Str,
            Some("int") => Tag::Int,
            Some("float") => Tag::Float,
            Some("bool") => Tag::Bool,
            Some("null") => Tag::Null,
            Some("binary") => Tag::Binary,
            Some("timestamp") => Tag::Timestamp,
            Some("merge") => Tag::Merge,
            _ if name == "!" => Tag::NonSpecific,
            _ => Tag::Other,
        })
    }

    fn syntax(&self, error: &ScanError) -> Error {
        use granit_parser::ErrorKind as Cause;
        let at = error.marker().byte_offset().unwrap_or_default().min(self.chunk.len());
        let kind =
            if *error.kind() == Cause::RecursionLimitExceeded { ErrorKind::Limit } else { ErrorKind::Syntax };
        let message = match error.kind() {
            Cause::UnknownAnchor => "an alias of an anchor that is not defined in this document".to_owned(),
            Cause::RecursionLimitExceeded => "lists and mappings are nested too deep".to_owned(),
            Cause::DirectiveDisallowed => {
                "a `%` directive, which kubectl takes for a document of its own".to_owned()
            }
            Cause::TabNotAllowed | Cause::TabInBlockIndentation | Cause::TabInIndentation => TAB.to_owned(),
            cause => cause.to_string(),
        };
        Error::new(kind, self.base + at, message)
    }
}
