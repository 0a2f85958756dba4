//! From an address to a stretch of text, by reading the object's text again; only for what is shown.

use std::ops::Range;

use super::yaml::{Limits, NodeId, Origins, Tree, parse_again, parse_first};
use super::{Address, ObjectText, Sources, Step, Stretch};

impl Sources {
    /// The stretch of text of a part of an object. Where the part does not exist (an absent field), the nearest thing
    /// that holds it; none only where the object's text is not kept or cannot be read again.
    pub fn locate(&self, address: &Address) -> Option<Stretch> {
        let object = self.objects.get(address.origin.0 as usize)?;
        let text = self.text(object.file);
        let range = match item_alone(text, object) {
            Some((tree, item)) => within(&tree, item, &address.route),
            None => self.in_document(text, object, &address.route)?,
        };
        Some(Stretch { file: object.file, range, document: object.document as usize })
    }

    /// The bytes of a part of an object, by reading all of its document.
    fn in_document(&self, text: &str, object: &ObjectText, route: &[Step]) -> Option<Range<usize>> {
        let tree = parse_again(text, self.document_of(object), &Limits::WIDEST)?;
        let root = follow(&tree, tree.root(), items_of(&object.items).iter()).0;
        Some(within(&tree, root, route))
    }
}

/// So many bytes on the lines of an item are not its own: what is before its dash, and what is blank or a comment behind it.
const MARGIN: usize = 4096;

/// The tree of a list's item, read without the rest of the list, and the item in it.
///
/// The item is read as the only element of a list, from the start of its line on, or alone where it is in brackets. None
/// where that is not one value that takes exactly the item's bytes, as with an alias of something outside of it; nor where
/// other items share its lines, which would be read again with each of them.
pub(super) fn item_alone<'t>(text: &'t str, object: &ObjectText) -> Option<(Tree<'t>, NodeId)> {
    let own = object.own.start as usize..object.own.end as usize;
    if object.items.is_empty() || own.is_empty() {
        return None;
    }
    let in_brackets = text.get(own.clone())?.starts_with('{');
    let span = if in_brackets { own.clone() } else { lines_of(text, &own)? };
    let tree = parse_again(text, span, &Limits::WIDEST)?;
    let item = if in_brackets { Some(tree.root()) } else { tree.sequence(tree.root())?.first().copied() }?;
    (tree.span(item) == own).then_some((tree, item))
}

/// The whole lines of an item; none where much else is on them. A block of text knows where it ends only by the line
/// behind it.
fn lines_of(text: &str, own: &Range<usize>) -> Option<Range<usize>> {
    let (first, last) = (own.start.saturating_sub(MARGIN), (own.end + MARGIN).min(text.len()));
    let before = text.as_bytes().get(first..own.start)?;
    let start = match memchr::memrchr(b'\n', before) {
        Some(at) => first + at + 1,
        None if first == 0 => 0,
        None => return None,
    };
    let end = match memchr::memchr(b'\n', text.as_bytes().get(own.end..last)?) {
        Some(at) => own.end + at + 1,
        None if last == text.len() => last,
        None => return None,
    };
    Some(start..end)
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
        let inner = parse_first(scalar.text, &Limits::WIDEST).ok().flatten();
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
fn range_in_text(tree: &Tree<'_>, node: NodeId, inner: Option<Range<usize>>) -> Range<usize> {
    let range = inner.and_then(|inner| range_of(tree, &tree.origins(node)?, inner));
    range.unwrap_or_else(|| tree.span(node))
}

/// The same, once it is known where the lines of the scalar are.
pub(super) fn range_of(tree: &Tree<'_>, origins: &Origins, inner: Range<usize>) -> Option<Range<usize>> {
    if inner.start > inner.end {
        return None;
    }
    // the last byte and one more: the end itself may be the start of the next line
    let last = inner.end.saturating_sub(1).max(inner.start);
    let end = if inner.is_empty() { origins.place(inner.start) } else { origins.place(last) + 1 };
    Some(origins.place(inner.start)..end.min(tree.text().len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::yaml::documents;

    const YAML: &str = "# c\nkind: List\nitems:\n- kind: Role\n  rules:\n  - verbs: [get]\n    resources:\n    - \"pods\"\n\n- kind: ConfigMap\n  data:\n    mapRoles: |\n      - rolearn: a\n        groups:\n        - x\n- {kind: Role, rules: [{verbs: [a, b]}]}\n# c\nmetadata: {}\n";
    const INDENTED: &str = "items:\n  - kind: Role\n    rules:\n      - verbs: [get]\n  - data:\n      mapRoles: |-\n        - rolearn: a\n          groups: [b]";
    const JSON: &str = "{\"kind\": \"List\", \"items\": [{\"rules\": [{\"verbs\": [\"a\\/b\", \"c\"]}]},\n {\"data\": {\"mapRoles\": \"- rolearn: a\"}}]}";
    const ALIASES: &str = "x: &v [get, list]\nitems:\n- &r\n  rules:\n  - verbs: *v\n- *r\n- - a\n";

    fn routes() -> Vec<Vec<Step>> {
        let rule = [Step::Field("rules"), Step::Item(0)];
        let mapping = [Step::Field("data"), Step::Field("mapRoles"), Step::Inside, Step::Item(0)];
        let verb = |number| [&rule[..], &[Step::Field("verbs"), Step::Item(number)]].concat();
        let group = [&mapping[..], &[Step::Field("groups"), Step::Item(0)]].concat();
        vec![vec![], rule.to_vec(), verb(0), verb(1), vec![Step::Field("kind")], mapping.to_vec(), group]
    }

    /// Finds all parts of all items in both ways, and tells how many items could be read alone.
    fn alone(text: &str) -> usize {
        let mut sources = Sources::default();
        let file = sources.add("a");
        sources.keep(file, text.to_owned());
        let chunk = documents(text, &Limits::default()).without_prefilter().last().unwrap();
        let tree = parse_again(text, chunk.span.clone(), &Limits::default()).unwrap();
        let items = tree.sequence(tree.get(tree.root(), "items").unwrap()).unwrap();
        let (mut alone, mut addresses) = (0, Vec::new());
        for (number, item) in items.iter().enumerate() {
            let own = tree.span(*item);
            let origin = sources.register(file, chunk.index, &chunk.span, &[number], &own);
            let object = sources.objects.last().unwrap();
            alone += usize::from(item_alone(text, object).is_some());
            for route in routes() {
                let expected = sources.in_document(text, object, &route);
                let found = sources.locate(&origin.at(route.clone())).map(|stretch| stretch.range);
                assert_eq!(found, expected, "{route:?} of {text:?}");
                addresses.push(origin.at(route));
            }
        }
        // in any order, and some of them twice
        addresses.reverse();
        addresses.extend_from_within(..3);
        let places = sources.places_of(&addresses.iter().collect::<Vec<_>>());
        let expected: Vec<_> = addresses.iter().map(|address| sources.place(address)).collect();
        assert_eq!(places, expected, "{text:?}");
        let stretches: Vec<_> = addresses.iter().map(|address| sources.locate(address).unwrap()).collect();
        let places = sources.places_of_stretches(&stretches.iter().collect::<Vec<_>>());
        let expected = stretches.iter().map(|stretch| sources.place_of(stretch, String::new()));
        assert_eq!(places, expected.collect::<Vec<_>>(), "{text:?}");
        alone
    }

    #[test]
    fn the_parts_of_an_item_are_found_without_the_rest_of_its_list() {
        assert_eq!((alone(YAML), alone(INDENTED), alone(JSON), alone(ALIASES)), (3, 2, 2, 1));
    }

    #[test]
    fn much_beside_an_item_is_not_read_again_with_it() {
        let blank = " ".repeat(MARGIN);
        assert_eq!(alone(&format!("items:\n- kind: Role{blank}#\n- kind: Role\n")), 1);
    }

    #[test]
    fn the_parts_of_many_objects_are_found_in_pieces() {
        let items: Vec<String> = (0..1000).map(|item| format!("- kind: Rôle{item}\n  a: é\n")).collect();
        let text = items.concat();
        let mut sources = Sources::default();
        let file = sources.add("a");
        sources.keep(file, text.clone());
        let tree = parse_again(&text, 0..text.len(), &Limits::default()).unwrap();
        let objects: Vec<Address> = tree
            .sequence(tree.root())
            .unwrap()
            .iter()
            .enumerate()
            .map(|(number, item)| sources.register(file, 0, &(0..text.len()), &[number], &tree.span(*item)))
            .map(|origin| origin.at([Step::Field("a")]))
            .collect();
        let places = sources.places_of(&objects.iter().rev().collect::<Vec<_>>());
        for (number, place) in places.into_iter().rev().enumerate() {
            let place = place.unwrap();
            let at = (place.line, place.column, place.end_line, place.end_column);
            assert_eq!(at, (2 * number + 2, 6, 2 * number + 2, 7));
        }
    }
}
