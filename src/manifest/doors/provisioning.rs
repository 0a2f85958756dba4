//! What provisions a cluster: CloudFormation, Terraform, eksctl, ACK, Crossplane, Cluster API. Values that are only known
//! when it is applied stay as placeholders.
//!
//! Upstream: the property names of CloudFormation and of `hashicorp/aws`, eksctl's `pkg/apis`, ACK's eks-controller,
//! Crossplane's provider-upjet-aws, Cluster API's `AWSManagedControlPlane`.

use std::sync::Arc;

use super::gathered::{Gathered, Names, Of, PolicyNames, account, as_arn, mapping, mapping_at};
use super::part::Part;
use crate::manifest::aws_auth;
use crate::manifest::reader::TextPool;
use crate::model::{Backend, Door, MapKey, Mapping, MappingPlace};
use crate::source::Step;

const CAMEL: PolicyNames =
    PolicyNames { policy: "policyArn", scope: "accessScope", kind: "type", namespaces: "namespaces" };
const CAMEL_ARN: PolicyNames = PolicyNames { policy: "policyARN", ..CAMEL };

fn name(part: Option<Part<'_>>) -> Option<Arc<str>> {
    let part = part?;
    part.text().filter(|text| !text.contains("${") && !text.is_empty()).map(Into::into)
}

/// A template with resources of EKS.
pub(super) fn is_cloudformation(root: &Part<'_>) -> bool {
    let resources = root.get("Resources").map(|resources| resources.fields()).unwrap_or_default();
    let of_eks = |part: &Part<'_>| {
        part.get("Type").and_then(|kind| kind.text()).is_some_and(|kind| kind.starts_with("AWS::EKS::"))
    };
    resources.iter().any(|(_, resource)| of_eks(resource))
}

pub(super) fn cloudformation(root: &Part<'_>, gathered: &mut Gathered) {
    const ENTRY: Names = Names {
        arn: "PrincipalArn",
        kind: "Type",
        username: "Username",
        groups: "KubernetesGroups",
        described: false,
    };
    const POLICY: PolicyNames =
        PolicyNames { policy: "PolicyArn", scope: "AccessScope", kind: "Type", namespaces: "Namespaces" };
    let resources = root.get("Resources").map(|resources| resources.fields()).unwrap_or_default();
    for (_, resource) in &resources {
        let Some(properties) = resource.get("Properties") else { continue };
        match resource.get("Type").and_then(|kind| kind.text()) {
            Some("AWS::EKS::AccessEntry") => {
                // a reference to a cluster of the template is its logical name, which is no name of a cluster
                let of = name(properties.get("ClusterName"))
                    .filter(|of| !resources.iter().any(|(logical, _)| **logical == **of));
                let principal = gathered.entry(&properties, of.clone(), ENTRY);
                let policies = properties.get("AccessPolicies").map(|list| list.items()).unwrap_or_default();
                for policy in policies {
                    gathered.association(&policy, of.clone(), &principal, POLICY);
                }
            }
            Some("AWS::EKS::Cluster") => {
                let mode =
                    properties.at(&["AccessConfig", "AuthenticationMode"]).and_then(|mode| mode.text());
                // what creates clusters through CloudFormation without saying so gets this one
                gathered.fact(&properties, name(properties.get("Name")), mode.or(Some("CONFIG_MAP")));
            }
            _ => {}
        }
    }
}

/// `terraform show -json` of a state or a plan, with resources of EKS or an aws-auth ConfigMap.
pub(super) fn is_terraform(root: &Part<'_>) -> bool {
    root.get("format_version").is_some() && terraform_root(root).is_some()
}

fn terraform_root<'a>(root: &Part<'a>) -> Option<Part<'a>> {
    root.at(&["planned_values", "root_module"]).or_else(|| root.at(&["values", "root_module"]))
}

pub(super) fn terraform(root: &Part<'_>, gathered: &mut Gathered, texts: &mut TextPool) {
    let mut modules: Vec<Part<'_>> = terraform_root(root).into_iter().collect();
    while let Some(module) = modules.pop() {
        for resource in module.get("resources").map(|list| list.items()).unwrap_or_default() {
            let managed = resource.get("mode").is_none_or(|mode| mode.text() == Some("managed"));
            let kind = resource.get("type").and_then(|kind| kind.text()).unwrap_or_default();
            if let (true, Some(values)) = (managed, resource.get("values")) {
                terraform_resource(kind, &values, gathered, texts);
            }
        }
        let children = module.get("child_modules").map(|list| list.items()).unwrap_or_default();
        // popped from the end: the first child comes next
        modules.extend(children.into_iter().rev());
    }
}

fn terraform_resource(kind: &str, values: &Part<'_>, gathered: &mut Gathered, texts: &mut TextPool) {
    const ENTRY: Names = Names {
        arn: "principal_arn",
        kind: "type",
        username: "user_name",
        groups: "kubernetes_groups",
        described: false,
    };
    const POLICY: PolicyNames =
        PolicyNames { policy: "policy_arn", scope: "access_scope", kind: "type", namespaces: "namespaces" };
    let of = name(values.get("cluster_name"));
    match kind {
        "aws_eks_access_entry" => {
            gathered.entry(values, of, ENTRY);
        }
        "aws_eks_access_policy_association" => {
            let principal =
                values.get("principal_arn").map_or_else(|| "${principal_arn}".to_owned(), |arn| as_arn(&arn));
            gathered.association(values, of, &principal.into(), POLICY);
        }
        "aws_eks_cluster" => {
            let config =
                values.get("access_config").and_then(|config| config.one_or_more().into_iter().next());
            let mode = config.and_then(|config| config.get("authentication_mode"));
            gathered.fact(values, name(values.get("name")), mode.and_then(|mode| mode.text()));
        }
        "kubernetes_config_map"
        | "kubernetes_config_map_v1"
        | "kubernetes_config_map_data"
        | "kubernetes_config_map_v1_data" => terraform_config_map(values, gathered, texts),
        _ => {}
    }
}

fn terraform_config_map(values: &Part<'_>, gathered: &mut Gathered, texts: &mut TextPool) {
    let metadata = values.get("metadata").and_then(|metadata| metadata.one_or_more().into_iter().next());
    let is = |field: &'static str, text: &str| {
        metadata
            .as_ref()
            .and_then(|metadata| metadata.get(field))
            .is_some_and(|part| part.text() == Some(text))
    };
    if !is("name", "aws-auth") || !is("namespace", "kube-system") {
        return;
    }
    // what is computed only when a plan is applied is left out of it, or null
    let Some(data) = values.get("data") else {
        gathered.unknown_mappings(values);
        return;
    };
    let mut pairs: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    for (key, value) in data.fields() {
        match value.text() {
            Some(text) => pairs.push((key.into(), text.into())),
            None => gathered.unknown_mappings(&value),
        }
    }
    let mut backend = aws_auth::read_data(values.origin(), &pairs, texts);
    let within = |key: MapKey, position: usize| {
        let mut address = data.address();
        address.route.extend([Step::Field(key.as_str()), Step::Inside, Step::Item(position)]);
        address
    };
    for mapping in backend.roles.iter_mut().chain(&mut backend.users) {
        let arn = if mapping.key == MapKey::Users { "userarn" } else { "rolearn" };
        mapping.place = Some(Box::new(MappingPlace {
            object: "ConfigMap kube-system/aws-auth".into(),
            address: within(mapping.key, mapping.position),
            arn,
            username: "username",
            groups: "groups",
        }));
    }
    for account in &mut backend.accounts {
        account.place = Some(within(MapKey::Accounts, account.position));
    }
    gathered.config_maps.push(Of { cluster: None, what: backend });
}

/// eksctl's `ClusterConfig`: access entries, and mappings that it writes into aws-auth.
pub(super) fn eksctl(root: &Part<'_>, gathered: &mut Gathered) {
    const ENTRY: Names = Names {
        arn: "principalARN",
        kind: "type",
        username: "kubernetesUsername",
        groups: "kubernetesGroups",
        described: false,
    };
    let cluster = name(root.at(&["metadata", "name"]));
    let mode = root.at(&["accessConfig", "authenticationMode"]);
    let place = mode.clone().unwrap_or_else(|| root.clone());
    // eksctl's own default
    gathered.fact(&place, cluster.clone(), mode.and_then(|mode| mode.text()).or(Some("API_AND_CONFIG_MAP")));
    if let Some(config) = root.get("accessConfig") {
        for entry in config.get("accessEntries").map(|list| list.items()).unwrap_or_default() {
            let principal = gathered.entry(&entry, cluster.clone(), ENTRY);
            for policy in entry.get("accessPolicies").map(|list| list.items()).unwrap_or_default() {
                gathered.association(&policy, cluster.clone(), &principal, CAMEL_ARN);
            }
        }
    }
    let mut written = Backend::new(Door::AwsAuth, root.origin());
    for item in root.get("iamIdentityMappings").map(|list| list.items()).unwrap_or_default() {
        eksctl_mapping(&item, &mut written);
    }
    push_written(written, cluster, gathered);
}

fn eksctl_mapping(item: &Part<'_>, written: &mut Backend) {
    let text = |field: &'static str| item.get(field).map(|part| part.shown());
    if let Some(id) = text("account") {
        let position = written.accounts.len();
        written.accounts.push(account(item, position, id));
        return;
    }
    let (arn, username) = match (text("arn"), text("serviceName").as_deref()) {
        (Some(arn), _) => (arn, text("username").unwrap_or_default()),
        (None, Some("emr-containers")) => (
            "arn:aws:iam::${ACCOUNT}:role/AWSServiceRoleForAmazonEMRContainers".to_owned(),
            "emr-containers".to_owned(),
        ),
        (None, _) => return,
    };
    let key = if arn.contains(":user/") { MapKey::Users } else { MapKey::Roles };
    let list = if key == MapKey::Users { &mut written.users } else { &mut written.roles };
    let read = Mapping {
        username: username.into(),
        groups: item.get("groups").map(|groups| groups.texts()).unwrap_or_default(),
        ..mapping(key, list.len(), arn)
    };
    list.push(mapping_at(item, "iamIdentityMappings of eksctl", ("arn", "username", "groups"), read));
}

fn push_written(written: Backend, cluster: Option<Arc<str>>, gathered: &mut Gathered) {
    if written.mappings().next().is_some() || !written.accounts.is_empty() {
        gathered.written.push(Of { cluster, what: written });
    }
}

/// ACK's `AccessEntry`.
pub(super) fn ack_entry(root: &Part<'_>, gathered: &mut Gathered) {
    const ENTRY: Names = Names {
        arn: "principalARN",
        kind: "type",
        username: "username",
        groups: "kubernetesGroups",
        described: false,
    };
    let Some(spec) = root.get("spec") else { return };
    let cluster = name(spec.get("clusterName"));
    let principal = gathered.entry(&spec, cluster.clone(), ENTRY);
    for policy in spec.get("accessPolicies").map(|list| list.items()).unwrap_or_default() {
        gathered.association(&policy, cluster.clone(), &principal, CAMEL_ARN);
    }
}

/// ACK's `Cluster`.
pub(super) fn ack_cluster(root: &Part<'_>, gathered: &mut Gathered) {
    let Some(spec) = root.get("spec") else { return };
    let mode = spec.at(&["accessConfig", "authenticationMode"]).and_then(|mode| mode.text());
    gathered.fact(&spec, name(spec.get("name")), mode);
}

/// Crossplane's `AccessEntry`.
pub(super) fn crossplane_entry(root: &Part<'_>, gathered: &mut Gathered) {
    const ENTRY: Names = Names {
        arn: "principalArn",
        kind: "type",
        username: "userName",
        groups: "kubernetesGroups",
        described: false,
    };
    if let Some(spec) = root.at(&["spec", "forProvider"]) {
        gathered.entry(&spec, name(spec.get("clusterName")), ENTRY);
    }
}

/// Crossplane's `AccessPolicyAssociation`.
pub(super) fn crossplane_association(root: &Part<'_>, gathered: &mut Gathered) {
    let Some(spec) = root.at(&["spec", "forProvider"]) else { return };
    let principal = spec.get("principalArn").map_or_else(|| "${principalArn}".to_owned(), |arn| as_arn(&arn));
    gathered.association(&spec, name(spec.get("clusterName")), &principal.into(), CAMEL);
}

/// Crossplane's `Cluster`.
pub(super) fn crossplane_cluster(root: &Part<'_>, gathered: &mut Gathered) {
    let Some(spec) = root.at(&["spec", "forProvider"]) else { return };
    let config = spec.get("accessConfig").and_then(|config| config.one_or_more().into_iter().next());
    let mode = config.and_then(|config| config.get("authenticationMode"));
    // the annotation is the name on AWS' side; without one it is the object's
    let external = name(root.at(&["metadata", "annotations", "crossplane.io/external-name"]));
    let own = external.or_else(|| name(root.at(&["metadata", "name"])));
    gathered.fact(&spec, own, mode.and_then(|mode| mode.text()));
}

/// Cluster API's `AWSManagedControlPlane`: mappings that it writes into aws-auth, and the mode in any letter case.
pub(super) fn control_plane(root: &Part<'_>, gathered: &mut Gathered) {
    let Some(spec) = root.get("spec") else { return };
    let cluster = name(spec.get("eksClusterName")).or_else(|| name(root.at(&["metadata", "name"])));
    if let Some(mode) = spec.at(&["accessConfig", "authenticationMode"]) {
        gathered.fact(&mode.clone(), cluster.clone(), mode.text());
    }
    let mut written = Backend::new(Door::AwsAuth, root.origin());
    let lists = [("mapRoles", "rolearn", MapKey::Roles), ("mapUsers", "userarn", MapKey::Users)];
    for (list, arn, key) in lists {
        let items = spec.at(&["iamAuthenticatorConfig", list]).map(|list| list.items()).unwrap_or_default();
        for (position, item) in items.iter().enumerate() {
            let Some(of) = item.get(arn) else { continue };
            let read = Mapping {
                username: item.get("username").map(|username| username.shown()).unwrap_or_default().into(),
                groups: item.get("groups").map(|groups| groups.texts()).unwrap_or_default(),
                ..mapping(key, position, of.shown())
            };
            let read = mapping_at(item, "AWSManagedControlPlane", (arn, "username", "groups"), read);
            if key == MapKey::Users { written.users.push(read) } else { written.roles.push(read) }
        }
    }
    push_written(written, cluster, gathered);
}
