//! A document without what stands below one of its keys: the schemas of a CustomResourceDefinition are nearly all of it,
//! and nobody asks for them.
//!
//! What stands below a key is indented deeper than the key: the lines of a collection, of a block of text, of a scalar
//! that goes on; only inside of brackets anything may stand anywhere. So the first line with content that is not deeper
//! ends it, if all brackets are closed where they may be more than text, and is read as if the value had been read. A
//! test holds this to the full parser: where that accepts the document, both give the same tree, save for what was passed
//! over. A document that is wrong only in there is accepted here.

use super::{Reader, Shape, has_only_usual_characters};
use memchr::{memchr_iter, memchr2};
use std::iter;

impl Reader<'_> {
    /// Passes over the value of the key just read, if it stands on lines of its own, and puts an empty mapping there.
    pub(super) fn pass_over(&mut self) -> Option<()> {
        let indent = self.levels.last()?.indent;
        let (start, column) = self.next_content()?;
        if column <= indent {
            return None;
        }
        self.check_characters(start)?;
        self.at = self.end_of_deeper(indent);
        closes_its_brackets(self.bytes.get(start..self.at)?).then_some(())?;
        self.unchecked = self.at;
        self.waiting = false;
        self.builder.open(&(start..start), Shape::Mapping).ok()?;
        self.builder.close(Some(start)).ok()
    }

    /// Checks the characters of what was read since the last value that was passed over.
    pub(super) fn check_characters(&self, until: usize) -> Option<()> {
        has_only_usual_characters(self.text.get(self.unchecked..until)?).then_some(())
    }

    /// The start of the first line from here on that has content and is not indented deeper.
    fn end_of_deeper(&self, indent: usize) -> usize {
        let ends = |line: usize| {
            let content = self.skip_spaces(line);
            content - line <= indent && self.byte(content) != b'\n'
        };
        let further = self.bytes.get(self.at..).unwrap_or_default();
        let lines = memchr_iter(b'\n', further).map(|end| self.at + end + 1);
        iter::once(self.at).chain(lines).find(|line| ends(*line)).unwrap_or(self.bytes.len())
    }
}

/// Whether each bracket that may start a collection is closed on its line.
fn closes_its_brackets(mut text: &[u8]) -> bool {
    let mut before = b'\n';
    while let Some(at) = memchr2(b'[', b'{', text) {
        before = at.checked_sub(1).and_then(|before| text.get(before)).copied().unwrap_or(before);
        let group = text.get(at..).unwrap_or_default();
        // inside of a word it is text
        let length = if before.is_ascii_alphanumeric() { Some(1) } else { group_length(group) };
        let Some(length) = length else { return false };
        before = b']';
        text = group.get(length..).unwrap_or_default();
    }
    true
}

/// How long the collection is that starts with a bracket, if it ends on its line and quotes are simple.
fn group_length(group: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut last = b',';
    let mut at = 0;
    while let Some(&byte) = group.get(at) {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth == 1 => return Some(at + 1),
            b']' | b'}' => depth -= 1,
            b'"' | b'\'' if matches!(last, b'[' | b'{' | b',' | b':') => {
                let text = group.get(at + 1..)?;
                let end = text.iter().position(|&inner| inner == byte || matches!(inner, b'\n' | b'\\'))?;
                at += 1 + end;
                if group.get(at) != Some(&byte) || group.get(at + 1) == Some(&byte) {
                    return None;
                }
            }
            b'"' | b'\'' | b'\n' | b'#' => return None,
            _ => {}
        }
        if byte != b' ' {
            last = byte;
        }
        at += 1;
    }
    None
}
