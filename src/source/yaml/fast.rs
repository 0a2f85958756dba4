//! The fast path of the YAML reader: the block style that kubectl and people write, line by line, without a scanner in
//! between. Whatever it is not sure of it leaves to the full parser; it never refuses anything itself.
//! Must not know documents, files, or what a document is about.
//!
//! It accepts block mappings and sequences by indentation, plain and quoted scalars on one line, literal blocks, and
//! bracketed collections of simple scalars on one line. It does not accept, among others: anchors, aliases, tags,
//! directives, `? ` keys, absent values, scalars of more than one line, escapes, folded blocks, tabs, carriage returns,
//! and a root that is a scalar or is indented. Why a tree that it makes is the full parser's:
//!
//! * It feeds the same [`Builder`] in the same order, so that views, overrides and checks are the same code.
//! * A scalar of more than one line would go on in a line indented deeper than its parent; a line that is deeper than the
//!   innermost open collection is left to the full parser, unless a value is waited for.
//! * A test holds both to the same arena, node by node, on mutated manifests and on every text of the corpus.

mod flow;
mod items;
mod literal;
mod outline;
mod scalar;

use super::build::{Builder, Cooked};
use super::characters;
use super::error::Limits;
use super::resolve::{Style, Tag};
use super::tree::{Shape, Tree};
use memchr::memchr;
use scalar::Token;
use std::ops::Range;

pub(super) use items::Items;

/// Deeper block collections are left to the full parser, which knows the limit's exact meaning.
const DEPTH: usize = 64;

/// Reads the document that is `text[span]`, if it is in the subset; `None` says nothing about it.
pub(super) fn parse<'t>(text: &'t str, span: &Range<usize>, limits: &Limits) -> Option<Tree<'t>> {
    parse_without(text, span, limits, None)
}

/// The same with an empty mapping for whatever stands below one key on lines of its own; see [`outline`].
pub(super) fn parse_without<'t>(
    text: &'t str,
    span: &Range<usize>,
    limits: &Limits,
    omitted: Option<&'t str>,
) -> Option<Tree<'t>> {
    parse_by(&mut None, text, span, limits, omitted)
}

/// The same by a reader of documents before, and for documents to come, of the same text within the same limits.
pub(super) fn parse_by<'t>(
    reader: &mut Option<Reader<'t>>,
    text: &'t str,
    span: &Range<usize>,
    limits: &Limits,
    omitted: Option<&'t str>,
) -> Option<Tree<'t>> {
    let chunk = text.get(span.clone())?;
    if omitted.is_none() && !has_only_usual_characters(chunk) {
        return None;
    }
    if reader.is_none() {
        *reader = Reader::new(text, limits, omitted);
    }
    let own = reader.as_mut()?;
    own.builder.reserve(chunk.len());
    own.bytes = text.as_bytes().get(..span.end)?;
    (own.at, own.unchecked) = (span.start, span.start);
    let tree = own.read();
    if tree.is_none() {
        *reader = None;
    }
    tree
}

/// Whether a text has no control characters but `\n`, and nothing on which parsers part.
fn has_only_usual_characters(chunk: &str) -> bool {
    // without branches, so that many bytes are looked at together
    let unusual = |byte: u8| byte.wrapping_sub(b' ') >= 0x7F - b' ' && byte != b'\n';
    if !chunk.bytes().fold(false, |found, byte| found | unusual(byte)) {
        return true;
    }
    let control = |byte: u8| byte < 0x20 && byte != b'\n';
    !chunk.bytes().any(control) && !chunk.contains('\u{FEFF}') && characters::check(chunk, 0).is_ok()
}

/// A block collection that is open.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// The column of its keys or dashes.
    indent: usize,
    shape: Shape,
}

/// Reads documents of one text.
#[derive(Clone, Debug)]
pub(super) struct Reader<'t> {
    text: &'t str,
    /// The text up to the end of the document.
    bytes: &'t [u8],
    /// Start of the next line.
    at: usize,
    builder: Builder<'t>,
    levels: Vec<Level>,
    /// The last key or dash has no value yet.
    waiting: bool,
    depth: usize,
    /// For the texts of literal blocks.
    buffer: String,
    /// The key whose values are passed over.
    omitted: Option<&'t str>,
    /// The start of what was read since the last value that was passed over.
    unchecked: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, limits: &Limits, omitted: Option<&'t str>) -> Option<Self> {
        Some(Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            builder: Builder::new(text, limits).ok()?,
            levels: Vec::with_capacity(16),
            waiting: false,
            depth: limits.depth.min(DEPTH),
            buffer: String::new(),
            omitted,
            unchecked: 0,
        })
    }

    /// Reads from `at` to the end of `bytes`. Without a tree it is of no further use.
    fn read(&mut self) -> Option<Tree<'t>> {
        self.separator();
        while let Some((start, indent)) = self.next_content() {
            self.line(start, indent)?;
        }
        if self.waiting || self.levels.is_empty() {
            return None;
        }
        if self.omitted.is_some() {
            self.check_characters(self.bytes.len())?;
        }
        while self.levels.pop().is_some() {
            self.builder.close(None).ok()?;
        }
        self.builder.finish().ok()?
    }

    /// The byte at a place; the end of the document counts as that of a line.
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    fn skip_spaces(&self, mut at: usize) -> usize {
        const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
        while let Some(word) = self.bytes.get(at..).and_then(<[u8]>::first_chunk) {
            let other = u64::from_le_bytes(*word) ^ SPACES;
            if other != 0 {
                return at + other.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        while self.byte(at) == b' ' {
            at += 1;
        }
        at
    }

    fn next_line(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        memchr(b'\n', rest).map_or(self.bytes.len(), |length| at + length + 1)
    }

    /// Passes the `---` line that a chunk may start with.
    fn separator(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(b"---") && matches!(self.byte(self.at + 3), b' ' | b'\n') {
            let content = self.skip_spaces(self.at + 3);
            if matches!(self.byte(content), b'\n' | b'#') {
                self.at = self.next_line(content);
            }
        }
    }

    /// The next line with more than blanks and comments: where its content starts, and in which column.
    fn next_content(&mut self) -> Option<(usize, usize)> {
        while self.at < self.bytes.len() {
            let start = self.skip_spaces(self.at);
            match self.byte(start) {
                b'\n' => self.at = start + 1,
                b'#' => self.at = self.next_line(start),
                _ => return Some((start, start - self.at)),
            }
        }
        None
    }

    fn is_dash(&self, at: usize) -> bool {
        self.byte(at) == b'-' && matches!(self.byte(at + 1), b' ' | b'\n')
    }

    /// A line with content: closes what ends before it, and reads it.
    fn line(&mut self, start: usize, indent: usize) -> Option<()> {
        if indent == 0 && matches!(self.bytes.get(start..start + 3), Some(b"---" | b"...")) {
            return None;
        }
        let dash = self.is_dash(start);
        if std::mem::take(&mut self.waiting) {
            let parent = self.levels.last()?;
            let unindented = parent.shape == Shape::Mapping && dash && indent == parent.indent;
            if unindented {
                // to the full parser such a sequence starts behind its first dash, if something stands there
                let first = self.skip_spaces(start + 1);
                if matches!(self.byte(first), b'\n' | b'#') {
                    return None;
                }
                self.open(first, indent, Shape::Sequence)?;
                return self.item(start, indent);
            }
            // anything else would be an absent value
            return if indent > parent.indent { self.node(start, indent) } else { None };
        }
        if self.levels.is_empty() {
            let first = indent == 0 && self.builder.is_empty();
            return if first { self.node(start, 0) } else { None };
        }
        let level = loop {
            let level = *self.levels.last()?;
            let ends =
                level.indent > indent || level.indent == indent && level.shape == Shape::Sequence && !dash;
            if !ends {
                break level;
            }
            self.levels.pop();
            self.builder.close(None).ok()?;
        };
        match level.shape {
            _ if level.indent != indent => None,
            Shape::Sequence if dash => self.item(start, indent),
            Shape::Mapping if !dash => {
                let key = self.scalar(start)?;
                self.entry(&key)
            }
            _ => None,
        }
    }

    /// A node where any may stand: behind a dash, or on a line of its own.
    fn node(&mut self, start: usize, column: usize) -> Option<()> {
        if self.is_dash(start) {
            self.open(start, column, Shape::Sequence)?;
            return self.item(start, column);
        }
        if matches!(self.byte(start), b'|' | b'[' | b'{') {
            return self.value(start);
        }
        let token = self.scalar(start)?;
        if token.is_key {
            self.open(start, column, Shape::Mapping)?;
            return self.entry(&token);
        }
        self.add(&token)?;
        self.end_line(token.after)
    }

    fn open(&mut self, start: usize, indent: usize, shape: Shape) -> Option<()> {
        if self.levels.len() >= self.depth {
            return None;
        }
        self.levels.push(Level { indent, shape });
        self.builder.open(&(start..start), shape).ok().map(|_| ())
    }

    /// A dash and what follows it.
    fn item(&mut self, dash: usize, column: usize) -> Option<()> {
        let start = self.skip_spaces(dash + 1);
        match self.byte(start) {
            b'\n' | b'#' => {
                self.waiting = true;
                self.at = self.next_line(start);
                Some(())
            }
            _ => self.node(start, column + (start - dash)),
        }
    }

    /// A key and what follows it on its line.
    fn entry(&mut self, key: &Token) -> Option<()> {
        if !key.is_key {
            return None;
        }
        self.add(key)?;
        // behind the key stands a colon, and behind that a space or the end of the line
        let start = self.skip_spaces(key.after + 1);
        match self.byte(start) {
            b'\n' | b'#' => {
                self.waiting = true;
                self.at = self.next_line(start);
                match self.omitted {
                    Some(omitted) if self.text.get(key.text.clone()) == Some(omitted) => self.pass_over(),
                    _ => Some(()),
                }
            }
            _ => self.value(start),
        }
    }

    /// A value that is no block collection.
    fn value(&mut self, start: usize) -> Option<()> {
        let after = match self.byte(start) {
            b'|' => return self.literal(start),
            b'[' | b'{' => self.flow(start)?,
            _ => {
                let token = self.scalar(start)?;
                if token.is_key {
                    return None;
                }
                self.add(&token)?;
                token.after
            }
        };
        self.end_line(after)
    }

    fn add(&mut self, token: &Token) -> Option<()> {
        self.builder.verbatim(&token.span, &token.text, token.style).ok()
    }

    /// Passes the rest of a line, on which only blanks and a comment may stand.
    fn end_line(&mut self, after: usize) -> Option<()> {
        let end = self.skip_spaces(after);
        match self.byte(end) {
            b'\n' => self.at = end + 1,
            b'#' if self.byte(end.wrapping_sub(1)) == b' ' => self.at = self.next_line(end),
            _ => return None,
        }
        Some(())
    }
}
