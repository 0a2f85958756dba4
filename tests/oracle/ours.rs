//! Our own answers, through the library.

use iamrbac::access::Policy;
use iamrbac::identity::Principal;
use iamrbac::manifest::{Loaded, Loader, Options};
use iamrbac::model::builtin::Version;
use iamrbac::model::{DamageKind, Request, ResourceTarget, Target};
use iamrbac::query::can_i::{Caller, Question, answer};
use iamrbac::query::chain::mapped_by;
use iamrbac::report::json;
use serde_json::Value;

use super::compare::Answer;
use crate::world::names::INSTANCES;
use crate::world::{Ask, Files};

/// What we say to one question: the answers of all cases, and what is printed.
pub struct Ours {
    pub answers: Vec<Answer>,
    pub printed: Value,
}

/// Loads the files as the command does, with the default policy.
pub fn load(files: &Files) -> Loaded {
    load_with(files, Some(Version::V1_34))
}

/// The same without it.
pub fn load_bare(files: &Files) -> Loaded {
    load_with(files, None)
}

fn load_with(files: &Files, builtin: Option<Version>) -> Loaded {
    let mut loader = Loader::new(Options { builtin, ..Options::default() });
    for (path, text) in files {
        loader.look_ahead(path, text.as_bytes());
    }
    for (path, text) in files {
        loader.add(path, text.clone().into_bytes());
    }
    loader.finish()
}

/// The files of which something could not be read.
pub fn unreadable(loaded: &Loaded) -> Vec<(String, String)> {
    let hidden = loaded.gaps.iter().flat_map(|gap| gap.hidden.iter().map(move |stretch| (gap, stretch)));
    hidden
        .map(|(gap, stretch)| (loaded.sources.path(stretch.file).to_owned(), gap.finding.message.clone()))
        .collect()
}

/// Why a text of aws-auth is read by upstream and not by us, which is told: account ids are the only text of it that does
/// not become JSON there, and may hold numbers that JSON has not.
pub fn refused_alone(loaded: &Loaded) -> Option<String> {
    let damage = loaded.cluster.aws_auth.iter().flat_map(|aws_auth| &aws_auth.damage);
    let mut told = damage.filter(|damage| {
        &*damage.key == "mapAccounts"
            && damage.kind == DamageKind::Unreadable
            && damage.message.ends_with("is no number that JSON can hold")
    });
    told.next().map(|damage| damage.message.clone())
}

/// Answers the questions.
pub fn answers(loaded: &Loaded, asks: &[&Ask]) -> Vec<Ours> {
    let policy = Policy::new(&loaded.cluster);
    asks.iter().map(|ask| one(loaded, &policy, ask)).collect()
}

/// The caller of a question; the reason where the ARN is none.
pub fn caller(ask: &Ask) -> Result<Caller, String> {
    if ask.arn.is_empty() {
        return Ok(Caller::User { name: ask.user.clone(), groups: ask.groups.clone() });
    }
    let mut principal =
        Principal::from_arn(&ask.arn, Some(ask.session.as_str()).filter(|name| !name.is_empty()))
            .map_err(|error| error.to_string())?;
    principal.access_key = Some(ask.access_key.clone());
    let session = principal.session.known().unwrap_or_default();
    principal.host_name = INSTANCES.iter().find(|(id, _)| *id == session).map(|(_, name)| (*name).to_owned());
    Ok(Caller::Principal(principal.into()))
}

/// The request of a question.
pub fn request(ask: &Ask) -> Request {
    let target = if ask.path.is_empty() {
        Target::Resource(ResourceTarget {
            api_group: ask.api_group.as_str().into(),
            resource: ask.resource.as_str().into(),
            subresource: ask.subresource.as_str().into(),
            name: ask.name.as_str().into(),
            namespace: ask.namespace.as_str().into(),
        })
    } else {
        Target::Url(ask.path.as_str().into())
    };
    Request { verb: ask.verb.as_str().into(), target }
}

fn one<'p>(loaded: &'p Loaded, policy: &'p Policy<'p>, ask: &Ask) -> Ours {
    let denied = || Answer { decision: "deny".to_owned(), ..Answer::default() };
    let Ok(caller) = caller(ask) else {
        return Ours { answers: vec![denied()], printed: Value::Null };
    };
    let question = Question { caller, impersonation: None, request: request(ask), all_chains: false };
    let answered = answer(loaded, policy, &question);
    let mut answers: Vec<Answer> = answered
        .cases
        .iter()
        .map(|case| match &case.identity {
            Err(_) => denied(),
            Ok(identity) => Answer {
                authenticated: true,
                username: identity.username.to_string(),
                groups: identity.groups.iter().map(|member| member.group.to_string()).collect(),
                mapped_by: mapped_by(identity).unwrap_or_default().to_owned(),
                decision: if case.is_allowed() { "allow" } else { "deny" }.to_owned(),
            },
        })
        .collect();
    answers.sort();
    answers.dedup();
    let printed = serde_json::to_value(json::decision(&loaded.sources, &question.caller, &answered)).unwrap();
    Ours { answers, printed }
}
