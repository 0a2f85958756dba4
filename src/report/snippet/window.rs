//! A text as miette reads it, of which nothing is copied and only the lines about a span are looked at: in a file of many
//! megabytes each finding would otherwise cost as much as reading the file.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// A text with a name, and the lines of some of its bytes.
#[derive(Debug)]
pub(super) struct Window<'t> {
    name: String,
    text: &'t str,
    /// Bytes and their lines, from 1.
    anchors: Vec<(usize, usize)>,
}

impl<'t> Window<'t> {
    /// A text. Lines are counted from the nearest of the bytes of which the line is given.
    pub(super) fn new(name: String, text: &'t str, anchors: Vec<(usize, usize)>) -> Self {
        Self { name, text, anchors }
    }

    /// How many lines there are before a byte that starts one.
    fn lines_before(&self, byte: usize) -> usize {
        let nearest = self.anchors.iter().min_by_key(|(known, _)| known.abs_diff(byte));
        let (known, line) = nearest.copied().unwrap_or((0, 1));
        let between = self.text.as_bytes().get(known.min(byte)..known.max(byte)).unwrap_or_default();
        let count = memchr::memchr_iter(b'\n', between).count();
        let before = line.saturating_sub(1);
        if known <= byte { before + count } else { before.saturating_sub(count) }
    }

    /// The bytes from so many whole lines before a span to so many behind it.
    fn about(&self, span: &SourceSpan, before: usize, after: usize) -> (usize, usize) {
        let bytes = self.text.as_bytes();
        let (start, end) = (span.offset().min(bytes.len()), (span.offset() + span.len()).min(bytes.len()));
        let mut newlines = memchr::memrchr_iter(b'\n', bytes.get(..start).unwrap_or_default());
        let first = newlines.nth(before + 1).map_or(0, |newline| newline + 1);
        let mut newlines = memchr::memchr_iter(b'\n', bytes.get(end..).unwrap_or_default());
        let last = newlines.nth(after + 1).map_or(bytes.len(), |newline| end + newline + 1);
        (first, last)
    }
}

impl SourceCode for Window<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (first, last) = self.about(span, context_lines_before, context_lines_after);
        let lines = self.text.as_bytes().get(first..last).unwrap_or_default();
        // miette would index beyond the end
        if span.offset() > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let inside = SourceSpan::new((span.offset().saturating_sub(first)).into(), span.len());
        let inner = lines.read_span(&inside, context_lines_before, context_lines_after)?;
        let shown = SourceSpan::new((inner.span().offset() + first).into(), inner.span().len());
        let lines_before = self.lines_before(first);
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            shown,
            inner.line() + lines_before,
            inner.column(),
            line_count(inner.data()) + BETWEEN,
        )))
    }
}

/// So many lines between two excerpts are shown too: the head of a second one would take as much.
const BETWEEN: usize = 2;

/// The lines shown, by which miette sees whether two excerpts touch. Its own sources count from the start of the text, and
/// so everything between two labels in the second half of a text is shown.
fn line_count(shown: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', shown).count() + usize::from(!shown.ends_with(b"\n"))
}

#[cfg(test)]
mod tests {
    use miette::NamedSource;

    use super::*;

    #[test]
    fn a_span_beyond_the_end_has_no_lines() {
        let window = Window::new("a.yaml".to_owned(), "a: b", vec![]);
        let read = |offset: usize| window.read_span(&SourceSpan::new(offset.into(), 0), 0, 0).is_ok();
        assert_eq!((read(4), read(5), read(9)), (true, false, false));
    }

    #[test]
    fn a_window_shows_what_the_whole_text_would() {
        let text = "one\ntwo words\n\nand a third line\n".repeat(10);
        let whole = NamedSource::new("a.yaml", text.clone());
        for start in (0..text.len()).step_by(7) {
            for length in [0, 3, 30] {
                for (before, after) in [(0, 0), (1, 1), (2, 0)] {
                    let span = SourceSpan::new(start.into(), length.min(text.len() - start));
                    let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
                    for anchors in [vec![(start, line)], vec![(text.len(), 41)], vec![]] {
                        let window = Window::new("a.yaml".to_owned(), &text, anchors);
                        let (a, b) = (
                            whole.read_span(&span, before, after).unwrap(),
                            window.read_span(&span, before, after).unwrap(),
                        );
                        assert_eq!(
                            (a.data(), a.span(), a.line()),
                            (b.data(), b.span(), b.line()),
                            "{span:?}"
                        );
                        assert_eq!(a.column(), b.column(), "{span:?}");
                    }
                }
            }
        }
    }
}
