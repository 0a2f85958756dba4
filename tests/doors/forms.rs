//! Every input form, recognised by what is in it, and something like it that is not.

use serde_json::json;

use super::*;
use crate::harness::root;

/// The file of the form, the same person through each.
#[test]
fn every_example_is_recognised_by_its_content() {
    for (file, username, mapped_by) in [
        ("cloudformation.yaml", "ledger:ann", "accessEntry"),
        ("cloudformation-cdk.json", "ledger:ann", "accessEntry"),
        ("terraform.json", "ledger:ann", "accessEntry"),
        ("terraform-plan.json", "ledger:ann", "mapRoles"),
        ("eksctl.yaml", "ledger:ann", "accessEntry"),
        ("ack.yaml", "ledger:ann", "accessEntry"),
        ("crossplane.yaml", "arn:aws:sts::210987654321:assumed-role/deployer/ann", "accessEntry"),
        ("cluster-api.yaml", "ledger:ann", "mapRoles"),
        ("kops.yaml", "ledger:ann", "crd"),
        ("authenticator.yaml", "ledger:ann", "mountedFile"),
        ("authenticator-configmap.yaml", "ledger:ann", "mountedFile"),
        ("iamidentitymapping.yaml", "ledger:ann", "crd"),
        ("dynamic-file.json", "ledger:ann", "dynamicFile"),
    ] {
        let text = std::fs::read_to_string(root().join("examples/doors/2-forms").join(file)).unwrap();
        let extension = file.rsplit('.').next().unwrap();
        let world = Directory::new().with(&format!("something.{extension}"), &text);
        let caller = role("teams/ledger/deployer");
        let answer = ask(&world, &["--arn", &caller, "--session", "ann", "get", "pods", "-n", "ledger"]);
        assert_eq!(answer["identity"]["username"], username, "{file}: {answer:#}");
        assert_eq!(answer["identity"]["mappedBy"], mapped_by, "{file}");
        if mapped_by == "accessEntry" {
            assert_eq!(
                (decision(&answer), answer["authorizer"].as_str()),
                ("allow", Some("eks-access-policy")),
                "{file}"
            );
        }
        let place = &answer["chain"][1]["place"];
        assert!(place["line"].as_u64().is_some(), "{file}: {answer:#}");
    }
}

#[test]
fn what_only_looks_like_a_form_is_left_alone() {
    let arn = role("deployer");
    for (name, text) in [
        ("an entry that is a text", json!({"accessEntry": arn}).to_string()),
        ("a list of objects", json!({"accessEntries": [{"principalArn": arn}]}).to_string()),
        ("a cluster of ECS", json!({"cluster": {"arn": "arn:aws:ecs:eu-west-1:1:cluster/c", "name": "c"}}).to_string()),
        ("another template", json!({"Resources": {"E": {"Type": "AWS::IAM::Role", "Properties": {"PrincipalArn": arn}}}}).to_string()),
        ("a state without resources", json!({"format_version": "1.0", "aws_eks_access_entry": {"principal_arn": arn}}).to_string()),
        ("a data source", json!({"format_version": "1.0", "values": {"root_module": {"resources": [{"mode": "data", "type": "aws_eks_access_entry", "values": {"cluster_name": "c", "principal_arn": arn}}]}}}).to_string()),
        ("another tool's ClusterConfig", format!("apiVersion: other.io/v1\nkind: ClusterConfig\nmetadata: {{name: c}}\naccessConfig: {{accessEntries: [{{principalARN: \"{arn}\"}}]}}\n")),
        ("an AccessEntry of another group", format!("apiVersion: example.com/v1\nkind: AccessEntry\nmetadata: {{name: c}}\nspec: {{principalARN: \"{arn}\", clusterName: c}}\n")),
        ("a Cluster of Cluster API", format!("apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {{name: c}}\nspec: {{authentication: {{aws: {{identityMappings: [{{arn: \"{arn}\", username: u}}]}}}}}}\n")),
        ("mappings without a cluster id", format!("server:\n  mapRoles:\n  - roleARN: {arn}\n    username: u\n")),
        ("mappings of something else", json!({"mapRoles": [{"role": arn, "username": "u"}]}).to_string()),
        ("another IAMIdentityMapping", format!("apiVersion: example.com/v1\nkind: IAMIdentityMapping\nmetadata: {{name: m}}\nspec: {{arn: \"{arn}\", username: u}}\n")),
        ("a control plane of another provider", "apiVersion: infrastructure.x-k8s.io/v1\nkind: AWSManagedControlPlane\nmetadata: {name: c}\nspec: {iamAuthenticatorConfig: {mapRoles: []}}\n".to_owned()),
    ] {
        let extension = if text.starts_with('{') { "json" } else { "yaml" };
        let world = Directory::new().with(&format!("f.{extension}"), &text);
        let answer = ask(&world, &["--arn", &arn, "--session", "ann", "get", "pods"]);
        assert_eq!(answer["identity"]["authenticated"], false, "{name}: {answer:#}");
        assert_eq!(decision(&answer), "deny", "{name}: {answer:#}");
    }
}

#[test]
fn values_that_are_only_known_later_are_gaps() {
    for value in [
        json!({"Fn::GetAtt": ["Role", "Arn"]}),
        json!({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/deployer"}),
    ] {
        let template = json!({"Resources": {"E": {"Type": "AWS::EKS::AccessEntry", "Properties": {"ClusterName": "c", "PrincipalArn": value}}}});
        later("t.json", &template.to_string());
    }
    let yaml = |value: &str| {
        format!(
            "Resources:\n  E:\n    Type: AWS::EKS::AccessEntry\n    Properties:\n      ClusterName: !Ref Name\n      PrincipalArn: {value}\n"
        )
    };
    for value in [
        "!GetAtt Role.Arn",
        "!Ref RoleArn",
        "!Ref 'RoleArn'",
        "!Sub arn:aws:iam::${AWS::AccountId}:role/deployer",
        "!Sub >-\n        arn:aws:iam::${AWS::AccountId}:role/deployer",
        "!ImportValue deployer-arn",
        "!Join [\"\", [\"arn:\", aws]]",
    ] {
        later("t.yaml", &yaml(value));
    }
    let plan = |data: Value| {
        let mut values = json!({"metadata": [{"name": "aws-auth", "namespace": "kube-system"}]});
        if !data.is_null() {
            values["data"] = data;
        }
        json!({"format_version": "1.2", "planned_values": {"root_module": {"resources": [
            {"mode": "managed", "type": "kubernetes_config_map_v1", "values": values}]}}})
    };
    later("plan.json", &plan(Value::Null).to_string());
    later("plan.json", &plan(json!({"mapRoles": null})).to_string());
}

/// What may map the caller only once it is applied.
fn later(file: &str, text: &str) {
    let world = Directory::new().with(file, text);
    let run = run(&world, &["--arn", &role("deployer"), "--session", "ann", "get", "pods"]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(codes(&run.json()).contains(&"placeholder-unfilled"));
}

#[test]
fn functions_of_cloudformation_in_names() {
    let text = "Resources:\n  E:\n    Type: AWS::EKS::AccessEntry\n    Properties:\n      ClusterName: !Ref Name\n\
        \x20     PrincipalArn: arn:aws:iam::210987654321:role/deployer\n      Username: !Ref User\n\
        \x20     KubernetesGroups: [!Ref Team, \"admins\"]\n";
    let world = Directory::new().with("t.yaml", text).with("e.json", entry(&role("other"), &json!({})));
    let run = run(&world, &["--arn", &role("deployer"), "--session", "ann", "get", "pods"]);
    assert_eq!(run.status, 2, "the reference is no second cluster, and its names are not known: {run:?}");
    assert_eq!(run.json()["identity"]["username"], "${User}");
    assert!(codes(&run.json()).contains(&"placeholder-unfilled"));
}

#[test]
fn the_last_association_of_a_policy_counts() {
    let scope = |namespace: &str| json!({"type": "namespace", "namespaces": [namespace]});
    let world = Directory::new()
        .with("entry.json", entry(&role("Dev"), &json!({"username": "dev"})))
        .with("1.json", associated(&role("Dev"), "AmazonEKSViewPolicy", &scope("old")))
        .with("2.json", associated(&role("team/Dev"), "AmazonEKSViewPolicy", &scope("new")));
    for (namespace, decided) in [("old", "deny"), ("new", "allow")] {
        let answer = ask(&world, &["--arn", &role("Dev"), "--session", "s1", "get", "pods", "-n", namespace]);
        assert_eq!(decision(&answer), decided, "{namespace}: {answer:#}");
    }
    let told = world.run(&["can-i", "--user", "u", "get", "pods"]).stderr;
    assert!(
        told.contains("access-entry-duplicate") || told.contains("associated with the entry twice"),
        "{told}"
    );
}

#[test]
fn a_list_does_not_say_whose_it_is() {
    let list = json!({"accessEntries": [role("Dev")]}).to_string();
    let one = Directory::new()
        .with("list.json", &list)
        .with("e.json", entry(&role("Dev"), &json!({"username": "c"})));
    let question = ["--arn", &role("Nobody"), "--session", "s1", "get", "pods"];
    assert_eq!(ask(&one, &question)["complete"], true);
    let two = one.with("d.json", entry(&role("Dev"), &json!({"clusterName": "d", "username": "d"})));
    let asked = [&question[..], &["--cluster", "c"]].concat();
    let answer = ask(&two, &asked);
    assert_eq!((decision(&answer), &answer["complete"]), ("deny", &json!(false)), "{answer:#}");
}

#[test]
fn crossplane_names_the_cluster_by_its_external_name() {
    let text = format!(
        "apiVersion: eks.aws.upbound.io/v1beta1\nkind: Cluster\nmetadata:\n  name: mine\n  annotations: {{crossplane.io/external-name: c}}\n\
        spec: {{forProvider: {{accessConfig: {{authenticationMode: API}}}}}}\n---\n{}",
        entry(&role("Dev"), &json!({"username": "dev"}))
    );
    let world = Directory::new().with("x.yaml", text);
    let answer = ask(&world, &["--arn", &role("Dev"), "--session", "s1", "get", "pods"]);
    assert_eq!(answer["authenticationMode"], json!({"name": "API", "from": "input"}), "{answer:#}");
}

#[test]
fn terraform_brings_aws_auth() {
    let plan = json!({"format_version": "1.2", "planned_values": {"root_module": {"child_modules": [{"resources": [
        {"mode": "managed", "type": "kubernetes_config_map_v1_data", "name": "aws_auth", "values": {
            "metadata": [{"name": "aws-auth", "namespace": "kube-system"}],
            "data": {"mapRoles": format!("- rolearn: {}\n  username: tf\n", role("deployer"))}}},
        {"mode": "managed", "type": "aws_eks_cluster", "name": "c", "values": {"name": "c",
            "access_config": [{"authentication_mode": "API_AND_CONFIG_MAP"}]}},
    ]}]}}});
    let world = Directory::new().with("plan.json", plan.to_string());
    let answer = ask(&world, &["--arn", &role("deployer"), "--session", "ann", "get", "pods"]);
    assert_eq!(
        (&answer["identity"]["username"], &answer["identity"]["mappedBy"]),
        (&json!("tf"), &json!("mapRoles"))
    );
    let api = ask(
        &world,
        &["--arn", &role("deployer"), "--session", "ann", "get", "pods", "--authentication-mode", "API"],
    );
    assert_eq!(api["identity"]["authenticated"], false);
}

#[test]
fn what_eksctl_writes_counts_where_the_config_map_is_not_there() {
    let config = format!(
        "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {{name: c, region: eu-west-1}}\n\
        iamIdentityMappings:\n- arn: {}\n  username: oncall\n  groups: [\"system:masters\"]\n- account: \"333344445555\"\n",
        role("oncall")
    );
    let world = Directory::new().with("cluster.yaml", &config);
    let who = |world: &Directory, caller: &str| {
        ask(world, &["--arn", caller, "list", "pods"])["identity"]["username"].clone()
    };
    assert_eq!(who(&world, &role("oncall")), "oncall");
    assert_eq!(who(&world, "arn:aws:iam::333344445555:user/u"), "arn:aws:iam::333344445555:user/u");
    let captured = Directory::new().with("cluster.yaml", &config).with("z.json", aws_auth("", ""));
    assert_eq!(who(&captured, &role("oncall")), Value::Null, "the ConfigMap is what is in force");
}
