//! Today's answers as expectations: a file asked anew, or a first one for a cluster that has none.

use super::file::{Ask, Caller as Named, Document, Entry, SCHEMA, Through};
use super::holders::{Holders, holders, listed};
use super::{Judge, Unclear, caller, group_names, unsettled};
use crate::identity::Identity;
use crate::model::MappedPrincipal;
use crate::query::can_i::Verdict;

/// What is asked of a cluster for which nothing is written: what leads to everything else.
const FIRST_QUESTIONS: [&str; 7] = [
    "get secrets -A",
    "create pods -A",
    "create pods --subresource exec -A",
    "impersonate users",
    "escalate clusterroles",
    "create clusterrolebindings",
    "update configmaps/aws-auth -n kube-system",
];

/// A session of a node: named as an instance of EC2 is.
const INSTANCE: &str = "i-0123456789abcdef0";

/// What is asked of a mapped principal first.
fn first_of(who: Named) -> Entry {
    Entry {
        who: Some(who),
        authenticated: Some(true),
        username: Some(String::new()),
        groups: Some(Vec::new()),
        ..Entry::default()
    }
}

/// How a file names those who may.
fn names(found: &Holders) -> Vec<String> {
    let mut names: Vec<String> = found.may.iter().map(listed).collect();
    names.dedup();
    names
}

/// What is the same of all identities, where all are let in.
fn of_all<T: PartialEq>(
    identities: &[&Identity<'_>],
    all_are_in: bool,
    of: impl Fn(&Identity<'_>) -> T,
) -> Option<T> {
    let (first, rest) = identities.split_first()?;
    let first = of(first);
    (all_are_in && rest.iter().all(|identity| of(identity) == first)).then_some(first)
}

impl Judge<'_> {
    /// The same questions with the answers of this cluster. Where one cannot be asked, nothing is recorded.
    pub fn recorded(&self, document: &Document) -> Result<Document, Unclear> {
        let mut recorded = document.clone();
        for entry in &mut recorded.expect {
            match entry.who_can.clone() {
                Some(words) => self.record_who_can(&words, entry)?,
                None => self.record_caller(entry)?,
            }
        }
        Ok(recorded)
    }

    /// A first file: who every mapped principal is, and who may do what leads to everything else.
    pub fn first(&self) -> Result<Document, Unclear> {
        let mut expect = Vec::new();
        let doors = self.policy.cluster.open_backends();
        for mapping in doors.flat_map(|door| door.roles.iter().chain(&door.users)) {
            let MappedPrincipal::Arn(arn) = &mapping.principal else { continue };
            let who = Named { arn: Some(arn.to_string()), ..Named::default() };
            // what is mapped and is no ARN of a caller is nobody
            if caller(Some(&who)).is_err() {
                continue;
            }
            let known = |entry: &Entry| entry.who.as_ref().is_some_and(|known| known.arn == who.arn);
            if expect.iter().any(known) {
                continue;
            }
            let mut entry = first_of(who);
            self.record_caller(&mut entry)?;
            // of nodes only sessions that are called as instances are let in
            if entry.authenticated.is_none()
                && let Some(who) = entry.who.take()
            {
                entry = first_of(Named { session: Some(INSTANCE.to_owned()), ..who });
                self.record_caller(&mut entry)?;
            }
            if entry.authenticated.is_some() {
                expect.push(entry);
            }
        }
        for words in FIRST_QUESTIONS {
            let found = holders(self.policy, &self.request(words)?);
            let now = names(&found);
            let mut entry = Entry { who_can: Some(words.to_owned()), ..Entry::default() };
            // where it is not known of somebody, nobody can say who exactly
            match (found.unknown.is_empty(), now.is_empty()) {
                (true, _) => entry.exactly = Some(now),
                (false, false) => entry.at_least = Some(now),
                (false, true) => continue,
            }
            expect.push(entry);
        }
        Ok(Document { schema: SCHEMA.to_owned(), manifests: Vec::new(), expect })
    }

    fn record_who_can(&self, words: &str, entry: &mut Entry) -> Result<(), Unclear> {
        let found = holders(self.policy, &self.request(words)?);
        let is_open = entry.exactly.is_some() || entry.at_most.is_some();
        if let Some(who) = found.unknown.first().filter(|_| is_open) {
            return Err(unsettled(who));
        }
        let now = names(&found);
        for list in [&mut entry.exactly, &mut entry.at_most, &mut entry.at_least].into_iter().flatten() {
            list.clone_from(&now);
        }
        Ok(())
    }

    fn record_caller(&self, entry: &mut Entry) -> Result<(), Unclear> {
        let caller = caller(entry.who.as_ref())?;
        let cases = self.unsplit(&caller);
        let identities: Vec<&Identity<'_>> =
            cases.iter().filter_map(|case| case.outcome.as_ref().ok()).collect();
        // of whom only some are let in, neither yes nor no is true
        let all_or_none = identities.is_empty() || identities.len() == cases.len();
        entry.authenticated = entry.authenticated.filter(|_| all_or_none).map(|_| !identities.is_empty());
        // whoever is not let in has neither, and who has several has none to name
        let username = of_all(&identities, all_or_none, |identity| identity.username.to_string());
        entry.username = entry.username.take().and(username);
        entry.groups = entry.groups.take().and(of_all(&identities, all_or_none, group_names));
        let asks: Vec<Ask> = [&mut entry.allow, &mut entry.deny, &mut entry.depends]
            .into_iter()
            .flat_map(std::mem::take)
            .collect();
        for ask in asks {
            let verdict = self.verdict(&caller, ask.words())?;
            // where a yes came from is asked again; a no comes from nowhere
            let still = match (&ask, verdict) {
                (Ask::Through(_), Verdict::Deny) => false,
                (Ask::Through(_), _) => matches!(self.ask(&caller, &ask, verdict)?, super::Outcome::Met),
                (Ask::Words(_), _) => true,
            };
            let ask = match ask {
                Ask::Through(Through { ask, .. }) if !still => Ask::Words(ask),
                ask => ask,
            };
            match verdict {
                Verdict::Allow => entry.allow.push(ask),
                Verdict::Deny => entry.deny.push(ask),
                Verdict::Depends => entry.depends.push(ask),
            }
        }
        Ok(())
    }
}
