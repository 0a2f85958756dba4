//! The doors beside aws-auth: what recognises their many forms by content, what is gathered of each, and which of them
//! are open in the end. Recognises and reads; evaluates nothing.

mod authenticator;
mod dynamic_file;
mod gathered;
mod open;
pub(super) mod part;
mod provisioning;
mod replies;

use super::loader::Loader;
use super::object::At;
use crate::model::{AuthenticationMode, Door};
use crate::source::yaml::{NodeId, Tree, parse_first};
pub(super) use gathered::Gathered;
use part::Part;

/// What a question says of the cluster's doors.
#[derive(Clone, Debug, Default)]
pub struct DoorOptions {
    /// The mode of the cluster, instead of the one in the input.
    pub authentication_mode: Option<AuthenticationMode>,
    /// The cluster, where the input holds objects of several.
    pub cluster: Option<String>,
    /// The cluster that the caller's credentials are for: chosen where the input holds objects of it, and asks for nothing.
    pub preferred_cluster: Option<String>,
    /// The backends of the authenticator in order, instead of those that the input holds something for.
    pub backend_mode: Option<Vec<Door>>,
    /// Whether the feature gate `SSORoleMatch` is on.
    pub sso_role_match: bool,
    /// ARNs of the principal that created the cluster.
    pub creators: Vec<String>,
}

/// The forms that stand on their own, without `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    AccessEntry,
    AccessEntryList,
    AssociatedPolicies,
    DescribedCluster,
    Configuration,
    DynamicFile,
    CloudFormation,
    Terraform,
}

impl Form {
    /// Recognises a document without `kind`, by what is in it.
    fn of(root: &Part<'_>) -> Option<Self> {
        let arn = |part: Part<'_>| part.text().is_some_and(|text| text.starts_with("arn:"));
        if root.at(&["accessEntry", "principalArn"]).is_some_and(arn) {
            Some(Self::AccessEntry)
        } else if root
            .get("accessEntries")
            .is_some_and(|list| list.is_list() && list.items().into_iter().all(arn))
        {
            Some(Self::AccessEntryList)
        } else if root.get("associatedAccessPolicies").is_some_and(|list| list.is_list())
            || root.at(&["associatedAccessPolicy", "policyArn"]).is_some_and(arn)
        {
            Some(Self::AssociatedPolicies)
        } else if root.at(&["cluster", "arn"]).is_some_and(|part| part.text().is_some_and(is_eks_cluster)) {
            Some(Self::DescribedCluster)
        } else if authenticator::is_configuration(root) {
            Some(Self::Configuration)
        } else if dynamic_file::is_dynamic_file(root) {
            Some(Self::DynamicFile)
        } else if provisioning::is_cloudformation(root) {
            Some(Self::CloudFormation)
        } else if provisioning::is_terraform(root) {
            Some(Self::Terraform)
        } else {
            None
        }
    }
}

/// `arn:aws:eks:REGION:ACCOUNT:cluster/NAME`
fn is_eks_cluster(arn: &str) -> bool {
    let mut sections = arn.splitn(6, ':').skip(2);
    sections.next() == Some("eks") && sections.nth(2).is_some_and(|resource| resource.starts_with("cluster/"))
}

impl Loader {
    /// Reads a document without `kind` that is one of the forms; false for any other.
    pub(super) fn door_document(&mut self, tree: &Tree<'_>, node: NodeId, at: &At<'_>) -> bool {
        let Some(form) = Form::of(&Part::root(tree, node, self.last.unwrap_or_default())) else {
            return false;
        };
        let origin = self.register(at);
        let root = Part::root(tree, node, origin);
        let gathered = &mut self.gathered;
        match form {
            Form::AccessEntry => replies::access_entry(&root, gathered),
            Form::AccessEntryList => replies::access_entry_list(&root, gathered),
            Form::AssociatedPolicies => replies::associated_policies(&root, gathered),
            Form::DescribedCluster => replies::cluster(&root, gathered),
            Form::Configuration => authenticator::configuration(&root, gathered),
            Form::DynamicFile => dynamic_file::dynamic_file(&root, gathered),
            Form::CloudFormation => provisioning::cloudformation(&root, gathered),
            Form::Terraform => provisioning::terraform(&root, gathered, &mut self.texts),
        }
        true
    }

    /// Reads an object of a group that writes mappings or provisions a cluster; false for any other.
    pub(super) fn door_object(
        &mut self,
        tree: &Tree<'_>,
        node: NodeId,
        at: &At<'_>,
        group: &str,
        kind: &str,
    ) -> bool {
        type Read = fn(&Part<'_>, &mut Gathered);
        let read: Read = match (group, kind) {
            ("iamauthenticator.k8s.aws", "IAMIdentityMapping") => authenticator::identity_mapping,
            ("kops.k8s.io", "Cluster") => authenticator::kops_cluster,
            ("eksctl.io", "ClusterConfig") => provisioning::eksctl,
            ("eks.services.k8s.aws", "AccessEntry") => provisioning::ack_entry,
            ("eks.services.k8s.aws", "Cluster") => provisioning::ack_cluster,
            ("eks.aws.upbound.io" | "eks.aws.m.upbound.io", "AccessEntry") => provisioning::crossplane_entry,
            ("eks.aws.upbound.io" | "eks.aws.m.upbound.io", "AccessPolicyAssociation") => {
                provisioning::crossplane_association
            }
            ("eks.aws.upbound.io" | "eks.aws.m.upbound.io", "Cluster") => provisioning::crossplane_cluster,
            ("controlplane.cluster.x-k8s.io", "AWSManagedControlPlane") => provisioning::control_plane,
            _ => return false,
        };
        let origin = self.register(at);
        read(&Part::root(tree, node, origin), &mut self.gathered);
        true
    }

    /// Reads the ConfigMap of the authenticator; false if it holds no configuration.
    pub(super) fn authenticator_config_map(&mut self, tree: &Tree<'_>, node: NodeId, at: &At<'_>) -> bool {
        let before = self.last.unwrap_or_default();
        let name = Part::root(tree, node, before).at(&["metadata", "name"]);
        if name.is_none_or(|name| name.text() != Some("aws-iam-authenticator")) {
            return false;
        }
        let text = |origin| Part::root(tree, node, origin).at(&["data", "config.yaml"]);
        let Some(written) = text(before).and_then(|part| part.written().map(str::to_owned)) else {
            return false;
        };
        let inner = match parse_first(&written, &self.options.limits) {
            Ok(Some(inner)) => inner,
            Ok(None) => return false,
            Err(error) => {
                let origin = self.register(at);
                if let Some(part) = text(origin) {
                    self.gathered
                        .refused(&part, format!("the configuration cannot be read: {}", error.message));
                }
                return true;
            }
        };
        let origin = self.register(at);
        if let Some(part) = text(origin) {
            authenticator::configuration(&part.inner(&inner), &mut self.gathered);
        }
        true
    }
}
