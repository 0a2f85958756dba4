//! From the text of a scalar back to the source, for texts that hold a document of their own (`mapRoles: |`).
//! Must not know what that document is.

use super::resolve::Style;
use super::tree::{Mark, NodeId, Shape, Tree};

/// Where each line of a scalar's text comes from; made by [`Tree::origins`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    /// Start of a line in the scalar's text, start of the same line's content in the source; in order.
    lines: Vec<(usize, usize)>,
}

impl Origins {
    /// The place in the source of the byte `offset` of the scalar's text.
    ///
    /// Exact for every byte of content; for the line break that ends a line of a block, the end of that line.
    pub fn place(&self, offset: usize) -> usize {
        let next = self.lines.partition_point(|(inner, _)| *inner <= offset);
        let line = next.checked_sub(1).and_then(|line| self.lines.get(line));
        line.map_or(0, |(inner, source)| source + (offset - inner))
    }
}

impl Tree<'_> {
    /// How to get from the text of the scalar at `id` back to the source. An alias leads to the scalar it stands for.
    ///
    /// `None` for collections, and for scalars whose text does not stand in the source line by line: folded ones, quoted
    /// ones with escapes or more than one line. Point at the whole value there.
    pub fn origins(&self, id: NodeId) -> Option<Origins> {
        let node = self.node(self.definition(id))?;
        let Shape::Scalar(style) = node.shape else { return None };
        if node.mark != Mark::Cooked {
            return Some(Origins { lines: vec![(0, node.first as usize)] });
        }
        if style != Style::Literal {
            return None;
        }
        literal(self.text, node.start as usize, self.scalar_text(node))
    }
}

/// Pairs the lines of a literal block with those of its source. `start` is at or before its first character that is not
/// blank, and behind its header.
fn literal(text: &str, start: usize, cooked: &str) -> Option<Origins> {
    let start = text.len() - text.get(start..)?.trim_start_matches([' ', '\n', '\r']).len();
    let first = cooked.len() - cooked.trim_start_matches([' ', '\n']).len();
    let before = cooked.get(..first)?;
    let first_line = before.rfind('\n').map_or(0, |at| at + 1);
    let source_line = text.get(..start)?.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let indent = (start - source_line).checked_sub(first - first_line)?;
    // blank lines at the top have nothing to point at but the first content
    let mut lines = Vec::from_iter((first_line > 0).then_some((0, source_line + indent)));
    let mut source = source_line;
    let mut inner = first_line;
    for line in cooked.get(first_line..)?.split_inclusive('\n') {
        let rest = text.get(source..)?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        lines.push((inner, source + indent.min(length)));
        inner += line.len();
        let crlf = rest.get(length..).is_some_and(|rest| rest.starts_with("\r\n"));
        source = (source + length + if crlf { 2 } else { 1 }).min(text.len());
    }
    Some(Origins { lines })
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, parse_first};

    #[test]
    fn every_character_of_a_literal_block_or_verbatim_scalar_is_found_again() {
        let texts = [
            "a: |\n  - x: y\n    z: é\n  - w\n",
            "a: |\n\n\n  x\n\n    y\n  z",
            "a: |2+\n     x\n   y\n\n",
            "a: |2\n\n     x\n",
            "a: |\r\n  x\r\n\r\n  y\r\n",
            "a: |\r  x\r  y\r",
            "a: plain text",
            "a: 'quoted'",
            "a:\n- |-\n x\n y\n",
        ];
        for text in texts {
            let tree = parse_first(text, &Limits::default()).unwrap().unwrap();
            let mut id = tree.get(tree.root(), "a").unwrap();
            if let Some([element]) = tree.sequence(id) {
                id = *element;
            }
            let (scalar, origins) = (tree.scalar(id).unwrap(), tree.origins(id).unwrap());
            for (at, character) in scalar.text.char_indices().filter(|(_, character)| *character != '\n') {
                let found = text.get(origins.place(at)..).unwrap().chars().next();
                assert_eq!(found, Some(character), "{text:?} at {at}");
            }
        }
        let tree = parse_first("a: >\n  x\n", &Limits::default()).unwrap().unwrap();
        assert_eq!(tree.origins(tree.get(tree.root(), "a").unwrap()), None);
        assert_eq!(tree.origins(tree.root()), None);
    }
}
