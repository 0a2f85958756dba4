//! `whoami`.

use std::io::{self, Write};

use super::args::{IdentityFormat, Whoami};
use super::can_i::asker;
use super::exit::{Exit, Failure};
use super::{input, output, replay};
use crate::access::Policy;
use crate::query::whoami::{Outcome, Recognition, recognize};
use crate::report::{snippet, text, whoami};

pub(super) fn run(arguments: &Whoami) -> Result<Exit, Failure> {
    if let Some(path) = &arguments.replay {
        return replay::run(path, arguments);
    }
    let asker = asker(&arguments.who)?;
    let loaded = input::load_for(&arguments.input, asker.cluster.as_deref())?;
    let impersonation = asker.acts_as.clone();
    let caller = asker.caller(&arguments.who, &loaded.cluster)?;
    let policy = Policy::new(&loaded.cluster);
    let recognition = recognize(&loaded, &policy, &caller, impersonation.as_ref());
    let style = output::look(&arguments.output.look, arguments.output.references);
    let mut out = io::stdout().lock();
    match arguments.output.output {
        IdentityFormat::Text => {
            let shown = whoami::text(&loaded.sources, &caller, impersonation.as_ref(), &recognition, style);
            out.write_all(shown.as_bytes())?;
        }
        IdentityFormat::Json => {
            output::json(&mut out, &whoami::document(&loaded.sources, &caller, &recognition))?;
        }
        IdentityFormat::Yaml => {
            output::yaml(&mut out, &whoami::document(&loaded.sources, &caller, &recognition))?;
        }
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
