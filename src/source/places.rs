//! Many addresses at once: each document is read again once, whatever is asked of it.

use std::collections::{BTreeMap, HashMap};

use super::locate::{follow, inner_range, items_of, range_of};
use super::yaml::{Limits, NodeId, Origins, Tree, parse_again, parse_first};
use super::{Address, FileId, Origin, Place, Sources, Step};

/// The lines of a text, counted from one place to the next: what is asked for lies close together.
struct Lines<'t> {
    text: &'t str,
    /// A byte, and the line that it is in.
    known: (usize, usize),
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, known: (0, 1) }
    }

    /// Line and column of a byte, both from 1; columns count characters.
    fn of(&mut self, byte: usize) -> (usize, usize) {
        let byte = byte.min(self.text.len());
        let bytes = self.text.as_bytes();
        let between = |from: usize, to: usize| {
            memchr::memchr_iter(b'\n', bytes.get(from..to).unwrap_or_default()).count()
        };
        let (from, line) = self.known;
        let line = if from <= byte { line + between(from, byte) } else { line - between(byte, from) };
        self.known = (byte, line);
        let head = bytes.get(..byte).unwrap_or_default();
        let head = memchr::memrchr(b'\n', head).and_then(|last| head.get(last + 1..)).unwrap_or(head);
        (line, String::from_utf8_lossy(head).chars().count() + 1)
    }
}

impl Sources {
    /// The places of many parts of objects; those that have none are left out. Agrees with [`Sources::place`].
    pub fn places(&self, addresses: impl IntoIterator<Item = Address>) -> BTreeMap<Address, Place> {
        let mut by_document: BTreeMap<(FileId, usize, usize), Vec<Address>> = BTreeMap::new();
        for address in addresses {
            let Some(object) = self.objects.get(address.origin.0 as usize) else { continue };
            let bytes = self.document_of(object);
            by_document.entry((object.file, bytes.start, bytes.end)).or_default().push(address);
        }
        let mut places = BTreeMap::new();
        let mut lines: Option<(FileId, Lines<'_>)> = None;
        for ((file, start, end), mut addresses) in by_document {
            addresses.sort();
            addresses.dedup();
            let text = self.text(file);
            if lines.as_ref().is_none_or(|(known, _)| *known != file) {
                lines = Some((file, Lines::new(text)));
            }
            let Some((_, lines)) = &mut lines else { continue };
            if let Some(tree) = parse_again(text, start..end, &Limits::WIDEST) {
                self.places_in(&tree, file, lines, addresses, &mut places);
            }
        }
        places
    }

    fn places_in(
        &self,
        tree: &Tree<'_>,
        file: FileId,
        lines: &mut Lines<'_>,
        addresses: Vec<Address>,
        places: &mut BTreeMap<Address, Place>,
    ) {
        // a text with hundreds of entries is read, and its lines are found, once for all of them
        let mut inside: HashMap<NodeId, Option<Tree<'_>>> = HashMap::new();
        let mut origins: HashMap<NodeId, Option<Origins>> = HashMap::new();
        let mut root: Option<(Origin, NodeId)> = None;
        for address in addresses {
            let Some(object) = self.objects.get(address.origin.0 as usize) else { continue };
            let from = match root {
                Some((origin, node)) if origin == address.origin => node,
                _ => follow(tree, tree.root(), items_of(&object.items).iter()).0,
            };
            root = Some((address.origin, from));
            let (node, stopped) = follow(tree, from, address.route.iter());
            let inner = match (stopped, tree.scalar(node)) {
                (None, _) | (_, None) => None,
                (Some(Step::Byte(byte)), Some(_)) => Some(*byte..byte + 1),
                (Some(_), Some(scalar)) => {
                    let inner = inside
                        .entry(node)
                        .or_insert_with(|| parse_first(scalar.text, &Limits::WIDEST).ok().flatten());
                    inner.as_ref().map(|inner| inner_range(inner, &address.route))
                }
            };
            let range = inner.and_then(|inner| {
                let origins = origins.entry(node).or_insert_with(|| tree.origins(node));
                range_of(tree, origins.as_ref()?, inner)
            });
            let range = range.unwrap_or_else(|| tree.span(node));
            let (line, column) = lines.of(range.start);
            let (end_line, end_column) = lines.of(range.end);
            let place = Place {
                file: self.path(file).to_owned(),
                line,
                column,
                end_line,
                end_column,
                document: object.document as usize,
                path: address.to_string(),
                bytes: range,
            };
            places.insert(address, place);
        }
    }
}
