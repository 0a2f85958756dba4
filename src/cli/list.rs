//! `can-i --list`.

use std::io::{self, Write};

use super::args::{AnswerFormat, CanI};
use super::can_i::asker;
use super::exit::{Exit, Failure};
use super::{input, output};
use crate::access::Policy;
use crate::model::Namespace;
use crate::query::list::{Listing, kubectl, list};
use crate::query::whoami::Outcome;
use crate::report::{kubectl as kubectl_errors, list as report, snippet, text};

pub(super) fn run(arguments: &CanI) -> Result<Exit, Failure> {
    let asker = asker(&arguments.who)?;
    let loaded = input::load_for(&arguments.input, asker.cluster.as_deref())?;
    let impersonation = asker.acts_as.clone();
    let caller = asker.caller(&arguments.who, &loaded.cluster)?;
    let policy = Policy::new(&loaded.cluster);
    let namespace = arguments.namespace.as_deref().filter(|name| !name.is_empty()).unwrap_or("default");
    let namespace = Namespace::from(namespace);
    let listing = list(&loaded, &policy, &caller, impersonation.as_ref(), &namespace);
    let style = output::style(&arguments.output);
    let headers = !arguments.no_headers;
    let mut out = io::stdout().lock();
    match arguments.output.output {
        AnswerFormat::Text => {
            let shown =
                report::text(&loaded.sources, &caller, impersonation.as_ref(), &listing, headers, style);
            out.write_all(shown.as_bytes())?;
        }
        AnswerFormat::Json => output::json(&mut out, &report::document(&loaded.sources, &caller, &listing))?,
        AnswerFormat::Yaml => output::yaml(&mut out, &report::document(&loaded.sources, &caller, &listing))?,
        AnswerFormat::Csv => {
            let table = report::csv(&loaded.sources, &listing, headers).map_err(io::Error::other)?;
            out.write_all(table.as_bytes())?;
        }
        AnswerFormat::Kubectl => match kubectl_table(&policy, &listing, headers) {
            Some(table) => out.write_all(table.as_bytes())?,
            None => complain(&listing),
        },
    }
    out.flush()?;
    let plain = text::Style { color: false, ..style };
    let gaps = &listing.recognition.gaps;
    let told = if arguments.output.output == AnswerFormat::Text {
        snippet::findings(&loaded.sources, &loaded.findings, gaps, plain)
    } else {
        gaps.iter().map(|gap| snippet::finding(&loaded.sources, gap, plain)).collect()
    };
    output::warn(&told);
    Ok(exit(&listing, arguments.input.keep_going))
}

/// The table of the one case; none where there are several, or the caller is not let in.
fn kubectl_table(policy: &Policy<'_>, listing: &Listing<'_>, headers: bool) -> Option<String> {
    let [case] = &listing.recognition.cases[..] else { return None };
    let rows = kubectl::rows(policy, case.identity()?, &listing.namespace);
    Some(report::kubectl_table(&rows, headers))
}

fn complain(listing: &Listing<'_>) {
    let error = listing.recognition.cases.first().and_then(kubectl_errors::error_of_identity);
    if let (Outcome::Refused, Some(error)) = (listing.outcome, error) {
        output::complain(error.strip_prefix("error: ").unwrap_or(&error), None);
    } else {
        let on = listing.recognition.on.join(" and the ");
        let message = format!("there is no one table: what the caller may do depends on the {on}");
        output::complain(&message, Some("give it (see `--help`), or see all cases with `-o json`"));
    }
}

fn exit(listing: &Listing<'_>, keep_going: bool) -> Exit {
    if !listing.recognition.gaps.is_empty() && !keep_going {
        return Exit::Unanswered;
    }
    match listing.outcome {
        Outcome::Known => Exit::Yes,
        Outcome::Refused => Exit::No,
        Outcome::Depends => Exit::Depends,
    }
}
