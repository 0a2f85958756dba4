//! The items of a long list one by one: the same lines read by the same code as the whole list, with a tree for each
//! item. Must not know what an item is.

use super::{Level, Limits, Reader, Shape, has_only_usual_characters};
use crate::source::yaml::tree::{Kind, Tree};
use std::ops::Range;

/// Reads the items of a list in kubectl's layout: `- ` at column 0 below a key at column 0.
#[derive(Clone, Debug)]
pub(in crate::source::yaml) struct Items<'t> {
    reader: Reader<'t>,
    /// Where the content behind the items starts: they have to end exactly there.
    tail: usize,
    /// So many nodes may still come.
    nodes: usize,
}

impl<'t> Items<'t> {
    /// The items in `text[items]`, of a document that ends at `end`. None where the fast path would not read them.
    pub(in crate::source::yaml) fn new(
        text: &'t str,
        items: &Range<usize>,
        end: usize,
        limits: &Limits,
    ) -> Option<Self> {
        let bytes = text.as_bytes().get(..end)?;
        has_only_usual_characters(text.get(items.start..end)?).then_some(())?;
        let mut reader = Reader::new(text, limits, None)?;
        (reader.bytes, reader.at, reader.unchecked) = (bytes, items.start, items.start);
        reader.levels =
            vec![Level { indent: 0, shape: Shape::Mapping }, Level { indent: 0, shape: Shape::Sequence }];
        Some(Self { reader, tail: items.end, nodes: limits.nodes })
    }

    /// The next item, `Ok(None)` behind the last. An error says only that the list has to be read as a whole.
    pub(in crate::source::yaml) fn next(&mut self) -> Result<Option<Tree<'t>>, ()> {
        let Some((start, indent)) = self.reader.next_content() else {
            return if self.tail == self.reader.bytes.len() { Ok(None) } else { Err(()) };
        };
        if indent != 0 || !self.reader.is_dash(start) {
            return if indent == 0 && start == self.tail { Ok(None) } else { Err(()) };
        }
        let tree = self.item(start).ok_or(())?;
        self.nodes = self.nodes.checked_sub(tree.len()).ok_or(())?;
        Ok(Some(tree))
    }

    fn item(&mut self, start: usize) -> Option<Tree<'t>> {
        const OF_LIST: usize = 2;
        let reader = &mut self.reader;
        reader.builder.reserve(1 << 10);
        reader.item(start, 0)?;
        while let Some((start, indent)) = reader.next_content()
            && indent > 0
        {
            reader.line(start, indent)?;
        }
        if reader.waiting {
            return None;
        }
        while reader.levels.len() > OF_LIST {
            reader.levels.pop();
            reader.builder.close(None).ok()?;
        }
        let tree = reader.builder.finish().ok()??;
        // an item that is only named, or a list in the list, is for whoever sees the whole
        matches!(tree.kind(tree.root()), Kind::Mapping).then_some(tree)
    }
}
