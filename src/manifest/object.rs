//! Documents into objects: lists, kinds, and which of two objects of one name is in force.

use std::collections::btree_map::Entry;
use std::ops::Range;

use super::loader::{Loader, Noted};
use super::plain::Plain;
use super::rbac::{self, GROUP, Object, RbacKind, Remarks, Version};
use super::reader::{Reader, UnknownField, is_text_or_null, misread_field, text_in};
use super::{crd, metadata};
use crate::finding::{Code, Finding, Severity};
use crate::model::placeholder::has_placeholder;
use crate::model::resource_type::ResourceTypes;
use crate::model::{Binding, Meant, Named, Namespace, ObjectName, Placeholder, Refused, Role};
use crate::source::yaml::{Chunk, Kind, NodeId, OverrideReason, Resolved, Tree};
use crate::source::{Address, FileId, Origin, Step, Stretch};

/// Where an object stands while its document is read.
pub(super) struct At<'a> {
    pub(super) file: FileId,
    pub(super) chunk: &'a Chunk<'a>,
    /// The way through the items of lists.
    pub(super) items: Vec<usize>,
    /// The bytes of the item, where it is one.
    pub(super) own: Range<usize>,
}

impl Loader {
    /// One document, or one item of a list, which may name neither kind nor version: then it has those of its list.
    pub(super) fn document(
        &mut self,
        tree: &Tree<'_>,
        node: NodeId,
        at: &At<'_>,
        of_list: Option<(&str, &str)>,
    ) {
        if !matches!(tree.kind(node), Kind::Mapping) {
            self.counts.passed_over("");
            return;
        }
        let text = |field: &str| text_in(tree, node, field).unwrap_or_default();
        let (written_version, written_kind) = (text("apiVersion"), text("kind"));
        let (version, kind) = match (&*written_version, &*written_kind) {
            ("", "") => of_list.unwrap_or_default(),
            written => written,
        };
        // an item of a list is never asked whether it is one; if it has a list, kubectl takes it for one later
        if let Some(items) = tree.get(node, "items")
            && (of_list.is_none() || tree.sequence(items).is_some())
        {
            self.list(tree, node, items, at, (version, kind));
            return;
        }
        let (group, version) = version.rsplit_once('/').unwrap_or(("", version));
        let named = RbacKind::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(kind));
        match named {
            Some(rbac_kind) if group == GROUP || group.is_empty() => {
                self.counts.read(kind);
                self.rbac_object(tree, node, at, rbac_kind, (group, version, kind));
            }
            None if kind.eq_ignore_ascii_case("ConfigMap") && group.is_empty() => {
                if !self.authenticator_config_map(tree, node, at) {
                    self.config_map(tree, node, at, kind, version);
                }
            }
            None if kind.is_empty() => {
                if !self.door_document(tree, node, at) {
                    self.kindless(tree, node, at);
                }
            }
            None if kind == crd::KIND => {
                self.counts.read(kind);
                self.custom_types.extend(crd::custom_type(tree, node));
            }
            None if matches!(kind, "ServiceAccount" | "Namespace") => {
                self.keep_current = true;
                self.counts.read(kind);
                let stretch =
                    Stretch { file: at.file, range: at.chunk.span.clone(), document: at.chunk.index };
                let mut of_document = self.noted.iter().rev().take_while(|noted| noted.stretch == stretch);
                if !of_document.any(|noted| noted.kind == kind) {
                    self.noted.push(Noted { kind: kind.to_owned(), stretch });
                }
            }
            // another group's kind of the same name, or a door
            _ => {
                if !self.door_object(tree, node, at, group, kind) {
                    self.counts.passed_over(kind);
                }
            }
        }
    }

    /// A document with `items`, whatever its kind: kubectl takes no other for a list, nor any such for an object.
    /// Upstream: apimachinery 0.34.1, `apis/meta/v1/unstructured/helpers.go`, `decode` and `decodeToList`.
    fn list(&mut self, tree: &Tree<'_>, node: NodeId, items: NodeId, at: &At<'_>, of_list: (&str, &str)) {
        let (version, kind) = of_list;
        if let Some((route, reason)) = list_problem(tree, node, items, of_list) {
            // lists of something else are everywhere, as in the values of a chart
            if is_about_access(tree, items, kind) {
                let origin = self.register(at);
                let reasons = vec![(origin.at(route), reason)];
                self.refuse(origin, kind, String::new(), reasons, Meant::Unknown);
            }
            return;
        }
        if let Some(metadata) = tree.get(node, "metadata").filter(|&metadata| !is_plain(tree, metadata))
            && is_about_access(tree, items, kind)
        {
            let origin = self.register(at);
            let mut reader = Reader::new(tree, &mut self.texts, at, origin);
            metadata::check_types(&mut reader, metadata);
            let problems = std::mem::take(&mut reader.problems);
            if !problems.is_empty() {
                return self.refuse(origin, kind, String::new(), problems, Meant::Unknown);
            }
        }
        let item_kind = kind.strip_suffix("List").unwrap_or(kind);
        for (position, &item) in tree.sequence(items).unwrap_or_default().iter().enumerate() {
            let mut way = at.items.clone();
            way.push(position);
            let at = At { file: at.file, chunk: at.chunk, items: way, own: tree.span(item) };
            self.document(tree, item, &at, Some((version, item_kind)));
        }
    }

    pub(super) fn register(&mut self, at: &At<'_>) -> Origin {
        self.keep_current = true;
        let origin = self.sources.register(at.file, at.chunk.index, &at.chunk.span, &at.items, &at.own);
        self.last = Some(origin);
        origin
    }

    pub(super) fn rbac_object(
        &mut self,
        tree: &Tree<'_>,
        node: NodeId,
        at: &At<'_>,
        kind: RbacKind,
        written: (&str, &str, &str),
    ) {
        let (group, version, written_kind) = written;
        let origin = self.register(at);
        let known = Version::parse(version).filter(|_| group == GROUP);
        let mut reader = Reader::new(tree, &mut self.texts, at, origin);
        if written_kind != kind.as_str() {
            reader.within(Step::Field("kind"), |reader| {
                reader.problem(format!("`{written_kind}` is no kind: write `{}`", kind.as_str()));
            });
        }
        if let Some((field, why)) = misread_field(tree, node) {
            reader.within(Step::Field(field), |reader| reader.problem(why));
        }
        if known.is_none() {
            reader.within(Step::Field("apiVersion"), |reader| {
                let full = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
                reader.problem(if full.is_empty() {
                    format!("`apiVersion` is required: write `{GROUP}/v1`")
                } else {
                    format!("`{full}` has no such kind: write `{GROUP}/v1`")
                });
            });
        }
        let default_namespace = self.options.default_namespace.clone();
        let of_version = known.unwrap_or(Version::V1);
        let (mut object, remarks) = rbac::read(&mut reader, node, kind, of_version, &default_namespace);
        let problems = std::mem::take(&mut reader.problems);
        let unknown = std::mem::take(&mut reader.unknown);
        if !problems.is_empty() {
            reader.lenient = true;
            object = rbac::read(&mut reader, node, kind, of_version, &default_namespace).0;
        }
        reader.finish();
        self.remarks(origin, kind, known, &remarks);
        self.fields(tree, at, unknown);
        self.placeholders_of(&object, origin);
        if problems.is_empty() {
            return self.put(object);
        }
        let (name, meant) = match object {
            Object::Role(role) => (shown(role.namespace.as_ref(), &role.name), Meant::Role(role)),
            Object::Binding(binding) => {
                (shown(binding.namespace.as_ref(), &binding.name), Meant::Binding(binding))
            }
        };
        self.refuse(origin, kind.as_str(), name, problems, meant);
    }

    /// An object that was made already.
    pub(super) fn plain(&mut self, plain: Plain, at: &At<'_>) {
        self.counts.read(plain.kind.as_str());
        let origin = self.register(at);
        self.remarks(origin, plain.kind, Some(Version::V1), &plain.remarks);
        self.put(plain.at(origin));
    }

    fn put(&mut self, object: Object) {
        match object {
            Object::Role(role) => self.put_role(role),
            Object::Binding(binding) => self.put_binding(binding),
        }
    }

    pub(super) fn remarks(
        &mut self,
        origin: Origin,
        kind: RbacKind,
        version: Option<Version>,
        remarks: &Remarks,
    ) {
        if remarks.namespace_assumed {
            self.namespace_assumed.push(origin);
        }
        if remarks.auto_update_off {
            self.auto_update_off.insert(origin);
        }
        let old = match version {
            Some(Version::V1Beta1) => "v1beta1",
            Some(Version::V1Alpha1) => "v1alpha1",
            Some(Version::V1) | None => return,
        };
        let message = format!(
            "`{GROUP}/{old}` is not served since Kubernetes 1.22; this {} is read as v1",
            kind.as_str()
        );
        self.findings.push(
            Finding::new(
                Code::VersionNotServed,
                Severity::Warning,
                origin.at([Step::Field("apiVersion")]).into(),
                message,
            )
            .with_help(format!("write `apiVersion: {GROUP}/v1`")),
        );
    }

    /// Warns of fields that do not count, as kubectl does.
    pub(super) fn fields(&mut self, tree: &Tree<'_>, at: &At<'_>, unknown: Vec<UnknownField>) {
        for field in unknown {
            let mut finding = Finding::new(
                Code::FieldUnknown,
                Severity::Warning,
                field.stretch.into(),
                format!("Kubernetes does not know the field `{}` and drops it", field.key),
            );
            finding.help = field.nearest.map(|nearest| format!("did you mean `{nearest}`?"));
            self.findings.push(finding);
        }
        if at.items.iter().any(|&item| item > 0) {
            return; // a document's duplicates are told with its first object
        }
        for overridden in tree.overrides() {
            if overridden.reason == OverrideReason::Merge {
                continue;
            }
            let stretch = |node| Stretch { file: at.file, range: tree.span(node), document: at.chunk.index };
            let key = tree.scalar(overridden.lost).map_or("", |scalar| scalar.text);
            self.findings.push(
                Finding::new(
                    Code::FieldDuplicate,
                    Severity::Warning,
                    stretch(overridden.lost).into(),
                    format!("the field `{key}` comes again below; only the last one counts"),
                )
                .with_related(stretch(overridden.winner).into(), "this one counts"),
            );
        }
    }

    pub(super) fn refuse(
        &mut self,
        origin: Origin,
        kind: &str,
        name: String,
        reasons: Vec<(Address, String)>,
        meant: Meant,
    ) {
        let Some((address, first)) = reasons.first() else { return };
        let part = address.to_string();
        let part = if part.is_empty() { String::new() } else { format!("`{part}`: ") };
        let more =
            if reasons.len() > 1 { format!(" (and {} more)", reasons.len() - 1) } else { String::new() };
        let message = format!("the API server would refuse {kind} `{name}`: {part}{first}{more}");
        let mut finding = Finding::new(Code::ObjectRefused, Severity::Error, address.clone().into(), message);
        for (address, reason) in reasons.iter().skip(1) {
            finding.related.push((address.clone().into(), reason.clone()));
        }
        self.findings.push(finding);
        self.cluster.refused.push(Refused { origin, kind: kind.to_owned(), name, reasons, meant });
    }

    fn put_role(&mut self, role: Role) {
        let kind = role.kind().as_str();
        match self.cluster.roles.entry((role.namespace.clone(), role.name.clone())) {
            Entry::Vacant(slot) => {
                slot.insert(role);
            }
            Entry::Occupied(mut slot) => {
                let name = shown(role.namespace.as_ref(), &role.name);
                self.findings.push(duplicate(kind, &name, slot.get().origin, role.origin, ""));
                slot.insert(role);
            }
        }
    }

    fn put_binding(&mut self, binding: Binding) {
        let kind = binding.kind();
        match self.cluster.bindings.entry((binding.namespace.clone(), binding.name.clone())) {
            Entry::Vacant(slot) => {
                slot.insert(binding);
            }
            Entry::Occupied(mut slot) => {
                let immutable = if slot.get().role_ref == binding.role_ref {
                    ""
                } else {
                    "; applying it over the first would be refused, for a roleRef cannot be changed"
                };
                self.findings.push(duplicate(
                    kind,
                    &shown(binding.namespace.as_ref(), &binding.name),
                    slot.get().origin,
                    binding.origin,
                    immutable,
                ));
                slot.insert(binding);
            }
        }
    }

    pub(super) fn placeholders_of(&mut self, object: &Object, origin: Origin) {
        for (position, (what, text)) in object.names().enumerate() {
            if !has_placeholder(text) {
                continue;
            }
            let mut route = match what {
                Named::RoleRef => vec![Step::Field("roleRef")],
                // the roleRef comes first
                Named::Subject => vec![Step::Field("subjects"), Step::Item(position - 1)],
                _ => vec![Step::Field("metadata")],
            };
            route.push(Step::Field("name"));
            let address = origin.at(route);
            self.placeholders.push(Placeholder { text: text.to_owned(), what, address });
        }
    }
}

pub(super) fn duplicate(kind: &str, name: &str, first: Origin, second: Origin, more: &str) -> Finding {
    let message = format!("{kind} `{name}` is written twice; the later one is in force{more}");
    Finding::new(Code::ObjectDuplicate, Severity::Warning, second.at([]).into(), message)
        .with_related(first.at([]).into(), "the earlier one, not in force")
        .with_help("read one cluster at a time: `-f` one directory, or `--exclude` the others")
}

fn shown(namespace: Option<&Namespace>, name: &ObjectName) -> String {
    match namespace {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_string(),
    }
}

/// Why kubectl would take nothing from a list.
fn list_problem(
    tree: &Tree<'_>,
    node: NodeId,
    items: NodeId,
    of_list: (&str, &str),
) -> Option<(Vec<Step>, String)> {
    let (api_version, kind) = of_list;
    let is_text = |field: &str| tree.get(node, field).is_none_or(|value| is_text_or_null(tree, value));
    let problem = |step: &'static str, why: String| Some((vec![Step::Field(step)], why));
    if kind.is_empty() {
        return problem("kind", "a list must have a kind: write `List`".to_owned());
    }
    let Some(elements) = tree.sequence(items) else {
        return problem("items", "with `items` this counts as a list, and they are none".to_owned());
    };
    let broken = elements.iter().position(|&item| {
        tree.sequence(item).is_some()
            || tree.scalar(item).is_some_and(|scalar| !matches!(scalar.resolve(), Resolved::Null))
    });
    if let Some(position) = broken {
        let route = vec![Step::Field("items"), Step::Item(position)];
        return Some((route, "every item of a list must be an object".to_owned()));
    }
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let is_old = group == GROUP && Version::parse(version).is_some();
    let is_known = ResourceTypes::default().iter().any(|known| {
        known.group == group
            && (version.is_empty() || is_old || known.versions.contains(version))
            && (kind == "List"
                || kind.strip_suffix("List").unwrap_or(kind) == known.kind
                || kind == known.kind.to_lowercase())
    });
    if is_known && is_text("apiVersion") {
        return None;
    }
    problem("kind", format!("`{api_version}` has no lists of the kind `{kind}`: write `v1` and `List`"))
}

/// Whether the metadata of a list holds nothing but what kubectl writes there: texts.
fn is_plain(tree: &Tree<'_>, metadata: NodeId) -> bool {
    const WRITTEN: [&str; 2] = ["resourceVersion", "selfLink"];
    matches!(tree.kind(metadata), Kind::Mapping)
        && tree
            .fields(metadata)
            .all(|field| WRITTEN.contains(&field.key) && is_text_or_null(tree, field.value))
}

/// Whether a list has, or would have, objects that decide who may do what.
fn is_about_access(tree: &Tree<'_>, items: NodeId, kind: &str) -> bool {
    let decides = |kind: &str| {
        kind.eq_ignore_ascii_case("ConfigMap")
            || RbacKind::ALL.into_iter().any(|known| known.as_str().eq_ignore_ascii_case(kind))
    };
    decides(kind.strip_suffix("List").unwrap_or(kind))
        || tree
            .sequence(items)
            .unwrap_or_default()
            .iter()
            .any(|&item| text_in(tree, item, "kind").is_some_and(|kind| decides(&kind)))
}
