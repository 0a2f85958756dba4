//! Which types of resources there are: the built-in ones, those of loaded custom resource definitions, and how a name
//! that a person types finds one of them. Knows no manifests, no rules and no requests.

use std::borrow::Cow;
use std::collections::BTreeMap;

mod built_in;

/// One type of resource, as a server's discovery describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// API group without version; empty for the core group.
    pub group: Cow<'static, str>,
    /// The name in URLs and rules: `pods`.
    pub plural: Cow<'static, str>,
    /// `pod`; empty where there is none.
    pub singular: Cow<'static, str>,
    /// `po`, in the order declared.
    pub short_names: Names,
    /// `Pod`; empty where there is none.
    pub kind: Cow<'static, str>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// The versions in which it is served; empty for names that only rules use.
    pub versions: Names,
    /// What can be done to it, in alphabetical order; not what the authorizer knows, which takes any verb.
    pub verbs: &'static [&'static str],
    /// Its subresources, in alphabetical order.
    pub subresources: &'static [ServedSubresource],
    /// Subresources that rules name, but that no server lists: those of the kubelet's own API, say.
    pub only_in_rules: &'static [&'static str],
    /// Names for several types at once, such as `all`; can-i does not take them.
    pub categories: Names,
    /// How it is known.
    pub source: TypeSource,
}

/// A subresource with what can be done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServedSubresource {
    /// `log`
    pub name: &'static str,
    /// In alphabetical order.
    pub verbs: &'static [&'static str],
}

/// How a type is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypeSource {
    /// Every API server of Kubernetes 1.34 knows it, if its version is turned on.
    BuiltIn,
    /// A `CustomResourceDefinition` was loaded.
    Custom,
    /// A usual add-on brings it (metrics-server).
    AddOn,
    /// Rules and access reviews use the name, but no server lists it: `users`, `signers`.
    OnlyInRules,
}

/// A list of names, in the order declared, without allocation where it is built in.
#[derive(Clone, Debug)]
pub enum Names {
    /// From the built-in table.
    BuiltIn(&'static [&'static str]),
    /// From a manifest.
    Read(Vec<String>),
}

impl Names {
    /// The names in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let (built_in, read): (&[&'static str], &[String]) = match self {
            Self::BuiltIn(names) => (names, &[]),
            Self::Read(names) => (&[], names),
        };
        built_in.iter().copied().chain(read.iter().map(String::as_str))
    }

    /// Whether the name is in the list, byte for byte.
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|other| other == name)
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Names {}

impl ResourceType {
    /// Whether a rule or a request may sensibly name this subresource of the type. Besides those listed, any type has
    /// `finalizers`, which is asked when an owner is to be blocked, and any key is a subresource of `userextras`.
    pub fn knows_subresource(&self, name: &str) -> bool {
        name == "finalizers"
            || self.plural == "userextras"
            || self.only_in_rules.contains(&name)
            || self.subresources.iter().any(|subresource| subresource.name == name)
    }

    /// `pods`, or `deployments.apps` where the type is not in the core group.
    pub fn full_name(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_string()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    fn is_named(&self, name: &str) -> bool {
        self.plural == name || self.singular == name
    }

    fn is_served_in(&self, version: &str) -> bool {
        version.is_empty() || self.versions.contains(version)
    }
}

/// What a `CustomResourceDefinition` says of its type, in the words of `spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomType {
    /// `group`
    pub group: String,
    /// `names.plural`
    pub plural: String,
    /// `names.singular`; the lower-case kind is taken where it is empty.
    pub singular: String,
    /// `names.kind`
    pub kind: String,
    /// `names.shortNames`
    pub short_names: Vec<String>,
    /// `names.categories`
    pub categories: Vec<String>,
    /// Whether `scope` is `Namespaced`.
    pub namespaced: bool,
    /// `versions`
    pub versions: Vec<CustomVersion>,
}

/// One of the `versions` of a `CustomResourceDefinition`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomVersion {
    /// `name`
    pub name: String,
    /// `served`; a version that is not served counts for nothing.
    pub served: bool,
    /// Whether `subresources.status` is there.
    pub status: bool,
    /// Whether `subresources.scale` is there.
    pub scale: bool,
}

/// All types that are known. Built-in ones cost nothing; the default has no custom ones.
#[derive(Clone, Debug, Default)]
pub struct ResourceTypes {
    /// By group and plural, which is the order in which a server ranks them.
    custom: BTreeMap<(String, String), ResourceType>,
}

/// What a typed name found.
#[derive(Clone, Debug)]
pub struct Found<'t> {
    /// The type that kubectl would take.
    pub chosen: &'t ResourceType,
    /// As what the name was read.
    pub spelling: Spelling,
    /// The other types that the name could mean, best first.
    pub others: Vec<&'t ResourceType>,
}

/// As what a typed name was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `pods`
    Plural,
    /// `pod`
    Singular,
    /// `po`
    ShortName,
    /// The kind, where it is not the singular.
    Kind,
}

/// A name with what was said of its group and version; empty texts where nothing was.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    name: &'a str,
    version: &'a str,
    group: &'a str,
}

/// Types that Kubernetes served once, each with the version that serves it no longer.
/// Source: Kubernetes documentation, deprecated API migration guide; its changelogs for 1.19 and 1.20.
const REMOVED: [(&str, &str); 3] =
    [("auditsinks", "1.19"), ("podpresets", "1.20"), ("podsecuritypolicies", "1.25")];

/// The version of Kubernetes since which a type is served no longer; none for what never was, or still is.
pub fn removed_in(plural: &str) -> Option<&'static str> {
    REMOVED.iter().find(|(removed, _)| *removed == plural).map(|(_, version)| *version)
}

impl ResourceTypes {
    /// Adds the type of a `CustomResourceDefinition`. One of the same group and plural is replaced and given back.
    pub fn add_crd(&mut self, custom: CustomType) -> Option<ResourceType> {
        let key = (custom.group.clone(), custom.plural.clone());
        self.custom.insert(key, custom_type(custom))
    }

    /// All types, in the order in which kubectl prefers them: core, the built-in groups by rank, custom groups by
    /// name, add-ons; then the names that only rules use.
    pub fn iter(&self) -> impl Iterator<Item = &ResourceType> {
        self.discovered().chain(built_in::ONLY_IN_RULES)
    }

    /// The types that a server's discovery lists.
    fn discovered(&self) -> impl Iterator<Item = &ResourceType> {
        built_in::SERVER.iter().chain(self.custom.values()).chain(built_in::ADD_ONS)
    }

    /// The type of exactly this group and plural.
    pub fn exactly(&self, group: &str, plural: &str) -> Option<&ResourceType> {
        // few types share a plural, and many a group
        let is_it = |of_type: &&ResourceType| of_type.plural == plural && of_type.group == group;
        built_in::SERVER
            .iter()
            .find(is_it)
            .or_else(|| self.custom.get(&(group.to_owned(), plural.to_owned())))
            .or_else(|| built_in::ADD_ONS.iter().chain(built_in::ONLY_IN_RULES).find(is_it))
    }

    /// What kubectl takes a typed TYPE for, in any case: `TYPE`, `TYPE.GROUP` or `TYPE.VERSION.GROUP`, the type by
    /// plural, singular or short name, the group in full or by its first characters. None if nothing fits.
    ///
    /// Upstream: kubectl 0.34.1, `auth/cani.go`, `resourceFor`; client-go 0.34.1, `restmapper/shortcut.go`,
    /// `restmapper/discovery.go`; apimachinery 0.34.1, `api/meta/{restmapper,priority}.go`. As there, a short name
    /// with its group in full is found whatever version is named. Three things are not as there: names that only
    /// rules use are found (last), a kind that is not the singular is found where nothing else fits, and the made-up
    /// plurals of list kinds (`podlist`) are not.
    pub fn find(&self, typed: &str) -> Option<Found<'_>> {
        let typed = typed.to_lowercase();
        let (name, rest) = typed.split_once('.').unwrap_or((&typed, ""));
        let versioned = rest
            .split_once('.')
            .and_then(|(version, group)| self.find_wanted(Wanted { name, version, group }));
        versioned.or_else(|| self.find_wanted(Wanted { name, version: "", group: rest }))
    }

    fn find_wanted(&self, wanted: Wanted<'_>) -> Option<Found<'_>> {
        if wanted.name.is_empty() {
            return None;
        }
        self.by_short_name(wanted).or_else(|| self.by_name(wanted)).or_else(|| self.by_kind(wanted))
    }

    fn by_short_name(&self, wanted: Wanted<'_>) -> Option<Found<'_>> {
        let Wanted { name, version, group } = wanted;
        let in_group = |of_type: &&ResourceType| group.is_empty() || of_type.group == group;
        if self.discovered().filter(in_group).any(|of_type| of_type.is_named(name)) {
            return None;
        }
        let is_short = |of_type: &&ResourceType| of_type.short_names.contains(name);
        let mut all = self.discovered().filter(in_group).filter(is_short);
        if let Some(chosen) = all.next() {
            return Some(Found { chosen, spelling: Spelling::ShortName, others: all.collect() });
        }
        self.discovered()
            .filter(|of_type| of_type.group.starts_with(group))
            .find(is_short)
            .filter(|of_type| of_type.is_served_in(version))
            .map(|chosen| Found { chosen, spelling: Spelling::ShortName, others: Vec::new() })
    }

    fn by_name(&self, wanted: Wanted<'_>) -> Option<Found<'_>> {
        let named = self.iter().filter(|of_type| of_type.is_named(wanted.name)).collect();
        let (chosen, others) = best(named, wanted)?;
        let spelling = if chosen.plural == wanted.name { Spelling::Plural } else { Spelling::Singular };
        Some(Found { chosen, spelling, others })
    }

    fn by_kind(&self, wanted: Wanted<'_>) -> Option<Found<'_>> {
        let of_kind =
            self.discovered().filter(|of_type| of_type.kind.eq_ignore_ascii_case(wanted.name)).collect();
        let (chosen, others) = best(of_kind, wanted)?;
        Some(Found { chosen, spelling: Spelling::Kind, others })
    }
}

/// Of types in order of preference, those that fit the group and version, the best apart. A group in full is preferred
/// to one by its first characters.
fn best<'t>(
    mut fitting: Vec<&'t ResourceType>,
    wanted: Wanted<'_>,
) -> Option<(&'t ResourceType, Vec<&'t ResourceType>)> {
    fitting.retain(|of_type| of_type.is_served_in(wanted.version) && of_type.group.starts_with(wanted.group));
    let exact = fitting.iter().any(|of_type| of_type.group == wanted.group);
    // a version asks for the group in full; an empty group is every group
    if !wanted.group.is_empty() && (exact || !wanted.version.is_empty()) {
        fitting.retain(|of_type| of_type.group == wanted.group);
    }
    let mut fitting = fitting.into_iter();
    Some((fitting.next()?, fitting.collect()))
}

fn custom_type(custom: CustomType) -> ResourceType {
    let served = || custom.versions.iter().filter(|version| version.served);
    let subresources: &'static [ServedSubresource] =
        match (served().any(|version| version.scale), served().any(|version| version.status)) {
            (true, true) => &[built_in::SCALE, built_in::STATUS],
            (true, false) => &[built_in::SCALE],
            (false, true) => &[built_in::STATUS],
            (false, false) => &[],
        };
    let versions = served().map(|version| version.name.clone()).collect();
    let singular = if custom.singular.is_empty() { custom.kind.to_lowercase() } else { custom.singular };
    ResourceType {
        group: custom.group.into(),
        plural: custom.plural.into(),
        singular: singular.into(),
        short_names: Names::Read(custom.short_names),
        kind: custom.kind.into(),
        namespaced: custom.namespaced,
        versions: Names::Read(versions),
        verbs: built_in::STORED,
        subresources,
        only_in_rules: &[],
        categories: Names::Read(custom.categories),
        source: TypeSource::Custom,
    }
}

#[cfg(test)]
mod tests;
