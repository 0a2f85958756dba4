use super::*;
use crate::model::resource_type::{CustomType, CustomVersion};

fn types() -> ResourceTypes {
    let mut types = ResourceTypes::default();
    for (group, plural, kind, short, namespaced) in [
        ("example.com", "widgets", "Widget", "w", true),
        ("other.example.com", "widgets", "Widget", "w", true),
        ("example.com", "planets", "Planet", "pl", false),
    ] {
        types.add_crd(CustomType {
            group: group.into(),
            plural: plural.into(),
            kind: kind.into(),
            short_names: vec![short.into()],
            namespaced,
            versions: vec![CustomVersion { name: "v1".into(), served: true, status: true, scale: false }],
            ..CustomType::default()
        });
    }
    types
}

/// Rules name `foos` in one group, `bars` in two, `quux` in core.
fn groups_of(plural: &str) -> BTreeSet<ApiGroup> {
    let groups: &[&str] = match plural {
        "foos" => &["foo.io"],
        "bars" => &["", "bar.io"],
        "quux" => &[""],
        "odd" => &["v1.odd.io"],
        _ => &[],
    };
    groups.iter().map(|group| ApiGroup::from(*group)).collect()
}

/// `verb target flags…` as typed.
fn read(line: &str) -> Result<Asked, UsageError> {
    let mut words = line.split(' ');
    let mut typed = Typed { verb: words.next().unwrap(), target: words.next().unwrap(), ..Typed::default() };
    while let Some(word) = words.next() {
        match word {
            "-n" => typed.namespace = words.next(),
            "-s" => typed.subresource = words.next(),
            "-A" => typed.all_namespaces = true,
            other => panic!("{other}"),
        }
    }
    typed.read(&types(), groups_of)
}

/// `group resource/subresource name namespace`, `-` for nothing.
fn asked(line: &str) -> String {
    match read(line).unwrap().request.target {
        Target::Url(url) => url.to_string(),
        Target::Resource(target) => {
            let word = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
            let slash = if target.subresource.is_empty() { "" } else { "/" };
            format!(
                "{} {}{slash}{} {} {}",
                word(target.api_group.as_str()),
                target.resource,
                target.subresource,
                word(target.name.as_str()),
                word(target.namespace.as_str())
            )
        }
    }
}

fn codes(line: &str) -> Vec<&'static str> {
    read(line).unwrap().notes.iter().map(|note| note.code.as_str()).collect()
}

#[test]
fn words_become_requests() {
    for (line, expected) in [
        ("get pods", "- pods - default"),
        ("get pods -n dev", "- pods - dev"),
        ("get pods -n ", "- pods - default"),
        ("get pods -A", "- pods - -"),
        ("get pods -n dev -A", "- pods - -"),
        ("get pods/", "- pods - default"),
        ("get pods/log", "- pods log default"),
        ("get pods/a/b", "- pods a/b default"),
        ("get pods/web-0 -s log", "- pods/log web-0 default"),
        ("get pods -s ", "- pods - default"),
        ("update deploy/web -s scale -n x", "apps deployments/scale web x"),
        ("get nodes", "- nodes - -"),
        ("get nodes -n dev", "- nodes - -"),
        ("get planets -n dev", "example.com planets - -"),
        ("get w.other -n dev", "other.example.com widgets - dev"),
        ("impersonate users/ana -n dev", "- users ana -"),
        ("impersonate groups", "- groups - -"),
        ("impersonate uids/7", "authentication.k8s.io uids 7 -"),
        ("impersonate userextras -s scopes", "authentication.k8s.io userextras/scopes - -"),
        ("impersonate sa/ci -n ci", "- serviceaccounts ci ci"),
        ("sign signers/example.com/*", "certificates.k8s.io signers example.com/* -"),
        ("get * -n dev", "- * - dev"),
        ("get *.apps -n dev", "apps * - dev"),
        ("get Foos.Example.com/Bar", "example.com foos Bar default"),
        ("get foos.v1beta1.example.com", "example.com foos - default"),
        ("get foos.v1x.example.com", "v1x.example.com foos - default"),
        ("get odd.v1.odd.io", "v1.odd.io odd - default"),
        ("get planets.v7.example.com", "example.com planets - -"),
        ("get foos.v1.", "foo.io foos - default"),
        ("get foos", "foo.io foos - default"),
        ("get foos.", "foo.io foos - default"),
        ("get quux", "- quux - default"),
        ("GET /healthz/", "/healthz/"),
        ("get /", "/"),
    ] {
        assert_eq!(asked(line), expected, "{line}");
    }
}

#[test]
fn a_named_namespace_is_asked_inside_itself() {
    for (line, expected) in [
        ("get namespaces/foo", "- namespaces foo foo"),
        ("delete ns/foo -n bar", "- namespaces foo foo"),
        ("patch ns/foo -A", "- namespaces foo foo"),
        ("get ns/foo -s status", "- namespaces/status foo foo"),
        ("update ns/foo -s finalize", "- namespaces/finalize foo foo"),
        ("get ns/foo -s other", "- namespaces/other foo -"),
        ("get ns/foo/bar", "- namespaces foo/bar -"),
        ("list ns/foo", "- namespaces foo -"),
        ("watch ns/foo", "- namespaces foo -"),
        ("create ns/foo", "- namespaces foo -"),
        ("list ns -n foo", "- namespaces - -"),
        ("get ns", "- namespaces - -"),
    ] {
        assert_eq!(asked(line), expected, "{line}");
    }
}

#[test]
fn where_kubectl_would_ask_elsewhere_is_told() {
    for (line, scope, kubectl) in [
        ("get pods -n dev", Scope::Namespace, None),
        ("get pods -A", Scope::AllNamespaces, None),
        ("get nodes", Scope::Cluster, Some("default")),
        ("get nodes -n dev", Scope::Cluster, Some("dev")),
        ("get nodes -A", Scope::Cluster, None),
        ("get ns/foo", Scope::OwnNamespace, Some("default")),
        ("get ns/foo -n foo", Scope::OwnNamespace, None),
        ("get ns/foo -A", Scope::OwnNamespace, Some("")),
        ("get /healthz", Scope::Url, None),
    ] {
        let asked = read(line).unwrap();
        assert_eq!(asked.scope, scope, "{line}");
        assert_eq!(asked.kubectl_namespace, kubectl.map(Into::into), "{line}");
    }
}

#[test]
fn notes_say_what_may_surprise() {
    for (line, expected) in [
        ("get pods", &[][..]),
        ("get nodes", &[]),
        ("get events -n dev", &[]),
        ("get ev", &[]),
        ("impersonate users/ana", &[]),
        ("get pods/web-0 -s log", &[]),
        ("create pods/web-0 -s exec", &[]),
        ("get nodes/n1 -s metrics", &[]),
        ("update pods -s finalizers", &[]),
        ("impersonate:user-info users.authentication.k8s.io", &["only-in-rules"]),
        ("get pods/log", &["subresource-meant"]),
        ("get pods/web-0/log", &["subresource-meant"]),
        ("get widgets/status", &["type-ambiguous", "subresource-meant"]),
        ("get pods/a/b", &["name-with-slash"]),
        ("get pods -s logs", &["unknown-subresource"]),
        ("get configmaps -s status", &["unknown-subresource"]),
        ("get nodes -n dev", &["not-namespaced"]),
        ("get ns/foo -n dev", &["not-namespaced"]),
        ("get ns/foo -n foo", &[]),
        ("get pods -n dev -A", &["namespace-ignored"]),
        ("get /healthz -n dev", &["namespace-ignored"]),
        ("GET pods -A", &["unknown-verb"]),
        ("list /healthz", &["unknown-verb"]),
        ("get foos.example.com", &["unknown-type"]),
        ("get pods.v1", &["unknown-type"]),
        ("get widgets.v3.example.com", &["unknown-version"]),
        ("get foos", &["group-from-rule"]),
        ("impersonate uids", &["only-in-rules"]),
        ("impersonate userextras/scopes", &["only-in-rules", "subresource-meant"]),
        ("sign signers.certificates.k8s.io/kubernetes.io/x", &["only-in-rules"]),
        ("get w", &["short-name-ambiguous"]),
        ("get widgets", &["type-ambiguous"]),
        ("get widgets.example.com", &[]),
        ("create pods/foo", &["name-never-sent"]),
        ("deletecollection pods/foo", &["name-never-sent"]),
        ("list pods/foo", &["name-by-field-selector"]),
        ("* *", &["literal-wildcard", "literal-wildcard"]),
        ("get pods/*", &["literal-wildcard"]),
        ("get /api/*", &["literal-wildcard"]),
        ("get /api/v1/pods", &["resource-url"]),
        ("get /apis/apps/v1/", &[]),
        ("get /api/v1", &[]),
    ] {
        assert_eq!(codes(line), expected, "{line}");
    }
}

#[test]
fn help_says_what_to_type() {
    for (line, help) in [
        ("get pods/log", "for the subresource ask `get pods --subresource log`"),
        ("get po/web-0/log", "for the subresource ask `get pods/web-0 --subresource log`"),
        ("get pods -s pods/log", "did you mean `--subresource log`?"),
        ("get pods -s logs", "did you mean `--subresource log`?"),
        ("GET pods", "did you mean `get`?"),
        ("post pods", "did you mean `create`?"),
        ("lst pods", "did you mean `list`?"),
        ("get pods.v1", "`v1` looks like a version; the core group is named by leaving it out: `pods`"),
        ("get deploymens.apps", "did you mean `deployments.apps`?"),
        ("get deploy.app.k8s.io", "load its CustomResourceDefinition to be certain of its name and scope"),
        ("get w", "name the group to ask for the other: `widgets.other.example.com`"),
    ] {
        let notes = read(line).unwrap().notes;
        assert_eq!(notes[0].help.as_deref(), Some(help), "{line}: {notes:?}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused_with_a_remedy() {
    for (line, code, help) in [
        ("get ", "type-missing", "name a type, as in `get pods`, or a URL, as in `get /healthz`"),
        ("get .apps", "type-missing", "name a type, as in `get pods`, or a URL, as in `get /healthz`"),
        ("get po,svc", "several-types", "ask `get po`, then `get svc`"),
        ("get pods,", "several-types", "ask `get pods`"),
        ("get ,", "several-types", "name one type"),
        (
            "get /healthz -s x",
            "subresource-of-url",
            "leave out `--subresource`, or name a type instead of the URL",
        ),
        ("get bars", "group-missing", "name the group, as in `bars.bar.io`"),
        ("get healthz", "unknown-type", "a URL begins with a slash: `get /healthz`"),
        ("pods get", "unknown-type", "the verb comes first: `get pods`"),
        (
            "get log",
            "unknown-type",
            "`log` is a subresource, asked together with its type: `get pods --subresource log`",
        ),
    ] {
        let error = read(line).unwrap_err();
        assert_eq!((error.code.as_str(), error.help.as_deref()), (code, Some(help)), "{line}");
    }
}

#[test]
fn misspelt_types_are_recognised() {
    for (line, suggestions) in [
        ("get deploymnets", &["deployments"][..]),
        ("get podds", &["pods"]),
        ("get endpoint", &["endpoints"]),
        ("get user", &["users"]),
        ("get pod/x", &[]),
        ("get clusterrolebindngs", &["clusterrolebindings"]),
        ("get xyzzy", &[]),
    ] {
        let suggested = read(line).map_or_else(|error| error.suggestions, |_| Vec::new());
        assert!(suggested.len() <= 3, "{line}");
        assert_eq!(
            suggested.first(),
            suggestions.first().map(ToString::to_string).as_ref(),
            "{line}: {suggested:?}"
        );
    }
}

#[test]
fn no_words_are_too_odd() {
    let long = "x".repeat(1 << 20);
    let dots = ".".repeat(1 << 16);
    let words = [
        "", "*", "/", "//", ".", "..", "a.b.c.d", ",", "\u{0}", "ß.É", "İ", "pods/\n", "v1", "*.*.*", &long,
        &dots,
    ];
    let known = types();
    for verb in words {
        for target in words {
            for subresource in [None, Some("*"), Some("/")] {
                let words_of =
                    Typed { verb, target, subresource, namespace: Some(verb), all_namespaces: false };
                if let Err(error) = words_of.read(&known, groups_of) {
                    assert!(!error.message.is_empty());
                }
            }
        }
    }
}

#[test]
fn codes_are_kebab_case_and_differ() {
    let codes: BTreeSet<&str> = NoteCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), NoteCode::ALL.len());
    assert!(codes.iter().all(|code| code.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase())));
}

#[test]
fn many_custom_types_make_no_long_messages() {
    let mut many = types();
    for number in 0..20_000 {
        many.add_crd(CustomType {
            group: format!("g{number}.example.com"),
            plural: "gizmos".into(),
            kind: "Gizmo".into(),
            ..CustomType::default()
        });
    }
    let ask = |target| Typed { verb: "get", target, ..Typed::default() }.read(&many, groups_of);
    let notes = ask("gizmo").unwrap().notes;
    assert!(notes[0].message.ends_with("and 19994 more"), "{}", notes[0].message);
    assert_eq!(ask("gizmoz").unwrap_err().suggestions[0], "gizmos");
}
