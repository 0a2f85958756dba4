//! What is gathered of the doors while loading, before it is known which cluster is asked about.

use std::sync::Arc;

use super::part::Part;
use crate::model::access_entry::EntryType;
use crate::model::arn::{Arn, ArnPrincipal};
use crate::model::{
    AccessScope, Account, Association, AuthenticationMode, Backend, Door, MapKey, MappedPrincipal, Mapping,
    MappingPlace, Named, Open, Placeholder,
};
use crate::source::Address;

/// Something of one cluster, whose name may not be known.
#[derive(Clone, Debug)]
pub(in crate::manifest) struct Of<T> {
    pub(super) cluster: Option<Arc<str>>,
    pub(super) what: T,
}

/// What an object says of the cluster itself.
#[derive(Clone, Debug)]
pub(in crate::manifest) struct Fact {
    pub(super) mode: Option<AuthenticationMode>,
    /// The version of Kubernetes, and where it stands.
    pub(super) version: Option<(Arc<str>, Address)>,
    pub(super) address: Address,
}

/// What an authenticator configuration says beside its mappings.
#[derive(Clone, Debug, Default)]
pub(in crate::manifest) struct Settings {
    pub(super) modes: Option<Vec<Door>>,
    pub(super) reserved: Vec<(Door, Vec<Arc<str>>)>,
    pub(super) by_user_id: bool,
}

/// All that was gathered, in order of loading.
#[derive(Clone, Debug, Default)]
pub(in crate::manifest) struct Gathered {
    pub(super) entries: Vec<Of<Mapping>>,
    pub(super) associations: Vec<Of<Association>>,
    /// Lists of all entries, which name no cluster.
    pub(super) lists: usize,
    pub(super) facts: Vec<Of<Fact>>,
    pub(super) files: Vec<Of<(Backend, Settings)>>,
    pub(super) dynamic: Vec<Backend>,
    pub(super) objects: Vec<Of<Mapping>>,
    pub(super) modes: Vec<Vec<Door>>,
    /// Whether a cluster that is not of EKS is described, or the configuration of an authenticator of one's own.
    pub(super) is_self_hosted: bool,
    /// Whole ConfigMaps from elsewhere than a manifest.
    pub(super) config_maps: Vec<Of<Backend>>,
    /// What tools write into aws-auth.
    pub(super) written: Vec<Of<Backend>>,
    /// Values that are only known when something is applied.
    pub(super) placeholders: Vec<Placeholder>,
    /// Configurations with which the authenticator would not start, and why.
    pub(super) refused: Vec<(Address, String)>,
}

/// How the fields of an entry are called in one form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    pub(super) arn: &'static str,
    pub(super) kind: &'static str,
    pub(super) username: &'static str,
    pub(super) groups: &'static str,
    /// Whether what is absent is empty, rather than set by EKS.
    pub(super) described: bool,
}

/// How the fields of an association are called in one form.
#[derive(Clone, Copy, Debug)]
pub(super) struct PolicyNames {
    pub(super) policy: &'static str,
    pub(super) scope: &'static str,
    pub(super) kind: &'static str,
    pub(super) namespaces: &'static str,
}

impl Gathered {
    /// Notes a configuration with which the authenticator would not start.
    pub(super) fn refused(&mut self, part: &Part<'_>, why: impl Into<String>) {
        self.refused.push((part.address(), why.into()));
    }

    /// Adds an access entry, and says whose it is.
    pub(super) fn entry(&mut self, part: &Part<'_>, cluster: Option<Arc<str>>, names: Names) -> Arc<str> {
        let principal: Arc<str> =
            part.get(names.arn).map_or_else(|| "${principal}".to_owned(), |arn| as_arn(&arn)).into();
        let kind = EntryType::parse(part.get(names.kind).and_then(|kind| kind.text()).unwrap_or_default());
        let (default_username, published) = kind.default_username(&principal);
        let username =
            part.get(names.username).map(|username| username.shown()).filter(|text| !text.is_empty());
        let groups = part.get(names.groups).map(|groups| groups.texts()).filter(|list| !list.is_empty());
        let (default_groups, all) = kind.default_groups();
        let open = match (&username, &groups) {
            _ if names.described => Open::Nothing,
            (None, _) if !published => Open::Everything,
            (_, None) if !all => Open::Groups,
            _ => Open::Nothing,
        };
        let groups = groups.unwrap_or_else(|| {
            let defaults = default_groups.iter().map(|group| Arc::from(*group));
            if names.described { Vec::new() } else { defaults.collect() }
        });
        let mapping = Mapping {
            username: username.unwrap_or(default_username).into(),
            groups,
            open,
            place: Some(Box::new(place(part, &principal, names))),
            ..listed(self.entries.len(), principal.clone())
        };
        self.entries.push(Of { cluster, what: mapping });
        principal
    }

    /// Adds an entry of which only the principal is known.
    pub(super) fn listed_entry(&mut self, part: &Part<'_>, principal: &str) {
        let names = Names { arn: "", kind: "", username: "", groups: "", described: false };
        let what = Mapping {
            place: Some(Box::new(place(part, principal, names))),
            ..listed(self.entries.len(), principal.into())
        };
        self.entries.push(Of { cluster: None, what });
    }

    /// Adds an association of a policy with a principal's entry.
    pub(super) fn association(
        &mut self,
        part: &Part<'_>,
        cluster: Option<Arc<str>>,
        principal: &Arc<str>,
        names: PolicyNames,
    ) {
        let policy = part.get(names.policy).map_or_else(|| "${policy}".to_owned(), |policy| policy.shown());
        let scope = part.get(names.scope).and_then(|scope| scope.one_or_more().into_iter().next());
        let what = Association {
            principal: principal.clone(),
            policy: policy.into(),
            scope: scope.map_or(AccessScope::Unknown, |scope| read_scope(&scope, names)),
            address: part.address(),
        };
        self.associations.push(Of { cluster, what });
    }

    /// Notes mappings that are not in the input although the object that holds them is.
    pub(super) fn unknown_mappings(&mut self, part: &Part<'_>) {
        let (text, address) = ("${known after apply}".to_owned(), part.address());
        self.placeholders.push(Placeholder { text, what: Named::Mapping, address });
    }

    pub(super) fn fact(&mut self, part: &Part<'_>, cluster: Option<Arc<str>>, mode: Option<&str>) {
        let mode = mode.and_then(AuthenticationMode::parse);
        self.facts.push(Of { cluster, what: Fact { mode, version: None, address: part.address() } });
    }

    /// What was said last of the version of a cluster, or of the one there is.
    pub(in crate::manifest) fn described_version(&self, cluster: Option<&str>) -> Option<(&str, &Address)> {
        let of_cluster = |of: &&Of<Fact>| match (cluster, of.cluster.as_deref()) {
            (Some(wanted), Some(name)) => wanted == name,
            _ => true,
        };
        let (text, address) =
            self.facts.iter().rev().filter(of_cluster).find_map(|of| of.what.version.as_ref())?;
        Some((text, address))
    }

    /// Adds the version to the fact that was just added.
    pub(super) fn version(&mut self, part: &Part<'_>) {
        if let (Some(of), Some(text)) = (self.facts.last_mut(), part.text()) {
            of.what.version = Some((text.into(), part.address()));
        }
    }
}

fn read_scope(scope: &Part<'_>, names: PolicyNames) -> AccessScope {
    let kind = scope.get(names.kind).and_then(|kind| kind.text()).unwrap_or_default();
    if kind.eq_ignore_ascii_case("cluster") {
        AccessScope::Cluster
    } else if kind.eq_ignore_ascii_case("namespace") {
        let namespaces = scope.get(names.namespaces).map(|list| list.texts()).unwrap_or_default();
        AccessScope::Namespaces(namespaces.into_iter().map(Into::into).collect())
    } else {
        AccessScope::Unknown
    }
}

/// The text of an ARN; what stands for one and is none yet, as a placeholder.
pub(super) fn as_arn(part: &Part<'_>) -> String {
    let text = part.shown();
    if text.starts_with("arn:") || text.contains("${") { text } else { format!("${{{text}}}") }
}

fn listed(position: usize, principal: Arc<str>) -> Mapping {
    let user = matches!(Arn::parse(&principal), Ok(Arn { principal: ArnPrincipal::User, .. }));
    Mapping {
        key: if user { MapKey::Users } else { MapKey::Roles },
        position,
        principal: MappedPrincipal::Arn(principal),
        username: Arc::default(),
        groups: Vec::new(),
        user_id: Arc::default(),
        open: Open::Everything,
        place: None,
    }
}

fn place(part: &Part<'_>, principal: &str, names: Names) -> MappingPlace {
    let name = principal.rsplit(['/', ':']).next().unwrap_or_default();
    MappingPlace {
        object: format!("access entry {name}").into(),
        address: part.address(),
        arn: names.arn,
        username: names.username,
        groups: names.groups,
    }
}

/// A mapping of the authenticator that stands at a place of its own.
pub(super) fn mapping_at(
    part: &Part<'_>,
    object: impl Into<Arc<str>>,
    names: (&'static str, &'static str, &'static str),
    mapping: Mapping,
) -> Mapping {
    let (arn, username, groups) = names;
    let place = MappingPlace { object: object.into(), address: part.address(), arn, username, groups };
    Mapping { place: Some(Box::new(place)), ..mapping }
}

/// A mapping of an ARN, not yet placed.
pub(super) fn mapping(key: MapKey, position: usize, arn: impl Into<Arc<str>>) -> Mapping {
    Mapping { key, open: Open::Nothing, ..listed(position, arn.into()) }
}

/// An account at a place of its own.
pub(super) fn account(part: &Part<'_>, position: usize, id: impl Into<Arc<str>>) -> Account {
    Account { position, id: id.into(), place: Some(part.address()) }
}
