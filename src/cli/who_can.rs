//! `who-can`.

use std::io::{self, Write};

use super::args::{CallerKind, Format, WhoCan};
use super::exit::{Exit, Failure};
use super::{can_i, input, output};
use crate::access::Policy;
use crate::manifest::Loaded;
use crate::query::everyone::{Entry, Everyone, Kind};
use crate::query::glob::{Glob, any_fits};
use crate::query::question::{Scope, Typed};
use crate::query::who_can::{add_namespaces, who_can};
use crate::report::{self, snippet};

pub(super) fn run(arguments: &WhoCan) -> Result<Exit, Failure> {
    let loaded = input::load(&arguments.input)?;
    let policy = Policy::new(&loaded.cluster);
    let typed = Typed {
        verb: &arguments.verb,
        target: &arguments.target,
        subresource: arguments.subresource.as_deref(),
        namespace: arguments.namespace.as_deref(),
        all_namespaces: arguments.all_namespaces,
    };
    let asked = can_i::read(&typed, &loaded)?;
    let everyone = Everyone::of(&policy);
    let wanted = filter(&arguments.arn, &arguments.kind);
    let mut answer = who_can(&loaded, &policy, &everyone, &asked.request, &wanted);
    if asked.scope == Scope::AllNamespaces {
        add_namespaces(&mut answer, &policy, &everyone, &wanted);
    }
    let style = output::table_style(&arguments.look);
    let mut out = io::stdout().lock();
    match arguments.output {
        Format::Text => {
            let shown = report::who_can::text(&loaded.sources, &asked.notes, &answer, arguments.all, style);
            out.write_all(shown.as_bytes())?;
        }
        Format::Json => {
            output::json_by(&mut out, |out| {
                report::who_can::to_writer_pretty(out, &loaded.sources, &asked.notes, &answer)
            })?;
        }
        Format::Yaml => {
            let document = report::who_can::document(&loaded.sources, &asked.notes, &answer);
            output::yaml(&mut out, &document)?;
        }
    }
    out.flush()?;
    tell_findings(&loaded, arguments.output == Format::Text, style);
    let unread = !answer.gaps.is_empty() && !arguments.input.keep_going;
    Ok(if unread { Exit::Unanswered } else { Exit::Yes })
}

/// Who is wanted, by ARN and kind.
pub(super) fn filter(arns: &[String], kinds: &[CallerKind]) -> impl Fn(&Entry) -> bool + use<> {
    let globs: Vec<Glob> = arns.iter().map(Glob::new).collect();
    let kinds = kinds.to_vec();
    move |entry| {
        let fits = match entry.principal() {
            Some(_) => any_fits(&globs, &entry.name),
            None => globs.is_empty(),
        };
        fits && (kinds.is_empty() || kinds.contains(&kind(entry.kind)))
    }
}

const fn kind(kind: Kind) -> CallerKind {
    match kind {
        Kind::Role => CallerKind::Role,
        Kind::User => CallerKind::User,
        Kind::Account => CallerKind::Account,
        Kind::ServiceAccount => CallerKind::ServiceAccount,
        Kind::KubernetesUser | Kind::KubernetesGroup => CallerKind::Kubernetes,
    }
}

/// Tells on standard error what loading met, and what could not be read.
pub(super) fn tell_findings(loaded: &Loaded, is_for_people: bool, style: report::text::Style) {
    let style = report::text::Style { color: false, ..style };
    let told = if is_for_people {
        snippet::findings(&loaded.sources, &loaded.findings, &[], style)
    } else {
        loaded.gaps.iter().map(|gap| snippet::finding(&loaded.sources, &gap.finding, style)).collect()
    };
    if !told.is_empty() {
        output::warn(&told);
    }
}
