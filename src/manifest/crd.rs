//! CustomResourceDefinitions: which types they add. Their schemas, megabytes of them, are not read.

use std::ops::Range;

use crate::model::resource_type::{CustomType, CustomVersion, ResourceTypes};
use crate::source::yaml::{Limits, NodeId, Tree, parse_without};

/// The kind of such an object.
pub(super) const KIND: &str = "CustomResourceDefinition";

/// The key below which the schemas of the versions stand.
const SCHEMA: &str = "openAPIV3Schema";

/// The built-in types and those that definitions add, of equal names the last.
pub(super) fn types(definitions: Vec<CustomType>) -> ResourceTypes {
    let mut types = ResourceTypes::default();
    for custom in definitions {
        types.add_crd(custom);
    }
    types
}

/// The type that a document defines that is a CustomResourceDefinition; none where it cannot be read or is incomplete.
pub(super) fn type_in_document(text: &str, span: Range<usize>, limits: &Limits) -> Option<CustomType> {
    let tree = parse_without(text, span, limits, SCHEMA)?;
    custom_type(&tree, tree.root())
}

/// The type that a CustomResourceDefinition defines; none where it is incomplete.
pub(super) fn custom_type(tree: &Tree<'_>, node: NodeId) -> Option<CustomType> {
    let text =
        |node: Option<NodeId>| node.and_then(|node| tree.scalar(node)).map(|scalar| scalar.text.to_owned());
    let list = |node: Option<NodeId>| -> Vec<NodeId> {
        node.and_then(|node| tree.sequence(node)).map(<[NodeId]>::to_vec).unwrap_or_default()
    };
    let spec = tree.get(node, "spec")?;
    let names = tree.get(spec, "names")?;
    let name = |field: &str| text(tree.get(names, field));
    let texts =
        |field: &str| list(tree.get(names, field)).into_iter().filter_map(|item| text(Some(item))).collect();
    let yes = |node: Option<NodeId>| text(node).as_deref() == Some("true");
    let mut versions: Vec<CustomVersion> = list(tree.get(spec, "versions"))
        .into_iter()
        .filter_map(|version| {
            let subresources = tree.get(version, "subresources");
            let has = |field: &str| subresources.is_some_and(|node| tree.get(node, field).is_some());
            Some(CustomVersion {
                name: text(tree.get(version, "name"))?,
                served: yes(tree.get(version, "served")),
                status: has("status"),
                scale: has("scale"),
            })
        })
        .collect();
    // v1beta1 could name its only version outside of the list
    let single = text(tree.get(spec, "version")).filter(|_| versions.is_empty());
    versions.extend(single.map(|name| CustomVersion { name, served: true, ..CustomVersion::default() }));
    Some(CustomType {
        group: text(tree.get(spec, "group"))?,
        plural: name("plural")?,
        singular: name("singular").unwrap_or_default(),
        kind: name("kind").unwrap_or_default(),
        short_names: texts("shortNames"),
        categories: texts("categories"),
        namespaced: text(tree.get(spec, "scope")).as_deref() != Some("Cluster"),
        versions,
    })
}
