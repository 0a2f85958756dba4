//! The items of a long list one by one, and what was known before it, should it turn out that the list has to be read as
//! a whole. Must not know what an item is.

use std::collections::BTreeSet;

use super::counts::Counts;
use super::doors::Gathered;
use super::loader::Loader;
use super::object::At;
use super::plain::Work;
use crate::model::Cluster;
use crate::source::yaml::{Chunk, Part};
use crate::source::{FileId, Origin};

/// A list of fewer bytes is read as a whole.
const LONG: usize = 1 << 16;
/// What is known is copied before a long list; a text so many times as long as there are objects is worth it.
const BYTES_AN_OBJECT: usize = 256;
/// The version of the lists that come item by item. The kind of their items is not told by that of the list.
const OF_LIST: (&str, &str) = ("v1", "");

/// A text that is being read.
pub(super) struct Reading<'t> {
    pub(super) file: FileId,
    pub(super) text: &'t str,
    pub(super) told_past_error: bool,
    list: Option<List<'t>>,
}

struct List<'t> {
    chunk: Chunk<'t>,
    /// How many items were read.
    count: usize,
    before: Before,
}

/// What was known before a list; of what only grows, how much.
struct Before {
    cluster: Cluster,
    gathered: Gathered,
    auto_update_off: BTreeSet<Origin>,
    counts: Counts,
    last: Option<Origin>,
    keep_current: bool,
    objects: usize,
    findings: usize,
    gaps: usize,
    noted: usize,
    custom_types: usize,
    placeholders: usize,
    namespace_assumed: usize,
}

impl<'t> Reading<'t> {
    pub(super) const fn new(file: FileId, text: &'t str) -> Self {
        Self { file, text, told_past_error: false, list: None }
    }
}

impl Loader {
    /// The fewest bytes of a list that is worth reading item by item.
    pub(super) fn least_list(&self) -> usize {
        LONG.max(self.sources.objects().saturating_mul(BYTES_AN_OBJECT))
    }

    /// One part of a text.
    pub(super) fn part<'t>(&mut self, reading: &mut Reading<'t>, work: &mut Work<'t>) {
        match &work.part {
            Part::Document(chunk) => self.chunk(reading, chunk, work.plain.take()),
            Part::List(chunk) => {
                let before = self.before();
                self.counts.documents += 1;
                reading.list = Some(List { chunk: chunk.clone(), count: 0, before });
            }
            Part::Item(tree) => {
                let Some(list) = &mut reading.list else { return };
                let own = tree.span(tree.root());
                let at = At { file: reading.file, chunk: &list.chunk, items: vec![list.count], own };
                list.count += 1;
                match work.plain.take() {
                    Some(plain) => self.plain(plain, &at),
                    None => self.document(tree, tree.root(), &at, Some(OF_LIST)),
                }
            }
            Part::End => {
                let Some(list) = reading.list.take() else { return };
                self.past_error(reading, &list.chunk, list.before.last);
            }
            Part::Withdrawn => {
                let Some(list) = reading.list.take() else { return };
                self.forget(list.before);
            }
        }
    }

    fn before(&self) -> Before {
        Before {
            cluster: self.cluster.clone(),
            gathered: self.gathered.clone(),
            auto_update_off: self.auto_update_off.clone(),
            counts: self.counts.clone(),
            last: self.last,
            keep_current: self.keep_current,
            objects: self.sources.objects(),
            findings: self.findings.len(),
            gaps: self.gaps.len(),
            noted: self.noted.len(),
            custom_types: self.custom_types.len(),
            placeholders: self.placeholders.len(),
            namespace_assumed: self.namespace_assumed.len(),
        }
    }

    /// Knows no more than before. Texts that were shared stay shared, which nobody sees.
    fn forget(&mut self, before: Before) {
        self.cluster = before.cluster;
        self.gathered = before.gathered;
        self.auto_update_off = before.auto_update_off;
        self.counts = before.counts;
        self.last = before.last;
        self.keep_current = before.keep_current;
        self.sources.forget_objects(before.objects);
        self.findings.truncate(before.findings);
        self.gaps.truncate(before.gaps);
        self.noted.truncate(before.noted);
        self.custom_types.truncate(before.custom_types);
        self.placeholders.truncate(before.placeholders);
        self.namespace_assumed.truncate(before.namespace_assumed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Options;
    use crate::manifest::reader::TextPool;
    use crate::source::yaml::{Limits, Parts, documents};
    use proptest::prelude::*;
    use std::path::PathBuf;

    const YAML: &str = "apiVersion: v1\nitems:\n- apiVersion: rbac.authorization.k8s.io/v1\n  kind: Role\n  metadata:\n    name: a\n    namespace: x\n  rules:\n  - apiGroups:\n    - \"\"\n    resources: [pods]\n    verbs:\n    - get\n- apiVersion: v1\n  data:\n    mapRoles: |\n      - rolearn: arn:aws:iam::111122223333:role/a\n        username: a\n  kind: ConfigMap\n  metadata: {name: aws-auth, namespace: kube-system}\n# between\n- apiVersion: rbac.authorization.k8s.io/v1\n  kind: RoleBinding\n  metadata:\n    name: b\n    labels: {a: b}\n  roleRef:\n    apiGroup: rbac.authorization.k8s.io\n    kind: Role\n    name: a\n  subjects:\n  - kind: User\n    name: dev:${NAME}\n- apiVersion: v1\n  kind: ServiceAccount\n  metadata:\n    name: s\n- apiVersion: eks.services.k8s.aws/v1alpha1\n  kind: AccessEntry\n  metadata:\n    name: e\n  spec:\n    clusterName: c\n    principalARN: arn:aws:iam::111122223333:role/e\n    username: u\n- apiVersion: rbac.authorization.k8s.io/v1\n  kind: Role\n  metadata:\n    name: a\n    namespace: x\n  rules: 3\nkind: List\nmetadata:\n  resourceVersion: \"\"\n";
    const JSON: &str = "{\n  \"apiVersion\": \"v1\",\n  \"items\": [\n    {\"apiVersion\": \"rbac.authorization.k8s.io/v1\", \"kind\": \"ClusterRole\", \"metadata\": {\"name\": \"a\\u0062\"}, \"rules\": [{\"verbs\": [\"get\"], \"nonResourceURLs\": [\"/x\"]}]},\n    {\"apiVersion\": \"rbac.authorization.k8s.io/v1\", \"kind\": \"ClusterRole\", \"metadata\": {\"name\": \"c\"}, \"rules\": [{\"verb\": [1e3]}]}\n  ],\n  \"kind\": \"List\",\n  \"metadata\": {\"resourceVersion\": \"\"}\n}\n";

    /// What is loaded of a text where lists of at least so many bytes come item by item and objects perhaps made already, and
    /// how many such lists were complete, and how many withdrawn.
    fn load(text: &str, least: usize, is_prepared: bool) -> (String, usize, usize) {
        let options = Options { builtin: None, ..Options::default() };
        let limits = Limits { nodes: 4000, ..options.limits };
        let mut loader = Loader::new(options);
        loader.add("before.yaml", b"kind: Namespace\nmetadata: {name: x}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: c\n".to_vec());
        let file = loader.begin("a.yaml");
        let mut reading = Reading::new(file, text);
        let (mut complete, mut withdrawn) = (0, 0);
        let mut texts = TextPool::default();
        for part in Parts::new(documents(text, &limits), least) {
            complete += usize::from(matches!(part, Part::End));
            withdrawn += usize::from(matches!(part, Part::Withdrawn));
            let mut work = Work::from(part);
            if is_prepared {
                work.prepare(&mut texts, &loader.options.default_namespace);
            }
            loader.part(&mut reading, &mut work);
        }
        loader.sources.keep(file, text.to_owned());
        (format!("{:#?}", loader.finish()), complete, withdrawn)
    }

    /// Loads a text in all ways, which have to agree, and tells how many lists were complete and withdrawn.
    fn assert_same(text: &str) -> (usize, usize) {
        let (expected, ..) = load(text, usize::MAX, false);
        let (prepared, ..) = load(text, usize::MAX, true);
        assert!(prepared == expected, "{text}\n{prepared}\n{expected}");
        let (found, complete, withdrawn) = load(text, 0, false);
        assert!(found == expected, "{text}\n{found}\n{expected}");
        assert!(load(text, 0, true) == (expected, complete, withdrawn), "{text}");
        (complete, withdrawn)
    }

    #[test]
    fn a_list_is_read_alike_item_by_item() {
        let compact: String = JSON.split_inclusive('\n').map(str::trim).collect();
        for text in
            [YAML, JSON, &compact, &format!("# c\n---\n{YAML}---\n{YAML}"), &YAML.replace("# between", "")]
        {
            let (complete, withdrawn) = assert_same(text);
            assert!(complete > 0 && withdrawn == 0, "{text}");
        }
    }

    #[test]
    fn whatever_is_not_as_it_seemed_withdraws_the_list() {
        let changed = |from: &str, to: &str| YAML.replacen(from, to, 1);
        for text in [
            changed("    - get\n", "    - get\n   - list\n"),
            changed("# between", "between:"),
            changed("# between", "- text"),
            changed("# between", "- &a {kind: Role}\n- *a"),
            changed("    name: s\n", "    name: s\n    name: t\n"),
            changed("  kind: ServiceAccount\n", "  kind: \"Service\\x41ccount\"\n"),
            JSON.replacen("1e3", "1e999", 1),
            JSON.replacen("\"c\"}", "\"c\"", 1),
            JSON.replacen("\"verb\"", "\"verbs\": [], \"verbs\"", 1),
            JSON.replacen("]},\n", "]}, 3,\n", 1),
            format!("{} {}", JSON.trim_end(), JSON.trim_end()),
            changed("    - get\n", &"    - get\n".repeat(4000)),
        ] {
            let (complete, withdrawn) = assert_same(&text);
            assert_eq!((complete, withdrawn), (0, 1), "{text}");
        }
        // what is no such list at all is not begun
        for text in [
            changed("    name: s\n", "    name: s\u{85}\n"),
            changed("kind: List", "kind: RoleList"),
            changed("metadata:\n  resourceVersion", "metadata:\n  name: x\n  resourceVersion"),
            changed("kind: List\nmetadata", "kind: List\nkind: List\nmetadata"),
            JSON.replacen("\"items\"", "\"item\"", 1),
            JSON.replacen("\"apiVersion\"", "\"x\": {\"items\": [1]}, \"apiVersion\"", 1),
        ] {
            assert_eq!(assert_same(&text), (0, 0), "{text}");
        }
    }

    #[test]
    fn every_example_is_read_alike() {
        let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut count = 0;
        for root in ["examples", "tests"] {
            for entry in walkdir::WalkDir::new(directory.join(root)) {
                let path = entry.unwrap().into_path();
                let is_manifest = path.extension().is_some_and(|end| end == "yaml" || end == "json");
                if let (true, Ok(text)) = (is_manifest, std::fs::read_to_string(&path)) {
                    assert_same(&text);
                    count += 1;
                }
            }
        }
        assert!(count > 100);
    }

    const INSERTED: [&str; 24] = [
        " ",
        "\n",
        "- ",
        "- a\n",
        "  a: b\n",
        "a: b\n",
        "#",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "'",
        "&a ",
        "*a",
        "|\n",
        "---\n",
        "...\n",
        "kind: List\n",
        "items:\n",
        "\t",
        "é",
        "\\",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

        #[test]
        fn a_mutant_is_read_alike(
            json in any::<bool>(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, 0..INSERTED.len()), 1..3),
        ) {
            let mut text = if json { JSON } else { YAML }.to_owned();
            for (at, length, inserted) in edits {
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
                let from = at.index(places.len());
                let until = (from + length).min(places.len() - 1);
                text.replace_range(places[from]..places[until], INSERTED[inserted]);
            }
            assert_same(&text);
        }
    }
}
