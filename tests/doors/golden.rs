//! The golden vectors of the AWS side that need no IAM data, one row each under its number.

use serde_json::json;

use super::*;

struct Vector {
    number: u8,
    files: Vec<String>,
    arguments: Vec<String>,
    /// Where in the answer what must stand.
    expect: Vec<(&'static str, Value)>,
    /// What must be told.
    code: &'static str,
}

fn vector(
    number: u8,
    files: &[String],
    arguments: &str,
    expect: &[(&'static str, Value)],
    code: &'static str,
) -> Vector {
    let arguments =
        arguments.replace("ROLE/", &role("")).replace("USER/", &format!("arn:aws:iam::{ACCOUNT}:user/"));
    let arguments = arguments.replace("SESSION/", &format!("arn:aws:sts::{ACCOUNT}:assumed-role/"));
    Vector {
        number,
        files: files.to_vec(),
        arguments: arguments.split(' ').map(str::to_owned).collect(),
        expect: expect.to_vec(),
        code,
    }
}

fn roles(name: &str, more: &str) -> String {
    aws_auth(&format!("- rolearn: {}\n{more}", role(name)), "")
}

fn typed(kind: &str) -> String {
    json!({"Resources": {"E": {"Type": "AWS::EKS::AccessEntry", "Properties": {
        "ClusterName": "c", "PrincipalArn": role("n/Node"), "Type": kind}}}})
    .to_string()
}

fn vectors() -> Vec<Vector> {
    let masters = || roles("Dev", "  username: a\n  groups: [\"system:masters\"]\n");
    let plain = || entry(&role("team/Dev"), &json!({"username": "dev"}));
    let dev = |name: &str, scope: &Value| [plain(), associated(&role("team/Dev"), name, scope)];
    let cluster = json!({"type": "cluster"});
    let namespace = |name: &str| json!({"type": "namespace", "namespaces": [name]});
    let authenticated = |yes: bool| ("/identity/authenticated", json!(yes));
    let username = |name: &str| ("/identity/username", json!(name));
    let groups = |list: &[&str]| ("/identity/groups", json!(list));
    let decided = |word: &str| ("/decision", json!(word));
    let asked = "--arn ROLE/Dev --session s1";
    let default = json!({"apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "AccessEntry", "metadata": {"name": "d"},
        "spec": {"clusterName": "c", "principalARN": role("team/Dev")}})
    .to_string();
    let chosen = roles("Dev", "  username: u\n  groups: [\"{{SessionName}}\"]\n");
    let account = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": {"mapAccounts": format!("- \"{ACCOUNT}\"\n")}})
    .to_string();
    let sso = "AWSReservedSSO_Admin_0123456789abcdef";
    let home = entry(&role(&format!("aws-reserved/sso.amazonaws.com/{sso}")), &json!({"username": "sso"}));
    let partition = format!(
        "- sso: {{permissionSetName: Admin, accountID: \"{ACCOUNT}\", partition: aws}}\n  username: u\n"
    );
    let users =
        |arn: &str| aws_auth("", &format!("- userarn: arn:aws:iam::{ACCOUNT}:user/{arn}\n  username: u\n"));
    let other = entry(&role("Other"), &json!({"username": "dev"}));
    let shared = |of: &str| format!("--arn ROLE/{of} --session s1 list secrets");
    let with_other =
        || [&dev("AmazonEKSClusterAdminPolicy", &cluster)[..], std::slice::from_ref(&other)].concat();
    vec![
        vector(
            1,
            &[roles("Dev", "  username: dev\n")],
            "--arn SESSION/dev/s1 list pods",
            &[authenticated(true)],
            "",
        ),
        vector(
            2,
            &[roles("team/Dev", "  username: dev\n")],
            "--arn ROLE/team/Dev --session s1 list pods",
            &[authenticated(false)],
            "mapping-role-path",
        ),
        vector(
            3,
            &[users("alice")],
            "--arn USER/eng/alice list pods",
            &[authenticated(false)],
            "mapping-user-path",
        ),
        vector(
            4,
            &[default],
            "--arn ROLE/team/Dev --session al@corp.io list pods",
            &[username(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/Dev/al-corp.io"))],
            "",
        ),
        vector(
            5,
            &[plain(), masters()],
            &format!("{asked} --authentication-mode API_AND_CONFIG_MAP list pods"),
            &[groups(&["system:authenticated"]), decided("deny")],
            "mapping-shadowed",
        ),
        vector(
            6,
            &[masters()],
            &format!("{asked} --authentication-mode API list pods"),
            &[decided("deny")],
            "door-shut",
        ),
        vector(
            7,
            &[plain(), masters()],
            &format!("{asked} --authentication-mode CONFIG_MAP list pods"),
            &[username("a"), decided("allow")],
            "door-shut",
        ),
        vector(
            9,
            &dev("AmazonEKSEditPolicy", &namespace("dev-*")),
            &format!("{asked} create deployments -n dev-7"),
            &[decided("allow")],
            "",
        ),
        vector(
            9,
            &dev("AmazonEKSEditPolicy", &namespace("dev-*")),
            &format!("{asked} create deployments -n prod"),
            &[decided("deny")],
            "",
        ),
        vector(
            10,
            &dev("AmazonEKSEditPolicy", &namespace("dev")),
            &format!("{asked} list pods -A"),
            &[decided("deny")],
            "",
        ),
        vector(
            11,
            &dev("AmazonEKSViewPolicy", &cluster),
            &format!("{asked} get secrets"),
            &[decided("deny")],
            "",
        ),
        vector(
            12,
            &dev("AmazonEKSAdminViewPolicy", &cluster),
            &format!("{asked} get secrets"),
            &[decided("allow")],
            "",
        ),
        vector(
            13,
            &dev("AmazonEKSAdminPolicy", &namespace("x")),
            &format!("{asked} create rolebindings -n x"),
            &[decided("allow")],
            "escalation-check",
        ),
        vector(
            14,
            &dev("AmazonEKSEditPolicy", &cluster),
            &format!("{asked} --as bob list pods"),
            &[decided("deny")],
            "access-policy-not-used",
        ),
        vector(15, &with_other(), &shared("Dev"), &[username("dev"), decided("allow")], ""),
        vector(15, &with_other(), &shared("Other"), &[username("dev"), decided("deny")], ""),
        vector(
            16,
            &[typed("EC2_LINUX")],
            "--arn ROLE/Node --session alice list pods",
            &[authenticated(false)],
            "session-no-instance",
        ),
        vector(
            17,
            &[typed("FARGATE_LINUX")],
            "--arn ROLE/Node --session ip-10-0-0-1.eu-west-1.compute.internal list pods",
            &[username("system:node:ip-10-0-0-1.eu-west-1.compute.internal")],
            "node-name-chosen",
        ),
        vector(
            18,
            std::slice::from_ref(&chosen),
            "--arn ROLE/Dev --session platform-admins list pods",
            &[groups(&["platform-admins", "system:authenticated"])],
            "",
        ),
        vector(
            19,
            &[chosen],
            "--arn ROLE/Dev --session system:masters list pods",
            &[],
            "session-name-unusual",
        ),
        vector(
            20,
            &[account],
            "--arn USER/x/Y list pods",
            &[username(&format!("arn:aws:iam::{ACCOUNT}:user/x/Y")), groups(&["system:authenticated"])],
            "",
        ),
        vector(
            29,
            &dev("AmazonEKSFooPolicy", &cluster),
            &format!("{asked} list pods"),
            &[decided("depends")],
            "access-policy-unsettled",
        ),
        vector(
            30,
            &[home],
            &format!("--arn ROLE/aws-reserved/sso.amazonaws.com/{sso} --session s1 list pods"),
            &[username("sso")],
            "",
        ),
        vector(
            31,
            &[aws_auth(&partition, "")],
            &format!("--arn SESSION/{sso}/s1 --feature-gate SSORoleMatch=true list pods"),
            &[authenticated(false)],
            "mapping-sso",
        ),
    ]
}

#[test]
fn golden_vectors() {
    for Vector { number, files, arguments, expect, code } in vectors() {
        let world = files
            .iter()
            .enumerate()
            .fold(Directory::new(), |world, (place, text)| world.with(&format!("{place}.json"), text));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let answer = ask(&world, &arguments);
        for (pointer, value) in expect {
            assert_eq!(answer.pointer(pointer), Some(&value), "vector {number}: {answer:#}");
        }
        assert!(code.is_empty() || codes(&answer).contains(&code), "vector {number}, {code}: {answer:#}");
    }
}

/// The finding of vector 18: who assumes the role chooses the group.
#[test]
fn a_chosen_group_is_told() {
    let text = roles("Dev", "  username: u\n  groups: [\"{{SessionName}}\"]\n");
    let world = Directory::new().with("a.json", text);
    let run = world.run(&["whoami", "--arn", &role("Dev"), "--session", "platform-admins", "-o", "json"]);
    assert!(run.stdout.contains("session-chosen-by-caller"), "{run:?}");
}

/// Vectors 26 and 27: what a trust policy says of the service account `dev-1/app`.
#[test]
fn golden_vectors_of_trust_policies() {
    const PROVIDER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0A";
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "app", "namespace": "dev-1",
        "annotations": {"eks.amazonaws.com/role-arn": role("pods")}}});
    let cluster = json!({"cluster": {"name": "c", "arn": format!("arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/c"),
        "identity": {"oidc": {"issuer": format!("https://{PROVIDER}")}}}});
    for (number, claim, value, answer, remark) in [
        (26, "aud", "sts.amazonaws.com", "allow", "every service account of the cluster may assume it"),
        (27, "sub", "system:serviceaccount:dev-*:app", "deny", "a wildcard under StringEquals"),
    ] {
        let policy = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{PROVIDER}")},
            "Condition": {"StringEquals": {format!("{PROVIDER}:{claim}"): value}}}});
        let world = Directory::new()
            .with("m/a.json", account.to_string())
            .with("m/c.json", cluster.to_string())
            .with("policy.json", policy.to_string());
        let asked = [
            "whoami",
            "--serviceaccount",
            "dev-1:app",
            "-f",
            "m",
            "--trust-policy",
            "policy.json",
            "-o",
            "json",
        ];
        let trust = world.run(&asked).json()["pods"]["roles"][0]["trust"].clone();
        assert_eq!(trust["answer"], answer, "vector {number}: {trust:#}");
        assert!(trust["remarks"].to_string().contains(remark), "vector {number}: {trust:#}");
    }
}
