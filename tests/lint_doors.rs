//! The linter looks through every door: access entries and their policies, the authenticator's backends, and what the
//! mode keeps shut.

use serde_json::Value;

use crate::harness::Directory;

const ROLE: &str = "arn:aws:iam::111122223333:role/deployer";
const BINDING: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: deployers}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: Group, name: deployers}]\n";

fn findings(place: &Directory, arguments: &[&str]) -> Vec<Value> {
    let run = place.run(&[&["lint", "--today", "2026-11-22", "-o", "json"], arguments].concat());
    run.json()["findings"].as_array().unwrap().clone()
}

/// The messages of one code.
fn of(findings: &[Value], code: &str) -> Vec<String> {
    let own = findings.iter().filter(|finding| finding["code"] == code);
    own.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
}

fn kinds(finding: &Value) -> Vec<String> {
    let chain = finding["chain"].as_array().unwrap().iter();
    chain.map(|step| step["what"].as_str().unwrap().split(':').next().unwrap().to_owned()).collect()
}

fn entry(groups: &str) -> String {
    format!(
        "accessEntry:\n  principalArn: {ROLE}\n  username: deployer\n  kubernetesGroups: [{groups}]\n  type: STANDARD\n"
    )
}

fn policies(policy: &str, scope: &str) -> String {
    format!(
        "principalArn: {ROLE}\nassociatedAccessPolicies:\n- policyArn: arn:aws:eks::aws:cluster-access-policy/{policy}\n  accessScope: {scope}\n"
    )
}

fn aws_auth(groups: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: aws-auth, namespace: kube-system}}\ndata:\n  mapRoles: |\n    - rolearn: {ROLE}\n      username: deployer\n      groups: [{groups}]\n"
    )
}

#[test]
fn access_by_the_groups_of_an_entry_is_held() {
    let place = Directory::new().with("entry.yaml", entry("deployers")).with("rbac.yaml", BINDING);
    let all = findings(&place, &[]);
    let held = of(&all, "access-cluster-admin");
    assert_eq!(
        held,
        [format!(
            "`{ROLE}` can do anything to everything, everywhere, by group `deployers` in ClusterRoleBinding `deployers`"
        )]
    );
    let finding = all.iter().find(|finding| finding["code"] == "access-cluster-admin").unwrap();
    let chain = kinds(finding);
    assert_eq!(&chain[..2], ["caller", "mapping"], "{finding}");
    assert_eq!(finding["chain"][1]["place"]["file"], "entry.yaml", "{finding}");
    assert!(of(&all, "subject-unmapped").is_empty(), "{all:?}");
}

#[test]
fn access_by_policies_is_held_where_they_apply() {
    let with = |policy: &str, scope: &str| {
        let place = Directory::new().with("entry.yaml", entry("")).with("p.yaml", policies(policy, scope));
        findings(&place, &[])
    };
    let admin = with("AmazonEKSClusterAdminPolicy", "{type: cluster, namespaces: []}");
    assert_eq!(
        of(&admin, "access-cluster-admin"),
        [format!(
            "`{ROLE}` can do anything to everything, everywhere, by access policy `AmazonEKSClusterAdminPolicy`"
        )]
    );
    let finding = &admin[0];
    assert_eq!(
        kinds(finding),
        ["caller", "mapping", "username", "authorizer", "association", "access-policy", "rule"]
    );
    assert_eq!((&finding["place"]["file"], &finding["place"]["line"]), (&"p.yaml".into(), &3.into()));
    let within = with("AmazonEKSClusterAdminPolicy", "{type: namespace, namespaces: [dev, 'team-*']}");
    assert!(of(&within, "access-cluster-admin").is_empty(), "{within:?}");
    assert_eq!(
        of(&within, "access-wildcard"),
        [format!(
            "`{ROLE}` can do anything to everything, in namespaces dev, team-*, by access policy `AmazonEKSClusterAdminPolicy`"
        )]
    );
    let secrets = with("AmazonEKSSecretReaderPolicy", "{type: namespace, namespaces: [kube-system]}");
    assert!(of(&secrets, "access-secrets")[0].contains("in namespace kube-system"), "{secrets:?}");
    let edit = with("AmazonEKSEditPolicy", "{type: cluster}");
    assert_eq!(
        of(&edit, "access-default-role"),
        [format!("`{ROLE}` holds the access policy `AmazonEKSEditPolicy` everywhere")]
    );
    assert!(with("AmazonEKSViewPolicy", "{type: cluster}").is_empty());
    let open = with("AmazonEKSOfTomorrowPolicy", "{type: cluster}");
    assert_eq!(of(&open, "access-policy-unsettled").len(), 1, "{open:?}");
}

#[test]
fn a_policy_counts_for_an_entry_that_was_only_listed() {
    let place = Directory::new().with("p.yaml", policies("AmazonEKSClusterAdminPolicy", "{type: cluster}"));
    let all = findings(&place, &[]);
    assert_eq!(of(&all, "access-cluster-admin").len(), 1, "{all:?}");
    // in mode CONFIG_MAP nothing of it counts
    let shut = findings(&place, &["--authentication-mode", "CONFIG_MAP"]);
    assert!(of(&shut, "access-cluster-admin").is_empty(), "{shut:?}");
    assert_eq!(of(&shut, "door-shut").len(), 1, "{shut:?}");
}

#[test]
fn an_access_entry_shadows_a_mapping_and_only_what_is_in_force_is_judged() {
    let place = Directory::new()
        .with("entry.yaml", entry("deployers"))
        .with("aws-auth.yaml", aws_auth("system:masters"))
        .with("rbac.yaml", BINDING);
    let all = findings(&place, &[]);
    assert_eq!(
        of(&all, "mapping-shadowed"),
        [format!(
            "its access entry takes precedence over this one for `{ROLE}`; its groups `system:masters` are lost"
        )]
    );
    assert!(of(&all, "mapping-system-masters").is_empty(), "{all:?}");
    // without the entries, or where the mode does not ask them, the mapping is in force
    let config_map = findings(&place, &["--authentication-mode", "CONFIG_MAP"]);
    assert_eq!(of(&config_map, "mapping-system-masters").len(), 1, "{config_map:?}");
    assert_eq!(
        of(&config_map, "door-shut"),
        [format!("the mapping of `{ROLE}` in access entries does not count in mode `CONFIG_MAP`")]
    );
    let api = findings(&place, &["--authentication-mode", "API"]);
    assert!(of(&api, "mapping-system-masters").is_empty(), "{api:?}");
    assert_eq!(
        of(&api, "door-shut"),
        [format!("the mapping of `{ROLE}` in aws-auth does not count in mode `API`")]
    );
}

#[test]
fn names_of_entries_are_judged_as_eks_does() {
    let eksctl = |fields: &str| {
        let text = format!(
            "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {{name: c}}\naccessConfig:\n  accessEntries:\n  - principalARN: {ROLE}\n    {fields}\n"
        );
        of(&findings(&Directory::new().with("c.yaml", text), &[]), "entry-name-refused").len()
    };
    for (fields, refused) in [
        ("kubernetesUsername: deployer", 0),
        ("kubernetesUsername: 'team:{{SessionName}}'", 0),
        ("kubernetesUsername: 'team-{{SessionName}}'", 1),
        ("kubernetesUsername: 'team:{{SessionNameRaw}}'", 1),
        ("kubernetesUsername: 'eks:deployer'", 1),
        ("kubernetesGroups: [deployers, 'system:masters', 'iam:x']", 2),
        ("type: EC2_LINUX", 0),
        ("type: EC2", 0),
    ] {
        assert_eq!(eksctl(fields), refused, "{fields}");
    }
}

#[test]
fn the_authenticators_own_backends_are_judged() {
    let configuration = format!(
        "clusterID: c\nserver:\n  mapRoles:\n  - roleARN: {ROLE}\n    username: deployer\n    groups: ['system:masters']\n  - roleARN: arn:aws:sts::111122223333:assumed-role/ops/x\n    username: ops\n    groups: [deployers]\n  - roleARN: arn:aws:iam::111122223333:role/path/ops\n    username: lost\n    groups: []\n"
    );
    let place = Directory::new().with("auth.yaml", configuration).with("rbac.yaml", BINDING);
    let all = findings(&place, &[]);
    assert_eq!(of(&all, "mapping-system-masters").len(), 1, "{all:?}");
    assert!(of(&all, "mapping-sts-arn").is_empty(), "this door takes it for the role: {all:?}");
    assert_eq!(of(&all, "mapping-role-path").len(), 1, "{all:?}");
    assert!(of(&all, "access-cluster-admin")[0].contains("role/ops"), "{all:?}");
    let crd = format!(
        "apiVersion: iamauthenticator.k8s.aws/v1alpha1\nkind: IAMIdentityMapping\nmetadata: {{name: m}}\nspec: {{arn: {ROLE}, username: deployer, groups: [deployers]}}\n"
    );
    let all = findings(&Directory::new().with("m.yaml", crd).with("rbac.yaml", BINDING), &[]);
    assert_eq!(of(&all, "access-cluster-admin").len(), 1, "{all:?}");
}
