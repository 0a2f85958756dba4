//! `can-i --batch`: many questions of one cluster, for programs.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::Deserialize;

use super::args::CanI;
use super::exit::{Exit, Failure};
use super::output;
use crate::access::Policy;
use crate::identity::Principal;
use crate::manifest::Loaded;
use crate::model::{Request, ResourceTarget, Target};
use crate::query::can_i::{Caller, Question, answer};
use crate::report::{escaped, json, snippet};
use crate::source::bytes::plain;

/// One line. Everything is taken literally; an absent namespace is cluster-wide.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    arn: Option<String>,
    session: Option<String>,
    access_key: Option<String>,
    user: Option<String>,
    groups: Vec<String>,
    verb: String,
    api_group: String,
    resource: Option<String>,
    subresource: String,
    name: String,
    namespace: String,
    path: Option<String>,
}

/// Answers every line, in order, flushing as it goes. A line that is no question is answered with an error.
pub(super) fn run(
    path: &Path,
    arguments: &CanI,
    loaded: &Loaded,
    policy: &Policy<'_>,
) -> Result<Exit, Failure> {
    let mut lines: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let file = File::open(path).map_err(|error| {
            Failure::usage(
                format!("`{}` cannot be read: {}", path.display(), plain(&error)),
                "give a file, or `-`",
            )
        })?;
        Box::new(BufReader::new(file))
    };
    let mut out = io::stdout().lock();
    let mut any_gap = false;
    let mut text = Vec::new();
    loop {
        text.clear();
        if lines.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        if text.trim_ascii().is_empty() {
            continue;
        }
        let (document, gap) = answer_line(&text, loaded, policy);
        any_gap |= gap;
        if !arguments.output.quiet {
            out.write_all(document.as_bytes())?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
    }
    if any_gap {
        let style = output::style(&arguments.output);
        let gaps = loaded.gaps.iter().map(|gap| snippet::finding(&loaded.sources, &gap.finding, style));
        output::warn(&gaps.collect::<String>());
    }
    Ok(if any_gap && !arguments.input.keep_going { Exit::Unanswered } else { Exit::Yes })
}

/// The document that answers one line of `can-i --batch`, without a line break, and whether something unread could turn
/// it. Any bytes are a line; what is no question is answered with an error document.
pub fn answer_line(text: &[u8], loaded: &Loaded, policy: &Policy<'_>) -> (String, bool) {
    let written = |document: serde_json::Result<String>| document.unwrap_or_default();
    let error = |message: String| (written(escaped::to_string(&json::error(message))), false);
    let line: Line = match serde_json::from_slice(text) {
        Ok(line) => line,
        Err(why) => return error(format!("this line is no question: {why}")),
    };
    let request = match request(&line) {
        Ok(request) => request,
        Err(why) => return error(why.to_owned()),
    };
    let caller = match (&line.arn, &line.user) {
        (Some(arn), None) => match Principal::from_arn(arn, line.session.as_deref()) {
            Ok(mut principal) => {
                // lines are literal: what is not given is the empty text
                principal.access_key = Some(line.access_key.unwrap_or_default());
                Caller::Principal(Box::new(principal))
            }
            Err(why) => {
                let document = json::refused_arn(arn, &request, &why.to_string());
                return (written(escaped::to_string(&document)), false);
            }
        },
        (None, Some(name)) => Caller::User { name: name.clone(), groups: line.groups },
        _ => return error("a question needs either `arn` or `user`".to_owned()),
    };
    let question = Question { caller, impersonation: None, request, all_chains: false };
    let answer = answer(loaded, policy, &question);
    let document = json::decision(&loaded.sources, &question.caller, &answer);
    (written(escaped::to_string(&document)), !answer.gaps.is_empty())
}

fn request(line: &Line) -> Result<Request, &'static str> {
    let target = match (&line.resource, &line.path) {
        (_, Some(path)) if line.resource.is_none() => Target::Url(path.as_str().into()),
        (Some(resource), None) => Target::Resource(ResourceTarget {
            api_group: line.api_group.as_str().into(),
            resource: resource.as_str().into(),
            subresource: line.subresource.as_str().into(),
            name: line.name.as_str().into(),
            namespace: line.namespace.as_str().into(),
        }),
        _ => return Err("a question needs either `resource` or `path`"),
    };
    Ok(Request { verb: line.verb.as_str().into(), target })
}
