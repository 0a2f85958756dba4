//! One small cluster, one caller, one question: every answer about it through every writer. What a machine reads must
//! be readable, and what a person reads must hold nothing that acts on a terminal.
#![no_main]

use iamrbac::access::Policy;
use iamrbac::identity::Principal;
use iamrbac::lint::{Configuration, Settings, lint};
use iamrbac::manifest::Loaded;
use iamrbac::model::{Namespace, Request, ResourceTarget, Target};
use iamrbac::query::can_i::{Caller, Question, answer};
use iamrbac::query::diff::{Side, compare};
use iamrbac::query::everyone::{Entry, Everyone};
use iamrbac::query::list::list;
use iamrbac::query::matrix::{Choice, Plan, gaps};
use iamrbac::query::summary::summarize;
use iamrbac::query::who_can::who_can;
use iamrbac::query::whoami::recognize;
use iamrbac::report::matrix::{Format, writer};
use iamrbac::report::text::Style;
use iamrbac::report::{self, github, json, junit, markdown, sarif, snippet, text};
use iamrbac_fuzz::{load, parts};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;

const STYLE: Style = Style { color: false, width: 80, ascii: false, references: true };
const NARROW: Style = Style { color: false, width: 40, ascii: true, references: false };

fn for_people(shown: &str) {
    assert!(!shown.contains(text::is_hidden), "{shown:?}");
}

fn for_machines(document: &impl Serialize) {
    let written = serde_json::to_string(document).expect("JSON is written");
    let read: serde_json::Value = serde_json::from_str(&written).expect("JSON is read");
    let yaml = serde_yaml::to_string(document).expect("YAML is written");
    let again: serde_json::Value = serde_yaml::from_str(&yaml).expect("YAML is read");
    assert_eq!(read, again, "{yaml}");
}

fn table(text: &str) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    for record in reader.records() {
        record.expect("CSV is read");
    }
}

fn caller(line: &str) -> Option<Caller> {
    if line.starts_with("arn:") {
        let (arn, session) = line.split_once(' ').map_or((line, None), |(arn, session)| (arn, Some(session)));
        return Principal::from_arn(arn, session).ok().map(|principal| Caller::Principal(Box::new(principal)));
    }
    let mut names = line.split(' ').map(str::to_owned);
    Some(Caller::User { name: names.next()?, groups: names.collect() })
}

fn request(line: &str) -> Request {
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap_or_default();
    let (verb, target) = (word(), word());
    let target = if target.starts_with('/') {
        Target::Url(target.into())
    } else {
        Target::Resource(ResourceTarget {
            resource: target.into(),
            api_group: word().into(),
            namespace: word().into(),
            subresource: word().into(),
            name: word().into(),
        })
    };
    Request { verb: verb.into(), target }
}

fn decision(loaded: &Loaded, policy: &Policy<'_>, question: &Question) {
    let answered = answer(loaded, policy, question);
    for_machines(&json::decision(&loaded.sources, &question.caller, &answered));
    for style in [STYLE, NARROW] {
        for_people(&text::decision(&loaded.sources, question, &[], &answered, style));
        for_people(&snippet::chains(&loaded.sources, &answered, style));
        for_people(&snippet::findings(&loaded.sources, &loaded.findings, &answered.gaps, style));
    }
}

fn identity(loaded: &Loaded, policy: &Policy<'_>, caller: &Caller, namespace: &Namespace) {
    let recognition = recognize(loaded, policy, caller, None);
    for_people(&report::whoami::text(&loaded.sources, caller, None, &recognition, STYLE));
    for_machines(&report::whoami::document(&loaded.sources, caller, &recognition));
    for_machines(&report::whoami::token_review(&recognition, None));
    let listing = list(loaded, policy, caller, None, namespace);
    for_people(&report::list::text(&loaded.sources, caller, None, &listing, true, NARROW));
    for_machines(&report::list::document(&loaded.sources, caller, &listing));
    table(&report::list::csv(&loaded.sources, &listing, true).expect("CSV is written"));
}

fn everyone(loaded: &Loaded, policy: &Policy<'_>, request: &Request) {
    let all = Everyone::of(policy);
    let answer = who_can(loaded, policy, &all, request, &|_: &Entry| true);
    for_people(&report::who_can::text(&loaded.sources, &[], &answer, true, STYLE));
    let document = report::who_can::document(&loaded.sources, &[], &answer);
    for_machines(&document);
    let (mut whole, mut pieces) = (Vec::new(), Vec::new());
    report::escaped::to_writer_pretty(&mut whole, &document).expect("a vector takes all");
    report::who_can::to_writer_pretty(&mut pieces, &loaded.sources, &[], &answer).expect("a vector takes all");
    assert_eq!(whole, pieces);
    let Ok(plan) = Plan::new(loaded, policy, &Choice { deny: true, ..Choice::default() }) else { return };
    for format in
        [Format::Table, Format::Csv, Format::WideCsv, Format::Json, Format::Ndjson, Format::Markdown]
    {
        let mut out = Vec::new();
        let mut writer =
            writer(format, &loaded.sources, policy, &plan, (true, STYLE), &mut out).expect("a vector takes all");
        for entry in &all.entries {
            writer.rows(entry, &plan.rows(loaded, policy, &all, entry)).expect("a vector takes all");
        }
        writer.finish(&gaps(loaded)).expect("a vector takes all");
        let out = String::from_utf8(out).expect("all output is UTF-8");
        match format {
            Format::Table | Format::Markdown => for_people(&out),
            Format::Csv | Format::WideCsv => table(&out),
            Format::Json => {
                serde_json::from_str::<serde_json::Value>(&out).expect("JSON is read");
            }
            _ => out.lines().for_each(|line| {
                serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON");
            }),
        }
    }
}

fn findings(loaded: &Loaded, policy: &Policy<'_>) {
    let settings = Settings {
        configuration: &Configuration::default(),
        baseline: None,
        today: "2026-01-01".parse().expect("a date"),
        keep_going: false,
        base: None,
    };
    let report = lint(loaded, policy, settings);
    let mut text = Vec::new();
    report::lint::to_writer(&mut text, &loaded.sources, &report, STYLE).expect("a vector takes all");
    for_people(&String::from_utf8(text).expect("all output is UTF-8"));
    let mut json = Vec::new();
    report::lint::to_writer_pretty(&mut json, &report).expect("a vector takes all");
    serde_json::from_slice::<serde_json::Value>(&json).expect("JSON is read");
    for_machines(&sarif::findings(&report.findings));
    for_people(&github::findings(&report.findings));
    for_people(&markdown::findings("lint", &report.findings));
    drop(junit::findings("lint", &report.findings, None));
    let found = summarize(loaded, policy);
    for_people(&report::summary::text(loaded, &found, NARROW));
    for_machines(&report::summary::document(loaded, &found));
}

fn difference(before: (&Loaded, &Policy<'_>), after: (&Loaded, &Policy<'_>)) {
    let side = |(loaded, policy)| Side { loaded, policy };
    let found = compare(&side(before), &side(after));
    let shown = report::diff::Shown::new(&found, ("a", &before.0.sources), ("b", &after.0.sources));
    for_people(&report::diff::text::difference(&shown, STYLE));
    for_people(&report::diff::markdown::difference(&shown));
    for_people(&report::diff::annotations::difference(&shown));
    for_machines(&report::diff::json::difference(&shown, (&before.0.sources, &[]), (&after.0.sources, &[])));
}

fuzz_target!(|data: &[u8]| {
    let mut all = parts(data);
    let head = all.next().and_then(|head| std::str::from_utf8(head).ok()).unwrap_or_default();
    let mut lines = head.lines();
    let (who, what) = (lines.next().unwrap_or_default(), request(lines.next().unwrap_or_default()));
    let texts: Vec<&[u8]> = all.collect();
    let loaded = load(texts.iter().copied(), false);
    let policy = Policy::new(&loaded.cluster);
    findings(&loaded, &policy);
    everyone(&loaded, &policy, &what);
    if let Some(caller) = caller(who) {
        identity(&loaded, &policy, &caller, &"team-a".into());
        let question = Question { caller, impersonation: None, request: what, all_chains: true };
        decision(&loaded, &policy, &question);
    }
    // the last text changes the cluster of the others
    if let [before @ .., _] = &texts[..] {
        let before = load(before.iter().copied(), false);
        difference((&before, &Policy::new(&before.cluster)), (&loaded, &policy));
    }
});
