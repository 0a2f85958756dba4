//! Collections in brackets, on one line, of quoted scalars and plain ones of few characters.

use super::scalar::Token;
use super::{Reader, Shape, Style};

/// Deeper brackets are left to the full parser.
const DEPTH: usize = 8;

impl Reader<'_> {
    /// Reads the collection whose bracket stands at `start`, and tells where it ends.
    pub(super) fn flow(&mut self, start: usize) -> Option<usize> {
        self.collection(start, DEPTH.min(self.depth))
    }

    fn collection(&mut self, start: usize, depth: usize) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        let (shape, end) = match self.byte(start) {
            b'[' => (Shape::Sequence, b']'),
            _ => (Shape::Mapping, b'}'),
        };
        self.builder.open(&(start..start), shape).ok()?;
        let mut at = self.skip_spaces(start + 1);
        if self.byte(at) != end {
            loop {
                at = self.element(at, shape, depth)?;
                match self.byte(at) {
                    b',' => at = self.skip_spaces(at + 1),
                    found if found == end => break,
                    _ => return None,
                }
            }
        }
        self.builder.close(Some(at + 1)).ok()?;
        Some(at + 1)
    }

    /// One element, or one key with its value; tells where the next thing behind it stands.
    fn element(&mut self, start: usize, shape: Shape, depth: usize) -> Option<usize> {
        let mut start = start;
        if shape == Shape::Mapping {
            let key = self.flow_scalar(start)?;
            if !key.is_key || self.byte(key.after + 1) != b' ' {
                return None;
            }
            self.add(&key)?;
            start = self.skip_spaces(key.after + 1);
        }
        let after = match self.byte(start) {
            b'[' | b'{' => self.collection(start, depth)?,
            _ => {
                let value = self.flow_scalar(start)?;
                if value.is_key {
                    return None;
                }
                self.add(&value)?;
                value.after
            }
        };
        Some(self.skip_spaces(after))
    }

    fn flow_scalar(&self, start: usize) -> Option<Token> {
        match self.byte(start) {
            b'"' => return self.quoted(start, b'"', Style::DoubleQuoted),
            b'\'' => return self.quoted(start, b'\'', Style::SingleQuoted),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' => {}
            _ => return None,
        }
        let mut at = start;
        let is_key = loop {
            match self.byte(at) {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'@' | b'*' => at += 1,
                b':' if matches!(self.byte(at + 1), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'/') => {
                    at += 1;
                }
                b':' if self.byte(at - 1) == b':' => return None,
                b':' => break true,
                b',' | b']' | b'}' | b' ' => break false,
                _ => return None,
            }
        };
        Some(Token { span: start..at, text: start..at, style: Style::Plain, is_key, after: at })
    }
}
