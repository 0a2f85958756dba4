//! How far a rule is from admitting a request, and in what.

use super::super::near::near;
use super::Cost;
use crate::access::matching::{Mismatch, mismatch};
use crate::finding::Code;
use crate::model::{Request, ResourceTarget, Rule, Target};

/// What a rule lacks for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lack {
    pub(super) cost: Cost,
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: String,
    /// The list to change.
    pub(super) field: &'static str,
}

/// What the rule lacks; none if it admits the request.
pub(super) fn lack(rule: &Rule, request: &Request) -> Option<Lack> {
    let mismatch = mismatch(rule, request)?;
    let other_family = match &request.target {
        Target::Url(_) => rule.urls.is_empty(),
        Target::Resource(_) => rule.resources.is_empty() && !rule.urls.is_empty(),
    };
    let facets = facets(rule, request, mismatch);
    let total = facets.iter().fold(Cost::NONE, |total, facet| total.plus(facet.cost));
    let total = if other_family { total.plus(Cost::FAR) } else { total };
    let more = facets.len().saturating_sub(1);
    // what is named is the facet that fails hardest
    let mut main = facets.into_iter().reduce(|a, b| if b.cost > a.cost { b } else { a })?;
    if more > 0 {
        main.message = format!("{}, among {more} more", main.message);
    }
    Some(Lack { cost: total, ..main })
}

fn facets(rule: &Rule, request: &Request, mismatch: Mismatch) -> Vec<Lack> {
    let mut facets = Vec::new();
    if mismatch.verb {
        let verb = request.verb.as_str();
        let typo = rule.verbs.iter().any(|known| near(known.as_str(), verb).is_some());
        facets.push(Lack {
            cost: if typo { Cost::TYPO } else { Cost::LINK },
            code: Code::VerbNotGranted,
            message: format!("the rule lacks the verb `{verb}`"),
            help: format!("add `{verb}` to its `verbs`"),
            field: "verbs",
        });
    }
    match &request.target {
        Target::Url(path) if mismatch.url => facets.push(Lack {
            cost: Cost::LINK,
            code: Code::UrlNotGranted,
            message: format!("the rule lacks the path `{path}`"),
            help: format!("add `{path}` to its `nonResourceURLs`"),
            field: "nonResourceURLs",
        }),
        Target::Url(_) => {}
        Target::Resource(target) => {
            facets.extend(mismatch.api_group.then(|| group_lack(rule, target)));
            facets.extend(mismatch.resource.then(|| resource_lack(rule, target)));
            facets.extend(mismatch.name.then(|| name_lack(rule, request, target)));
        }
    }
    facets
}

fn group_lack(rule: &Rule, target: &ResourceTarget) -> Lack {
    let group = target.api_group.as_str();
    let with_version = rule.api_groups.iter().any(|known| {
        let known = known.as_str();
        known.split('/').next() == Some(group) || (group.is_empty() && matches!(known, "v1" | "core"))
    });
    let typo = with_version || rule.api_groups.iter().any(|known| near(known.as_str(), group).is_some());
    Lack {
        cost: if typo { Cost::TYPO } else { Cost::LINK },
        code: Code::ApiGroupNotGranted,
        message: format!("the rule lacks the API group {group:?} of `{}`", target.resource),
        help: format!(
            "add {group:?} to its `apiGroups`{}",
            if group.is_empty() { " (the core group)" } else { "" }
        ),
        field: "apiGroups",
    }
}

fn resource_lack(rule: &Rule, target: &ResourceTarget) -> Lack {
    let (resource, subresource) = (target.resource.as_str(), target.subresource.as_str());
    let elements = || rule.resources.iter().map(crate::model::ResourcePattern::as_str);
    let whole =
        if subresource.is_empty() { resource.to_owned() } else { format!("{resource}/{subresource}") };
    let of_resource = |known: &str| {
        known == resource || known.strip_prefix(resource).is_some_and(|rest| rest.starts_with('/'))
    };
    if !subresource.is_empty() && elements().any(of_resource) {
        let message = if elements().any(|known| known == format!("{resource}/*")) {
            format!("`{resource}/*` is no wildcard: it does not give `{whole}`")
        } else {
            format!("the rule has `{resource}`, and that does not give its subresource `{whole}`")
        };
        return Lack {
            cost: Cost::TYPO,
            code: Code::SubresourceNotGranted,
            message,
            help: format!("add `{whole}` to its `resources`"),
            field: "resources",
        };
    }
    let typo = elements().any(|known| near(known, &whole).is_some() || known.to_lowercase() == resource);
    Lack {
        cost: if typo { Cost::TYPO } else { Cost::LINK },
        code: Code::ResourceNotGranted,
        message: format!("the rule lacks the resource `{whole}`"),
        help: format!("add `{whole}` to its `resources`"),
        field: "resources",
    }
}

fn name_lack(rule: &Rule, request: &Request, target: &ResourceTarget) -> Lack {
    let names: Vec<&str> = rule.resource_names.iter().map(crate::model::ObjectName::as_str).collect();
    let verb = request.verb.as_str();
    let (message, help) = if target.name.is_empty() {
        (
            format!(
                "the rule is confined to objects named {}, and `{verb}` here names none",
                names.join(", ")
            ),
            format!("ask for one of them, or give `{verb}` in a rule without `resourceNames`"),
        )
    } else {
        (
            format!("the rule is confined to objects named {}, not `{}`", names.join(", "), target.name),
            format!("add `{}` to its `resourceNames`", target.name),
        )
    };
    let typo = names.iter().any(|known| near(known, target.name.as_str()).is_some());
    Lack {
        cost: if typo { Cost::TYPO } else { Cost::LINK },
        code: Code::NameNotGranted,
        message,
        help,
        field: "resourceNames",
    }
}
