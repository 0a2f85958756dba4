//! What is in a cluster without anybody writing it, below what was read: Kubernetes' own objects, and the platform's.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Loaded;
use super::loader::Loader;
use crate::finding::{Code, Finding, Severity};
use crate::model::builtin::{Edition, Object as Builtin};
use crate::model::{Cluster, Platform};
use crate::source::{Origin, Sources, VirtualText};

/// Objects of the input that stand in place of built-in ones, by their origin, each as it is called.
type Replaced = BTreeMap<Origin, String>;

impl Loader {
    /// Kubernetes' own objects.
    pub(super) fn add_builtin(&mut self, edition: Edition) {
        let mut replaced = add(edition, &mut self.sources, &mut self.cluster);
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

    /// The platform's own objects, where they count. What was captured of them stands in their place, and is no finding:
    /// EKS does not promise to put them back.
    pub(super) fn add_platform(&mut self) {
        let known = &mut self.cluster.platform;
        let wanted = self.options.platform.is_some() || self.options.objects_of_inferred_platform;
        known.has_objects = known.platform == Platform::Eks && wanted;
        if known.has_objects {
            add(Edition::Eks, &mut self.sources, &mut self.cluster);
        }
    }
}

impl Loaded {
    /// Counts this cluster as one of the same platform as another, which was told by its input: two states of one
    /// cluster do not differ in who runs it. Does nothing where the platform was given, or is the same already.
    pub fn take_platform_of(&mut self, other: &Self) {
        let theirs = other.cluster.platform;
        let known = &mut self.cluster.platform;
        if theirs.platform == Platform::Eks && known.platform != Platform::Eks {
            *known = theirs;
            if theirs.has_objects {
                add(Edition::Eks, &mut self.sources, &mut self.cluster);
            }
        }
    }
}

/// Adds the objects of an edition whose names are not taken.
fn add(edition: Edition, sources: &mut Sources, cluster: &mut Cluster) -> Replaced {
    let file = sources.add_virtual(edition.to_string(), move || {
        let manifest = edition.manifest();
        VirtualText { text: manifest.text, documents: manifest.documents }
    });
    let objects = edition.objects(|_, document| sources.register_virtual(file, document));
    let first = objects.first().map(|object| match object {
        Builtin::Role(role) => role.origin,
        Builtin::Binding(binding) => binding.origin,
    });
    cluster.builtin_from = cluster.builtin_from.or(first);
    let mut replaced = Replaced::new();
    for object in objects {
        match object {
            Builtin::Role(role) => match cluster.roles.entry((role.namespace.clone(), role.name.clone())) {
                Entry::Occupied(own) => {
                    replaced.insert(own.get().origin, format!("{} `{}`", role.kind(), role.name));
                }
                Entry::Vacant(slot) => {
                    slot.insert(role);
                }
            },
            Builtin::Binding(binding) => {
                match cluster.bindings.entry((binding.namespace.clone(), binding.name.clone())) {
                    Entry::Occupied(own) => {
                        replaced.insert(own.get().origin, format!("{} `{}`", binding.kind(), binding.name));
                    }
                    Entry::Vacant(slot) => {
                        slot.insert(binding);
                    }
                }
            }
        }
    }
    replaced
}
