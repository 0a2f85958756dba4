//! Elements of rules that no request ever meets, because they are spelt as nothing is.

use std::cell::OnceCell;

use foldhash::HashMap;

use super::context::Context;
use super::found;
use crate::finding::{Code, Finding};
use crate::model::resource_type::{ResourceType, ResourceTypes, TypeSource, removed_in};
use crate::model::{NamePattern, ResourcePattern, Role, Rule, verb};
use crate::source::{Address, Step};

/// Groups that Kubernetes had and no longer serves, which old manifests still name beside the new ones.
const FORMER_GROUPS: [&str; 2] = ["extensions", "settings.k8s.io"];

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let types = Known::new(context.types);
    let mut all = Vec::new();
    for role in context.own_roles() {
        let of_role = format!("{} `{}`", role.kind(), role.name);
        for (position, rule) in role.rules.iter().enumerate() {
            let one = OneRule { types: &types, role, of_role: &of_role, rule, position };
            one.groups(&mut all);
            one.resources(&mut all);
            one.verbs(&mut all);
            one.names(&mut all);
        }
    }
    all
}

/// The known types, to be found by their names.
struct Known<'t> {
    types: &'t ResourceTypes,
    /// By plural, in order of preference.
    by_plural: HashMap<&'t str, Vec<&'t ResourceType>>,
    /// Groups, and whether all types of each are known: those of custom groups may be defined elsewhere too.
    groups: HashMap<&'t str, bool>,
}

impl<'t> Known<'t> {
    fn new(types: &'t ResourceTypes) -> Self {
        let mut known = Self { types, by_plural: HashMap::default(), groups: HashMap::default() };
        for of_type in types.iter() {
            known.by_plural.entry(&of_type.plural).or_default().push(of_type);
            *known.groups.entry(&of_type.group).or_insert(true) &= of_type.source != TypeSource::Custom;
        }
        known
    }

    fn of_plural(&self, plural: &str) -> &[&'t ResourceType] {
        self.by_plural.get(plural).map_or(&[], Vec::as_slice)
    }

    fn knows_group(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    fn is_whole(&self, group: &str) -> bool {
        self.groups.get(group).is_some_and(|whole| *whole)
    }
}

struct OneRule<'a> {
    types: &'a Known<'a>,
    role: &'a Role,
    /// In words.
    of_role: &'a str,
    rule: &'a Rule,
    position: usize,
}

impl OneRule<'_> {
    fn at(&self, list: &'static str, place: usize) -> Address {
        let route = [Step::Field("rules"), Step::Item(self.position), Step::Field(list), Step::Item(place)];
        self.role.origin.at(route)
    }

    fn groups(&self, all: &mut Vec<Finding>) {
        for (place, group) in self.rule.api_groups.iter().enumerate() {
            let text = group.as_str();
            let odd = text.contains('/')
                || text.chars().any(|c| c.is_ascii_uppercase())
                // the group of a custom type has a dot
                || !(text.contains('.')
                    || text.contains('*')
                    || FORMER_GROUPS.contains(&text)
                    || self.types.knows_group(text));
            if !odd {
                continue;
            }
            let message = format!("no API group is called `{text}`, as {} has it", self.of_role);
            let mut finding = found(Code::ApiGroupUnknown, self.at("apiGroups", place), message);
            let bare = text.split('/').next().unwrap_or_default().to_lowercase();
            if matches!(bare.as_str(), "core" | "v1") {
                finding.help = Some("the core group is the empty text: `\"\"`".to_owned());
            } else if self.types.knows_group(&bare) {
                finding.help = Some(format!("write `{bare}`"));
            }
            all.push(finding);
        }
    }

    fn resources(&self, all: &mut Vec<Finding>) {
        let elements = self.rule.resources.iter().enumerate();
        let exact = elements.filter_map(|(place, resource)| match resource {
            ResourcePattern::Exactly(text) => Some((place, &**text)),
            ResourcePattern::Any | ResourcePattern::OfAnyResource(_) => None,
        });
        // the groups in words, where they are told
        let groups = OnceCell::new();
        all.extend(exact.filter_map(|(place, text)| self.resource(place, text, &groups)));
    }

    fn resource(&self, place: usize, text: &str, groups_in_words: &OnceCell<String>) -> Option<Finding> {
        let at = || self.at("resources", place);
        let (plural, subresource) = text.split_once('/').unwrap_or((text, ""));
        if text.contains('*') {
            let message = format!("`{text}` of {} is no wildcard, and admits nothing", self.of_role);
            return Some(found(Code::SubresourceWildcard, at(), message));
        }
        let mut groups = self.rule.api_groups.iter().map(NamePattern::as_str);
        let of_plural = self.types.of_plural(plural);
        let of_type =
            groups.clone().find_map(|group| of_plural.iter().find(|of_type| of_type.group == group));
        if let Some(of_type) = of_type {
            let known = subresource.is_empty()
                || of_type.source == TypeSource::Custom
                || of_type.knows_subresource(subresource);
            return (!known).then(|| self.unknown_subresource(of_type, text, at()));
        }
        let judged =
            |group: &str| self.types.is_whole(group) || group.contains('/') || matches!(group, "core" | "v1");
        let all_judged = groups.all(judged);
        if of_plural.is_empty() {
            let upper = plural.chars().any(|c| c.is_ascii_uppercase());
            return (all_judged || upper || self.is_misspelt(plural))
                .then(|| self.unknown(plural, text, at()));
        }
        all_judged.then(|| {
            let has = in_words(of_plural.iter().map(|of_type| &*of_type.group), " or ");
            let names = groups_in_words
                .get_or_init(|| in_words(self.rule.api_groups.iter().map(NamePattern::as_str), ", "));
            let message =
                format!("`{text}` of {} is in the API group {has}, and the rule names {names}", self.of_role);
            found(Code::ResourceWrongGroup, at(), message)
        })
    }

    /// Whether a name under groups that are not known is surely another spelling of a built-in type.
    fn is_misspelt(&self, plural: &str) -> bool {
        let any = self.rule.api_groups.iter().any(|group| group.as_str() == "*" || group.as_str().is_empty());
        any && self.meant(plural).is_some()
    }

    /// The plural that somebody who writes this probably means.
    fn meant(&self, plural: &str) -> Option<String> {
        let types = self.types.types;
        if let Some(found) = types.find(plural) {
            return Some(found.chosen.plural.to_string());
        }
        let lower = plural.to_lowercase();
        let near = types.iter().filter(|of_type| crate::query::near::near(&lower, &of_type.plural).is_some());
        near.min_by_key(|of_type| strsim::osa_distance(&lower, &of_type.plural))
            .map(|of_type| of_type.plural.to_string())
    }

    fn unknown(&self, plural: &str, text: &str, at: Address) -> Finding {
        if let Some(version) = removed_in(plural) {
            let message =
                format!("`{text}` of {} is served no longer since Kubernetes {version}", self.of_role);
            return found(Code::ResourceUnknown, at, message).with_help("remove it from the rule");
        }
        let message = format!("no server knows the resource `{text}` of {}", self.of_role);
        let finding = found(Code::ResourceUnknown, at, message);
        match self.meant(plural) {
            Some(meant) => finding.with_help(format!("did you mean `{meant}`?")),
            None => finding,
        }
    }

    fn unknown_subresource(&self, of_type: &ResourceType, text: &str, at: Address) -> Finding {
        let message =
            format!("`{}` has no subresource as {} names it: `{text}`", of_type.full_name(), self.of_role);
        let names: Vec<&str> = of_type
            .subresources
            .iter()
            .map(|subresource| subresource.name)
            .chain(of_type.only_in_rules.iter().copied())
            .collect();
        let finding = found(Code::SubresourceUnknown, at, message);
        if names.is_empty() { finding } else { finding.with_help(format!("it has `{}`", names.join("`, `"))) }
    }

    fn verbs(&self, all: &mut Vec<Finding>) {
        let of_urls = !self.rule.urls.is_empty();
        let known = || {
            let besides = if of_urls { &[][..] } else { &verb::FOR_RESOURCES_BESIDES[..] };
            let known = if of_urls { &verb::FOR_URLS[..] } else { &verb::FOR_RESOURCES[..] };
            known.iter().chain(besides).copied()
        };
        // extension servers may ask for verbs of their own
        let own = |group: &NamePattern| group.as_str() == "*" || self.types.knows_group(group.as_str());
        let all_known = || of_urls || self.rule.api_groups.iter().all(own);
        for (place, written) in self.rule.verbs.iter().enumerate() {
            let text = written.as_str();
            let special = text == "*" || text.starts_with("impersonate") || text.contains(':');
            if special || known().any(|known| known == text) {
                continue;
            }
            let lower = text.to_lowercase();
            let same = known().find(|known| *known == lower);
            let habit = || verb::meant_for_resources(text).filter(|_| !of_urls);
            let near = || known().find(|known| crate::query::near::near(&lower, known).is_some());
            let meant = same.or_else(habit).or_else(near);
            if meant.is_none() && !all_known() {
                continue;
            }
            let message = format!("nothing asks for the verb `{text}` of {}", self.of_role);
            let finding = found(Code::VerbUnknown, self.at("verbs", place), message);
            all.push(match meant {
                Some(meant) => finding.with_help(format!("did you mean `{meant}`?")),
                None => finding,
            });
        }
    }

    fn names(&self, all: &mut Vec<Finding>) {
        if self.rule.resource_names.is_empty() {
            return;
        }
        for (place, name) in self.rule.resource_names.iter().enumerate() {
            // signers are the one case in which an asterisk is asked for, and constrained impersonation another
            let asked = self.rule.resources.iter().any(|resource| {
                matches!(resource.as_str(), "signers" | "nodes")
                    || resource.as_str().starts_with("userextras")
            });
            if name.as_str().contains('*') && !asked {
                let message =
                    format!("the asterisk in `{name}` of {} is compared as it stands", self.of_role);
                all.push(found(Code::ResourceNameWildcard, self.at("resourceNames", place), message));
            }
        }
        let whole = self.rule.resources.iter().all(|resource| !resource.as_str().contains('/'));
        for (place, verb) in self.rule.verbs.iter().enumerate() {
            let verb = verb.as_str();
            if whole && matches!(verb, "create" | "deletecollection") {
                let message =
                    format!("a `{verb}` names no object, so that {} never admits it by name", self.of_role);
                all.push(found(Code::ResourceNamesIneffective, self.at("verbs", place), message));
            }
            if whole && matches!(verb, "list" | "watch") {
                let message = format!(
                    "by name {} admits a `{verb}` only of those who select that one name (`metadata.name=…`)",
                    self.of_role
                );
                all.push(found(Code::ResourceNamesList, self.at("verbs", place), message));
            }
        }
    }
}

/// API groups, each in backticks; the core group as it is written.
fn in_words<'g>(groups: impl Iterator<Item = &'g str>, between: &str) -> String {
    let mut words = String::new();
    for group in groups {
        let before = if words.is_empty() { "" } else { between };
        let group = if group.is_empty() { "\"\"" } else { group };
        words.extend([before, "`", group, "`"]);
    }
    words
}
