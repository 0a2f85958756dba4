//! The rule book: the statements about Kubernetes, the authenticator and AWS on which answers rest, each with an id and
//! its source. Every link of a chain names one of them.

use std::fmt;

/// Where a statement is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Project and version.
    pub project: &'static str,
    /// File, or page of the documentation.
    pub source: &'static str,
}

const fn kubernetes(source: &'static str) -> Upstream {
    Upstream { project: "kubernetes 1.34.1", source }
}

const fn authenticator(source: &'static str) -> Upstream {
    Upstream { project: "aws-iam-authenticator 0.7.18", source }
}

const fn aws(source: &'static str) -> Upstream {
    Upstream { project: "AWS documentation", source }
}

macro_rules! bases {
    ($($variant:ident $id:literal $sentence:literal $upstream:expr;)*) => {
        /// A statement about upstream on which answers rest.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Basis {
            $(#[doc = $sentence] $variant,)*
        }

        impl Basis {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its stable id.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// The statement.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }

            /// Where it is from.
            pub const fn upstream(self) -> Upstream {
                match self { $(Self::$variant => $upstream,)* }
            }
        }
    };
}

bases! {
    CallerAssumedRole "aws.sts.assumed-role"
        "STS reports an assumed role by its name and session, without the role's path."
        aws("IAM User Guide, IAM identifiers, and STS API reference, GetCallerIdentity");
    CallerPrincipal "aws.sts.caller"
        "STS reports users with their path, root and federated users as they are."
        aws("STS API reference, GetCallerIdentity");
    CallerGiven "iamrbac.given"
        "The question names the Kubernetes user and groups itself."
        Upstream { project: "iamrbac", source: "the command line" };
    CallerCertificate "kubernetes.credential.certificate"
        "The common name of a client certificate is the user, and each organization a group."
        kubernetes("apiserver/pkg/authentication/request/x509/x509.go, CommonNameUserConversion");
    CallerToken "kubernetes.credential.token"
        "A line of the token file names user and groups; of an ID token the claims do that the API server is told to read."
        kubernetes("apiserver/pkg/authentication/token/tokenfile/tokenfile.go and plugin/pkg/authenticator/token/oidc/oidc.go");
    MappingArn "authenticator.mapping.arn"
        "A mapping applies to the caller whose canonical ARN equals its ARN but for letter case; the last of equal entries counts, mapRoles before mapUsers."
        authenticator("pkg/mapper/configmap/configmap.go");
    MappingAccount "authenticator.mapping.account"
        "A caller that no mapping names, of an account that mapAccounts lists, is a user named by its own ARN."
        authenticator("pkg/server/server.go, doMapping");
    MappingTemplate "authenticator.template"
        "Tokens in usernames and groups are replaced exactly and in a fixed order; an at sign in `{{SessionName}}` becomes a dash."
        authenticator("pkg/server/server.go, renderTemplate");
    MappingFile "authenticator.mapping.file"
        "A mapping of the authenticator's configuration applies to the caller whose canonical ARN equals its own canonical ARN but for letter case; the last of equal entries counts."
        authenticator("pkg/mapper/file/mapper.go");
    MappingObject "authenticator.mapping.object"
        "An `IAMIdentityMapping` applies to the caller whose canonical ARN equals that of its spec.arn in lower case."
        authenticator("pkg/mapper/crd/{mapper,controller/controller}.go");
    MappingDynamic "authenticator.mapping.dynamic"
        "An entry of a dynamic file applies by canonical ARN, or in strict mode by unique id and then ARN without path."
        authenticator("pkg/mapper/dynamicfile/dynamicfile.go");
    MappingSso "authenticator.mapping.sso"
        "With the feature gate `SSORoleMatch` an sso entry applies to the roles of its permission set, and to those of longer names; with a partition it applies to none."
        authenticator("pkg/config/mapper.go, SSOArnLike");
    MappingReserved "authenticator.reserved-prefix"
        "A username that starts with a prefix reserved for the backend is refused after rendering, and no later backend is asked."
        authenticator("pkg/server/server.go, doMapping");
    AccessEntry "eks.access-entry"
        "An access entry applies to the one IAM user or role whose ARN it names, and aws-auth is not asked for that principal."
        aws("EKS User Guide, Grant IAM users access to Kubernetes with EKS access entries");
    AccessEntryUsername "eks.access-entry.username"
        "An entry without a username has the one that EKS sets for its type."
        aws("EKS User Guide, Create access entries");
    ClusterCreator "eks.cluster-creator"
        "In mode `CONFIG_MAP` the principal that created the cluster is in system:masters, and no object says so."
        aws("EKS User Guide, Grant IAM users and roles access to Kubernetes APIs");
    MappingNone "authenticator.mapping.none"
        "A caller that nothing maps is not authenticated."
        authenticator("pkg/server/server.go, doMapping");
    GroupAuthenticated "kubernetes.group.authenticated"
        "Everyone who has proved who they are is in system:authenticated, unless system:unauthenticated or it is listed already."
        kubernetes("apiserver/pkg/authentication/group/authenticated_group_adder.go");
    GroupServiceAccount "kubernetes.group.serviceaccount"
        "A service account is in system:serviceaccounts and in the group of its namespace."
        kubernetes("apiserver/pkg/authentication/serviceaccount/util.go");
    Impersonation "kubernetes.impersonation"
        "Acting as somebody else takes the verb impersonate on each user, group, uid and extra value that is taken on."
        kubernetes("apiserver/pkg/endpoints/filters/impersonation.go");
    AuthorizerPrivileged "kubernetes.authorizer.privileged-group"
        "Members of system:masters may do everything, before any other authorizer is asked."
        kubernetes("pkg/kubeapiserver/authorizer/reload.go");
    AuthorizerRbac "kubernetes.authorizer.rbac"
        "RBAC allows what a rule allows that a binding gives to the caller, and never forbids."
        kubernetes("plugin/pkg/auth/authorizer/rbac/rbac.go");
    AuthorizerAccessPolicy "eks.authorizer.access-policy"
        "EKS asks the access policies of the caller's own access entry beside RBAC; they are not asked for whoever is impersonated."
        aws("EKS User Guide, Associate access policies with access entries");
    AccessPolicyScope "eks.access-policy.scope"
        "An access policy applies in the whole cluster or in the namespaces that it is associated with, and gives nothing cluster-wide there."
        aws("EKS User Guide, Associate access policies with access entries; cluster-wide requests inferred");
    AccessPolicyRules "eks.access-policy.rules"
        "The rules of an access policy are those of the documentation, as of October 2026; AWS can change them."
        aws("EKS User Guide, Review access policy permissions");
    SubjectUser "kubernetes.subject.user"
        "A User subject is whoever has exactly this username."
        kubernetes("pkg/registry/rbac/validation/rule.go, appliesToUser");
    SubjectGroup "kubernetes.subject.group"
        "A Group subject is whoever is in exactly this group."
        kubernetes("pkg/registry/rbac/validation/rule.go, appliesToUser");
    SubjectServiceAccount "kubernetes.subject.serviceaccount"
        "A ServiceAccount subject is whoever has its username, whether or not they are one."
        kubernetes("pkg/registry/rbac/validation/rule.go, appliesToUser");
    BindingClusterWide "kubernetes.binding.cluster-wide"
        "A ClusterRoleBinding gives its role's rules everywhere."
        kubernetes("pkg/registry/rbac/validation/rule.go, VisitRulesFor");
    BindingNamespace "kubernetes.binding.namespace"
        "A RoleBinding gives its role's rules in its own namespace only."
        kubernetes("pkg/registry/rbac/validation/rule.go, VisitRulesFor");
    RoleResolved "kubernetes.role-ref"
        "A roleRef names a ClusterRole, or a Role of the binding's namespace."
        kubernetes("pkg/registry/rbac/validation/rule.go, GetRoleReferenceRules");
    Aggregation "kubernetes.aggregation"
        "An aggregated ClusterRole has the rules of the ClusterRoles that its selectors select, and none of its own while they have any."
        kubernetes("pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go");
    RuleResource "kubernetes.rule.resource"
        "One rule must admit verb, API group, resource or subresource, and name."
        kubernetes("pkg/apis/rbac/v1/evaluation_helpers.go");
    RuleUrl "kubernetes.rule.url"
        "One rule must admit verb and path; an asterisk counts only at the end."
        kubernetes("pkg/apis/rbac/v1/evaluation_helpers.go");
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<&str> = Basis::ALL.iter().map(|basis| basis.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Basis::ALL.len());
    }
}
