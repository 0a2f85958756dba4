//! `whoami --replay`: what the authenticator logged, and what these manifests would do.

use std::io::{self, Write};
use std::path::Path;

use super::args::{IdentityFormat, Whoami};
use super::exit::{Exit, Failure};
use super::{input, output};
use crate::identity::log;
use crate::query::replay::{Judgement, Replay, replay};
use crate::report::{replay as report, snippet, text};
use crate::source::bytes::{read, read_standard_input};
use crate::source::yaml::decode;

pub(super) fn run(path: &Path, arguments: &Whoami) -> Result<Exit, Failure> {
    let format = arguments.output.output;
    if format == IdentityFormat::TokenReview {
        let help = "give `-o json` or `-o yaml`, or one caller in place of `--replay`";
        return Err(Failure::usage("a log is of many callers, and a TokenReview of one", help));
    }
    let log = log_of(path)?;
    let loaded = input::load(&arguments.input)?;
    let replayed = replay(&loaded, &log);
    let name = path.display().to_string();
    let style = output::look(&arguments.output.look, arguments.output.references);
    let mut out = io::stdout().lock();
    match format {
        IdentityFormat::Json => {
            output::json(&mut out, &report::document(&loaded.sources, &name, &replayed))?;
        }
        IdentityFormat::Yaml => {
            output::yaml(&mut out, &report::document(&loaded.sources, &name, &replayed))?;
        }
        IdentityFormat::Text | IdentityFormat::TokenReview => {
            out.write_all(report::text(&loaded.sources, &name, &replayed, style).as_bytes())?;
        }
    }
    out.flush()?;
    let plain = text::Style { color: false, ..style };
    let told = match format {
        IdentityFormat::Text => snippet::findings(&loaded.sources, &loaded.findings, &replayed.gaps, plain),
        _ => replayed.gaps.iter().map(|gap| snippet::finding(&loaded.sources, gap, plain)).collect(),
    };
    output::warn(&told);
    Ok(exit(&replayed, arguments.input.keep_going))
}

fn log_of(path: &Path) -> Result<log::Log, Failure> {
    let bytes = if path.as_os_str() == "-" { read_standard_input() } else { read(path) };
    let shown = path.display();
    let bytes = bytes
        .map_err(|why| Failure::usage(format!("`{shown}` cannot be read: {why}"), "give a file, or `-`"))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let help = format!("unpack it first: `gunzip -c {shown} | iamrbac whoami --replay - …`");
        return Err(Failure::usage(format!("`{shown}` is packed"), help));
    }
    let text = decode(bytes).unwrap_or_else(|no_text| String::from_utf8_lossy(&no_text.bytes).into_owned());
    let log = log::read(&text);
    if log.requests == 0 {
        return Err(Failure::usage(
            format!(
                "`{shown}` has no line of aws-iam-authenticator about access, in {}",
                lines(log.messages)
            ),
            "give what CloudWatch has of the streams `authenticator-…` of /aws/eks/NAME/cluster: text, JSON lines, the replies of `aws logs`, or a table with `@message`",
        ));
    }
    if log.outcomes.is_empty() {
        let why: Vec<String> = log
            .silent
            .iter()
            .map(|(why, (count, first))| {
                format!("{} (the first is {first}) with {}", lines(*count), why.as_str())
            })
            .collect();
        return Err(Failure::usage(
            format!("nothing in `{shown}` says who was let in: {}", why.join("; ")),
            "give the log of a longer time",
        ));
    }
    Ok(log)
}

fn lines(count: usize) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}

fn exit(replayed: &Replay, keep_going: bool) -> Exit {
    if !replayed.gaps.is_empty() && !keep_going {
        Exit::Unanswered
    } else if replayed.count(Judgement::Differs) > 0 {
        Exit::No
    } else if replayed.count(Judgement::Unknown) > 0 {
        Exit::Depends
    } else {
        Exit::Yes
    }
}
