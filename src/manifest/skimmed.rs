//! A file as far as it can be read without knowing the files before it: of most it can be told by bytes alone that nothing
//! in them matters. So many files can be looked at at once.

use super::counts::Counts;
use super::loader::{Loader, Noted};
use super::{crd, kustomize};
use crate::model::resource_type::CustomType;
use crate::source::Stretch;
use crate::source::yaml::{Content, Limits, Undecodable, decode, plain_text, skim};

/// A file that was read, to be given to [`Loader::add_skimmed`].
#[derive(Debug)]
pub struct Skimmed(pub(super) Look);

#[derive(Debug)]
pub(super) enum Look {
    /// Something in it has to be parsed, or to be said.
    Whole(Result<String, Undecodable>),
    /// Nothing in it has to be parsed.
    PassedOver(PassedOver),
}

/// What is told of a file of which nothing was parsed.
#[derive(Debug, Default)]
pub(super) struct PassedOver {
    counts: Counts,
    noted: Vec<Part>,
    custom_types: Vec<CustomType>,
    /// Its text, if something was noted.
    text: String,
}

#[derive(Debug)]
struct Part {
    kind: String,
    range: std::ops::Range<usize>,
    document: usize,
}

impl Skimmed {
    /// Looks at a file without keeping anything of its bytes. None where that will not do: then [`Skimmed::whole`] has to
    /// have them. Whatever it finds, [`Loader::add_skimmed`] then does what [`Loader::add`] would have done.
    pub fn at(path: &str, bytes: &[u8], limits: &Limits) -> Option<Self> {
        let text = plain_text(bytes)?;
        let mut found = pass_over(path, text, limits)?;
        if !found.noted.is_empty() {
            text.clone_into(&mut found.text);
        }
        Some(Self(Look::PassedOver(found)))
    }

    /// A file that is read in full.
    pub fn whole(bytes: Vec<u8>) -> Self {
        Self(Look::Whole(decode(bytes)))
    }

    /// About how many bytes it holds.
    pub fn weight(&self) -> usize {
        match &self.0 {
            Look::Whole(Ok(text)) => text.len(),
            Look::Whole(Err(no_text)) => no_text.bytes.len(),
            Look::PassedOver(found) => found.text.len(),
        }
    }
}

fn pass_over(path: &str, text: &str, limits: &Limits) -> Option<PassedOver> {
    if kustomize::is_kustomization(path) {
        return None;
    }
    let mut found = PassedOver::default();
    for chunk in skim(text, limits)? {
        found.counts.documents += usize::from(!matches!(chunk.content, Content::Empty));
        match chunk.content {
            Content::Skipped(kind) => found.counts.passed_over(kind.unwrap_or_default()),
            Content::Noted(crd::KIND) => {
                found.counts.read(crd::KIND);
                found.custom_types.extend(crd::type_in_document(text, chunk.span, limits));
            }
            Content::Noted(kind) => {
                found.counts.read(kind);
                found.noted.push(Part { kind: kind.to_owned(), range: chunk.span, document: chunk.index });
            }
            Content::Empty | Content::Tree(_) | Content::Error(_) => {}
        }
    }
    Some(found)
}

impl Loader {
    /// Reads one text that was already looked at.
    pub fn add_skimmed(&mut self, path: &str, file: Skimmed) {
        let found = match file.0 {
            Look::Whole(text) => return self.add_decoded(path, text),
            Look::PassedOver(found) => found,
        };
        let file = self.begin(path);
        if self.pass_over_patch(path) {
            return;
        }
        self.counts.add(&found.counts);
        self.custom_types.extend(found.custom_types);
        if !found.noted.is_empty() {
            self.sources.keep(file, found.text);
        }
        self.noted.extend(found.noted.into_iter().map(|part| Noted {
            kind: part.kind,
            stretch: Stretch { file, range: part.range, document: part.document },
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Loaded, Options};
    use std::fs;
    use std::path::Path;

    const TEXTS: [(&str, &str); 12] = [
        ("empty.yaml", ""),
        ("blank.yaml", "# nothing\n---\n\n---\n"),
        ("passed.yaml", "kind: Deployment\nspec:\n  a: b\n---\nkind: Service\n---\na: b\n"),
        ("noted.yaml", "kind: Namespace\nmetadata:\n  name: a\n---\nkind: Deployment\na: b\n"),
        ("marked.yaml", "\u{FEFF}kind: ServiceAccount\nmetadata:\n  name: a\n"),
        ("role.yaml", "kind: Deployment\na: b\n---\nkind: Role\nmetadata:\n  name: x\n"),
        ("broken.yaml", "kind: Deployment\n--- x\nkind: Service\n"),
        ("template.yaml", "kind: {{ .Kind }}\n"),
        ("json.json", "{\"kind\": \"Deployment\"}\n"),
        ("role.json", "{\"kind\": \"Role\"} {\"a\": 1}\n"),
        ("patched.yaml", "kind: Namespace\nmetadata:\n  name: b\n"),
        ("kustomization.yaml", "kind: Kustomization\npatches:\n- path: patched.yaml\n"),
    ];

    /// What is loaded, as text, with the texts that were kept.
    fn told(loaded: &Loaded) -> String {
        let texts: Vec<&str> = loaded.sources.files().map(|file| loaded.sources.text(file)).collect();
        format!("{loaded:#?}\n{texts:#?}")
    }

    fn assert_same(files: &[(String, Vec<u8>)]) {
        let loaders = [false, true].map(|skims| {
            let mut loader = Loader::new(Options { builtin: None, ..Options::default() });
            for (path, bytes) in files {
                loader.look_ahead(path, bytes);
            }
            for (path, bytes) in files {
                if skims {
                    let skimmed = Skimmed::at(path, bytes, &Limits::default());
                    loader.add_skimmed(path, skimmed.unwrap_or_else(|| Skimmed::whole(bytes.clone())));
                } else {
                    loader.add(path, bytes.clone());
                }
            }
            told(&loader.finish())
        });
        let [plain, skimmed] = loaders;
        assert_eq!(plain, skimmed);
    }

    fn read_all(directory: &Path, files: &mut Vec<(String, Vec<u8>)>) {
        for entry in walkdir::WalkDir::new(directory).sort_by_file_name() {
            let Ok(entry) = entry else { continue };
            let path = entry.path().display().to_string();
            if entry.file_type().is_file() && [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end))
            {
                files.push((path, fs::read(entry.path()).unwrap()));
            }
        }
    }

    #[test]
    fn a_file_that_was_looked_at_first_is_read_as_any_other() {
        for (path, text) in TEXTS {
            assert_same(&[(path.to_owned(), text.into())]);
        }
        assert_same(&TEXTS.map(|(path, text)| (path.to_owned(), text.into())));
        let passed = |text: &str| {
            pass_over("a.yaml", text.trim_start_matches('\u{FEFF}'), &Limits::default()).is_some()
        };
        assert_eq!(
            TEXTS.map(|(_, text)| passed(text)),
            [true, true, true, true, true, false, false, false, true, false, true, true]
        );
        assert!(pass_over("kustomization.yaml", "", &Limits::default()).is_none());
    }

    #[test]
    fn every_example_is_read_alike_whether_it_was_looked_at_first() {
        let mut files = Vec::new();
        read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"), &mut files);
        assert!(!files.is_empty());
        assert_same(&files);
    }
}
