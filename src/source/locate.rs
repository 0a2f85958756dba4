//! From an address to a stretch of text, by reading the object's document again; only for what is shown.

use std::ops::Range;

use super::yaml::{Content, Limits, NodeId, Tree, parse_chunk, parse_first};
use super::{Address, Sources, Step, Stretch};

impl Sources {
    /// The stretch of text of a part of an object. Where the part does not exist (an absent field), the nearest thing
    /// that holds it; none only where the object's text is not kept or cannot be read again.
    pub fn locate(&self, address: &Address) -> Option<Stretch> {
        let object = self.objects.get(address.origin.0 as usize)?;
        let text = self.text(object.file);
        let (content, _) = parse_chunk(text, self.document_of(object), &Limits::default());
        let Content::Tree(tree) = content else { return None };
        let root = follow(&tree, tree.root(), items_of(&object.items).iter()).0;
        let range = within(&tree, root, &address.route);
        Some(Stretch { file: object.file, range, document: object.document as usize })
    }
}

/// The way from a document's root to an object in it.
pub(super) fn items_of(items: &[u32]) -> Vec<Step> {
    items.iter().flat_map(|&item| [Step::Field("items"), Step::Item(item as usize)]).collect()
}

/// Goes as far along the route as there is something.
pub(super) fn follow<'s>(
    tree: &Tree<'_>,
    from: NodeId,
    mut route: impl Iterator<Item = &'s Step>,
) -> (NodeId, Option<&'s Step>) {
    let mut node = from;
    for step in route.by_ref() {
        let next = match step {
            Step::Field(name) => tree.get(node, name),
            Step::Key(name) => tree.get(node, name),
            Step::Item(index) => tree.sequence(node).and_then(|items| items.get(*index).copied()),
            Step::Inside | Step::Byte(_) => return (node, Some(step)),
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    (node, None)
}

fn within(tree: &Tree<'_>, root: NodeId, route: &[Step]) -> Range<usize> {
    let (node, stopped) = follow(tree, root, route.iter());
    let whole = tree.span(node);
    let Some(stopped) = stopped else { return whole };
    let Some(scalar) = tree.scalar(node) else { return whole };
    let inner = if let Step::Byte(byte) = stopped {
        Some(*byte..byte + 1)
    } else {
        let inner = parse_first(scalar.text, &Limits::default()).ok().flatten();
        inner.map(|inner| inner_range(&inner, route))
    };
    range_in_text(tree, node, inner)
}

/// The bytes of a part of a text's own document: what the route names behind the step inside.
pub(super) fn inner_range(inner: &Tree<'_>, route: &[Step]) -> Range<usize> {
    let after = route.iter().skip_while(|step| !matches!(step, Step::Inside)).skip(1);
    inner.span(follow(inner, inner.root(), after).0)
}

/// Bytes of the value of a scalar as bytes of the text around it; the whole scalar where that cannot be told.
pub(super) fn range_in_text(tree: &Tree<'_>, node: NodeId, inner: Option<Range<usize>>) -> Range<usize> {
    match (inner, tree.origins(node)) {
        (Some(inner), Some(origins)) if inner.start <= inner.end => {
            // the last byte and one more: the end itself may be the start of the next line
            let last = inner.end.saturating_sub(1).max(inner.start);
            let end = if inner.is_empty() { origins.place(inner.start) } else { origins.place(last) + 1 };
            origins.place(inner.start)..end.min(tree.text().len())
        }
        _ => tree.span(node),
    }
}
