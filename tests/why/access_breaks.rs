//! One link broken on the way from the username to the rule.

use super::breaks::{Break, Expected, at};
use super::cluster::{Role, Subject};
use super::world::{AskKind, Mapped, Needs, Scope, Via, World};

const ANY: Needs = needs(AskKind::Any, Via::Any, Scope::Any);
const BY_GROUP: Needs = needs(AskKind::Any, Via::Group, Scope::Any);
const BY_USER: Needs = needs(AskKind::Any, Via::User, Scope::Any);
const BY_ACCOUNT: Needs = needs(AskKind::Any, Via::Account, Scope::Any);
const HERE: Needs = needs(AskKind::Any, Via::Any, Scope::Namespace);
const ROLE: Needs = needs(AskKind::Any, Via::Any, Scope::Role);
const CLUSTER_ROLE: Needs = needs(AskKind::Any, Via::Any, Scope::ClusterRoleHere);
const CLUSTER: Needs = needs(AskKind::Resource, Via::Any, Scope::Cluster);
const PLAIN: Needs = needs(AskKind::Resource, Via::Any, Scope::Any);
const GROUPED: Needs = needs(AskKind::Grouped, Via::Any, Scope::Any);
const SUBRESOURCE: Needs = needs(AskKind::Subresource, Via::Any, Scope::Any);
const NAMED: Needs = needs(AskKind::Named, Via::Any, Scope::Any);
const URL: Needs = needs(AskKind::Url, Via::Any, Scope::Cluster);
const ACT: Needs = needs(AskKind::Act, Via::Any, Scope::Cluster);
const TEMPLATE: Needs =
    Needs { ask: AskKind::Any, via: Via::User, mapped: Mapped::Template, scope: Scope::Any };
const ROLE_BY_USER: Needs =
    Needs { ask: AskKind::Any, via: Via::User, mapped: Mapped::Role, scope: Scope::Any };
const GIVEN: Needs = Needs { ask: AskKind::Any, via: Via::Group, mapped: Mapped::Given, scope: Scope::Any };

const fn needs(ask: AskKind, via: Via, scope: Scope) -> Needs {
    Needs { ask, via, mapped: Mapped::Any, scope }
}

fn binding(world: &mut World) -> Expected {
    at(&world.own_binding().id())
}

fn role(world: &mut World) -> Expected {
    at(&world.own_role().id())
}

fn subject(world: &mut World, change: impl FnOnce(&mut Subject)) -> Expected {
    change(world.own_subject());
    binding(world)
}

fn edit_binding(world: &mut World, from: &str, to: &str) -> Expected {
    world.own_binding().edits.push((from.into(), to.into()));
    binding(world)
}

fn swap(list: &mut [String], from: &str, to: &str) {
    let found = list.iter_mut().find(|item| *item == from).unwrap();
    to.clone_into(found);
}

fn without(list: &mut Vec<String>, item: &str) {
    list.retain(|known| known != item);
    assert!(!list.is_empty());
}

pub const BREAKS: &[Break] = &[
    Break::new("subject-near-miss", "a typo in a group", BY_GROUP, |world, random| {
        subject(world, |subject| subject.name = random.typo(&subject.name))
    }),
    Break::new("subject-near-miss", "a typo in a user", BY_USER, |world, random| {
        subject(world, |subject| subject.name = random.typo(&subject.name))
    }),
    Break::new("subject-near-miss", "a typo in a given group", GIVEN, |world, random| {
        subject(world, |subject| subject.name = random.typo(&subject.name))
    }),
    Break::new("subject-near-miss", "letter case", ANY, |world, _| {
        subject(world, |subject| {
            subject.name =
                if subject.kind == "ServiceAccount" { "bilder".into() } else { subject.name.to_uppercase() };
        })
    }),
    Break::new("subject-near-miss", "an underscore", BY_GROUP, |world, _| {
        subject(world, |subject| subject.name = subject.name.replace(':', "_"))
    }),
    Break::new("subject-near-miss", "the template", TEMPLATE, |world, _| {
        let template = world.own_entry().username.clone();
        subject(world, |subject| subject.name = template)
    }),
    Break::new("subject-near-miss", "the session as AWS has it", TEMPLATE, |world, _| {
        subject(world, |subject| subject.name = subject.name.replace("alice-example", "alice@example"))
    }),
    Break::new("subject-near-miss", "any session", TEMPLATE, |world, _| {
        subject(world, |subject| subject.name = subject.name.replace("alice-example.com", "*"))
    }),
    Break::new("subject-near-miss", "the ARN", ROLE_BY_USER, |world, _| {
        let arn = world.who.arn.clone();
        subject(world, |subject| subject.name = arn)
    }),
    Break::new("subject-near-miss", "the ARN of the session", ROLE_BY_USER, |world, _| {
        let arn = world.who.arn.replace(":iam:", ":sts:").replace("role/", "assumed-role/");
        subject(world, |subject| subject.name = format!("{arn}/alice@example.com"))
    }),
    Break::new("subject-near-miss", "the name in the ARN", ROLE_BY_USER, |world, _| {
        let name = world.who.arn.rsplit_once('/').unwrap().1.to_owned();
        subject(world, |subject| subject.name = name)
    }),
    Break::new("subject-near-miss", "an account of another namespace", BY_ACCOUNT, |world, _| {
        subject(world, |subject| subject.namespace = Some("default".into()))
    }),
    Break::new("subject-kind", "User for Group", BY_GROUP, |world, _| {
        subject(world, |subject| subject.kind = "User")
    }),
    Break::new("subject-kind", "Group for User", BY_USER, |world, _| {
        subject(world, |subject| subject.kind = "Group")
    }),
    Break::new("subject-kind", "User for ServiceAccount", BY_ACCOUNT, |world, _| {
        subject(world, |subject| *subject = Subject::user(&subject.name))
    }),
    Break::new("subject-kind", "ServiceAccount for User", ROLE_BY_USER, |world, _| {
        let team = world.team.clone();
        subject(world, |subject| *subject = Subject::account(&team, &subject.name))
    }),
    Break::new("binding-other-namespace", "in default", HERE, |world, _| {
        world.own_binding().namespace = Some("default".into());
        move_role(world, "default");
        binding(world)
    }),
    Break::new("binding-other-namespace", "in another team's", HERE, |world, random| {
        let other = random.pick(&world.others).clone();
        world.own_binding().namespace = Some(other.clone());
        move_role(world, &other);
        binding(world)
    }),
    Break::new("binding-other-namespace", "a typo", CLUSTER_ROLE, |world, random| {
        let namespace = world.own_binding().namespace.clone().unwrap();
        world.own_binding().namespace = Some(random.typo(&namespace));
        binding(world)
    }),
    Break::new("binding-other-namespace", "forgotten", CLUSTER_ROLE, |world, _| {
        let namespace = world.own_binding().namespace.clone().unwrap();
        edit_binding(world, &format!("  namespace: {namespace}\n"), "")
    }),
    Break::new("binding-namespaced-only", "a RoleBinding", CLUSTER, |world, _| {
        world.own_binding().namespace = Some(world.team.clone());
        world.ask.namespace.clear();
        binding(world)
    }),
    Break::new("binding-namespaced-only", "a RoleBinding for a URL", URL, |world, _| {
        world.own_binding().namespace = Some(world.team.clone());
        binding(world)
    }),
    Break::new("binding-namespaced-only", "asked everywhere", ROLE, |world, _| {
        world.ask.namespace.clear();
        binding(world)
    }),
    Break::new("no-binding", "the binding removed", ANY, |world, _| {
        let role = role(world);
        let removed = world.binding;
        world.cluster.bindings.remove(removed);
        role
    }),
    Break::new("no-binding", "the subject removed", ANY, |world, _| {
        let removed = world.subject;
        world.own_binding().subjects.remove(removed);
        binding(world)
    }),
    Break::new("no-binding", "no subjects", ANY, |world, _| {
        world.own_binding().subjects.clear();
        binding(world)
    }),
    Break::new("no-binding", "Subjects", ANY, |world, _| edit_binding(world, "subjects:", "Subjects:")),
    Break::new("no-binding", "somebody else", ANY, |world, _| {
        subject(world, |subject| *subject = Subject::group("quality-assurance"))
    }),
    Break::new("role-not-found", "a typo", ANY, |world, random| {
        world.own_binding().role = random.typo(&world.own_binding().role.clone());
        binding(world)
    }),
    Break::new("role-not-found", "letter case", ANY, |world, _| {
        world.own_binding().role = world.own_binding().role.to_uppercase();
        binding(world)
    }),
    Break::new("role-not-found", "another name", ANY, |world, _| {
        world.own_binding().role = "superusers".into();
        binding(world)
    }),
    Break::new("role-not-found", "the role deleted", ANY, |world, _| {
        let removed = world.role;
        world.cluster.roles.remove(removed);
        binding(world)
    }),
    Break::new("role-not-found", "the role in another namespace", ROLE, |world, random| {
        world.own_role().namespace = Some(random.pick(&world.others).clone());
        binding(world)
    }),
    Break::new("role-not-found", "the wrong kind", CLUSTER_ROLE, |world, _| {
        world.own_binding().role_kind = "Role";
        binding(world)
    }),
    Break::new("role-not-found", "the other wrong kind", ROLE, |world, _| {
        world.own_binding().role_kind = "ClusterRole";
        binding(world)
    }),
    Break::new("verb-not-granted", "removed", ANY, |world, _| {
        let verb = world.ask.verb.clone();
        without(&mut world.own_rule().verbs, &verb);
        role(world)
    }),
    Break::new("verb-not-granted", "misspelt", ANY, |world, random| {
        let verb = world.ask.verb.clone();
        swap(&mut world.own_rule().verbs, &verb, &random.typo(&verb));
        role(world)
    }),
    Break::new("verb-not-granted", "letter case", ANY, |world, _| {
        let verb = world.ask.verb.clone();
        swap(&mut world.own_rule().verbs, &verb, &verb.to_uppercase());
        role(world)
    }),
    Break::new("verb-not-granted", "removed for a URL", URL, |world, _| {
        without(&mut world.own_rule().verbs, "get");
        role(world)
    }),
    Break::new("api-group-not-granted", "the core group for another", GROUPED, |world, _| {
        world.own_rule().groups = vec![String::new()];
        role(world)
    }),
    Break::new("api-group-not-granted", "with its version", GROUPED, |world, _| {
        let group = world.ask.group.clone();
        swap(&mut world.own_rule().groups, &group, &format!("{group}/v1"));
        role(world)
    }),
    Break::new("api-group-not-granted", "misspelt", GROUPED, |world, random| {
        let group = world.ask.group.clone();
        swap(&mut world.own_rule().groups, &group, &random.typo(&group));
        role(world)
    }),
    Break::new("api-group-not-granted", "an old group", GROUPED, |world, _| {
        world.own_rule().groups = vec!["extensions".into()];
        role(world)
    }),
    Break::new("resource-not-granted", "removed", PLAIN, |world, _| {
        let resource = world.ask.resource.clone();
        without(&mut world.own_rule().resources, &resource);
        role(world)
    }),
    Break::new("resource-not-granted", "misspelt", PLAIN, |world, random| {
        let resource = world.ask.resource.clone();
        swap(&mut world.own_rule().resources, &resource, &random.typo(&resource));
        role(world)
    }),
    Break::new("resource-not-granted", "the singular", PLAIN, |world, _| {
        let resource = world.ask.resource.clone();
        let singular =
            resource.strip_suffix("es").filter(|one| one.ends_with("ss")).or(resource.strip_suffix('s'));
        swap(&mut world.own_rule().resources, &resource, singular.unwrap());
        role(world)
    }),
    Break::new("resource-not-granted", "letter case", PLAIN, |world, _| {
        let resource = world.ask.resource.clone();
        let (first, rest) = resource.split_at(1);
        swap(&mut world.own_rule().resources, &resource, &format!("{}{rest}", first.to_uppercase()));
        role(world)
    }),
    Break::new("resource-not-granted", "with its group", GROUPED, |world, _| {
        let (resource, group) = (world.ask.resource.clone(), world.ask.group.clone());
        swap(&mut world.own_rule().resources, &resource, &format!("{resource}.{group}"));
        role(world)
    }),
    Break::new("resource-not-granted", "no rules", PLAIN, |world, _| {
        world.own_role().rules.clear();
        role(world)
    }),
    Break::new("subresource-not-granted", "removed", SUBRESOURCE, |world, _| {
        let whole = format!("{}/{}", world.ask.resource, world.ask.subresource);
        without(&mut world.own_rule().resources, &whole);
        role(world)
    }),
    Break::new("subresource-not-granted", "misspelt", SUBRESOURCE, |world, random| {
        let (resource, subresource) = (world.ask.resource.clone(), world.ask.subresource.clone());
        let misspelt = format!("{resource}/{}", random.typo(&subresource));
        swap(&mut world.own_rule().resources, &format!("{resource}/{subresource}"), &misspelt);
        role(world)
    }),
    Break::new("subresource-not-granted", "an asterisk", SUBRESOURCE, |world, _| {
        let (resource, subresource) = (world.ask.resource.clone(), world.ask.subresource.clone());
        let written = format!("{resource}/*");
        swap(&mut world.own_rule().resources, &format!("{resource}/{subresource}"), &written);
        role(world)
    }),
    Break::new("subresource-not-granted", "of the singular", SUBRESOURCE, |world, _| {
        let (resource, subresource) = (world.ask.resource.clone(), world.ask.subresource.clone());
        let written = format!("{}/{subresource}", resource.trim_end_matches('s'));
        swap(&mut world.own_rule().resources, &format!("{resource}/{subresource}"), &written);
        role(world)
    }),
    Break::new("subresource-not-granted", "alone", SUBRESOURCE, |world, _| {
        let (resource, subresource) = (world.ask.resource.clone(), world.ask.subresource.clone());
        swap(&mut world.own_rule().resources, &format!("{resource}/{subresource}"), &subresource);
        role(world)
    }),
    Break::new("name-not-granted", "removed", NAMED, |world, _| {
        let name = world.ask.name.clone();
        without(&mut world.own_rule().names, &name);
        role(world)
    }),
    Break::new("name-not-granted", "misspelt", NAMED, |world, random| {
        let name = world.ask.name.clone();
        swap(&mut world.own_rule().names, &name, &random.typo(&name));
        role(world)
    }),
    Break::new("name-not-granted", "an asterisk", NAMED, |world, _| {
        world.own_rule().names = vec!["*".into()];
        role(world)
    }),
    Break::new("name-not-granted", "confined", PLAIN, |world, _| {
        world.own_rule().names = vec!["settings".into()];
        role(world)
    }),
    Break::new("url-not-granted", "removed", URL, |world, _| {
        let url = world.ask.url.clone();
        without(&mut world.own_rule().urls, &url);
        role(world)
    }),
    Break::new("url-not-granted", "misspelt", URL, |world, random| {
        let url = world.ask.url.clone();
        swap(&mut world.own_rule().urls, &url, &random.typo(&url));
        role(world)
    }),
    Break::new("url-not-granted", "what is below it", URL, |world, _| {
        let url = world.ask.url.clone();
        swap(&mut world.own_rule().urls, &url, &format!("{url}/*"));
        role(world)
    }),
    Break::new("url-not-granted", "without the slash", URL, |world, _| {
        let url = world.ask.url.clone();
        swap(&mut world.own_rule().urls, &url, url.trim_start_matches('/'));
        role(world)
    }),
    Break::new("url-not-granted", "the rule removed", URL, |world, _| {
        let removed = world.rule;
        world.own_role().rules.remove(removed);
        role(world)
    }),
    Break::new("impersonation-not-granted", "the name removed", ACT, |world, _| {
        let name = world.ask.name.clone();
        without(&mut world.own_rule().names, &name);
        role(world)
    }),
    Break::new("impersonation-not-granted", "another resource", ACT, |world, _| {
        world.own_rule().resources = vec!["userextras".into()];
        role(world)
    }),
    Break::new("impersonation-not-granted", "the verb misspelt", ACT, |world, _| {
        world.own_rule().verbs = vec!["impersonat".into()];
        role(world)
    }),
    Break::new("impersonation-not-granted", "a typo in a subject", ACT, |world, random| {
        subject(world, |subject| subject.name = random.typo(&subject.name))
    }),
    Break::new("impersonation-not-granted", "the role deleted", ACT, |world, _| {
        let removed = world.role;
        world.cluster.roles.remove(removed);
        binding(world)
    }),
];

/// A Role goes with its binding.
fn move_role(world: &mut World, namespace: &str) {
    let role: &mut Role = world.own_role();
    if role.namespace.is_some() {
        role.namespace = Some(namespace.into());
    }
}
