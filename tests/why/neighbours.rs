//! What else is in a cluster: nothing of it gives the caller what it asks, and much of it nearly does.

use super::cluster::{Role, Rule, Subject};
use super::random::Random;
use super::world::{ACCOUNT, OTHER_ACCOUNT, World, bind, cluster_role, entry, role_arn, rule, strings};

impl World {
    /// What else is in the cluster: other teams, nodes, administrators, machines.
    pub fn neighbours(&mut self, random: &mut Random) {
        let aws_auth = &mut self.cluster.aws_auth;
        let node = entry(
            role_arn(ACCOUNT, "eks-node-group"),
            "system:node:{{EC2PrivateDNSName}}",
            &["system:bootstrappers", "system:nodes"],
        );
        aws_auth.roles.push(node);
        aws_auth.roles.push(entry(
            role_arn(ACCOUNT, "ClusterAdmins"),
            "admin:{{SessionName}}",
            &["system:masters"],
        ));
        if random.percent(50) {
            aws_auth.roles.push(entry(role_arn(OTHER_ACCOUNT, "audit"), "audit", &["auditors"]));
        }
        aws_auth.users.push(entry(format!("arn:aws:iam::{ACCOUNT}:user/zoe"), "zoe", &["auditors"]));
        if random.percent(40) {
            aws_auth.accounts.push(OTHER_ACCOUNT.into());
        }
        for other in self.others.clone() {
            self.neighbour(random, &other);
        }
        let viewers = ["auditors", "system:authenticated"];
        if random.percent(40) {
            let role = cluster_role(
                "discovery-extra",
                vec![Rule {
                    verbs: strings(&["get"]),
                    urls: strings(&["/version-extra", "/healthz-extra"]),
                    ..Rule::default()
                }],
            );
            self.cluster.roles.push(role);
            let everyone = vec![Subject::group(viewers[1])];
            self.cluster.bindings.push(bind(
                None,
                "discovery-extra",
                "ClusterRole",
                "discovery-extra",
                everyone,
            ));
        }
        let auditors = vec![Subject::group(viewers[0])];
        self.cluster.bindings.push(bind(None, "auditors-view", "ClusterRole", "view", auditors));
        let robot = vec![Subject::account("ci", "deployer")];
        self.cluster.bindings.push(bind(None, "ci-deployer", "ClusterRole", "cluster-admin", robot));
        if random.percent(30) {
            let sre = vec![Subject::group("sre")];
            self.cluster.bindings.push(bind(None, "sre", "ClusterRole", "cluster-admin", sre));
        }
    }

    fn neighbour(&mut self, random: &mut Random, team: &str) {
        let group = format!("{team}:developers");
        let username = format!("{team}:{{{{SessionName}}}}");
        let arn = role_arn(ACCOUNT, &format!("eks-{team}-developer"));
        self.cluster.aws_auth.roles.push(entry(arn, &username, &[&group]));
        let name = format!("{team}-developer");
        let verbs: &[&str] = if random.percent(50) {
            &["get", "list", "watch"]
        } else {
            &["get", "list", "create", "delete", "patch"]
        };
        let rules = vec![
            rule(verbs, &[""], &["pods", "services", "configmaps"]),
            rule(verbs, &["apps"], &["deployments", "deployments/scale"]),
        ];
        self.cluster.roles.push(Role {
            namespace: Some(team.into()),
            name: name.clone(),
            rules,
            edits: Vec::new(),
        });
        let subjects = vec![Subject::group(&group)];
        self.cluster.bindings.push(bind(Some(team), &name, "Role", &name, subjects.clone()));
        if random.percent(40) {
            let role = *random.pick(&["view", "edit", "admin"]);
            self.cluster.bindings.push(bind(
                Some(team),
                &format!("{team}-{role}"),
                "ClusterRole",
                role,
                subjects,
            ));
        }
    }

    /// Other things that the same caller may do, none of which is what is asked.
    pub fn more_of_the_caller(&mut self, random: &mut Random, subject: &Subject) {
        let team = self.team.clone();
        let subjects = || vec![subject.clone()];
        if random.percent(40) {
            let rules = vec![rule(&["get", "list", "watch"], &[""], &["configmaps", "events"])];
            let name = format!("{team}-config-reader");
            let role = Role { namespace: Some(team.clone()), name: name.clone(), rules, edits: Vec::new() };
            self.cluster.roles.insert(0, role);
            self.role += 1;
            self.cluster.bindings.push(bind(Some(&team), &name, "Role", &name, subjects()));
        }
        let readable = matches!(self.ask.verb.as_str(), "get" | "list" | "watch");
        if random.percent(40) && !readable {
            self.cluster.bindings.push(bind(
                Some(&team),
                &format!("{team}-view"),
                "ClusterRole",
                "view",
                subjects(),
            ));
        }
        if random.percent(30) {
            let elsewhere = format!("{team}-sandbox");
            let bound = bind(Some(&elsewhere), "sandbox-view", "ClusterRole", "view", subjects());
            self.cluster.bindings.push(bound);
        }
        if random.percent(30) {
            let sre = vec![Subject::group("namespace-owners")];
            self.cluster.bindings.push(bind(Some(&team), "owners", "ClusterRole", "admin", sre));
        }
        if random.percent(20) {
            let rules = vec![rule(&["get"], &["example.com"], &["widgets"])];
            self.cluster.roles.push(cluster_role("widget-reader", rules));
        }
        self.look_alikes(random);
        if random.percent(20) && !self.ask.resource.is_empty() && self.ask.verb != "impersonate" {
            self.lookalike_role(random);
        }
    }

    /// Names that are nearly the caller's, and are somebody else's.
    fn look_alikes(&mut self, random: &mut Random) {
        let team = self.team.clone();
        let mut map = |arn: String, username: &str, group: &str| {
            self.cluster.aws_auth.roles.push(entry(arn, username, &[group]));
        };
        let readers = format!("{team}:readers");
        if random.percent(20) {
            map(role_arn(OTHER_ACCOUNT, &format!("eks-{team}-developer")), "stage-{{SessionName}}", &readers);
        }
        if random.percent(20) {
            map(role_arn(ACCOUNT, &format!("eks-{team}-developers")), "{{SessionName}}", &readers);
        }
        if random.percent(20) {
            let group = format!("{team}:developer");
            map(role_arn(ACCOUNT, &format!("eks-{team}-intern")), "intern", &group);
            let interns = vec![Subject::group(&group)];
            self.cluster.bindings.push(bind(Some(&team), "interns", "ClusterRole", "edit", interns));
        }
        if random.percent(20) {
            let name = format!("{team}-auditor");
            let rules =
                vec![rule(&["get", "list", "watch"], &["", "apps", "batch"], &["pods", "deployments"])];
            self.cluster.roles.push(Role {
                namespace: Some(team.clone()),
                name: name.clone(),
                rules,
                edits: Vec::new(),
            });
            let auditors = vec![Subject::group("auditors")];
            self.cluster.bindings.push(bind(Some(&team), &name, "Role", &name, auditors));
        }
    }

    /// A role that would allow what is asked, in another namespace, for the same caller or another.
    fn lookalike_role(&mut self, random: &mut Random) {
        let elsewhere = random.pick(&self.others).clone();
        let name = format!("{}-helper", self.team);
        let rules = vec![self.rule(random)];
        self.cluster.roles.push(Role {
            namespace: Some(elsewhere.clone()),
            name: name.clone(),
            rules,
            edits: Vec::new(),
        });
        let helpers = vec![Subject::group("helpers")];
        self.cluster.bindings.push(bind(Some(&elsewhere), &name, "Role", &name, helpers));
    }
}
