//! The types that every API server of Kubernetes 1.34 knows, and the names that only rules use: one static table,
//! in the order in which a server ranks its groups.
//!
//! Source: the discovery documents of Kubernetes 1.34 with all versions enabled, alpha and beta ones included,
//! since to RBAC only the group and the plural matter.

use std::borrow::Cow;

use super::{Names, ResourceType, ServedSubresource, TypeSource};

const V1: &[&str] = &["v1"];
const CREATE: &[&str] = &["create"];
const UPDATE: &[&str] = &["update"];
const GET: &[&str] = &["get"];
const READ: &[&str] = &["get", "list"];
const CONNECT: &[&str] = &["create", "get"];
const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];
const EDIT: &[&str] = &["get", "patch", "update"];
const NO_DELETECOLLECTION: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];
const IMPERSONATE: &[&str] = &["impersonate"];
const SIGN: &[&str] = &["approve", "attest", "sign"];
/// The verbs of an ordinary type that is stored.
pub(super) const STORED: &[&str] =
    &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

const ALL: &[&str] = &["all"];
const API_EXTENSIONS: &[&str] = &["api-extensions"];
const NONE: &[&str] = &[];

/// `status` as most types have it.
pub(super) const STATUS: ServedSubresource = sub("status", EDIT);
/// `scale` as most types have it.
pub(super) const SCALE: ServedSubresource = sub("scale", EDIT);

const fn sub(name: &'static str, verbs: &'static [&'static str]) -> ServedSubresource {
    ServedSubresource { name, verbs }
}

/// Turns a reference to an array into a slice, so that rows of unequal lengths have one type.
const fn list<T>(list: &'static [T]) -> &'static [T] {
    list
}

macro_rules! scope {
    (namespaced) => {
        true
    };
    (cluster) => {
        false
    };
}

/// One row a type: scope, plural, singular, kind, then what is not as usual.
macro_rules! table {
    ($source:ident $($group:literal {$(
        $scope:ident $plural:ident $singular:tt $kind:tt
        $(short $short:tt)? $(versions $versions:tt)? $(verbs $verbs:ident)? $(subresources $subresources:tt)?
        $(only_in_rules $only_in_rules:tt)? $(category $category:ident)?;
    )*})*) => {&[$($(ResourceType {
        group: Cow::Borrowed($group),
        plural: Cow::Borrowed(stringify!($plural)),
        singular: Cow::Borrowed(text!($singular)),
        short_names: Names::BuiltIn([$(list(&$short),)? NONE][0]),
        kind: Cow::Borrowed(text!($kind)),
        namespaced: scope!($scope),
        versions: Names::BuiltIn([$(list(&$versions),)? V1][0]),
        verbs: [$($verbs,)? STORED][0],
        subresources: [$(list(&$subresources),)? &[]][0],
        only_in_rules: [$(list(&$only_in_rules),)? NONE][0],
        categories: Names::BuiltIn([$($category,)? NONE][0]),
        source: TypeSource::$source,
    }),*),*]};
}

/// A word as a text; `_` is the empty one.
macro_rules! text {
    (_) => {
        ""
    };
    ($word:ident) => {
        stringify!($word)
    };
}

/// What the server itself has, core first, then by the rank of the groups.
pub(super) static SERVER: &[ResourceType] = table! { BuiltIn
    "" {
        namespaced bindings binding Binding verbs CREATE;
        cluster componentstatuses componentstatus ComponentStatus short ["cs"] verbs READ;
        namespaced configmaps configmap ConfigMap short ["cm"];
        namespaced endpoints endpoints Endpoints short ["ep"];
        namespaced events event Event short ["ev"];
        namespaced limitranges limitrange LimitRange short ["limits"];
        cluster namespaces namespace Namespace short ["ns"] verbs NO_DELETECOLLECTION
            subresources [sub("finalize", UPDATE), STATUS];
        cluster nodes node Node short ["no"] subresources [sub("proxy", PROXY), STATUS]
            only_in_rules ["checkpoint", "configz", "healthz", "log", "metrics", "pods", "stats", "statusz"];
        namespaced persistentvolumeclaims persistentvolumeclaim PersistentVolumeClaim short ["pvc"]
            subresources [STATUS];
        cluster persistentvolumes persistentvolume PersistentVolume short ["pv"] subresources [STATUS];
        namespaced pods pod Pod short ["po"]
            subresources [sub("attach", CONNECT), sub("binding", CREATE),
                sub("ephemeralcontainers", EDIT), sub("eviction", CREATE), sub("exec", CONNECT),
                sub("log", GET), sub("portforward", CONNECT), sub("proxy", PROXY),
                sub("resize", EDIT), STATUS]
            category ALL;
        namespaced podtemplates podtemplate PodTemplate;
        namespaced replicationcontrollers replicationcontroller ReplicationController short ["rc"]
            subresources [SCALE, STATUS] category ALL;
        namespaced resourcequotas resourcequota ResourceQuota short ["quota"] subresources [STATUS];
        namespaced secrets secret Secret;
        namespaced serviceaccounts serviceaccount ServiceAccount short ["sa"]
            subresources [sub("token", CREATE)];
        namespaced services service Service short ["svc"] subresources [sub("proxy", PROXY), STATUS]
            category ALL;
    }
    "apiregistration.k8s.io" {
        cluster apiservices apiservice APIService subresources [STATUS] category API_EXTENSIONS;
    }
    "apps" {
        namespaced controllerrevisions controllerrevision ControllerRevision;
        namespaced daemonsets daemonset DaemonSet short ["ds"] subresources [STATUS] category ALL;
        namespaced deployments deployment Deployment short ["deploy"] subresources [SCALE, STATUS]
            only_in_rules ["rollback"] category ALL;
        namespaced replicasets replicaset ReplicaSet short ["rs"] subresources [SCALE, STATUS] category ALL;
        namespaced statefulsets statefulset StatefulSet short ["sts"] subresources [SCALE, STATUS]
            category ALL;
    }
    "events.k8s.io" {
        namespaced events event Event short ["ev"];
    }
    "authentication.k8s.io" {
        cluster selfsubjectreviews selfsubjectreview SelfSubjectReview verbs CREATE;
        cluster tokenreviews tokenreview TokenReview verbs CREATE;
    }
    "authorization.k8s.io" {
        namespaced localsubjectaccessreviews localsubjectaccessreview LocalSubjectAccessReview verbs CREATE;
        cluster selfsubjectaccessreviews selfsubjectaccessreview SelfSubjectAccessReview verbs CREATE;
        cluster selfsubjectrulesreviews selfsubjectrulesreview SelfSubjectRulesReview verbs CREATE;
        cluster subjectaccessreviews subjectaccessreview SubjectAccessReview verbs CREATE;
    }
    "autoscaling" {
        namespaced horizontalpodautoscalers horizontalpodautoscaler HorizontalPodAutoscaler short ["hpa"]
            versions ["v2", "v1"] subresources [STATUS] category ALL;
    }
    "batch" {
        namespaced cronjobs cronjob CronJob short ["cj"] subresources [STATUS] category ALL;
        namespaced jobs job Job subresources [STATUS] category ALL;
    }
    "certificates.k8s.io" {
        cluster certificatesigningrequests certificatesigningrequest CertificateSigningRequest short ["csr"]
            subresources [sub("approval", EDIT), STATUS] only_in_rules ["nodeclient", "selfnodeclient", "selfnodeserver"];
        cluster clustertrustbundles clustertrustbundle ClusterTrustBundle versions ["v1beta1", "v1alpha1"];
        namespaced podcertificaterequests podcertificaterequest PodCertificateRequest versions ["v1alpha1"]
            subresources [STATUS];
    }
    "networking.k8s.io" {
        cluster ingressclasses ingressclass IngressClass;
        namespaced ingresses ingress Ingress short ["ing"] subresources [STATUS];
        cluster ipaddresses ipaddress IPAddress short ["ip"] versions ["v1", "v1beta1"];
        namespaced networkpolicies networkpolicy NetworkPolicy short ["netpol"];
        cluster servicecidrs servicecidr ServiceCIDR versions ["v1", "v1beta1"] subresources [STATUS];
    }
    "policy" {
        namespaced poddisruptionbudgets poddisruptionbudget PodDisruptionBudget short ["pdb"]
            subresources [STATUS];
    }
    "rbac.authorization.k8s.io" {
        cluster clusterrolebindings clusterrolebinding ClusterRoleBinding;
        cluster clusterroles clusterrole ClusterRole;
        namespaced rolebindings rolebinding RoleBinding;
        namespaced roles role Role;
    }
    "storage.k8s.io" {
        cluster csidrivers csidriver CSIDriver;
        cluster csinodes csinode CSINode;
        namespaced csistoragecapacities csistoragecapacity CSIStorageCapacity;
        cluster storageclasses storageclass StorageClass short ["sc"];
        cluster volumeattachments volumeattachment VolumeAttachment subresources [STATUS];
        cluster volumeattributesclasses volumeattributesclass VolumeAttributesClass short ["vac"]
            versions ["v1", "v1beta1", "v1alpha1"];
    }
    "admissionregistration.k8s.io" {
        cluster mutatingadmissionpolicies mutatingadmissionpolicy MutatingAdmissionPolicy
            versions ["v1beta1", "v1alpha1"] category API_EXTENSIONS;
        cluster mutatingadmissionpolicybindings mutatingadmissionpolicybinding MutatingAdmissionPolicyBinding
            versions ["v1beta1", "v1alpha1"] category API_EXTENSIONS;
        cluster mutatingwebhookconfigurations mutatingwebhookconfiguration MutatingWebhookConfiguration
            category API_EXTENSIONS;
        cluster validatingadmissionpolicies validatingadmissionpolicy ValidatingAdmissionPolicy
            subresources [STATUS] category API_EXTENSIONS;
        cluster validatingadmissionpolicybindings validatingadmissionpolicybinding ValidatingAdmissionPolicyBinding
            category API_EXTENSIONS;
        cluster validatingwebhookconfigurations validatingwebhookconfiguration ValidatingWebhookConfiguration
            category API_EXTENSIONS;
    }
    "apiextensions.k8s.io" {
        cluster customresourcedefinitions customresourcedefinition CustomResourceDefinition
            short ["crd", "crds"] subresources [STATUS] category API_EXTENSIONS;
    }
    "scheduling.k8s.io" {
        cluster priorityclasses priorityclass PriorityClass short ["pc"];
    }
    "coordination.k8s.io" {
        namespaced leasecandidates leasecandidate LeaseCandidate versions ["v1beta1", "v1alpha2"];
        namespaced leases lease Lease;
    }
    "node.k8s.io" {
        cluster runtimeclasses runtimeclass RuntimeClass;
    }
    "discovery.k8s.io" {
        namespaced endpointslices endpointslice EndpointSlice;
    }
    "resource.k8s.io" {
        cluster deviceclasses deviceclass DeviceClass versions ["v1", "v1beta2", "v1beta1"];
        cluster devicetaintrules devicetaintrule DeviceTaintRule versions ["v1alpha3"];
        namespaced resourceclaims resourceclaim ResourceClaim versions ["v1", "v1beta2", "v1beta1"]
            subresources [STATUS] only_in_rules ["binding", "driver"];
        namespaced resourceclaimtemplates resourceclaimtemplate ResourceClaimTemplate
            versions ["v1", "v1beta2", "v1beta1"];
        cluster resourceslices resourceslice ResourceSlice versions ["v1", "v1beta2", "v1beta1"];
    }
    "flowcontrol.apiserver.k8s.io" {
        cluster flowschemas flowschema FlowSchema subresources [STATUS];
        cluster prioritylevelconfigurations prioritylevelconfiguration PriorityLevelConfiguration
            subresources [STATUS];
    }
    "internal.apiserver.k8s.io" {
        cluster storageversions storageversion StorageVersion versions ["v1alpha1"] subresources [STATUS];
    }
    "storagemigration.k8s.io" {
        cluster storageversionmigrations storageversionmigration StorageVersionMigration versions ["v1alpha1"]
            subresources [STATUS];
    }
};

/// Groups of add-ons that nearly every cluster has; they rank below custom ones.
pub(super) static ADD_ONS: &[ResourceType] = table! { AddOn
    "metrics.k8s.io" {
        cluster nodes node NodeMetrics versions ["v1beta1"] verbs READ;
        namespaced pods pod PodMetrics versions ["v1beta1"] verbs READ;
    }
};

/// Names that rules and access reviews use, but that no server lists: discovery, and so kubectl, does not know them.
pub(super) static ONLY_IN_RULES: &[ResourceType] = table! { OnlyInRules
    "" {
        cluster users _ _ versions [] verbs IMPERSONATE;
        cluster groups _ _ versions [] verbs IMPERSONATE;
    }
    "authentication.k8s.io" {
        cluster uids _ _ versions [] verbs IMPERSONATE;
        cluster userextras _ _ versions [] verbs IMPERSONATE;
        cluster users _ _ versions [] verbs IMPERSONATE;
        cluster groups _ _ versions [] verbs IMPERSONATE;
        namespaced serviceaccounts _ _ versions [] verbs IMPERSONATE;
        cluster nodes _ _ versions [] verbs IMPERSONATE;
    }
    "certificates.k8s.io" {
        cluster signers _ _ versions [] verbs SIGN;
    }
};
