//! who-can agrees with can-i: on random clusters, for every entry and every session, and on the corpus.

use std::fs;

use proptest::prelude::*;
use serde_json::Value;

use crate::clusters::{NAMESPACES, SESSIONS, can_i, files, loaded, question, request};
use crate::harness::{Directory, corpus, root, run_in};
use iamrbac::access::Policy;
use iamrbac::identity::{Condition, Principal, When};
use iamrbac::manifest::Loaded;
use iamrbac::model::arn::folded;
use iamrbac::model::builtin::Version;
use iamrbac::model::{Request, Target};
use iamrbac::query::ask::Piece;
use iamrbac::query::can_i::{Caller, Question, Verdict};
use iamrbac::query::everyone::{Entry, Everyone, Kind};
use iamrbac::query::who_can::{WhoCan, who_can};

fn requests() -> Vec<Request> {
    let mut requests = vec![request("get", "", "/healthz", "", ""), request("get", "", "/apis", "", "")];
    for namespace in NAMESPACES {
        for (verb, group, resource, name) in [
            ("get", "", "pods", ""),
            ("list", "", "secrets", "x"),
            ("get", "", "pods/log", ""),
            ("update", "apps", "deployments/scale", ""),
            ("use", "example.com", "widgets", ""),
        ] {
            requests.push(request(verb, group, resource, name, namespace));
        }
    }
    requests
}

/// Whether a condition of a family holds for a caller with this session, and with the empty access key.
fn holds(when: &When, session: &str, arn: &str) -> bool {
    let is = |condition: &Option<Condition>, text: &str| match condition {
        None => true,
        Some(Condition::Is(known)) => known == text,
        Some(Condition::IsNot(out)) => !out.iter().any(|other| other == text),
    };
    when.sessions.as_ref().is_none_or(|sessions| sessions.contains(session))
        && is(&when.access_key, "")
        && is(&when.principal, arn)
}

/// What who-can says of a concrete caller; none if chance decides, or what the case does not tell.
fn says(answer: &WhoCan<'_>, everyone: &Everyone<'_>, caller: &Principal, session: &str) -> Option<bool> {
    let Some(entry) = entry_of(everyone, caller) else { return Some(false) };
    let Some(row) = answer.rows.iter().find(|row| row.entry == entry) else { return Some(false) };
    of_pieces(&row.pieces, caller, session)
}

/// The entry that a caller is one of.
pub fn entry_of<'e>(everyone: &'e Everyone<'_>, caller: &Principal) -> Option<&'e Entry> {
    let of =
        |name: &str| everyone.entries.iter().find(|entry| entry.principal().is_some() && entry.name == name);
    let mapped = everyone.entries.iter().find(|entry| {
        matches!(entry.kind, Kind::Role | Kind::User) && folded(&entry.name) == folded(&caller.canonical)
    });
    // those let in by their account are told apart by letter case, those that are mapped are not
    let entry = of(&caller.canonical).or_else(|| mapped.filter(|entry| is_mapped(entry, everyone)));
    entry.or_else(|| of(&caller.account))
}

/// What the pieces of an entry say of one of its callers; none if chance decides, or what they do not tell.
pub fn of_pieces(pieces: &[Piece<'_>], caller: &Principal, session: &str) -> Option<bool> {
    let mut fitting =
        pieces.iter().filter(|piece| piece.when().any(|when| holds(when, session, &caller.canonical)));
    let first = fitting.next()?;
    let same = fitting.all(|piece| piece.is_allowed() == first.is_allowed());
    same.then(|| first.is_allowed())
}

/// The request of a question of the corpus.
pub fn request_of(ask: &Value) -> Request {
    let text = |field: &str| ask[field].as_str().unwrap_or_default();
    if let Some(path) = ask["path"].as_str() {
        return Request { verb: text("verb").into(), target: Target::Url(path.into()) };
    }
    let mut request = request(text("verb"), text("apiGroup"), "x", text("name"), text("namespace"));
    if let Target::Resource(target) = &mut request.target {
        target.resource = text("resource").into();
        target.subresource = text("subresource").into();
    }
    request
}

/// The cases of a part of the corpus, loaded, each with its path and its questions.
pub fn corpus_cases(name: &str) -> Vec<(String, Loaded, Vec<Value>)> {
    let Some(directory) = corpus(name) else { return Vec::new() };
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let json = paths.into_iter().filter(|path| path.extension().is_some_and(|found| found == "json"));
    json.map(|path| {
        let case: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let files = case["files"].as_object().unwrap();
        let mut texts: Vec<(&str, String)> =
            files.iter().map(|(name, text)| (name.as_str(), text.as_str().unwrap().to_owned())).collect();
        texts.sort();
        let loaded = loaded(texts, Some(Version::newest()));
        (path.display().to_string(), loaded, case["cases"].as_array().unwrap().clone())
    })
    .collect()
}

fn is_mapped(entry: &iamrbac::query::everyone::Entry, everyone: &Everyone<'_>) -> bool {
    let names = iamrbac::query::everyone::Names::default();
    let cases = everyone.cases(entry, &names);
    cases.iter().any(|case| case.outcome.as_ref().map_or(true, |identity| identity.mapping().is_some()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// An entry is listed exactly where can-i does not say no, with can-i's verdict; and a family's answer for a session
    /// is can-i's for that session.
    #[test]
    fn agrees_with_can_i(files in files()) {
        let loaded = loaded(files, None);
        let policy = Policy::new(&loaded.cluster);
        let everyone = Everyone::of(&policy);
        for request in requests() {
            let answer = who_can(&loaded, &policy, &everyone, &request, |_| true);
            for entry in &everyone.entries {
                let row = answer.rows.iter().find(|row| row.entry == entry);
                let listed = row.map_or(Verdict::Deny, |row| row.verdict);
                let question = question(entry, &request);
                let expected = can_i(&loaded, &policy, &question);
                // can-i for an account tells those apart that have entries of their own here
                let expected = if entry.kind == Kind::Account {
                    let others = expected.cases.iter().find(|case| {
                        case.when.iter().any(|when| matches!(when.principal, Some(Condition::IsNot(_))))
                    });
                    if others.unwrap().is_allowed() { Verdict::Allow } else { Verdict::Deny }
                } else {
                    expected.verdict
                };
                prop_assert_eq!(listed, expected, "{:?} {:?}", entry, request);
                let Some(principal) = entry.principal().filter(|_| entry.kind == Kind::Role) else { continue };
                for session in SESSIONS {
                    let mut concrete = Principal::from_arn(&principal.canonical, Some(session)).unwrap();
                    concrete.access_key = Some(String::new());
                    let said = says(&answer, &everyone, &concrete, session);
                    let question = Question {
                        caller: Caller::Principal(Box::new(concrete)),
                        impersonation: None,
                        request: request.clone(),
                        all_chains: false,
                    };
                    let expected = can_i(&loaded, &policy, &question);
                    if let Some(said) = said && expected.verdict != Verdict::Depends {
                        prop_assert_eq!(said, expected.verdict == Verdict::Allow, "{} {:?}", session, entry);
                    }
                }
            }
        }
    }
}

/// Every question of the corpus, asked the other way round.
fn run_corpus(name: &str) {
    let (mut asked, mut skipped) = (0, 0);
    let cases = corpus_cases(name);
    for (path, loaded, questions) in &cases {
        let policy = Policy::new(&loaded.cluster);
        let everyone = Everyone::of(&policy);
        for case in questions {
            let (ask, expected) = (&case["ask"], case["expect"]["decision"] == "allow");
            let request = request_of(ask);
            let answer = who_can(loaded, &policy, &everyone, &request, |_| true);
            let said = match ask["arn"].as_str() {
                Some(arn) => match Principal::from_arn(arn, ask["session"].as_str()) {
                    Err(_) => Some(false),
                    Ok(principal) => {
                        let session = principal.session.known().unwrap_or_default().to_owned();
                        says(&answer, &everyone, &principal, &session)
                    }
                },
                None => of_user(&answer, &policy, &everyone, ask),
            };
            match said {
                Some(said) => {
                    asked += 1;
                    assert_eq!(said, expected, "{path}: {ask}");
                }
                None => skipped += 1,
            }
        }
    }
    assert!(cases.is_empty() || (asked > 50 && skipped * 20 < asked), "{asked} asked, {skipped} skipped");
}

/// A plain user may what its username or one of its groups may; none where a name is a mapped principal's and so has
/// no entry of its own.
fn of_user(answer: &WhoCan<'_>, policy: &Policy<'_>, everyone: &Everyone<'_>, ask: &Value) -> Option<bool> {
    let user = ask["user"].as_str().unwrap();
    let groups: Vec<&str> = ask["groups"]
        .as_array()
        .map(|groups| groups.iter().map(|group| group.as_str().unwrap()).collect())
        .unwrap_or_default();
    let allowed = answer.rows.iter().any(|row| match row.entry.given() {
        Some((Some(username), _)) if username == user => row.entry.kind != Kind::KubernetesGroup,
        _ => row.entry.kind == Kind::KubernetesGroup && groups.contains(&row.entry.name.as_str()),
    });
    let of_everyone = !groups.contains(&"system:unauthenticated") && user != "system:anonymous";
    let everyone_may = answer.rows.iter().any(|row| row.entry.name == "system:authenticated");
    if allowed || (of_everyone && everyone_may) {
        return Some(true);
    }
    // names that a mapping leads to have no entry of their own
    let has_entry = |name: &str, is_user: bool| {
        everyone.entries.iter().any(|entry| {
            entry.given().is_some_and(
                |(username, _)| if is_user { username == Some(name) } else { entry.name == name },
            )
        })
    };
    let is_told = policy.usernames().all(|name| name != user || has_entry(user, true))
        && policy.groups().all(|name| !groups.contains(&name) || has_entry(name, false));
    is_told.then_some(false)
}

#[test]
fn the_random_corpus_asked_the_other_way_round() {
    run_corpus("random");
}

#[test]
fn the_edge_corpus_asked_the_other_way_round() {
    run_corpus("edge");
}

const EXAMPLE: &str = "examples/clusters/02-session-names";

fn ask(arguments: &[&str]) -> crate::harness::Run {
    run_in(&root().join(EXAMPLE), arguments, b"")
}

#[test]
fn a_family_is_listed_with_its_sessions() {
    let document = ask(&["who-can", "get", "secrets", "-n", "prod", "-f", "trap", "-o", "json"]).json();
    assert_eq!(document["schema"], "iamrbac/who-can/v1");
    let rows = document["principals"].as_array().unwrap();
    let of = |name: &str| rows.iter().find(|row| row["principal"].as_str().unwrap().ends_with(name)).unwrap();
    let developer = of("role/eks-developer");
    assert_eq!(developer["decision"], "depends");
    assert_eq!(developer["sessionChosenByCaller"], true);
    let allowed: Vec<&Value> =
        developer["cases"].as_array().unwrap().iter().filter(|case| case["decision"] == "allow").collect();
    assert_eq!(allowed[0]["sessions"][0], "alice");
    assert_eq!(allowed[0]["username"], "dev:alice");
    assert_eq!(allowed[1]["sessions"][0], "ann[@-]corp.example");
    assert_eq!(developer["binding"], "RoleBinding prod/on-call");
    assert_eq!(developer["namespaces"][0], "prod");
    let place = &developer["chain"].as_array().unwrap().last().unwrap()["place"];
    assert_eq!((place["file"].as_str(), place["line"].as_u64()), (Some("trap/rbac.yaml"), Some(42)));
    assert_eq!(of("role/auditor")["mappedBy"], "mapAccounts");
    assert_eq!(of("system:masters")["mark"], "privileged");
    assert_eq!(of("oidc:dora")["mark"], "unmapped");
    assert_eq!(of("argocd/argocd")["kind"], "serviceaccount");
    assert!(rows.iter().all(|row| row["kind"] != "account"), "nobody else of the account may");
}

#[test]
fn filters_by_kind_and_arn() {
    let names = |arguments: &[&str]| -> Vec<String> {
        let mut all = vec!["who-can", "get", "secrets", "-n", "prod", "-f", "trap", "-o", "json"];
        all.extend(arguments);
        let document = ask(&all).json();
        let rows = document["principals"].as_array().unwrap().clone();
        rows.iter().map(|row| row["principal"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&["--arn", "*:444455556666:*"]), ["arn:aws:iam::444455556666:role/auditor"]);
    assert_eq!(names(&["--kind", "user"]), ["arn:aws:iam::111122223333:user/ci"]);
    assert_eq!(names(&["--kind", "kubernetes", "--arn", "*"]), Vec::<String>::new());
    assert_eq!(names(&["--kind", "serviceaccount"]).len(), 3);
}

#[test]
fn all_namespaces_tells_who_can_in_some() {
    let document =
        ask(&["who-can", "create", "pods", "--subresource", "exec", "-A", "-f", "trap", "-o", "json"]).json();
    let some = document["onlyInNamespaces"].as_array().unwrap();
    let developer = some.iter().find(|row| row["principal"].as_str().unwrap().ends_with("eks-developer"));
    assert_eq!(developer.unwrap()["namespaces"][0], "prod");
}

#[test]
fn gaps_are_listed_and_exit_2() {
    let world = Directory::new().with(
        "a.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: {{ x }}\n",
    );
    let run = world.run(&["who-can", "get", "pods"]);
    assert_eq!(run.status, 2);
    assert!(run.stdout.contains("gaps, unread input"), "{}", run.stdout);
    assert!(run.stdout.contains("(incomplete: see below)"), "{}", run.stdout);
    assert_eq!(world.run(&["who-can", "get", "pods", "--keep-going"]).status, 0);
    assert_eq!(world.run(&["who-can", "get"]).status, 2);
    assert_eq!(world.run(&["who-can", "get", "nonsense", "--keep-going"]).status, 2);
}

#[test]
fn names_cannot_act_on_a_terminal() {
    let world = Directory::new().with(
        "a.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: \"evil\\e[2J\\u202egroup\"}]\n",
    );
    for width in ["80", "140"] {
        let run = world.run(&["who-can", "list", "pods", "-A", "--width", width]);
        assert!(run.stdout.contains("evil"), "{}", run.stdout);
        assert!(!run.stdout.contains(['\u{1b}', '\u{202e}']), "{}", run.stdout);
    }
}

#[test]
fn tables_keep_to_their_width() {
    for width in [60, 80, 110, 160] {
        let run = ask(&[
            "who-can",
            "get",
            "secrets",
            "-n",
            "prod",
            "-f",
            "trap",
            "--all",
            "--width",
            &width.to_string(),
        ]);
        for line in run.stdout.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}
