//! Builds a [`Tree`] from nodes in document order; the YAML and the JSON reader both feed it.
//! Must not know either syntax.

use super::check;
use super::error::{Error, ErrorKind, Limits};
use super::resolve::{Resolved, ScalarRef, Style, Tag};
use super::tree::{Mark, Node, NodeId, Shape, Tree};
use super::view::{self, Override, StoredField};
use std::collections::HashMap;
use std::ops::Range;

/// Where the text of a scalar is.
#[derive(Debug)]
pub(super) enum Cooked<'a> {
    /// In the source, as it reads.
    Verbatim(Range<usize>),
    /// Not in the source in this form.
    Owned(&'a str),
}

#[derive(Clone, Debug)]
struct Open {
    node: NodeId,
    from: usize,
}

/// A tree under construction. All offsets count in the whole text.
#[derive(Clone, Debug)]
pub(super) struct Builder<'t> {
    tree: Tree<'t>,
    pending: Vec<NodeId>,
    open: Vec<Open>,
    aliases: usize,
    merged: usize,
    nodes_limit: usize,
    aliases_limit: usize,
}

impl<'t> Builder<'t> {
    /// Starts a tree over `text`, which has to be shorter than 4 GiB.
    pub(super) fn new(text: &'t str, limits: &Limits) -> Result<Self, Error> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::new(ErrorKind::Limit, 0, "the text is longer than 4 GiB"));
        }
        Ok(Self {
            tree: empty(text),
            pending: Vec::new(),
            open: Vec::new(),
            aliases: 0,
            merged: 0,
            nodes_limit: limits.nodes.min(u32::MAX as usize),
            aliases_limit: limits.aliases,
        })
    }

    /// Makes room for the tree of a small document of so many bytes; a large one grows as it goes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        let nodes = (bytes / 12 + 8).min(1024);
        self.tree.nodes.reserve(nodes);
        self.tree.children.reserve(nodes);
        self.pending.reserve(32);
        self.open.reserve(16);
    }

    /// Adds a scalar. Errors where its tag does not fit or its value is a number that JSON cannot hold.
    pub(super) fn scalar(
        &mut self,
        span: Range<usize>,
        text: Cooked<'_>,
        style: Style,
        tag: Tag,
    ) -> Result<NodeId, Error> {
        let (range, mark) = match text {
            Cooked::Verbatim(range) => (range, Mark::None),
            Cooked::Owned(text) => {
                let start = self.tree.cooked.len();
                self.tree.cooked.push_str(text);
                (start..self.tree.cooked.len(), Mark::Cooked)
            }
        };
        let (first, second) = (offset(range.start, span.start)?, offset(range.end, span.start)?);
        let node = Node { first, second, tag, mark, ..blank(&span, Shape::Scalar(style)) };
        self.check_scalar(&node, span.start)?;
        let id = self.push(node)?;
        self.pending.push(id);
        Ok(id)
    }

    /// Adds a scalar without a tag that reads as it stands in the source: what [`Builder::scalar`] does, in fewer steps.
    pub(super) fn verbatim(
        &mut self,
        span: &Range<usize>,
        text: &Range<usize>,
        style: Style,
    ) -> Result<(), Error> {
        let node =
            Node { first: clip(text.start), second: clip(text.end), ..blank(span, Shape::Scalar(style)) };
        // without a tag only a number that is none of JSON's is refused
        let first = self.tree.text.as_bytes().get(text.start);
        if style == Style::Plain && matches!(first, Some(b'.' | b'+' | b'-')) {
            self.check_scalar(&node, span.start)?;
        }
        let id = self.push(node)?;
        self.pending.push(id);
        Ok(())
    }

    /// Opens a collection; `span` may be anything that starts where it starts.
    pub(super) fn open(&mut self, span: &Range<usize>, shape: Shape) -> Result<NodeId, Error> {
        let id = self.push(Node { mark: Mark::Open, ..blank(span, shape) })?;
        self.open.push(Open { node: id, from: self.pending.len() });
        Ok(id)
    }

    /// Closes the innermost collection. With `end` it is one in brackets; without it ends where its last child does.
    pub(super) fn close(&mut self, end: Option<usize>) -> Result<(), Error> {
        let Some(Open { node: id, from }) = self.open.pop() else { return Ok(()) };
        let first = offset(self.tree.children.len(), 0)?;
        self.tree.children.extend(self.pending.drain(from..));
        let members = self.tree.children.get(first as usize..).unwrap_or_default();
        let span_of = |id: &NodeId| self.tree.node(*id).map(|node| (node.start, node.end));
        let (head, tail) = (members.first().and_then(span_of), members.last().and_then(span_of));
        let second = offset(members.len(), 0)?;
        let viewed = self.close_mapping(id, first)?;
        let Some(node) = self.tree.nodes.get_mut(id.index()) else { return Ok(()) };
        let last = tail.map_or(node.start, |(_, end)| end);
        node.start = head.map_or(node.start, |(start, _)| start.min(node.start));
        node.end = end.map_or(last, |end| u32::try_from(end).unwrap_or(last)).max(last).max(node.start);
        (node.first, node.second, node.viewed) = (first, second, viewed);
        node.mark = if end.is_some() { Mark::Flow } else { Mark::None };
        self.pending.push(id);
        Ok(())
    }

    /// Adds an alias. Errors where its target is still open, which would make the document contain itself.
    pub(super) fn alias(&mut self, span: &Range<usize>, target: NodeId) -> Result<(), Error> {
        let target = self.tree.definition(target);
        let open = self.tree.node(target).is_some_and(|node| node.mark == Mark::Open);
        if open {
            return Err(Error::new(
                ErrorKind::NotJson,
                span.start,
                "an alias inside the value that it stands for",
            ));
        }
        self.aliases += 1;
        let id = self.push(Node { first: target.0, ..blank(span, Shape::Alias) })?;
        self.pending.push(id);
        Ok(())
    }

    /// Whether the innermost collection is a mapping, and if so whether it waits for a value.
    fn waits_for_value(&self) -> Option<bool> {
        let open = self.open.last()?;
        let node = self.tree.node(open.node)?;
        (node.shape == Shape::Mapping).then(|| (self.pending.len() - open.from) % 2 == 1)
    }

    /// The finished tree, or `None` if nothing was added. Errors on excessive aliasing. Then another may be built over the same
    /// text.
    pub(super) fn finish(&mut self) -> Result<Option<Tree<'t>>, Error> {
        let root = self.pending.first().copied();
        let next = empty(self.tree.text);
        let mut tree = std::mem::replace(&mut self.tree, next);
        self.pending.clear();
        self.open.clear();
        self.merged = 0;
        let aliases = std::mem::take(&mut self.aliases);
        let Some(root) = root else { return Ok(None) };
        tree.root = root;
        if aliases > 0 {
            check::aliasing(&tree, self.aliases_limit)?;
        }
        Ok(Some(tree))
    }

    /// Whether nothing was added yet.
    pub(super) fn is_empty(&self) -> bool {
        self.tree.nodes.is_empty()
    }

    fn push(&mut self, node: Node) -> Result<NodeId, Error> {
        let next = self.tree.nodes.len();
        if next >= self.nodes_limit {
            return Err(self.too_many(&node));
        }
        self.tree.nodes.push(node);
        // the limit is below 2^32, see `Builder::new`
        Ok(NodeId(clip(next)))
    }

    #[cold]
    fn too_many(&self, node: &Node) -> Error {
        let message = format!("the document has more than {} nodes", self.nodes_limit);
        Error::new(ErrorKind::Limit, node.start as usize, message)
    }

    fn check_scalar(&self, node: &Node, at: usize) -> Result<(), Error> {
        if node.tag == Tag::None {
            let bytes = self.bytes_of(node);
            let suspicious = bytes.len() <= 5 && matches!(bytes, [b'.' | b'+' | b'-', _, ..]);
            if !suspicious || node.shape != Shape::Scalar(Style::Plain) {
                return Ok(());
            }
        }
        let text = self.text_of(node);
        let Some(scalar) = self.scalar_of(node) else { return Ok(()) };
        match scalar.try_resolve() {
            Err(message) => Err(Error::new(ErrorKind::NotJson, at, message)),
            // as a key it becomes text
            Ok(Resolved::Float(value)) if !value.is_finite() && self.waits_for_value() != Some(false) => {
                Err(Error::new(ErrorKind::NotJson, at, format!("`{text}` is no number that JSON can hold")))
            }
            Ok(_) => Ok(()),
        }
    }

    fn close_mapping(&mut self, id: NodeId, first: u32) -> Result<bool, Error> {
        if self.tree.node(id).is_none_or(|node| node.shape != Shape::Mapping) {
            return Ok(false);
        }
        let pairs = self.tree.children.get(first as usize..).unwrap_or_default().as_chunks::<2>().0;
        if view::is_simple(self, pairs) {
            return Ok(false);
        }
        let pairs = pairs.to_vec();
        let fields = view::build(self, &pairs)?;
        self.tree.views.insert(id, fields);
        Ok(true)
    }

    /// Counts fields that a merge copies. go-yaml decodes each of them again and gives up on more than this.
    pub(super) fn charge_merge(&mut self, fields: usize, source: NodeId) -> Result<(), Error> {
        self.merged += fields;
        if self.merged > 400_000 + self.tree.nodes.len() {
            let at = self.tree.span(source).start;
            return Err(Error::new(ErrorKind::Limit, at, check::EXCESSIVE_ALIASING));
        }
        Ok(())
    }

    pub(super) fn add_overrides(&mut self, overrides: Vec<Override>) {
        self.tree.overrides.extend(overrides);
    }

    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.tree.node(id)
    }

    pub(super) fn definition(&self, id: NodeId) -> NodeId {
        self.tree.definition(id)
    }

    pub(super) fn children_of(&self, node: &Node) -> &[NodeId] {
        self.tree.children_of(node)
    }

    pub(super) fn pairs(&self, id: NodeId) -> &[[NodeId; 2]] {
        self.tree.node(id).map_or(&[], |node| self.tree.children_of(node).as_chunks::<2>().0)
    }

    pub(super) fn view(&self, id: NodeId) -> Option<&[StoredField]> {
        self.tree.views.get(&id).map(Vec::as_slice)
    }

    pub(super) fn text_of(&self, node: &Node) -> &str {
        self.tree.scalar_text(node)
    }

    /// The same in bytes, without looking for the edges of characters.
    pub(super) fn bytes_of(&self, node: &Node) -> &[u8] {
        let source = if node.mark == Mark::Cooked { self.tree.cooked.as_str() } else { self.tree.text };
        source.as_bytes().get(node.first as usize..node.second as usize).unwrap_or_default()
    }

    pub(super) fn scalar_of(&self, node: &Node) -> Option<ScalarRef<'_>> {
        let Shape::Scalar(style) = node.shape else { return None };
        Some(ScalarRef { text: self.tree.scalar_text(node), style, tag: node.tag })
    }
}

fn empty(text: &str) -> Tree<'_> {
    Tree {
        text,
        nodes: Vec::new(),
        children: Vec::new(),
        cooked: String::new(),
        views: HashMap::new(),
        overrides: Vec::new(),
        root: NodeId(0),
    }
}

fn blank(span: &Range<usize>, shape: Shape) -> Node {
    let (start, end) = (clip(span.start), clip(span.end));
    Node { start, end, first: 0, second: 0, shape, tag: Tag::None, mark: Mark::None, viewed: false }
}

/// A place in the text, which is shorter than 4 GiB: see `Builder::new`.
fn clip(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn offset(value: usize, at: usize) -> Result<u32, Error> {
    u32::try_from(value).map_err(|_| Error::new(ErrorKind::Limit, at, "the document is too large"))
}
