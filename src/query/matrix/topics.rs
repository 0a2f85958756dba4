//! What to ask about: every resource that a rule names or a server has, with the verbs that make sense for it.
//!
//! Wildcards of rules are asked as they stand too: whoever may `*` may do more than any list of resources tells.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use super::{ByWhat, Choice, chosen_verbs};
use crate::access::Policy;
use crate::access::matching::admits;
use crate::model::resource_type::{ResourceType, ResourceTypes};
use crate::model::{
    ApiGroup, NamePattern, Namespace, ObjectName, Request, ResourceName, ResourceTarget, Rule, Subresource,
    Target, UrlPath, Verb,
};
use crate::query::glob::Glob;
use crate::query::question::is_inside_itself;

/// Something that can be asked about, with the verbs to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The thing.
    pub what: What,
    /// The verbs, in order.
    pub verbs: BTreeSet<Verb>,
    /// Whether its objects live in namespaces; true where that is not known.
    pub namespaced: bool,
}

/// A thing to do something to. Texts are literal, `*` among them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// Objects of a type, or one of them.
    Resource {
        /// The API group.
        api_group: ApiGroup,
        /// The plural.
        resource: ResourceName,
        /// The subresource, or empty.
        subresource: Subresource,
        /// The object's name, where a rule is confined to it, or empty.
        name: ObjectName,
    },
    /// A URL.
    Url(UrlPath),
}

/// Why a choice cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Refusal {
    pub(super) fn nothing_fits(what: &str, text: &str) -> Self {
        Self {
            message: format!("no {what} fits `{text}`"),
            help: "names are matched whole: `*` stands for any characters, as in `pods*`".to_owned(),
        }
    }

    fn too_many() -> Self {
        Self {
            message: format!("the rules name more than {MOST} different things"),
            help: "choose among them with `--resources`".to_owned(),
        }
    }
}

/// More things than this are not asked about.
const MOST: usize = 100_000;

/// The chosen things, in order: resources by group, plural, subresource and name, then URLs.
pub(super) fn topics(
    policy: &Policy<'_>,
    types: &ResourceTypes,
    choice: &Choice,
) -> Result<Vec<Topic>, Refusal> {
    let cluster = policy.cluster;
    let roles = cluster.roles.values().chain(cluster.access_policies.values());
    let rules: HashSet<&Rule> = roles.flat_map(|role| role.rules.iter()).collect();
    let chosen = Chosen::of(types, &choice.resources);
    let mut found = ByWhat::new();
    for of_type in types.iter() {
        add_type(of_type, &chosen, &mut found);
    }
    // whoever may everything may more than rules and servers name
    for everything in [What::resource("*", "*", "", ""), What::Url("*".into())] {
        if chosen.fits(&everything) {
            found.entry(everything).or_default().insert("*".into());
        }
    }
    let mut rules: Vec<&Rule> = rules.into_iter().collect();
    rules.sort_unstable();
    for rule in &rules {
        add_rule(rule, types, &chosen, &mut found)?;
    }
    chosen.all_fit(&found)?;
    for (what, verbs) in &mut found {
        let mut request = what.request(Verb::default(), None);
        for rule in &rules {
            // the verb is the rule's own, so that the rest decides
            let Some(first) = rule.verbs.first() else { continue };
            request.verb = first.as_str().into();
            if admits(rule, &request).is_some() {
                verbs.extend(rule.verbs.iter().map(|verb| Verb::from(verb.as_str())));
            }
        }
    }
    // a named object to which everything may be done is asked for what is asked of all of its type
    let of_everything = found.iter().filter(|(what, verbs)| what.name().is_some() && verbs.contains("*"));
    let of_everything: ByWhat = of_everything
        .filter_map(|(what, _)| Some((what.clone(), found.get(&what.of_all_names())?.clone())))
        .collect();
    for (what, verbs) in of_everything {
        found.entry(what).or_default().extend(verbs);
    }
    // what may be done to a named object is asked of all of them too
    let of_named: Vec<(What, BTreeSet<Verb>)> = found
        .iter()
        .filter(|(what, _)| what.name().is_some())
        .map(|(what, verbs)| (what.of_all_names(), verbs.clone()))
        .collect();
    for (what, verbs) in of_named {
        found.entry(what).or_default().extend(verbs);
    }
    let topics = found.into_iter().filter_map(|(what, verbs)| {
        let namespaced = match &what {
            What::Resource { api_group, resource, .. } => {
                types.exactly(api_group.as_str(), resource.as_str()).is_none_or(|known| known.namespaced)
            }
            What::Url(_) => false,
        };
        let verbs = chosen_verbs(choice, verbs);
        (!verbs.is_empty()).then_some(Topic { what, verbs, namespaced })
    });
    Ok(topics.collect())
}

fn add_type(of_type: &ResourceType, chosen: &Chosen<'_>, found: &mut ByWhat) {
    let mut add = |subresource: &str, verbs: &[&'static str]| {
        let what = What::resource(&of_type.group, &of_type.plural, subresource, "");
        if chosen.fits(&what) {
            found.entry(what).or_default().extend(verbs.iter().map(|verb| Verb::from(*verb)));
        }
    };
    add("", of_type.verbs);
    for subresource in of_type.subresources {
        add(subresource.name, subresource.verbs);
    }
    for subresource in of_type.only_in_rules {
        add(subresource, &[]);
    }
}

/// What a rule names, as it stands; names of objects also with the known types that its wildcards stand for.
fn add_rule(
    rule: &Rule,
    types: &ResourceTypes,
    chosen: &Chosen<'_>,
    found: &mut ByWhat,
) -> Result<(), Refusal> {
    let mut add = |what: What| {
        if chosen.fits(&what) {
            found.entry(what).or_default();
        }
        if found.len() > MOST { Err(Refusal::too_many()) } else { Ok(()) }
    };
    for url in &rule.urls {
        add(What::Url(url.as_str().into()))?;
    }
    let names: Vec<&str> = match rule.resource_names[..] {
        [] => vec![""],
        _ => rule.resource_names.iter().map(ObjectName::as_str).collect(),
    };
    for name in names {
        for group in rule.api_groups.iter().map(NamePattern::as_str) {
            for resource in &rule.resources {
                let (plural, subresource) =
                    resource.as_str().split_once('/').unwrap_or((resource.as_str(), ""));
                add(What::resource(group, plural, subresource, name))?;
            }
        }
        let has_wildcard = rule.api_groups.contains(&NamePattern::Any)
            || rule.resources.iter().any(|resource| resource.as_str().starts_with('*'));
        if name.is_empty() || !has_wildcard {
            continue;
        }
        for of_type in types.iter() {
            let subresources = of_type.subresources.iter().map(|subresource| subresource.name);
            for subresource in std::iter::once("").chain(subresources) {
                let what = What::resource(&of_type.group, &of_type.plural, subresource, name);
                let verb = rule.verbs.first().map_or_else(Verb::default, |verb| verb.as_str().into());
                if admits(rule, &what.request(verb, None)).is_some() {
                    add(what)?;
                }
            }
        }
    }
    Ok(())
}

impl What {
    fn resource(group: &str, plural: &str, subresource: &str, name: &str) -> Self {
        Self::Resource {
            api_group: group.into(),
            resource: plural.into(),
            subresource: subresource.into(),
            name: name.into(),
        }
    }

    /// The name of the one object that it is, if it is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Resource { name, .. } if !name.is_empty() => Some(name.as_str()),
            _ => None,
        }
    }

    /// The same for objects of all names.
    #[must_use]
    pub fn of_all_names(&self) -> Self {
        let mut all = self.clone();
        if let Self::Resource { name, .. } = &mut all {
            *name = ObjectName::default();
        }
        all
    }

    /// The request of one verb in a namespace, or cluster-wide.
    fn request(&self, verb: Verb, namespace: Option<&Namespace>) -> Request {
        let target = match self {
            Self::Url(path) => Target::Url(path.clone()),
            Self::Resource { api_group, resource, subresource, name } => Target::Resource(ResourceTarget {
                api_group: api_group.clone(),
                resource: resource.clone(),
                subresource: subresource.clone(),
                name: name.clone(),
                namespace: namespace.cloned().unwrap_or_default(),
            }),
        };
        Request { verb, target }
    }
}

/// `pods`, `deployments.apps/scale`, `pods.*` for a plural of any group, or the URL.
impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(path) => f.write_str(path.as_str()),
            Self::Resource { api_group, resource, subresource, .. } => {
                f.write_str(resource.as_str())?;
                if !api_group.is_empty() {
                    write!(f, ".{api_group}")?;
                }
                if !subresource.is_empty() {
                    write!(f, "/{subresource}")?;
                }
                Ok(())
            }
        }
    }
}

/// The name of the object that a request is about, or empty.
pub(super) fn name_of(request: &Request) -> &str {
    match &request.target {
        Target::Resource(target) => target.name.as_str(),
        Target::Url(_) => "",
    }
}

impl Topic {
    /// The name of the one object that it is about, if it is about one.
    pub fn name(&self) -> Option<&str> {
        self.what.name()
    }

    /// The Namespace that the topic is about, where it is asked inside itself.
    pub(super) fn own_namespace(&self) -> Option<Namespace> {
        let name = self.name().filter(|name| !name.contains('/'))?;
        self.verbs.iter().any(|verb| self.is_inside_itself(verb)).then(|| name.into())
    }

    /// What is asked of it with a verb, in no namespace.
    pub(super) fn request(&self, verb: &Verb) -> Request {
        self.what.request(verb.clone(), None)
    }

    /// Whether anything of it is asked in a namespace, or with none.
    pub(super) fn is_asked(&self, in_namespace: bool) -> bool {
        let is_inside = || self.name().is_none() && self.verbs.iter().any(|verb| self.is_inside_itself(verb));
        !in_namespace || self.namespaced || is_inside()
    }

    fn is_inside_itself(&self, verb: &Verb) -> bool {
        let What::Resource { api_group, resource, subresource, .. } = &self.what else { return false };
        is_inside_itself(verb.as_str(), api_group, resource, subresource.as_str())
    }

    /// The requests to ask in a scope, one a verb; none where the topic has nothing to do with it. As can-i asks: types
    /// without namespaces cluster-wide, and a Namespace inside itself, which is asked of the topic without a name.
    pub(super) fn requests(&self, namespace: Option<&Namespace>) -> Vec<Request> {
        let own = self.own_namespace();
        let all = self.verbs.iter();
        match (namespace, &self.what) {
            (None, _) => all
                .filter(|verb| own.is_none() || !self.is_inside_itself(verb))
                .map(|verb| self.what.request(verb.clone(), None))
                .collect(),
            (Some(_), What::Url(_)) => Vec::new(),
            (Some(_), _) if self.namespaced => {
                all.map(|verb| self.what.request(verb.clone(), namespace)).collect()
            }
            (Some(inside), What::Resource { api_group, resource, subresource, name }) => {
                let named = What::Resource {
                    api_group: api_group.clone(),
                    resource: resource.clone(),
                    subresource: subresource.clone(),
                    name: inside.as_str().into(),
                };
                all.filter(|verb| name.is_empty() && self.is_inside_itself(verb))
                    .map(|verb| named.request(verb.clone(), namespace))
                    .collect()
            }
        }
    }
}

/// The chosen resources.
struct Chosen<'c> {
    globs: &'c [Glob],
    /// What short names, singulars and kinds stand for: plural and group, by the glob that says so.
    typed: Vec<Option<(String, String)>>,
}

impl<'c> Chosen<'c> {
    fn of(types: &ResourceTypes, globs: &'c [Glob]) -> Self {
        let typed = globs.iter().map(|glob| {
            let found = types.find(glob.as_str()).filter(|_| glob.is_literal())?;
            Some((found.chosen.plural.to_string(), found.chosen.group.to_string()))
        });
        Self { typed: typed.collect(), globs }
    }

    fn fits(&self, what: &What) -> bool {
        self.globs.is_empty() || (0..self.globs.len()).any(|place| self.fits_one(place, what))
    }

    fn fits_one(&self, place: usize, what: &What) -> bool {
        let Some(glob) = self.globs.get(place) else { return false };
        let What::Resource { api_group, resource, subresource, .. } = what else {
            return glob.matches(&what.to_string());
        };
        // a name that can-i knows is what it is there; any other is one of any group
        if let Some(Some((plural, group))) = self.typed.get(place) {
            return subresource.is_empty() && resource.as_str() == plural && api_group.as_str() == group;
        }
        let bare =
            if subresource.is_empty() { resource.to_string() } else { format!("{resource}/{subresource}") };
        glob.matches(&bare) || glob.matches(&what.to_string())
    }

    /// Refuses globs that nothing fits.
    fn all_fit(&self, found: &ByWhat) -> Result<(), Refusal> {
        for (place, glob) in self.globs.iter().enumerate() {
            if !found.keys().any(|what| self.fits_one(place, what)) {
                return Err(Refusal::nothing_fits("resource", glob.as_str()));
            }
        }
        Ok(())
    }
}
