//! Laws of `diff` over random clusters, the example's comment, revisions, and what the command refuses.

use std::fmt::Write as _;
use std::fs;

use iamrbac::access::Policy;
use iamrbac::access::access_policy::is_within;
use iamrbac::access::matching::admits;
use iamrbac::identity::{AUTHENTICATED, Principal};
use iamrbac::manifest::{Loaded, Loader, Options};
use iamrbac::model::{Namespace, Request, ResourceTarget, Rule, Target};
use iamrbac::query::can_i::{Caller, Question, Verdict, answer};
use iamrbac::query::diff::{Change, Difference, Holder, Side, compare};
use iamrbac::query::everyone::{Kind, Who};
use proptest::prelude::*;

use crate::harness::{Directory, git, root};

/// A cluster in a few numbers, written as manifests.
#[derive(Clone, Debug)]
struct Draft {
    roles: Vec<(bool, bool, Vec<DraftRule>)>,
    bindings: Vec<(usize, usize, Vec<usize>)>,
    mappings: Vec<(usize, usize, Vec<usize>)>,
    entries: Vec<DraftEntry>,
}

/// An access entry: principal, username, groups, and policies each with its scope.
type DraftEntry = (usize, usize, Vec<usize>, Vec<(usize, usize)>);

#[derive(Clone, Debug)]
struct DraftRule {
    verbs: Vec<usize>,
    groups: Vec<usize>,
    resources: Vec<usize>,
    names: Vec<usize>,
    urls: Vec<usize>,
}

const VERBS: [&str; 4] = ["get", "list", "create", "*"];
const GROUPS: [&str; 3] = ["", "apps", "*"];
const RESOURCES: [&str; 6] = ["pods", "pods/log", "*/log", "secrets", "pods/*", "*"];
const NAMES: [&str; 2] = ["a", "b"];
const URLS: [&str; 6] = ["/a", "/a/*", "/a*", "/a/b", "*", "/c**"];
const NAMESPACES: [&str; 2] = ["n1", "n2"];
const SUBJECTS: [(&str, &str); 8] = [
    ("User", "u1"),
    ("User", "dev:alice"),
    ("User", "a-b"),
    ("Group", "g1"),
    ("Group", "team-alice"),
    ("Group", "system:authenticated"),
    ("Group", "system:masters"),
    ("ServiceAccount", "robot"),
];
const ROLE_ARNS: [&str; 3] = [
    "arn:aws:iam::111122223333:role/one",
    "arn:aws:iam::111122223333:role/two",
    "arn:aws:iam::111122223333:role/three",
];
const USERNAMES: [&str; 4] = ["u1", "dev:{{SessionName}}", "{{SessionNameRaw}}", "{{SessionName}}"];
const MAPPED_GROUPS: [&str; 4] = ["g1", "team-{{SessionName}}", "system:masters", "system:unauthenticated"];
const ENTRY_USERNAMES: [&str; 3] = ["", "u1", "dev:{{SessionName}}"];
/// The last one is not published.
const POLICIES: [&str; 4] =
    ["AmazonEKSViewPolicy", "AmazonEKSEditPolicy", "AmazonEKSClusterAdminPolicy", "AmazonEKSUnheardOfPolicy"];
const SCOPES: [&str; 4] = [
    r#"{"type": "cluster"}"#,
    r#"{"type": "namespace", "namespaces": ["n1"]}"#,
    r#"{"type": "namespace", "namespaces": ["n*"]}"#,
    r#"{"type": "namespace", "namespaces": ["n1", "x-*"]}"#,
];
const SESSIONS: [&str; 4] = ["alice", "a@b", "a-b", "carol"];

fn some(of: usize, most: usize) -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..of, 0..=most)
}

fn draft() -> impl Strategy<Value = Draft> {
    let rule = (
        some(VERBS.len(), 2),
        some(GROUPS.len(), 2),
        some(RESOURCES.len(), 3),
        prop_oneof![3 => Just(Vec::new()), 1 => some(NAMES.len(), 2)],
        prop_oneof![3 => Just(Vec::new()), 1 => some(URLS.len(), 2)],
    )
        .prop_map(|(verbs, groups, resources, names, urls)| DraftRule {
            verbs,
            groups,
            resources,
            names,
            urls,
        });
    let role = (any::<bool>(), any::<bool>(), prop::collection::vec(rule, 0..3));
    let binding = (0..6_usize, 0..3_usize, some(SUBJECTS.len(), 2));
    let mapping = (0..ROLE_ARNS.len(), 0..USERNAMES.len(), some(MAPPED_GROUPS.len(), 2));
    let policy = (prop_oneof![9 => 0..3_usize, 1 => Just(3)], 0..SCOPES.len());
    let entry =
        (0..ROLE_ARNS.len(), 0..ENTRY_USERNAMES.len(), some(2, 1), prop::collection::vec(policy, 0..3));
    (
        prop::collection::vec(role, 1..4),
        prop::collection::vec(binding, 0..5),
        prop::collection::vec(mapping, 0..3),
        prop_oneof![1 => Just(Vec::new()), 1 => prop::collection::vec(entry, 0..3)],
    )
        .prop_map(|(roles, bindings, mappings, entries)| Draft { roles, bindings, mappings, entries })
}

fn list(texts: &[&str], chosen: &[usize]) -> String {
    let chosen: Vec<String> = chosen.iter().map(|&one| format!("{:?}", texts[one])).collect();
    format!("[{}]", chosen.join(", "))
}

impl Draft {
    fn yaml(&self) -> String {
        let mut out = String::new();
        for (number, (labelled, aggregated, rules)) in self.roles.iter().enumerate() {
            let _ = write!(
                out,
                "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: r{number}\n"
            );
            if *labelled {
                out.push_str("  labels: {collect: \"true\"}\n");
            }
            if *aggregated && number == 0 {
                out.push_str(
                    "aggregationRule: {clusterRoleSelectors: [{matchLabels: {collect: \"true\"}}]}\n",
                );
            }
            out.push_str("rules:\n");
            for rule in rules {
                if rule.urls.is_empty() {
                    let _ = writeln!(
                        out,
                        "- {{verbs: {}, apiGroups: {}, resources: {}, resourceNames: {}}}",
                        list(&VERBS, &rule.verbs),
                        list(&GROUPS, &rule.groups),
                        list(&RESOURCES, &rule.resources),
                        list(&NAMES, &rule.names)
                    );
                } else {
                    let (verbs, urls) = (list(&VERBS, &rule.verbs), list(&URLS, &rule.urls));
                    let _ = writeln!(out, "- {{verbs: {verbs}, nonResourceURLs: {urls}}}");
                }
            }
        }
        for (number, (role, place, subjects)) in self.bindings.iter().enumerate() {
            let (kind, namespace) = match NAMESPACES.get(*place) {
                Some(namespace) => ("RoleBinding", format!(", namespace: {namespace}")),
                None => ("ClusterRoleBinding", String::new()),
            };
            let _ = write!(
                out,
                "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: b{number}{namespace}}}\n\
                 roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r{role}}}\nsubjects:\n"
            );
            for &subject in subjects {
                let (kind, name) = SUBJECTS[subject];
                let namespace = if kind == "ServiceAccount" { ", namespace: n1" } else { "" };
                let _ = writeln!(out, "- {{kind: {kind}, name: {name:?}{namespace}}}");
            }
        }
        out.push_str("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata:\n  mapAccounts: |\n    - \"444455556666\"\n  mapRoles: |\n    []\n");
        if !self.mappings.is_empty() {
            out.truncate(out.len() - "    []\n".len());
        }
        for (arn, username, groups) in &self.mappings {
            let _ = writeln!(
                out,
                "    - {{rolearn: {:?}, username: {:?}, groups: {}}}",
                ROLE_ARNS[*arn],
                USERNAMES[*username],
                list(&MAPPED_GROUPS, groups)
            );
        }
        out
    }

    /// What AWS answers about the access entries.
    fn replies(&self) -> Vec<String> {
        let mut replies = Vec::new();
        let mut seen = Vec::new();
        for (arn, username, groups, policies) in &self.entries {
            // a principal has one entry
            if seen.contains(arn) {
                continue;
            }
            seen.push(*arn);
            let (arn, username) = (ROLE_ARNS[*arn], ENTRY_USERNAMES[*username]);
            let username =
                if username.is_empty() { String::new() } else { format!(", \"username\": {username:?}") };
            let groups = list(&MAPPED_GROUPS, groups);
            replies.push(format!(
                "{{\"accessEntry\": {{\"clusterName\": \"c\", \"principalArn\": {arn:?}, \
                 \"kubernetesGroups\": {groups}, \"type\": \"STANDARD\"{username}}}}}"
            ));
            let policies: Vec<String> = policies
                .iter()
                .map(|&(policy, scope)| {
                    format!(
                        "{{\"policyArn\": \"arn:aws:eks::aws:cluster-access-policy/{}\", \"accessScope\": {}}}",
                        POLICIES[policy], SCOPES[scope]
                    )
                })
                .collect();
            replies.push(format!(
                "{{\"clusterName\": \"c\", \"principalArn\": {arn:?}, \"associatedAccessPolicies\": [{}]}}",
                policies.join(", ")
            ));
        }
        replies
    }

    fn load(&self) -> Loaded {
        let mut loader = Loader::new(Options { builtin: None, ..Options::default() });
        loader.add("cluster.yaml", self.yaml().into_bytes());
        for (number, entry) in self.replies().into_iter().enumerate() {
            loader.add(&format!("reply-{number}.json"), entry.into_bytes());
        }
        let loaded = loader.finish();
        assert!(loaded.gaps.is_empty(), "{:?}\n{}", loaded.gaps, self.yaml());
        loaded
    }
}

fn compared(a: &Loaded, b: &Loaded) -> Difference {
    let (before, after) = (Policy::new(&a.cluster), Policy::new(&b.cluster));
    compare(&Side { loaded: a, policy: &before }, &Side { loaded: b, policy: &after })
}

fn asked((loaded, policy): (&Loaded, &Policy<'_>), caller: &Caller, request: &Request) -> Verdict {
    let question =
        Question { caller: caller.clone(), impersonation: None, request: request.clone(), all_chains: false };
    answer(loaded, policy, &question).verdict
}

/// One caller for each kind of holder; of a family the first of each condition.
fn callers(holder: &Holder) -> Vec<Caller> {
    let user = |name: &str, groups: &[&str]| {
        vec![Caller::User {
            name: name.to_owned(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        }]
    };
    let name = &holder.who.name;
    match holder.who.kind {
        Kind::Role | Kind::User => {
            let sessions: Vec<Option<String>> = if holder.when.is_empty() {
                SESSIONS.iter().map(|session| Some((*session).to_owned())).chain([None]).collect()
            } else {
                let names = holder.when.iter().map(|when| when.sessions.as_ref().unwrap());
                names.map(|names| Some(names.representative().unwrap().to_string())).collect()
            };
            sessions
                .iter()
                .map(|session| {
                    Caller::Principal(boxed(Principal::from_arn(name, session.as_deref()).unwrap()))
                })
                .collect()
        }
        Kind::Account => {
            let arn = format!("arn:aws:iam::{name}:user/zoe");
            vec![Caller::Principal(boxed(Principal::from_arn(&arn, None).unwrap()))]
        }
        Kind::KubernetesGroup => user("nobody at all", &[name]),
        Kind::KubernetesUser => user(name, &[]),
        Kind::ServiceAccount => {
            let (namespace, account) = name.split_once('/').unwrap();
            user(
                &format!("system:serviceaccount:{namespace}:{account}"),
                &["system:serviceaccounts", &format!("system:serviceaccounts:{namespace}")],
            )
        }
    }
}

/// As `Caller` wants it.
fn boxed<T: From<Principal>>(principal: Principal) -> T {
    principal.into()
}

/// The namespace, or one that fits the pattern.
fn one_of(namespace: Option<&Namespace>) -> Namespace {
    namespace.map(|namespace| namespace.as_str().replace('*', "zz").as_str().into()).unwrap_or_default()
}

/// A request for each atom of a permission: a wildcard is asked with a name that occurs nowhere else.
fn requests(change: &Change, holder: &Holder) -> Vec<Request> {
    let rule = &change.permission;
    let concrete = |text: &str| if text == "*" { "zzz".to_owned() } else { text.to_owned() };
    let mut requests = Vec::new();
    for verb in &rule.verbs {
        let verb = concrete(verb.as_str());
        for url in &rule.urls {
            let path =
                url.as_str().strip_suffix('*').map_or(url.to_string(), |prefix| format!("{prefix}zzz"));
            requests.push(Request { verb: verb.as_str().into(), target: Target::Url(path.as_str().into()) });
        }
        for group in &rule.api_groups {
            for resource in &rule.resources {
                let (resource, subresource) = match resource.as_str().split_once('/') {
                    Some((resource, below)) => (concrete(resource), below.to_owned()),
                    None => (concrete(resource.as_str()), String::new()),
                };
                let names: Vec<&str> =
                    rule.resource_names.iter().map(iamrbac::model::ObjectName::as_str).collect();
                let names = if names.is_empty() { vec!["zzz"] } else { names };
                requests.extend(names.into_iter().map(|name| Request {
                    verb: verb.as_str().into(),
                    target: Target::Resource(ResourceTarget {
                        api_group: concrete(group.as_str()).as_str().into(),
                        resource: resource.as_str().into(),
                        subresource: subresource.as_str().into(),
                        name: name.into(),
                        namespace: one_of(holder.namespace.as_ref()),
                    }),
                }));
            }
        }
    }
    requests
}

/// What a difference says, without places.
fn told(changes: &[Change]) -> Vec<(Rule, Vec<String>)> {
    let holder = |holder: &Holder| format!("{} {:?} {:?}", holder.who, holder.namespace, holder.when);
    changes
        .iter()
        .map(|change| (change.permission.clone(), change.holders.iter().map(holder).collect()))
        .collect()
}

fn is_after_and_not_before(
    (from, to): (&Loaded, &Loaded),
    changes: &[Change],
    uncompared: &[(Who, String)],
) -> Result<(), TestCaseError> {
    let (policy_from, policy_to) = (Policy::new(&from.cluster), Policy::new(&to.cluster));
    let (from, to) = ((from, &policy_from), (to, &policy_to));
    for change in changes {
        prop_assert!(!change.holders.is_empty());
        prop_assert!(!change.chain.is_empty());
        // of whom not all is known it is said
        let is_known = |holder: &&Holder| uncompared.iter().all(|(who, _)| *who != holder.who);
        for holder in change.holders.iter().filter(is_known) {
            for request in requests(change, holder) {
                for caller in callers(holder) {
                    let (was, is) = (asked(from, &caller, &request), asked(to, &caller, &request));
                    let open = matches!(&caller, Caller::Principal(principal) if principal.session.known().is_none());
                    prop_assert_eq!(was, Verdict::Deny, "{:?} {:?} of {}", request, change, holder.who);
                    prop_assert!(
                        is == Verdict::Allow || (open && is == Verdict::Depends),
                        "{:?} {:?} of {}",
                        request,
                        change,
                        holder.who
                    );
                }
            }
        }
    }
    Ok(())
}

/// Everything that anybody of the universe may ask.
fn universe() -> Vec<(Who, Caller, Request)> {
    let mut callers: Vec<(Who, Caller)> = Vec::new();
    for arn in ROLE_ARNS {
        for session in SESSIONS {
            let caller = Caller::Principal(boxed(Principal::from_arn(arn, Some(session)).unwrap()));
            callers.push((Who { kind: Kind::Role, name: arn.into() }, caller));
        }
    }
    for (kind, name) in SUBJECTS {
        let (of, username, groups) = match kind {
            "User" => (Kind::KubernetesUser, name, Vec::new()),
            "Group" => (Kind::KubernetesGroup, "nobody at all", vec![name.to_owned()]),
            _ => continue,
        };
        let (who, name) = (Who { kind: of, name: name.to_owned() }, username.to_owned());
        callers.push((who, Caller::User { name, groups }));
    }
    let mut requests = Vec::new();
    for verb in ["get", "create", "odd"] {
        for path in ["/a", "/a/b", "/ac", "/c"] {
            requests.push(Request { verb: verb.into(), target: Target::Url(path.into()) });
        }
        for (resource, subresource) in [("pods", ""), ("pods", "log"), ("secrets", ""), ("jobs", "log")] {
            for name in ["", "a"] {
                for namespace in ["", "n1"] {
                    requests.push(Request {
                        verb: verb.into(),
                        target: Target::Resource(ResourceTarget {
                            api_group: "".into(),
                            resource: resource.into(),
                            subresource: subresource.into(),
                            name: name.into(),
                            namespace: namespace.into(),
                        }),
                    });
                }
            }
        }
    }
    let all = callers.iter().flat_map(|(who, caller)| {
        requests.iter().map(move |request| (who.clone(), caller.clone(), request.clone()))
    });
    all.collect()
}

/// Whether a difference tells that somebody gained a request.
fn tells(difference: &Difference, who: &Who, request: &Request) -> bool {
    let by_door = difference.entries.iter().any(|entry| entry.is_door() && entry.who == *who);
    let is_unknown = difference.uncompared.iter().any(|(unknown, _)| unknown == who);
    by_door
        || is_unknown
        || difference.gained.iter().any(|change| {
            admits(&change.permission, request).is_some()
                && change.holders.iter().any(|holder| {
                    let is_them = holder.who == *who
                        || (holder.who.kind == Kind::KubernetesGroup && holder.who.name == AUTHENTICATED)
                        // a user or group that a mapping makes is told of the principal
                        || (!who.is_of_aws() && holder.who.is_of_aws());
                    let there = holder.namespace.as_ref().is_none_or(|place| {
                        request.namespace().is_some_and(|namespace| is_within(namespace, place))
                    });
                    is_them && there
                })
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_differs_from_itself(draft in draft()) {
        let (a, b) = (draft.load(), draft.load());
        let difference = compared(&a, &b);
        prop_assert!(difference.is_empty());
        prop_assert!(difference.entries.is_empty() && difference.without_effect.is_empty());
        prop_assert!(difference.uncompared.is_empty());
    }

    #[test]
    fn the_way_back_is_the_mirror_image(a in draft(), b in draft()) {
        let (a, b) = (a.load(), b.load());
        let (there, back) = (compared(&a, &b), compared(&b, &a));
        prop_assert_eq!(told(&there.gained), told(&back.lost));
        prop_assert_eq!(told(&there.lost), told(&back.gained));
        let doors = |difference: &Difference| difference.entries.iter().filter(|entry| entry.is_door()).count();
        prop_assert_eq!(doors(&there), doors(&back));
    }

    #[test]
    fn what_is_gained_was_denied_and_is_allowed(a in draft(), b in draft()) {
        let (a, b) = (a.load(), b.load());
        let difference = compared(&a, &b);
        is_after_and_not_before((&a, &b), &difference.gained, &difference.uncompared)?;
        is_after_and_not_before((&b, &a), &difference.lost, &difference.uncompared)?;
    }

    #[test]
    fn nothing_that_is_gained_is_left_out(a in draft(), b in draft()) {
        let (a, b) = (a.load(), b.load());
        let difference = compared(&a, &b);
        let (policy_a, policy_b) = (Policy::new(&a.cluster), Policy::new(&b.cluster));
        for (who, caller, request) in universe() {
            let was = asked((&a, &policy_a), &caller, &request);
            if was == Verdict::Deny && asked((&b, &policy_b), &caller, &request) == Verdict::Allow {
                prop_assert!(tells(&difference, &who, &request), "{} {:?}\n{:#?}", who, request, difference.gained);
            }
        }
    }
}

const EXAMPLE: &str = "examples/clusters/05-review-a-change";

#[test]
fn the_comment_of_the_example_is_the_one_that_is_kept() {
    let run =
        crate::harness::run_in(&root().join(EXAMPLE), &["diff", "before", "after", "-o", "markdown"], b"");
    assert_eq!(run.status, 1);
    let path = root().join(EXAMPLE).join("comment.md");
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(&path, &run.stdout).unwrap();
    }
    assert_eq!(run.stdout, fs::read_to_string(&path).unwrap(), "run with UPDATE_DOCUMENTS=1 and look");
}

#[test]
fn the_json_of_the_example() {
    let run = crate::harness::run_in(&root().join(EXAMPLE), &["diff", "before", "after", "-o", "json"], b"");
    let json = run.json();
    assert_eq!(json["schema"], "iamrbac/diff/v1");
    assert_eq!((json["changed"].as_bool(), json["complete"].as_bool()), (Some(true), Some(true)));
    let gained = json["gained"].as_array().unwrap();
    assert_eq!(gained[0]["dangers"][0]["code"], "access-pod-exec");
    assert_eq!(gained[0]["holders"][0]["sessions"][0], "alice");
    assert_eq!(gained[0]["holders"][0]["namespace"], "team-a");
    assert_eq!(gained[1]["permission"]["resources"][0], "secrets");
    let rule = gained[1]["chain"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (rule["differs"].as_bool(), rule["place"]["file"].as_str()),
        (Some(true), Some("after/backup-operator.yaml"))
    );
    assert_eq!(json["lost"][0]["permission"]["verbs"], serde_json::json!(["create", "update"]));
    assert_eq!(json["withoutEffect"][0]["happened"], "renamed");
    assert_eq!(json["entries"][0]["name"], "arn:aws:iam::111122223333:role/eks-contractor");
}

#[test]
fn what_fails_is_what_was_asked_for() {
    let example = root().join(EXAMPLE);
    let status = |arguments: &[&str]| crate::harness::run_in(&example, arguments, b"").status;
    for (base, head, fail_on, expected) in [
        ("before", "after", "gained", 1),
        ("before", "after", "lost", 1),
        ("before", "after", "escalation", 1),
        ("before", "before", "any", 0),
        ("before/rbac.yaml", "before/aws-auth.yaml", "gained", 1),
    ] {
        assert_eq!(
            status(&["diff", base, head, "--fail-on", fail_on, "-q"]),
            expected,
            "{base} {head} {fail_on}"
        );
    }
    let directory = Directory::new()
        .with("a/r.yaml", role("[get]"))
        .with("b/r.yaml", role("[get, list]"))
        .with("c/r.yaml", "kind: Role\nmetadata: {name: [}\n");
    assert_eq!(directory.run(&["diff", "a", "b", "--fail-on", "lost"]).status, 0);
    assert_eq!(directory.run(&["diff", "a", "b", "--fail-on", "escalation"]).status, 0);
    assert_eq!(directory.run(&["diff", "b", "a", "--fail-on", "lost"]).status, 1);
    let unread = directory.run(&["diff", "a", "c"]);
    assert_eq!(unread.status, 2);
    assert!(unread.stdout.contains("incomplete") && unread.stderr.contains("c/r.yaml"), "{unread:?}");
    assert_eq!(directory.run(&["diff", "a", "c", "--keep-going"]).status, 1);
}

/// Of the sessions that are left out some are told, and how many more.
#[test]
fn sessions_that_are_left_out() {
    let mapped = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\n\
        data: {mapRoles: '[{rolearn: \"arn:aws:iam::111122223333:role/dev\", username: \"dev:{{SessionName}}\", groups: [devs]}]'}\n";
    let bound = |subjects: &[String]| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: b}}\n\
            roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}}\nsubjects: [{}]\n",
            subjects.join(", ")
        )
    };
    let user =
        |number: usize| format!("{{apiGroup: rbac.authorization.k8s.io, kind: User, name: 'dev:u{number}'}}");
    let group = "{apiGroup: rbac.authorization.k8s.io, kind: Group, name: devs}".to_owned();
    for (users, told) in
        [(2, "any session name but u1, u2"), (9, "any session name but u1, u2, u3, u4, u5, u6 and 3 more")]
    {
        let users: Vec<String> = (1..=users).map(user).collect();
        let run = Directory::new()
            .with("before/a.yaml", mapped)
            .with("before/b.yaml", bound(&users))
            .with("after/a.yaml", mapped)
            .with("after/b.yaml", bound(std::slice::from_ref(&group)))
            .run(&["diff", "before", "after", "-o", "markdown"]);
        assert!(run.stdout.contains(told), "{told} in {}", run.stdout);
    }
}

fn role(verbs: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: r, namespace: ns}}\n\
         rules: [{{apiGroups: [''], resources: [pods], verbs: {verbs}}}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: b, namespace: ns}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}}\n\
         subjects: [{{kind: User, name: ana}}]\n"
    )
}

fn repository() -> Directory {
    let directory = Directory::new().with("deploy/r.yaml", role("[get]")).with("other/x.yaml", role("['*']"));
    git(directory.path(), &["init", "-q"]);
    git(directory.path(), &["add", "."]);
    git(directory.path(), &["commit", "-qm", "one"]);
    directory.with("deploy/r.yaml", role("[get, list]"))
}

#[test]
fn a_revision_is_read_without_touching_the_checkout() {
    let directory = repository();
    let run = directory.run(&["diff", "main", "-f", "deploy"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.stdout.contains("+ list on pods (core), in namespace ns"), "{run:?}");
    assert!(run.stdout.contains("deploy/r.yaml:4"), "{run:?}");
    git(directory.path(), &["commit", "-qam", "two"]);
    let run = directory.run(&["diff", "HEAD", "HEAD~1", "-f", "deploy"]);
    assert!(
        run.stdout.contains("- list on pods (core)") && run.stdout.contains("HEAD:./deploy/r.yaml:4"),
        "{run:?}"
    );
    assert_eq!(directory.run(&["diff", "HEAD", "-f", "deploy"]).status, 0);
    // from below the top, and from above the working directory
    let below =
        crate::harness::run_in(&directory.path().join("deploy"), &["diff", "HEAD~1", "-f", "../deploy"], b"");
    assert_eq!(below.status, 1, "{below:?}");
    let absolute = directory.path().canonicalize().unwrap().join("deploy");
    assert_eq!(directory.run(&["diff", "HEAD~1", "-f", absolute.to_str().unwrap()]).status, 1);
    let none = directory.run(&["diff", "HEAD", "HEAD~1", "-f", "nowhere"]);
    assert_eq!((none.status, none.stdout.as_str()), (2, ""), "{none:?}");
}

#[test]
fn what_is_a_path_and_a_revision_is_the_path() {
    let directory = repository().with("main/r.yaml", role("[get, list]"));
    assert_eq!(directory.run(&["diff", "main", "deploy"]).status, 0);
}

#[test]
fn a_revision_cannot_be_an_option_nor_run_anything() {
    let directory = repository();
    for name in ["--output=evil", "-h", "--upload-pack=touch evil"] {
        let run = directory.run(&["diff", "--", name, "deploy"]);
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains("cannot be a revision"), "{run:?}");
    }
    let run = directory.run(&["diff", "nothing-of-this-name", "deploy"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("neither a path nor a revision"), "{run:?}");
    for (key, value) in [
        ("core.fsmonitor", "touch evil"),
        ("core.pager", "touch evil"),
        ("core.sshCommand", "touch evil"),
        ("filter.x.smudge", "touch evil"),
        ("alias.ls-tree", "!touch evil"),
        ("diff.external", "touch evil"),
    ] {
        git(directory.path(), &["config", key, value]);
    }
    fs::write(directory.path().join(".gitattributes"), "* filter=x\n").unwrap();
    assert_eq!(directory.run(&["diff", "main", "-f", "deploy"]).status, 1);
    assert!(!directory.path().join("evil").exists());
}

#[cfg(unix)]
#[test]
fn links_and_odd_names_of_a_revision() {
    let directory =
        Directory::new().with("d/real.txt", role("[get]")).with("d/new\nline ☃.yaml", role("[get]"));
    std::os::unix::fs::symlink("real.txt", directory.path().join("d/link.yaml")).unwrap();
    git(directory.path(), &["init", "-q"]);
    git(directory.path(), &["add", "."]);
    git(directory.path(), &["commit", "-qm", "one"]);
    let run = directory.run(&["diff", "HEAD", "-f", "d"]);
    assert_eq!(run.status, 0, "{run:?}");
    fs::remove_file(directory.path().join("d/new\nline ☃.yaml")).unwrap();
    let run = directory.run(&["diff", "HEAD", "-f", "d"]);
    assert_eq!(run.status, 0, "the link says the same: {run:?}");
    fs::remove_file(directory.path().join("d/link.yaml")).unwrap();
    assert_eq!(directory.run(&["diff", "HEAD", "d/real.txt"]).status, 0, "given outright, it is read");
    std::os::unix::fs::symlink("/etc/passwd", directory.path().join("d/outside.yaml")).unwrap();
    git(directory.path(), &["add", "."]);
    git(directory.path(), &["commit", "-qm", "two"]);
    let run = directory.run(&["diff", "HEAD", "-f", "d"]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains("d/outside.yaml` could not be read: a link that leads out"), "{run:?}");
}

#[test]
fn both_sides_from_one_standard_input_is_refused() {
    let directory = Directory::new().with("a/r.yaml", role("[get]"));
    assert_eq!(directory.run(&["diff", "-", "-"]).status, 2);
    assert_eq!(directory.run(&["diff", "a", "a", "-f", "a"]).status, 2);
    let run = directory.run_with_input(&["diff", "-", "a"], role("[get]").as_bytes());
    assert_eq!(run.status, 0, "{run:?}");
}

#[test]
fn a_comment_is_never_longer_than_github_takes() {
    let many = |verb: &str| {
        let mut out = String::new();
        for number in 0..400 {
            let text = role(verb).replace("name: r", &format!("name: r{number}"));
            let text = text.replace("name: b", &format!("name: b{number}"));
            let text = text.replace("name: ana", &format!("name: '{}{number}'", "long `name` | ".repeat(20)));
            let _ = writeln!(out, "{text}---");
        }
        out
    };
    let directory = Directory::new().with("a/r.yaml", many("[get]")).with("b/r.yaml", many("[get, list]"));
    let run = directory.run(&["diff", "a", "b", "-o", "markdown"]);
    assert!(run.stdout.len() < 65_536, "{}", run.stdout.len());
    assert!(run.stdout.contains("do not fit here"), "{}", run.stdout.get(..2000).unwrap());
}
