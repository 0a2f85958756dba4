//! Which cluster is asked about, which of its doors are open, and in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::DoorOptions;
use super::dynamic_file::lacks_key;
use super::gathered::{Gathered, Of, Settings, mapping};
use crate::finding::{Code, Finding, Severity, Spot};
use crate::manifest::gap::Gap;
use crate::manifest::loader::Loader;
use crate::model::access_entry::entry_key;
use crate::model::arn::{Arn, ArnPrincipal};
use crate::model::builtin::{Edition, Object};
use crate::model::placeholder::has_placeholder;
use crate::model::{
    Association, AuthenticationMode, Backend, Door, Doors, MapKey, MappedPrincipal, Mapping, MappingPlace,
    ModeFrom, Named, Open, Placeholder, PlatformFrom, PlatformKnown,
};
use crate::source::{Address, Origin, VirtualText};

/// The backends of the authenticator in the order in which those are asked of which something was found.
const BACKENDS: [Door; 4] = [Door::MountedFile, Door::Crd, Door::DynamicFile, Door::AwsAuth];

impl Gathered {
    /// Whether there is something that only a cluster of EKS has.
    fn speaks_of_eks(&self) -> bool {
        let entries = !self.entries.is_empty() || !self.associations.is_empty() || self.lists > 0;
        entries || !self.facts.is_empty() || !self.written.is_empty()
    }

    /// Whether there is something of an authenticator that somebody runs on their own.
    fn speaks_of_authenticator(&self) -> bool {
        self.is_self_hosted || !self.objects.is_empty() || !self.dynamic.is_empty()
    }

    /// The names of the clusters of EKS of which something counts, and those of self-hosted ones.
    fn clusters(
        &self,
        given: Option<AuthenticationMode>,
        backends: Option<&[Door]>,
    ) -> [BTreeSet<Arc<str>>; 2] {
        fn names<T>(list: &[Of<T>]) -> impl Iterator<Item = Arc<str>> + '_ {
            list.iter().filter_map(|of| of.cluster.clone())
        }
        let asked = |door: Door| backends.is_none_or(|backends| backends.contains(&door));
        let config_map = given.is_none_or(AuthenticationMode::has_config_map);
        let (mut eks, mut own) = (BTreeSet::new(), BTreeSet::new());
        if given.is_none() {
            eks.extend(names(&self.facts));
        }
        if given.is_none_or(AuthenticationMode::has_entries) {
            eks.extend(names(&self.entries).chain(names(&self.associations)));
        }
        if config_map && asked(Door::AwsAuth) {
            eks.extend(names(&self.config_maps).chain(names(&self.written)));
        }
        if config_map && asked(Door::MountedFile) {
            own.extend(names(&self.files));
        }
        if config_map && asked(Door::Crd) {
            own.extend(names(&self.objects));
        }
        [eks, own]
    }

    /// Whether all that is of EKS and names a cluster names the same one.
    fn names_one_cluster(&self) -> bool {
        let entries = self.entries.iter().map(|of| &of.cluster);
        let associations = self.associations.iter().map(|of| &of.cluster);
        let facts = self.facts.iter().map(|of| &of.cluster);
        let names: BTreeSet<&Arc<str>> = entries.chain(associations).chain(facts).flatten().collect();
        names.len() < 2
    }

    /// Leaves only what is of one cluster, or of none by name; what is of the other family of clusters is dropped whole.
    fn choose(&mut self, name: &str, families: &[BTreeSet<Arc<str>>; 2]) {
        fn keep<T>(list: &mut Vec<Of<T>>, name: &str) {
            list.retain(|of| of.cluster.as_deref().is_none_or(|cluster| cluster == name));
        }
        let [eks, own] = families;
        if eks.contains(name) || own.contains(name) {
            keep(&mut self.entries, name);
            keep(&mut self.associations, name);
            keep(&mut self.facts, name);
            keep(&mut self.config_maps, name);
            keep(&mut self.written, name);
            keep(&mut self.files, name);
            keep(&mut self.objects, name);
        }
    }
}

impl Loader {
    /// Opens the doors. Returns the names of clusters among which one has to be chosen first; mostly none.
    pub(in crate::manifest) fn open_doors(&mut self) -> Vec<String> {
        let mut gathered = std::mem::take(&mut self.gathered);
        let options = self.options.doors.clone();
        let list_is_of_one = gathered.names_one_cluster();
        let families = gathered.clusters(options.authentication_mode, options.backend_mode.as_deref());
        let all = || families.iter().flatten().map(ToString::to_string).collect::<Vec<_>>();
        let preferred = self.preferred_cluster(&options, &families);
        let unchosen = match options.cluster.as_ref().or(preferred) {
            Some(name) if families.iter().all(|family| !family.contains(name.as_str())) => all(),
            Some(name) => {
                gathered.choose(name, &families);
                Vec::new()
            }
            None if families.iter().any(|family| family.len() > 1) => all(),
            None => Vec::new(),
        };
        self.cluster.platform = self.platform(&gathered);
        self.tell_refused(&gathered.refused);
        self.placeholders.append(&mut gathered.placeholders);
        self.aws_auth_from_elsewhere(&mut gathered);
        let modes = self.configured_modes(&gathered);
        self.add_authenticator(&mut gathered);
        self.add_entries(&mut gathered);
        self.add_creators();
        self.cluster.backends.sort_by_key(|backend| backend.door);
        self.cluster.doors = self.doors(&gathered, modes);
        // a list does not say which cluster's it is
        self.cluster.doors.entries_complete &= list_is_of_one;
        self.add_access_policies();
        unchosen
    }

    /// Who runs the control plane. What the question says counts before what is in the input; there, what only EKS has
    /// before the authenticator's own, and that before aws-auth, which a cluster of one's own can have as well.
    fn platform(&self, gathered: &Gathered) -> PlatformKnown {
        let options = &self.options.doors;
        let from = if self.options.platform.is_some() {
            PlatformFrom::Given
        } else if options.authentication_mode.is_some() || !options.creators.is_empty() {
            PlatformFrom::Question
        } else if gathered.speaks_of_eks() {
            PlatformFrom::Eks
        } else if gathered.speaks_of_authenticator() {
            PlatformFrom::Authenticator
        } else if self.cluster.aws_auth.is_some() || !gathered.config_maps.is_empty() {
            PlatformFrom::AwsAuth
        } else {
            PlatformFrom::Nothing
        };
        let platform = self.options.platform.unwrap_or(from.platform());
        PlatformKnown { platform, from, has_objects: false }
    }

    /// The cluster that the caller's credentials are for, if the input is of it; tells if it is of another one.
    fn preferred_cluster<'o>(
        &mut self,
        options: &'o DoorOptions,
        families: &[BTreeSet<Arc<str>>; 2],
    ) -> Option<&'o String> {
        let preferred = options.preferred_cluster.as_ref().filter(|_| options.cluster.is_none())?;
        let names: Vec<&str> = families.iter().flatten().map(|name| &**name).collect();
        if names.is_empty() || names.contains(&preferred.as_str()) {
            return Some(preferred).filter(|_| !names.is_empty());
        }
        if families.iter().all(|family| family.len() < 2) {
            let message = format!(
                "the kubeconfig's credentials are for the cluster `{preferred}`, and the input is of `{}`",
                names.join("`, `")
            );
            let finding = Finding::new(Code::ClusterDiffers, Severity::Warning, Spot::Nowhere, message);
            let help = "bring what was captured of that cluster, or say with `--cluster NAME` that the other is meant";
            self.findings.push(finding.with_help(help));
        }
        None
    }

    fn tell_refused(&mut self, refused: &[(Address, String)]) {
        for (address, why) in refused {
            let spot = address.clone().into();
            let finding = Finding::new(Code::ConfigurationRefused, Severity::Error, spot, why.clone());
            self.gaps.push(Gap { finding, hidden: Vec::new(), after: address.origin });
        }
    }

    /// aws-auth of Terraform, and the entries that eksctl and Cluster API write: these only where the ConfigMap itself
    /// is not in the input.
    fn aws_auth_from_elsewhere(&mut self, gathered: &mut Gathered) {
        for of in gathered.config_maps.drain(..) {
            self.damage(&of.what);
            self.placeholders_in(&of.what);
            self.cluster.aws_auth = Some(of.what);
        }
        for of in gathered.written.drain(..) {
            let Some(present) = &mut self.cluster.aws_auth else {
                self.placeholders_in(&of.what);
                self.cluster.aws_auth = Some(of.what);
                continue;
            };
            let message = "these mappings are written into aws-auth when they are applied; the ConfigMap is in the input too, and counts as it stands there";
            let spot = of.what.origin.at([]).into();
            let finding = Finding::new(Code::MappingNotApplied, Severity::Note, spot, message);
            self.findings.push(finding.with_related(present.origin.at([]).into(), "the ConfigMap"));
        }
    }

    /// The backends that the authenticator's configuration names.
    fn configured_modes(&self, gathered: &Gathered) -> Option<Vec<Door>> {
        if let Some(given) = &self.options.doors.backend_mode {
            return Some(given.clone());
        }
        match gathered.files.last() {
            Some(of) => Some(of.what.1.modes.clone().unwrap_or_else(|| vec![Door::MountedFile])),
            None => gathered.modes.last().cloned(),
        }
    }

    fn add_authenticator(&mut self, gathered: &mut Gathered) {
        let mut settings = Settings::default();
        if let Some(of) = gathered.files.pop() {
            let (file, of_file) = of.what;
            self.placeholders_in(&file);
            self.cluster.backends.push(file);
            settings = of_file;
        }
        if let Some(first) = gathered.objects.first() {
            let mut objects = Backend::new(Door::Crd, origin_of(&first.what));
            objects.roles = gathered.objects.drain(..).map(|of| of.what).collect();
            self.placeholders_in(&objects);
            self.cluster.backends.push(objects);
        }
        if let Some(mut dynamic) = gathered.dynamic.pop() {
            dynamic.by_user_id = settings.by_user_id;
            if let Some((entry, key)) = lacks_key(&dynamic) {
                let why = format!("the authenticator refuses the whole file: this entry has no `{key}`");
                self.tell_refused(&[(entry.address(dynamic.origin), why)]);
            } else {
                self.placeholders_in(&dynamic);
                self.cluster.backends.push(dynamic);
            }
        }
        let backends = self.cluster.backends.iter_mut().chain(&mut self.cluster.aws_auth);
        for backend in backends {
            let list = settings.reserved.iter().rev().find(|(door, _)| *door == backend.door);
            backend.reserved = list.map(|(_, list)| list.clone()).unwrap_or_default();
        }
    }

    /// Associations, one of each policy with each entry: associating it again replaces its scope.
    /// Upstream: EKS API Reference, `AssociateAccessPolicy`.
    fn add_associations(&mut self, gathered: &mut Gathered) {
        let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
        for one in gathered.associations.drain(..).map(|of| of.what) {
            let kept = &mut self.cluster.associations;
            let key = (entry_key(&one.principal), one.policy_name().to_owned());
            let place = *places.entry(key).or_insert(kept.len());
            let Some(known) = kept.get_mut(place) else {
                kept.push(one);
                continue;
            };
            let before = std::mem::replace(known, one);
            if before.scope != known.scope {
                let message = "this policy is associated with the entry twice; the later scope counts";
                let finding = Finding::new(
                    Code::EntryDuplicate,
                    Severity::Warning,
                    known.address.clone().into(),
                    message,
                );
                self.findings.push(finding.with_related(before.address.into(), "the earlier one"));
            }
        }
    }

    /// Access entries, one of each principal: what is described counts before what is listed, the later before the earlier.
    fn add_entries(&mut self, gathered: &mut Gathered) {
        self.add_associations(gathered);
        let mut by_key: BTreeMap<String, Mapping> = BTreeMap::new();
        let of_policies = self.cluster.associations.iter().map(implied_entry);
        let entries: Vec<Mapping> = gathered.entries.drain(..).map(|of| of.what).chain(of_policies).collect();
        for entry in entries {
            let MappedPrincipal::Arn(arn) = &entry.principal else { continue };
            let slot = by_key.entry(entry_key(arn));
            let std::collections::btree_map::Entry::Occupied(mut known) = slot else {
                slot.or_insert(entry);
                continue;
            };
            if entry.open == Open::Everything {
                continue;
            }
            let before = known.insert(entry);
            let now = known.get();
            let same = before.username == now.username && before.groups == now.groups;
            if before.open != Open::Everything && !same {
                let message = "this principal has an access entry twice; the later one counts";
                let spot = now.arn_address(Origin::default()).into();
                let finding = Finding::new(Code::EntryDuplicate, Severity::Warning, spot, message);
                self.findings
                    .push(finding.with_related(before.address(Origin::default()).into(), "the earlier one"));
            }
        }
        let Some(first) = by_key.values().map(origin_of).min() else { return };
        let mut backend = Backend::new(Door::AccessEntries, first);
        let mut entries: Vec<Mapping> = by_key.into_values().collect();
        entries.sort_by_key(|entry| entry.position);
        (backend.users, backend.roles) = entries.into_iter().partition(|entry| entry.key == MapKey::Users);
        self.entry_placeholders(&backend);
        self.cluster.backends.push(backend);
    }

    /// Values of entries that are only known when they are applied. Roles are compared without their path.
    fn entry_placeholders(&mut self, backend: &Backend) {
        for entry in backend.mappings() {
            if let MappedPrincipal::Arn(arn) = &entry.principal
                && has_placeholder(arn)
            {
                let text = match (arn.split_once(":role/"), arn.rsplit_once('/')) {
                    (Some((start, _)), Some((_, name))) => format!("{start}:role/{name}"),
                    _ => arn.to_string(),
                };
                let address = entry.arn_address(backend.origin);
                self.placeholders.push(Placeholder { text, what: Named::Mapping, address });
            }
            for name in std::iter::once(&entry.username).chain(&entry.groups) {
                self.mapping_placeholder(backend.origin, entry, name, Named::MappedName);
            }
        }
    }

    /// The creators that the question names, as if an object said so.
    fn add_creators(&mut self) {
        let creators = self.options.doors.creators.clone();
        if creators.is_empty() {
            return;
        }
        let lines: Vec<String> = creators.iter().map(|arn| format!("creator: {arn}\n")).collect();
        let file = self.sources.add_virtual("command-line", move || {
            let mut documents = Vec::new();
            let mut text = String::new();
            for line in &lines {
                documents.push(text.len()..text.len() + line.len());
                text.push_str(line);
                text.push_str("---\n");
            }
            VirtualText { text, documents }
        });
        let mut backend = None;
        for (position, arn) in creators.iter().enumerate() {
            let origin = self.sources.register_virtual(file, position);
            let entry = Mapping {
                username: "kubernetes-admin".into(),
                groups: vec!["system:masters".into()],
                place: Some(Box::new(MappingPlace {
                    object: "cluster creator".into(),
                    address: origin.at([]),
                    arn: "creator",
                    username: "creator",
                    groups: "creator",
                })),
                ..mapping(MapKey::Roles, position, arn.as_str())
            };
            backend.get_or_insert_with(|| Backend::new(Door::Creator, origin)).roles.push(entry);
        }
        self.cluster.backends.extend(backend);
    }

    fn doors(&self, gathered: &Gathered, configured: Option<Vec<Door>>) -> Doors {
        let has = |door: Door| self.cluster.backend(door).is_some();
        let fact = gathered.facts.iter().rev().find(|of| of.what.mode.is_some());
        let read = fact.and_then(|of| of.what.mode);
        let mode_place = fact.filter(|_| self.options.doors.authentication_mode.is_none());
        let mode_place = mode_place.map(|of| of.what.address.clone());
        let own = BACKENDS.iter().any(|&door| door != Door::AwsAuth && has(door));
        let (mode, mode_from) = match (self.options.doors.authentication_mode, read) {
            (Some(mode), _) => (Some(mode), ModeFrom::Given),
            (None, Some(mode)) => (Some(mode), ModeFrom::Read),
            (None, None) => {
                let mode = match (has(Door::AccessEntries), has(Door::AwsAuth)) {
                    (true, true) => Some(AuthenticationMode::ApiAndConfigMap),
                    (true, false) => Some(AuthenticationMode::Api),
                    (false, true) if !own => Some(AuthenticationMode::ConfigMap),
                    (false, _) => None,
                };
                (mode, ModeFrom::Inferred)
            }
        };
        let mut backends =
            configured.unwrap_or_else(|| BACKENDS.into_iter().filter(|&door| has(door)).collect());
        if backends.is_empty() {
            backends.push(Door::AwsAuth);
        }
        let mut order = Vec::new();
        if mode.is_none_or(|mode| !mode.has_entries()) && has(Door::Creator) {
            order.push(Door::Creator);
        }
        if mode.is_some_and(AuthenticationMode::has_entries) {
            order.push(Door::AccessEntries);
        }
        if mode.is_none_or(AuthenticationMode::has_config_map) {
            order.extend(backends);
        }
        let sso_role_match = self.options.doors.sso_role_match;
        Doors { order, mode, mode_from, mode_place, entries_complete: gathered.lists > 0, sso_role_match }
    }

    /// The published policies, where any policy is associated.
    fn add_access_policies(&mut self) {
        if self.cluster.associations.is_empty() {
            return;
        }
        let edition = Edition::EksAccessPolicies;
        let file = self.sources.add_virtual(edition.to_string(), move || {
            let manifest = edition.manifest();
            VirtualText { text: manifest.text, documents: manifest.documents }
        });
        let sources = &mut self.sources;
        let policies = edition.objects(|_, document| sources.register_virtual(file, document));
        let policies = policies.into_iter().filter_map(|object| match object {
            Object::Role(role) => Some((role.name.clone(), role)),
            Object::Binding(_) => None,
        });
        self.cluster.access_policies = policies.collect();
    }
}

fn origin_of(mapping: &Mapping) -> Origin {
    mapping.address(Origin::default()).origin
}

/// The entry that an association implies, of which nothing else is known.
fn implied_entry(association: &Association) -> Mapping {
    let is_user = matches!(Arn::parse(&association.principal), Ok(Arn { principal: ArnPrincipal::User, .. }));
    let key = if is_user { MapKey::Users } else { MapKey::Roles };
    let name = association.principal.rsplit('/').next().unwrap_or_default();
    Mapping {
        open: Open::Everything,
        place: Some(Box::new(MappingPlace {
            object: format!("access entry {name}").into(),
            address: association.address.clone(),
            arn: "",
            username: "",
            groups: "",
        })),
        ..mapping(key, usize::MAX, association.principal.clone())
    }
}
