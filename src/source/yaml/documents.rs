//! The documents of one file, as kubectl would take them one after the other, and what became of each.
//! Must not know what a document is about, beyond the prefilter's verdict.

use super::error::{Error, ErrorKind, Limits};
use super::events::{self, Parsed};
use super::fast;
use super::json;
use super::parts::Items;
use super::prefilter::{Relevance, prefilter};
use super::split::{Piece, Pieces};
use super::tree::Tree;
use std::ops::Range;

/// kubectl looks this far for the `{` that makes a file JSON (cli-runtime 0.34.1, `NewYAMLOrJSONDecoder(_, 4096)`).
const JSON_WINDOW: usize = 4096;

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Chunk<'t> {
    /// Number of the document from 0, as a person counts: parts with nothing but blanks and comments have no number of
    /// their own and show that of the next document.
    pub index: usize,
    /// The bytes of the text that belong to it.
    pub span: Range<usize>,
    /// What it holds.
    pub content: Content<'t>,
    /// kubectl stopped at an earlier error of this file and never came here.
    pub after_error: bool,
    /// Where text starts that Kubernetes ignores without a word: it follows a line `...`, or is indented less than the
    /// document's first line.
    pub ignored: Option<usize>,
}

/// What a document holds.
#[derive(Clone, Debug)]
pub enum Content<'t> {
    /// Not parsed: the prefilter proved that it holds nothing relevant. Its syntax errors are not found. Has its kind,
    /// where that was the proof.
    Skipped(Option<&'t str>),
    /// Not parsed: the prefilter proved its kind, one of [`super::NOTED_KINDS`]. [`parse_chunk`] reads it.
    Noted(&'t str),
    /// Nothing, comments, or null. kubectl goes on without a word.
    Empty,
    /// A document. Its root may be a list or a scalar, which kubectl would refuse.
    Tree(Tree<'t>),
    /// It cannot be read; what comes after it can.
    Error(Error),
}

/// Iterator over the documents of one text; see [`documents`].
#[derive(Clone, Debug)]
pub struct Documents<'t> {
    text: &'t str,
    limits: Limits,
    filter: bool,
    fast: bool,
    /// Of the documents that the fast path reads.
    reader: Option<fast::Reader<'t>>,
    mode: Mode<'t>,
    index: usize,
    after_error: bool,
    /// Stop ahead of the first document that has to be parsed.
    skim: bool,
    /// Lists of so many bytes are not read, but begun.
    least_list: usize,
    /// The items of the list that was begun; its chunk says [`Content::Empty`].
    items: Option<Items<'t>>,
}

/// A place among the documents, for [`Documents::back_without_lists`].
#[derive(Debug)]
pub(super) struct Place<'t> {
    mode: Mode<'t>,
    index: usize,
    after_error: bool,
}

#[derive(Clone, Debug)]
enum Mode<'t> {
    Json { at: usize, count: usize },
    Yaml { pieces: Pieces<'t>, refused_json: Option<Error> },
    Done,
}

/// Reads all documents of a file's text in order, as kubectl 1.34 would split them.
///
/// If the first character that is not blank is `{`, the text is a stream of JSON values; where that fails on the first
/// or second value, the rest is read as YAML. Otherwise lines that start with `---` separate YAML documents.
///
/// kubectl stops a file at its first error. This goes on with the next document and marks it
/// ([`Chunk::after_error`]). No text makes the iterator endless; it yields at most one chunk a line.
pub fn documents<'t>(text: &'t str, limits: &Limits) -> Documents<'t> {
    let start = text.trim_start();
    let json = start.starts_with('{') && text.len() - start.len() < JSON_WINDOW;
    let mode = if json {
        Mode::Json { at: 0, count: 0 }
    } else {
        Mode::Yaml { pieces: Pieces::new(text, 0), refused_json: None }
    };
    Documents {
        text,
        limits: *limits,
        filter: true,
        fast: true,
        reader: None,
        mode,
        index: 0,
        after_error: false,
        skim: false,
        least_list: usize::MAX,
        items: None,
    }
}

/// The documents of a text of which none has to be parsed: what [`documents`] gives, all of it empty, skipped or noted.
/// None for any other text.
pub fn skim<'t>(text: &'t str, limits: &Limits) -> Option<Vec<Chunk<'t>>> {
    let mut documents = documents(text, limits);
    documents.skim = true;
    let mut chunks = Vec::new();
    for chunk in &mut documents {
        if matches!(chunk.content, Content::Tree(_) | Content::Error(_)) {
            return None;
        }
        chunks.push(chunk);
    }
    // the flag is taken back where something had to be parsed
    documents.skim.then_some(chunks)
}

/// Parses the YAML document that is `text[span]`, whatever the prefilter thinks of it. For chunks of [`documents`] that
/// were [`Content::Noted`] or [`Content::Skipped`].
pub fn parse_chunk<'t>(text: &'t str, span: Range<usize>, limits: &Limits) -> (Content<'t>, Option<usize>) {
    parse_by(&mut None, text, &span, limits)
}

/// The same by a reader of other documents of the text.
fn parse_by<'t>(
    reader: &mut Option<fast::Reader<'t>>,
    text: &'t str,
    span: &Range<usize>,
    limits: &Limits,
) -> (Content<'t>, Option<usize>) {
    match fast::parse_by(reader, text, span, limits, None) {
        Some(tree) => (Content::Tree(tree), None),
        None => parse_in_full(text, span, limits),
    }
}

/// The tree of a document of which nobody asks what stands below one key, at any depth: most likely an empty mapping
/// stands there. Where the document can be read at all, the rest is as [`parse_chunk`] gives it; where it cannot because of
/// what stands there, this may not notice.
pub fn parse_without<'t>(
    text: &'t str,
    span: Range<usize>,
    limits: &Limits,
    omitted: &'t str,
) -> Option<Tree<'t>> {
    fast::parse_without(text, &span, limits, Some(omitted)).or_else(|| {
        match parse_in_full(text, &span, limits) {
            (Content::Tree(tree), _) => Some(tree),
            _ => None,
        }
    })
}

/// Parses a document, or an item of a list, that was read before and is wanted again for its places.
///
/// What is JSON is read as such even where it was read as YAML: it has the same parts in the same places.
pub fn parse_again<'t>(text: &'t str, span: Range<usize>, limits: &Limits) -> Option<Tree<'t>> {
    if text.get(span.clone()).is_some_and(json::looks_like_json)
        && let Ok((tree, end)) = json::value(text, span.start, limits)
        && end <= span.end
    {
        return Some(tree);
    }
    match parse_chunk(text, span, limits) {
        (Content::Tree(tree), _) => Some(tree),
        _ => None,
    }
}

/// What [`parse_chunk`] gives, by the full parser alone.
fn parse_in_full<'t>(text: &'t str, span: &Range<usize>, limits: &Limits) -> (Content<'t>, Option<usize>) {
    match events::parse(text, span, limits) {
        Ok(Parsed { tree: Some(tree), rest }) if !events::is_null(&tree) => (Content::Tree(tree), rest),
        Ok(Parsed { rest, .. }) => (Content::Empty, rest),
        Err(error) => (Content::Error(error), None),
    }
}

impl<'t> Documents<'t> {
    /// Parses every document, relevant or not.
    #[must_use]
    pub fn without_prefilter(mut self) -> Self {
        self.filter = false;
        self
    }

    /// Parses every document with the full parser. For tests, which hold the fast path to it.
    #[must_use]
    pub fn without_fast_path(mut self) -> Self {
        self.fast = false;
        self
    }

    /// Begins lists of at least so many bytes, whose items [`Documents::take_items`] then gives, where that is simple.
    pub(super) fn with_lists(mut self, least: usize) -> Self {
        self.least_list = least;
        self
    }

    /// The items of the list that the last chunk began.
    pub(super) fn take_items(&mut self) -> Option<Items<'t>> {
        // an iterator of items is large, and most documents begin none
        self.items.as_ref()?;
        self.items.take()
    }

    /// How far it is.
    pub(super) fn place(&self) -> Place<'t> {
        Place { mode: self.mode.clone(), index: self.index, after_error: self.after_error }
    }

    /// Goes back to where it was, and begins no list from there on.
    pub(super) fn back_without_lists(&mut self, place: Place<'t>) {
        let Place { mode, index, after_error } = place;
        (self.mode, self.index, self.after_error) = (mode, index, after_error);
        self.items = None;
        self.least_list = usize::MAX;
    }

    fn chunk(&mut self, span: Range<usize>, content: Content<'t>, ignored: Option<usize>) -> Chunk<'t> {
        let failed = matches!(content, Content::Error(_));
        let chunk = Chunk { index: self.index, span, content, after_error: self.after_error, ignored };
        self.after_error |= failed;
        self.index += 1;
        chunk
    }

    fn next_json(&mut self, at: usize, count: usize) -> Option<Chunk<'t>> {
        let bytes = self.text.as_bytes();
        let start = json::skip_blanks(bytes, at);
        if start == bytes.len() {
            self.mode = Mode::Done;
            return None;
        }
        let relevance = (count == 0 && self.filter).then(|| prefilter(self.text));
        if let Some(Relevance::Irrelevant(kind)) = relevance {
            self.mode = Mode::Done;
            return Some(self.chunk(start..self.text.len(), Content::Skipped(kind), None));
        }
        if self.skim {
            return self.stop();
        }
        if count == 0 && bytes.len() - start >= self.least_list {
            self.items = Items::of_json(self.text, start, &self.limits);
            if self.items.is_some() {
                self.mode = Mode::Done;
                let end = start + self.text.get(start..).unwrap_or_default().trim_ascii_end().len();
                return Some(self.chunk(start..end, Content::Empty, None));
            }
        }
        match json::value(self.text, start, &self.limits) {
            Ok((tree, end)) => {
                self.mode = Mode::Json { at: end, count: count + 1 };
                let content = if events::is_null(&tree) { Content::Empty } else { Content::Tree(tree) };
                Some(self.chunk(start..end, content, None))
            }
            Err(error) if count > 1 => {
                // kubectl gives up for good; the next separator is the only place where a new start makes sense
                let next = memchr::memmem::find(bytes.get(start..).unwrap_or_default(), b"\n---");
                let next = next.map_or(bytes.len(), |length| start + length + 1);
                self.mode = Mode::Yaml { pieces: Pieces::new(self.text, next), refused_json: None };
                let error = template(error, self.text.get(start..next).unwrap_or_default());
                Some(self.chunk(start..next, Content::Error(error), None))
            }
            Err(error) => {
                let Some(rest) = after_blank_line(self.text, at) else {
                    self.mode = Mode::Done;
                    return Some(self.chunk(start..bytes.len(), Content::Error(error), None));
                };
                let error = (bytes.get(start) == Some(&b'{')).then_some(error);
                self.mode = Mode::Yaml { pieces: Pieces::new(self.text, rest), refused_json: error };
                self.next()
            }
        }
    }

    /// Whether a document is a long list whose items are now to be taken one by one.
    fn begins_list(&mut self, span: &Range<usize>) -> bool {
        if span.len() >= self.least_list {
            self.items = Items::of_yaml(self.text, span, &self.limits);
        }
        self.items.is_some()
    }

    /// Ends a look that met something to parse.
    fn stop(&mut self) -> Option<Chunk<'t>> {
        self.skim = false;
        self.mode = Mode::Done;
        None
    }

    fn yaml(&mut self, piece: Piece, refused_json: Option<Error>) -> Option<Chunk<'t>> {
        let span = match piece {
            Piece::BadSeparator(line) => {
                let message = "text behind `---`, where kubectl stops reading the file";
                let error = Error::new(ErrorKind::Separator, line.start, message);
                let chunk = self.chunk(line, Content::Error(error), None);
                self.index -= 1;
                return Some(chunk);
            }
            Piece::Document(span) => span,
        };
        let chunk = self.text.get(span.clone()).unwrap_or_default();
        if is_blank(chunk) {
            let chunk = self.chunk(span, Content::Empty, None);
            self.index -= 1;
            return Some(chunk);
        }
        let relevance = if self.filter { prefilter(chunk) } else { Relevance::Relevant };
        let (content, ignored) = match relevance {
            Relevance::Irrelevant(kind) => (Content::Skipped(kind), None),
            Relevance::Noted(kind) => (Content::Noted(kind), None),
            Relevance::Relevant if self.skim => return self.stop(),
            Relevance::Relevant if self.begins_list(&span) => (Content::Empty, None),
            Relevance::Relevant if self.fast => parse_by(&mut self.reader, self.text, &span, &self.limits),
            Relevance::Relevant => parse_in_full(self.text, &span, &self.limits),
        };
        let content = match (content, refused_json) {
            // it starts like JSON, so what JSON lacks is the better message
            (Content::Error(error), Some(json)) if error.kind != ErrorKind::Template => {
                let found = if json.offset <= span.end { json } else { error };
                Content::Error(template(found, chunk))
            }
            (content, _) => content,
        };
        Some(self.chunk(span, content, ignored))
    }
}

impl<'t> Iterator for Documents<'t> {
    type Item = Chunk<'t>;

    fn next(&mut self) -> Option<Chunk<'t>> {
        if self.index >= self.limits.documents && !matches!(self.mode, Mode::Done) {
            let rest = match &self.mode {
                Mode::Json { at, .. } => *at,
                Mode::Yaml { pieces, .. } => pieces.rest(),
                Mode::Done => self.text.len(),
            };
            self.mode = Mode::Done;
            if is_blank(self.text.get(rest..).unwrap_or_default()) {
                return None;
            }
            let message = format!("the file has more than {} documents", self.limits.documents);
            let error = Error::new(ErrorKind::Limit, rest, message);
            return Some(self.chunk(rest..self.text.len(), Content::Error(error), None));
        }
        match &mut self.mode {
            Mode::Done => None,
            Mode::Json { at, count } => {
                let (at, count) = (*at, *count);
                self.next_json(at, count)
            }
            Mode::Yaml { pieces, refused_json } => {
                let refused_json = refused_json.take();
                let piece = pieces.next()?;
                self.yaml(piece, refused_json)
            }
        }
    }
}

fn template(error: Error, chunk: &str) -> Error {
    let template = error.kind == ErrorKind::Syntax && (chunk.contains("{{") || chunk.contains("{%"));
    if template { Error { kind: ErrorKind::Template, ..error } } else { error }
}

/// Whether a chunk has nothing but blanks, comments and separators.
fn is_blank(chunk: &str) -> bool {
    // most start with a key
    if chunk.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) {
        return false;
    }
    chunk.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).all(|line| {
        let line = line.strip_prefix("---").unwrap_or(line).trim_start_matches(' ');
        line.is_empty() || line.starts_with('#')
    })
}

/// Where kubectl goes on with YAML after a failed attempt at JSON: behind blanks up to the first line break.
///
/// With fewer than four bytes left it does not go on (apimachinery 0.34.1, `YAMLOrJSONDecoder.consumeWhitespace`).
fn after_blank_line(text: &str, at: usize) -> Option<usize> {
    let mut rest = at;
    for character in text.get(at..).unwrap_or_default().chars() {
        if text.len() - rest < 4 || character == char::REPLACEMENT_CHARACTER {
            return None;
        }
        if !character.is_whitespace() {
            break;
        }
        rest += character.len_utf8();
        if character == '\n' {
            break;
        }
    }
    Some(rest)
}
