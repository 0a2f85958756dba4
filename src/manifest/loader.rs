//! One text after the other into the cluster: documents, what cannot be read, and what concerns the tree as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::counts::Counts;
use super::doors::Gathered;
use super::gap::{self, Gap};
use super::listed::Reading;
use super::object::At;
use super::plain::{Plain, Work};
use super::rbac::RbacKind;
use super::reader::TextPool;
use super::{Loaded, Options, crd, kustomize};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::model::ServiceAccountFacts;
use crate::model::builtin::Edition;
use crate::model::resource_type::CustomType;
use crate::model::{Cluster, Placeholder};
use crate::source::ahead::ahead;
use crate::source::yaml::{Chunk, Content, Error, ErrorKind, Parts, Undecodable, decode, documents};
use crate::source::{FileId, Origin, Sources, Step, Stretch};

/// A text of so many bytes is parsed by a thread of its own, ahead of the one that makes objects of it; where that one falls
/// behind, the first makes objects too.
const LARGE: usize = 1 << 20;

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
    pub(super) options: Options,
    pub(super) sources: Sources,
    pub(super) texts: TextPool,
    pub(super) cluster: Cluster,
    pub(super) findings: Vec<Finding>,
    pub(super) gaps: Vec<Gap>,
    pub(super) noted: Vec<Noted>,
    pub(super) custom_types: Vec<CustomType>,
    pub(super) placeholders: Vec<Placeholder>,
    pub(super) last: Option<Origin>,
    pub(super) charts: Vec<String>,
    pub(super) patches: BTreeSet<String>,
    /// Origins of objects whose namespace was assumed: told once a tree.
    pub(super) namespace_assumed: Vec<Origin>,
    pub(super) auto_update_off: BTreeSet<Origin>,
    pub(super) keep_current: bool,
    pub(super) gathered: Gathered,
    pub(super) service_account: ServiceAccountFacts,
    pub(super) counts: Counts,
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
            custom_types: Vec::new(),
            placeholders: Vec::new(),
            last: None,
            charts: Vec::new(),
            patches: BTreeSet::new(),
            namespace_assumed: Vec::new(),
            auto_update_off: BTreeSet::new(),
            keep_current: false,
            gathered: Gathered::default(),
            service_account: ServiceAccountFacts::default(),
            counts: Counts::default(),
        }
    }

    /// Reads a kustomization ahead of everything else, so that the patches that it names are not taken for objects.
    /// Does nothing for other files.
    pub fn look_ahead(&mut self, path: &str, bytes: &[u8]) {
        if !kustomize::is_kustomization(path) {
            return;
        }
        let Ok(text) = decode(bytes.to_vec()) else { return };
        for chunk in documents(&text, &self.options.limits).without_prefilter() {
            if let Content::Tree(tree) = &chunk.content {
                self.patches.extend(kustomize::patches(tree, path));
            }
        }
    }

    /// Notes a path that could not be read.
    pub fn unreadable(&mut self, path: &str, why: &str) {
        self.counts.files += 1;
        let finding = Finding::new(
            Code::FileUnreadable,
            Severity::Error,
            Spot::Path(path.to_owned()),
            format!("`{path}` could not be read: {why}"),
        )
        .with_help("make it readable, or leave it out (`--exclude`)");
        self.gaps.push(Gap { finding, hidden: Vec::new(), after: self.last_or_first() });
    }

    /// Notes a path that was not read because of a limit, which the help tells how to raise.
    pub fn beyond_limit(&mut self, path: &str, why: &str, help: &str) {
        self.counts.files += 1;
        let spot = Spot::Path(path.to_owned());
        let finding =
            Finding::new(Code::LimitExceeded, Severity::Error, spot, format!("`{path}` is not read: {why}"))
                .with_help(help);
        self.gaps.push(Gap { finding, hidden: Vec::new(), after: self.last_or_first() });
    }

    /// Begins a text.
    pub(super) fn begin(&mut self, path: &str) -> FileId {
        self.counts.files += 1;
        if let Some(directory) = path.strip_suffix("Chart.yaml") {
            self.charts.push(directory.to_owned());
        }
        self.keep_current = false;
        self.sources.add(path)
    }

    /// Whether a text is a patch that a kustomization names, which is counted and not read.
    pub(super) fn pass_over_patch(&mut self, path: &str) -> bool {
        let is_patch = self.patches.contains(path);
        self.counts.documents += usize::from(is_patch);
        self.counts.patches += usize::from(is_patch);
        is_patch
    }

    /// Reads one text.
    pub fn add(&mut self, path: &str, bytes: Vec<u8>) {
        self.add_decoded(path, decode(bytes));
    }

    /// Reads one text, or tells why it is none.
    pub(super) fn add_decoded(&mut self, path: &str, text: Result<String, Undecodable>) {
        let file = self.begin(path);
        let text = match text {
            Ok(text) => {
                self.add_text(file, path, &text);
                if !self.keep_current {
                    return;
                }
                text
            }
            Err(no_text) => self.undecodable(file, no_text),
        };
        self.sources.keep(file, text);
    }

    /// Notes bytes that are no text; gives what can be shown of them.
    fn undecodable(&mut self, file: FileId, no_text: Undecodable) -> String {
        let Undecodable { error, bytes } = no_text;
        let lossy = String::from_utf8_lossy(&bytes).into_owned();
        let start = String::from_utf8_lossy(bytes.get(..error.offset).unwrap_or_default()).len();
        let stretch = Stretch { file, range: start..(start + 1).min(lossy.len()), document: 0 };
        let finding =
            Finding::new(Code::EncodingInvalid, Severity::Error, stretch.clone().into(), error.message)
                .with_help(error.kind.help().unwrap_or_default());
        let whole = Stretch { range: 0..lossy.len(), ..stretch };
        self.gaps.push(Gap { finding, hidden: vec![whole], after: self.last_or_first() });
        lossy
    }

    /// The object read last; a gap before all others can replace none but those that come with Kubernetes.
    fn last_or_first(&self) -> Origin {
        self.last.unwrap_or_default()
    }

    /// Notes a kustomization, which is not built.
    fn unbuilt(&mut self, file: FileId) {
        self.keep_current = true;
        let finding = Finding::new(
            Code::KustomizationUnbuilt,
            Severity::Note,
            Spot::File(file),
            "a kustomization is not built here: its files are read as they are, its patches not at all",
        )
        .with_help("build it and pipe it in: `kustomize build DIRECTORY | iamrbac … -f -`");
        self.findings.push(finding);
        self.counts.documents += 1;
        self.counts.kustomizations += 1;
    }

    fn add_text(&mut self, file: FileId, path: &str, text: &str) {
        if kustomize::is_kustomization(path) {
            self.unbuilt(file);
            return;
        }
        if self.pass_over_patch(path) {
            return;
        }
        let parts = self.parts(text);
        let mut reading = Reading::new(file, text);
        let works = parts.map(Work::from);
        if text.len() < LARGE {
            return works.for_each(|mut work| self.part(&mut reading, &mut work));
        }
        let (mut texts, default_namespace) = (TextPool::default(), self.options.default_namespace.clone());
        let prepare = |work: &mut Work<'_>| work.prepare(&mut texts, &default_namespace);
        ahead(works, prepare, |work| self.part(&mut reading, work));
    }

    /// The parts of a text. Of a service account more is wanted than a list's items one by one.
    fn parts<'t>(&self, text: &'t str) -> Parts<'t> {
        let documents = documents(text, &self.options.limits);
        if self.options.service_account.is_some() {
            return Parts::new(documents.without_prefilter(), usize::MAX);
        }
        Parts::new(documents, self.least_list())
    }

    /// One document.
    pub(super) fn chunk(&mut self, reading: &mut Reading<'_>, chunk: &Chunk<'_>, plain: Option<Plain>) {
        let stretch = |range: Range<usize>| Stretch { file: reading.file, range, document: chunk.index };
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
        self.counts.documents += usize::from(!matches!(chunk.content, Content::Empty));
        match &chunk.content {
            Content::Empty => {}
            Content::Skipped(kind) => self.counts.passed_over(kind.unwrap_or_default()),
            Content::Noted(crd::KIND) => {
                self.counts.read(crd::KIND);
                let limits = &self.options.limits;
                self.custom_types.extend(crd::type_in_document(reading.text, chunk.span.clone(), limits));
            }
            Content::Noted(kind) => {
                self.keep_current = true;
                self.counts.read(kind);
                self.noted.push(Noted { kind: (*kind).to_owned(), stretch: stretch(chunk.span.clone()) });
            }
            Content::Error(error) => {
                self.unread(&error.clone(), reading.text, &stretch(chunk.span.clone()));
            }
            Content::Tree(tree) => {
                let before = self.last;
                let at = At { file: reading.file, chunk, items: Vec::new(), own: 0..0 };
                self.gather_service_account(tree, tree.root(), &at);
                match plain {
                    Some(plain) => self.plain(plain, &at),
                    None => self.document(tree, tree.root(), &at, None),
                }
                self.past_error(reading, chunk, before);
            }
        }
    }

    /// Tells that something was read where kubectl no longer reads, once a text.
    pub(super) fn past_error(
        &mut self,
        reading: &mut Reading<'_>,
        chunk: &Chunk<'_>,
        before: Option<Origin>,
    ) {
        if !chunk.after_error || self.last == before || std::mem::replace(&mut reading.told_past_error, true)
        {
            return;
        }
        let whole = Stretch { file: reading.file, range: chunk.span.clone(), document: chunk.index };
        self.findings.push(Finding::new(
            Code::ReadPastError,
            Severity::Warning,
            whole.into(),
            "kubectl would have stopped at the document before that cannot be read; this one is counted all the same",
        ));
    }

    /// Notes a document that cannot be read, if it could have held something.
    fn unread(&mut self, error: &Error, text: &str, whole: &Stretch) {
        // kubectl throws away what it has of the file with a broken separator, and never sees the rest
        let whole = match error.kind {
            ErrorKind::Separator => &Stretch { range: whole.range.start..text.len(), ..whole.clone() },
            _ => whole,
        };
        let hidden = text.get(whole.range.clone()).unwrap_or_default();
        self.unread_of_service_account(hidden, whole, &error.message);
        if !has_trace(hidden) && error.kind != ErrorKind::Limit {
            self.counts.unreadable_elsewhere += 1;
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
        finding.help = match error.kind {
            ErrorKind::Template => Some(
                "render the chart first and pipe it in with `-f -` (`helm template … | iamrbac … -f -`), or leave it out with `--exclude`"
                    .to_owned(),
            ),
            kind => kind.help().map(str::to_owned),
        };
        self.gaps.push(Gap { finding, hidden: vec![whole.clone()], after: self.last_or_first() });
    }

    /// That objects were taken to be in a namespace: once, at the first of them.
    fn tell_assumed_namespace(&mut self) {
        if self.namespace_assumed.is_empty() {
            return;
        }
        let roles = self.cluster.roles.values().filter(|role| role.namespace.is_some());
        let bindings = self.cluster.bindings.values().filter(|binding| binding.namespace.is_some());
        let mut names: BTreeMap<Origin, String> =
            roles.map(|role| (role.origin, format!("Role `{}`", role.name))).collect();
        names.extend(bindings.map(|binding| (binding.origin, format!("RoleBinding `{}`", binding.name))));
        // what is refused, or replaced by a later object, is in no namespace
        self.namespace_assumed.retain(|origin| names.contains_key(origin));
        let Some(first) = self.namespace_assumed.first() else { return };
        let Some(named) = names.get(first) else { return };
        let namespace = &self.options.default_namespace;
        let message = match self.namespace_assumed.len().saturating_sub(1) {
            0 => format!("{named} has no namespace, and is taken to be in `{namespace}`"),
            more => {
                format!("{named} and {more} more have no namespace, and are taken to be in `{namespace}`")
            }
        };
        self.findings.push(
            Finding::new(
                Code::NamespaceAssumed,
                Severity::Note,
                first.at([Step::Field("metadata")]).into(),
                message,
            )
            .with_help("say which namespace they are applied to with `--default-namespace NAME`"),
        );
    }

    /// Adds the built-in policy below what was read, and tells what concerns the tree as a whole.
    pub fn finish(mut self) -> Loaded {
        self.take_described_version();
        if let Some(version) = self.options.builtin {
            self.add_builtin(Edition::Kubernetes(version));
        }
        let unchosen = self.open_doors();
        self.add_platform();
        self.tell_assumed_namespace();
        gap::forget_in_templates(&mut self.findings, &self.charts, &self.sources);
        let gaps = gap::by_chart(self.gaps, &self.charts, &self.sources);
        Loaded {
            sources: self.sources,
            cluster: self.cluster,
            findings: self.findings,
            gaps,
            placeholders: self.placeholders,
            service_account: self.service_account,
            noted: self.noted,
            resource_types: crd::types(self.custom_types),
            unchosen,
            counts: self.counts,
            options: self.options,
        }
    }
}

/// Whether a text that cannot be parsed speaks of RBAC or of a door at all.
fn has_trace(text: &str) -> bool {
    let words = [
        "aws-auth",
        "mapRoles",
        "mapUsers",
        "mapAccounts",
        "rbac.authorization.k8s.io",
        "accessEntr",
        "associatedAccessPolic",
        "AWS::EKS::",
        "aws_eks_access",
        "eksctl.io",
        "IAMIdentityMapping",
        "aws-iam-authenticator",
    ];
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
