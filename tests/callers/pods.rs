//! The pods' side of a service account: which role they become, and whether its trust policy lets them.

use serde_json::{Value, json};

use super::*;

const PROVIDER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0A";

fn pods(world: &Directory, more: &[&str]) -> Value {
    let all = [&["whoami", "-o", "json", "--serviceaccount", "ledger:api"][..], more].concat();
    let run = world.run(&all);
    assert_eq!(run.status, 0, "{run:?}");
    run.json()["pods"].clone()
}

fn account(annotations: &Value) -> String {
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "api", "namespace": "ledger", "annotations": annotations}})
        .to_string()
}

fn irsa() -> Value {
    json!({"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/pods/api"})
}

fn trusting(subject: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": format!("arn:aws:iam::1:oidc-provider/{PROVIDER}")},
        "Condition": {"StringLike": {format!("{PROVIDER}:sub"): subject}},
    }})
}

fn cluster() -> String {
    json!({"cluster": {"name": "c", "arn": "arn:aws:eks:eu-west-1:1:cluster/c", "identity": {"oidc": {"issuer": format!("https://{PROVIDER}")}}}})
        .to_string()
}

#[test]
fn the_example() {
    let run = run(&[
        "whoami",
        "-f",
        "pods",
        "-o",
        "json",
        "--serviceaccount",
        "ledger:reports",
        "--trust-policy",
        "policies/ledger-reports.json",
    ]);
    let pods = &run.json()["pods"];
    assert_eq!((&pods["automount"], &pods["workloads"][0]["automount"]), (&json!(false), &json!(true)));
    let tokens: Vec<_> = pods["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| (token["audience"].clone(), token["seconds"].clone()))
        .collect();
    assert_eq!(
        tokens,
        [
            (Value::Null, Value::Null),
            (json!("vault"), json!("600")),
            (json!("sts.amazonaws.com"), json!("86400"))
        ]
    );
    let roles: Vec<_> = pods["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| (role["via"].as_str().unwrap(), role["trust"]["answer"].as_str().unwrap()))
        .collect();
    assert_eq!(roles, [("irsa", "allow"), ("podIdentity", "deny")]);
    for place in [
        &pods["object"],
        &pods["automountPlace"],
        &pods["roles"][0]["place"],
        &pods["roles"][0]["trust"]["place"],
        &pods["roles"][1]["place"],
    ] {
        assert!(place["line"].is_u64(), "{pods:#}");
    }
    let other =
        super::run(&["whoami", "-f", "pods", "-o", "json", "--serviceaccount", "ledger:other"]).json();
    assert_eq!((&other["pods"]["roles"], &other["pods"]["workloads"]), (&json!([]), &json!([])));
}

/// Each form in which an association is kept.
#[test]
fn forms_of_associations() {
    let association = json!({"clusterName": "c", "namespace": "ledger", "serviceAccount": "api", "roleArn": "arn:aws:iam::1:role/api"});
    let terraform = json!({"mode": "managed", "type": "aws_eks_pod_identity_association", "values": {"cluster_name": "c", "namespace": "ledger", "service_account": "api", "role_arn": "arn:aws:iam::1:role/api"}});
    let template = json!({"ClusterName": "c", "Namespace": "ledger", "ServiceAccount": "api", "RoleArn": "arn:aws:iam::1:role/api"});
    let ack = json!({"clusterName": "c", "namespace": "ledger", "serviceAccount": "api", "roleARN": "arn:aws:iam::1:role/api"});
    for (form, document) in [
        ("describe", json!({"association": association})),
        (
            "CloudFormation",
            json!({"Resources": {"A": {"Type": "AWS::EKS::PodIdentityAssociation", "Properties": template}}}),
        ),
        (
            "Terraform",
            json!({"format_version": "1.0", "values": {"root_module": {"child_modules": [{"resources": [terraform]}]}}}),
        ),
        (
            "ACK",
            json!({"apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "PodIdentityAssociation", "metadata": {"name": "a"}, "spec": ack}),
        ),
        (
            "Crossplane",
            json!({"apiVersion": "eks.aws.upbound.io/v1beta1", "kind": "PodIdentityAssociation", "metadata": {"name": "a"}, "spec": {"forProvider": association}}),
        ),
        (
            "eksctl",
            json!({"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "metadata": {"name": "c"}, "iam": {"podIdentityAssociations": [{"namespace": "ledger", "serviceAccountName": "api", "roleARN": "arn:aws:iam::1:role/api"}]}}),
        ),
    ] {
        let found = pods(&Directory::new().with("f.json", document.to_string()), &[]);
        let role = &found["roles"][0];
        assert_eq!(
            (&role["role"], &role["via"], &role["cluster"]),
            (&json!("arn:aws:iam::1:role/api"), &json!("podIdentity"), &json!("c")),
            "{form}: {found:#}"
        );
        assert!(role["trust"].is_null() && role["place"]["line"].is_u64(), "{form}");
    }
    let listed =
        json!({"associations": [{"clusterName": "c", "namespace": "ledger", "serviceAccount": "api"}]})
            .to_string();
    let only_listed = pods(&Directory::new().with("list.json", &listed), &[]);
    assert!(
        only_listed["roles"][0]["remarks"][0].as_str().unwrap().contains("describe-pod-identity-association")
    );
    let both = Directory::new()
        .with("list.json", &listed)
        .with("one.json", json!({"association": association}).to_string());
    assert_eq!(pods(&both, &[])["roles"].as_array().unwrap().len(), 1);
    for (name, document) in [
        (
            "of another account",
            json!({"association": {"clusterName": "c", "namespace": "ledger", "serviceAccount": "other", "roleArn": "r"}}),
        ),
        (
            "of another namespace",
            json!({"association": {"clusterName": "c", "namespace": "x", "serviceAccount": "api", "roleArn": "r"}}),
        ),
        (
            "another group",
            json!({"apiVersion": "example.com/v1", "kind": "PodIdentityAssociation", "spec": ack}),
        ),
        (
            "another resource",
            json!({"Resources": {"A": {"Type": "AWS::EKS::Addon", "Properties": template}}}),
        ),
    ] {
        let found = pods(&Directory::new().with("f.json", document.to_string()), &[]);
        assert_eq!(found["roles"], json!([]), "{name}");
    }
}

/// Each form in which a trust policy is kept.
#[test]
fn forms_of_trust_policies() {
    let policy = trusting("system:serviceaccount:ledger:*");
    let encoded: Vec<String> = policy.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
    let of = |document: &Value| json!({"Role": {"RoleName": "api", "Arn": "arn:aws:iam::1:role/pods/api", "AssumeRolePolicyDocument": document}});
    let terraform = json!({"mode": "managed", "type": "aws_iam_role", "values": {"name": "api", "assume_role_policy": policy.to_string()}});
    for (form, document) in [
        ("get-role", of(&policy)),
        ("the API's own reply", of(&json!(encoded.concat()))),
        ("list-roles", json!({"Roles": [of(&policy)["Role"]]})),
        ("authorization details", json!({"RoleDetailList": [of(&policy)["Role"]]})),
        (
            "CloudFormation",
            json!({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "api", "AssumeRolePolicyDocument": policy}}}}),
        ),
        (
            "Terraform",
            json!({"format_version": "1.0", "planned_values": {"root_module": {"resources": [terraform]}}}),
        ),
        (
            "ACK",
            json!({"apiVersion": "iam.services.k8s.aws/v1alpha1", "kind": "Role", "metadata": {"name": "r"}, "spec": {"name": "api", "assumeRolePolicyDocument": policy.to_string()}}),
        ),
        (
            "Crossplane",
            json!({"apiVersion": "iam.aws.upbound.io/v1beta1", "kind": "Role", "metadata": {"name": "api"}, "spec": {"forProvider": {"assumeRolePolicy": policy.to_string()}}}),
        ),
    ] {
        let world = Directory::new()
            .with("a.json", account(&irsa()))
            .with("c.json", cluster())
            .with("f.json", document.to_string());
        let found = pods(&world, &[]);
        assert_eq!(found["roles"][0]["trust"]["answer"], "allow", "{form}: {found:#}");
        assert!(found["roles"][0]["trust"]["place"]["line"].is_u64(), "{form}");
    }
    let other = json!({"Role": {"RoleName": "other", "Arn": "arn:aws:iam::1:role/other", "AssumeRolePolicyDocument": policy}});
    let world = Directory::new().with("a.json", account(&irsa())).with("f.json", other.to_string());
    assert!(pods(&world, &[])["roles"][0]["trust"].is_null(), "it is of another role");
    let template = json!({"Resources": {
        "R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:*"}}}},
        "A": {"Type": "AWS::EKS::PodIdentityAssociation", "Properties": {"ClusterName": "c", "Namespace": "ledger", "ServiceAccount": "api", "RoleArn": {"Fn::GetAtt": ["R", "Arn"]}}},
    }});
    let found = pods(&Directory::new().with("t.json", template.to_string()), &[]);
    assert_eq!(
        (&found["roles"][0]["role"], &found["roles"][0]["trust"]["answer"]),
        (&json!("R.Arn"), &json!("allow"))
    );
}

#[test]
fn what_a_trust_policy_says() {
    let ask = |policy: &Value, with_cluster: bool| {
        let world =
            Directory::new().with("m/a.json", account(&irsa())).with("policy.json", policy.to_string());
        let world = if with_cluster { world.with("m/c.json", cluster()) } else { world };
        pods(&world, &["-f", "m", "--trust-policy", "policy.json"])["roles"][0]["trust"].clone()
    };
    let sub = trusting("system:serviceaccount:ledger:api");
    assert_eq!(ask(&sub, true)["answer"], "allow");
    let unknown = ask(&sub, false);
    assert!(
        unknown["answer"] == "depends"
            && unknown["remarks"][0].as_str().unwrap().contains("describe-cluster"),
        "{unknown}"
    );
    assert_eq!(ask(&trusting("system:serviceaccount:other:*"), true)["answer"], "deny");
    let mut open = sub.clone();
    open["Statement"]["Condition"] = json!({"StringEquals": {"aws:PrincipalTag/team": "x"}});
    let open = ask(&open, true);
    assert!(
        open["answer"] == "depends" && open["remarks"][0].as_str().unwrap().contains("aws:PrincipalTag/team"),
        "{open}"
    );
}

#[test]
fn what_runs_as_it() {
    let template = |account: &str| json!({"metadata": {}, "spec": {"serviceAccountName": account, "containers": [{"name": "c"}]}});
    let object = |kind: &str, version: &str, spec: &Value| json!({"apiVersion": version, "kind": kind, "metadata": {"name": kind.to_lowercase(), "namespace": "ledger"}, "spec": spec});
    let items = [
        object("Pod", "v1", &json!({"serviceAccount": "api", "containers": []})),
        object("Deployment", "apps/v1", &json!({"template": template("api")})),
        object("CronJob", "batch/v1", &json!({"jobTemplate": {"spec": {"template": template("api")}}})),
        object("Rollout", "argoproj.io/v1alpha1", &json!({"template": template("api")})),
        object("StatefulSet", "apps/v1", &json!({"template": template("other")})),
        object("Service", "v1", &json!({"serviceAccountName": "api"})),
    ];
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
    let found = pods(&Directory::new().with("list.json", &list), &[]);
    let names: Vec<&str> = found["workloads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|workload| workload["object"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "Pod ledger/pod",
            "Deployment ledger/deployment",
            "CronJob ledger/cronjob",
            "Rollout ledger/rollout"
        ]
    );
    assert_eq!((&found["automount"], &found["object"]), (&json!(true), &Value::Null));
    let default = Directory::new()
        .with("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: []}\n");
    let run = default.run(&["whoami", "-o", "json", "--serviceaccount", "default:default"]);
    assert_eq!(run.json()["pods"]["workloads"][0]["object"], "Pod default/p");
}

#[test]
fn what_cannot_be_read_and_wrong_input() {
    let world = Directory::new()
        .with("m/broken.yaml", "kind: ServiceAccount\nmetadata: {name: api\n")
        .with("hello.json", "{}")
        .with("text.json", "hello");
    assert_eq!(pods(&world, &["-f", "m"])["unread"].as_array().unwrap().len(), 1);
    for file in ["hello.json", "text.json", "absent.json"] {
        let run = world.run(&["whoami", "-f", "m", "--serviceaccount", "ledger:api", "--trust-policy", file]);
        assert!(
            run.status == 2
                && run.stdout.is_empty()
                && run.stderr.contains(file)
                && run.stderr.contains("get-role"),
            "{run:?}"
        );
    }
    let plain = world.run(&["whoami", "-f", "m", "--user", "ana", "-o", "json"]);
    assert!(plain.json().get("pods").is_none(), "only those who ask pay for it");
}

#[test]
fn the_role_that_comes_back() {
    let aws_auth = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata:\n  mapRoles: |\n    - rolearn: arn:aws:iam::1:role/api\n      username: back\n      groups: [system:masters]\n";
    let world = Directory::new().with("a.json", account(&irsa())).with("auth.yaml", aws_auth);
    let remarks = pods(&world, &[])["roles"][0]["remarks"].clone();
    assert_eq!(
        remarks,
        json!(["to this cluster the role is User \"back\" in system:masters, system:authenticated"])
    );
}
