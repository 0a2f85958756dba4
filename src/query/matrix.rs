//! Everyone times everything: what each caller may do, cell by cell, one caller at a time, so that no more than one
//! caller's cells are held at once.
//!
//! A cell is can-i's answer to one request. Cells that follow from another one are left out where nothing else was
//! asked for: what holds cluster-wide is not said again for each namespace.

mod asking;
mod possible;
mod topics;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ask::Piece;
use super::everyone::{Entry, Everyone, Names};
use super::gaps::of_placeholder;
use super::glob::{Glob, any_fits};
use super::who_can::known_namespaces;
use crate::access::Policy;
use crate::finding::Finding;
use crate::manifest::Loaded;
use crate::model::{Namespace, Verb};
use asking::Asking;
use possible::OfRoles;
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
    of_roles: OfRoles,
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
        let topics = topics::topics(policy, &loaded.resource_types, choice)?;
        let verbs = topics.iter().flat_map(|topic| topic.verbs.iter().cloned()).collect();
        Ok(Self {
            of_roles: OfRoles::new(&topics),
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
            asking.rows(namespace.as_ref(), &elsewhere, &mut rows);
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
