//! Many addresses at once: each object is read again once, whatever is asked of it, several of them at the same time.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::ahead::in_pieces;
use super::locate::{follow, inner_range, item_alone, items_of, range_of};
use super::yaml::{Limits, NodeId, Origins, Tree, parse_again, parse_first};
use super::{Address, FileId, ObjectText, Place, Sources, Step, Stretch};

/// The lines of a text, counted from one place to the next: what is asked for lies close together.
#[derive(Clone, Copy)]
struct Lines<'t> {
    text: &'t str,
    /// A byte, and the line that it is in.
    known: (usize, usize),
}

impl<'t> Lines<'t> {
    const fn new(text: &'t str) -> Self {
        Self { text, known: (0, 1) }
    }

    /// The line of a byte, from 1.
    fn line(&mut self, byte: usize) -> usize {
        let bytes = self.text.as_bytes();
        let between = |from: usize, to: usize| {
            memchr::memchr_iter(b'\n', bytes.get(from..to).unwrap_or_default()).count()
        };
        let (from, line) = self.known;
        let line = if from <= byte { line + between(from, byte) } else { line - between(byte, from) };
        self.known = (byte, line);
        line
    }

    /// Line and column of a byte, both from 1; columns count characters.
    fn of(&mut self, byte: usize) -> (usize, usize) {
        let byte = byte.min(self.text.len());
        let line = self.line(byte);
        let head = self.text.as_bytes().get(..byte).unwrap_or_default();
        let head = memchr::memrchr(b'\n', head).and_then(|last| head.get(last + 1..)).unwrap_or(head);
        let column = if head.is_ascii() { head.len() } else { String::from_utf8_lossy(head).chars().count() };
        (line, column + 1)
    }
}

/// What is asked of one object.
struct Asked<'a> {
    object: &'a ObjectText,
    /// Its file's, known where the object starts.
    lines: Lines<'a>,
    /// Its number, with the positions of its addresses in the list of all.
    positions: &'a [(u32, u32)],
}

/// The place of an address, which is named by its position in the list of all.
type Found = (u32, Place);

impl Sources {
    /// The places of many parts of objects; those that have none are left out. Agrees with [`Sources::place`].
    pub fn places(&self, addresses: impl IntoIterator<Item = Address>) -> BTreeMap<Address, Place> {
        let mut addresses: Vec<Address> = addresses.into_iter().collect();
        addresses.sort();
        addresses.dedup();
        let places = self.places_of(&addresses.iter().collect::<Vec<_>>());
        addresses.into_iter().zip(places).filter_map(|(address, place)| Some((address, place?))).collect()
    }

    /// The place of each of many parts of objects, in the order in which they are given; none for those that have none.
    /// Agrees with [`Sources::place`].
    pub fn places_of(&self, addresses: &[&Address]) -> Vec<Option<Place>> {
        let numbered = (0u32..).zip(addresses).map(|(position, address)| (address.origin.0, position));
        let mut positions: Vec<(u32, u32)> = numbered.collect();
        positions.sort_unstable();
        let asked = self.asked(&positions);
        let mut places = vec![None; addresses.len()];
        let mut put = |found: Vec<Found>| {
            for (position, place) in found {
                if let Some(slot) = places.get_mut(position as usize) {
                    *slot = Some(place);
                }
            }
        };
        let mut together = Vec::new();
        for (found, left) in in_pieces(&asked, |piece| self.of_piece(piece, addresses)) {
            put(found);
            together.extend(left);
        }
        put(self.in_documents(together, addresses));
        places
    }

    /// The place of each of many stretches, in the order in which they are given. Agrees with [`Sources::place_of`].
    pub fn places_of_stretches(&self, stretches: &[&Stretch]) -> Vec<Place> {
        let mut order: Vec<usize> = (0..stretches.len()).collect();
        order.sort_by_key(|position| {
            stretches.get(*position).map(|stretch| (stretch.file, stretch.range.start))
        });
        let mut places = vec![Place::whole_file(); stretches.len()];
        let mut lines: Option<(FileId, Lines<'_>)> = None;
        for position in order {
            let (Some(&stretch), Some(place)) = (stretches.get(position), places.get_mut(position)) else {
                continue;
            };
            let (_, lines) = match &mut lines {
                Some(of_file) if of_file.0 == stretch.file => of_file,
                other => other.insert((stretch.file, Lines::new(self.text(stretch.file)))),
            };
            *place = self.placed(stretch, lines, String::new());
        }
        places
    }

    /// The place of a stretch of text.
    pub fn place_of(&self, stretch: &Stretch, path: String) -> Place {
        self.placed(stretch, &mut Lines::new(self.text(stretch.file)), path)
    }

    fn placed(&self, stretch: &Stretch, lines: &mut Lines<'_>, path: String) -> Place {
        let (line, column) = lines.of(stretch.range.start);
        let (end_line, end_column) = lines.of(stretch.range.end);
        Place {
            file: self.path(stretch.file).to_owned(),
            line,
            column,
            end_line,
            end_column,
            document: stretch.document,
            path,
            bytes: stretch.range.clone(),
        }
    }

    /// What is asked, which is in order of objects.
    fn asked<'a>(&'a self, positions: &'a [(u32, u32)]) -> Vec<Asked<'a>> {
        let of_objects = positions.chunk_by(|(one, _), (other, _)| one == other);
        let mut last: Option<(FileId, Lines<'_>)> = None;
        let asked = of_objects.filter_map(|positions| {
            let (number, _) = *positions.first()?;
            let object = self.objects.get(number as usize)?;
            let (_, lines) = match &mut last {
                Some(of_file) if of_file.0 == object.file => of_file,
                other => other.insert((object.file, Lines::new(self.text(object.file)))),
            };
            let start = if object.own.is_empty() { object.bytes.start } else { object.own.start };
            lines.line((start as usize).min(lines.text.len()));
            Some(Asked { object, lines: *lines, positions })
        });
        asked.collect()
    }

    /// The places of some objects, and what can only be read together with the rest of its document.
    fn of_piece<'a>(
        &self,
        piece: &'a [Asked<'a>],
        addresses: &[&Address],
    ) -> (Vec<Found>, Vec<&'a Asked<'a>>) {
        let (mut found, mut left) = (Vec::new(), Vec::new());
        for asked in piece {
            let text = asked.lines.text;
            if asked.object.items.is_empty() {
                let span = self.document_of(asked.object);
                if let Some(tree) = parse_again(text, span, &Limits::WIDEST) {
                    let mut parts = Parts::new(&tree, tree.root());
                    self.places_in(&mut parts, asked, addresses, &mut found);
                }
            } else if let Some((tree, item)) = item_alone(text, asked.object) {
                self.places_in(&mut Parts::new(&tree, item), asked, addresses, &mut found);
            } else {
                left.push(asked);
            }
        }
        (found, left)
    }

    /// The places in items of lists that can only be read together with the rest of their documents.
    fn in_documents(&self, asked: Vec<&Asked<'_>>, addresses: &[&Address]) -> Vec<Found> {
        let mut found = Vec::new();
        let mut by_document: BTreeMap<(FileId, u32, u32), Vec<&Asked<'_>>> = BTreeMap::new();
        for asked in asked {
            let Range { start, end } = asked.object.bytes;
            by_document.entry((asked.object.file, start, end)).or_default().push(asked);
        }
        for ((file, start, end), asked) in by_document {
            let Some(tree) = parse_again(self.text(file), start as usize..end as usize, &Limits::WIDEST)
            else {
                continue;
            };
            for asked in asked {
                let root = follow(&tree, tree.root(), items_of(&asked.object.items).iter()).0;
                self.places_in(&mut Parts::new(&tree, root), asked, addresses, &mut found);
            }
        }
        found
    }

    fn places_in(
        &self,
        parts: &mut Parts<'_, '_>,
        asked: &Asked<'_>,
        addresses: &[&Address],
        found: &mut Vec<Found>,
    ) {
        let mut lines = asked.lines;
        for &(_, position) in asked.positions {
            let Some(address) = addresses.get(position as usize) else { continue };
            let Asked { object, .. } = asked;
            let range = parts.range(&address.route);
            let stretch = Stretch { file: object.file, range, document: object.document as usize };
            let place = self.placed(&stretch, &mut lines, address.path());
            found.push((position, place));
        }
    }
}

/// The parts of one object. A text with hundreds of entries is read, and its lines are found, once for all of them.
struct Parts<'a, 't> {
    tree: &'a Tree<'t>,
    root: NodeId,
    inside: HashMap<NodeId, Option<Tree<'a>>>,
    origins: HashMap<NodeId, Option<Origins>>,
}

impl<'a, 't> Parts<'a, 't> {
    fn new(tree: &'a Tree<'t>, root: NodeId) -> Self {
        Self { tree, root, inside: HashMap::new(), origins: HashMap::new() }
    }

    /// The bytes of a part.
    fn range(&mut self, route: &[Step]) -> Range<usize> {
        let tree = self.tree;
        let (node, stopped) = follow(tree, self.root, route.iter());
        let inner = match (stopped, tree.scalar(node)) {
            (None, _) | (_, None) => None,
            (Some(Step::Byte(byte)), Some(_)) => Some(*byte..byte + 1),
            (Some(_), Some(scalar)) => {
                let inner = self.inside.entry(node);
                let inner = inner.or_insert_with(|| parse_first(scalar.text, &Limits::WIDEST).ok().flatten());
                inner.as_ref().map(|inner| inner_range(inner, route))
            }
        };
        let range = inner.and_then(|inner| {
            let origins = self.origins.entry(node).or_insert_with(|| tree.origins(node));
            range_of(tree, origins.as_ref()?, inner)
        });
        range.unwrap_or_else(|| tree.span(node))
    }
}
