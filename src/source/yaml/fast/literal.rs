//! `|` blocks whose first line has content and whose last line has an end.

use super::{Cooked, Reader, Style, Tag};

impl Reader<'_> {
    /// Reads the literal block whose header stands at `start`.
    pub(super) fn literal(&mut self, start: usize) -> Option<()> {
        let parent = self.levels.last()?.indent;
        let chomping = self.byte(start + 1);
        let header = self.skip_spaces(start + 1 + usize::from(matches!(chomping, b'-' | b'+')));
        let first = header + 1;
        if self.byte(header) != b'\n' || first >= self.bytes.len() {
            return None;
        }
        let content = self.skip_spaces(first);
        let indent = content - first;
        if self.byte(content) == b'\n' || indent <= parent {
            return None;
        }
        let mut text = std::mem::take(&mut self.buffer);
        text.clear();
        let ends = self.lines(first, indent, &mut text)?;
        match chomping {
            b'+' => {}
            b'-' => text.truncate(text.trim_end_matches('\n').len()),
            _ => text.truncate(text.trim_end_matches('\n').len() + 1),
        }
        let written = self.text.get(content..ends)?.trim_end().len();
        let span = content..content + written;
        self.builder.scalar(span, Cooked::Owned(&text), Style::Literal, Tag::None).ok()?;
        self.buffer = text;
        self.at = ends;
        Some(())
    }

    /// Collects the lines from `first` on that belong to the block, blank ones at its end too; tells where they end.
    fn lines(&self, first: usize, indent: usize, text: &mut String) -> Option<usize> {
        let mut at = first;
        while at < self.bytes.len() {
            let start = self.skip_spaces(at);
            if self.byte(start) == b'\n' {
                // blanks beyond the indentation would be content, and a last line without end is read in two ways
                if start - at > indent || start >= self.bytes.len() {
                    return None;
                }
                text.push('\n');
                at = start + 1;
                continue;
            }
            if start - at < indent {
                break;
            }
            let next = self.next_line(start);
            if self.byte(next - 1) != b'\n' || next > self.bytes.len() {
                return None;
            }
            text.push_str(self.text.get(at + indent..next)?);
            at = next;
        }
        Some(at)
    }
}
