//! Rules about access that a principal holds, by whatever chain, judged by asking the authorizers.

super::family! { Access:
    AccessClusterAdmin "access-cluster-admin" "P401" Warning Certain
    "everything, everywhere"
    "the principal owns the cluster and whatever runs in it"
    "give what is needed by a role of its own"
    "Kubernetes documentation, RBAC good practices, least privilege"

    AccessWildcard "access-wildcard" "P402" Warning Certain
    "wildcards: everything in a namespace, or a verb on everything"
    "a wildcard also gives resources and verbs that do not exist yet"
    "list the resources and verbs that are needed"
    "Kubernetes documentation, RBAC good practices, least privilege"

    AccessDefaultRole "access-default-role" "P403" Note Certain
    "a default role for whole namespaces"
    "`admin` and `edit` read Secrets, run pods under any service account and act as service accounts of the namespace"
    "bind `view`, or a role with what is needed"
    "Kubernetes documentation, Using RBAC Authorization, user-facing roles"

    AccessSecrets "access-secrets" "P404" Warning Certain
    "reading Secrets"
    "list and watch show the content too, and so do the answers to patch and deletecollection"
    "confine `get` to the names that are needed (`resourceNames`)"
    "Kubernetes documentation, RBAC good practices, listing Secrets"

    AccessTokenCreate "access-token-create" "P405" Warning Certain
    "making tokens of service accounts"
    "a token of any account in scope can be had, for any audience, cloud roles included"
    "confine the rule to the accounts that are meant (`resourceNames`)"
    "Kubernetes documentation, RBAC good practices, token request"

    AccessPodCreate "access-pod-create" "P406" Warning Certain
    "creating pods"
    "a pod may run as any service account of its namespace, mount its Secrets and, where admission allows, own the node"
    "leave pods to controllers, and separate namespaces by trust"
    "Kubernetes documentation, RBAC good practices, workload creation"

    AccessWorkloadWrite "access-workload-write" "P407" Warning Certain
    "writing workloads"
    "a workload's template makes pods, so that whoever writes it has what creating pods gives"
    "confine it to namespaces whose service accounts and Secrets the principal may have"
    "Kubernetes documentation, RBAC good practices, workload creation"

    AccessPodExec "access-pod-exec" "P408" Warning Certain
    "running commands in pods"
    "whoever runs commands in a pod has its service account's token and whatever it mounts"
    "give it for a time, in namespaces that need it"
    "Kubernetes documentation, RBAC good practices"

    AccessPodAttach "access-pod-attach" "P409" Note Certain
    "attaching to pods"
    "where a container keeps its standard input open, attaching is running commands"
    "give it for a time, in namespaces that need it"
    "Kubernetes documentation, RBAC good practices"

    AccessPodPortforward "access-pod-portforward" "P410" Note Certain
    "forwarding ports of pods"
    "network policies do not see the connection, and the pod takes it for local"
    "give it for a time, in namespaces that need it"
    "Kubernetes documentation, kubectl port-forward"

    AccessEphemeralContainers "access-ephemeral-containers" "P411" Warning Certain
    "adding ephemeral containers"
    "a container of own making joins a running pod, with its volumes and tokens"
    "give it for a time, in namespaces that need it"
    "Kubernetes documentation, ephemeral containers"

    AccessNodeProxy "access-node-proxy" "P412" Warning Certain
    "the kubelet's API"
    "`get` on nodes/proxy runs commands in every pod of the node, past admission and audit"
    "give `nodes/metrics`, `nodes/stats` or `nodes/log` instead"
    "Kubernetes documentation, RBAC good practices, access to proxy subresource of Nodes"

    AccessNodeWrite "access-node-write" "P413" Note Certain
    "writing nodes"
    "labels, taints and status steer which pods run where"
    "leave nodes to kubelets and controllers"
    "Kubernetes 1.34, plugin/pkg/admission/noderestriction"

    AccessPodStatus "access-pod-status" "P414" Note Certain
    "writing the status of pods"
    "services send traffic by what the status says"
    "leave status to kubelets and controllers"
    "Kubernetes documentation, API concepts, resource status"

    AccessImpersonate "access-impersonate" "P415" Warning Certain
    "acting as somebody else"
    "who may act as any user or group may do what anybody may, `system:masters` included"
    "confine it to names (`resourceNames`)"
    "Kubernetes documentation, RBAC good practices, impersonate verb"

    AccessBind "access-bind" "P416" Warning Certain
    "the verb `bind`"
    "together with writing bindings it gives any role, without holding what is in it"
    "confine it to the roles that may be given (`resourceNames`)"
    "Kubernetes 1.34, pkg/registry/rbac/rolebinding/policybased/storage.go"

    AccessEscalate "access-escalate" "P417" Warning Certain
    "the verb `escalate`"
    "together with writing roles it puts any rule into a role, without holding it"
    "take it away; who holds a rule may write it into a role without `escalate`"
    "Kubernetes 1.34, pkg/registry/rbac/role/policybased/storage.go"

    AccessRoleWrite "access-role-write" "P418" Note Certain
    "writing roles"
    "the API server lets through only what the writer holds, but others may gain it"
    "leave roles to the pipeline that applies them"
    "Kubernetes documentation, Using RBAC Authorization, privilege escalation prevention"

    AccessBindingWrite "access-binding-write" "P419" Note Certain
    "writing bindings"
    "the API server lets through only what the writer holds, but others may gain it"
    "leave bindings to the pipeline that applies them"
    "Kubernetes documentation, Using RBAC Authorization, privilege escalation prevention"

    AccessCertificates "access-certificates" "P420" Warning Certain
    "approving certificates"
    "with `approve` on the signer, a certificate for any user name can be had"
    "confine `approve` to the signers that are meant (`resourceNames`)"
    "Kubernetes documentation, RBAC good practices, CSRs and certificate issuing"

    AccessAdmission "access-admission" "P421" Warning Certain
    "writing webhooks and admission policies"
    "a webhook sees and rewrites what others write, Secrets and pods included; removing a policy lifts what it forbids"
    "leave admission to the pipeline that applies it"
    "Kubernetes documentation, RBAC good practices, control admission webhooks"

    AccessCrds "access-crds" "P422" Note Certain
    "writing CustomResourceDefinitions"
    "a changed definition takes away objects of others, or what restrains them"
    "leave definitions to the pipeline that applies them"
    "Kubernetes documentation, CustomResourceDefinitions"

    AccessPersistentVolumes "access-persistent-volumes" "P423" Warning Certain
    "creating persistent volumes"
    "a volume may be a path of the node, which Pod Security does not look at"
    "leave volumes to the storage provisioner"
    "Kubernetes documentation, RBAC good practices, persistent volume creation"

    AccessNamespaces "access-namespaces" "P424" Note Certain
    "writing namespaces"
    "labels of a namespace decide what Pod Security admits and which policies apply"
    "leave namespaces to the pipeline that applies them"
    "Kubernetes documentation, RBAC good practices, namespace modification"

    AccessAwsAuth "access-aws-auth" "P425" Warning Likely
    "writing `aws-auth`"
    "whoever writes it maps any IAM principal, of any account, to `system:masters`"
    "take `aws-auth` out of the rule, or move to EKS access entries"
    "Amazon EKS Best Practices Guide, identity and access management"

    AccessIdentityMapping "access-identity-mapping" "P426" Warning Likely
    "writing IAMIdentityMapping objects"
    "where the authenticator reads them, whoever writes them maps any IAM principal to `system:masters`"
    "leave them to the pipeline that applies them"
    "aws-iam-authenticator 0.7.18, pkg/mapper/crd"

    AccessCoredns "access-coredns" "P427" Warning Certain
    "writing the configuration of the cluster's DNS"
    "whoever writes it answers every name that pods ask for"
    "take `coredns` out of the rule"
    "Kubernetes documentation, customizing DNS service"

    AccessSystemServiceAccounts "access-system-service-accounts" "P428" Warning Certain
    "becoming a service account of `kube-system`"
    "controllers there hold more than most administrators; one of them may escalate its own role"
    "keep people and workloads out of `kube-system`"
    "Kubernetes documentation, Using RBAC Authorization, roles for built-in controllers"
}
