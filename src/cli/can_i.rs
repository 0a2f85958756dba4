//! `can-i`.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::args::{AnswerFormat, CanI, Who};
use super::exit::{Exit, Failure};
use super::kubeconfig::{self, Asker, Asking};
use super::{batch, input, list, output};
use crate::access::Policy;
use crate::identity::Principal;
use crate::manifest::Loaded;
use crate::model::ApiGroup;
use crate::query::can_i::{Answer, Caller, Question, Verdict, answer};
use crate::query::question::{Asked, Typed};
use crate::report::{json, snippet, text};

pub(super) fn run(arguments: &CanI) -> Result<Exit, Failure> {
    if arguments.list {
        return list::run(arguments);
    }
    if arguments.no_headers {
        return Err(Failure::usage(
            "`--no-headers` is about lists",
            "give `--list` in place of the question",
        ));
    }
    if matches!(arguments.output.output, AnswerFormat::Csv | AnswerFormat::Kubectl) {
        return Err(Failure::usage(
            "`-o csv` and `-o kubectl` print lists, and there is one answer",
            "give `--list` in place of the question, or `-o json`",
        ));
    }
    let asker = arguments.batch.is_none().then(|| asker(&arguments.who)).transpose()?;
    let cluster = asker.as_ref().and_then(|asker| asker.cluster.clone());
    let loaded = input::load_for(&arguments.input, cluster.as_deref())?;
    let policy = Policy::new(&loaded.cluster);
    if let Some(path) = &arguments.batch {
        return batch::run(path, arguments, &loaded, &policy);
    }
    let Some(asker) = asker else { return Ok(Exit::Unanswered) };
    let asked = asked(arguments, &loaded)?;
    let question = Question {
        impersonation: asker.acts_as.clone(),
        caller: asker.caller(&arguments.who, &loaded.cluster)?,
        request: asked.request.clone(),
        all_chains: arguments.all,
    };
    let answer = answer(&loaded, &policy, &question);
    if !arguments.output.quiet {
        print(arguments, &loaded, &question, &asked, &answer)?;
    }
    tell_findings(arguments, &loaded, &answer);
    Ok(exit(&answer, arguments.input.keep_going))
}

/// The exit status of an answer.
fn exit(answer: &Answer<'_>, keep_going: bool) -> Exit {
    if !answer.gaps.is_empty() && !keep_going {
        return Exit::Unanswered;
    }
    match answer.verdict {
        Verdict::Allow => Exit::Yes,
        Verdict::Deny => Exit::No,
        Verdict::Depends => Exit::Depends,
    }
}

/// Who asks, and as whom they act.
pub(super) fn asker(who: &Who) -> Result<Asker, Failure> {
    let mut asker = match &who.kubeconfig {
        Some(path) => kubeconfig::asker(path, who)?,
        None => Asker { who: Asking::Caller(caller(who)?), acts_as: None, cluster: None },
    };
    if let Some(user) = &who.act_as {
        // field by field, as kubectl lays its flags over the file
        let mut acts_as = asker.acts_as.take().unwrap_or_default();
        acts_as.user.clone_from(user);
        if !who.act_as_group.is_empty() {
            acts_as.groups.clone_from(&who.act_as_group);
        }
        acts_as.uid = who.act_as_uid.clone().or(acts_as.uid);
        if !who.act_as_extra.is_empty() {
            acts_as.extra = extra(&who.act_as_extra)?;
        }
        asker.acts_as = Some(acts_as);
    }
    Ok(asker)
}

/// Extra attributes as they were typed. The API server makes keys lower-case.
fn extra(typed: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let pair = |text: &String| {
        let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty())?;
        Some((key.to_lowercase(), value.to_owned()))
    };
    let wrong = |text: &String| {
        Failure::usage(format!("`{text}` is no extra attribute"), "write it as `--as-user-extra KEY=VALUE`")
    };
    typed.iter().map(|text| pair(text).ok_or_else(|| wrong(text))).collect()
}

/// Who asks, where no kubeconfig says it.
fn caller(who: &Who) -> Result<Caller, Failure> {
    if let Some(caller) = super::credential::caller(who)? {
        return Ok(caller);
    }
    if let Some(name) = &who.user {
        return Ok(Caller::User { name: name.clone(), groups: who.group.clone() });
    }
    let arn = who.arn.as_deref().unwrap_or_default();
    if let Some(account) = Principal::of_account(arn) {
        return Ok(Caller::Principal(Box::new(account)));
    }
    let mut principal = Principal::from_arn(arn, who.session_name.as_deref()).map_err(|error| {
        Failure::usage(
            error.to_string(),
            "give the ARN of a role, a user, the root user, an assumed role or a federated user: arn:aws:iam::111122223333:role/NAME",
        )
    })?;
    principal.access_key.clone_from(&who.access_key_id);
    principal.host_name.clone_from(&who.ec2_private_dns_name);
    principal.user_id.clone_from(&who.user_id);
    Ok(Caller::Principal(Box::new(principal)))
}

fn asked(arguments: &CanI, loaded: &Loaded) -> Result<Asked, Failure> {
    let typed = Typed {
        verb: arguments.verb.as_deref().unwrap_or_default(),
        target: arguments.target.as_deref().unwrap_or_default(),
        subresource: arguments.subresource.as_deref(),
        namespace: arguments.namespace.as_deref(),
        all_namespaces: arguments.all_namespaces,
    };
    read(&typed, loaded)
}

/// What was typed, read with what was loaded in mind.
pub(super) fn read(typed: &Typed<'_>, loaded: &Loaded) -> Result<Asked, Failure> {
    typed
        .read(&loaded.resource_types, |plural| groups_of(loaded, plural))
        .map_err(|error| Failure::usage(error.message, error.help.unwrap_or_default()))
}

/// The API groups in which loaded rules name a plural outright.
pub(super) fn groups_of(loaded: &Loaded, plural: &str) -> BTreeSet<ApiGroup> {
    let rules = loaded.cluster.roles.values().flat_map(|role| role.rules.iter());
    let naming = rules
        .filter(|rule| rule.resources.iter().any(|known| known.as_str().split('/').next() == Some(plural)));
    let groups = naming.flat_map(|rule| &rule.api_groups).map(crate::model::NamePattern::as_str);
    groups.filter(|group| *group != "*").map(ApiGroup::from).collect()
}

fn print(
    arguments: &CanI,
    loaded: &Loaded,
    question: &Question,
    asked: &Asked,
    answer: &Answer<'_>,
) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match arguments.output.output {
        AnswerFormat::Json => {
            let document =
                json::decision(&loaded.sources, &question.caller, answer).with_question_notes(&asked.notes);
            output::json(&mut out, &document)?;
        }
        AnswerFormat::Yaml => {
            let document =
                json::decision(&loaded.sources, &question.caller, answer).with_question_notes(&asked.notes);
            output::yaml(&mut out, &document)?;
        }
        AnswerFormat::Text | AnswerFormat::Csv | AnswerFormat::Kubectl => {
            let style = output::style(&arguments.output);
            let shown = text::decision(&loaded.sources, question, &asked.notes, answer, style);
            out.write_all(shown.as_bytes())?;
            if arguments.output.source {
                out.write_all(snippet::chains(&loaded.sources, answer, style).as_bytes())?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// Tells on standard error what loading met, where it is not in the answer already.
fn tell_findings(arguments: &CanI, loaded: &Loaded, answer: &Answer<'_>) {
    let style = text::Style { color: false, ..output::style(&arguments.output) };
    let mut told = String::new();
    if arguments.output.quiet || arguments.output.output != AnswerFormat::Text {
        for gap in &answer.gaps {
            told.push_str(&snippet::finding(&loaded.sources, gap, style));
        }
    } else {
        told = snippet::findings(&loaded.sources, &loaded.findings, &answer.gaps, style);
    }
    if !told.is_empty() {
        output::warn(&told);
    }
}
