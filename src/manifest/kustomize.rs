//! Kustomizations: not built, but read far enough to know which files are patches and so no objects.

use crate::source::yaml::{Kind, NodeId, Tree};

/// Whether a path is that of a kustomization.
pub(crate) fn is_kustomization(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("kustomization.yaml" | "kustomization.yml" | "Kustomization"))
}

/// The paths of the patches that a kustomization names, joined to its directory, with `.` and `..` resolved.
pub(crate) fn patches(tree: &Tree<'_>, path: &str) -> Vec<String> {
    let root = tree.root();
    let items = |field: &str| -> Vec<NodeId> {
        let list = tree.get(root, field).and_then(|list| tree.sequence(list));
        list.map(<[NodeId]>::to_vec).unwrap_or_default()
    };
    let text = |node: NodeId| tree.scalar(node).map(|scalar| scalar.text.to_owned());
    let mut named: Vec<String> = Vec::new();
    for field in ["patches", "patchesJson6902"] {
        named.extend(items(field).into_iter().filter_map(|item| tree.get(item, "path")).filter_map(text));
    }
    // an inline patch stands where a path could
    let strategic = items("patchesStrategicMerge").into_iter();
    named.extend(strategic.filter(|&item| matches!(tree.kind(item), Kind::Scalar(_))).filter_map(text));
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    named.into_iter().filter(|name| !name.contains('\n')).map(|name| joined(directory, &name)).collect()
}

fn joined(directory: &str, name: &str) -> String {
    let mut segments: Vec<&str> = directory.split('/').filter(|segment| !segment.is_empty()).collect();
    let absolute = directory.starts_with('/');
    for segment in name.split('/') {
        match segment {
            "" | "." => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, segments.join("/"))
}
