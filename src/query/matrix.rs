//! Everyone times everything: what each caller may do, cell by cell, one caller at a time, so that no more than one
//! caller's cells are held at once.
//!
//! A cell is can-i's answer to one request. Cells that follow from another one are left out where nothing else was
//! asked for: what holds cluster-wide is not said again for each namespace.

mod topics;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::ask::{Piece, put_together, verdict};
use super::can_i::{Verdict, open_on};
use super::everyone::{Entry, Everyone, Names};
use super::gaps::{could_turn_no, of_placeholder};
use super::glob::{Glob, any_fits};
use super::who_can::{known_namespaces, namespaces_of};
use crate::access::{Bound, Decision, Policy, Reach};
use crate::finding::Finding;
use crate::identity::{Case, Identity};
use crate::manifest::Loaded;
use crate::model::{Namespace, Request, Verb};
pub use topics::{Refusal, Topic, What};

/// What is wanted of the matrix; empty lists want everything.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Resources: `pods`, `pods/log`, `deployments.apps`, `/healthz`, short names, globs.
    pub resources: Vec<Glob>,
    /// Verbs.
    pub verbs: Vec<Glob>,
    /// Namespaces; a lone `*` is cluster-wide and every namespace.
    pub namespaces: Vec<Glob>,
    /// Whether cells that are no are wanted too.
    pub deny: bool,
}

/// What is asked of everyone.
#[derive(Debug)]
pub struct Plan<'p> {
    /// The things to ask about, in order.
    pub topics: Vec<Topic>,
    /// All verbs of them, in order.
    pub verbs: BTreeSet<Verb>,
    scopes: Scopes,
    deny: bool,
    names: Names<'p>,
}

/// Where to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scopes {
    /// Cluster-wide, and in those namespaces that have something for the caller.
    Telling,
    /// In these namespaces, and cluster-wide if that is wanted too.
    Chosen(BTreeSet<Namespace>, bool),
}

/// What may be done to one thing in one scope by one caller.
#[derive(Debug)]
pub struct Row<'p> {
    /// The thing.
    pub topic: &'p Topic,
    /// The object's name that was asked, or empty.
    pub name: String,
    /// The namespace; none for cluster-wide, and for a URL.
    pub namespace: Option<Namespace>,
    /// The answers, in order of the verbs; never empty. Rows of a caller that say the same share them.
    pub cells: Arc<[Cell<'p>]>,
}

/// One answer.
#[derive(Debug)]
pub struct Cell<'p> {
    /// The verb.
    pub verb: Verb,
    /// The answer.
    pub mark: Mark,
    /// What the callers of the entry are told; those who may first.
    pub pieces: Vec<Piece<'p>>,
}

/// The answer of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Yes.
    Allow,
    /// Yes for some of the callers.
    Depends,
    /// No, and something that could not be read might hold a yes.
    Unknown,
    /// No.
    Deny,
}

impl Mark {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Depends => "depends",
            Self::Unknown => "unknown",
            Self::Deny => "deny",
        }
    }
}

impl<'p> Plan<'p> {
    /// Makes out what is to be asked. Refuses a choice that nothing fits, and more than can be asked.
    pub fn new(loaded: &Loaded, policy: &'p Policy<'p>, choice: &Choice) -> Result<Self, Refusal> {
        let topics = topics::topics(policy, &loaded.resource_types(), choice)?;
        let verbs = topics.iter().flat_map(|topic| topic.verbs.iter().cloned()).collect();
        Ok(Self {
            topics,
            verbs,
            scopes: Scopes::of(policy, &choice.namespaces)?,
            deny: choice.deny,
            names: Names::all(policy),
        })
    }

    /// The rows of one caller: cluster-wide first, then by namespace, each in the order of the topics. Rows without a
    /// cell worth telling are left out.
    pub fn rows(
        &'p self,
        loaded: &Loaded,
        policy: &'p Policy<'p>,
        everyone: &'p Everyone<'p>,
        entry: &'p Entry,
    ) -> Vec<Row<'p>> {
        let asking = Asking::new((self, loaded, policy), entry, everyone.cases(entry, &self.names));
        let mut rows = Vec::new();
        let elsewhere: Elsewhere<'_> = self.topics.iter().map(|_| OnceCell::new()).collect();
        for namespace in asking.scopes() {
            asking.rows(namespace, &elsewhere, &mut rows);
        }
        rows
    }
}

/// The answers about each topic wherever nothing is there for the caller in particular, once they were looked for.
type Elsewhere<'p> = Vec<OnceCell<Option<Arc<[Cell<'p>]>>>>;

impl Scopes {
    fn of(policy: &Policy<'_>, globs: &[Glob]) -> Result<Self, Refusal> {
        if globs.is_empty() {
            return Ok(Self::Telling);
        }
        let known = known_namespaces(policy);
        let mut chosen = BTreeSet::new();
        for glob in globs {
            if glob.is_literal() {
                chosen.insert(glob.as_str().into());
                continue;
            }
            let fitting: Vec<&&Namespace> = known.iter().filter(|name| glob.matches(name.as_str())).collect();
            if fitting.is_empty() && glob.as_str() != "*" {
                return Err(Refusal::nothing_fits("namespace", glob.as_str()));
            }
            chosen.extend(fitting.into_iter().map(|name| (*name).clone()));
        }
        Ok(Self::Chosen(chosen, globs.iter().any(|glob| glob.as_str() == "*")))
    }
}

/// One caller being asked.
struct Asking<'a, 'p> {
    plan: &'p Plan<'p>,
    loaded: &'a Loaded,
    policy: &'p Policy<'p>,
    entry: &'p Entry,
    cases: Vec<Case<'p>>,
    /// For each case the namespaces that have something for it.
    namespaces: Vec<BTreeSet<&'p Namespace>>,
    /// What reaches the cases cluster-wide.
    cluster_wide: Vec<Group<'p>>,
}

/// Cases that the same bindings reach in a scope.
#[derive(Clone)]
struct Group<'p> {
    /// Places among the cases, in order; never empty.
    members: Vec<usize>,
    /// None for callers who are not let in.
    reach: Option<Reach<'p>>,
}

/// One scope in which a caller is asked.
struct Scope<'p> {
    namespace: Option<Namespace>,
    groups: Vec<Group<'p>>,
}

impl<'a, 'p> Asking<'a, 'p> {
    fn new(
        (plan, loaded, policy): (&'p Plan<'p>, &'a Loaded, &'p Policy<'p>),
        entry: &'p Entry,
        cases: Vec<Case<'p>>,
    ) -> Self {
        let namespaces = namespaces_of(policy, &cases);
        let mut asking = Self { plan, loaded, policy, entry, cases, namespaces, cluster_wide: Vec::new() };
        asking.cluster_wide = asking.grouped(0..asking.cases.len(), None);
        asking
    }

    /// Puts cases together that the same bindings reach: a family has many callers, and few that differ in one scope.
    fn grouped(&self, cases: impl Iterator<Item = usize>, namespace: Option<&Namespace>) -> Vec<Group<'p>> {
        let mut groups: Vec<Group<'p>> = Vec::new();
        let mut known: HashMap<_, usize> = HashMap::new();
        for place in cases {
            let Some(case) = self.cases.get(place) else { continue };
            let identity = case.outcome.as_ref().ok();
            let reach = identity.map(|identity| Reach::of(self.policy, identity, namespace));
            let mapping =
                identity.and_then(Identity::mapping).map(|(_, mapping)| std::ptr::from_ref(mapping));
            let is_open = open_on(case.outcome.as_ref(), None).is_some();
            let key = (reach.as_ref().map(Reach::bindings), mapping, is_open, case.when.chance.as_deref());
            let next = groups.len();
            match groups.get_mut(*known.entry(key).or_insert(next)) {
                Some(group) => group.members.push(place),
                None => groups.push(Group { members: vec![place], reach }),
            }
        }
        groups
    }

    /// Where this caller is asked.
    fn scopes(&self) -> Vec<Option<Namespace>> {
        let mut namespaces: BTreeSet<Namespace> = BTreeSet::new();
        let mut cluster_wide = true;
        match &self.plan.scopes {
            Scopes::Telling => {
                let own: BTreeSet<&Namespace> = self.namespaces.iter().flatten().copied().collect();
                namespaces.extend(own.into_iter().cloned());
                // a rule that names Namespaces speaks about each inside itself
                let named = self.plan.topics.iter().filter_map(Topic::own_namespace);
                namespaces.extend(named);
            }
            Scopes::Chosen(chosen, cluster) => {
                namespaces.extend(chosen.iter().cloned());
                cluster_wide = *cluster;
            }
        }
        let cluster = cluster_wide.then_some(None);
        cluster.into_iter().chain(namespaces.into_iter().map(Some)).collect()
    }

    fn scope(&self, namespace: Option<Namespace>) -> Scope<'p> {
        let Some(inside) = &namespace else {
            return Scope { namespace, groups: self.cluster_wide.clone() };
        };
        let is_here = |place: &usize| self.namespaces.get(*place).is_some_and(|own| own.contains(inside));
        // whom no RoleBinding of the namespace names has there what it has everywhere
        let mut groups: Vec<Group<'p>> = self
            .cluster_wide
            .iter()
            .map(|group| Group {
                members: group.members.iter().copied().filter(|place| !is_here(place)).collect(),
                reach: group.reach.clone(),
            })
            .filter(|group| !group.members.is_empty())
            .collect();
        groups.extend(self.grouped((0..self.cases.len()).filter(is_here), Some(inside)));
        groups.sort_by_key(|group| group.members.first().copied());
        Scope { namespace, groups }
    }

    /// The rows of a scope.
    fn rows(&self, namespace: Option<Namespace>, elsewhere: &Elsewhere<'p>, rows: &mut Vec<Row<'p>>) {
        let is_elsewhere = namespace.as_ref().is_some_and(|inside| self.has_nothing_in(inside));
        let scope = OnceCell::new();
        let scope = || scope.get_or_init(|| self.scope(namespace.clone()));
        for (topic, known) in self.plan.topics.iter().zip(elsewhere) {
            if !topic.is_asked(namespace.is_some()) {
                continue;
            }
            if !is_elsewhere || !topic.namespaced {
                rows.extend(self.row(topic, scope()));
                continue;
            }
            let cells = known.get_or_init(|| self.row(topic, scope()).map(|row| row.cells));
            rows.extend(cells.clone().map(|cells| Row {
                topic,
                name: topic.name().unwrap_or_default().to_owned(),
                namespace: namespace.clone(),
                cells,
            }));
        }
    }

    /// Whether the answers in a namespace are those of any other where this holds: no RoleBinding there names the
    /// caller, and nothing else looks at the namespace.
    fn has_nothing_in(&self, namespace: &Namespace) -> bool {
        let asks = |group: &Group<'_>| group.reach.as_ref().is_some_and(Reach::asks_namespace);
        !self.namespaces.iter().any(|own| own.contains(namespace)) && !self.cluster_wide.iter().any(asks)
    }

    fn row(&self, topic: &'p Topic, scope: &Scope<'p>) -> Option<Row<'p>> {
        let requests = topic.requests(scope.namespace.as_ref());
        let name = requests.first().map(|request| topics::name_of(request).to_owned())?;
        let cells: Vec<Cell<'p>> =
            requests.iter().filter_map(|request| self.cell(topic, scope, request)).collect();
        let namespace = scope.namespace.clone();
        (!cells.is_empty()).then(|| Row { topic, name, namespace, cells: cells.into() })
    }

    fn cell(&self, topic: &Topic, scope: &Scope<'p>, request: &Request) -> Option<Cell<'p>> {
        if !self.plan.deny && self.is_denied_to_all(scope, request) {
            return None;
        }
        let mut pieces = self.pieces(scope, request);
        let mark = match verdict(&pieces) {
            Verdict::Allow => Mark::Allow,
            Verdict::Depends => Mark::Depends,
            Verdict::Deny if !self.plan.deny => return None,
            Verdict::Deny if self.may_be_more(scope, request) => Mark::Unknown,
            Verdict::Deny => Mark::Deny,
        };
        if self.follows(topic, scope, request, &pieces) {
            return None;
        }
        pieces.sort_by_key(|piece| !piece.is_allowed());
        Some(Cell { verb: request.verb.clone(), mark, pieces })
    }

    /// Whether nobody may, which is all that there is to know where a no is not told.
    fn is_denied_to_all(&self, scope: &Scope<'p>, request: &Request) -> bool {
        scope.groups.iter().all(|group| {
            let decision = group.reach.as_ref().map(|reach| reach.decide(request));
            !decision.as_ref().is_some_and(Decision::is_allowed)
                && group
                    .members
                    .iter()
                    .filter_map(|place| self.cases.get(*place))
                    .all(|case| open_on(case.outcome.as_ref(), decision.as_ref()).is_none())
        })
    }

    /// The answers of the groups. A no holds the first of its callers only: nobody asks which.
    fn pieces(&self, scope: &Scope<'p>, request: &Request) -> Vec<Piece<'p>> {
        put_together(scope.groups.iter().flat_map(|group| {
            let decision = group.reach.as_ref().map(|reach| reach.decide(request));
            let is_allowed = decision.as_ref().is_some_and(Decision::is_allowed);
            let told = if is_allowed { group.members.len() } else { 1 };
            let members = group.members.iter().take(told);
            members.filter_map(move |place| Some((self.cases.get(*place)?, decision.clone())))
        }))
    }

    /// Whether the cell follows from another one: from that of all names, where the rules name none, or from the
    /// cluster-wide one, where namespaces were not asked for.
    fn follows(&self, topic: &Topic, scope: &Scope<'p>, request: &Request, pieces: &[Piece<'p>]) -> bool {
        if pieces.iter().any(|piece| piece.is_open) {
            return false;
        }
        let mut admissions = pieces.iter().filter_map(|piece| piece.admission.as_ref()).peekable();
        let is_allowed = admissions.peek().is_some();
        let (mut of_all_names, mut cluster_wide) = (true, true);
        for admission in admissions {
            of_all_names &= admission.is_for_all_names();
            cluster_wide &= admission.namespace().is_none();
        }
        let is_named = topic.name().is_some();
        let is_same_name = topic.name().unwrap_or_default() == topics::name_of(request);
        let is_telling = self.plan.scopes == Scopes::Telling && scope.namespace.is_some();
        (is_allowed && is_named && of_all_names)
            || (is_telling && cluster_wide && (of_all_names || is_same_name))
    }

    /// Whether something unread could turn the no of one of the cases.
    fn may_be_more(&self, scope: &Scope<'p>, request: &Request) -> bool {
        let all_published = !self.loaded.cluster.platform.has_objects;
        if all_published && self.loaded.gaps.is_empty() && self.loaded.placeholders.is_empty() {
            return false;
        }
        let principal = self.entry.principal();
        scope.groups.iter().any(|group| {
            let dangling: Vec<Bound<'_>> = match group.reach.as_ref().map(|reach| reach.decide(request)) {
                Some(Decision::Denied { dangling } | Decision::Unsettled { dangling, .. }) => dangling,
                _ => Vec::new(),
            };
            let mut cases = group.members.iter().filter_map(|place| self.cases.get(*place));
            cases.any(|case| could_turn_no(self.loaded, principal, case.outcome.as_ref().ok(), &dangling))
        })
    }
}

/// The chosen verbs among some.
fn chosen_verbs(choice: &Choice, verbs: BTreeSet<Verb>) -> BTreeSet<Verb> {
    let mut chosen: BTreeSet<Verb> =
        verbs.into_iter().filter(|verb| any_fits(&choice.verbs, verb.as_str())).collect();
    // a verb that is asked for by its name is asked of everything
    chosen.extend(choice.verbs.iter().filter(|glob| glob.is_literal()).map(|glob| glob.as_str().into()));
    chosen
}

/// Things by what they are, with the verbs to ask.
type ByWhat = BTreeMap<What, BTreeSet<Verb>>;

/// What could not be read, or was not filled in, and might add to the matrix.
pub fn gaps(loaded: &Loaded) -> Vec<Finding> {
    let unread = loaded.gaps.iter().map(|gap| gap.finding.clone());
    unread.chain(loaded.placeholders.iter().map(of_placeholder)).collect()
}
