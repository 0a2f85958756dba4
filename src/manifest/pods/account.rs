//! The pods' side: the account's object, its Secrets, and what runs as it.
//!
//! Upstream: Kubernetes 1.34, `api/core/v1/types.go`; amazon-eks-pod-identity-webhook, `pkg/annotations.go`.

use std::sync::Arc;

use super::{Gathering, text};
use crate::manifest::doors::part::Part;
use crate::model::service_account::{AccountObject, ProjectedToken, TokenSecret, Workload};
use crate::source::Address;

fn boolean(part: &Part<'_>, name: &'static str) -> Option<(bool, Address)> {
    let part = part.get(name)?;
    let value = match part.written()? {
        "true" => true,
        "false" => false,
        _ => return None,
    };
    Some((value, part.address()))
}

impl Gathering<'_> {
    fn namespace(&self, metadata: &Part<'_>) -> Arc<str> {
        text(metadata, "namespace").unwrap_or_else(|| self.default_namespace.as_str().into())
    }

    pub(super) fn account(&mut self, root: &Part<'_>) {
        if let Some(metadata) = root.get("metadata") {
            self.account_with(root, &metadata, "automountServiceAccountToken");
        }
    }

    /// The account, or what makes it; eksctl and Terraform name a role in fields of their own.
    pub(super) fn account_with(&mut self, root: &Part<'_>, metadata: &Part<'_>, automount: &'static str) {
        let namespace = self.namespace(metadata);
        if *namespace != *self.asked.namespace.as_str()
            || text(metadata, "name").as_deref() != Some(&self.asked.name)
        {
            return;
        }
        let annotations = metadata.get("annotations");
        let annotation = |name: &'static str| {
            let part = annotations.as_ref()?.get(name)?;
            Some((Arc::from(part.text()?), part.address()))
                .filter(|(value, _): &(Arc<str>, _)| !value.is_empty())
        };
        let attached =
            || root.get("attachRoleARN").and_then(|part| Some((Arc::from(part.text()?), part.address())));
        self.facts.objects.push(AccountObject {
            what: format!("ServiceAccount {namespace}/{}", self.asked.name),
            address: metadata.address(),
            role: annotation("eks.amazonaws.com/role-arn").or_else(attached),
            audience: annotation("eks.amazonaws.com/audience").map(|(value, _)| value),
            expiration: annotation("eks.amazonaws.com/token-expiration").map(|(value, _)| value),
            automount: boolean(root, automount),
        });
    }

    pub(super) fn secret(&mut self, root: &Part<'_>) {
        let Some(metadata) = root.get("metadata") else { return };
        let is_token =
            root.get("type").and_then(|kind| kind.text()) == Some("kubernetes.io/service-account-token");
        let named = metadata.at(&["annotations", "kubernetes.io/service-account.name"]);
        let of_account = named.is_some_and(|name| name.text() == Some(&self.asked.name));
        let namespace = self.namespace(&metadata);
        if is_token && of_account && *namespace == *self.asked.namespace.as_str() {
            let name = text(&metadata, "name").unwrap_or_default();
            self.facts
                .secrets
                .push(TokenSecret { name: format!("{namespace}/{name}"), address: metadata.address() });
        }
    }

    /// A pod, or whatever has a template of pods, custom resources included.
    pub(super) fn workload(&mut self, root: &Part<'_>, kind: &str) {
        let spec = match kind {
            "Pod" => root.get("spec"),
            "CronJob" => root.at(&["spec", "jobTemplate", "spec", "template", "spec"]),
            "PodTemplate" => root.at(&["template", "spec"]),
            _ => root.at(&["spec", "template", "spec"]),
        };
        let Some(spec) = spec.filter(|spec| spec.get("containers").is_some_and(|list| list.is_list())) else {
            return;
        };
        let Some(metadata) = root.get("metadata") else { return };
        let namespace = self.namespace(&metadata);
        let account = text(&spec, "serviceAccountName").or_else(|| text(&spec, "serviceAccount"));
        if *namespace != *self.asked.namespace.as_str()
            || account.as_deref().unwrap_or("default") != self.asked.name
        {
            return;
        }
        let name = text(&metadata, "name").or_else(|| text(&metadata, "generateName")).unwrap_or_default();
        let volumes = spec.get("volumes").map(|list| list.items()).unwrap_or_default();
        let sources = volumes
            .iter()
            .filter_map(|volume| volume.at(&["projected", "sources"]))
            .flat_map(|sources| sources.items())
            .filter_map(|source| source.get("serviceAccountToken"));
        let tokens = sources.map(|token| ProjectedToken {
            audience: text(&token, "audience"),
            expiration: token.get("expirationSeconds").and_then(|part| part.written()).map(Into::into),
            address: token.address(),
        });
        let place = spec.get("serviceAccountName").unwrap_or_else(|| spec.clone());
        self.facts.workloads.push(Workload {
            what: format!("{kind} {namespace}/{name}"),
            address: place.address(),
            automount: boolean(&spec, "automountServiceAccountToken"),
            tokens: tokens.collect(),
        });
    }
}
