//! Rules about the `aws-auth` ConfigMap, and about how its names meet those of bindings.

super::family! { Mapping:
    AwsAuthWrongNamespace "aws-auth-wrong-namespace" "A101" Warning Likely
    "mappings in another ConfigMap than `kube-system/aws-auth`"
    "the authenticator reads that one ConfigMap only, so nobody is mapped by this one"
    "name it `aws-auth` and put it in `kube-system`"
    "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go"

    AwsAuthUnknownKey "aws-auth-unknown-key" "A102" Error Certain
    "a key that the authenticator does not read"
    "keys are compared letter by letter; under `maproles` nobody is mapped, and nothing says so"
    "write `mapRoles`, `mapUsers` or `mapAccounts`"
    "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go, ParseMap"

    AwsAuthUnreadable "aws-auth-unreadable" "A103" Error Certain
    "a key whose text cannot be read"
    "one slip in the text of a key takes away all access of that kind, nodes included"
    "mend the text; put templates in quotes: `'{{SessionName}}'`"
    "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go, ParseMap"

    MappingInvalid "mapping-invalid" "A104" Error Certain
    "an entry or a field that the authenticator drops"
    "a value of the wrong type (`on`, `007`, a text where a list belongs) counts as nothing, and the rest stays in force"
    "put texts in quotes and groups in a list, and keep to the field names `rolearn`, `userarn`, `username`, `groups`"
    "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go, over encoding/json"

    MappingRolePath "mapping-role-path" "A105" Error Certain
    "a role ARN with a path"
    "STS reports an assumed role without its path, so that this entry matches nobody"
    "write the ARN without the path: `arn:aws:iam::ACCOUNT:role/NAME`"
    "kubernetes-sigs/aws-iam-authenticator issue 268; pkg/arn/arn.go at 0.7.18"

    MappingStsArn "mapping-sts-arn" "A106" Error Certain
    "an assumed role's ARN"
    "callers are looked up by the ARN of their role, so that an STS ARN of one session matches nobody"
    "write the ARN of the role: `arn:aws:iam::ACCOUNT:role/NAME`"
    "aws-iam-authenticator 0.7.18, pkg/arn/arn.go, Canonicalize"

    ArnInvalid "arn-invalid" "A107" Error Certain
    "a text that is the ARN of no caller"
    "callers are roles, users, the root user and federated users; a group, an instance profile, a wrong account or partition is never asked for"
    "write the ARN of a role or a user, with its 12-digit account and an empty region"
    "aws-iam-authenticator 0.7.18, pkg/arn/arn.go"

    MappingWildcard "mapping-wildcard" "A108" Error Certain
    "a wildcard in an ARN"
    "mappings have no wildcards: the asterisk is compared as it stands, and no role has such a name"
    "write one entry for each role or user, or use EKS access entries"
    "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/mapper.go"

    MappingOtherPartition "mapping-other-partition" "A109" Warning Likely
    "an entry of another partition than the others"
    "a cluster is reached by principals of its own partition only"
    "write the partition of the cluster"
    "AWS General Reference, Amazon Resource Names; STS endpoints by partition"

    MappingRoot "mapping-root" "A110" Note Certain
    "the root user, mapped"
    "`:root` is the root user only, not everyone of the account, and root should have no part in daily work"
    "map the roles and users that are meant"
    "aws-iam-authenticator 0.7.18, pkg/arn/arn.go"

    MappingShadowed "mapping-shadowed" "A111" Warning Certain
    "a second entry for the same caller"
    "one entry counts (the last in mapRoles, and mapRoles before mapUsers); groups of the other are lost, not added"
    "keep one entry, with all groups"
    "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go"

    MappingRandom "mapping-random" "A112" Error Certain
    "user ARNs that differ in letter case only"
    "the authenticator takes one of them at random, anew at each call"
    "keep one of them"
    "aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go, UserMapping"

    UsernameEmpty "username-empty" "A113" Warning Certain
    "an entry without a username"
    "kubectl works, but `kubectl top` and other APIs behind the front proxy answer Unauthorized, and the audit log names nobody"
    "give a username"
    "kubernetes-sigs/aws-iam-authenticator issue 289; kubernetes-sigs/metrics-server issue 58"

    TemplateUnknown "template-unknown" "A114" Error Certain
    "a template that the authenticator does not know"
    "tokens are replaced exactly; `{{Session}}` stays in the name as it is"
    "use `{{AccountID}}`, `{{SessionName}}`, `{{SessionNameRaw}}`, `{{AccessKeyID}}` or, for nodes, `{{EC2PrivateDNSName}}`"
    "aws-iam-authenticator 0.7.18, pkg/server/server.go, renderTemplate"

    SessionInGroup "session-in-group" "A115" Warning Certain
    "a session name in a group"
    "whoever may assume the role chooses the session name, and with it the group"
    "write the group out, or confine session names with `sts:RoleSessionName` in the role's trust policy"
    "AWS STS API reference, AssumeRole; aws-iam-authenticator 0.7.18, pkg/server/server.go"

    SessionChosenByCaller "session-chosen-by-caller" "A116" Warning Likely
    "a bound user that a session name makes"
    "whoever may assume the role can take the session name and so the rights of this user"
    "bind a group instead, or confine session names with `sts:RoleSessionName` in the role's trust policy"
    "AWS STS API reference, AssumeRole, RoleSessionName"

    SessionCollision "session-collision" "A117" Note Certain
    "a bound name that several session names become"
    "`{{SessionName}}` writes `-` for `@`, so that `ann@corp` and `ann-corp` are one user"
    "use `{{SessionNameRaw}}`, or names without `-` and `@`"
    "aws-iam-authenticator 0.7.18, pkg/server/server.go, renderTemplate"

    MappingSystemMasters "mapping-system-masters" "A118" Warning Certain
    "a mapping to `system:masters`"
    "its members may do everything, no authorizer is asked, and no binding can be removed to stop them"
    "map to a group of your own and bind it to `cluster-admin`"
    "Kubernetes 1.34, pkg/kubeapiserver/authorizer/reload.go"

    MappingSystemName "mapping-system-name" "A119" Warning Certain
    "a mapping to a reserved name"
    "names that begin with `system:` belong to Kubernetes' own components, and have rights by default policy"
    "use a name without `system:`"
    "Kubernetes documentation, Using RBAC Authorization, referring to subjects"

    MappingServiceAccount "mapping-service-account" "A120" Warning Certain
    "a mapping to a service account's username"
    "the principal has all that is bound to that account, and the audit log cannot tell the two apart"
    "use a username without `system:serviceaccount:`"
    "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, appliesToUser"

    NodeMappingIncomplete "node-mapping-incomplete" "A121" Error Certain
    "a node's mapping without the groups of nodes"
    "without `system:nodes` and `system:bootstrappers` nodes cannot join, or are not authorized"
    "give it the groups `system:bootstrappers` and `system:nodes`"
    "Amazon EKS User Guide, aws-auth ConfigMap; Kubernetes 1.34, plugin/pkg/auth/authorizer/node"

    NodeMappingGroups "node-mapping-groups" "A122" Warning Likely
    "a node's mapping with further groups, or a node's username for somebody else"
    "every node, and every pod that reaches the metadata service, has the rights of these groups"
    "map people and nodes by different roles"
    "Kubernetes 1.34, pkg/auth/nodeidentifier/default.go; kubernetes-sigs/aws-iam-authenticator issue 190"

    UsernameShared "username-shared" "A123" Warning Certain
    "two principals with one username"
    "each has all that is bound to the other, and the audit log cannot tell them apart"
    "give each its own username, or bind a group that both are in"
    "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, appliesToUser"

    AccountMapped "account-mapped" "A124" Warning Certain
    "a whole account, mapped"
    "every role and user of the account can log in, and has all that `system:authenticated` has"
    "map the roles that need access"
    "aws-iam-authenticator 0.7.18, pkg/server/server.go, doMapping"

    AccountInvalid "account-invalid" "A125" Error Certain
    "an item of `mapAccounts` that is no account id"
    "account ids have 12 digits; anything else equals no caller's account"
    "write the 12 digits, in quotes"
    "AWS Account Management Reference, account identifiers"

    AccountUnquoted "account-unquoted" "A126" Note Certain
    "an account id with a leading zero and without quotes"
    "the authenticator reads it as written, but tools that rewrite the ConfigMap take it for a number"
    "put it in quotes"
    "YAML 1.1, integer type; aws-iam-authenticator 0.7.18, pkg/mapper/configmap/configmap.go"

    MappingSso "mapping-sso" "A127" Error Likely
    "an `sso` entry"
    "its feature gate is off by default, and EKS documents no way to turn it on: the entry matches nobody"
    "write `rolearn` with the ARN of the permission set's role, without its path"
    "aws-iam-authenticator 0.7.18, pkg/config/types.go (SSORoleMatch)"

    GroupUnbound "group-unbound" "A128" Warning Possible
    "a mapped group that no binding names"
    "its members can log in and have no rights by it; often one of the two names is misspelt"
    "bind the group, or correct its name"
    "kubernetes-sigs/aws-iam-authenticator issues 139 and 172"

    SubjectUnmapped "subject-unmapped" "A129" Note Possible
    "a bound user or group that no mapping gives"
    "unless access entries or another authenticator give the name, the binding is without effect"
    "map it, or remove the subject"
    "kubernetes-sigs/aws-iam-authenticator issue 241"

    SubjectNearMiss "subject-near-miss" "A130" Warning Likely
    "a bound name that is nearly a mapped one"
    "names are compared letter by letter, so that the binding gives nothing to those who are mapped"
    "write the same name in both places"
    "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, appliesToUser"

    SubjectKind "subject-kind" "A131" Warning Likely
    "a name bound as a user and mapped as a group, or the reverse"
    "users and groups are different names to RBAC"
    "write the `kind` that the mapping gives"
    "Kubernetes 1.34, pkg/registry/rbac/validation/rule.go, appliesToUser"

    SubjectTemplate "subject-template" "A132" Error Certain
    "a subject with a template"
    "only the authenticator fills in templates; to RBAC the text is a name like any other"
    "write the names that the template becomes, or bind a group"
    "kubernetes-sigs/aws-iam-authenticator issue 225"

    BoundNameUnreachable "bound-name-unreachable" "A133" Warning Certain
    "a bound name that no session name becomes"
    "it fits the text around a mapped template, but no session name that STS accepts fills the rest"
    "write `-` for `@`, as `{{SessionName}}` does, or use `{{SessionNameRaw}}`"
    "aws-iam-authenticator 0.7.18, pkg/server/server.go; AWS STS API reference, RoleSessionName"

    DoorShut "door-shut" "A134" Warning Certain
    "mappings behind a door that the cluster keeps shut"
    "access entries do not count in mode `CONFIG_MAP`, nor aws-auth in mode `API`: nobody comes in by them"
    "change the cluster's authentication mode, or remove them"
    "Amazon EKS User Guide, setting the authentication mode"

    EntryNameRefused "entry-name-refused" "A135" Error Certain
    "a name that EKS refuses in an access entry"
    "the entry cannot be made: `system:masters` is given by an access policy instead"
    "use names of your own; associate `AmazonEKSClusterAdminPolicy` for administrators"
    "Amazon EKS User Guide, create access entries; Amazon EKS API, CreateAccessEntry"

    EntryDuplicate "entry-duplicate" "A136" Warning Certain
    "two access entries of one principal"
    "a cluster has one entry for each principal, roles without their path: the later one counts here"
    "keep one entry, with all groups"
    "Amazon EKS API, CreateAccessEntry"

    MappingNotApplied "mapping-not-applied" "A137" Note Likely
    "mappings that a tool writes into aws-auth, beside the ConfigMap itself"
    "the ConfigMap counts as it stands, so that these are judged only where it has them"
    "leave one of the two out"
    "eksctl, iamIdentityMappings; Cluster API Provider AWS, iamAuthenticatorConfig"

    ConfigurationRefused "configuration-refused" "A138" Error Certain
    "a configuration with which the authenticator does not start"
    "nobody who is mapped can log in until it is mended"
    "mend what the message names"
    "aws-iam-authenticator 0.7.18, cmd/aws-iam-authenticator/root.go and pkg/config"

    AccessPolicyUnsettled "access-policy-unsettled" "A139" Note Certain
    "an access policy of which the rules or the scope are not known"
    "what it gives cannot be told here, so that findings about it may be missing"
    "write its scope; of policies that are not published ask AWS"
    "Amazon EKS User Guide, review access policy permissions"
}
