//! Rules about roles and bindings as objects: refused, without effect, or broader than anybody means.

super::family! { Objects:
    ObjectRefused "object-refused" "R301" Error Certain
    "an object that the API server would refuse"
    "it never reaches the cluster, so that what it grants is not granted"
    "mend what the message names"
    "Kubernetes 1.34, pkg/apis/rbac/validation/validation.go"

    ObjectDuplicate "object-duplicate" "R302" Warning Certain
    "two objects of one name"
    "the later one replaces the earlier one, and which is later depends on the order of files"
    "keep one, or lint one cluster at a time"
    "cli-runtime 0.34.1, pkg/resource/visitor.go (files in order of their names)"

    VersionNotServed "version-not-served" "R303" Warning Certain
    "a version that is no longer served"
    "a cluster of today refuses the object"
    "write `apiVersion: rbac.authorization.k8s.io/v1`"
    "Kubernetes documentation, deprecated API migration guide, 1.22"

    DefaultReplaced "default-replaced" "R304" Note Certain
    "an object in place of one of Kubernetes' defaults"
    "when it starts, the API server adds default rules and subjects that are missing from it"
    "give it another name, or annotate it with `rbac.authorization.kubernetes.io/autoupdate: \"false\"`"
    "Kubernetes 1.34, pkg/registry/rbac/rest/storage_rbac.go"

    RoleNotFound "role-not-found" "R305" Warning Likely
    "a binding to a role that is not there"
    "it grants nothing until somebody makes a role of that name, and then grants whatever that role says"
    "correct `roleRef`, or add the role; a `Role` is looked for in the binding's own namespace"
    "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, GetRoleReferenceRules"

    AggregationDrift "aggregation-drift" "R306" Warning Likely
    "rules written into an aggregated ClusterRole"
    "the controller replaces the rules of such a role by those of the roles that it selects"
    "move the rules into a ClusterRole with the label that is selected"
    "Kubernetes 1.34, pkg/controller/clusterroleaggregation"

    AggregationCycle "aggregation-cycle" "R307" Warning Certain
    "ClusterRoles that aggregate each other"
    "what is in force depends on the history of the cluster"
    "remove the label from one of them"
    "Kubernetes 1.34, pkg/controller/clusterroleaggregation"

    AggregationSelectsNothing "aggregation-selects-nothing" "R308" Warning Likely
    "an aggregation rule that selects no ClusterRole"
    "the role has no rules but those written into it"
    "correct the labels on either side; they are compared letter by letter"
    "Kubernetes 1.34, apimachinery/pkg/labels/selector.go"

    AggregationSelectsEverything "aggregation-selects-everything" "R309" Warning Certain
    "an aggregation rule that selects every ClusterRole"
    "an empty selector selects all, `cluster-admin` included"
    "select by a label"
    "Kubernetes 1.34, apimachinery/pkg/apis/meta/v1/helpers.go, LabelSelectorAsSelector"

    SubresourceWildcard "subresource-wildcard" "R310" Warning Certain
    "`RESOURCE/*`, which is no wildcard"
    "wildcards are `*` and `*/SUBRESOURCE` only; any other asterisk is compared as it stands"
    "name the subresources that are meant"
    "Kubernetes 1.34, pkg/apis/rbac/v1/evaluation_helpers.go, ResourceMatches"

    ResourceUnknown "resource-unknown" "R311" Warning Likely
    "a resource that no server knows"
    "resources are plural, in lower case and without version; anything else is never asked for"
    "write the name as `kubectl api-resources` shows it"
    "Kubernetes 1.34, discovery; pkg/apis/rbac/v1/evaluation_helpers.go, ResourceMatches"

    ResourceWrongGroup "resource-wrong-group" "R312" Warning Likely
    "a resource under a group that does not have it"
    "group and resource must both fit the request, so that this element is never asked for"
    "write the group as `kubectl api-resources` shows it"
    "Kubernetes 1.34, discovery; pkg/apis/rbac/v1/evaluation_helpers.go, APIGroupMatches"

    SubresourceUnknown "subresource-unknown" "R313" Warning Likely
    "a subresource that the resource does not have"
    "it is never asked for"
    "write the name of a subresource that the type serves"
    "Kubernetes 1.34, discovery"

    ApiGroupUnknown "api-group-unknown" "R314" Warning Certain
    "an API group that cannot be"
    "groups are written without version, and the core group is the empty text; anything else is never asked for"
    "write `\"\"` for the core group, and `apps` for `apps/v1`"
    "Kubernetes 1.34, pkg/apis/rbac/v1/evaluation_helpers.go, APIGroupMatches"

    VerbUnknown "verb-unknown" "R315" Warning Likely
    "a verb that nothing asks for"
    "verbs are words of the API in lower case, not HTTP methods and not kubectl's commands"
    "write `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`"
    "Kubernetes documentation, authorization overview, request verbs"

    ResourceNamesIneffective "resource-names-ineffective" "R316" Warning Certain
    "names on a verb whose requests carry none"
    "a create or a deletecollection names no object when it is authorized, so that the rule never admits it"
    "put these verbs in a rule of their own, without `resourceNames`"
    "Kubernetes documentation, Using RBAC Authorization, referring to resources"

    ResourceNameWildcard "resource-name-wildcard" "R317" Warning Certain
    "a wildcard in `resourceNames`"
    "names are compared as they stand, and no object has an asterisk in its name"
    "write the names out, or leave `resourceNames` away to admit all"
    "Kubernetes 1.34, pkg/apis/rbac/v1/evaluation_helpers.go, ResourceNameMatches"

    UrlInNamespace "url-in-namespace" "R318" Warning Certain
    "a rule for URLs, given in a namespace only"
    "URLs are in no namespace; only ClusterRoleBindings count for them"
    "give it by a ClusterRoleBinding"
    "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, VisitRulesFor"

    UrlPattern "url-pattern" "R319" Warning Certain
    "a URL that no request has"
    "paths begin with a slash, and an asterisk is a wildcard only at the end"
    "write the path with its slash, and the asterisk last"
    "Kubernetes 1.34, pkg/apis/rbac/v1/evaluation_helpers.go, NonResourceURLMatches"

    ResourceClusterScoped "resource-cluster-scoped" "R320" Warning Certain
    "a resource without namespace, given in a namespace only"
    "requests for it are in no namespace, where no RoleBinding counts"
    "give it by a ClusterRole and a ClusterRoleBinding"
    "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, VisitRulesFor"

    RuleDuplicate "rule-duplicate" "R321" Note Certain
    "two equal rules in one role"
    "who removes one of them believes to have taken the permission away"
    "remove one of them"
    "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go (rules are joined by or)"

    RuleShadowed "rule-shadowed" "R322" Note Certain
    "a rule that another rule of the role covers"
    "it has no effect; where it was meant to confine, nothing is confined, for rules only ever add"
    "remove it, or narrow the rule that covers it"
    "Kubernetes 1.34, component-helpers/auth/rbac/validation/policy_comparator.go"

    SubjectAnonymous "subject-anonymous" "R323" Error Certain
    "a binding to callers who show nothing"
    "whoever reaches the API server has these rights, without any credentials"
    "remove the subject"
    "Kubernetes documentation, RBAC good practices"

    SubjectAuthenticated "subject-authenticated" "R324" Warning Certain
    "a binding to everyone who has proved who they are"
    "every mapped principal and every pod of the cluster has these rights"
    "bind the groups that are meant"
    "Kubernetes documentation, RBAC good practices"

    SubjectServiceAccounts "subject-service-accounts" "R325" Warning Certain
    "a binding to all service accounts"
    "every pod, of the cluster or of the namespace, has these rights"
    "bind the service accounts that need them"
    "Kubernetes documentation, Using RBAC Authorization, service account permissions"

    SubjectDefaultServiceAccount "subject-default-service-account" "R326" Warning Certain
    "a binding to a `default` service account"
    "every pod of the namespace that names no service account has these rights"
    "make a service account for the workload and bind that"
    "Kubernetes documentation, RBAC good practices"

    RoleRiskyUnbound "role-risky-unbound" "R327" Note Certain
    "a dangerous role that nobody is given"
    "it does no harm as it is; one binding makes it dangerous"
    "remove it if nothing needs it"
    "Kubernetes documentation, RBAC good practices"

    SubjectNotFound "subject-not-found" "R328" Warning Likely
    "a binding to a service account that is not there"
    "it gives nothing, until somebody makes an account of that name and has what is bound"
    "correct the name or the namespace, or remove the subject"
    "Kubernetes documentation, RBAC good practices, periodic review"

    ResourceNamesList "resource-names-list" "R329" Note Likely
    "names on a list or a watch"
    "a list names an object only where the caller selects `metadata.name`: `kubectl get TYPE` is refused"
    "give these verbs without `resourceNames`, or leave them out"
    "Kubernetes 1.34, apiserver/pkg/endpoints/request/requestinfo.go"
}
