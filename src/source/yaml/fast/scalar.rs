//! Scalars that begin and end on one line, without escapes.

use super::{Reader, Style};
use std::ops::Range;

/// A scalar with what stands around it.
pub(super) struct Token {
    /// With its quotes.
    pub(super) span: Range<usize>,
    /// Without them.
    pub(super) text: Range<usize>,
    pub(super) style: Style,
    /// A colon follows that makes it a key.
    pub(super) is_key: bool,
    /// The first byte behind it that belongs to something else; of a key, its colon.
    pub(super) after: usize,
}

/// The full parser looks only this far for the colon of a key.
const LONGEST_KEY: usize = 512;

/// How many bytes there are before the first `:`, `#` or line break: a plain scalar outside of brackets can end there.
///
/// Eight bytes at a time: a byte is nought where it was the one looked for, and the lowest nought of a word is found
/// exactly by what subtracting one from each byte borrows.
fn before_end(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xFF;
    let noughts = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7);
    let among = |word: u64, byte: u8| noughts(word ^ (ONES * u64::from(byte)));
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = among(word, b':') | among(word, b'#') | among(word, b'\n');
        if found != 0 {
            return place * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let last = rest.iter().position(|byte| matches!(byte, b':' | b'#' | b'\n'));
    words.len() * 8 + last.unwrap_or(rest.len())
}

impl Reader<'_> {
    /// The scalar at a place outside of brackets.
    pub(super) fn scalar(&self, start: usize) -> Option<Token> {
        match self.byte(start) {
            b'"' => self.quoted(start, b'"', Style::DoubleQuoted),
            b'\'' => self.quoted(start, b'\'', Style::SingleQuoted),
            _ => self.plain(start),
        }
    }

    /// The quoted scalar at a place.
    pub(super) fn quoted(&self, start: usize, quote: u8, style: Style) -> Option<Token> {
        let mut at = start + 1;
        loop {
            match self.byte(at) {
                b'\n' => return None,
                b'\\' if quote == b'"' => return None,
                found if found == quote => break,
                _ => at += 1,
            }
        }
        let after = at + 1;
        let is_key = match self.byte(after) {
            b':' if matches!(self.byte(after + 1), b' ' | b'\n') => true,
            b' ' | b'\n' | b',' | b']' | b'}' => false,
            _ => return None,
        };
        checked(Token { span: start..after, text: start + 1..at, style, is_key, after })
    }

    fn plain(&self, start: usize) -> Option<Token> {
        self.starts_plain(start).then_some(())?;
        let mut at = start;
        let is_key = loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            at += before_end(rest);
            match self.byte(at) {
                b'\n' => break false,
                b':' if matches!(self.byte(at + 1), b' ' | b'\n') => break true,
                b'#' if self.byte(at.wrapping_sub(1)) == b' ' => break false,
                _ => at += 1,
            }
        };
        let mut end = at;
        while end > start && self.byte(end - 1) == b' ' {
            end -= 1;
        }
        if is_key && end < at {
            return None;
        }
        checked(Token { span: start..end, text: start..end, style: Style::Plain, is_key, after: at })
    }

    /// Whether a plain scalar surely starts at a place: not with an indicator, nor like the marker of a document.
    fn starts_plain(&self, start: usize) -> bool {
        match self.byte(start) {
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
            | b'%' | b'@' | b'`' | b'?' | b':' | b' ' | b'\n' => false,
            b'-' | b'.' => {
                let next = self.byte(start + 1);
                next.is_ascii_alphanumeric() || next == b'/'
            }
            _ => true,
        }
    }
}

fn checked(token: Token) -> Option<Token> {
    (!token.is_key || token.span.len() < LONGEST_KEY).then_some(token)
}
