//! Inner figures of loading: `cargo bench --bench loading`. What a whole process takes is measured by `compare`.

#![expect(clippy::unwrap_used, reason = "the texts are made here")]

use std::fmt::Write;

use divan::Bencher;
use divan::counter::BytesCount;
use iamrbac::manifest::{Loader, Options};
use iamrbac::source::yaml::{Limits, documents, parse_json, prefilter};

fn main() {
    divan::main();
}

/// So many Roles in kubectl's layout, each indented and led as given.
fn roles(count: usize, first: &str, further: &str) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        let lines = format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  creationTimestamp: \"2025-03-01T10:11:12Z\"\n  labels:\n    app.kubernetes.io/name: role-{number}\n  name: role-{number}\n  namespace: ns-{}\nrules:\n- apiGroups:\n  - \"\"\n  resources:\n  - pods\n  - services\n  verbs:\n  - get\n  - list\n",
            number % 250
        );
        for (place, line) in lines.lines().enumerate() {
            let _ = writeln!(text, "{}{line}", if place == 0 { first } else { further });
        }
        text
    })
}

fn list(count: usize) -> String {
    format!("apiVersion: v1\nitems:\n{}kind: List\n", roles(count, "- ", "  "))
}

const COUNT: usize = 1000;

#[divan::bench]
fn fast_path(bencher: Bencher<'_, '_>) {
    let text = list(COUNT);
    let limits = Limits::default();
    bencher.counter(BytesCount::of_str(&text)).bench(|| documents(&text, &limits).count());
}

#[divan::bench]
fn full_parser(bencher: Bencher<'_, '_>) {
    let text = list(COUNT);
    let limits = Limits::default();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| documents(&text, &limits).without_fast_path().count());
}

#[divan::bench]
fn json(bencher: Bencher<'_, '_>) {
    let value: serde_json::Value = serde_yaml::from_str(&list(COUNT)).unwrap();
    let text = value.to_string();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| parse_json(&text, &Limits::default()).map(|tree| tree.len()));
}

#[divan::bench]
fn skipping(bencher: Bencher<'_, '_>) {
    let text = roles(COUNT, "", "")
        .replace("kind: Role\n", "")
        .replace("apiVersion: rbac.authorization.k8s.io/v1\n", "");
    let text = format!(
        "kind: Deployment\nspec:\n{}",
        text.lines().fold(String::new(), |all, line| all + "  " + line + "\n")
    );
    bencher.counter(BytesCount::of_str(&text)).bench(|| prefilter(&text));
}

#[divan::bench]
fn loading(bencher: Bencher<'_, '_>) {
    let text = list(COUNT);
    bencher.counter(BytesCount::of_str(&text)).with_inputs(|| text.clone().into_bytes()).bench_values(
        |bytes| {
            let mut loader = Loader::new(Options { builtin: None, ..Options::default() });
            loader.add("list.yaml", bytes);
            loader.finish()
        },
    );
}
