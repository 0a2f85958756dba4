//! The built-in policy below what was read.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::loader::Loader;
use crate::finding::{Code, Finding, Severity};
use crate::model::builtin::{Edition, Object as Builtin};
use crate::source::{Origin, VirtualText};

impl Loader {
    pub(super) fn add_builtin(&mut self, edition: Edition) {
        let file = self.sources.add_virtual(edition.to_string(), move || {
            let manifest = edition.manifest();
            VirtualText { text: manifest.text, documents: manifest.documents }
        });
        let sources = &mut self.sources;
        let objects = edition.objects(|_, document| sources.register_virtual(file, document));
        self.cluster.builtin_from = objects.first().map(|object| match object {
            Builtin::Role(role) => role.origin,
            Builtin::Binding(binding) => binding.origin,
        });
        let mut replaced: BTreeMap<Origin, String> = BTreeMap::new();
        for object in objects {
            match object {
                Builtin::Role(role) => {
                    match self.cluster.roles.entry((role.namespace.clone(), role.name.clone())) {
                        Entry::Occupied(own) => {
                            replaced.insert(own.get().origin, format!("{} `{}`", role.kind(), role.name));
                        }
                        Entry::Vacant(slot) => {
                            slot.insert(role);
                        }
                    }
                }
                Builtin::Binding(binding) => {
                    match self.cluster.bindings.entry((binding.namespace.clone(), binding.name.clone())) {
                        Entry::Occupied(own) => {
                            replaced
                                .insert(own.get().origin, format!("{} `{}`", binding.kind(), binding.name));
                        }
                        Entry::Vacant(slot) => {
                            slot.insert(binding);
                        }
                    }
                }
            }
        }
        replaced.retain(|origin, _| !self.auto_update_off.contains(origin));
        let Some((first, _)) = replaced.first_key_value() else { return };
        let names: Vec<&str> = replaced.values().take(3).map(String::as_str).collect();
        let more =
            if replaced.len() > 3 { format!(" and {} more", replaced.len() - 3) } else { String::new() };
        let message = format!(
            "{}{more} stand in place of Kubernetes' defaults of these names; when it starts, the API server adds default rules and subjects that are missing here",
            names.join(", "),
        );
        self.findings.push(Finding::new(Code::DefaultReplaced, Severity::Note, first.at([]).into(), message));
    }
}
