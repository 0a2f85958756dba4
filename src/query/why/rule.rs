//! How far a rule is from admitting a request, and in what.

use super::super::near::Name;
use super::Cost;
use crate::access::matching::{Mismatch, mismatch};
use crate::finding::Code;
use crate::model::resource_type::ResourceTypes;
use crate::model::{
    ApiGroup, NamePattern, ObjectName, Request, ResourcePattern, ResourceTarget, Rule, Target, UrlPattern,
    verb,
};

/// What a rule lacks for a request: each facet with its cost, the one that fails hardest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lack<'p> {
    pub(super) cost: Cost,
    facets: Vec<Facet<'p>>,
    rule: &'p Rule,
}

/// A list of a rule that does not admit the request.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Facet<'p> {
    cost: Cost,
    what: What,
    /// The element that was probably meant to admit it.
    meant: Option<&'p str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Resource,
    Subresource,
    Url,
    ApiGroup,
    Verb,
    Name,
}

/// A verb that Kubernetes knows is no misspelling of another; `proxy` was one once.
fn is_verb(text: &str) -> bool {
    verb::is_for_resources(text) || verb::FOR_URLS.contains(&text) || text == "proxy"
}

/// What the rule lacks; none if it admits the request.
pub(super) fn lack<'p>(rule: &'p Rule, request: &Request) -> Option<Lack<'p>> {
    let mismatch = mismatch(rule, request)?;
    let mut facets = match &request.target {
        Target::Url(path) => url_facet(rule, path.as_str(), mismatch).into_iter().collect(),
        Target::Resource(target) => resource_facets(rule, target, mismatch),
    };
    facets.extend(mismatch.verb.then(|| verb_facet(rule, request)));
    facets.sort_by(|a, b| b.cost.cmp(&a.cost).then(a.what.cmp(&b.what)));
    let cost = facets.iter().fold(Cost::NONE, |total, facet| total.plus(facet.cost));
    Some(Lack { cost, facets, rule })
}

/// No rule that fails in so many facets can cost less.
pub(super) fn at_least(mismatch: Mismatch) -> Cost {
    (0..mismatch.count()).fold(Cost::NONE, |total, _| total.plus(Cost::FORM))
}

/// How much more a rule gives than what is asked, where it gives it by wildcards.
pub(super) fn breadth(rule: &Rule) -> Cost {
    let any = |list: &[NamePattern]| list.contains(&NamePattern::Any);
    let wide = [
        any(&rule.verbs),
        any(&rule.api_groups),
        rule.resources.contains(&ResourcePattern::Any) || rule.urls.contains(&UrlPattern::Any),
    ];
    Cost(wide.into_iter().filter(|&wide| wide).map(|_| Cost::WILDCARD.0).sum())
}

fn verb_facet<'p>(rule: &'p Rule, request: &Request) -> Facet<'p> {
    let verb = Name::new(request.verb.as_str());
    let written = rule.verbs.iter().map(NamePattern::as_str);
    let mut meant = written.filter(|written| !is_verb(written) && verb.near(written).is_some());
    let meant = meant.next();
    // to add a verb to a rule about everything is no small change
    let wide = if rule.resources.contains(&ResourcePattern::Any) { Cost::WILDCARD } else { Cost::NONE };
    let cost = if meant.is_some() { Cost::TYPO } else { Cost::ELEMENT.plus(wide) };
    Facet { cost, what: What::Verb, meant }
}

fn url_facet<'p>(rule: &'p Rule, path: &str, mismatch: Mismatch) -> Option<Facet<'p>> {
    if !mismatch.url {
        return None;
    }
    let wanted = Name::new(path);
    let is_meant = |written: &&str| {
        let stem = written.trim_end_matches(['*', '/']);
        let below = !stem.is_empty() && path.strip_prefix(stem).is_some_and(|rest| rest.starts_with('/'));
        let bare = |text: &str| text.trim_matches('/').to_lowercase();
        bare(stem) == bare(path) || (below && written.ends_with('/')) || wanted.near(written).is_some()
    };
    let meant = rule.urls.iter().map(UrlPattern::as_str).find(is_meant);
    let cost = match meant {
        Some(_) => Cost::TYPO,
        None if rule.urls.is_empty() => Cost::OTHER_FAMILY,
        None => Cost::LINK,
    };
    Some(Facet { cost, what: What::Url, meant })
}

fn resource_facets<'p>(rule: &'p Rule, target: &ResourceTarget, mismatch: Mismatch) -> Vec<Facet<'p>> {
    let mut facets = Vec::new();
    if rule.resources.is_empty() {
        facets.push(Facet { cost: Cost::OTHER_FAMILY, what: What::Resource, meant: None });
        return facets;
    }
    facets.extend(mismatch.resource.then(|| resource_facet(rule, target)));
    facets.extend(mismatch.api_group.then(|| group_facet(rule, target)));
    facets.extend(mismatch.name.then(|| {
        let name = Name::new(target.name.as_str());
        let meant = rule.resource_names.iter().map(ObjectName::as_str);
        let meant = meant.rev().find(|written| *written == "*" || name.near(written).is_some());
        let cost = if meant.is_some() { Cost::TYPO } else { Cost::LINK };
        Facet { cost, what: What::Name, meant }
    }));
    facets
}

fn group_facet<'p>(rule: &'p Rule, target: &ResourceTarget) -> Facet<'p> {
    let group = target.api_group.as_str();
    let wanted = Name::new(group);
    let is_meant = |written: &&str| {
        let without_version = written.split('/').next().unwrap_or_default();
        let first = |text: &'_ str| text.split('.').next().unwrap_or_default().to_owned();
        without_version == group
            || (group.is_empty() && matches!(written.to_lowercase().as_str(), "v1" | "core" | "core/v1"))
            || (!group.is_empty() && !without_version.is_empty() && first(without_version) == first(group))
            || (wanted.near(without_version).is_some() && !is_a_group(without_version))
    };
    let meant = rule.api_groups.iter().map(NamePattern::as_str).find(is_meant);
    Facet { cost: if meant.is_some() { Cost::TYPO } else { Cost::LINK }, what: What::ApiGroup, meant }
}

fn is_a_group(name: &str) -> bool {
    ResourceTypes::default().iter().any(|known| known.group == name)
}

fn resource_facet<'p>(rule: &'p Rule, target: &ResourceTarget) -> Facet<'p> {
    let (resource, subresource) = (target.resource.as_str(), target.subresource.as_str());
    let written = || rule.resources.iter().map(ResourcePattern::as_str);
    if subresource.is_empty() {
        let meant = written().find(|written| is_spelling(written, target));
        let cost = if meant.is_some() { Cost::TYPO } else { Cost::OTHER_RESOURCE };
        return Facet { cost, what: What::Resource, meant };
    }
    let whole = Name::new(&format!("{resource}/{subresource}"));
    let sub = Name::new(subresource);
    // `pods/*`, `pods/logs`, `pod/log`, and `log` alone
    let is_meant = |written: &&str| match written.split_once('/') {
        Some((of, part)) => {
            of == resource && (part == "*" || sub.near(part).is_some())
                || whole.near(written).is_some() && !(of == resource && is_subresource(target, part))
                || part == subresource && of != "*" && is_spelling(of, target)
        }
        None => *written == subresource,
    };
    if let Some(meant) = written().find(is_meant) {
        return Facet { cost: Cost::TYPO, what: What::Subresource, meant: Some(meant) };
    }
    let of_resource = |written: &str| written.split('/').next() == Some(resource);
    if written().any(of_resource) {
        return Facet { cost: Cost::ELEMENT, what: What::Subresource, meant: None };
    }
    let meant = written().find(|written| is_spelling(written, target));
    let cost = if meant.is_some() { Cost::TYPO.plus(Cost::TYPO) } else { Cost::OTHER_RESOURCE };
    Facet { cost, what: What::Resource, meant }
}

fn is_subresource(target: &ResourceTarget, name: &str) -> bool {
    let types = ResourceTypes::default();
    let of_type = types.exactly(target.api_group.as_str(), target.resource.as_str());
    of_type.is_some_and(|of_type| of_type.knows_subresource(name))
}

/// Whether an element of `resources` was probably meant to be this resource: a typo, the kind, the singular, a short
/// name, or the name with its group.
fn is_spelling(written: &str, target: &ResourceTarget) -> bool {
    let (resource, group) = (target.resource.as_str(), target.api_group.as_str());
    if written == resource || written.contains('*') {
        return false;
    }
    let types = ResourceTypes::default();
    let known = types.find(written).map(|found| (found.chosen, found.others));
    if let Some((chosen, others)) = known {
        return std::iter::once(chosen)
            .chain(others)
            .any(|found| found.plural == resource && (group.is_empty() || found.group == group));
    }
    let stem = written.split('.').next().unwrap_or_default();
    let with_group = stem == resource && !group.is_empty() && written.contains('.');
    with_group || Name::new(resource).near(written).is_some()
}

impl Lack<'_> {
    pub(super) fn code(&self) -> Code {
        match self.facets.first().map(|facet| facet.what) {
            Some(What::Subresource) => Code::SubresourceNotGranted,
            Some(What::Url) => Code::UrlNotGranted,
            Some(What::ApiGroup) => Code::ApiGroupNotGranted,
            Some(What::Verb) => Code::VerbNotGranted,
            Some(What::Name) => Code::NameNotGranted,
            Some(What::Resource) | None => Code::ResourceNotGranted,
        }
    }

    /// The list to change.
    pub(super) fn field(&self) -> &'static str {
        self.facets.first().map_or("resources", |facet| facet.what.field())
    }

    /// What is lacking, as it is said of a rule.
    pub(super) fn message(&self, request: &Request) -> String {
        let said: Vec<String> = self.facets.iter().map(|facet| facet.message(self.rule, request)).collect();
        said.join(", and ")
    }

    /// What to write.
    pub(super) fn help(&self, request: &Request) -> String {
        let said: Vec<String> = self.facets.iter().map(|facet| facet.help(self.rule, request)).collect();
        said.join(", and ")
    }
}

impl What {
    const fn field(self) -> &'static str {
        match self {
            Self::Resource | Self::Subresource => "resources",
            Self::Url => "nonResourceURLs",
            Self::ApiGroup => "apiGroups",
            Self::Verb => "verbs",
            Self::Name => "resourceNames",
        }
    }
}

/// The text that the list must admit.
fn wanted(what: What, request: &Request) -> String {
    match (&request.target, what) {
        (_, What::Verb) => request.verb.to_string(),
        (Target::Url(path), _) => path.to_string(),
        (Target::Resource(target), What::ApiGroup) => group_text(&target.api_group),
        (Target::Resource(target), What::Name) => target.name.to_string(),
        (Target::Resource(target), _) if target.subresource.is_empty() => target.resource.to_string(),
        (Target::Resource(target), _) => format!("{}/{}", target.resource, target.subresource),
    }
}

fn group_text(group: &ApiGroup) -> String {
    if group.as_str().is_empty() { "\"\"".to_owned() } else { group.to_string() }
}

impl Facet<'_> {
    fn message(&self, rule: &Rule, request: &Request) -> String {
        let wanted = wanted(self.what, request);
        match (self.what, self.meant) {
            (What::Subresource, Some(meant)) if meant.ends_with("/*") => {
                format!("`{meant}` is no wildcard, and does not give `{wanted}`")
            }
            (What::Name, Some("*")) => {
                format!("`*` is no wildcard among `resourceNames`, and does not stand for `{wanted}`")
            }
            (What::Name, _) => {
                let named = rule.resource_names.iter().take(3).map(|name| format!("`{name}`"));
                let mut named = named.collect::<Vec<_>>().join(", ");
                if rule.resource_names.len() > 3 {
                    named.push_str(", …");
                }
                if wanted.is_empty() {
                    format!("it is confined to objects named {named}, and the question names none")
                } else {
                    format!("it is confined to objects named {named}, not `{wanted}`")
                }
            }
            (_, Some(meant)) => format!("its `{}` have `{meant}`, not `{wanted}`", self.what.field()),
            (What::Resource | What::Url, None) if rule.resources.is_empty() != rule.urls.is_empty() => {
                let about = if rule.urls.is_empty() { "resources" } else { "non-resource URLs" };
                if (self.what == What::Url) == rule.urls.is_empty() {
                    format!("it is about {about}, not `{wanted}`")
                } else {
                    format!("its `{}` lack `{wanted}`", self.what.field())
                }
            }
            (What::ApiGroup, None) => match &request.target {
                Target::Resource(target) => {
                    format!("its `apiGroups` lack `{wanted}`, the group of `{}`", target.resource)
                }
                Target::Url(_) => format!("its `apiGroups` lack `{wanted}`"),
            },
            (_, None) => format!("its `{}` lack `{wanted}`", self.what.field()),
        }
    }

    fn help(&self, rule: &Rule, request: &Request) -> String {
        let wanted = wanted(self.what, request);
        let core = if wanted == "\"\"" { " (the core group)" } else { "" };
        match (self.what, self.meant) {
            (What::Name, _) if wanted.is_empty() => {
                format!("ask for one of them, or give `{}` in a rule without `resourceNames`", request.verb)
            }
            (What::Name, Some("*")) => "leave `resourceNames` out to give all names".to_owned(),
            (What::Resource, None) if rule.resources.is_empty() => format!("add a rule for `{wanted}`"),
            (What::Url, None) if rule.urls.is_empty() => {
                format!("add a rule with `nonResourceURLs: [{wanted}]`")
            }
            (_, Some(meant)) => format!("write `{wanted}`{core} for `{meant}`"),
            (_, None) => format!("add `{wanted}`{core} to `{}`", self.what.field()),
        }
    }
}
