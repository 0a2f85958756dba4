//! `whoami`.

use std::io::{self, Write};
use std::path::Path;

use super::args::{IdentityFormat, Whoami};
use super::can_i::asker;
use super::exit::{Exit, Failure};
use super::{input, output, replay};
use crate::access::Policy;
use crate::model::service_account::ServiceAccountName;
use crate::query::service_account::{Given, view};
use crate::query::whoami::{Outcome, Recognition, recognize};
use crate::report::{service_account, snippet, text, whoami};
use crate::source::bytes::read;

pub(super) fn run(arguments: &Whoami) -> Result<Exit, Failure> {
    if let Some(path) = &arguments.replay {
        return replay::run(path, arguments);
    }
    let asker = asker(&arguments.who)?;
    let account = arguments.who.serviceaccount.as_deref().and_then(|text| text.split_once(':'));
    let account = account
        .map(|(namespace, name)| ServiceAccountName { namespace: namespace.into(), name: name.to_owned() });
    let given = arguments.trust_policy.as_deref().map(trust_policy).transpose()?;
    let loaded = match &account {
        Some(_) => input::load_with_pods(&arguments.input, account.clone())?,
        None => input::load_for(&arguments.input, asker.cluster.as_deref())?,
    };
    let pods = account.map(|account| {
        let chosen = arguments.input.doors.cluster.as_deref();
        view(&loaded.service_account, &loaded.cluster, chosen, &account, given.as_ref())
    });
    let impersonation = asker.acts_as.clone();
    let caller = asker.caller(&arguments.who, &loaded.cluster)?;
    let policy = Policy::new(&loaded.cluster);
    let recognition = recognize(&loaded, &policy, &caller, impersonation.as_ref());
    let style = output::look(&arguments.output.look, arguments.output.references);
    let document = || {
        let pods = pods.as_ref().map(|pods| service_account::document(&loaded.sources, pods));
        whoami::document(&loaded.sources, &caller, &recognition).with_pods(pods)
    };
    let mut out = io::stdout().lock();
    match arguments.output.output {
        IdentityFormat::Text => {
            let shown = whoami::text(&loaded.sources, &caller, impersonation.as_ref(), &recognition, style);
            out.write_all(shown.as_bytes())?;
            if let Some(pods) = &pods {
                out.write_all(service_account::text(&loaded.sources, pods, style).as_bytes())?;
            }
        }
        IdentityFormat::Json => output::json(&mut out, &document())?,
        IdentityFormat::Yaml => output::yaml(&mut out, &document())?,
        IdentityFormat::TokenReview => match whoami::token_review(&recognition, impersonation.as_ref()) {
            Some(review) => output::json(&mut out, &review)?,
            None => complain_of_several(&recognition),
        },
    }
    out.flush()?;
    let plain = text::Style { color: false, ..style };
    let told = match arguments.output.output {
        IdentityFormat::Text => {
            snippet::findings(&loaded.sources, &loaded.findings, &recognition.gaps, plain)
        }
        _ => recognition.gaps.iter().map(|gap| snippet::finding(&loaded.sources, gap, plain)).collect(),
    };
    output::warn(&told);
    Ok(exit(&recognition, arguments.input.keep_going))
}

/// A trust policy by itself, or in what AWS says of its role.
fn trust_policy(path: &Path) -> Result<Given, Failure> {
    let shown = path.display();
    let help = "give what `aws iam get-role --role-name NAME` prints, or the policy alone, in JSON";
    let bytes = read(path).map_err(|why| Failure::usage(format!("`{shown}` cannot be read: {why}"), help))?;
    let value: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::usage(format!("`{shown}` is no JSON: {error}"), help))?;
    let inner = value.pointer("/Role/AssumeRolePolicyDocument").unwrap_or(&value);
    if inner.get("Statement").is_none() {
        return Err(Failure::usage(format!("`{shown}` is no trust policy: it has no `Statement`"), help));
    }
    Ok(Ok(inner.clone()))
}

fn complain_of_several(recognition: &Recognition<'_>) {
    let message = format!(
        "there is no one TokenReview: who the caller is depends on the {}",
        recognition.on.join(" and the ")
    );
    output::complain(&message, Some("give it (see `--help`), or see all cases with `-o json`"));
}

fn exit(recognition: &Recognition<'_>, keep_going: bool) -> Exit {
    if !recognition.gaps.is_empty() && !keep_going {
        return Exit::Unanswered;
    }
    match recognition.outcome {
        Outcome::Known => Exit::Yes,
        Outcome::Refused => Exit::No,
        Outcome::Depends => Exit::Depends,
    }
}
