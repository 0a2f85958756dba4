//! One link broken on the way from the caller to its username.

use super::breaks::{Break, Expected, at};
use super::cluster::AWS_AUTH;
use super::random::Random;
use super::world::{ACCOUNT, Mapped, Needs, OTHER_ACCOUNT, Via, World};

const MAPPED: Needs = needs(Mapped::Entry, Via::Any);
const ROLE: Needs = needs(Mapped::Role, Via::Any);
const USER: Needs = needs(Mapped::User, Via::Any);
const BY_GROUP: Needs = needs(Mapped::Entry, Via::Group);
const BY_USER: Needs = needs(Mapped::Entry, Via::User);
const PLAIN_ROLE: Needs = needs(Mapped::Role, Via::User);
const ACCOUNTS: Needs = needs(Mapped::Accounts, Via::User);

const fn needs(mapped: Mapped, via: Via) -> Needs {
    let (ask, scope) = (super::world::AskKind::Any, super::world::Scope::Any);
    Needs { ask, via, mapped, scope }
}

fn here() -> Expected {
    at(AWS_AUTH)
}

fn arn(world: &mut World, change: impl Fn(&str) -> String) -> Expected {
    let entry = world.own_entry();
    entry.arn = change(&entry.arn);
    here()
}

fn edit(world: &mut World, from: &str, to: &str) -> Expected {
    world.own_entry().edits.push((from.into(), to.into()));
    here()
}

fn edit_all(world: &mut World, from: impl Into<String>, to: impl Into<String>) -> Expected {
    world.aws_auth().edits.push((from.into(), to.into()));
    here()
}

fn last(arn: &str) -> (&str, &str) {
    arn.rsplit_once('/').unwrap()
}

fn key(world: &World) -> &'static str {
    if world.in_users { "mapUsers" } else { "mapRoles" }
}

fn field(world: &World) -> &'static str {
    if world.in_users { "userarn" } else { "rolearn" }
}

/// The caller's entry with this text in its first line.
fn own_line(world: &mut World, from: &str, to: &str) -> Expected {
    let field = field(world);
    let arn = world.own_entry().arn.clone();
    edit_all(world, format!("- {field}: {arn}"), format!("- {}: {arn}", field.replace(from, to)))
}

fn other(world: &mut World, random: &mut Random) -> String {
    random.pick(&world.others).clone()
}

pub const BREAKS: &[Break] = &[
    Break::new("aws-auth-missing", "not captured", MAPPED, |world, _| {
        world.aws_auth().written = false;
        Expected::Nowhere
    }),
    Break::new("aws-auth-wrong-namespace", "in default", MAPPED, |world, _| {
        world.aws_auth().namespace = "default".into();
        here()
    }),
    Break::new("aws-auth-wrong-namespace", "in the team's namespace", MAPPED, |world, _| {
        world.aws_auth().namespace = world.team.clone();
        here()
    }),
    Break::new("aws-auth-wrong-namespace", "named awsauth", MAPPED, |world, _| {
        world.aws_auth().name = "awsauth".into();
        here()
    }),
    Break::new("aws-auth-wrong-namespace", "named aws-auth-config", MAPPED, |world, _| {
        world.aws_auth().name = "aws-auth-config".into();
        here()
    }),
    Break::new("aws-auth-wrong-namespace", "a body for kubectl patch", MAPPED, |world, _| {
        edit_all(
            world,
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\n",
            "",
        )
    }),
    Break::new("aws-auth-unknown-key", "lower case", MAPPED, |world, _| {
        let key = key(world);
        edit_all(world, format!("  {key}:"), format!("  {}:", key.to_lowercase()))
    }),
    Break::new("aws-auth-unknown-key", "with a dash", MAPPED, |world, _| {
        let key = key(world);
        edit_all(world, format!("  {key}:"), format!("  {}:", key.replace("map", "map-")))
    }),
    Break::new("aws-auth-unknown-key", "upper case", MAPPED, |world, _| {
        let key = key(world);
        edit_all(world, format!("  {key}:"), format!("  {}:", key.replace("map", "Map")))
    }),
    Break::new("aws-auth-unknown-key", "singular", MAPPED, |world, _| {
        let key = key(world);
        edit_all(world, format!("  {key}:"), format!("  {}:", key.trim_end_matches('s')))
    }),
    Break::new("aws-auth-unknown-key", "misspelt", MAPPED, |world, random| {
        let key = key(world);
        let misspelt = loop {
            let misspelt = random.typo(key);
            if misspelt.starts_with("map") {
                break misspelt;
            }
        };
        edit_all(world, format!("  {key}:"), format!("  {misspelt}:"))
    }),
    Break::new("aws-auth-unknown-key", "mapaccounts", ACCOUNTS, |world, _| {
        edit_all(world, "mapAccounts", "mapaccounts")
    }),
    Break::new("aws-auth-unreadable", "a tab", MAPPED, |world, _| edit(world, "  username", "\tusername")),
    Break::new("aws-auth-unreadable", "bad indentation", MAPPED, |world, _| {
        edit(world, "  username", " username")
    }),
    Break::new("aws-auth-unreadable", "unquoted template", MAPPED, |world, _| {
        let username = world.own_entry().username.clone();
        let quoted = if username.starts_with('{') { format!("'{username}'") } else { username };
        edit(world, &format!("username: {quoted}"), "username: {{SessionName}}:alice")
    }),
    Break::new("aws-auth-unreadable", "a missing quote", MAPPED, |world, _| {
        edit(world, "username: ", "username: \"")
    }),
    Break::new("aws-auth-unreadable", "a missing colon", MAPPED, |world, _| {
        let username = world.own_entry().username.clone();
        edit(world, &format!("username: {username}"), &format!("username {username}"))
    }),
    Break::new("aws-auth-unreadable", "a JSON object", ROLE, |world, _| {
        let arn = world.own_entry().arn.clone();
        let entry = format!("  mapRoles: '{{\"rolearn\": \"{arn}\", \"username\": \"a\"}}'\n");
        world.aws_auth().roles.clear();
        edit_all(world, "\ndata:\n", format!("\ndata:\n{entry}"))
    }),
    Break::new("aws-auth-unreadable", "a map of entries", ROLE, |world, _| {
        let entry = world.own_entry().clone();
        world.aws_auth().roles.clear();
        let text = format!("  mapRoles: |\n    {}:\n      username: {}\n", entry.arn, entry.username);
        edit_all(world, "\ndata:\n", format!("\ndata:\n{text}"))
    }),
    Break::new("aws-auth-unreadable", "accounts as a text", ACCOUNTS, |world, _| {
        let accounts = world.aws_auth().accounts.join(", ");
        world.aws_auth().accounts.clear();
        edit_all(world, "\ndata:\n", format!("\ndata:\n  mapAccounts: \"{accounts}\"\n"))
    }),
    Break::new("mapping-invalid", "a number for an ARN", MAPPED, |world, _| arn(world, |_| ACCOUNT.into())),
    Break::new("mapping-invalid", "no ARN", MAPPED, |world, _| {
        let (field, arn) = (field(world), world.own_entry().arn.clone());
        edit(world, &format!("{field}: {arn}\n  username"), "username")
    }),
    Break::new("mapping-invalid", "rolarn", ROLE, |world, _| own_line(world, "earn", "arn")),
    Break::new("mapping-invalid", "usrarn", USER, |world, _| own_line(world, "user", "usr")),
    Break::new("mapping-invalid", "role_arn", MAPPED, |world, _| own_line(world, "arn", "_arn")),
    Break::new("mapping-invalid", "just arn", ROLE, |world, _| own_line(world, "rolearn", "arn")),
    Break::new("mapping-invalid", "rolearn among users", USER, |world, _| {
        own_line(world, "userarn", "rolearn")
    }),
    Break::new("mapping-invalid", "userarn among roles", ROLE, |world, _| {
        own_line(world, "rolearn", "userarn")
    }),
    Break::new("mapping-invalid", "group for groups", BY_GROUP, |world, _| edit(world, "groups:", "group:")),
    Break::new("mapping-invalid", "groups as a text", BY_GROUP, |world, _| {
        let group = world.own_entry().groups[0].clone();
        edit(world, &format!("groups:\n    - {group}"), &format!("groups: {group}"))
    }),
    Break::new("mapping-invalid", "misspelt groups", BY_GROUP, |world, _| edit(world, "groups:", "gruops:")),
    Break::new("mapping-invalid", "user for username", BY_USER, |world, _| {
        edit(world, "username:", "usernam:")
    }),
    Break::new("mapping-invalid", "a number for a username", BY_USER, |world, _| {
        let username = world.own_entry().username.clone();
        let quoted = if username.starts_with('{') { format!("'{username}'") } else { username };
        edit(world, &format!("username: {quoted}"), "username: 12345")
    }),
    Break::new("subject-near-miss", "a typo in the mapping's group", BY_GROUP, |world, random| {
        let entry = world.own_entry();
        let (team, group) = entry.groups[0].split_once(':').unwrap();
        entry.groups[0] = format!("{team}:{}", random.typo(group));
        here()
    }),
    Break::new("subject-near-miss", "a typo in the mapping's username", PLAIN_ROLE, |world, random| {
        let entry = world.own_entry();
        let (team, user) = entry.username.rsplit_once('-').unwrap();
        entry.username = format!("{team}-{}", random.typo(user));
        here()
    }),
    Break::new("subject-near-miss", "system:master", USER, |world, _| {
        let removed = world.subject;
        world.own_binding().subjects.remove(removed);
        world.own_entry().groups = vec!["system:master".into()];
        here()
    }),
    Break::new("not-mapped", "the entry removed, the account listed", ROLE, |world, _| {
        world.aws_auth().accounts.insert(0, ACCOUNT.into());
        let entry = world.entry;
        world.aws_auth().roles.remove(entry);
        here()
    }),
    Break::new("mapping-near-miss", "a typo, the account listed", ROLE, |world, random| {
        world.aws_auth().accounts.insert(0, ACCOUNT.into());
        let entry = world.own_entry();
        let (before, name) = last(&entry.arn);
        entry.arn = format!("{before}/{}", random.typo(name));
        here()
    }),
    Break::new("mapping-role-path", "a path", ROLE, |world, _| {
        arn(world, |arn| arn.replace(":role/", ":role/teams/"))
    }),
    Break::new("mapping-role-path", "a path of an identity center", ROLE, |world, _| {
        arn(world, |arn| arn.replace(":role/", ":role/aws-reserved/sso.amazonaws.com/eu-west-1/"))
    }),
    Break::new("mapping-sts-arn", "with the session", ROLE, |world, _| {
        arn(world, |arn| format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/alice@example.com", last(arn).1))
    }),
    Break::new("mapping-sts-arn", "without a session", ROLE, |world, _| {
        arn(world, |arn| format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}", last(arn).1))
    }),
    Break::new("mapping-sts-arn", "any session", ROLE, |world, _| {
        arn(world, |arn| format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/{{{{SessionName}}}}", last(arn).1))
    }),
    Break::new("mapping-other-account", "that of another stage", MAPPED, |world, _| {
        arn(world, |arn| arn.replace(ACCOUNT, OTHER_ACCOUNT))
    }),
    Break::new("mapping-other-account", "a digit", MAPPED, |world, _| {
        arn(world, |arn| arn.replace(ACCOUNT, "111122223338"))
    }),
    Break::new("mapping-other-partition", "china", MAPPED, |world, _| {
        arn(world, |arn| arn.replace("arn:aws:", "arn:aws-cn:"))
    }),
    Break::new("mapping-other-partition", "government", MAPPED, |world, _| {
        arn(world, |arn| arn.replace("arn:aws:", "arn:aws-us-gov:"))
    }),
    Break::new("mapping-near-miss", "a typo in the name", MAPPED, |world, random| {
        let entry = world.own_entry();
        let (before, name) = last(&entry.arn);
        entry.arn = format!("{before}/{}", random.typo(name));
        here()
    }),
    Break::new("mapping-near-miss", "a wildcard", MAPPED, |world, _| {
        arn(world, |arn| format!("{}/*", last(arn).0))
    }),
    Break::new("mapping-near-miss", "a wildcard at the end", MAPPED, |world, _| {
        arn(world, |arn| format!("{}*", &arn[..arn.len() - 3]))
    }),
    Break::new("mapping-near-miss", "an underscore", MAPPED, |world, _| {
        arn(world, |arn| format!("{}/{}", last(arn).0, last(arn).1.replace('-', "_")))
    }),
    Break::new("mapping-near-miss", "one colon too few", MAPPED, |world, _| {
        arn(world, |arn| arn.replace("iam::", "iam:"))
    }),
    Break::new("mapping-near-miss", "a user for a role", MAPPED, |world, _| {
        arn(world, |arn| {
            if arn.contains(":role/") {
                arn.replace(":role/", ":user/")
            } else {
                arn.replace(":user/", ":role/")
            }
        })
    }),
    Break::new("mapping-near-miss", "a region", MAPPED, |world, _| {
        arn(world, |arn| arn.replace("iam::", "iam:eu-west-1:"))
    }),
    Break::new("mapping-near-miss", "a blank behind", MAPPED, |world, _| {
        arn(world, |arn| format!("\"{arn} \""))
    }),
    Break::new("mapping-near-miss", "an account with dashes", ACCOUNTS, |world, _| {
        world.aws_auth().accounts[0] = "1111-2222-3333".into();
        here()
    }),
    Break::new("not-mapped", "the entry removed", MAPPED, |world, _| {
        let (entry, in_users) = (world.entry, world.in_users);
        let aws_auth = world.aws_auth();
        if in_users { &mut aws_auth.users } else { &mut aws_auth.roles }.remove(entry);
        here()
    }),
    Break::new("not-mapped", "the entry of somebody else", MAPPED, |world, random| {
        let other = other(world, random);
        arn(world, |arn| format!("{}/{other}-ci-runner", last(arn).0))
    }),
    Break::new("not-mapped", "the account removed", ACCOUNTS, |world, _| {
        world.aws_auth().accounts.remove(0);
        here()
    }),
];
