//! Expectations of a cluster, judged: what somebody may and may not do, who they are, and who may do a thing.
//! Every answer is that of [`super::can_i`]; nothing is decided here.

pub mod file;
mod holders;
pub mod loosened;
mod record;

use super::can_i::{self, Answer, Caller, CaseAnswer, Question, Verdict, answer};
use super::chain::{Link, LinkKind};
use super::everyone::Who;
use super::question::{Asked, Typed, UsageError};
use super::why::Reason;
use crate::access::Policy;
use crate::finding::Finding;
use crate::identity::{Case, Identity, Principal, authenticate};
use crate::manifest::Loaded;
use crate::model::Request;
use file::{Ask, Document, Entry};
pub use holders::{Named, holders};

/// Where an expectation stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The entry, from 0.
    pub entry: usize,
    /// The field of the entry.
    pub field: &'static str,
    /// The element of the field, where it is a list of questions.
    pub element: Option<usize>,
}

/// One expectation, judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Where it stands.
    pub spot: Spot,
    /// The entry's name, or its caller or question.
    pub about: String,
    /// What is expected, in words: `may list pods -n team-a`.
    pub expected: String,
    /// How it came out.
    pub outcome: Outcome,
}

/// How an expectation came out.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// As expected.
    Met,
    /// Otherwise.
    Failed {
        /// What is, in words.
        found: String,
        /// The chain of an answer that should be no.
        chain: Vec<Link>,
        /// Why not, of an answer that should be yes.
        why: Vec<Reason>,
    },
    /// It could not be judged, and why; with what is unread, if that is why.
    Unanswered {
        /// In words.
        why: String,
        /// What to do.
        help: String,
        /// What could not be read.
        gaps: Vec<Finding>,
    },
}

/// How questions are understood: the caller's, so that words mean what they mean to `can-i`.
pub type Reading<'r> = dyn Fn(&Typed<'_>) -> Result<Asked, UsageError> + 'r;

/// The cluster that is judged.
#[derive(Clone, Copy)]
pub struct Judge<'j> {
    /// What was read.
    pub loaded: &'j Loaded,
    /// The same, ready to be asked.
    pub policy: &'j Policy<'j>,
    /// How questions are understood.
    pub reading: &'j Reading<'j>,
    /// Whether unread input is taken for a warning.
    pub keep_going: bool,
}

impl std::fmt::Debug for Judge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Judge")
    }
}

/// Why something cannot be asked: in words, and what to do.
pub type Unclear = (String, String);

impl Judge<'_> {
    /// Judges every expectation of a file, in order.
    pub fn judge(&self, document: &Document) -> Vec<Judged> {
        document.expect.iter().enumerate().flat_map(|(position, entry)| self.entry(position, entry)).collect()
    }

    fn entry(&self, position: usize, entry: &Entry) -> Vec<Judged> {
        let about = entry.name.clone().unwrap_or_else(|| about(entry));
        let judged = |field, element, expected: String, outcome| Judged {
            spot: Spot { entry: position, field, element },
            about: about.clone(),
            expected,
            outcome,
        };
        if let Some(words) = &entry.who_can {
            let lists =
                [("exactly", &entry.exactly), ("atMost", &entry.at_most), ("atLeast", &entry.at_least)];
            let lists = lists.into_iter().filter_map(|(field, list)| Some((field, list.as_ref()?)));
            return lists
                .map(|(field, list)| {
                    let expected = format!("{} may {words}", holders::in_words(field, list));
                    judged(field, None, expected, self.who_can(words, field, list))
                })
                .collect();
        }
        let caller = match caller(entry.who.as_ref()) {
            Ok(caller) => caller,
            Err(why) => return vec![judged("who", None, "is a caller".to_owned(), unanswered(why))],
        };
        let mut all: Vec<Judged> = self
            .identity(entry, &caller)
            .into_iter()
            .map(|(field, expected, outcome)| judged(field, None, expected, outcome))
            .collect();
        let lists = [
            ("allow", &entry.allow, Verdict::Allow, "may"),
            ("deny", &entry.deny, Verdict::Deny, "may not"),
            ("depends", &entry.depends, Verdict::Depends, "may, on conditions,"),
        ];
        for (field, asks, verdict, words) in lists {
            for (element, ask) in asks.iter().enumerate() {
                let through = ask.through().map(|through| format!(" through {through}")).unwrap_or_default();
                let expected = format!("{words} {}{through}", ask.words());
                let outcome = self.ask(&caller, ask, verdict).unwrap_or_else(unanswered);
                all.push(judged(field, Some(element), expected, outcome));
            }
        }
        all
    }

    /// The request that words stand for.
    pub fn request(&self, words: &str) -> Result<Request, Unclear> {
        let typed = typed(words)?;
        let asked =
            (self.reading)(&typed).map_err(|error| (error.message, error.help.unwrap_or_default()))?;
        Ok(asked.request)
    }

    /// Asks what an expectation asks.
    pub fn verdict(&self, caller: &Caller, words: &str) -> Result<Verdict, Unclear> {
        let question = self.question(caller, words)?;
        Ok(answer(self.loaded, self.policy, &question).verdict)
    }

    fn question(&self, caller: &Caller, words: &str) -> Result<Question, Unclear> {
        let request = self.request(words)?;
        Ok(Question { caller: caller.clone(), impersonation: None, request, all_chains: true })
    }

    fn ask(&self, caller: &Caller, ask: &Ask, expected: Verdict) -> Result<Outcome, Unclear> {
        let question = self.question(caller, ask.words())?;
        let answer = answer(self.loaded, self.policy, &question);
        if !answer.gaps.is_empty() && !self.keep_going {
            return Ok(unread(answer.gaps));
        }
        if answer.verdict != expected {
            return Ok(failed(&answer, expected));
        }
        let Some(through) = ask.through() else { return Ok(Outcome::Met) };
        let elsewhere =
            answer.cases.iter().filter(|case| case.is_allowed()).find(|case| !comes_through(case, through));
        Ok(match elsewhere {
            None => Outcome::Met,
            Some(case) => Outcome::Failed {
                found: format!("not through {through}"),
                chain: case.chain.clone(),
                why: Vec::new(),
            },
        })
    }

    fn who_can(&self, words: &str, field: &str, list: &[String]) -> Outcome {
        let named: Result<Vec<Named>, Unclear> = list.iter().map(|text| Named::read(text)).collect();
        let judged = named.and_then(|named| Ok((named, self.request(words)?)));
        let (named, request) = match judged {
            Ok(judged) => judged,
            Err(why) => return unanswered(why),
        };
        // a grant may hide in whatever is unread, and one that is read may be replaced there
        let gaps: Vec<Finding> = self.loaded.gaps.iter().map(|gap| gap.finding.clone()).collect();
        if !gaps.is_empty() && !self.keep_going {
            return unread(gaps);
        }
        let mut missing = Vec::new();
        if field != "atMost" {
            for one in &named {
                let question = Question {
                    caller: one.caller(),
                    impersonation: None,
                    request: request.clone(),
                    all_chains: false,
                };
                let answer = answer(self.loaded, self.policy, &question);
                if answer.verdict != Verdict::Allow {
                    missing.push((one, answer.why));
                }
            }
        }
        let unexpected: Vec<holders::Holder> = if field == "atLeast" {
            Vec::new()
        } else {
            let all = holders(self.policy, &request);
            let is_named = |who: &Who| named.iter().any(|one| one.is(who));
            if let Some(who) = all.unknown.iter().find(|who| !is_named(who)) {
                return unanswered(unsettled(who));
            }
            all.may.into_iter().filter(|holder| !named.iter().any(|one| one.includes(holder))).collect()
        };
        if missing.is_empty() && unexpected.is_empty() {
            return Outcome::Met;
        }
        let may_not = missing.iter().map(|(one, _)| format!("{one} may not"));
        let may = unexpected.iter().map(|holder| format!("{holder} may"));
        Outcome::Failed {
            found: may.chain(may_not).collect::<Vec<_>>().join("; "),
            chain: unexpected.into_iter().next().map(|holder| holder.chain).unwrap_or_default(),
            why: missing.into_iter().next().map(|(_, why)| why).unwrap_or_default(),
        }
    }

    fn identity(&self, entry: &Entry, caller: &Caller) -> Vec<(&'static str, String, Outcome)> {
        let cases = self.unsplit(caller);
        let identities: Vec<&Identity<'_>> =
            cases.iter().filter_map(|case| case.outcome.as_ref().ok()).collect();
        let refusal = cases.iter().find_map(|case| case.outcome.as_ref().err()).map(ToString::to_string);
        let failed = |found: String| Outcome::Failed { found, chain: Vec::new(), why: Vec::new() };
        let mut judged = Vec::new();
        if let Some(expected) = entry.authenticated {
            let outcome = match (&refusal, identities.first()) {
                (None, _) if expected => Outcome::Met,
                (Some(_), None) if !expected => Outcome::Met,
                (Some(refusal), Some(_)) => failed(format!("only some are let in: {refusal}")),
                (Some(refusal), None) => failed(refusal.clone()),
                (None, identity) => failed(format!(
                    "is let in as {:?}",
                    identity.map(|identity| identity.username.to_string()).unwrap_or_default()
                )),
            };
            let expected = if expected { "is let in" } else { "is not let in" };
            judged.push(("authenticated", expected.to_owned(), outcome));
        }
        let compared = |expected: String, of: &dyn Fn(&Identity<'_>) -> String| {
            let found: Vec<String> = identities.iter().map(|identity| of(identity)).collect();
            match (&refusal, found.iter().find(|found| **found != expected)) {
                (Some(refusal), _) => failed(refusal.clone()),
                (None, Some(found)) => failed(format!("is {found}")),
                (None, None) => Outcome::Met,
            }
        };
        if let Some(username) = &entry.username {
            let outcome =
                compared(format!("{username:?}"), &|identity| format!("{:?}", identity.username.to_string()));
            judged.push(("username", format!("is user {username:?}"), outcome));
        }
        if let Some(groups) = &entry.groups {
            let outcome = compared(sorted(groups), &|identity| sorted(&group_names(identity)));
            judged.push(("groups", format!("is in {}", sorted(groups)), outcome));
        }
        judged
    }

    /// What the cluster takes a caller for, before names are singled out.
    pub fn unsplit<'c>(&'c self, caller: &'c Caller) -> Vec<Case<'c>> {
        match caller {
            Caller::Principal(principal) => authenticate(self.policy.cluster, principal),
            Caller::User { .. } | Caller::Credential(_) => can_i::cases_of(self.policy, caller),
        }
    }
}

/// The groups of an identity, in order.
pub fn group_names(identity: &Identity<'_>) -> Vec<String> {
    identity.groups.iter().map(|member| member.group.to_string()).collect()
}

fn sorted(groups: &[String]) -> String {
    let mut groups = groups.to_vec();
    groups.sort();
    groups.dedup();
    groups.join(", ")
}

/// That it is not known of somebody whether they may.
fn unsettled(who: &Who) -> Unclear {
    let why = format!("whether {who} may is not in the input, or not published");
    let help = "bring its access entry and its policies (`iamrbac whoami` says what is missing), or name it";
    (why, help.to_owned())
}

fn unanswered((why, help): Unclear) -> Outcome {
    Outcome::Unanswered { why, help, gaps: Vec::new() }
}

fn unread(gaps: Vec<Finding>) -> Outcome {
    Outcome::Unanswered {
        why: "something unread could turn the answer".to_owned(),
        help: "make it readable, leave it out (`--exclude`), or take it for a warning (`--keep-going`)"
            .to_owned(),
        gaps,
    }
}

/// What came instead: the chain of a yes that should not be, the reasons of a no that should not be.
fn failed(answer: &Answer<'_>, expected: Verdict) -> Outcome {
    let found = match answer.verdict {
        Verdict::Allow => "yes".to_owned(),
        Verdict::Deny => "no".to_owned(),
        Verdict::Depends => format!("it depends on the {}", answer.on.join(" and the ")),
    };
    let yes = answer.cases.iter().find(|case| case.is_allowed() && expected != Verdict::Allow);
    Outcome::Failed {
        found,
        chain: yes.map(|case| case.chain.clone()).unwrap_or_default(),
        why: if expected == Verdict::Deny { Vec::new() } else { answer.why.clone() },
    }
}

fn comes_through(case: &CaseAnswer<'_>, through: &str) -> bool {
    let chains = std::iter::once(&case.chain).chain(&case.others);
    let gives = |link: &Link| matches!(link.kind, LinkKind::Binding | LinkKind::AccessPolicy);
    chains.flatten().any(|link| gives(link) && link.object == through)
}

fn about(entry: &Entry) -> String {
    if let Some(words) = &entry.who_can {
        return format!("who can {words}");
    }
    let Some(who) = &entry.who else { return String::new() };
    let session = who.session.iter().map(|session| format!(", session {session}"));
    let name = [&who.arn, &who.user, &who.service_account].into_iter().flatten().next();
    name.cloned().into_iter().chain(session).collect()
}

/// The caller of an entry.
pub fn caller(who: Option<&file::Caller>) -> Result<Caller, Unclear> {
    let none =
        || ("no caller is named".to_owned(), "name one by `arn`, `user` or `serviceAccount`".to_owned());
    let who = who.ok_or_else(none)?;
    if let Some(arn) = &who.arn {
        let principal = Principal::from_arn(arn, who.session.as_deref());
        let help = "give the ARN of a role, a user, the root user, an assumed role or a federated user";
        return Ok(Caller::Principal(Box::new(
            principal.map_err(|error| (error.to_string(), help.to_owned()))?,
        )));
    }
    if let Some(name) = &who.user {
        return Ok(Caller::User { name: name.clone(), groups: who.groups.clone() });
    }
    who.service_account.as_deref().map_or_else(|| Err(none()), service_account)
}

/// `namespace/name` as a caller.
fn service_account(text: &str) -> Result<Caller, Unclear> {
    let Some((namespace, name)) = text.split_once('/') else {
        let message = format!("`{text}` is no service account");
        return Err((message, "write namespace and name: `team-a/builder`".to_owned()));
    };
    Ok(Caller::User {
        name: format!("system:serviceaccount:{namespace}:{name}"),
        groups: vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")],
    })
}

/// The words of a question: `VERB TYPE[/NAME]|URL [-n NAMESPACE] [-A] [--subresource NAME]`.
fn typed(words: &str) -> Result<Typed<'_>, Unclear> {
    let unclear = |why: String| (why, "write it as after `can-i`: `list pods -n team-a`".to_owned());
    let mut typed = Typed::default();
    let mut plain: Vec<&str> = Vec::new();
    let mut rest = words.split_whitespace();
    while let Some(word) = rest.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with('-') => (flag, Some(value)),
            _ => (word, None),
        };
        let mut needed =
            || value.or_else(|| rest.next()).ok_or_else(|| unclear(format!("`{flag}` needs a value")));
        match flag {
            "-n" | "--namespace" => typed.namespace = Some(needed()?),
            "--subresource" => typed.subresource = Some(needed()?),
            "-A" | "--all-namespaces" => typed.all_namespaces = true,
            _ if word.starts_with('-') => return Err(unclear(format!("`{word}` is no part of a question"))),
            _ => plain.push(word),
        }
    }
    let [verb, target] = plain[..] else {
        return Err(unclear(format!(
            "`{words}` is no question: it must have a verb and one thing to do it to"
        )));
    };
    typed.verb = verb;
    typed.target = target;
    Ok(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_they_mean_to_can_i() {
        let read = typed("get  pods/a --subresource=log -n x").unwrap();
        assert_eq!(
            (read.verb, read.target, read.subresource, read.namespace),
            ("get", "pods/a", Some("log"), Some("x"))
        );
        assert!(typed("list pods -A").unwrap().all_namespaces);
        for words in ["get", "", "get pods services", "get pods -n", "get pods --as x"] {
            assert!(typed(words).is_err(), "{words}");
        }
    }
}
