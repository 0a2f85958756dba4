//! The documents of a text, and of long lists the items, each with a tree of its own: a dump of a whole cluster is one
//! document, and nobody needs all of it at once. Must not know what an item is.
//!
//! What `kubectl get -o yaml` and `-o json` write is read so: a list of the kind `List` of `v1` with nothing beside its
//! items but plain metadata, its end found from behind. Whatever turns out to be otherwise while the items are read
//! (a syntax error, something the fast path does not take, an end elsewhere) withdraws the whole list, which then comes as
//! any other document. Why the items of a list that is not withdrawn are those of the whole: the same code reads the same
//! lines in the same state, and what stands before and behind them is read as a list of no items.

use super::documents::{Chunk, Documents, Place};
use super::error::Limits;
use super::fast;
use super::json;
use super::tree::{Kind, Tree};
use std::ops::Range;

/// What stands before the items, or behind them, is not longer than this.
const AROUND: usize = 4096;

/// The kind and the version that a list has to have.
const LIST: (&str, &str) = ("List", "v1");

/// A part of a text.
#[derive(Debug)]
pub enum Part<'t> {
    /// A document.
    Document(Chunk<'t>),
    /// A list of the kind `List` of `v1`, whose items follow until [`Part::End`] or [`Part::Withdrawn`]. The chunk says
    /// where it is, and is otherwise empty.
    List(Chunk<'t>),
    /// The next item of the list: a mapping.
    Item(Tree<'t>),
    /// The list is complete.
    End,
    /// The list that was begun does not count, and comes as a document next.
    Withdrawn,
}

/// Iterator over the parts of a text.
#[derive(Debug)]
pub struct Parts<'t> {
    documents: Documents<'t>,
    /// Before the document of the list that is read.
    before: Option<Place<'t>>,
    items: Option<Items<'t>>,
}

/// The items of a list.
#[derive(Clone, Debug)]
pub(super) enum Items<'t> {
    Yaml(fast::Items<'t>),
    Json(json::Items<'t>),
}

impl<'t> Items<'t> {
    fn next(&mut self) -> Result<Option<Tree<'t>>, ()> {
        match self {
            Self::Yaml(items) => items.next(),
            Self::Json(items) => items.next(),
        }
    }

    /// The items of the YAML document that is `text[span]`, if it is laid out as kubectl does.
    pub(super) fn of_yaml(text: &'t str, span: &Range<usize>, limits: &Limits) -> Option<Self> {
        const KEY: &str = "items:\n";
        let chunk = text.get(span.clone())?;
        let head = chunk.as_bytes().get(..AROUND.min(chunk.len()))?;
        let key =
            memchr::memmem::find_iter(head, KEY).find(|at| *at == 0 || head.get(at - 1) == Some(&b'\n'))?;
        let first = key + KEY.len();
        chunk.get(first..)?.starts_with("- ").then_some(())?;
        let tail = end_of_last(chunk)?;
        let skeleton = format!("{}items: []\n{}", chunk.get(..key)?, chunk.get(tail..)?);
        let tree = fast::parse(&skeleton, &(0..skeleton.len()), limits)?;
        is_plain_list(&tree)?;
        let limits = &Limits { nodes: limits.nodes.checked_sub(tree.len())?, ..*limits };
        let items = span.start + first..span.start + tail;
        fast::Items::new(text, &items, span.end, limits).map(Self::Yaml)
    }

    /// The items of the JSON value that is all of the text from `start` on, if it is a list as kubectl writes it.
    pub(super) fn of_json(text: &'t str, start: usize, limits: &Limits) -> Option<Self> {
        const KEY: &str = "\"items\"";
        let bytes = text.as_bytes();
        let head = bytes.get(start..bytes.len().min(start + AROUND))?;
        let mut at = start + memchr::memmem::find(head, KEY.as_bytes())? + KEY.len();
        for wanted in [b':', b'['] {
            at = json::skip_blanks(bytes, at);
            (bytes.get(at) == Some(&wanted)).then_some(())?;
            at += 1;
        }
        let end = memchr::memrchr(b']', bytes)?;
        let (before, behind) = (text.get(start..at)?, text.get(end..)?);
        (behind.len() <= AROUND).then_some(())?;
        let skeleton = format!("{before}{behind}");
        let tree = json::parse_json(&skeleton, limits).ok()?;
        let items = is_plain_list(&tree)?;
        // the bracket that was found is that of the items
        (items == (before.len() - 1..before.len() + 1)).then_some(())?;
        let limits = &Limits { nodes: limits.nodes.checked_sub(tree.len())?, ..*limits };
        json::Items::new(text, at..end, limits).map(Self::Json)
    }
}

/// Where the content behind the last line that starts with `- ` and all that is indented below it starts.
fn end_of_last(chunk: &str) -> Option<usize> {
    let bytes = chunk.as_bytes();
    let mut at = memchr::memmem::rfind(bytes, b"\n- ")? + 1;
    loop {
        at = memchr::memchr(b'\n', bytes.get(at..)?).map_or(bytes.len(), |length| at + length + 1);
        match bytes.get(at) {
            Some(b' ' | b'\n' | b'#') => {}
            _ if bytes.len() - at > AROUND => return None,
            _ => return Some(at),
        }
    }
}

/// Where the empty items of a list stand that is of the kind that is meant, with no more than kubectl writes.
fn is_plain_list(tree: &Tree<'_>) -> Option<Range<usize>> {
    let root = tree.root();
    let is_text = |node| tree.scalar(node).is_some_and(|scalar| scalar.as_str().is_some());
    let is = |key: &str, wanted: &str| {
        let scalar = tree.get(root, key).and_then(|node| tree.scalar(node));
        scalar.is_some_and(|scalar| scalar.as_str() == Some(wanted))
    };
    let of_metadata = |node| {
        matches!(tree.kind(node), Kind::Mapping)
            && tree
                .fields(node)
                .all(|field| matches!(field.key, "resourceVersion" | "selfLink") && is_text(field.value))
    };
    let known = |key: &str| matches!(key, "apiVersion" | "kind" | "items" | "metadata");
    let is_plain = tree.overrides().is_empty()
        && tree.fields(root).all(|field| known(field.key))
        && is("kind", LIST.0)
        && is("apiVersion", LIST.1)
        && tree.get(root, "metadata").is_none_or(of_metadata);
    let items = tree.get(root, "items")?;
    (is_plain && tree.sequence(items).is_some_and(<[_]>::is_empty)).then(|| tree.span(items))
}

impl<'t> Parts<'t> {
    /// The parts of what `documents` reads, where lists of at least so many bytes come item by item.
    pub fn new(documents: Documents<'t>, least: usize) -> Self {
        Self { documents: documents.with_lists(least), before: None, items: None }
    }
}

impl<'t> Iterator for Parts<'t> {
    type Item = Part<'t>;

    fn next(&mut self) -> Option<Part<'t>> {
        if let Some(items) = &mut self.items {
            return Some(match items.next() {
                Ok(Some(item)) if item.overrides().is_empty() => Part::Item(item),
                Ok(None) => {
                    (self.items, self.before) = (None, None);
                    Part::End
                }
                // of a key that is written twice is told with the first object of the whole
                Ok(Some(_)) | Err(()) => {
                    self.items = None;
                    if let Some(before) = self.before.take() {
                        self.documents.back_without_lists(before);
                    }
                    Part::Withdrawn
                }
            });
        }
        let before = self.documents.place();
        let chunk = self.documents.next()?;
        self.items = self.documents.take_items();
        if self.items.is_none() {
            return Some(Part::Document(chunk));
        }
        self.before = Some(before);
        Some(Part::List(chunk))
    }
}
