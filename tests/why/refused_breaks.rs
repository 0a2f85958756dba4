//! Bindings and roles that the API server refuses, as people write them.

use super::breaks::{Break, Expected, at};
use super::cluster::Subject;
use super::world::{AskKind, Mapped, Needs, Scope, Via, World};

const ANY: Needs = needs(AskKind::Any, Via::Any, Scope::Any);
const BY_GROUP: Needs = needs(AskKind::Any, Via::Group, Scope::Any);
const CLUSTER: Needs = needs(AskKind::Resource, Via::Any, Scope::Cluster);
const PLAIN: Needs = needs(AskKind::Resource, Via::Any, Scope::Any);
const URL: Needs = needs(AskKind::Url, Via::Any, Scope::Cluster);

const fn needs(ask: AskKind, via: Via, scope: Scope) -> Needs {
    Needs { ask, via, mapped: Mapped::Any, scope }
}

fn binding(world: &mut World) -> Expected {
    at(&world.own_binding().id())
}

fn edit_binding(world: &mut World, from: &str, to: &str) -> Expected {
    world.own_binding().edits.push((from.into(), to.into()));
    binding(world)
}

fn role(world: &mut World) -> Expected {
    at(&world.own_role().id())
}

fn edit_role(world: &mut World, from: &str, to: &str) -> Expected {
    world.own_role().edits.push((from.into(), to.into()));
    role(world)
}

/// The text of the subject that is the caller.
fn edit_subject(world: &mut World, change: impl Fn(&str) -> String) -> Expected {
    let own = world.own_subject().clone();
    let text = format!("- kind: {}\n  name: {:?}\n", own.kind, own.name);
    let changed = change(&text);
    assert_ne!(text, changed);
    edit_binding(world, &text, &changed)
}

pub const BREAKS: &[Break] = &[
    Break::new("object-refused", "a binding without apiVersion", ANY, |world, _| {
        edit_binding(world, "apiVersion: rbac.authorization.k8s.io/v1\n", "")
    }),
    Break::new("object-refused", "a binding of an unknown version", ANY, |world, _| {
        edit_binding(world, "k8s.io/v1\n", "k8s.io/v2\n")
    }),
    Break::new("object-refused", "a binding's kind in lower case", ANY, |world, _| {
        let kind = if world.own_binding().namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
        edit_binding(world, &format!("kind: {kind}"), &format!("kind: {}", kind.to_lowercase()))
    }),
    Break::new("object-refused", "a roleRef of no kind", ANY, |world, _| {
        let kind = world.own_binding().role_kind;
        edit_binding(world, &format!("  kind: {kind}\n"), "")
    }),
    Break::new("object-refused", "a roleRef's kind in lower case", ANY, |world, _| {
        let kind = world.own_binding().role_kind;
        edit_binding(world, &format!("  kind: {kind}\n"), &format!("  kind: {}\n", kind.to_lowercase()))
    }),
    Break::new("object-refused", "a ClusterRoleBinding to a Role", CLUSTER, |world, _| {
        edit_binding(world, "  kind: ClusterRole\n", "  kind: Role\n")
    }),
    Break::new("object-refused", "a roleRef without name", ANY, |world, _| {
        let name = world.own_binding().role.clone();
        edit_binding(world, &format!("  name: {name:?}\nsubjects"), "subjects")
    }),
    Break::new("object-refused", "a roleRef of another group", ANY, |world, _| {
        edit_binding(world, "apiGroup: rbac.authorization.k8s.io", "apiGroup: rbac.authorization.k8s.io/v1")
    }),
    Break::new("object-refused", "roleref", ANY, |world, _| edit_binding(world, "roleRef:", "roleref:")),
    Break::new("object-refused", "an unknown kind of subject", ANY, |world, _| {
        edit_subject(world, |text| text.replace("kind: ", "kind: Iam"))
    }),
    Break::new("object-refused", "a kind of subject in lower case", ANY, |world, _| {
        edit_subject(world, |text| {
            text.replace("kind: G", "kind: g").replace("kind: U", "kind: u").replace("kind: S", "kind: s")
        })
    }),
    Break::new("object-refused", "a subject without kind", ANY, |world, _| {
        let kind = world.own_subject().kind;
        edit_subject(world, |text| text.replace(&format!("kind: {kind}\n  "), ""))
    }),
    Break::new("object-refused", "a subject without name", ANY, |world, _| {
        let name = world.own_subject().name.clone();
        edit_subject(world, |text| text.replace(&format!("  name: {name:?}\n"), ""))
    }),
    Break::new("object-refused", "a subject's name is a number", ANY, |world, _| {
        let name = world.own_subject().name.clone();
        edit_subject(world, |text| text.replace(&format!("{name:?}"), "12345"))
    }),
    Break::new("object-refused", "a subject of a wrong group", BY_GROUP, |world, _| {
        let name = world.own_subject().name.clone();
        let wrong = |group: &str| format!("  name: {name:?}\n  apiGroup: {group}");
        edit_binding(world, &wrong("rbac.authorization.k8s.io"), &wrong("iam.amazonaws.com"))
    }),
    Break::new("object-refused", "subjects as an object", BY_GROUP, |world, _| {
        let name = world.own_subject().name.clone();
        world.own_binding().subjects = vec![Subject::group(&name)];
        edit_binding(world, "subjects:\n- kind: Group\n  name", "subjects:\n  kind: Group\n  name")
    }),
    Break::new("object-refused", "a binding without name", ANY, |world, _| {
        let name = world.own_binding().name.clone();
        edit_binding(world, &format!("metadata:\n  name: {name:?}\n"), "metadata:\n  labels: {}\n")
    }),
    Break::new("object-refused", "a label of a binding is a boolean", ANY, |world, _| {
        edit_binding(world, "metadata:\n", "metadata:\n  labels: {managed: true}\n")
    }),
    Break::new("object-refused", "a name with a slash", ANY, |world, _| {
        let name = world.own_binding().name.clone();
        edit_binding(
            world,
            &format!("metadata:\n  name: {name:?}"),
            &format!("metadata:\n  name: \"a/{name}\""),
        )
    }),
    Break::new("object-refused", "a role without apiVersion", ANY, |world, _| {
        edit_role(world, "apiVersion: rbac.authorization.k8s.io/v1\n", "")
    }),
    Break::new("object-refused", "a role's kind in upper case", ANY, |world, _| {
        let kind = if world.own_role().namespace.is_some() { "Role" } else { "ClusterRole" };
        edit_role(world, &format!("kind: {kind}"), &format!("kind: {}", kind.to_uppercase()))
    }),
    Break::new("object-refused", "verbs as a text", ANY, |world, _| {
        let verb = world.ask.verb.clone();
        world.own_rule().verbs = vec![verb.clone()];
        edit_role(world, &format!("verbs: [{verb:?}]"), &format!("verbs: {verb}"))
    }),
    Break::new("object-refused", "rules as an object", ANY, |world, _| {
        let own = world.own_rule().clone();
        world.own_role().rules = vec![own];
        edit_role(world, "rules:\n- ", "rules:\n  ")
    }),
    Break::new("object-refused", "no apiGroups", PLAIN, |world, _| {
        world.own_rule().groups.clear();
        role(world)
    }),
    Break::new("object-refused", "no verbs", ANY, |world, _| {
        world.own_rule().verbs.clear();
        role(world)
    }),
    Break::new("object-refused", "no resources", PLAIN, |world, _| {
        world.own_rule().resources.clear();
        role(world)
    }),
    Break::new("object-refused", "apigroups", PLAIN, |world, _| {
        let own = world.own_rule().clone();
        world.own_role().rules = vec![own];
        edit_role(world, "apiGroups:", "apigroups:")
    }),
    Break::new("object-refused", "Verbs", ANY, |world, _| {
        let own = world.own_rule().clone();
        world.own_role().rules = vec![own];
        edit_role(world, "verbs:", "Verbs:")
    }),
    Break::new("object-refused", "URLs beside resources", URL, |world, _| {
        world.own_rule().resources = vec!["pods".into()];
        role(world)
    }),
    Break::new("object-refused", "a boolean among the verbs", ANY, |world, _| {
        edit_role(world, "verbs: [", "verbs: [on, ")
    }),
    Break::new("object-refused", "a role's name is a number", ANY, |world, _| {
        let name = world.own_role().name.clone();
        edit_role(world, &format!("  name: {name:?}"), "  name: 123")
    }),
    Break::new("object-refused", "a role's label is a number", ANY, |world, _| {
        edit_role(world, "metadata:\n", "metadata:\n  labels: {tier: 1}\n")
    }),
];
