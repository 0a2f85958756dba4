//! Cuts a text at its `---` lines exactly where kubectl does. Must not know YAML beyond these lines.

use memchr::memchr;
use memchr::memmem::Finder;
use std::ops::Range;
use std::sync::LazyLock;

/// A break before a line that starts with dashes; made once, for most texts are short.
static DASHES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\n---"));

/// A part of a text between two separators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A document to parse. A separator that no document precedes belongs to it.
    Document(Range<usize>),
    /// The place of a `---` with text behind it, where kubectl stops. The document before it, which kubectl throws
    /// away, comes next.
    BadSeparator(Range<usize>),
}

/// The pieces of a text, in order (apimachinery 0.34.1, `YAMLReader.Read`).
///
/// A line that starts with `---` separates if only blanks or a comment follow. Lines end at `\n`, nowhere else.
#[derive(Debug, Clone)]
pub(super) struct Pieces<'t> {
    text: &'t str,
    /// Start of the document being collected.
    start: usize,
    /// Start of the next line to look at.
    at: usize,
    /// The document before a bad separator.
    held: Option<Range<usize>>,
}

impl<'t> Pieces<'t> {
    /// The pieces of `text` from `start` on.
    pub(super) fn new(text: &'t str, start: usize) -> Self {
        Self { text, start, at: start, held: None }
    }

    /// Where what was not yielded yet starts.
    pub(super) fn rest(&self) -> usize {
        self.held.as_ref().map_or(self.start, |held| held.start).min(self.text.len())
    }

    /// The next place from `self.at` where a line starts with `---`, or the end of the text.
    fn next_separator(&self) -> Option<usize> {
        let mut at = self.at;
        let rest = |at: usize| self.text.as_bytes().get(at..).unwrap_or_default();
        if at == self.start && rest(at).starts_with(b"---") {
            return Some(at);
        }
        if at > self.start {
            at -= 1;
        }
        let line_break = DASHES.find(rest(at))?;
        Some(at + line_break + 1)
    }

    fn take(&mut self, end: usize, next: usize) -> Range<usize> {
        let piece = self.start..end;
        self.start = next;
        self.at = next;
        piece
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if let Some(held) = self.held.take() {
            return Some(Piece::Document(held));
        }
        loop {
            let Some(separator) = self.next_separator() else {
                let end = self.text.len();
                let rest = self.take(end, end);
                return (!rest.is_empty()).then_some(Piece::Document(rest));
            };
            let tail = self.text.as_bytes().get(separator..).unwrap_or_default();
            let line =
                separator..memchr(b'\n', tail).map_or(self.text.len(), |length| separator + length + 1);
            let behind = self.text.get(separator + 3..line.end).unwrap_or_default();
            let content = behind.trim();
            if !content.is_empty() && !content.starts_with('#') {
                // to YAML, `--- x` starts a document with its first value, and `---x` is text like any other
                let next = if behind.starts_with([' ', '\t']) { separator } else { line.end };
                let before = self.take(separator, next);
                self.at = line.end;
                self.held = (!before.is_empty()).then_some(before);
                return Some(Piece::BadSeparator(line));
            }
            if separator == self.start {
                self.at = line.end;
                continue;
            }
            return Some(Piece::Document(self.take(separator, line.end)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<(bool, &str)> {
        Pieces::new(text, 0)
            .map(|piece| match piece {
                Piece::Document(span) => (true, text.get(span).unwrap()),
                Piece::BadSeparator(span) => (false, text.get(span).unwrap()),
            })
            .collect()
    }

    #[test]
    fn only_a_line_that_starts_with_three_dashes_separates() {
        let cases: [(&str, &[(bool, &str)]); 12] = [
            ("", &[]),
            ("a\n", &[(true, "a\n")]),
            ("a\n---\nb", &[(true, "a\n"), (true, "b")]),
            ("a\n--- # c\nb", &[(true, "a\n"), (true, "b")]),
            ("a\n---#c \r\nb", &[(true, "a\n"), (true, "b")]),
            ("a\n ---\nb", &[(true, "a\n ---\nb")]),
            ("---\na\n", &[(true, "---\na\n")]),
            ("---\n---\na", &[(true, "---\n"), (true, "a")]),
            ("a\n---", &[(true, "a\n")]),
            ("a\r---\rb", &[(true, "a\r---\rb")]),
            ("a\n---\n\n---\n", &[(true, "a\n"), (true, "\n")]),
            ("---\n---\n---\n", &[(true, "---\n"), (true, "---\n")]),
        ];
        for (text, expected) in cases {
            assert_eq!(pieces(text), expected, "{text:?}");
        }
    }

    #[test]
    fn text_behind_the_dashes_is_an_error_and_starts_the_next_document() {
        assert_eq!(pieces("a\n--- b\nc"), [(false, "--- b\n"), (true, "a\n"), (true, "--- b\nc")]);
        assert_eq!(pieces("a\n----\nc"), [(false, "----\n"), (true, "a\n"), (true, "c")]);
        assert_eq!(pieces("--- b"), [(false, "--- b"), (true, "--- b")]);
    }
}
