//! Typed reading of one object, as Kubernetes' decoder does it: no coercion, case-sensitive fields, unknown fields
//! dropped, null where something may be absent. What is wrong is collected with its address, and reading goes on.
//!
//! Upstream: Kubernetes 1.34, `sigs.k8s.io/json` as used by `apimachinery/pkg/runtime/serializer/json`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::metadata::is_qualified_name;
use super::object::At;
use crate::model::arn::equal_fold;
use crate::source::yaml::{Kind, NodeId, Resolved, Tree};
use crate::source::{Address, FileId, Origin, Step, Stretch};

/// Texts that occur often are kept once.
#[derive(Debug, Default)]
pub(crate) struct TextPool {
    empty: Arc<str>,
    texts: HashSet<Arc<str>, RandomState>,
    /// Room for the ways of readers.
    route: Vec<Step>,
    /// Keys of labels and annotations that are known to be valid: there are few, and they come with every object.
    keys: HashSet<Box<str>, RandomState>,
}

impl TextPool {
    pub(crate) fn share(&mut self, text: &str) -> Arc<str> {
        if text.is_empty() {
            return self.empty.clone();
        }
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let shared: Arc<str> = text.into();
        self.texts.insert(shared.clone());
        shared
    }

    /// Whether a key of labels or annotations is valid.
    pub(crate) fn is_qualified_name(&mut self, key: &str) -> bool {
        self.keys.contains(key) || is_qualified_name(key) && self.keys.insert(key.into())
    }
}

/// A key of a map of strings, and its value.
pub(crate) type Pair<'a> = (&'a str, Cow<'a, str>);

/// Something that keeps an object out of the cluster.
pub(crate) type Problem = (Address, String);

/// A field that Kubernetes does not know.
#[derive(Debug)]
pub(crate) struct UnknownField {
    pub(crate) key: String,
    pub(crate) stretch: Stretch,
    pub(crate) nearest: Option<&'static str>,
}

/// Reads the parts of one object.
pub(crate) struct Reader<'a> {
    pub(crate) tree: &'a Tree<'a>,
    pub(crate) texts: &'a mut TextPool,
    pub(crate) problems: Vec<Problem>,
    pub(crate) unknown: Vec<UnknownField>,
    /// Reads what was probably meant instead of what Kubernetes would read: for explaining refused objects.
    pub(crate) lenient: bool,
    /// What is read is an item of a list.
    pub(crate) is_item: bool,
    file: FileId,
    document: usize,
    origin: Origin,
    route: Vec<Step>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(tree: &'a Tree<'a>, texts: &'a mut TextPool, at: &At<'_>, origin: Origin) -> Self {
        let reader = Self::nowhere(tree, texts, !at.items.is_empty());
        Self { file: at.file, document: at.chunk.index, origin, ..reader }
    }

    /// A reader that does not know where it reads, for whoever does not look at addresses.
    pub(crate) fn nowhere(tree: &'a Tree<'a>, texts: &'a mut TextPool, is_item: bool) -> Self {
        let route = std::mem::take(&mut texts.route);
        Self {
            tree,
            texts,
            problems: Vec::new(),
            unknown: Vec::new(),
            lenient: false,
            is_item,
            file: FileId::default(),
            document: 0,
            origin: Origin::default(),
            route,
        }
    }

    /// What was wrong, and what is unknown.
    pub(crate) fn finish(self) -> (Vec<Problem>, Vec<UnknownField>) {
        self.texts.route = self.route;
        (self.problems, self.unknown)
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    /// The address of the part being read.
    pub(crate) fn here(&self) -> Address {
        self.origin.at(self.route.clone())
    }

    /// Notes that the part being read keeps the object out of the cluster.
    pub(crate) fn problem(&mut self, message: impl Into<String>) {
        if !self.lenient {
            let here = self.here();
            self.problems.push((here, message.into()));
        }
    }

    /// Reads something one step further in.
    pub(crate) fn within<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.route.push(step);
        let value = read(self);
        self.route.pop();
        value
    }

    /// The values of the known fields, in the order asked; a null value counts as absent.
    pub(crate) fn object<const N: usize>(
        &mut self,
        node: Option<NodeId>,
        known: [&'static str; N],
    ) -> [Option<NodeId>; N] {
        let mut values = [None; N];
        let Some(node) = self.present(node) else { return values };
        if !matches!(self.tree.kind(node), Kind::Mapping) {
            self.wrong_type(node, "an object");
            return values;
        }
        for field in self.tree.fields(node) {
            let exact = known.iter().position(|name| *name == field.key);
            let near = || known.iter().position(|name| name.eq_ignore_ascii_case(field.key));
            let found = if self.lenient { exact.or_else(near) } else { exact };
            match found.and_then(|position| values.get_mut(position)) {
                Some(slot) => *slot = Some(field.value),
                None => self.unknown.push(UnknownField {
                    key: field.key.to_owned(),
                    stretch: self.stretch(field.key_node),
                    nearest: near().and_then(|position| known.get(position).copied()),
                }),
            }
        }
        values.map(|value| self.present(value))
    }

    fn present(&self, node: Option<NodeId>) -> Option<NodeId> {
        node.filter(|&node| !self.tree.is_null(node))
    }

    /// A string; the empty text where there is none, or null.
    pub(crate) fn string(&mut self, node: Option<NodeId>) -> Arc<str> {
        let text = node.map(|node| self.text(node)).unwrap_or_default();
        self.texts.share(&text)
    }

    /// A string that is looked at and not kept: as [`Reader::string`].
    fn text(&mut self, node: NodeId) -> Cow<'a, str> {
        let Some(scalar) = self.tree.scalar(node) else {
            self.wrong_type(node, "a string");
            return Cow::Borrowed("");
        };
        if let Some(text) = scalar.as_str() {
            return Cow::Borrowed(text);
        }
        match scalar.resolve() {
            Resolved::Str(text) => text,
            Resolved::Null => Cow::Borrowed(""),
            _ => {
                self.wrong_type(node, "a string");
                Cow::Borrowed(if self.lenient { scalar.text } else { "" })
            }
        }
    }

    /// Checks that a field holds a string.
    pub(crate) fn check_string_in(&mut self, field: &'static str, node: Option<NodeId>) {
        if let Some(node) = node {
            self.within(Step::Field(field), |reader| reader.text(node));
        }
    }

    /// The string in a field.
    pub(crate) fn string_in(&mut self, field: &'static str, node: Option<NodeId>) -> Arc<str> {
        self.within(Step::Field(field), |reader| reader.string(node))
    }

    /// The elements of the list in a field; none where there is no list, or null.
    pub(crate) fn list_in<T>(
        &mut self,
        field: &'static str,
        node: Option<NodeId>,
        mut each: impl FnMut(&mut Self, NodeId) -> T,
    ) -> Vec<T> {
        self.within(Step::Field(field), |reader| {
            let Some(node) = reader.present(node) else { return Vec::new() };
            let Some(items) = reader.tree.sequence(node) else {
                reader.wrong_type(node, "a list");
                return if reader.lenient { vec![each(reader, node)] } else { Vec::new() };
            };
            let items = items.iter().enumerate();
            items
                .map(|(index, &item)| reader.within(Step::Item(index), |reader| each(reader, item)))
                .collect()
        })
    }

    /// The strings in a list in a field; a null element is the empty text.
    pub(crate) fn strings_in(&mut self, field: &'static str, node: Option<NodeId>) -> Vec<Arc<str>> {
        self.texts_in(field, node, |text| text)
    }

    /// The same, of which something is made.
    pub(crate) fn texts_in<T>(
        &mut self,
        field: &'static str,
        node: Option<NodeId>,
        make: impl Fn(Arc<str>) -> T,
    ) -> Vec<T> {
        self.list_in(field, node, |reader, item| make(reader.string(Some(item))))
    }

    /// The strings of a map in a field, in order of the keys.
    pub(crate) fn map_in(&mut self, field: &'static str, node: Option<NodeId>) -> Vec<(Arc<str>, Arc<str>)> {
        let pairs = self.pairs_in(field, node);
        self.share_pairs(&pairs)
    }

    /// Keeps the strings of a map.
    pub(crate) fn share_pairs(&mut self, pairs: &[Pair<'a>]) -> Vec<(Arc<str>, Arc<str>)> {
        pairs.iter().map(|(key, value)| (self.texts.share(key), self.texts.share(value))).collect()
    }

    /// The strings of a map in a field, in order of the keys, not kept.
    pub(crate) fn pairs_in(&mut self, field: &'static str, node: Option<NodeId>) -> Vec<Pair<'a>> {
        self.within(Step::Field(field), |reader| {
            let Some(node) = reader.present(node) else { return Vec::new() };
            let tree = reader.tree;
            if !matches!(tree.kind(node), Kind::Mapping) {
                reader.wrong_type(node, "an object");
                return Vec::new();
            }
            let mut pairs: Vec<_> =
                tree.fields(node).map(|field| (field.key, reader.text(field.value))).collect();
            pairs.sort();
            pairs
        })
    }

    /// Checks that a field holds a whole number.
    pub(crate) fn integer_in(&mut self, field: &'static str, node: Option<NodeId>) {
        self.scalar_in(field, node, "a whole number", |value| match value {
            Resolved::Int(_) => true,
            Resolved::UInt(number) => i64::try_from(*number).is_ok(),
            // JSON writes such a number without exponent and fraction, so that it reads as a whole one
            Resolved::Float(number) => number.fract() == 0.0 && number.abs() < 9.0e18,
            _ => false,
        });
    }

    /// Checks that a field holds a boolean.
    pub(crate) fn boolean_in(&mut self, field: &'static str, node: Option<NodeId>) {
        self.scalar_in(field, node, "a boolean", |value| matches!(value, Resolved::Bool(_)));
    }

    /// Checks that a field holds a string of some form.
    pub(crate) fn form_in(
        &mut self,
        field: &'static str,
        node: Option<NodeId>,
        what: &str,
        is_form: fn(&str) -> bool,
    ) {
        self.scalar_in(field, node, what, |value| matches!(value, Resolved::Str(text) if is_form(text)));
    }

    fn scalar_in(
        &mut self,
        field: &'static str,
        node: Option<NodeId>,
        what: &str,
        fits: impl Fn(&Resolved<'_>) -> bool,
    ) {
        let Some(node) = self.present(node) else { return };
        if !self.tree.scalar(node).is_some_and(|scalar| fits(&scalar.resolve())) {
            self.within(Step::Field(field), |reader| reader.wrong_type(node, what));
        }
    }

    /// Notes that a value has the wrong type.
    pub(crate) fn wrong_type(&mut self, node: NodeId, wanted: &str) {
        let found = match self.tree.kind(node) {
            Kind::Sequence(_) => "a list".to_owned(),
            Kind::Mapping => "an object".to_owned(),
            Kind::Scalar(scalar) => {
                let what = match scalar.resolve() {
                    Resolved::Null => "null",
                    Resolved::Bool(_) => "the boolean",
                    Resolved::Int(_) | Resolved::UInt(_) | Resolved::Float(_) => "the number",
                    Resolved::Str(_) => "the text",
                };
                format!("{what} `{}`", shortened(scalar.text))
            }
        };
        self.problem(format!("must be {wanted}, and is {found}"));
    }

    /// The stretch of text of a node.
    pub(crate) fn stretch(&self, node: NodeId) -> Stretch {
        Stretch { file: self.file, range: self.tree.span(node), document: self.document }
    }
}

/// The text, or its beginning where it is long.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// The text in a field; none where there is none, or something else than a text.
pub(crate) fn text_in<'t>(tree: &'t Tree<'_>, node: NodeId, field: &str) -> Option<Cow<'t, str>> {
    text_of(tree, tree.get(node, field)?)
}

/// The text of a value, if it is one.
pub(crate) fn text_of<'t>(tree: &'t Tree<'_>, node: NodeId) -> Option<Cow<'t, str>> {
    match tree.scalar(node)?.resolve() {
        Resolved::Str(text) => Some(text),
        _ => None,
    }
}

pub(crate) fn is_text_or_null(tree: &Tree<'_>, node: NodeId) -> bool {
    tree.scalar(node).is_some_and(|scalar| matches!(scalar.resolve(), Resolved::Str(_) | Resolved::Null))
}

/// A field beside `kind` or `apiVersion` whose name differs in letter case only, and which the API server takes for it.
///
/// To find out what it is given, the server reads these two fields with `encoding/json`, which folds case and lets the
/// last key in bytewise order win. Upstream: apimachinery 0.34.1, `pkg/runtime/serializer/json/meta.go`.
pub(crate) fn misread_field(tree: &Tree<'_>, node: NodeId) -> Option<(&'static str, String)> {
    // what is folded to `kind` or `apiVersion` begins so
    let may_be = |key: &str| matches!(key.as_bytes().first(), Some(b'A' | b'K' | b'a' | b'k' | 0x80..));
    let mut fields =
        tree.fields(node).filter(|field| may_be(field.key) && !matches!(field.key, "kind" | "apiVersion"));
    fields.find_map(|field| {
        let known = ["kind", "apiVersion"].into_iter().find(|known| equal_fold(field.key, known))?;
        let counts = field.key > known && text_in(tree, node, field.key) != text_in(tree, node, known);
        let is_null =
            tree.scalar(field.value).is_some_and(|scalar| matches!(scalar.resolve(), Resolved::Null));
        let misread = field.key != known && (!is_text_or_null(tree, field.value) || (counts && !is_null));
        misread.then(|| (known, format!("the API server takes `{}` for `{known}`", field.key)))
    })
}
