//! Objects of RBAC at which there is nothing to tell, as nearly all are: what is made of them does not depend on what was
//! loaded before, so that another thread than the loader's can make it. Must not know the loader.

use super::rbac::{self, GROUP, Object, RbacKind, Remarks, Version};
use super::reader::{Reader, TextPool, misread_field};
use crate::model::Namespace;
use crate::model::placeholder::has_placeholder;
use crate::source::Origin;
use crate::source::yaml::{Content, Part, Tree};

/// A part of a text, and its object, if that was made already.
#[derive(Debug)]
pub(super) struct Work<'t> {
    pub(super) part: Part<'t>,
    pub(super) plain: Option<Plain>,
}

/// An object that the API server takes without a word.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) kind: RbacKind,
    object: Object,
    pub(super) remarks: Remarks,
}

impl<'t> From<Part<'t>> for Work<'t> {
    fn from(part: Part<'t>) -> Self {
        Self { part, plain: None }
    }
}

impl Work<'_> {
    /// Makes the object, if it is a plain one.
    pub(super) fn prepare(&mut self, texts: &mut TextPool, default_namespace: &Namespace) {
        let (tree, is_item) = match &self.part {
            Part::Item(tree) => (tree, true),
            Part::Document(chunk) => match &chunk.content {
                Content::Tree(tree) => (tree, false),
                _ => return,
            },
            Part::List(_) | Part::End | Part::Withdrawn => return,
        };
        self.plain = Plain::of(tree, is_item, texts, default_namespace);
    }
}

impl Plain {
    /// The object of a whole tree. None where it is of something else, or anything has to be told beside remarks.
    fn of(
        tree: &Tree<'_>,
        is_item: bool,
        texts: &mut TextPool,
        default_namespace: &Namespace,
    ) -> Option<Self> {
        let root = tree.root();
        let text = |field| tree.scalar(tree.get(root, field)?)?.as_str();
        let (group, version) = text("apiVersion")?.split_once('/')?;
        let written = text("kind")?;
        let kind = RbacKind::ALL.into_iter().find(|kind| kind.as_str() == written)?;
        let is_usual = group == GROUP
            && Version::parse(version) == Some(Version::V1)
            && tree.get(root, "items").is_none()
            && tree.overrides().is_empty()
            && misread_field(tree, root).is_none();
        let mut reader = is_usual.then(|| Reader::nowhere(tree, texts, is_item))?;
        let (object, remarks) = rbac::read(&mut reader, root, kind, Version::V1, default_namespace);
        let (problems, unknown) = reader.finish();
        let is_plain = problems.is_empty()
            && unknown.is_empty()
            && !object.names().any(|(_, name)| has_placeholder(name));
        is_plain.then_some(Self { kind, object, remarks })
    }

    /// The object, where it was read.
    pub(super) fn at(self, origin: Origin) -> Object {
        let mut object = self.object;
        match &mut object {
            Object::Role(role) => role.origin = origin,
            Object::Binding(binding) => binding.origin = origin,
        }
        object
    }
}
