//! Clusters as people have them, in which one caller may do one thing in exactly one way.

use super::cluster::{AwsAuth, Binding, Cluster, Entry, Role, Rule, Subject};
use super::random::Random;

/// What a change needs to find in a cluster.
#[derive(Clone, Copy, Default)]
pub struct Needs {
    pub ask: AskKind,
    pub via: Via,
    pub mapped: Mapped,
    pub scope: Scope,
}

#[derive(Clone, Copy, Default, PartialEq)]
pub enum AskKind {
    #[default]
    Any,
    /// A resource, without subresource and name.
    Resource,
    Grouped,
    Subresource,
    Named,
    Url,
    Act,
}

#[derive(Clone, Copy, Default, PartialEq)]
pub enum Via {
    #[default]
    Any,
    User,
    Group,
    Account,
}

#[derive(Clone, Copy, Default, PartialEq)]
pub enum Mapped {
    #[default]
    Any,
    Entry,
    Role,
    User,
    /// A role with a template in its username.
    Template,
    Accounts,
    /// No mapping: `--user` and `--group`.
    Given,
}

#[derive(Clone, Copy, Default, PartialEq)]
pub enum Scope {
    #[default]
    Any,
    /// A RoleBinding, to whatever kind of role.
    Namespace,
    /// A RoleBinding to a Role.
    Role,
    /// A RoleBinding to a ClusterRole.
    ClusterRoleHere,
    /// A ClusterRoleBinding.
    Cluster,
}

#[derive(Clone, Default, Debug)]
pub struct Ask {
    pub verb: String,
    pub group: String,
    pub resource: String,
    pub subresource: String,
    pub name: String,
    pub namespace: String,
    pub url: String,
}

#[derive(Clone, Default)]
pub struct Who {
    pub arn: String,
    pub session: Option<String>,
    pub user: String,
    pub groups: Vec<String>,
}

#[derive(Clone, Default)]
pub struct ActAs {
    pub user: String,
    pub groups: Vec<String>,
    pub uid: Option<String>,
}

pub struct World {
    pub cluster: Cluster,
    pub who: Who,
    pub ask: Ask,
    pub act_as: Option<ActAs>,
    /// Places of the links of the chain in their lists.
    pub entry: usize,
    pub in_users: bool,
    pub binding: usize,
    pub subject: usize,
    pub role: usize,
    pub rule: usize,
    pub team: String,
    pub others: Vec<String>,
    pub username: String,
}

pub const ACCOUNT: &str = "111122223333";
pub const OTHER_ACCOUNT: &str = "444455556666";
const TEAMS: [&str; 12] = [
    "payments",
    "search",
    "platform",
    "mobile",
    "billing",
    "checkout",
    "team-1",
    "team-2",
    "team-3",
    "team-a",
    "team-b",
    "analytics",
];
const PLAIN: [(&str, &str); 8] = [
    ("", "pods"),
    ("", "secrets"),
    ("", "services"),
    ("apps", "deployments"),
    ("apps", "statefulsets"),
    ("batch", "cronjobs"),
    ("networking.k8s.io", "ingresses"),
    ("autoscaling", "horizontalpodautoscalers"),
];
const CLUSTER_WIDE: [(&str, &str); 4] = [
    ("", "nodes"),
    ("", "persistentvolumes"),
    ("storage.k8s.io", "storageclasses"),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
];
const SUBRESOURCES: [(&str, &str, &str, &str); 5] = [
    ("create", "", "pods", "exec"),
    ("get", "", "pods", "log"),
    ("create", "", "pods", "portforward"),
    ("patch", "apps", "deployments", "scale"),
    ("update", "apps", "deployments", "status"),
];
const URLS: [&str; 4] = ["/metrics", "/debug/pprof", "/logs", "/apis-report"];

pub fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

pub fn rule(verbs: &[&str], groups: &[&str], resources: &[&str]) -> Rule {
    Rule { verbs: strings(verbs), groups: strings(groups), resources: strings(resources), ..Rule::default() }
}

pub fn entry(arn: String, username: &str, groups: &[&str]) -> Entry {
    Entry { arn, username: username.into(), groups: strings(groups), edits: Vec::new() }
}

pub fn role_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

pub fn cluster_role(name: &str, rules: Vec<Rule>) -> Role {
    Role { namespace: None, name: name.into(), rules, edits: Vec::new() }
}

pub fn bind(
    namespace: Option<&str>,
    name: &str,
    role_kind: &'static str,
    role: &str,
    subjects: Vec<Subject>,
) -> Binding {
    Binding {
        namespace: namespace.map(str::to_owned),
        name: name.into(),
        role_kind,
        role: role.into(),
        subjects,
        edits: Vec::new(),
    }
}

impl World {
    pub fn new(random: &mut Random, needs: Needs) -> Self {
        let mut teams = strings(&TEAMS);
        random.shuffle(&mut teams);
        let team = teams.pop().unwrap();
        teams.truncate(3 + random.below(4));
        let mut world = Self {
            cluster: Cluster::default(),
            who: Who::default(),
            ask: Ask::default(),
            act_as: None,
            entry: 0,
            in_users: false,
            binding: 0,
            subject: 0,
            role: 0,
            rule: 0,
            team,
            others: teams,
            username: String::new(),
        };
        world.ask(random, needs);
        world.neighbours(random);
        world.caller(random, needs);
        world.chain(random, needs);
        world
    }

    fn ask(&mut self, random: &mut Random, needs: Needs) {
        let kind = match needs.ask {
            AskKind::Any => *random.pick(&[
                AskKind::Resource,
                AskKind::Resource,
                AskKind::Grouped,
                AskKind::Subresource,
                AskKind::Named,
            ]),
            given => given,
        };
        let wide = match needs.scope {
            Scope::Cluster => random.percent(50),
            Scope::Any => random.percent(15),
            _ => false,
        };
        let ask = &mut self.ask;
        ask.namespace = self.team.clone();
        match kind {
            AskKind::Url => {
                ask.verb = "get".into();
                ask.url = (*random.pick(&URLS)).into();
                ask.namespace.clear();
                return;
            }
            AskKind::Act => {
                ask.verb = "impersonate".into();
                let uid = random.percent(40);
                let resource = if uid { "uids" } else { *random.pick(&["users", "groups"]) };
                ask.group = if uid { "authentication.k8s.io".into() } else { String::new() };
                ask.resource = resource.into();
                ask.name = format!("{}-robot", self.team);
                ask.namespace.clear();
                return;
            }
            AskKind::Subresource => {
                let (verb, group, resource, subresource) = *random.pick(&SUBRESOURCES);
                ask.verb = verb.into();
                (ask.group, ask.resource) = (group.into(), resource.into());
                ask.subresource = subresource.into();
                return;
            }
            _ => {}
        }
        let from: &[(&str, &str)] = if wide && kind != AskKind::Grouped { &CLUSTER_WIDE } else { &PLAIN };
        let from: Vec<_> =
            from.iter().filter(|(group, _)| kind != AskKind::Grouped || !group.is_empty()).collect();
        let (group, resource) = **random.pick(&from);
        (ask.group, ask.resource) = (group.into(), resource.into());
        if wide {
            ask.namespace.clear();
        }
        if kind == AskKind::Named {
            ask.name = format!("{}-main", self.team);
            ask.verb = (*random.pick(&["get", "update", "patch", "delete"])).into();
        } else {
            ask.verb = (*random.pick(&["list", "create", "watch", "patch", "delete"])).into();
        }
    }

    /// The caller, with its mapping.
    fn caller(&mut self, random: &mut Random, needs: Needs) {
        let mapped = match needs.mapped {
            Mapped::Any if needs.via == Via::Account => Mapped::Given,
            Mapped::Any | Mapped::Entry => {
                *random.pick(&[Mapped::Role, Mapped::Role, Mapped::Template, Mapped::User])
            }
            given => given,
        };
        let group = format!("{}:developers", self.team);
        let name = format!("eks-{}-developer", self.team);
        match mapped {
            Mapped::Given => {
                self.username = if needs.via == Via::Account {
                    format!("system:serviceaccount:{}:builder", self.team)
                } else {
                    format!("{}:alice", self.team)
                };
                self.who.user.clone_from(&self.username);
                self.who.groups = if needs.via == Via::Account { Vec::new() } else { vec![group] };
                return;
            }
            Mapped::Accounts => {
                self.who.arn = format!("arn:aws:iam::{ACCOUNT}:user/{}-alice", self.team);
                self.username.clone_from(&self.who.arn);
                self.cluster.aws_auth.accounts.insert(0, ACCOUNT.into());
                return;
            }
            Mapped::User => {
                self.who.arn = format!("arn:aws:iam::{ACCOUNT}:user/{}-alice", self.team);
                self.username = format!("{}-alice", self.team);
                self.in_users = true;
            }
            _ => {
                self.who.arn = role_arn(ACCOUNT, &name);
                self.who.session = Some("alice@example.com".into());
                self.username = format!("{}-developer", self.team);
            }
        }
        let mut template = self.username.clone();
        if mapped == Mapped::Template {
            template = format!("aws:{{{{AccountID}}}}:{}:{{{{SessionName}}}}", self.team);
            self.username = format!("aws:{ACCOUNT}:{}:alice-example.com", self.team);
        }
        let entry = entry(self.who.arn.clone(), &template, &[&group]);
        let aws_auth = &mut self.cluster.aws_auth;
        let entries = if self.in_users { &mut aws_auth.users } else { &mut aws_auth.roles };
        self.entry = random.below(entries.len() + 1);
        entries.insert(self.entry, entry);
    }

    /// The binding, the role and the rule that give the caller what it asks.
    fn chain(&mut self, random: &mut Random, needs: Needs) {
        let wide = self.ask.namespace.is_empty();
        let scope = match needs.scope {
            _ if wide => Scope::Cluster,
            Scope::Any | Scope::Namespace => {
                *random.pick(&[Scope::Role, Scope::Role, Scope::ClusterRoleHere])
            }
            given => given,
        };
        let team = self.team.clone();
        let granted = self.rule(random);
        let mut rules = vec![rule(&["get"], &["metrics.k8s.io"], &["pods"])];
        if random.percent(50) {
            rules.push(rule(&["get", "list"], &[""], &["resourcequotas", "limitranges"]));
        }
        self.rule = random.below(rules.len() + 1);
        rules.insert(self.rule, granted);
        let name = format!("{team}-{}", random.pick(&["deployer", "operator", "maintainer"]));
        let here = Some(team.clone());
        let namespace = if scope == Scope::Role { here.clone() } else { None };
        let role = Role { namespace, name: name.clone(), rules, edits: Vec::new() };
        self.role = random.below(self.cluster.roles.len() + 1);
        self.cluster.roles.insert(self.role, role);
        let subject = match needs.via {
            Via::Account => Subject::account(&team, "builder"),
            Via::User => Subject::user(&self.username),
            _ if needs.mapped == Mapped::Accounts => Subject::user(&self.username),
            Via::Any if random.percent(30) => Subject::user(&self.username),
            _ => Subject::group(&format!("{team}:developers")),
        };
        let mut subjects = vec![Subject::group(&format!("{team}:leads"))];
        if random.percent(30) {
            subjects.push(Subject::account(&team, "deploy-bot"));
        }
        self.subject = random.below(subjects.len() + 1);
        subjects.insert(self.subject, subject.clone());
        let kind = if scope == Scope::Role { "Role" } else { "ClusterRole" };
        let namespace = if scope == Scope::Cluster { None } else { here };
        let granting = bind(namespace.as_deref(), &format!("{name}s"), kind, &name, subjects);
        self.more_of_the_caller(random, &subject);
        self.binding = random.below(self.cluster.bindings.len() + 1);
        self.cluster.bindings.insert(self.binding, granting);
        if self.ask.verb == "impersonate" {
            self.act(&subject);
        }
    }

    pub fn rule(&self, random: &mut Random) -> Rule {
        let ask = &self.ask;
        if !ask.url.is_empty() {
            let urls = vec!["/readyz-extra".to_owned(), ask.url.clone()];
            return Rule { verbs: strings(&["get", "head"]), urls, ..Rule::default() };
        }
        let mut verbs = vec![ask.verb.clone()];
        if ask.verb != "impersonate" {
            for verb in ["get", "list", "watch", "update", "deletecollection"] {
                if verb != ask.verb && random.percent(50) {
                    verbs.push(verb.into());
                }
            }
            if verbs.len() == 1 {
                verbs.push("proxy".into());
            }
        }
        random.shuffle(&mut verbs);
        let mut resources = vec![ask.resource.clone()];
        if !ask.subresource.is_empty() {
            resources.push(format!("{}/{}", ask.resource, ask.subresource));
        } else if ask.verb != "impersonate" {
            resources.push("replicationcontrollers".into());
        }
        let mut groups = vec![ask.group.clone()];
        if ask.verb == "impersonate" {
            groups = strings(&["", "authentication.k8s.io"]);
        } else if random.percent(30) {
            groups.push("policy".into());
        }
        let mut names = Vec::new();
        if !ask.name.is_empty() {
            names = vec![ask.name.clone(), format!("{}-spare", self.team)];
        }
        Rule { verbs, groups, resources, names, urls: Vec::new() }
    }

    /// Impersonation: the other permissions that it takes, and what the impersonated may do.
    fn act(&mut self, subject: &Subject) {
        let name = self.ask.name.clone();
        let mut acting = ActAs { user: "plain-robot".into(), ..ActAs::default() };
        match self.ask.resource.as_str() {
            "users" => acting.user.clone_from(&name),
            "groups" => acting.groups.push(name.clone()),
            _ => acting.uid = Some(name.clone()),
        }
        if self.ask.resource != "users" {
            let mut allowed = rule(&["impersonate"], &[""], &["users"]);
            allowed.names.push("plain-robot".into());
            self.cluster.roles.push(cluster_role("act-as-robot", vec![allowed]));
            self.cluster.bindings.push(bind(
                None,
                "act-as-robot",
                "ClusterRole",
                "act-as-robot",
                vec![subject.clone()],
            ));
        }
        let robots = rule(&["list"], &[""], &["endpoints"]);
        self.cluster.roles.push(cluster_role("robot-work", vec![robots]));
        let subjects = vec![Subject::user(&acting.user), Subject::group(&name)];
        self.cluster.bindings.push(bind(
            Some(&self.team),
            "robot-work",
            "ClusterRole",
            "robot-work",
            subjects,
        ));
        self.act_as = Some(acting);
    }

    pub fn aws_auth(&mut self) -> &mut AwsAuth {
        &mut self.cluster.aws_auth
    }

    pub fn own_entry(&mut self) -> &mut Entry {
        let aws_auth = &mut self.cluster.aws_auth;
        if self.in_users { &mut aws_auth.users[self.entry] } else { &mut aws_auth.roles[self.entry] }
    }

    pub fn own_binding(&mut self) -> &mut Binding {
        &mut self.cluster.bindings[self.binding]
    }

    pub fn own_subject(&mut self) -> &mut Subject {
        &mut self.cluster.bindings[self.binding].subjects[self.subject]
    }

    pub fn own_role(&mut self) -> &mut Role {
        &mut self.cluster.roles[self.role]
    }

    pub fn own_rule(&mut self) -> &mut Rule {
        &mut self.cluster.roles[self.role].rules[self.rule]
    }
}
