//! What loading met, counted on the way. Nothing is parsed for it: of what was passed over the kind is counted where the
//! shape of the text proved it.

use std::collections::BTreeMap;

/// What was met while loading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Texts, readable or not.
    pub files: usize,
    /// Documents that hold anything, and patches and kustomizations, whose documents are not told apart.
    pub documents: usize,
    /// Objects that were read or noted because of their kind, by the kind as written; those in lists each for itself.
    pub read: BTreeMap<String, usize>,
    /// Documents and objects that cannot matter, by kind; the empty kind is for those whose kind was not looked for.
    pub passed_over: BTreeMap<String, usize>,
    /// Kustomizations, which are not built.
    pub kustomizations: usize,
    /// Files that a kustomization names as patches, which are not read.
    pub patches: usize,
    /// Documents that are neither YAML nor JSON, and hold no trace of RBAC or aws-auth.
    pub unreadable_elsewhere: usize,
}

impl Counts {
    pub(super) fn read(&mut self, kind: &str) {
        count(&mut self.read, kind);
    }

    pub(super) fn passed_over(&mut self, kind: &str) {
        count(&mut self.passed_over, kind);
    }

    /// Adds what was met in one text more.
    pub(super) fn add(&mut self, other: &Self) {
        let Self { files, documents, read, passed_over, kustomizations, patches, unreadable_elsewhere } =
            other;
        self.files += files;
        self.documents += documents;
        self.kustomizations += kustomizations;
        self.patches += patches;
        self.unreadable_elsewhere += unreadable_elsewhere;
        for (kind, more) in read {
            count_more(&mut self.read, kind, *more);
        }
        for (kind, more) in passed_over {
            count_more(&mut self.passed_over, kind, *more);
        }
    }
}

fn count(counts: &mut BTreeMap<String, usize>, kind: &str) {
    count_more(counts, kind, 1);
}

fn count_more(counts: &mut BTreeMap<String, usize>, kind: &str, more: usize) {
    match counts.get_mut(kind) {
        Some(count) => *count += more,
        None => {
            counts.insert(kind.to_owned(), more);
        }
    }
}
