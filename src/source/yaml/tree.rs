//! The tree of one document: nodes in an arena, with text, style and byte span.
//! Must not know where the nodes came from (YAML or JSON) or what the document is about.

use super::resolve::{Resolved, ScalarRef, Style, Tag, plain_is_null};
use super::view::{Override, StoredField};
use std::collections::HashMap;
use std::ops::Range;

/// A node of one [`Tree`]; meaningless in any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What stands at a node. An alias shows what it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind<'a> {
    /// A scalar, as written.
    Scalar(ScalarRef<'a>),
    /// A list: its elements in order.
    Sequence(&'a [NodeId]),
    /// A mapping: see [`Tree::fields`] and [`Tree::get`].
    Mapping,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Scalar(Style),
    Sequence,
    Mapping,
    Alias,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    /// A scalar whose text is a range of `cooked`.
    Cooked,
    /// A collection that is not complete yet.
    Open,
    /// A collection in brackets.
    Flow,
}

/// Twenty bytes. `first` and `second` are, by shape: a range of text; start and length in `children` (for a mapping
/// its length is twice the number of pairs); the target of an alias.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) first: u32,
    pub(super) second: u32,
    pub(super) shape: Shape,
    pub(super) tag: Tag,
    pub(super) mark: Mark,
    /// Mapping: its fields differ from its pairs and stand in `views`.
    pub(super) viewed: bool,
}

/// One document, always convertible to JSON as upstream does it.
///
/// Aliases are kept as nodes with their own span that answer with what they stand for, so the tree is really a graph
/// without cycles. It never expands by itself; a walk over it visits at most what go-yaml's aliasing rule allows.
#[derive(Debug, Clone)]
pub struct Tree<'t> {
    pub(super) text: &'t str,
    pub(super) nodes: Vec<Node>,
    pub(super) children: Vec<NodeId>,
    pub(super) cooked: String,
    pub(super) views: HashMap<NodeId, Vec<StoredField>>,
    pub(super) overrides: Vec<Override>,
    pub(super) root: NodeId,
}

/// One effective field of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    /// The key as JSON has it: `1` is `1`, `yes` is `true`.
    pub key: &'a str,
    /// Where the key stands; for a merged field, in the mapping that was merged.
    pub key_node: NodeId,
    /// The value.
    pub value: NodeId,
}

impl<'t> Tree<'t> {
    /// The node that is the document.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// The whole text that all spans count in.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// How many nodes the document has, aliases included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Always false: a tree has a root.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What stands at `id`, through an alias.
    pub fn kind(&self, id: NodeId) -> Kind<'_> {
        let Some(node) = self.node(self.definition(id)) else { return Kind::Mapping };
        match node.shape {
            Shape::Scalar(style) => {
                Kind::Scalar(ScalarRef { text: self.scalar_text(node), style, tag: node.tag })
            }
            Shape::Sequence => Kind::Sequence(self.children_of(node)),
            Shape::Mapping | Shape::Alias => Kind::Mapping,
        }
    }

    /// The bytes of the text where `id` stands; for an alias, of the alias.
    ///
    /// Always in bounds and on character boundaries, and within the span of the collection that holds it. Quotes are
    /// included, anchors and tags are not. A block scalar starts with its content, not its header, and ends
    /// with its last character that is not blank; an absent value has an empty span.
    pub fn span(&self, id: NodeId) -> Range<usize> {
        self.node(id).map_or(0..0, |node| node.start as usize..node.end as usize)
    }

    /// The node that an alias stands for, itself for any other node. Two aliases of one anchor agree in this.
    pub fn definition(&self, id: NodeId) -> NodeId {
        match self.node(id) {
            Some(Node { shape: Shape::Alias, first, .. }) => NodeId(*first),
            _ => id,
        }
    }

    /// The scalar at `id`, or `None` for a collection.
    pub fn scalar(&self, id: NodeId) -> Option<ScalarRef<'_>> {
        match self.kind(id) {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Whether null stands at `id`.
    pub fn is_null(&self, id: NodeId) -> bool {
        let Some(node) = self.node(self.definition(id)) else { return false };
        let Shape::Scalar(style) = node.shape else { return false };
        match (node.tag, style) {
            // the longest spelling is `null`
            (Tag::None, Style::Plain) => {
                node.second - node.first <= 4 && plain_is_null(self.scalar_text(node).as_bytes())
            }
            (Tag::None, _) => false,
            (tag, _) => ScalarRef { text: self.scalar_text(node), style, tag }.resolve() == Resolved::Null,
        }
    }

    /// The elements of the list at `id`, or `None` for anything else.
    pub fn sequence(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.kind(id) {
            Kind::Sequence(elements) => Some(elements),
            _ => None,
        }
    }

    /// The effective fields of the mapping at `id`; none for anything else.
    ///
    /// Keys are converted as sigs.k8s.io/yaml does, merges applied as go-yaml v2 does (in document order, later wins;
    /// within a list of maps the earlier wins), and of equal keys only the last is left. The order is that of the
    /// winning keys.
    pub fn fields(&self, id: NodeId) -> Fields<'_> {
        let id = self.definition(id);
        let source = match self.node(id) {
            Some(node) if node.viewed => {
                Source::View(self.views.get(&id).map(Vec::as_slice).unwrap_or_default().iter())
            }
            Some(node) if node.shape == Shape::Mapping => {
                Source::Pairs(self.children_of(node).as_chunks::<2>().0.iter())
            }
            _ => Source::Pairs([].iter()),
        };
        Fields { tree: self, source }
    }

    /// The value of one field of the mapping at `id`. No allocation; one comparison for each field.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.get_field(id, key).map(|(_, value)| value)
    }

    /// Key node and value of one field of the mapping at `id`.
    pub fn get_field(&self, id: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
        let id = self.definition(id);
        let node = self.node(id)?;
        if node.viewed {
            let found = self.views.get(&id)?.iter().find(|field| self.view_key(field) == key)?;
            return Some((found.key_node, found.value));
        }
        if node.shape != Shape::Mapping {
            return None;
        }
        let (pairs, _) = self.children_of(node).as_chunks::<2>();
        let [key_node, value] = pairs.iter().find(|[key_node, _]| self.key_text(*key_node) == key)?;
        Some((*key_node, *value))
    }

    /// Every key of the document that is written but does not count, because the same key comes again or a merge
    /// replaces it. In the order of the mappings' ends.
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }

    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())
    }

    pub(super) fn children_of(&self, node: &Node) -> &[NodeId] {
        let from = node.first as usize;
        self.children.get(from..from + node.second as usize).unwrap_or_default()
    }

    pub(super) fn scalar_text(&self, node: &Node) -> &str {
        let source = if node.mark == Mark::Cooked { self.cooked.as_str() } else { self.text };
        source.get(node.first as usize..node.second as usize).unwrap_or_default()
    }

    fn key_text(&self, id: NodeId) -> &str {
        self.node(self.definition(id)).map_or("", |node| self.scalar_text(node))
    }

    fn view_key<'a>(&'a self, field: &'a StoredField) -> &'a str {
        match &field.key {
            Some(key) => key,
            None => self.key_text(field.key_node),
        }
    }
}

/// Iterator over the effective fields of a mapping; see [`Tree::fields`].
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    tree: &'a Tree<'a>,
    source: Source<'a>,
}

#[derive(Debug, Clone)]
enum Source<'a> {
    Pairs(std::slice::Iter<'a, [NodeId; 2]>),
    View(std::slice::Iter<'a, StoredField>),
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        match &mut self.source {
            Source::Pairs(pairs) => {
                let [key_node, value] = *pairs.next()?;
                Some(Field { key: self.tree.key_text(key_node), key_node, value })
            }
            Source::View(fields) => {
                let field = fields.next()?;
                let key = self.tree.view_key(field);
                Some(Field { key, key_node: field.key_node, value: field.value })
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.source {
            Source::Pairs(pairs) => pairs.size_hint(),
            Source::View(fields) => fields.size_hint(),
        }
    }
}

impl ExactSizeIterator for Fields<'_> {}
