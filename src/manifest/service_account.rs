//! Service accounts: noted while loading, read when somebody asks which there are.

use std::collections::BTreeSet;

use super::Loaded;
use crate::source::yaml::{Content, NodeId, Tree, parse_chunk};

impl Loaded {
    /// Namespace and name of each service account of the input.
    pub fn service_accounts(&self) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for noted in self.noted.iter().filter(|noted| noted.kind.starts_with("ServiceAccount")) {
            let text = self.sources.text(noted.stretch.file);
            let (content, _) = parse_chunk(text, noted.stretch.range.clone(), &self.options.limits);
            if let Content::Tree(tree) = content {
                self.accounts_in(&tree, tree.root(), noted.kind == "ServiceAccountList", &mut found);
            }
        }
        found
    }

    fn accounts_in(
        &self,
        tree: &Tree<'_>,
        node: NodeId,
        of_list: bool,
        found: &mut BTreeSet<(String, String)>,
    ) {
        if let Some(items) = tree.get(node, "items").and_then(|items| tree.sequence(items)) {
            for &item in items {
                self.accounts_in(tree, item, of_list, found);
            }
            return;
        }
        let text = |node: NodeId, field: &str| {
            let scalar = tree.get(node, field).and_then(|value| tree.scalar(value));
            scalar.map(|scalar| scalar.text.to_owned())
        };
        // the items of a typed list need not say what they are
        let is_account = text(node, "kind").map_or(of_list, |kind| kind == "ServiceAccount");
        let Some(metadata) = tree.get(node, "metadata").filter(|_| is_account) else { return };
        if let Some(name) = text(metadata, "name") {
            let namespace = text(metadata, "namespace").filter(|namespace| !namespace.is_empty());
            let namespace = namespace.unwrap_or_else(|| self.options.default_namespace.to_string());
            found.insert((namespace, name));
        }
    }
}
