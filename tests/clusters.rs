//! Small random clusters: few names, so that they meet, in every form that tells callers apart.

use proptest::prelude::*;
use serde_json::{Value, json};

use iamrbac::access::Policy;
use iamrbac::manifest::{Loaded, Loader, Options};
use iamrbac::model::builtin::Version;
use iamrbac::model::{Request, ResourceTarget, Target};
use iamrbac::query::can_i::{Answer, Caller, Question, answer};
use iamrbac::query::everyone::Entry;

const ARNS: [&str; 7] = [
    "arn:aws:iam::111122223333:role/dev",
    "arn:aws:iam::111122223333:role/DEV",
    "arn:aws:iam::111122223333:role/team/pathed",
    "ARN:AWS:IAM::111122223333:ROLE/ops",
    "arn:aws:iam::111122223333:user/carol",
    "arn:aws:iam::111122223333:user/Carol",
    "arn:aws:iam::111122223333:root",
];
const TEMPLATES: [&str; 12] = [
    "plain",
    "",
    "dev:{{SessionName}}",
    "dev:{{SessionNameRaw}}",
    "{{SessionName}}:{{SessionNameRaw}}",
    "k:{{AccessKeyID}}",
    "system:node:{{EC2PrivateDNSName}}",
    "system:serviceaccount:apps:{{SessionName}}",
    "system:masters",
    "team",
    "t-{{SessionName}}",
    "system:anonymous",
];
const USERS: [&str; 12] = [
    "plain",
    "dev:ann-x",
    "dev:ann@x",
    "dev:bob",
    "ann-x:ann@x",
    "k:AKIA1",
    "system:node:ip-10-0-0-1",
    "system:serviceaccount:apps:bob",
    "system:anonymous",
    "arn:aws:iam::444455556666:role/auditor",
    "arn:aws:iam::111122223333:user/carol",
    "oidc:dora",
];
const GROUPS: [&str; 9] = [
    "team",
    "t-bob",
    "t-ann-x",
    "system:masters",
    "system:authenticated",
    "system:unauthenticated",
    "system:serviceaccounts",
    "system:serviceaccounts:apps",
    "others",
];
/// The session names to ask for.
pub const SESSIONS: [&str; 5] = ["ann-x", "ann@x", "bob", "nobody", "i-0123456789abcdef0"];
/// The namespaces to ask in; the empty one is cluster-wide.
pub const NAMESPACES: [&str; 3] = ["", "prod", "apps"];

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(from)
}

fn several(from: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(pick(from), 0..3)
}

fn rule() -> impl Strategy<Value = Value> {
    let resources = (
        prop::sample::subsequence(vec!["get", "list", "*", "use"], 1..3),
        prop::sample::subsequence(vec!["", "apps", "*", "example.com"], 1..3),
        prop::sample::subsequence(
            vec!["pods", "secrets", "*", "pods/log", "*/scale", "widgets", "namespaces", "nodes"],
            1..4,
        ),
        prop::collection::vec(pick(&["x", "prod"]), 0..2),
    )
        .prop_map(|(verbs, groups, resources, names)| {
            json!({"verbs": verbs, "apiGroups": groups, "resources": resources, "resourceNames": names})
        });
    let urls = prop::sample::subsequence(vec!["/healthz", "/api*", "*"], 1..2)
        .prop_map(|urls| json!({"verbs": ["get"], "nonResourceURLs": urls}));
    prop_oneof![4 => resources, 1 => urls]
}

fn subject() -> impl Strategy<Value = Value> {
    prop_oneof![
        pick(&USERS).prop_map(|name| json!({"kind": "User", "name": name})),
        pick(&GROUPS).prop_map(|name| json!({"kind": "Group", "name": name})),
        pick(&["bob", "sa"])
            .prop_map(|name| json!({"kind": "ServiceAccount", "name": name, "namespace": "apps"})),
    ]
}

fn aws_auth() -> impl Strategy<Value = Value> {
    let entries = |field: &'static str| {
        let entry = (pick(&ARNS), pick(&TEMPLATES), several(&TEMPLATES));
        let entry = entry.prop_map(
            move |(arn, username, groups)| json!({field: arn, "username": username, "groups": groups}),
        );
        prop::collection::vec(entry, 0..4)
    };
    let accounts = several(&["444455556666", "111122223333"]);
    (entries("rolearn"), entries("userarn"), accounts).prop_map(|(roles, users, accounts)| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            "data": {
                "mapRoles": json!(roles).to_string(),
                "mapUsers": json!(users).to_string(),
                "mapAccounts": json!(accounts).to_string(),
            },
        })
    })
}

/// The objects of a cluster as one list.
pub fn cluster() -> impl Strategy<Value = Value> {
    let api = "rbac.authorization.k8s.io/v1";
    let role = move |number: usize, (namespace, rules): (&str, Vec<Value>)| match namespace {
        "" => {
            json!({"apiVersion": api, "kind": "ClusterRole", "metadata": {"name": format!("r{number}")}, "rules": rules})
        }
        _ => json!({
            "apiVersion": api, "kind": "Role",
            "metadata": {"name": format!("r{number}"), "namespace": namespace},
            "rules": rules.into_iter().filter(|rule| rule.get("nonResourceURLs").is_none()).collect::<Vec<_>>(),
        }),
    };
    let binding = move |number: usize, (namespace, of, kind, subjects): (&str, usize, bool, Vec<Value>)| {
        let api_group = "rbac.authorization.k8s.io";
        let of = format!("r{of}");
        let mut metadata = json!({"name": format!("b{number}")});
        let (kind_of_binding, kind) = if namespace.is_empty() {
            ("ClusterRoleBinding", "ClusterRole")
        } else {
            metadata["namespace"] = json!(namespace);
            ("RoleBinding", if kind { "Role" } else { "ClusterRole" })
        };
        json!({
            "apiVersion": api, "kind": kind_of_binding, "metadata": metadata, "subjects": subjects,
            "roleRef": {"apiGroup": api_group, "kind": kind, "name": of},
        })
    };
    let roles = prop::collection::vec((pick(&NAMESPACES), prop::collection::vec(rule(), 0..3)), 1..5);
    let bindings = prop::collection::vec(
        (pick(&NAMESPACES), 0..5_usize, any::<bool>(), prop::collection::vec(subject(), 0..4)),
        0..7,
    );
    (aws_auth(), roles, bindings).prop_map(move |(aws_auth, roles, bindings)| {
        let roles = roles.into_iter().enumerate().map(|(number, of)| role(number, of));
        let bindings = bindings.into_iter().enumerate().map(|(number, of)| binding(number, of));
        let items: Vec<Value> = std::iter::once(aws_auth).chain(roles).chain(bindings).collect();
        json!({"apiVersion": "v1", "kind": "List", "items": items})
    })
}

/// Access entries, the policies that are associated with them, and the mode of a cluster, as the AWS CLI prints them.
fn access_entries() -> impl Strategy<Value = Vec<Value>> {
    let arns = &ARNS[..6];
    let entry =
        (prop::sample::select(arns), pick(&TEMPLATES), prop::collection::vec(pick(&GROUPS[..3]), 0..2));
    let entry = entry.prop_map(|(arn, username, groups)| {
        json!({"accessEntry": {
            "clusterName": "c", "principalArn": arn, "kubernetesGroups": groups, "type": "STANDARD",
            "username": username,
        }})
    });
    let scope = prop_oneof![
        Just(json!({"type": "cluster"})),
        Just(json!({"type": "namespace", "namespaces": ["prod"]})),
        Just(json!({"type": "namespace", "namespaces": ["ap*", "prod"]})),
    ];
    let policy = pick(&[
        "AmazonEKSViewPolicy",
        "AmazonEKSEditPolicy",
        "AmazonEKSClusterAdminPolicy",
        "AmazonEKSAdminViewPolicy",
        "AmazonEKSOfTomorrowPolicy",
    ]);
    let association = (prop::sample::select(arns), policy, scope).prop_map(|(arn, policy, scope)| {
        json!({"clusterName": "c", "principalArn": arn, "associatedAccessPolicies": [{
            "policyArn": format!("arn:aws:eks::aws:cluster-access-policy/{policy}"), "accessScope": scope,
        }]})
    });
    let mode = pick(&["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"]);
    let mode =
        mode.prop_map(|mode| json!({"cluster": {"name": "c", "accessConfig": {"authenticationMode": mode}}}));
    let lists = (prop::collection::vec(entry, 0..4), prop::collection::vec(association, 0..4), mode);
    lists.prop_map(|(entries, associations, mode)| {
        entries.into_iter().chain(associations).chain([mode]).collect()
    })
}

/// The files of a cluster; of every second one also what AWS knows of it.
pub fn files() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    (cluster(), prop::option::of(access_entries())).prop_map(|(objects, doors)| {
        let names = ["d0.json", "d1.json", "d2.json", "d3.json", "d4.json", "d5.json", "d6.json"];
        let doors = names.into_iter().zip(doors.unwrap_or_default());
        let doors = doors.map(|(name, door)| (name, door.to_string()));
        std::iter::once(("a.json", objects.to_string())).chain(doors).collect()
    })
}

/// Loads texts as a run would.
pub fn loaded<'t>(texts: impl IntoIterator<Item = (&'t str, String)>, builtin: Option<Version>) -> Loaded {
    let mut loader = Loader::new(Options { builtin, ..Options::default() });
    for (path, text) in texts {
        loader.add(path, text.into_bytes());
    }
    loader.finish()
}

/// A request, literal.
pub fn request(verb: &str, group: &str, resource: &str, name: &str, namespace: &str) -> Request {
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let target = if resource.is_empty() {
        Target::Url(subresource_path(subresource))
    } else {
        Target::Resource(ResourceTarget {
            api_group: group.into(),
            resource: resource.into(),
            subresource: subresource.into(),
            name: name.into(),
            namespace: namespace.into(),
        })
    };
    Request { verb: verb.into(), target }
}

fn subresource_path(rest: &str) -> iamrbac::model::UrlPath {
    format!("/{rest}").into()
}

/// The question of can-i for an entry.
pub fn question(entry: &Entry, request: &Request) -> Question {
    let caller = match (entry.principal(), entry.given()) {
        (Some(principal), _) => Caller::Principal(Box::new(principal.clone())),
        (None, Some((username, groups))) => Caller::User {
            name: username.unwrap_or("somebody in particular").to_owned(),
            groups: groups.into_iter().map(str::to_owned).collect(),
        },
        (None, None) => panic!("an entry is a principal or given"),
    };
    Question { caller, impersonation: None, request: request.clone(), all_chains: false }
}

/// What can-i says of an entry.
pub fn can_i<'p>(loaded: &'p Loaded, policy: &'p Policy<'p>, question: &'p Question) -> Answer<'p> {
    answer(loaded, policy, question)
}
