//! The HTML page in a real browser: it loads nothing, tells what the matrix tells, and can be read in every way.

mod browser;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Directory, root, run_in};
use browser::Browser;

const EXAMPLE: &str = "examples/clusters/02-session-names";

/// The page of the example.
fn example() -> (Directory, PathBuf) {
    let run = run_in(&root().join(EXAMPLE), &["matrix", "-f", "trap", "-o", "html"], b"");
    assert_eq!(run.status, 0, "{}", run.stderr);
    kept(Directory::new(), &run.stdout)
}

fn kept(directory: Directory, page: &str) -> (Directory, PathBuf) {
    let directory = directory.with("page.html", page);
    let path = directory.path().join("page.html");
    (directory, path)
}

/// Finds the cell of a principal and a resource.
fn cell(principal: &str, resource: &str) -> String {
    format!(
        "(() => {{ const t = document.getElementById('matrix');
           const c = [...t.tHead.rows[0].cells].findIndex((h) => h.textContent === {resource});
           return [...t.querySelectorAll('tbody tr')].find((r) => r.cells[0].textContent.endsWith({principal})).cells[c]; }})()",
        resource = json!(resource),
        principal = json!(principal),
    )
}

/// Types into a field, or chooses, and waits until the filter has worked.
fn fill(browser: &mut Browser, field: &str, value: &str) {
    browser.value(&format!(
        "(async () => {{ const f = document.getElementById({field}); f.value = {value};
           f.dispatchEvent(new Event('input', {{bubbles: true}}));
           await new Promise((done) => setTimeout(done, 400)); }})()",
        field = json!(field),
        value = json!(value),
    ));
}

const ROWS: &str = "[...document.querySelectorAll('#matrix tbody tr')].filter((r) => r.cells.length > 1 && r.checkVisibility()).map((r) => r.cells[0].textContent)";
const COLUMNS: &str = "[...document.querySelectorAll('#matrix thead th')].slice(1).filter((h) => h.checkVisibility()).map((h) => h.textContent)";
const PROOF: &str = "document.getElementById('proof').innerText";

fn is_quiet(browser: &Browser) {
    assert!(browser.console.is_empty(), "{:?}", browser.console);
    assert!(browser.requests.iter().all(|address| address.starts_with("file:///")), "{:?}", browser.requests);
    assert_eq!(browser.requests.len(), 1, "{:?}", browser.requests);
}

#[test]
fn a_cell_is_found_and_opened() {
    let Some(mut browser) = Browser::start() else { return };
    let (_directory, path) = example();
    browser.look("light", 1280, 900);
    browser.open(&path);
    let developer = cell("role/eks-developer", "secrets");
    assert_eq!(browser.text(&format!("{developer}.innerText")), "prod ~GL");
    browser.click(&developer);
    let proof = browser.text(PROOF);
    for part in [
        "arn:aws:iam::111122223333:role/eks-developer",
        "get, list, in namespace prod: yes, for alice",
        ":role/eks-developer, alice",
        "trap/aws-auth.yaml:9",
        "RoleBinding prod/on-call gives Role on-call, in namespace prod",
        "trap/rbac.yaml:42",
    ] {
        assert!(proof.contains(part), "{part} in {proof}");
    }
    browser.press("Escape");
    assert_eq!(browser.value("document.getElementById('panel').hidden"), true);
    is_quiet(&browser);
}

#[test]
fn filters_narrow_rows_columns_and_lines() {
    let Some(mut browser) = Browser::start() else { return };
    let (_directory, path) = example();
    browser.look("light", 1280, 900);
    browser.open(&path);
    let all = browser.value(ROWS).as_array().unwrap().len();
    fill(&mut browser, "by-principal", "Developer");
    assert_eq!(browser.value(ROWS), json!(["arn:aws:iam::111122223333:role/eks-developer"]));
    fill(&mut browser, "by-resource", "secret");
    assert_eq!(browser.value(COLUMNS), json!(["secrets"]));
    fill(&mut browser, "by-principal", "");
    fill(&mut browser, "by-verb", "escalate");
    let rows = browser.value(ROWS);
    let named: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row.as_str().unwrap()).collect();
    assert_eq!(named, ["arn:aws:iam::111122223333:role/eks-admin", "system:masters (privileged)"]);
    fill(&mut browser, "by-verb", "");
    fill(&mut browser, "by-namespace", "prod");
    let developer = cell("role/eks-developer", "secrets");
    assert_eq!(browser.text(&format!("{developer}.innerText")), "prod ~GL");
    fill(&mut browser, "by-namespace", "*");
    assert!(!browser.value(ROWS).to_string().contains("eks-developer"));
    browser.click("document.querySelector('#filters button')");
    browser.value("new Promise((done) => setTimeout(done, 300))");
    assert_eq!(browser.value(ROWS).as_array().unwrap().len(), all);
    is_quiet(&browser);
}

#[test]
fn the_keyboard_reaches_everything() {
    let Some(mut browser) = Browser::start() else { return };
    let (_directory, path) = example();
    browser.look("light", 1280, 900);
    browser.open(&path);
    browser.value("document.querySelector('#filters button').focus()");
    browser.press("Tab");
    let focused = "document.activeElement.closest('th, td')?.textContent ?? document.activeElement.outerHTML";
    assert!(browser.text(focused).ends_with("role/eks-admin"));
    browser.press("ArrowDown");
    assert!(browser.text(focused).ends_with("role/eks-developer"));
    browser.press("ArrowRight");
    browser.press("End");
    browser.press("ArrowUp");
    browser.press("ArrowLeft");
    browser.press("Enter");
    assert_eq!(browser.value("document.getElementById('panel').hidden"), false);
    assert_eq!(browser.text("document.activeElement.id"), "panel");
    assert!(browser.text(PROOF).starts_with("arn:aws:iam::111122223333:role/eks-admin"));
    browser.press("Escape");
    assert_eq!(browser.text("document.activeElement.tagName"), "TD");
    assert_eq!(browser.value("document.querySelectorAll('#matrix [tabindex=\"0\"]').length"), 1);
    // out of the table again with one key
    browser.press("Tab");
    assert_eq!(browser.value("document.activeElement.closest('#matrix') === null"), true);
    is_quiet(&browser);
}

#[test]
fn hostile_names_stay_text() {
    let Some(mut browser) = Browser::start() else { return };
    let names = [
        "<script>document.title='x'</script>",
        "</script><img src=x onerror=document.title='x'>",
        "\"'><b id=x>&amp;&#60;",
        "a\u{202e}b\u{2028}c\u{200f}d",
        "</style><script>document.title='x'</script>",
        "{{constructor}}${x}`x`",
        "<!--slot table-->",
    ];
    let mut subjects = String::new();
    for name in names {
        let _ = writeln!(
            subjects,
            "  - {{kind: User, apiGroup: rbac.authorization.k8s.io, name: {}}}",
            json!(name).to_string().replace('\u{2028}', "\\u2028")
        );
    }
    let manifest = format!(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: odd}}
rules:
  - {{apiGroups: ['', '</style><script>a.example'], resources: ['<b>x</b>', \"y\\\"'\"], verbs: [get, '<i>v</i>'], resourceNames: ['<u>n</u>']}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: b}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: odd}}
subjects:
{subjects}"
    );
    let world = Directory::new().with("<b>a&.yaml", manifest);
    let run = world.run(&[
        "matrix",
        "-o",
        "html",
        "--kind",
        "kubernetes",
        "--resources",
        "<b>*,y*",
        "--keep-going",
    ]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let (_directory, path) = kept(world, &run.stdout);
    for width in [1280, 390] {
        browser.look("light", width, 800);
        browser.open(&path);
        assert_eq!(browser.text("document.title"), "Access matrix");
        assert_eq!(browser.value("document.scripts.length"), 1);
        assert_eq!(browser.value("document.querySelectorAll('img, #x, u, #matrix td b b').length"), 0);
        let rows = browser.value(ROWS).to_string();
        for part in [
            "<script>document.title='x'</script>",
            "a\\\\u{202e}b\\\\u{2028}c\\\\u{200f}d",
            "&amp;&#60;",
            "<!--slot table-->",
        ] {
            assert!(rows.contains(part), "{part} in {rows}");
        }
        browser.click("document.querySelector('#matrix td:not(:empty)')");
        let proof = browser.text(PROOF);
        assert!(proof.contains("<i>v</i>") && proof.contains("<u>n</u>"), "{proof}");
        assert!(proof.contains("<b>a&.yaml:"), "{proof}");
    }
    assert!(browser.console.is_empty(), "{:?}", browser.console);
}

/// Texts whose contrast with what is behind them is below AA: 4.5, for large text 3.
const PALE: &str = "(() => {
  const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return {r, g, b, a}; };
  const light = ({r, g, b}) => { const f = (v) => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a === 1) return c; }
    return parse(getComputedStyle(document.documentElement).backgroundColor); };
  const pale = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest('script, style, option')) continue;
    seen += 1;
    const style = getComputedStyle(e);
    const [a, b] = [light(parse(style.color)), light(behind(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) pale.add(e.tagName + ' ' + style.color + ' ' + ratio.toFixed(2) + ' ' + e.textContent.slice(0, 30));
  }
  return [seen, [...pale]];
})()";

#[test]
fn both_themes_have_contrast_and_every_width_has_room() {
    let Some(mut browser) = Browser::start() else { return };
    let (_directory, path) = example();
    for theme in ["light", "dark"] {
        for (width, height) in [(1280, 900), (390, 844)] {
            browser.look(theme, width, height);
            browser.open(&path);
            let [seen, pale] = [0, 1].map(|place| browser.value(PALE)[place].clone());
            assert!(seen.as_u64().unwrap() > 500, "{seen}");
            assert_eq!(pale, json!([]), "{theme} {width}");
            browser.picture(&format!("{theme}-{width}"));
            browser.click(&cell("role/eks-developer", "secrets"));
            assert_eq!(browser.value(PALE)[1], json!([]), "{theme} {width}");
            // nothing but the table is wider than the screen
            assert_eq!(
                browser.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
                true,
                "{theme} {width}"
            );
            browser.picture(&format!("{theme}-{width}-proof"));
        }
    }
}

#[test]
fn reads_without_a_script() {
    let Some(mut browser) = Browser::start() else { return };
    let (_directory, path) = example();
    browser.look("light", 1280, 900);
    browser.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    browser.open(&path);
    assert_eq!(browser.value("document.getElementById('filters').checkVisibility()"), false);
    let developer = cell("role/eks-developer", "secrets");
    // both links of a line lead to a part of the chain
    let parts = browser.value(&format!(
        "[...{developer}.querySelectorAll('a')].map((a) => document.querySelector(a.getAttribute('href')).textContent)"
    ));
    let parts: Vec<&str> = parts.as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
    assert_eq!(parts.len(), 2);
    assert!(parts[0].contains("alice") || parts[0].contains("prod"), "{parts:?}");
    assert!(parts[1].contains("trap/rbac.yaml:42"), "{parts:?}");
    // on paper there are no columns, each cell says what it is about
    browser.call("Emulation.setEmulatedMedia", &json!({"media": "print"}));
    let label = browser.value(&format!("getComputedStyle({developer}, '::before').content"));
    assert_eq!(label, "\"secrets\"");
    browser.picture("print");
}

#[test]
fn every_link_leads_somewhere_and_every_part_stands_once() {
    let run = run_in(&root().join(EXAMPLE), &["matrix", "-f", "trap", "-o", "html", "--all", "--deny"], b"");
    let page = &run.stdout;
    let mut ids: Vec<&str> = page
        .split(" id=")
        .skip(1)
        .map(|rest| rest.trim_start_matches('"').split(['>', '"', ' ']).next().unwrap())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id stands twice");
    let links: Vec<&str> = page.split("href=#").skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
    assert!(links.len() > 1000);
    for link in links {
        assert!(ids.binary_search(&link).is_ok(), "{link} leads nowhere");
    }
    let lists: Vec<&str> = page
        .split("<ol id=")
        .skip(1)
        .map(|rest| rest.split_once('>').unwrap().1.split("</ol>").next().unwrap())
        .collect();
    let mut once = lists.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), lists.len(), "a part of a chain stands twice");
}

/// A quarter of 500 principals by 100 resources, each with something everywhere and more in some namespaces.
fn large() -> String {
    let mut text = String::from(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata:\n  mapRoles: |\n",
    );
    for number in 0..125 {
        let _ = writeln!(
            text,
            "    - {{rolearn: 'arn:aws:iam::111122223333:role/team-{number}', username: 'team-{number}:{{{{SessionName}}}}', groups: [team-{number}]}}"
        );
    }
    for role in 0..20 {
        let _ = writeln!(
            text,
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: r{role}}}\nrules:"
        );
        for of in 0..10 {
            let resources: Vec<String> =
                (0..10 + role % 3).map(|place| format!("resources{}", (of * 10 + place) % 100)).collect();
            let verbs = ["get", "list", "watch", "create", "update", "patch", "delete"];
            let verbs = &verbs[(role + of) % 4..];
            let _ = writeln!(
                text,
                "- {{apiGroups: [example.com], resources: {}, verbs: {}}}",
                json!(resources),
                json!(verbs)
            );
        }
    }
    for number in 0..125 {
        for (kind, namespace) in [("ClusterRole", ""), ("Role", "a"), ("Role", "b"), ("Role", "c")] {
            let place =
                if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
            let role = (number * 7 + namespace.len() * number) % 20;
            let _ = writeln!(
                text,
                "---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: {kind}Binding, metadata: {{name: b{number}{place}}}, \
                 roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r{role}}}, \
                 subjects: [{{kind: Group, name: team-{number}, apiGroup: rbac.authorization.k8s.io}}]}}"
            );
        }
    }
    text
}

#[test]
fn a_large_page_is_small_and_quick() {
    let world = Directory::new().with("a.yaml", large());
    let run = world.run(&["matrix", "-o", "html", "--resources", "resources*", "--kind", "role"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let (_directory, path) = kept(world, &run.stdout);
    let size = fs::metadata(&path).unwrap().len();
    assert!(size < 10_000_000 / 4, "{size} bytes at a quarter of 500 by 100");
    let Some(mut browser) = Browser::start() else { return };
    browser.look("light", 1280, 900);
    let took = browser.open(&path);
    let rows: Value = browser.value(ROWS);
    assert_eq!(rows.as_array().unwrap().len(), 125);
    assert_eq!(browser.value(COLUMNS).as_array().unwrap().len(), 100);
    eprintln!("{size} bytes, loaded in {took:?}");
    browser.picture("large");
    is_quiet(&browser);
}
