//! Whether rules hold everything that another rule grants, and what they leave of it.
//!
//! A rule is broken into its atoms (group, resource, verb and at most one name; or URL and verb), and each atom must be
//! held by one rule whole. That is how the API server decides whether somebody may hand on a role, and it is the only
//! way in which two rules are compared here. Nobody is asked anything: no caller, no binding.
//!
//! Upstream: Kubernetes 1.34, `pkg/registry/rbac/validation/policy_comparator.go`, `Covers`, `BreakdownRule`.

use std::collections::HashSet;
use std::fmt;

use crate::model::{NamePattern, ObjectName, ResourcePattern, Rule, UrlPattern};

/// So many pieces of one rule are kept apart, at most; no rule that people write comes near.
const MOST_PIECES: usize = 4096;
/// Lists of up to so many elements are searched from end to end.
const SHORT: usize = 16;

/// A rule that falls into too many pieces to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyPieces;

impl fmt::Display for TooManyPieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a rule falls into more than {MOST_PIECES} pieces")
    }
}

/// What the owners leave uncovered of a rule: disjoint rules whose atoms are exactly the rule's atoms that no single
/// owner covers. Empty if they cover it; a rule without atoms is always covered.
pub fn uncovered<'r>(
    owners: impl IntoIterator<Item = &'r Rule>,
    rule: &Rule,
) -> Result<Vec<Rule>, TooManyPieces> {
    let mut pieces = parts(rule);
    for owner in owners {
        if pieces.is_empty() {
            break;
        }
        let owner = Owner::new(owner);
        pieces = pieces.into_iter().flat_map(|piece| owner.subtract_from(piece)).collect();
        if pieces.len() > MOST_PIECES {
            return Err(TooManyPieces);
        }
    }
    Ok(pieces)
}

/// Whether the owner alone covers every atom of the rule.
pub fn covers(owner: &Rule, rule: &Rule) -> bool {
    let owner = Owner::new(owner);
    parts(rule).iter().all(|part| owner.covers_part(part))
}

/// Whether the owner holds at least one atom of the rule: then, and only then, it leaves less of it than all.
pub fn touches(owner: &Rule, rule: &Rule) -> bool {
    let has_verb = || {
        let held = |verb: &NamePattern| owner.verbs.iter().any(|own| *own == NamePattern::Any || own == verb);
        rule.verbs.iter().any(held)
    };
    let has_group = || {
        let held =
            |group: &NamePattern| owner.api_groups.iter().any(|own| *own == NamePattern::Any || own == group);
        rule.api_groups.iter().any(held)
    };
    let has_name = || {
        owner.resource_names.is_empty()
            || rule.resource_names.iter().any(|name| owner.resource_names.contains(name))
    };
    let of_resources = rule.resources.iter().any(|one| owner.resources.iter().any(|own| holds(own, one)))
        && has_group()
        && has_name()
        && has_verb();
    let has_url = |url: &UrlPattern| {
        owner.urls.iter().any(|own| {
            let (own, url) = (own.as_str(), url.as_str());
            own == url || (own.ends_with('*') && url.starts_with(own.trim_end_matches('*')))
        })
    };
    of_resources || (rule.urls.iter().any(has_url) && has_verb())
}

fn holds(own: &ResourcePattern, resource: &ResourcePattern) -> bool {
    if *own == ResourcePattern::Any || own == resource {
        return true;
    }
    let below = own.as_str().strip_prefix("*/");
    below.is_some_and(|below| resource.as_str().split_once('/').is_some_and(|(_, rest)| rest == below))
}

/// The rule's resource part and its URL part, as far as they grant anything. Fields of the other part are left out.
pub fn parts(rule: &Rule) -> Vec<Rule> {
    let resources = Rule { urls: Vec::new(), ..rule.clone() };
    let urls = Rule { verbs: rule.verbs.clone(), urls: rule.urls.clone(), ..Rule::default() };
    let grants_resources =
        !rule.verbs.is_empty() && !rule.api_groups.is_empty() && !rule.resources.is_empty();
    let grants_urls = !rule.verbs.is_empty() && !rule.urls.is_empty();
    let resources = grants_resources.then_some(resources);
    resources.into_iter().chain(grants_urls.then_some(urls)).map(deduplicated).collect()
}

/// Equal elements once, so that no atom is told twice. The order stays.
fn deduplicated(mut rule: Rule) -> Rule {
    fn once<T: Clone + Eq + std::hash::Hash>(list: &mut Vec<T>) {
        let mut seen = HashSet::new();
        list.retain(|item| seen.insert(item.clone()));
    }
    once(&mut rule.verbs);
    once(&mut rule.api_groups);
    once(&mut rule.resources);
    once(&mut rule.resource_names);
    once(&mut rule.urls);
    rule
}

/// The texts of a list, quickly found.
enum Texts<'r> {
    Few(Vec<&'r str>),
    Many(HashSet<&'r str>),
}

impl<'r> Texts<'r> {
    fn new(texts: impl ExactSizeIterator<Item = &'r str>) -> Self {
        if texts.len() <= SHORT { Self::Few(texts.collect()) } else { Self::Many(texts.collect()) }
    }

    fn has(&self, text: &str) -> bool {
        match self {
            Self::Few(list) => list.contains(&text),
            Self::Many(set) => set.contains(text),
        }
    }
}

/// A rule as the holder of atoms.
struct Owner<'r> {
    verbs: Texts<'r>,
    api_groups: Texts<'r>,
    resources: Texts<'r>,
    /// None where the rule names no objects, and so holds all of them.
    names: Option<Texts<'r>>,
    urls: Texts<'r>,
    /// Texts of URLs that end in `*`, without their asterisks.
    url_prefixes: Texts<'r>,
}

/// One list of a piece, in two: what the owner covers of it, and what not.
struct Halves<T> {
    covered: Vec<T>,
    rest: Vec<T>,
}

fn halves<T>(list: Vec<T>, covered: impl FnMut(&T) -> bool) -> Halves<T> {
    let (covered, rest) = list.into_iter().partition(covered);
    Halves { covered, rest }
}

impl<'r> Owner<'r> {
    fn new(rule: &'r Rule) -> Self {
        let prefixes: Vec<&str> =
            rule.urls.iter().map(UrlPattern::as_str).filter(|url| url.ends_with('*')).collect();
        Self {
            verbs: Texts::new(rule.verbs.iter().map(NamePattern::as_str)),
            api_groups: Texts::new(rule.api_groups.iter().map(NamePattern::as_str)),
            resources: Texts::new(rule.resources.iter().map(ResourcePattern::as_str)),
            names: (!rule.resource_names.is_empty())
                .then(|| Texts::new(rule.resource_names.iter().map(ObjectName::as_str))),
            urls: Texts::new(rule.urls.iter().map(UrlPattern::as_str)),
            url_prefixes: Texts::new(prefixes.into_iter().map(|url| url.trim_end_matches('*'))),
        }
    }

    fn has_verb(&self, verb: &NamePattern) -> bool {
        self.verbs.has("*") || self.verbs.has(verb.as_str())
    }

    fn has_group(&self, group: &NamePattern) -> bool {
        self.api_groups.has("*") || self.api_groups.has(group.as_str())
    }

    /// `*/status` holds `pods/status`, textually: also `*/*` holds `pods/*`.
    fn has_resource(&self, resource: &ResourcePattern) -> bool {
        let text = resource.as_str();
        self.resources.has("*")
            || self.resources.has(text)
            || text.split_once('/').is_some_and(|(_, below)| self.resources.has(&format!("*/{below}")))
    }

    fn has_name(&self, name: &ObjectName) -> bool {
        self.names.as_ref().is_none_or(|names| names.has(name.as_str()))
    }

    /// Textually again: `/api*` holds `/apis/*`, and `/*` does not hold `*`.
    fn has_url(&self, url: &UrlPattern) -> bool {
        let text = url.as_str();
        self.urls.has(text)
            || match &self.url_prefixes {
                Texts::Few(prefixes) => prefixes.iter().any(|prefix| text.starts_with(prefix)),
                Texts::Many(prefixes) => (0..=text.len())
                    .filter_map(|end| text.get(..end))
                    .any(|beginning| prefixes.contains(beginning)),
            }
    }

    fn covers_part(&self, part: &Rule) -> bool {
        part.verbs.iter().all(|verb| self.has_verb(verb))
            && part.api_groups.iter().all(|group| self.has_group(group))
            && part.resources.iter().all(|resource| self.has_resource(resource))
            && part.urls.iter().all(|url| self.has_url(url))
            && if part.resource_names.is_empty() && part.urls.is_empty() {
                self.names.is_none()
            } else {
                part.resource_names.iter().all(|name| self.has_name(name))
            }
    }

    /// The piece without the atoms that this owner covers, as disjoint pieces. The piece is cut facet by facet; what
    /// is left behind at a cut is covered in all facets before it, and in none of this one.
    fn subtract_from(&self, piece: Rule) -> Vec<Rule> {
        if piece.urls.is_empty() { self.subtract_resources(piece) } else { self.subtract_urls(piece) }
    }

    fn subtract_urls(&self, piece: Rule) -> Vec<Rule> {
        let touches = piece.urls.iter().any(|url| self.has_url(url))
            && piece.verbs.iter().any(|verb| self.has_verb(verb));
        if !touches {
            return vec![piece];
        }
        let urls = halves(piece.urls, |url| self.has_url(url));
        let verbs = halves(piece.verbs.clone(), |verb| self.has_verb(verb));
        let outside = Rule { verbs: piece.verbs, urls: urls.rest, ..Rule::default() };
        let inside = Rule { verbs: verbs.rest, urls: urls.covered, ..Rule::default() };
        [outside, inside].into_iter().filter(|left| !left.urls.is_empty() && !left.verbs.is_empty()).collect()
    }

    fn subtract_resources(&self, piece: Rule) -> Vec<Rule> {
        let names_covered = match piece.resource_names[..] {
            [] => self.names.is_none(),
            _ => piece.resource_names.iter().any(|name| self.has_name(name)),
        };
        let touches = names_covered
            && piece.verbs.iter().any(|verb| self.has_verb(verb))
            && piece.api_groups.iter().any(|group| self.has_group(group))
            && piece.resources.iter().any(|resource| self.has_resource(resource));
        if !touches {
            return vec![piece];
        }
        let mut left = Vec::new();
        let mut inside = piece;
        let groups = halves(std::mem::take(&mut inside.api_groups), |group| self.has_group(group));
        if !groups.rest.is_empty() {
            left.push(Rule { api_groups: groups.rest, ..inside.clone() });
        }
        inside.api_groups = groups.covered;
        let resources = halves(std::mem::take(&mut inside.resources), |resource| self.has_resource(resource));
        if !resources.rest.is_empty() {
            left.push(Rule { resources: resources.rest, ..inside.clone() });
        }
        inside.resources = resources.covered;
        let names = halves(std::mem::take(&mut inside.resource_names), |name| self.has_name(name));
        if !names.rest.is_empty() {
            left.push(Rule { resource_names: names.rest, ..inside.clone() });
        }
        inside.resource_names = names.covered;
        inside.verbs.retain(|verb| !self.has_verb(verb));
        if !inside.verbs.is_empty() {
            left.push(inside);
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// `GROUPS|RESOURCES|VERBS|NAMES`, or `URLS|VERBS`; lists separated by commas.
    fn rule(text: &str) -> Rule {
        let fields: Vec<Vec<Arc<str>>> =
            text.split('|').map(|list| list.split(',').map(Arc::from).collect()).collect();
        let urls = text.starts_with('/') || (text.starts_with('*') && fields.len() == 2);
        let list = |at: usize| fields.get(at).cloned().unwrap_or_default();
        if urls {
            return Rule {
                urls: list(0).iter().map(UrlPattern::new).collect(),
                verbs: list(1).iter().map(NamePattern::new).collect(),
                ..Rule::default()
            };
        }
        Rule {
            api_groups: list(0).iter().map(NamePattern::new).collect(),
            resources: list(1).iter().map(ResourcePattern::new).collect(),
            verbs: list(2).iter().map(NamePattern::new).collect(),
            resource_names: list(3).into_iter().map(ObjectName::from).collect(),
            urls: Vec::new(),
        }
    }

    fn shown(rule: &Rule) -> String {
        let list = |items: Vec<&str>| items.join(",");
        let verbs = list(rule.verbs.iter().map(NamePattern::as_str).collect());
        if !rule.urls.is_empty() {
            return format!("{}|{verbs}", list(rule.urls.iter().map(UrlPattern::as_str).collect()));
        }
        let groups = list(rule.api_groups.iter().map(NamePattern::as_str).collect());
        let resources = list(rule.resources.iter().map(ResourcePattern::as_str).collect());
        let names = list(rule.resource_names.iter().map(ObjectName::as_str).collect());
        let names = if names.is_empty() { names } else { format!("|{names}") };
        format!("{groups}|{resources}|{verbs}{names}")
    }

    #[test]
    fn one_atom_against_one_rule() {
        for (owner, target, expected) in [
            ("|pods|get,list,watch,create,update,patch,delete,deletecollection", "|pods|*", false),
            ("|*/status|get", "|pods/status|get", true),
            ("|pods|*", "|pods|get", true),
            ("*|pods|get", "apps|pods|get", true),
            ("apps,|pods|get", "*|pods|get", false),
            ("|*|get", "|pods/log|get", true),
            ("|pods|get", "|pods/log|get", false),
            ("|pods/*|get", "|pods/log|get", false),
            ("|pods/*|get", "|pods/*|get", true),
            ("|*/*|get", "|pods/*|get", true),
            ("|*/*|get", "|pods/log|get", false),
            ("|*/example.com/scopes|get", "|userextras/example.com/scopes|get", true),
            ("|*/scopes|get", "|userextras/example.com/scopes|get", false),
            ("|pods|get", "|*|get", false),
            ("|pods|get", "|pods|get|a", true),
            ("|pods|get|a", "|pods|get", false),
            ("|pods|get|a,b", "|pods|get|b", true),
            ("|pods|get|*", "|pods|get|b", false),
            ("|pods|get|b", "|pods|get|a,b", false),
            ("/api*|get", "/apis/*|get", true),
            ("/*|get", "*|get", false),
            ("*|get", "/*|get", true),
            ("/api/*|get", "/api|get", false),
            ("/api/*|get", "/api/|get", true),
            ("/a**|get", "/a*|get", true),
            ("/a*|get", "/a**|get", true),
            ("/healthz|get", "/healthz|head", false),
            ("/healthz|*", "/healthz|head", true),
            ("|pods|get", "|pods|Get", false),
            ("|pods|*", "/healthz|get", false),
            ("*|*|*", "*|*", false),
        ] {
            assert_eq!(covers(&rule(owner), &rule(target)), expected, "{owner} over {target}");
            let left = uncovered([&rule(owner)], &rule(target)).unwrap();
            assert_eq!(left.is_empty(), expected, "{owner} over {target} leaves {left:?}");
            assert_eq!(
                touches(&rule(owner), &rule(target)),
                left != parts(&rule(target)),
                "{owner} {target}"
            );
        }
    }

    #[test]
    fn a_rule_without_atoms_is_covered_by_nothing_at_all() {
        let no_verbs = Rule { verbs: Vec::new(), ..rule("|pods|get") };
        let no_groups = Rule { api_groups: Vec::new(), ..rule("|pods|get") };
        for empty in [&Rule::default(), &no_verbs, &no_groups] {
            assert_eq!(uncovered([], empty), Ok(Vec::new()));
            assert!(covers(&Rule::default(), empty));
        }
    }

    #[test]
    fn what_is_left_is_told_in_few_pieces() {
        for (owners, target, left) in [
            (&["|pods|get"][..], "|pods|get,list", &["|pods|list"][..]),
            (&["|pods|get", "|pods|list"], "|pods|get,list", &[]),
            (&["|pods|get"], "|pods,secrets|get,list", &["|secrets|get,list", "|pods|list"]),
            (&["|secrets|get|a"], "|secrets|get,list|a,b", &["|secrets|get,list|b", "|secrets|list|a"]),
            (&["|secrets|get|a"], "|secrets|get", &["|secrets|get"]),
            (&["|pods|get"], ",apps|pods|get", &["apps|pods|get"]),
            (&["/healthz|get"], "/healthz,/version|get", &["/version|get"]),
            (&["/b|get"], "/a,/b|get,head", &["/a|get,head", "/b|head"]),
            (&["/b|post"], "/a,/b|get", &["/a,/b|get"]),
            (&["/c|get"], "/a,/b|get", &["/a,/b|get"]),
            (&["|nodes|get"], "|pods,pods|get,get", &["|pods|get"]),
            (&["*|*|*", "*|*"], "|pods|get", &[]),
        ] {
            let owners: Vec<Rule> = owners.iter().map(|text| rule(text)).collect();
            let pieces = uncovered(&owners, &rule(target)).unwrap();
            assert_eq!(pieces.iter().map(shown).collect::<Vec<_>>(), left, "{target}");
        }
    }

    /// Each owner of a resource makes one piece more, and each owner of a group one more of each.
    #[test]
    fn a_rule_may_fall_into_so_many_pieces() {
        let list = |letter: char, count: usize| -> String {
            (0..count).map(|number| format!("{letter}{number}")).collect::<Vec<_>>().join(",")
        };
        let pieces = |resources: usize| {
            let target = rule(&format!("{}|{}|a,b,c", list('g', 64), list('r', resources)));
            let of_resources = (1..resources).map(|number| rule(&format!("*|r{number}|a")));
            let of_groups = (1..64).map(|number| rule(&format!("g{number}|*|b")));
            let owners: Vec<Rule> = of_resources.chain(of_groups).collect();
            uncovered(&owners, &target).map(|pieces| pieces.len()).map_err(|why| why.to_string())
        };
        let why = "a rule falls into more than 4096 pieces".to_owned();
        assert_eq!((pieces(64), pieces(65)), (Ok(4096), Err(why)));
    }

    #[test]
    fn long_lists_are_compared_like_short_ones() {
        let many = |from: usize, to: usize| -> String {
            (from..to).map(|number| format!("r{number}")).collect::<Vec<_>>().join(",")
        };
        let owner = rule(&format!("|{},*/x|get", many(0, 40)));
        let left = uncovered([&owner], &rule(&format!("|{},p/x,p/y|get", many(10, 42)))).unwrap();
        assert_eq!(left.iter().map(shown).collect::<Vec<_>>(), ["|r40,r41,p/y|get"]);
        let urls: Vec<String> = (0..40).map(|number| format!("/u{number}/*")).collect();
        let owner = rule(&format!("{}|get", urls.join(",")));
        assert!(covers(&owner, &rule("/u7/x,/u39/*|get")));
        assert!(!covers(&owner, &rule("/u40/x|get")));
    }

    #[test]
    fn a_rule_of_both_families_is_two() {
        let mut both = rule("|pods|get");
        both.urls = vec![UrlPattern::new(&"/x".into())];
        let left = uncovered([&rule("/x|get")], &both).unwrap();
        assert_eq!(left.iter().map(shown).collect::<Vec<_>>(), ["|pods|get"]);
    }
}
