//! Gathers what a document tells of one service account, for those who ask about it. Knows the forms; judges nothing, and
//! leaves the cluster alone.

mod account;
mod policies;

use std::sync::Arc;

use super::doors::part::Part;
use super::loader::Loader;
use super::object::At;
use crate::model::service_account::{Issuer, PodAssociation, ServiceAccountFacts, ServiceAccountName};
use crate::source::Stretch;
use crate::source::yaml::{NodeId, Tree};

/// Words of which a document has one that speaks of the pods' side of service accounts.
const WORDS: [&str; 6] = [
    "serviceAccount",
    "ServiceAccount",
    "service_account",
    "eks.amazonaws.com/",
    "AssumeRoleWithWebIdentity",
    "pods.eks.amazonaws.com",
];

impl Loader {
    /// Gathers from one document, and from the items of a list.
    pub(super) fn gather_service_account(&mut self, tree: &Tree<'_>, node: NodeId, at: &At<'_>) {
        let Some(asked) = self.options.service_account.clone() else { return };
        if let Some(items) = tree.get(node, "items").and_then(|items| tree.sequence(items)) {
            for (position, &item) in items.iter().enumerate() {
                let mut way = at.items.clone();
                way.push(position);
                let at = At { file: at.file, chunk: at.chunk, items: way, own: tree.span(item) };
                self.gather_service_account(tree, item, &at);
            }
            return;
        }
        // nothing is registered for objects that tell nothing
        let mut trial = Gathering {
            asked: &asked,
            default_namespace: &self.options.default_namespace,
            facts: ServiceAccountFacts::default(),
        };
        trial.object(&Part::root(tree, node, self.last.unwrap_or_default()));
        if trial.facts.is_empty() {
            return;
        }
        let origin = self.register(at);
        let facts = std::mem::take(&mut self.service_account);
        let mut gathering =
            Gathering { asked: &asked, default_namespace: &self.options.default_namespace, facts };
        gathering.object(&Part::root(tree, node, origin));
        self.service_account = gathering.facts;
    }

    /// Notes a document that cannot be read, if it speaks of such things.
    pub(super) fn unread_of_service_account(&mut self, text: &str, whole: &Stretch, why: &str) {
        if self.options.service_account.is_some() && WORDS.iter().any(|word| text.contains(word)) {
            self.keep_current = true;
            self.service_account.unread.push((whole.clone(), why.to_owned()));
        }
    }
}

impl ServiceAccountFacts {
    fn is_empty(&self) -> bool {
        self.objects.is_empty()
            && self.workloads.is_empty()
            && self.secrets.is_empty()
            && self.associations.is_empty()
            && self.trusts.is_empty()
            && self.issuers.is_empty()
    }
}

struct Gathering<'a> {
    asked: &'a ServiceAccountName,
    default_namespace: &'a crate::model::Namespace,
    facts: ServiceAccountFacts,
}

fn text(part: &Part<'_>, name: &'static str) -> Option<Arc<str>> {
    part.get(name).and_then(|part| part.text()).filter(|text| !text.is_empty()).map(Into::into)
}

/// The text, or what stands for it in a template: of `{Fn::GetAtt: [Role, Arn]}` it is `Role.Arn`.
fn reference(part: &Part<'_>, name: &'static str) -> Option<Arc<str>> {
    let value = part.get(name)?;
    let of_list = |list: &Part<'_>| {
        let names: Vec<String> =
            list.items().iter().filter_map(|item| item.text().map(str::to_owned)).collect();
        names.join(".")
    };
    let found = match value.get("Fn::GetAtt") {
        Some(attribute) if attribute.is_list() => of_list(&attribute),
        Some(attribute) => attribute.shown(),
        None if value.is_list() => of_list(&value),
        None => value.shown(),
    };
    Some(found.into()).filter(|text: &Arc<str>| !text.is_empty())
}

/// A block of which there can be one.
fn first(part: Option<Part<'_>>) -> Option<Part<'_>> {
    part.and_then(|part| part.one_or_more().into_iter().next())
}

/// How the fields of an association are called in one form.
struct Names {
    cluster: &'static str,
    namespace: &'static str,
    account: &'static str,
    role: &'static str,
    target: &'static str,
    tags_disabled: &'static str,
}

const CAMEL: Names = Names {
    cluster: "clusterName",
    namespace: "namespace",
    account: "serviceAccount",
    role: "roleArn",
    target: "targetRoleArn",
    tags_disabled: "disableSessionTags",
};

impl Gathering<'_> {
    fn object(&mut self, root: &Part<'_>) {
        let kind = root.get("kind").and_then(|kind| kind.text()).unwrap_or_default();
        let version = root.get("apiVersion").and_then(|version| version.text()).unwrap_or_default();
        let group = version.split_once('/').map_or("", |(group, _)| group);
        match (group, kind) {
            ("", "") => self.document(root),
            ("", "ServiceAccount") => self.account(root),
            ("", "Secret") => self.secret(root),
            ("eks.services.k8s.aws", "PodIdentityAssociation") => {
                let names = Names { role: "roleARN", target: "targetRoleARN", ..CAMEL };
                self.association_in(root.get("spec"), &names);
            }
            ("eks.aws.upbound.io" | "eks.aws.m.upbound.io", "PodIdentityAssociation") => {
                self.association_in(root.at(&["spec", "forProvider"]), &CAMEL);
            }
            ("iam.services.k8s.aws" | "iam.aws.upbound.io" | "iam.aws.m.upbound.io", "Role") => {
                self.role_object(root);
            }
            ("eksctl.io", "ClusterConfig") => self.eksctl(root),
            _ => self.workload(root, kind),
        }
    }

    /// Documents without kind: replies of AWS, templates, Terraform.
    fn document(&mut self, root: &Part<'_>) {
        self.association_in(root.get("association"), &CAMEL);
        for item in root.get("associations").map(|list| list.items()).unwrap_or_default() {
            self.association_in(Some(item), &CAMEL);
        }
        if let Some(cluster) = root.get("cluster") {
            let issuer = cluster.at(&["identity", "oidc", "issuer"]);
            self.issuer(&cluster, text(&cluster, "name"), text(&cluster, "arn"), issuer.as_ref());
        }
        self.role_replies(root);
        let resources = root.get("Resources").map(|resources| resources.fields()).unwrap_or_default();
        for (logical, resource) in resources {
            self.resource_of_template(logical, &resource);
        }
        if root.get("format_version").is_some() {
            let modules = ["planned_values", "values"].map(|values| root.at(&[values, "root_module"]));
            self.terraform(modules.into_iter().flatten().take(1).collect());
        }
    }

    fn association_in(&mut self, part: Option<Part<'_>>, names: &Names) {
        let Some(part) = part else { return };
        let is =
            |name: &'static str, wanted: &str| part.get(name).is_some_and(|part| part.text() == Some(wanted));
        if !is(names.namespace, self.asked.namespace.as_str()) || !is(names.account, &self.asked.name) {
            return;
        }
        self.facts.associations.push(PodAssociation {
            cluster: text(&part, names.cluster),
            role: reference(&part, names.role),
            target: reference(&part, names.target),
            tags_disabled: part.get(names.tags_disabled).is_some_and(|part| part.written() == Some("true")),
            address: part.address(),
        });
    }

    /// A cluster of which something is told that roles turn on.
    fn issuer(
        &mut self,
        part: &Part<'_>,
        cluster: Option<Arc<str>>,
        arn: Option<Arc<str>>,
        issuer: Option<&Part<'_>>,
    ) {
        let is_eks = arn.as_ref().is_some_and(|arn| arn.contains(":eks:"));
        let provider = issuer.and_then(Part::text).map(|url| url.trim_start_matches("https://").into());
        if is_eks || provider.is_some() {
            let address = issuer.unwrap_or(part).address();
            self.facts.issuers.push(Issuer { cluster, arn, provider, address });
        }
    }

    fn resource_of_template(&mut self, logical: &str, resource: &Part<'_>) {
        let Some(properties) = resource.get("Properties") else { return };
        match resource.get("Type").and_then(|kind| kind.text()) {
            Some("AWS::EKS::PodIdentityAssociation") => self.association_in(
                Some(properties),
                &Names {
                    cluster: "ClusterName",
                    namespace: "Namespace",
                    account: "ServiceAccount",
                    role: "RoleArn",
                    target: "TargetRoleArn",
                    tags_disabled: "DisableSessionTags",
                },
            ),
            Some("AWS::IAM::Role") => {
                let policy = properties.get("AssumeRolePolicyDocument");
                self.trust(policy, None, text(&properties, "RoleName"), Some(logical.into()));
            }
            _ => {}
        }
    }

    fn terraform(&mut self, mut modules: Vec<Part<'_>>) {
        while let Some(module) = modules.pop() {
            for resource in module.get("resources").map(|list| list.items()).unwrap_or_default() {
                let kind = resource.get("type").and_then(|kind| kind.text()).unwrap_or_default();
                let Some(values) = resource.get("values") else { continue };
                self.resource_of_terraform(kind, &values);
            }
            let children = module.get("child_modules").map(|list| list.items()).unwrap_or_default();
            modules.extend(children.into_iter().rev());
        }
    }

    fn resource_of_terraform(&mut self, kind: &str, values: &Part<'_>) {
        match kind {
            "aws_eks_pod_identity_association" => self.association_in(
                Some(values.clone()),
                &Names {
                    cluster: "cluster_name",
                    namespace: "namespace",
                    account: "service_account",
                    role: "role_arn",
                    target: "target_role_arn",
                    tags_disabled: "disable_session_tags",
                },
            ),
            "aws_iam_role" => {
                self.trust(values.get("assume_role_policy"), text(values, "arn"), text(values, "name"), None);
            }
            "aws_eks_cluster" => {
                let oidc = first(first(values.get("identity")).and_then(|identity| identity.get("oidc")));
                let issuer = oidc.and_then(|oidc| oidc.get("issuer"));
                self.issuer(values, text(values, "name"), text(values, "arn"), issuer.as_ref());
            }
            "kubernetes_service_account" | "kubernetes_service_account_v1" => {
                if let Some(metadata) = first(values.get("metadata")) {
                    self.account_with(values, &metadata, "automount_service_account_token");
                }
            }
            _ => {}
        }
    }

    fn eksctl(&mut self, root: &Part<'_>) {
        let cluster = root.at(&["metadata", "name"]).and_then(|name| name.text()).map(Into::into);
        let names = Names { account: "serviceAccountName", role: "roleARN", ..CAMEL };
        for item in root.at(&["iam", "podIdentityAssociations"]).map(|list| list.items()).unwrap_or_default()
        {
            let before = self.facts.associations.len();
            self.association_in(Some(item), &names);
            for association in self.facts.associations.iter_mut().skip(before) {
                association.cluster.clone_from(&cluster);
            }
        }
        for item in root.at(&["iam", "serviceAccounts"]).map(|list| list.items()).unwrap_or_default() {
            if let Some(metadata) = item.get("metadata") {
                self.account_with(&item, &metadata, "automountServiceAccountToken");
            }
        }
    }
}
