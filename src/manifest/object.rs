//! One text after the other into the cluster: documents, lists, kinds, and which of two objects of one name is in force.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::aws_auth;
use super::gap::{self, Gap};
use super::kustomize;
use super::metadata;
use super::rbac::{self, GROUP, RbacKind, Remarks, Version};
use super::reader::{Reader, TextPool};
use super::{Loaded, Options};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::model::builtin::{Edition, Object as Builtin};
use crate::model::placeholder::has_placeholder;
use crate::model::{
    AwsAuth, Binding, Cluster, Key, MapKey, MappedPrincipal, Mapping, Meant, Named, NearAwsAuth, NearReason,
    Placeholder, Refused, Role,
};
use crate::source::yaml::{Chunk, Content, ErrorKind, Kind, NodeId, OverrideReason, Tree, decode, documents};
use crate::source::{Address, FileId, Origin, Sources, Step, Stretch, VirtualText};

/// An object that was only noted.
#[derive(Clone, Debug)]
pub struct Noted {
    /// Its kind, or that of the list it is in.
    pub kind: String,
    /// Where its document is.
    pub stretch: Stretch,
}

/// Reads texts into a cluster. Texts must come in the order in which the later one wins.
#[derive(Debug)]
pub struct Loader {
    options: Options,
    sources: Sources,
    texts: TextPool,
    cluster: Cluster,
    findings: Vec<Finding>,
    gaps: Vec<Gap>,
    noted: Vec<Noted>,
    placeholders: Vec<Placeholder>,
    last: Option<Origin>,
    charts: Vec<String>,
    patches: BTreeSet<String>,
    /// Origins of objects whose namespace was assumed: told once a tree.
    namespace_assumed: Vec<Origin>,
    auto_update_off: BTreeSet<Origin>,
    keep_current: bool,
}

/// Where an object stands while its document is read.
struct At<'a> {
    file: FileId,
    chunk: &'a Chunk<'a>,
    items: Vec<usize>,
}

impl Loader {
    /// A loader without texts.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            sources: Sources::default(),
            texts: TextPool::default(),
            cluster: Cluster::default(),
            findings: Vec::new(),
            gaps: Vec::new(),
            noted: Vec::new(),
            placeholders: Vec::new(),
            last: None,
            charts: Vec::new(),
            patches: BTreeSet::new(),
            namespace_assumed: Vec::new(),
            auto_update_off: BTreeSet::new(),
            keep_current: false,
        }
    }

    /// Reads a kustomization ahead of everything else, so that the patches that it names are not taken for objects.
    /// Does nothing for other files.
    pub fn look_ahead(&mut self, path: &str, bytes: &[u8]) {
        if !kustomize::is_kustomization(path) {
            return;
        }
        let Ok((text, _)) = decode(bytes) else { return };
        for chunk in documents(&text, &self.options.limits).without_prefilter() {
            if let Content::Tree(tree) = &chunk.content {
                self.patches.extend(kustomize::patches(tree, path));
            }
        }
    }

    /// Notes a path that could not be read.
    pub fn unreadable(&mut self, path: &str, why: &str) {
        let finding = Finding::new(
            Code::FileUnreadable,
            Severity::Error,
            Spot::Path(path.to_owned()),
            format!("`{path}` could not be read: {why}"),
        )
        .with_help("make it readable, or leave it out (`--exclude`)");
        self.gaps.push(Gap { finding, hidden: Vec::new(), after: self.last_or_first() });
    }

    /// Reads one text.
    pub fn add(&mut self, path: &str, bytes: Vec<u8>) {
        let file = self.sources.add(path);
        if let Some(directory) = path.strip_suffix("Chart.yaml") {
            self.charts.push(directory.to_owned());
        }
        self.keep_current = false;
        let owned = match decode(&bytes) {
            Ok((text, _)) => {
                self.add_text(file, path, &text);
                if !self.keep_current {
                    return;
                }
                match text {
                    std::borrow::Cow::Owned(text) => Some(text),
                    std::borrow::Cow::Borrowed(text) if text.len() < bytes.len() => Some(text.to_owned()),
                    std::borrow::Cow::Borrowed(_) => None,
                }
            }
            Err(error) => {
                let lossy = String::from_utf8_lossy(&bytes).into_owned();
                let start = String::from_utf8_lossy(bytes.get(..error.offset).unwrap_or_default()).len();
                let stretch = Stretch { file, range: start..(start + 1).min(lossy.len()), document: 0 };
                let finding = Finding::new(
                    Code::EncodingInvalid,
                    Severity::Error,
                    stretch.clone().into(),
                    error.message,
                )
                .with_help(error.kind.help().unwrap_or_default());
                let whole = Stretch { range: 0..lossy.len(), ..stretch };
                self.gaps.push(Gap { finding, hidden: vec![whole], after: self.last_or_first() });
                Some(lossy)
            }
        };
        // the bytes were text as they are, if nothing else was made of them
        let text = owned.or_else(|| String::from_utf8(bytes).ok()).unwrap_or_default();
        self.sources.keep(file, text);
    }

    fn last_or_first(&self) -> Option<Origin> {
        Some(self.last.unwrap_or_default())
    }

    fn add_text(&mut self, file: FileId, path: &str, text: &str) {
        if kustomize::is_kustomization(path) {
            self.keep_current = true;
            let finding = Finding::new(
                Code::KustomizationUnbuilt,
                Severity::Note,
                Spot::File(file),
                "a kustomization is not built here: its files are read as they are, its patches not at all",
            )
            .with_help("build it and pipe it in: `kustomize build DIRECTORY | iamrbac … -f -`");
            self.findings.push(finding);
            return;
        }
        if self.patches.contains(path) {
            return;
        }
        let limits = self.options.limits;
        let mut told_past_error = false;
        for chunk in documents(text, &limits) {
            let stretch = |range: Range<usize>| Stretch { file, range, document: chunk.index };
            if let Some(ignored) = chunk.ignored {
                self.keep_current = true;
                self.findings.push(
                    Finding::new(
                        Code::ContentDropped,
                        Severity::Warning,
                        stretch(ignored..chunk.span.end.max(ignored)).into(),
                        "Kubernetes ignores what follows a line `...`",
                    )
                    .with_help("separate documents with `---`"),
                );
            }
            match &chunk.content {
                Content::Skipped | Content::Empty => {}
                Content::Noted(kind) => {
                    self.keep_current = true;
                    self.noted.push(Noted { kind: (*kind).to_owned(), stretch: stretch(chunk.span.clone()) });
                }
                Content::Error(error) => self.unread(&error.clone(), text, &stretch(chunk.span.clone())),
                Content::Tree(tree) => {
                    let before = self.last;
                    let at = At { file, chunk: &chunk, items: Vec::new() };
                    self.document(tree, tree.root(), &at, None);
                    if chunk.after_error && self.last != before && !told_past_error {
                        told_past_error = true;
                        self.findings.push(Finding::new(
                            Code::ReadPastError,
                            Severity::Warning,
                            stretch(chunk.span.clone()).into(),
                            "kubectl would have stopped at the document before that cannot be read; this one is counted all the same",
                        ));
                    }
                }
            }
        }
    }

    /// Notes a document that cannot be read, if it could have held something.
    fn unread(&mut self, error: &crate::source::yaml::Error, text: &str, whole: &Stretch) {
        let hidden = text.get(whole.range.clone()).unwrap_or_default();
        if !has_trace(hidden) && error.kind != ErrorKind::Limit {
            return;
        }
        self.keep_current = true;
        let code = match error.kind {
            ErrorKind::Template => Code::TemplateUnrendered,
            ErrorKind::Limit => Code::LimitExceeded,
            ErrorKind::Encoding => Code::EncodingInvalid,
            ErrorKind::Syntax | ErrorKind::Separator | ErrorKind::NotJson => Code::SyntaxError,
        };
        let end = text.get(error.offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let at = Stretch { range: error.offset..error.offset + end, ..whole.clone() };
        let mut finding = Finding::new(
            code,
            Severity::Error,
            at.into(),
            format!("this document cannot be read: {}", error.message),
        );
        finding.help = error.kind.help().map(str::to_owned);
        self.gaps.push(Gap { finding, hidden: vec![whole.clone()], after: self.last_or_first() });
    }

    /// One document, or one item of a list, which may name neither kind nor version: then it has those of its list.
    fn document(&mut self, tree: &Tree<'_>, node: NodeId, at: &At<'_>, of_list: Option<(&str, &str)>) {
        if !matches!(tree.kind(node), Kind::Mapping) {
            return;
        }
        let text = |field: &str| {
            let scalar = tree.scalar(tree.get(node, field)?)?;
            (!scalar.text.is_empty()).then_some(scalar.text)
        };
        let (version, kind) = match (text("apiVersion"), text("kind")) {
            (None, None) => of_list.unwrap_or_default(),
            (version, kind) => (version.unwrap_or_default(), kind.unwrap_or_default()),
        };
        if let Some(items) = tree.get(node, "items").and_then(|items| tree.sequence(items)) {
            self.list(tree, items, at, (version, kind));
            return;
        }
        let (group, version) = version.rsplit_once('/').unwrap_or(("", version));
        let named = RbacKind::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(kind));
        match named {
            Some(rbac_kind) if group == GROUP || group.is_empty() => {
                self.rbac_object(tree, node, at, rbac_kind, (group, version, kind));
            }
            Some(_) => {}
            None if kind.eq_ignore_ascii_case("ConfigMap") && group.is_empty() => {
                self.config_map(tree, node, at, kind, version);
            }
            None if kind.is_empty() => self.kindless(tree, node, at),
            None if matches!(kind, "CustomResourceDefinition" | "ServiceAccount" | "Namespace") => {
                self.keep_current = true;
                let stretch =
                    Stretch { file: at.file, range: at.chunk.span.clone(), document: at.chunk.index };
                if self.noted.last().is_none_or(|last| last.stretch != stretch) {
                    self.noted.push(Noted { kind: kind.to_owned(), stretch });
                }
            }
            None => {}
        }
    }

    fn list(&mut self, tree: &Tree<'_>, items: &[NodeId], at: &At<'_>, of_list: (&str, &str)) {
        let (version, kind) = of_list;
        let item_kind = kind.strip_suffix("List").unwrap_or(kind);
        let broken = items.iter().position(|&item| {
            tree.sequence(item).is_some() || tree.scalar(item).is_some_and(|scalar| scalar.text != "null")
        });
        if let Some(position) = broken.filter(|_| !kind.is_empty()) {
            let origin = self.register(at);
            let route = [Step::Field("items"), Step::Item(position)];
            let reasons = vec![(origin.at(route), "every item of a list must be an object".to_owned())];
            self.refuse(origin, kind, String::new(), reasons, Meant::Unknown);
            return;
        }
        for (position, &item) in items.iter().enumerate() {
            let mut way = at.items.clone();
            way.push(position);
            let at = At { file: at.file, chunk: at.chunk, items: way };
            self.document(tree, item, &at, Some((version, item_kind)));
        }
    }

    fn register(&mut self, at: &At<'_>) -> Origin {
        self.keep_current = true;
        let origin = self.sources.register(at.file, at.chunk.index, &at.chunk.span, &at.items);
        self.last = Some(origin);
        origin
    }

    fn rbac_object(
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
        let mut reader = Reader::new(tree, &mut self.texts, (at.file, at.chunk.index, origin));
        if written_kind != kind.as_str() {
            reader.within(Step::Field("kind"), |reader| {
                reader.problem(format!("`{written_kind}` is no kind: write `{}`", kind.as_str()));
            });
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
        self.remarks(origin, kind, known, &remarks);
        self.fields(tree, at, unknown);
        self.placeholders_of(&object);
        match object {
            rbac::Object::Role(role) => {
                let key = (role.namespace.clone(), role.name.clone());
                if problems.is_empty() {
                    self.put_role(key, role);
                } else {
                    self.refuse(origin, kind.as_str(), shown(&key), problems, Meant::Role(role));
                }
            }
            rbac::Object::Binding(binding) => {
                let key = (binding.namespace.clone(), binding.name.clone());
                if problems.is_empty() {
                    self.put_binding(key, binding);
                } else {
                    self.refuse(origin, kind.as_str(), shown(&key), problems, Meant::Binding(binding));
                }
            }
        }
    }

    fn remarks(&mut self, origin: Origin, kind: RbacKind, version: Option<Version>, remarks: &Remarks) {
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
    fn fields(&mut self, tree: &Tree<'_>, at: &At<'_>, unknown: Vec<super::reader::UnknownField>) {
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

    fn refuse(
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

    fn put_role(&mut self, key: Key, role: Role) {
        let kind = role.kind().as_str();
        match self.cluster.roles.entry(key) {
            Entry::Vacant(slot) => {
                slot.insert(role);
            }
            Entry::Occupied(mut slot) => {
                self.findings.push(duplicate(kind, &shown(slot.key()), slot.get().origin, role.origin, ""));
                slot.insert(role);
            }
        }
    }

    fn put_binding(&mut self, key: Key, binding: Binding) {
        let kind = binding.kind();
        match self.cluster.bindings.entry(key) {
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
                    &shown(slot.key()),
                    slot.get().origin,
                    binding.origin,
                    immutable,
                ));
                slot.insert(binding);
            }
        }
    }

    fn placeholders_of(&mut self, object: &rbac::Object) {
        let mut note = |what: Named, text: &str, address: Address| {
            if has_placeholder(text) {
                self.placeholders.push(Placeholder { text: text.to_owned(), what, address });
            }
        };
        let name_of = |origin: Origin| origin.at([Step::Field("metadata"), Step::Field("name")]);
        match object {
            rbac::Object::Role(role) => note(Named::Role, role.name.as_str(), name_of(role.origin)),
            rbac::Object::Binding(binding) => {
                let role_ref = [Step::Field("roleRef"), Step::Field("name")];
                note(Named::RoleRef, binding.role_ref.name.as_str(), binding.origin.at(role_ref));
                for (position, subject) in binding.subjects.iter().enumerate() {
                    let name = match subject {
                        crate::model::Subject::User(name) => name.as_str(),
                        crate::model::Subject::Group(name) => name.as_str(),
                        crate::model::Subject::ServiceAccount { name, .. } => name.as_str(),
                    };
                    let route = [Step::Field("subjects"), Step::Item(position), Step::Field("name")];
                    note(Named::Subject, name, binding.origin.at(route));
                }
            }
        }
    }

    fn config_map(&mut self, tree: &Tree<'_>, node: NodeId, at: &At<'_>, kind: &str, version: &str) {
        let meta = |field: &str| {
            let scalar = tree.scalar(tree.get(tree.get(node, "metadata")?, field)?)?;
            Some(scalar.text)
        };
        let name = meta("name").unwrap_or_default();
        let default = self.options.default_namespace.as_str().to_owned();
        let namespace = meta("namespace").filter(|text| !text.is_empty()).unwrap_or(&default).to_owned();
        let maps = |key: &str| tree.get(node, "data").is_some_and(|data| tree.get(data, key).is_some());
        let has_mappings = ["mapRoles", "mapUsers", "mapAccounts"].into_iter().any(maps);
        if name != "aws-auth" && !(has_mappings && (namespace == "kube-system" || name.contains("auth"))) {
            return;
        }
        let origin = self.register(at);
        let mut reader = Reader::new(tree, &mut self.texts, (at.file, at.chunk.index, origin));
        let [_, _, metadata_node, data, binary, immutable] =
            reader.object(Some(node), ["apiVersion", "kind", "metadata", "data", "binaryData", "immutable"]);
        if kind != "ConfigMap" || version != "v1" {
            reader.problem("`kind: ConfigMap` needs exactly these letters and `apiVersion: v1`");
        }
        metadata::read(&mut reader, metadata_node);
        let data = aws_auth::read_config_map(&mut reader, binary, data, immutable);
        let problems = std::mem::take(&mut reader.problems);
        let unknown = std::mem::take(&mut reader.unknown);
        self.fields(tree, at, unknown);
        let aws_auth = aws_auth::read_data(origin, &data, &mut self.texts);
        let shown = format!("{namespace}/{name}");
        if !problems.is_empty() {
            self.refuse(origin, "ConfigMap", shown, problems, Meant::AwsAuth(aws_auth));
            return;
        }
        if name != "aws-auth" || namespace != "kube-system" {
            let why = if name == "aws-auth" { NearReason::WrongNamespace } else { NearReason::WrongName };
            let message =
                format!("the authenticator reads only the ConfigMap `kube-system/aws-auth`, not `{shown}`");
            let spot = origin.at([Step::Field("metadata")]);
            self.findings.push(Finding::new(
                Code::AwsAuthWrongNamespace,
                Severity::Warning,
                spot.into(),
                message,
            ));
            self.cluster.near_aws_auth.push(NearAwsAuth { why, aws_auth, namespace, name: name.to_owned() });
            return;
        }
        if let Some(before) = &self.cluster.aws_auth {
            self.findings.push(duplicate("ConfigMap", &shown, before.origin, origin, ""));
        }
        self.damage(&aws_auth);
        self.placeholders_in(&aws_auth);
        self.cluster.aws_auth = Some(aws_auth);
    }

    fn damage(&mut self, aws_auth: &AwsAuth) {
        for damage in &aws_auth.damage {
            let (code, severity) = damage_code(damage.kind);
            self.findings.push(Finding::new(
                code,
                severity,
                damage.address(aws_auth.origin).into(),
                damage.message.clone(),
            ));
        }
    }

    fn placeholders_in(&mut self, aws_auth: &AwsAuth) {
        let mappings = aws_auth.roles.iter().chain(&aws_auth.users);
        for mapping in mappings {
            if let MappedPrincipal::Arn(arn) = &mapping.principal {
                self.mapping_placeholder(aws_auth.origin, mapping, arn, Named::Mapping);
            }
            for name in std::iter::once(&mapping.username).chain(&mapping.groups) {
                self.mapping_placeholder(aws_auth.origin, mapping, name, Named::MappedName);
            }
        }
        for account in &aws_auth.accounts {
            if has_placeholder(&account.id) {
                let address = account.address(aws_auth.origin);
                self.placeholders.push(Placeholder {
                    text: account.id.to_string(),
                    what: Named::Mapping,
                    address,
                });
            }
        }
    }

    fn mapping_placeholder(&mut self, origin: Origin, mapping: &Mapping, text: &Arc<str>, what: Named) {
        if has_placeholder(text) {
            self.placeholders.push(Placeholder {
                text: text.to_string(),
                what,
                address: mapping.address(origin),
            });
        }
    }

    /// An object without kind: perhaps a body for `kubectl patch`.
    fn kindless(&mut self, tree: &Tree<'_>, node: NodeId, at: &At<'_>) {
        let Some(data) = tree.get(node, "data") else { return };
        let text_of = |key: &str| tree.scalar(tree.get(data, key)?).map(|scalar| scalar.text.to_owned());
        let maps = [MapKey::Roles, MapKey::Users].map(|key| (key, text_of(key.as_str())));
        if maps.iter().all(|(_, text)| text.is_none()) && text_of("mapAccounts").is_none() {
            return;
        }
        let origin = self.register(at);
        let texts =
            maps.iter().filter_map(|(key, text)| Some((key.as_str().into(), text.as_deref()?.into())));
        let data: Vec<(Arc<str>, Arc<str>)> = texts.collect();
        let aws_auth = aws_auth::read_data(origin, &data, &mut self.texts);
        let finding = Finding::new(
            Code::AwsAuthWrongNamespace,
            Severity::Warning,
            origin.at([]).into(),
            "this has mappings but no kind and name: a body for `kubectl patch`, which is no object of its own",
        )
        .with_help("capture what is in force: `kubectl get configmap aws-auth -n kube-system -o yaml`");
        self.findings.push(finding);
        let (name, namespace) = (String::new(), String::new());
        self.cluster.near_aws_auth.push(NearAwsAuth {
            why: NearReason::PatchBody,
            aws_auth,
            namespace,
            name,
        });
    }

    /// Adds the built-in policy below what was read, and tells what concerns the tree as a whole.
    pub fn finish(mut self) -> Loaded {
        if let Some(version) = self.options.builtin {
            self.add_builtin(Edition::Kubernetes(version));
        }
        if let Some(first) = self.namespace_assumed.first() {
            let count = self.namespace_assumed.len();
            let objects =
                if count == 1 { "1 object has".to_owned() } else { format!("{count} objects have") };
            let namespace = &self.options.default_namespace;
            let message = format!("{objects} no namespace, and are taken to be in `{namespace}`");
            let spot = first.at([Step::Field("metadata")]).into();
            self.findings.push(
                Finding::new(Code::NamespaceAssumed, Severity::Note, spot, message)
                    .with_help("say which namespace they are applied to with `--default-namespace NAME`"),
            );
        }
        let gaps = gap::by_chart(self.gaps, &self.charts, &self.sources);
        Loaded {
            sources: self.sources,
            cluster: self.cluster,
            findings: self.findings,
            gaps,
            placeholders: self.placeholders,
            noted: self.noted,
            options: self.options,
        }
    }

    fn add_builtin(&mut self, edition: Edition) {
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
        for (origin, what) in replaced {
            if self.auto_update_off.contains(&origin) {
                continue;
            }
            let message = format!(
                "{what} replaces Kubernetes' default; when it starts, the API server adds default rules and subjects that are missing here"
            );
            self.findings.push(Finding::new(
                Code::DefaultReplaced,
                Severity::Note,
                origin.at([]).into(),
                message,
            ));
        }
    }
}

/// The code and the weight of damage to aws-auth.
fn damage_code(kind: crate::model::DamageKind) -> (Code, Severity) {
    use crate::model::DamageKind;
    match kind {
        DamageKind::UnknownKey => (Code::AwsAuthUnknownKey, Severity::Error),
        DamageKind::Unreadable => (Code::AwsAuthUnreadable, Severity::Error),
        DamageKind::EntryDropped | DamageKind::FieldLost => (Code::MappingInvalid, Severity::Error),
        DamageKind::UnknownField => (Code::MappingInvalid, Severity::Warning),
    }
}

fn duplicate(kind: &str, name: &str, first: Origin, second: Origin, more: &str) -> Finding {
    let message = format!("{kind} `{name}` is written twice; the later one is in force{more}");
    Finding::new(Code::ObjectDuplicate, Severity::Warning, second.at([]).into(), message)
        .with_related(first.at([]).into(), "the earlier one, not in force")
        .with_help("read one cluster at a time: `-f` one directory, or `--exclude` the others")
}

fn shown(key: &Key) -> String {
    match &key.0 {
        Some(namespace) => format!("{namespace}/{}", key.1),
        None => key.1.to_string(),
    }
}

/// Whether a text that cannot be parsed speaks of RBAC or aws-auth at all.
fn has_trace(text: &str) -> bool {
    let words = ["aws-auth", "mapRoles", "mapUsers", "mapAccounts", "rbac.authorization.k8s.io"];
    words.iter().any(|word| text.contains(word)) || {
        let word = |start: usize, length: usize| {
            let before = text.get(..start).and_then(|before| before.chars().next_back());
            let after = text.get(start + length..).and_then(|after| after.chars().next());
            let part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
            !part(before) && !part(after)
        };
        RbacKind::ALL
            .iter()
            .any(|kind| text.match_indices(kind.as_str()).any(|(start, found)| word(start, found.len())))
    }
}
