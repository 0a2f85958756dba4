//! The fields a mapping has to Kubernetes, where they differ from the pairs as written: merges, equal keys, keys that
//! are no strings. Must not know how the pairs were parsed.

use super::build::Builder;
use super::error::{Error, ErrorKind};
use super::number;
use super::resolve::{Resolved, plain_is_string};
use super::resolve::{Style, Tag};
use super::tree::{Node, NodeId, Shape};
use std::borrow::Cow;
use std::collections::HashMap;

/// A field of a mapping whose view is stored.
#[derive(Debug, Clone)]
pub(super) struct StoredField {
    /// The converted key, where it is not the text of the key node.
    pub(super) key: Option<Box<str>>,
    pub(super) key_node: NodeId,
    pub(super) value: NodeId,
    merged: bool,
}

/// A key that is written in a mapping but does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override {
    /// The key that lost.
    pub lost: NodeId,
    /// The key that counts instead. For [`OverrideReason::Merge`], the key in the mapping that was merged.
    pub winner: NodeId,
    /// Why.
    pub reason: OverrideReason,
}

/// Why a written key does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OverrideReason {
    /// The same key comes again later.
    Repeated,
    /// Two keys differ to YAML and are the same to JSON (`1` and `"1"`): upstream takes either, at random.
    Ambiguous,
    /// A `<<` further down brings the same key.
    Merge,
}

/// Whether the pairs of a mapping are its fields: every key a string of its own, none twice.
pub(super) fn is_simple(builder: &Builder<'_>, pairs: &[[NodeId; 2]]) -> bool {
    /// Among so many keys each is compared with those before it.
    const FEW: usize = 12;
    let key = |pair: &[NodeId; 2]| {
        let node = builder.node(pair[0])?;
        let text = builder.bytes_of(node);
        is_string_key(builder, node, text).then_some(text)
    };
    if pairs.len() > FEW {
        let mut seen = std::collections::HashSet::with_capacity(pairs.len());
        return pairs.iter().all(|pair| key(pair).is_some_and(|text| seen.insert(text)));
    }
    let mut looks = [0; FEW];
    pairs.iter().enumerate().all(|(place, pair)| {
        let Some(text) = key(pair) else { return false };
        let look = look_of(text);
        let alike = looks.get(..place).is_some_and(|before| before.contains(&look));
        if let Some(slot) = looks.get_mut(place) {
            *slot = look;
        }
        !(alike && pairs.iter().take(place).any(|other| key(other) == Some(text)))
    })
}

/// What tells most texts apart at a glance: how long they are, and how they begin and end.
fn look_of(text: &[u8]) -> u32 {
    let [.., low, high] = text.len().to_be_bytes();
    let (first, last) = (text.first().copied().unwrap_or_default(), text.last().copied().unwrap_or_default());
    u32::from_be_bytes([low, high, first, last])
}

fn is_string_key(builder: &Builder<'_>, node: &Node, bytes: &[u8]) -> bool {
    match (node.shape, node.tag) {
        (Shape::Scalar(Style::Plain), Tag::None) => {
            // whatever is no string of its own starts otherwise
            if matches!(bytes.first(), Some(b'a'..=b'e' | b'g'..=b'm' | b'p'..=b's' | b'u'..=b'x')) {
                return true;
            }
            let text = builder.text_of(node);
            text != "<<" && plain_is_string(text)
        }
        (Shape::Scalar(_), Tag::None) => true,
        _ => false,
    }
}

/// Builds the fields of a mapping that is not simple, and notes what lost.
///
/// Errors where upstream has none to offer: a collection, null or unsigned 64-bit number as key, and `<<` with
/// anything but a mapping or a list of mappings (go-yaml v2.4.2 `decode.go`, `mapping` and `merge`; sigs.k8s.io/yaml
/// 1.6.0 `convertToJSONableObject`).
pub(super) fn build(builder: &mut Builder<'_>, pairs: &[[NodeId; 2]]) -> Result<Vec<StoredField>, Error> {
    let mut view = View::default();
    for [key, value] in pairs {
        let node = builder.node(*key).filter(|node| node.shape != Shape::Alias);
        if node.and_then(|node| builder.scalar_of(node)).is_some_and(|scalar| scalar.is_merge()) {
            for source in merge_sources(builder, *value)? {
                merge(builder, &mut view, source)?;
            }
            continue;
        }
        let (text, type_of_key) = key_of(builder, *key)?;
        let own = own_text(builder, *key);
        let stored = (own != text).then(|| text.as_ref().into());
        view.put(
            text.into_owned(),
            type_of_key,
            StoredField { key: stored, key_node: *key, value: *value, merged: false },
        );
    }
    builder.add_overrides(view.overrides);
    Ok(view.fields.into_iter().flatten().map(|(field, _)| field).collect())
}

/// The type a key has in Go's map, where keys of different types are different even if they print alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyType {
    Str,
    Bool,
    Int,
    Float,
}

#[derive(Default)]
struct View {
    fields: Vec<Option<(StoredField, KeyType)>>,
    places: HashMap<String, usize>,
    overrides: Vec<Override>,
}

impl View {
    fn put(&mut self, text: String, key_type: KeyType, field: StoredField) {
        let winner = field.key_node;
        let merged = field.merged;
        let next = self.fields.len();
        self.fields.push(Some((field, key_type)));
        let Some(place) = self.places.insert(text, next) else { return };
        let Some((lost, lost_type)) = self.fields.get_mut(place).and_then(Option::take) else { return };
        let reason = match (lost_type == key_type, lost.merged, merged) {
            (false, ..) => OverrideReason::Ambiguous,
            (true, false, false) => OverrideReason::Repeated,
            (true, false, true) => OverrideReason::Merge,
            // what a merge brings may be replaced: that is its purpose
            (true, true, _) => return,
        };
        self.overrides.push(Override { lost: lost.key_node, winner, reason });
    }
}

fn merge(builder: &mut Builder<'_>, view: &mut View, source: NodeId) -> Result<(), Error> {
    let source = builder.definition(source);
    let stored = builder.view(source).map(<[StoredField]>::to_vec);
    let fields = stored.unwrap_or_else(|| {
        let pair = |[key_node, value]: &[NodeId; 2]| StoredField {
            key: None,
            key_node: *key_node,
            value: *value,
            merged: true,
        };
        builder.pairs(source).iter().map(pair).collect()
    });
    builder.charge_merge(fields.len(), source)?;
    for field in fields {
        let (text, key_type) = key_of(builder, field.key_node)?;
        view.put(text.into_owned(), key_type, StoredField { merged: true, ..field });
    }
    Ok(())
}

fn merge_sources(builder: &Builder<'_>, value: NodeId) -> Result<Vec<NodeId>, Error> {
    let refused = || {
        let at = builder.node(value).map_or(0, |node| node.start as usize);
        Error::new(
            ErrorKind::NotJson,
            at,
            "`<<` merges something that is neither a mapping nor a list of mappings",
        )
    };
    let is_mapping =
        |id: NodeId| builder.node(builder.definition(id)).is_some_and(|node| node.shape == Shape::Mapping);
    if is_mapping(value) {
        return Ok(vec![value]);
    }
    // an alias of a list is refused upstream as well, so this looks at the node itself
    let Some(node) = builder.node(value).filter(|node| node.shape == Shape::Sequence) else {
        return Err(refused());
    };
    let mut sources = builder.children_of(node).to_vec();
    if !sources.iter().all(|source| is_mapping(*source)) {
        return Err(refused());
    }
    sources.reverse();
    Ok(sources)
}

fn own_text<'a>(builder: &'a Builder<'_>, key: NodeId) -> &'a str {
    builder.node(builder.definition(key)).map_or("", |node| builder.text_of(node))
}

fn key_of<'a>(builder: &'a Builder<'_>, key: NodeId) -> Result<(Cow<'a, str>, KeyType), Error> {
    let at = builder.node(key).map_or(0, |node| node.start as usize);
    let refused = |what: &str| Error::new(ErrorKind::NotJson, at, format!("{what} cannot be a key"));
    let node = builder.node(builder.definition(key));
    let Some(scalar) = node.and_then(|node| builder.scalar_of(node)) else {
        return Err(refused("a list or mapping"));
    };
    match scalar.resolve() {
        Resolved::Null => Err(refused("null")),
        Resolved::UInt(_) => Err(refused("a number beyond 9223372036854775807")),
        Resolved::Bool(value) => Ok((Cow::Borrowed(if value { "true" } else { "false" }), KeyType::Bool)),
        Resolved::Int(value) => Ok((Cow::Owned(value.to_string()), KeyType::Int)),
        Resolved::Float(value) => Ok((Cow::Owned(number::key_text(value)), KeyType::Float)),
        Resolved::Str(text) => Ok((text, KeyType::Str)),
    }
}
