//! What was loaded: for people, and as `iamrbac/summary/v1`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::json::{NoteDocument, PlaceDocument, address_place, note_document, place_of_spot, spot_place};
use super::setting::SettingDocument;
use super::text::{Page, Paint, Style, visible};
use crate::manifest::Loaded;
use crate::query::setting::Setting;
use crate::query::summary::{Item, Section, Summary};

/// The name of the contract. v1 grows only by new fields and new sections.
pub const SCHEMA: &str = "iamrbac/summary/v1";

/// A summary.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryDocument {
    schema: &'static str,
    files: usize,
    documents: usize,
    read: BTreeMap<String, usize>,
    passed_over: BTreeMap<String, usize>,
    kustomizations: usize,
    patches: usize,
    unreadable_elsewhere: usize,
    builtin: Option<String>,
    #[serde(flatten)]
    setting: SettingDocument,
    aws_auth: Option<AwsAuthDocument>,
    roles: usize,
    cluster_roles: usize,
    role_bindings: usize,
    cluster_role_bindings: usize,
    findings: FindingsDocument,
    sections: BTreeMap<&'static str, Vec<ItemDocument>>,
    gaps: Vec<NoteDocument>,
    complete: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AwsAuthDocument {
    map_roles: usize,
    map_users: usize,
    map_accounts: usize,
    damage: usize,
    place: Option<PlaceDocument>,
}

#[derive(Debug, Serialize)]
struct FindingsDocument {
    errors: usize,
    warnings: usize,
    notes: usize,
}

#[derive(Debug, Serialize)]
struct ItemDocument {
    what: String,
    places: usize,
    place: Option<PlaceDocument>,
}

/// The document of a summary.
pub fn document(loaded: &Loaded, summary: &Summary) -> SummaryDocument {
    let sources = &loaded.sources;
    let counts = &loaded.counts;
    let [errors, warnings, notes] = summary.findings;
    let section = |section: &Section| {
        let items = section.items.iter().map(|item| ItemDocument {
            what: item.what.clone(),
            places: item.places,
            place: place_of_spot(sources, &item.spot),
        });
        (section.kind.as_str(), items.collect())
    };
    SummaryDocument {
        schema: SCHEMA,
        files: counts.files,
        documents: counts.documents,
        read: counts.read.clone(),
        passed_over: counts.passed_over.clone(),
        kustomizations: counts.kustomizations,
        patches: counts.patches,
        unreadable_elsewhere: counts.unreadable_elsewhere,
        builtin: loaded.options.builtin.map(|version| version.to_string()),
        setting: Setting::of(&loaded.cluster).into(),
        aws_auth: summary.aws_auth.as_ref().map(|counts| AwsAuthDocument {
            map_roles: counts.roles,
            map_users: counts.users,
            map_accounts: counts.accounts,
            damage: counts.damage,
            place: address_place(sources, &counts.origin.at([])),
        }),
        roles: summary.objects.roles,
        cluster_roles: summary.objects.cluster_roles,
        role_bindings: summary.objects.role_bindings,
        cluster_role_bindings: summary.objects.cluster_role_bindings,
        findings: FindingsDocument { errors, warnings, notes },
        sections: summary.sections.iter().map(section).collect(),
        gaps: summary.gaps.iter().map(|gap| note_document(sources, gap)).collect(),
        complete: summary.gaps.is_empty(),
    }
}

/// So many items of a section, and so many kinds, are shown to people; the rest is counted.
const SHOWN: usize = 4;

/// A summary for people, on one screen.
pub fn text(loaded: &Loaded, summary: &Summary, style: Style) -> String {
    let mut page = Page::new(&loaded.sources, style);
    let counts = &loaded.counts;
    let files = counted(counts.files, "file", "files");
    let documents = counted(counts.documents, "document", "documents");
    let word = match summary.gaps.len() {
        0 => style.paint(Paint::Yes, "all read"),
        number => style.paint(Paint::No, &format!("{number} not read")),
    };
    page.line(&format!("{word}, of {files} with {documents}"));
    page.line("");
    page.what_was_read(loaded);
    page.what_there_is(loaded, summary);
    page.items("could not be read, and might hold a grant", summary.gaps.len(), |page| {
        for gap in summary.gaps.iter().take(SHOWN) {
            page.item(&gap.message, &gap.spot, 1);
        }
    });
    for section in &summary.sections {
        page.items(section.kind.title(), section.items.len(), |page| {
            for Item { what, spot, places } in section.items.iter().take(SHOWN) {
                page.item(what, spot, *places);
            }
        });
    }
    page.finish()
}

impl Page<'_> {
    fn fact(&mut self, label: &str, text: &str, place: Option<&str>) {
        self.row("", &format!("{label:<12}"), text, place);
    }

    fn what_was_read(&mut self, loaded: &Loaded) {
        let counts = &loaded.counts;
        self.fact("read", &kinds(&counts.read, "patch of aws-auth"), None);
        let mut passed_over = kinds(&counts.passed_over, "of a kind not looked for");
        for (number, one, many) in [
            (counts.kustomizations, "kustomization, not built", "kustomizations, not built"),
            (counts.patches, "patch, not applied", "patches, not applied"),
            (
                counts.unreadable_elsewhere,
                "without RBAC that cannot be read",
                "without RBAC that cannot be read",
            ),
        ] {
            if number > 0 {
                passed_over = format!("{passed_over}; {}", counted(number, one, many));
            }
        }
        self.fact("passed over", &passed_over, None);
    }

    fn what_there_is(&mut self, loaded: &Loaded, summary: &Summary) {
        match &summary.aws_auth {
            None if loaded.cluster.open_backends().next().is_none() => {
                self.fact("aws-auth", "none, so that nobody is mapped", None);
            }
            None => self.fact("aws-auth", "none", None),
            Some(counts) => {
                let place = loaded.sources.place(&counts.origin.at([]));
                let place = place.map(|place| format!("{}:{}", place.file, place.line));
                let mut text = format!(
                    "{} in mapRoles, {} in mapUsers, {} in mapAccounts",
                    counts.roles, counts.users, counts.accounts
                );
                if counts.damage > 0 {
                    text = format!("{text}, {}", counted(counts.damage, "thing dropped", "things dropped"));
                }
                self.fact("aws-auth", &text, place.as_deref());
            }
        }
        let objects = &summary.objects;
        let roles = counted(objects.roles, "Role", "Roles");
        self.fact(
            "roles",
            &format!("{roles}, {}", counted(objects.cluster_roles, "ClusterRole", "ClusterRoles")),
            None,
        );
        let bindings = counted(objects.role_bindings, "RoleBinding", "RoleBindings");
        let cluster_wide =
            counted(objects.cluster_role_bindings, "ClusterRoleBinding", "ClusterRoleBindings");
        self.fact("bindings", &format!("{bindings}, {cluster_wide}"), None);
        let setting = Setting::of(&loaded.cluster);
        let platform = setting.platform;
        self.fact("platform", &format!("{}: {}", platform.platform, platform.from.words()), None);
        if let Some(mode) = setting.mode {
            self.fact("mode", &format!("{mode}, {}", setting.mode_from.words()), None);
        }
        let of_eks = if platform.has_objects { " and of EKS" } else { "" };
        match loaded.options.builtin {
            Some(version) => {
                let besides = format!("those of Kubernetes {version}{of_eks} besides (--builtin)");
                self.fact("built in", &besides, None);
            }
            None if platform.has_objects => {
                self.fact("built in", "those of EKS besides (--builtin none)", None);
            }
            None => self.fact("built in", "none (--builtin none)", None),
        }
        let [errors, warnings, notes] = summary.findings;
        let errors = counted(errors, "error", "errors");
        let warnings = counted(warnings, "warning", "warnings");
        self.fact("findings", &format!("{errors}, {warnings}, {}", counted(notes, "note", "notes")), None);
    }

    /// A section of so many items, of which the first are printed.
    fn items(&mut self, title: &str, all: usize, print: impl FnOnce(&mut Self)) {
        if all == 0 {
            return;
        }
        self.line("");
        let title = self.style().paint(Paint::Bold, title);
        self.line(&format!("{title} ({all})"));
        print(self);
        if all > SHOWN {
            self.line(&format!("     and {} more (-o json)", all - SHOWN));
        }
    }

    fn item(&mut self, what: &str, spot: &crate::finding::Spot, places: usize) {
        let place = spot_place(self.sources(), spot).map(|place| {
            let more = if places > 1 { format!(" and {} more", places - 1) } else { String::new() };
            format!("{}:{}{more}", place.file, place.line)
        });
        self.row("", "-", what, place.as_deref());
    }
}

/// `1 file`, `2 files`
fn counted(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// `5 Role, 3 ClusterRole and 2 more kinds`: the most frequent first.
fn kinds(counts: &BTreeMap<String, usize>, unnamed: &str) -> String {
    if counts.is_empty() {
        return "nothing".to_owned();
    }
    let mut kinds: Vec<(&String, &usize)> = counts.iter().collect();
    // stable: kinds as frequent as each other stay in order of their names
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let shown = kinds.iter().take(2 * SHOWN).map(|(kind, count)| {
        let kind = if kind.is_empty() { unnamed } else { kind };
        format!("{count} {}", visible(kind))
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    match kinds.len().checked_sub(2 * SHOWN) {
        None | Some(0) => shown,
        Some(1) => format!("{shown} and another kind"),
        Some(more) => format!("{shown} and {more} more kinds"),
    }
}
