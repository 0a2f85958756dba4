//! JSON into a tree, with spans. Must not know documents or files.

use super::build::{Builder, Cooked};
use super::error::{Error, ErrorKind, Limits};
use super::json_text;
use super::resolve::{Style, Tag};
use super::tree::{Shape, Tree};
use std::ops::Range;

/// Whether Kubernetes decodes a text as JSON and not as YAML: its first character that is not blank is `{`
/// (apimachinery 0.34.1 `IsJSONBuffer`).
pub fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Reads a text that is exactly one JSON value, as Go's `encoding/json` does.
///
/// Numbers, booleans and null become plain scalars, strings double-quoted ones; of equal keys the last counts and the
/// others are listed in [`Tree::overrides`]. Offsets count in `text`.
pub fn parse_json<'t>(text: &'t str, limits: &Limits) -> Result<Tree<'t>, Error> {
    let (tree, end) = value(text, 0, limits)?;
    let rest = skip_blanks(text.as_bytes(), end);
    if rest < text.len() {
        return Err(syntax(rest, "something follows the JSON value"));
    }
    Ok(tree)
}

/// Reads one JSON value at or after `from`, and tells where it ends.
pub(super) fn value<'t>(text: &'t str, from: usize, limits: &Limits) -> Result<(Tree<'t>, usize), Error> {
    let mut reader = Reader {
        text,
        at: from,
        builder: Builder::new(text, limits)?,
        open: Vec::new(),
        depth: limits.depth,
    };
    reader.read()?;
    let at = reader.at;
    match reader.builder.finish()? {
        Some(tree) => Ok((tree, at)),
        None => Err(syntax(at, "a JSON value is missing")),
    }
}

/// The first place from `from` that is no blank of JSON.
pub(super) fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let blanks = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    from + blanks.unwrap_or(rest.len())
}

fn syntax(at: usize, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Syntax, at, message)
}

/// The items of a long list one by one, each with a tree of its own.
#[derive(Clone, Debug)]
pub(super) struct Items<'t> {
    reader: Reader<'t>,
    /// Where the bracket stands that has to close the list.
    end: usize,
    is_first: bool,
    /// So many nodes may still come.
    nodes: usize,
}

impl<'t> Items<'t> {
    /// The items that stand in `text[items]`, between the brackets of a list in a mapping.
    pub(super) fn new(text: &'t str, items: Range<usize>, limits: &Limits) -> Option<Self> {
        const AROUND: usize = 2;
        let reader = Reader {
            text,
            at: items.start,
            builder: Builder::new(text, limits).ok()?,
            open: Vec::new(),
            depth: limits.depth.checked_sub(AROUND)?,
        };
        Some(Self { reader, end: items.end, is_first: true, nodes: limits.nodes })
    }

    /// The next item, `Ok(None)` behind the last. An error says only that the list has to be read as a whole.
    pub(super) fn next(&mut self) -> Result<Option<Tree<'t>>, ()> {
        let token = self.reader.next_token();
        match token {
            Some(b']') => return if self.reader.at == self.end { Ok(None) } else { Err(()) },
            Some(b',') if !self.is_first => {
                self.reader.at += 1;
                self.reader.next_token();
            }
            _ if self.is_first => self.is_first = false,
            _ => return Err(()),
        }
        // an item that is only named is for whoever sees the whole
        let is_mapping = self.reader.text.as_bytes().get(self.reader.at) == Some(&b'{');
        let tree = is_mapping.then(|| self.item()).flatten().ok_or(())?;
        self.nodes = self.nodes.checked_sub(tree.len()).ok_or(())?;
        Ok(Some(tree))
    }

    fn item(&mut self) -> Option<Tree<'t>> {
        self.reader.builder.reserve(1 << 10);
        self.reader.read().ok()?;
        self.reader.builder.finish().ok()?
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    List,
    Map,
}

#[derive(Clone, Debug)]
struct Reader<'t> {
    text: &'t str,
    at: usize,
    builder: Builder<'t>,
    open: Vec<Bracket>,
    depth: usize,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), Error> {
        loop {
            let opened = self.element()?;
            if opened && !self.closes()? {
                self.before_element()?;
                continue;
            }
            // one value is complete: close what ends here, then go on or be done
            loop {
                let Some(bracket) = self.open.last().copied() else { return Ok(()) };
                match self.next_token() {
                    Some(b',') => {
                        self.at += 1;
                        self.before_element()?;
                        break;
                    }
                    Some(b']') if bracket == Bracket::List => self.close()?,
                    Some(b'}') if bracket == Bracket::Map => self.close()?,
                    _ => {
                        return Err(self.unexpected(if bracket == Bracket::List {
                            "`,` or `]`"
                        } else {
                            "`,` or `}`"
                        }));
                    }
                }
            }
        }
    }

    /// Reads a scalar, or opens a collection and says so.
    fn element(&mut self) -> Result<bool, Error> {
        match self.next_token() {
            Some(b'{') => self.open(Bracket::Map, Shape::Mapping).map(|()| true),
            Some(b'[') => self.open(Bracket::List, Shape::Sequence).map(|()| true),
            Some(b'"') => self.string().map(|()| false),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| false),
            Some(b't') => self.word("true").map(|()| false),
            Some(b'f') => self.word("false").map(|()| false),
            Some(b'n') => self.word("null").map(|()| false),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// In a mapping, reads the key and the colon that come before an element.
    fn before_element(&mut self) -> Result<(), Error> {
        if self.open.last() != Some(&Bracket::Map) {
            return Ok(());
        }
        if self.next_token() != Some(b'"') {
            return Err(self.unexpected("a key in `\"`"));
        }
        self.string()?;
        if self.next_token() != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.at += 1;
        Ok(())
    }

    /// Closes a collection that has just been opened, if it is empty.
    fn closes(&mut self) -> Result<bool, Error> {
        let end = (self.next_token(), self.open.last());
        let empty = matches!(end, (Some(b']'), Some(Bracket::List)) | (Some(b'}'), Some(Bracket::Map)));
        if empty {
            self.close()?;
        }
        Ok(empty)
    }

    fn open(&mut self, bracket: Bracket, shape: Shape) -> Result<(), Error> {
        if self.open.len() >= self.depth {
            return Err(Error::new(ErrorKind::Limit, self.at, "lists and mappings are nested too deep"));
        }
        self.builder.open(&(self.at..self.at), shape)?;
        self.open.push(bracket);
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        self.at += 1;
        self.open.pop();
        self.builder.close(Some(self.at))
    }

    fn string(&mut self) -> Result<(), Error> {
        let start = self.at;
        let mut escaped = false;
        let mut at = start + 1;
        loop {
            let rest = self.text.as_bytes().get(at..).unwrap_or_default();
            let stop = before_stop(rest);
            at += stop;
            match rest.get(stop) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                }
                None => return Err(syntax(start, "a string without its closing `\"`")),
                _ => return Err(syntax(at, "a control character inside a string")),
            }
        }
        self.at = at + 1;
        let inside = start + 1..at;
        if !escaped {
            return self.builder.verbatim(&(start..self.at), &inside, Style::DoubleQuoted);
        }
        let raw = self.text.get(inside).unwrap_or_default();
        let text = json_text::unescape(raw)
            .map_err(|at| syntax(start + 1 + at, "an escape that JSON does not know"))?;
        let span: Range<usize> = start..self.at;
        self.builder.scalar(span, Cooked::Owned(&text), Style::DoubleQuoted, Tag::None).map(|_| ())
    }

    fn number(&mut self) -> Result<(), Error> {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let length = number_length(rest).ok_or_else(|| syntax(start, "a number that JSON does not know"))?;
        self.at += length;
        let digits = self.text.get(start..self.at).unwrap_or_default();
        if length > 300 || digits.contains(['e', 'E']) {
            let finite = digits.parse::<f64>().is_ok_and(f64::is_finite);
            if !finite {
                return Err(Error::new(
                    ErrorKind::NotJson,
                    start,
                    format!("the number `{digits}` is too large"),
                ));
            }
        }
        self.plain(start)
    }

    fn word(&mut self, word: &str) -> Result<(), Error> {
        let start = self.at;
        if !self.text.get(start..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.unexpected("a value"));
        }
        self.at += word.len();
        self.plain(start)
    }

    /// Adds what was read since `start`.
    fn plain(&mut self, start: usize) -> Result<(), Error> {
        let span = start..self.at;
        self.builder.verbatim(&span, &span, Style::Plain)
    }

    fn next_token(&mut self) -> Option<u8> {
        self.at = skip_blanks(self.text.as_bytes(), self.at);
        self.text.as_bytes().get(self.at).copied()
    }

    fn unexpected(&self, wanted: &str) -> Error {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => syntax(self.at, format!("`{}` where JSON wants {wanted}", found.escape_debug())),
            None => syntax(self.at, format!("the text ends where JSON wants {wanted}")),
        }
    }
}

/// How many bytes there are before the first that a string cannot hold as it is: `"`, `\` and control characters.
///
/// Eight bytes at a time: of the bytes that a subtraction of one, or of 32, flags by its borrow, the lowest is exact.
fn before_stop(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xFF;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & (ONES << 7);
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = below(word ^ (ONES * u64::from(b'"')), 1)
            | below(word ^ (ONES * u64::from(b'\\')), 1)
            | below(word, 0x20);
        if found != 0 {
            return place * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let last = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F));
    words.len() * 8 + last.unwrap_or(rest.len())
}

/// The length of the JSON number at the start of `bytes`.
fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len())
    };
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    let leading_zero = bytes.get(at) == Some(&b'0');
    if whole == 0 {
        return None;
    }
    // Go ends the number after a leading zero, and then finds a digit where none may be
    at += if leading_zero { 1 } else { whole };
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + signed);
        if exponent == 0 {
            return None;
        }
        at += 1 + signed + exponent;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_stops_at_the_first_byte_that_it_cannot_hold() {
        for stop in [b'"', b'\\', 0, 0x1F] {
            for other in [b' ', b'!', b'#', b'[', b']', 0x7F, 0x80, 0xFF, b'"' | 0x80, b'\\' | 0x80] {
                for before in 0..24 {
                    let mut text = vec![other; before];
                    text.push(stop);
                    text.extend([other, b'"', stop, 0]);
                    assert_eq!(before_stop(&text), before, "{text:?}");
                }
                assert_eq!(before_stop(&[other; 19]), 19);
            }
        }
    }
}
