//! Today's answers as expectations: a file asked anew, or a first one for a cluster that has none.

use super::file::{Ask, Caller as Named, Document, Entry, SCHEMA, Through};
use super::holders::{holders, listed};
use super::{Judge, Unclear, caller, group_names};
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
            let mut entry = Entry {
                who: Some(who),
                authenticated: Some(true),
                username: Some(String::new()),
                groups: Some(Vec::new()),
                ..Entry::default()
            };
            self.record_caller(&mut entry)?;
            expect.push(entry);
        }
        for words in FIRST_QUESTIONS {
            let who_can = Some(words.to_owned());
            let mut entry = Entry { who_can, exactly: Some(Vec::new()), ..Entry::default() };
            self.record_who_can(words, &mut entry)?;
            expect.push(entry);
        }
        Ok(Document { schema: SCHEMA.to_owned(), manifests: Vec::new(), expect })
    }

    fn record_who_can(&self, words: &str, entry: &mut Entry) -> Result<(), Unclear> {
        let request = self.request(words)?;
        let mut now: Vec<String> = holders(self.policy, &request).may.iter().map(listed).collect();
        now.dedup();
        for list in [&mut entry.exactly, &mut entry.at_most, &mut entry.at_least].into_iter().flatten() {
            list.clone_from(&now);
        }
        Ok(())
    }

    fn record_caller(&self, entry: &mut Entry) -> Result<(), Unclear> {
        let caller = caller(entry.who.as_ref())?;
        let cases = self.unsplit(&caller);
        let identity: Option<&Identity<'_>> = cases.iter().find_map(|case| case.outcome.as_ref().ok());
        if entry.authenticated.is_some() {
            entry.authenticated = Some(identity.is_some());
        }
        // whoever is not let in has neither
        entry.username = entry.username.take().and(identity.map(|identity| identity.username.to_string()));
        entry.groups = entry.groups.take().and(identity.map(group_names));
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
