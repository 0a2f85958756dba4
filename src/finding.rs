//! What is worth saying about the input: one vocabulary of codes for what loading meets, for why an answer is no,
//! and for the linter. Knows places only as addresses and stretches of text.

use std::fmt;

use crate::source::{Address, FileId, Place, Sources, Stretch};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),* $(,)?) => {
        /// The stable name of a fact. One fact has one code, wherever it is told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// All of them, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as users see it; kebab-case, and never changed once published.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

codes! {
    // what could not be read
    /// A file or directory that could not be opened or read.
    FileUnreadable = "file-unreadable",
    /// Bytes that are no text.
    EncodingInvalid = "encoding-invalid",
    /// Text that is neither YAML nor JSON as Kubernetes reads it.
    SyntaxError = "syntax-error",
    /// A template that has not been rendered.
    TemplateUnrendered = "template-unrendered",
    /// A limit on size, nesting or aliases was met.
    LimitExceeded = "limit-exceeded",
    /// A name with an unfilled placeholder.
    PlaceholderUnfilled = "placeholder-unfilled",
    /// Nothing to read was found.
    NothingFound = "nothing-found",
    // what was read, and is not what it seems
    /// An object that the API server would refuse.
    ObjectRefused = "object-refused",
    /// Two objects of one name; the later one is in force.
    ObjectDuplicate = "object-duplicate",
    /// One field twice in one mapping; the last one counts.
    FieldDuplicate = "field-duplicate",
    /// A field that Kubernetes does not know and drops.
    FieldUnknown = "field-unknown",
    /// A version that is no longer served.
    VersionNotServed = "version-not-served",
    /// Content behind `...`, which Kubernetes drops.
    ContentDropped = "content-dropped",
    /// Documents behind one that kubectl would have stopped at.
    ReadPastError = "read-past-error",
    /// Namespaced objects without a namespace.
    NamespaceAssumed = "namespace-assumed",
    /// A kustomization, which has not been built.
    KustomizationUnbuilt = "kustomization-unbuilt",
    /// The input names a version of Kubernetes whose default policy is not known.
    VersionUnknown = "version-unknown",
    /// An object of the input that replaces one of Kubernetes' defaults.
    DefaultReplaced = "default-replaced",
    /// Rules of an aggregated ClusterRole that the controller would overwrite, or whose source is not there.
    AggregationDrift = "aggregation-drift",
    /// ClusterRoles that aggregate each other in a circle.
    AggregationCycle = "aggregation-cycle",
    /// Items of a list that their indentation makes one text.
    ListFolded = "list-folded",
    // the mapping step
    /// There is no `aws-auth` ConfigMap among the manifests.
    AwsAuthMissing = "aws-auth-missing",
    /// It is in another namespace than `kube-system`, or has another name.
    AwsAuthWrongNamespace = "aws-auth-wrong-namespace",
    /// A key of its data that the authenticator does not read (`maproles`).
    AwsAuthUnknownKey = "aws-auth-unknown-key",
    /// A key of its data whose text cannot be read: every entry under it is lost.
    AwsAuthUnreadable = "aws-auth-unreadable",
    /// An entry or a field that the authenticator drops.
    MappingInvalid = "mapping-invalid",
    /// A role ARN with a path, which never matches.
    MappingRolePath = "mapping-role-path",
    /// The ARN of a user without its path, or with another one.
    MappingUserPath = "mapping-user-path",
    /// An STS ARN, which never matches.
    MappingStsArn = "mapping-sts-arn",
    /// The same name in another account.
    MappingOtherAccount = "mapping-other-account",
    /// The same name in another partition.
    MappingOtherPartition = "mapping-other-partition",
    /// Nearly the same ARN.
    MappingNearMiss = "mapping-near-miss",
    /// No mapping names the caller.
    NotMapped = "not-mapped",
    /// The text is not the ARN of a principal.
    ArnInvalid = "arn-invalid",
    /// A mapping that needs an EC2 instance id, for a session name that is none.
    SessionNoInstance = "session-no-instance",
    // the binding step
    /// A subject that is nearly the caller.
    SubjectNearMiss = "subject-near-miss",
    /// Bound as a user what is mapped as a group, or the reverse.
    SubjectKind = "subject-kind",
    /// Granted in another namespace.
    BindingOtherNamespace = "binding-other-namespace",
    /// Asked cluster-wide, granted in a namespace.
    BindingNamespacedOnly = "binding-namespaced-only",
    /// No binding names the caller.
    NoBinding = "no-binding",
    // the role step
    /// A binding to a role that is not there.
    RoleNotFound = "role-not-found",
    /// A binding of EKS' own to a role whose rules are not published.
    RoleUnpublished = "role-unpublished",
    // the rule step
    /// The rule lacks the verb.
    VerbNotGranted = "verb-not-granted",
    /// The rule lacks the API group.
    ApiGroupNotGranted = "api-group-not-granted",
    /// The rule lacks the resource.
    ResourceNotGranted = "resource-not-granted",
    /// The rule has the resource, and lacks the subresource.
    SubresourceNotGranted = "subresource-not-granted",
    /// The rule is confined to objects of other names.
    NameNotGranted = "name-not-granted",
    /// The rule lacks the URL.
    UrlNotGranted = "url-not-granted",
    // before them
    /// The caller may not take on the user, group, uid or extra.
    ImpersonationNotGranted = "impersonation-not-granted",
    // what a careful reader must know
    /// Access entries and policies are not in manifests.
    AccessEntriesNotSeen = "access-entries-not-seen",
    /// An answer that rests on a session name which the caller chooses.
    SessionChosenByCaller = "session-chosen-by-caller",
    /// The answer is no in the namespace asked, and yes elsewhere.
    AllowedElsewhere = "allowed-elsewhere",
    /// A path in a role ARN, which STS never reports.
    RolePathDropped = "role-path-dropped",
    /// A session name that STS would not accept.
    SessionNameUnusual = "session-name-unusual",
    /// Something a template needs was not given.
    ValueNotGiven = "value-not-given",
    /// `get` on what a WebSocket opens, which needs `create` too from some version on.
    WebsocketNeedsCreate = "websocket-needs-create",
    /// A username that `kubectl top` and other front-proxied APIs refuse.
    UsernameEmpty = "username-empty",
    /// A username that the Node authorizer also answers for.
    NodeAuthorizerNotModelled = "node-authorizer-not-modelled",
    /// Which of several mappings is in force is chance.
    MappingRandom = "mapping-random",
    /// An earlier entry for the same caller, or one behind a later door, which is not in force.
    MappingShadowed = "mapping-shadowed",
    // what only the linter tells: the mapping step
    /// A wildcard in the ARN of a mapping, which is literal.
    MappingWildcard = "mapping-wildcard",
    /// The root user of an account, mapped.
    MappingRoot = "mapping-root",
    /// An `sso` entry, which maps nobody on EKS.
    MappingSso = "mapping-sso",
    /// A mapping to the group that may do everything.
    MappingSystemMasters = "mapping-system-masters",
    /// A mapping to a name that Kubernetes reserves.
    MappingSystemName = "mapping-system-name",
    /// A mapping to the username of a service account.
    MappingServiceAccount = "mapping-service-account",
    /// A mapping of nodes that lacks a group without which they cannot join.
    NodeMappingIncomplete = "node-mapping-incomplete",
    /// A mapping of nodes with groups that nodes do not need, or a node's username for somebody else.
    NodeMappingGroups = "node-mapping-groups",
    /// Two principals with one username.
    UsernameShared = "username-shared",
    /// A token in a template that the authenticator does not know.
    TemplateUnknown = "template-unknown",
    /// An access key's id in a name, which nobody can bind.
    TemplateAccessKey = "template-access-key",
    /// A session name in a group, so that the caller chooses the group.
    SessionInGroup = "session-in-group",
    /// A bound name that several session names render as.
    SessionCollision = "session-collision",
    /// A whole account, mapped.
    AccountMapped = "account-mapped",
    /// An item of `mapAccounts` that is no account id.
    AccountInvalid = "account-invalid",
    /// An account id with a leading zero and without quotes.
    AccountUnquoted = "account-unquoted",
    /// A group that mappings give and no binding names.
    GroupUnbound = "group-unbound",
    /// A subject that no mapping gives.
    SubjectUnmapped = "subject-unmapped",
    /// A subject with a template, which RBAC does not fill in.
    SubjectTemplate = "subject-template",
    /// A bound name that no session name renders as.
    BoundNameUnreachable = "bound-name-unreachable",
    /// A name that EKS refuses in an access entry.
    EntryNameRefused = "entry-name-refused",
    // what only the linter tells: objects of RBAC
    /// An aggregation rule that selects no ClusterRole.
    AggregationSelectsNothing = "aggregation-selects-nothing",
    /// An aggregation rule that selects every ClusterRole.
    AggregationSelectsEverything = "aggregation-selects-everything",
    /// `pods/*`, which is no wildcard.
    SubresourceWildcard = "subresource-wildcard",
    /// A resource that no server knows.
    ResourceUnknown = "resource-unknown",
    /// A resource under an API group that does not have it.
    ResourceWrongGroup = "resource-wrong-group",
    /// A subresource that the resource does not have.
    SubresourceUnknown = "subresource-unknown",
    /// An API group that cannot exist: with a version, or `core`.
    ApiGroupUnknown = "api-group-unknown",
    /// A verb that nothing asks for.
    VerbUnknown = "verb-unknown",
    /// Verbs whose requests carry no name, confined by name.
    ResourceNamesIneffective = "resource-names-ineffective",
    /// A list or a watch confined by name, which few callers ask for.
    ResourceNamesList = "resource-names-list",
    /// A wildcard in `resourceNames`, which is literal.
    ResourceNameWildcard = "resource-name-wildcard",
    /// A rule for URLs that is only ever given in a namespace.
    UrlInNamespace = "url-in-namespace",
    /// A URL that no request has.
    UrlPattern = "url-pattern",
    /// A resource without namespace, given in a namespace only.
    ResourceClusterScoped = "resource-cluster-scoped",
    /// Two equal rules of one role.
    RuleDuplicate = "rule-duplicate",
    /// A rule that another rule of the role covers.
    RuleShadowed = "rule-shadowed",
    /// A binding to callers who show nothing.
    SubjectAnonymous = "subject-anonymous",
    /// A binding to everyone who has proved who they are.
    SubjectAuthenticated = "subject-authenticated",
    /// A binding to all service accounts, of the cluster or of a namespace.
    SubjectServiceAccounts = "subject-service-accounts",
    /// A binding to a `default` service account.
    SubjectDefaultServiceAccount = "subject-default-service-account",
    /// A service account that is bound, and is not there.
    SubjectNotFound = "subject-not-found",
    /// A dangerous role that nobody is given.
    RoleRiskyUnbound = "role-risky-unbound",
    // what only the linter tells: access that a principal holds
    /// Everything, everywhere.
    AccessClusterAdmin = "access-cluster-admin",
    /// Everything in a namespace, or one verb on everything.
    AccessWildcard = "access-wildcard",
    /// One of Kubernetes' default roles for whole namespaces.
    AccessDefaultRole = "access-default-role",
    /// Reading Secrets.
    AccessSecrets = "access-secrets",
    /// Making tokens of service accounts.
    AccessTokenCreate = "access-token-create",
    /// Creating pods.
    AccessPodCreate = "access-pod-create",
    /// Writing workloads, whose controllers create pods.
    AccessWorkloadWrite = "access-workload-write",
    /// Running commands in pods.
    AccessPodExec = "access-pod-exec",
    /// Attaching to pods.
    AccessPodAttach = "access-pod-attach",
    /// Forwarding ports of pods.
    AccessPodPortforward = "access-pod-portforward",
    /// Adding ephemeral containers to pods.
    AccessEphemeralContainers = "access-ephemeral-containers",
    /// The kubelet's API.
    AccessNodeProxy = "access-node-proxy",
    /// Writing nodes and their status.
    AccessNodeWrite = "access-node-write",
    /// Writing the status of pods.
    AccessPodStatus = "access-pod-status",
    /// Acting as somebody else.
    AccessImpersonate = "access-impersonate",
    /// The verb `bind`.
    AccessBind = "access-bind",
    /// The verb `escalate`.
    AccessEscalate = "access-escalate",
    /// Writing roles.
    AccessRoleWrite = "access-role-write",
    /// Writing bindings.
    AccessBindingWrite = "access-binding-write",
    /// Approving certificates.
    AccessCertificates = "access-certificates",
    /// Writing webhooks and admission policies.
    AccessAdmission = "access-admission",
    /// Writing CustomResourceDefinitions.
    AccessCrds = "access-crds",
    /// Creating persistent volumes.
    AccessPersistentVolumes = "access-persistent-volumes",
    /// Writing namespaces, and so their labels.
    AccessNamespaces = "access-namespaces",
    /// Writing `aws-auth`.
    AccessAwsAuth = "access-aws-auth",
    /// Writing `IAMIdentityMapping` objects.
    AccessIdentityMapping = "access-identity-mapping",
    /// Writing the configuration of the cluster's DNS.
    AccessCoredns = "access-coredns",
    /// Writing service accounts of `kube-system`.
    AccessSystemServiceAccounts = "access-system-service-accounts",
    // what only the linter tells: what is meant to silence it
    /// An inline ignore without a known code and a reason.
    IgnoreInvalid = "ignore-invalid",
    /// An inline ignore of something that is not there.
    IgnoreUnused = "ignore-unused",
    /// An expected exception whose day has passed.
    ExceptionExpired = "exception-expired",
    /// An expected exception of something that is not there.
    ExceptionUnused = "exception-unused",
    /// A change that adds to what silences findings.
    SilenceAdded = "silence-added",
    // what a change does to access
    /// A permission that somebody did not have before.
    AccessGained = "access-gained",
    /// A permission that somebody has no longer.
    AccessLost = "access-lost",
    /// Somebody who is let in now.
    CallerLetIn = "caller-let-in",
    /// Somebody who is let in no longer.
    CallerShutOut = "caller-shut-out",
    // the doors
    /// A mapping of the caller behind a door that the cluster's mode keeps shut.
    DoorShut = "door-shut",
    /// The cluster's mode is not in the input, and was told from what is.
    ModeInferred = "mode-inferred",
    /// In mode `CONFIG_MAP` the principal that created the cluster is an administrator, and no object says who it is.
    CreatorHidden = "creator-hidden",
    /// An access entry that is listed, and was not described.
    EntryNotDescribed = "entry-not-described",
    /// An access entry of the same principal again.
    EntryDuplicate = "entry-duplicate",
    /// A unique id that was taken for the caller's.
    UserIdAssumed = "user-id-assumed",
    /// A username with a prefix that EKS reserves, from aws-auth.
    UsernameReserved = "username-reserved",
    /// A username of a node that the caller chooses.
    NodeNameChosen = "node-name-chosen",
    /// An access policy of which it is not known whether it allows the request.
    AccessPolicyUnsettled = "access-policy-unsettled",
    /// An access policy that gives more than a list of what RBAC grants shows.
    AccessPolicyNotListed = "access-policy-not-listed",
    /// Access policies of the caller that do not count for whoever it impersonates.
    AccessPolicyNotUsed = "access-policy-not-used",
    /// The caller's credentials are for another cluster than the input is of.
    ClusterDiffers = "cluster-differs",
    /// What a credential says beside the user: expiry, audience, that nothing was verified.
    CredentialRemark = "credential",
    /// A part of a token's user that only the API server works out.
    CredentialOpen = "credential-open",
    /// A permission to act as somebody else in the form of Kubernetes 1.35 and later.
    ImpersonationConstrained = "impersonation-constrained",
    /// Rights that RBAC's check against escalation does not see.
    EscalationCheck = "escalation-check",
    /// The authenticator would not start with this configuration.
    ConfigurationRefused = "configuration-refused",
    /// Mappings that a tool writes into aws-auth, where the ConfigMap itself is in the input too.
    MappingNotApplied = "mapping-not-applied",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Probably a mistake.
    Warning,
    /// Something is not as it was meant to be, or could not be read.
    Error,
}

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A part of a loaded object.
    Address(Address),
    /// A stretch of a text.
    Stretch(Stretch),
    /// A whole text.
    File(FileId),
    /// A path that could not be read.
    Path(String),
    /// No place: something is absent.
    Nowhere,
}

impl Severity {
    /// The word for it: `note`, `warning`, `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Spot {
    /// Where it is, as people count; none where there is no place.
    pub fn place(&self, sources: &Sources) -> Option<Place> {
        match self {
            Self::Address(address) => sources.place(address),
            Self::Stretch(stretch) => Some(sources.place_of(stretch, String::new())),
            Self::File(file) => Some(Place { file: sources.path(*file).to_owned(), ..Place::whole_file() }),
            Self::Path(path) => Some(Place { file: path.clone(), ..Place::whole_file() }),
            Self::Nowhere => None,
        }
    }
}

/// One thing worth saying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which fact.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// The fact in words: lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where.
    pub spot: Spot,
    /// Further places, each with what is there.
    pub related: Vec<(Spot, String)>,
    /// The chain that makes it so, in order; empty where there is none.
    pub flow: Vec<(Spot, String)>,
}

impl Finding {
    /// A finding without help.
    pub fn new(code: Code, severity: Severity, spot: Spot, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            help: None,
            spot,
            related: Vec::new(),
            flow: Vec::new(),
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the chain that makes it so.
    #[must_use]
    pub fn with_flow(mut self, flow: Vec<(Spot, String)>) -> Self {
        self.flow = flow;
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn with_related(mut self, spot: Spot, what: impl Into<String>) -> Self {
        self.related.push((spot, what.into()));
        self
    }
}

impl From<Address> for Spot {
    fn from(address: Address) -> Self {
        Self::Address(address)
    }
}

impl From<Stretch> for Spot {
    fn from(stretch: Stretch) -> Self {
        Self::Stretch(stretch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Code::ALL.len());
    }
}
