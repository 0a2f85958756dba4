//! One caller, asked about every topic in every scope. What many of the answers have in common is found once: cases that
//! the same bindings reach, namespaces in which nothing is there for the caller in particular, callers of the same answer.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::possible::Cells;
use super::topics::{self, Topic};
use super::{Cell, Elsewhere, Mark, Plan, Row, Scopes};
use crate::access::{Admission, Bound, Decision, Policy, Reach};
use crate::identity::{Case, Identity};
use crate::manifest::Loaded;
use crate::model::{Namespace, Request};
use crate::query::ask::{Kind, Piece, admission_of, verdict};
use crate::query::can_i::{Verdict, open_on};
use crate::query::everyone::Entry;
use crate::query::gaps::could_turn_no;
use crate::query::who_can::namespaces_of;

/// One caller being asked.
pub(super) struct Asking<'a, 'p> {
    plan: &'p Plan<'p>,
    loaded: &'a Loaded,
    policy: &'p Policy<'p>,
    entry: &'p Entry,
    cases: Cases<'p>,
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
    /// Whether a no is none, as far as the callers themselves tell.
    is_open: bool,
    /// Where they may have a yes; none where anywhere.
    possible: Option<Arc<Cells>>,
}

/// One scope in which a caller is asked.
struct Scope<'p> {
    namespace: Option<Namespace>,
    groups: Vec<Group<'p>>,
    /// Where any of them may have something else than a no; none where anywhere.
    possible: Option<Cells>,
    /// The cases of some of the groups, by the places of these.
    together: RefCell<Together<'p>>,
}

/// Cases that are held once.
type Cases<'p> = Arc<[Arc<Case<'p>>]>;
type Together<'p> = HashMap<Vec<usize>, Cases<'p>>;

impl<'p> Scope<'p> {
    fn new(namespace: Option<Namespace>, groups: Vec<Group<'p>>) -> Self {
        let mut possible = Some(Cells::default());
        for group in &groups {
            match (&mut possible, &group.possible) {
                (Some(all), Some(more)) if !group.is_open => all.extend(more),
                _ => possible = None,
            }
        }
        Self { namespace, groups, possible, together: RefCell::default() }
    }
}

impl<'a, 'p> Asking<'a, 'p> {
    pub(super) fn new(
        (plan, loaded, policy): (&'p Plan<'p>, &'a Loaded, &'p Policy<'p>),
        entry: &'p Entry,
        cases: Vec<Case<'p>>,
    ) -> Self {
        let namespaces = namespaces_of(policy, &cases);
        let cases = cases.into_iter().map(Arc::new).collect();
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
            if let Some(group) = groups.get_mut(*known.entry(key).or_insert(next)) {
                group.members.push(place);
                continue;
            }
            let possible = match &reach {
                Some(reach) => self.plan.of_roles.of(reach),
                None => Some(Cells::default()),
            };
            let possible = possible.map(Arc::new);
            groups.push(Group { members: vec![place], reach, is_open, possible });
        }
        groups
    }

    /// Where this caller is asked.
    pub(super) fn scopes(&self) -> Vec<Option<Namespace>> {
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
            return Scope::new(namespace, self.cluster_wide.clone());
        };
        let is_here = |place: &usize| self.namespaces.get(*place).is_some_and(|own| own.contains(inside));
        // whom no RoleBinding of the namespace names has there what it has everywhere
        let mut groups: Vec<Group<'p>> = self
            .cluster_wide
            .iter()
            .map(|group| Group {
                members: group.members.iter().copied().filter(|place| !is_here(place)).collect(),
                reach: group.reach.clone(),
                is_open: group.is_open,
                possible: group.possible.clone(),
            })
            .filter(|group| !group.members.is_empty())
            .collect();
        groups.extend(self.grouped((0..self.cases.len()).filter(is_here), Some(inside)));
        groups.sort_by_key(|group| group.members.first().copied());
        Scope::new(namespace, groups)
    }

    /// The rows of a scope.
    pub(super) fn rows(
        &self,
        namespace: Option<&Namespace>,
        elsewhere: &Elsewhere<'p>,
        rows: &mut Vec<Row<'p>>,
    ) {
        let is_elsewhere = namespace.is_some_and(|inside| self.has_nothing_in(inside));
        let scope = OnceCell::new();
        let scope = || scope.get_or_init(|| self.scope(namespace.cloned()));
        let mut next = 0;
        for (topic, known) in self.plan.topics.iter().zip(elsewhere) {
            let first = next;
            next += topic.verbs.len();
            if !topic.is_asked(namespace.is_some()) {
                continue;
            }
            if !is_elsewhere || !topic.namespaced {
                rows.extend(self.row(topic, first, scope()));
                continue;
            }
            let cells = known.get_or_init(|| self.row(topic, first, scope()).map(|row| row.cells));
            rows.extend(cells.clone().map(|cells| Row {
                topic,
                name: topic.name().unwrap_or_default().to_owned(),
                namespace: namespace.cloned(),
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

    /// The row of a topic, the first of whose cells is the one of this number.
    fn row(&self, topic: &'p Topic, first: usize, scope: &Scope<'p>) -> Option<Row<'p>> {
        // a Namespace inside itself is asked by its name, which a rule may look at
        let by_number = scope.namespace.is_none() || topic.namespaced;
        let is_possible = |cell: usize| scope.possible.as_ref().is_none_or(|cells| cells.contains(cell));
        let mut numbers = first..first + topic.verbs.len();
        if by_number && !self.plan.deny && !numbers.any(is_possible) {
            return None;
        }
        let requests = topic.requests(scope.namespace.as_ref());
        let name = requests.first().map(|request| topics::name_of(request).to_owned())?;
        let cells = requests.iter().filter_map(|request| {
            let number = topic.verbs.iter().position(|verb| *verb == request.verb);
            let number = number.filter(|_| by_number).map(|place| first + place);
            self.cell(topic, number, scope, request)
        });
        let cells: Vec<Cell<'p>> = cells.collect();
        let namespace = scope.namespace.clone();
        (!cells.is_empty()).then(|| Row { topic, name, namespace, cells: cells.into() })
    }

    fn cell(
        &self,
        topic: &Topic,
        number: Option<usize>,
        scope: &Scope<'p>,
        request: &Request,
    ) -> Option<Cell<'p>> {
        let is_possible = |group: &Group<'_>| match (&group.possible, number) {
            (Some(cells), Some(number)) => cells.contains(number),
            _ => true,
        };
        let decide = |group: &Group<'p>| {
            let reach = group.reach.as_ref().filter(|_| is_possible(group))?;
            Some(reach.decide(request))
        };
        let decisions: Vec<Option<Decision<'p>>> = scope.groups.iter().map(decide).collect();
        let is_no = |(group, decision): (&Group<'_>, &Option<Decision<'_>>)| match decision {
            Some(Decision::Allowed(_) | Decision::Unsettled { .. }) => false,
            _ => !group.is_open,
        };
        // a no that is not told has not to be put together
        if !self.plan.deny && scope.groups.iter().zip(&decisions).all(is_no) {
            return None;
        }
        let mut pieces = self.pieces(scope, decisions);
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

    /// The answers of the groups, put together as [`ask`](crate::query::ask::ask) does. A no holds the first of its callers
    /// only: nobody asks which.
    fn pieces(&self, scope: &Scope<'p>, decisions: Vec<Option<Decision<'p>>>) -> Vec<Piece<'p>> {
        type Found<'p> = (Vec<usize>, Option<Admission<'p>>, bool);
        let mut found: Vec<Found<'p>> = Vec::new();
        let mut known: HashMap<Kind<'_>, usize> = HashMap::new();
        for (place, (group, decision)) in scope.groups.iter().zip(decisions).enumerate() {
            let Some(case) = self.first_of(group) else { continue };
            let is_open = open_on(case.outcome.as_ref(), decision.as_ref()).is_some();
            let admission = admission_of(decision.as_ref());
            let next = found.len();
            match found.get_mut(*known.entry(Kind::of(case, admission.as_ref(), is_open)).or_insert(next)) {
                Some((groups, ..)) => groups.push(place),
                None => found.push((vec![place], admission, is_open)),
            }
        }
        let piece = |(groups, admission, is_open): Found<'p>| {
            let first = self.first_of(scope.groups.get(*groups.first()?)?)?.clone();
            let cases = match admission {
                Some(_) => self.cases_of(scope, groups),
                None => Arc::from([first.clone()]),
            };
            Some(Piece::new(first, cases, admission, is_open))
        };
        found.into_iter().filter_map(piece).collect()
    }

    fn first_of(&self, group: &Group<'_>) -> Option<&Arc<Case<'p>>> {
        self.cases.get(*group.members.first()?)
    }

    /// The cases of some groups. All cells of the same callers share them: a family may have thousands.
    fn cases_of(&self, scope: &Scope<'p>, groups: Vec<usize>) -> Cases<'p> {
        if groups.len() == scope.groups.len() {
            return self.cases.clone();
        }
        let members = |groups: &[usize]| {
            let groups = groups.iter().filter_map(|place| scope.groups.get(*place));
            let members = groups.flat_map(|group| &group.members);
            members.filter_map(|place| self.cases.get(*place).cloned()).collect()
        };
        let mut together = scope.together.borrow_mut();
        if let Some(known) = together.get(&groups) {
            return known.clone();
        }
        let cases: Cases<'p> = members(&groups);
        together.insert(groups, cases.clone());
        cases
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
