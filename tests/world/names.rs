//! Pools of names that are easily taken for each other.

pub const FILES: [&str; 6] = ["rbac", "team/rbac", "a", "Z", "aws-auth", "team-b/x"];
pub const NAMESPACES: [&str; 5] = ["team-a", "team-b", "default", "kube-system", "Team-A"];
pub const USERS: [&str; 14] = [
    "ana",
    "alice",
    "Ana",
    "ana ",
    "ana-example.com",
    "dev:ana@example.com",
    "111122223333:alice",
    "system:anonymous",
    "system:serviceaccount:team-a:builder",
    "system:node:ip-10-0-0-1.ec2.internal",
    "*",
    "arn:aws:iam::111122223333:user/ana",
    "arn:aws:iam::444455556666:role/dev",
    "",
];
pub const GROUPS: [&str; 14] = [
    "devs",
    "ops",
    "Devs",
    "dev",
    "devs ",
    "system:authenticated",
    "system:unauthenticated",
    "system:masters",
    "system:serviceaccounts",
    "system:serviceaccounts:team-a",
    "system:nodes",
    "alice",
    "111122223333",
    "",
];
pub const ACCOUNTS: [&str; 3] = ["builder", "default", "Builder"];
pub const ROLES: [&str; 12] = [
    "reader",
    "Reader",
    "pod-reader",
    "view",
    "edit",
    "admin",
    "cluster-admin",
    "system:discovery",
    "all",
    "team:all",
    "system:public-info-viewer",
    "none",
];
pub const BINDINGS: [&str; 7] =
    ["b1", "b2", "b3", "cluster-admin", "system:discovery", "system:basic-user", "B1"];
pub const VERBS: [&str; 13] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "impersonate",
    "bind",
    "*",
    "Get",
    "use",
    "",
];
pub const API_GROUPS: [&str; 8] =
    ["", "", "apps", "*", "rbac.authorization.k8s.io", "Apps", "apps/v1", "core"];
pub const RESOURCES: [&str; 20] = [
    "pods",
    "pods",
    "pods/log",
    "pods/*",
    "*/log",
    "*/*",
    "*",
    "deployments",
    "deployments/scale",
    "*/scale",
    "secrets",
    "configmaps",
    "Pods",
    "pod",
    "pods/",
    "/log",
    "*/",
    "pods/log/x",
    "users",
    "",
];
pub const ASKED_RESOURCES: [&str; 10] =
    ["pods", "pods", "deployments", "secrets", "configmaps", "Pods", "*", "pod", "users", "pods/log"];
pub const ASKED_SUBRESOURCES: [&str; 6] = ["", "", "log", "scale", "*", "log/x"];
pub const OBJECTS: [&str; 6] = ["web", "web-0", "Web", "*", "", "aws-auth"];
pub const URLS: [&str; 14] = [
    "/healthz",
    "/healthz/*",
    "/healthz*",
    "*",
    "/*",
    "/metrics",
    "/api/*",
    "/*/x",
    "metrics",
    "/",
    "**",
    "/a**",
    "/Healthz",
    "",
];
pub const ASKED_URLS: [&str; 10] =
    ["/healthz", "/healthz/", "/healthz/etcd", "/metrics", "/api", "/apis", "/version", "/", "/*", "/a*b"];
pub const ARNS: [&str; 20] = [
    "arn:aws:iam::111122223333:role/dev",
    "arn:aws:iam::111122223333:role/Dev",
    "arn:aws:iam::111122223333:role/team/dev",
    "arn:aws:iam::111122223333:role/team/x/ops",
    "arn:aws:iam::111122223333:role/ops",
    "arn:aws:iam::444455556666:role/dev",
    "arn:aws:iam::012345678901:role/dev",
    "arn:aws:sts::111122223333:assumed-role/dev/alice",
    "arn:aws:sts::111122223333:assumed-role/ops/ana@example.com",
    "arn:aws:iam::111122223333:user/ana",
    "arn:aws:iam::111122223333:user/team/ana",
    "arn:aws:iam::111122223333:user/Ana",
    "arn:aws:iam::111122223333:root",
    "arn:aws:sts::111122223333:federated-user/ana",
    "arn:aws-cn:iam::111122223333:role/dev",
    "arn:aws:iam::111122223333:role/AWSReservedSSO_Dev_0123456789abcdef",
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef",
    "arn:AWS:iam::111122223333:role/dev",
    "ARN:aws:iam::111122223333:role/dev",
    "arn:aws:iam::111122223333:role/dev ",
];
pub const ODD_ARNS: [&str; 16] = [
    "arn:aws:sts::111122223333:role/dev",
    "arn:aws:iam::111122223333:assumed-role/dev/alice",
    "arn:aws:sts:us-east-1:111122223333:assumed-role/dev/alice",
    "arn:aws:sts::111122223333:assumed-role/dev/alice/x",
    "arn:aws:iam::111122223333:user/",
    "arn:aws:iam::111122223333:role/dev:x",
    "arn:aws:iam::111122223333:role/",
    "arn:aws:iam::111122223333:group/dev",
    "arn:aws:iam::111122223333:dev",
    "arn:aws:sts::111122223333:assumed-role/dev",
    "arn:aws:s3:::bucket",
    "arn:aws:iam:us-east-1:111122223333:role/dev",
    "arn:aws:iam::*:role/dev",
    "arn:nowhere:iam::111122223333:role/dev",
    "dev",
    "arn:aws:iam::111122223333:policy/dev",
];
pub const SESSIONS: [&str; 8] = [
    "alice",
    "ana@example.com",
    "ana-example.com",
    "i-01234567",
    "i-0123456789abcdef0",
    "Alice",
    "i-1234",
    "b.c=d,e+f_g",
];
pub const TEMPLATES: [&str; 16] = [
    "ana",
    "alice",
    "{{SessionName}}",
    "{{SessionNameRaw}}",
    "dev:{{SessionNameRaw}}",
    "dev:{{SessionName}}",
    "{{AccountID}}:{{SessionName}}",
    "{{AccountID}}",
    "{{AccessKeyID}}",
    "system:node:{{EC2PrivateDNSName}}",
    "{{SessionName}}{{SessionName}}",
    "{{ SessionName }}",
    "{{Unknown}}",
    "{{{SessionName}}}",
    "system:anonymous",
    "",
];
/// What EC2 knows: instance → private DNS name.
pub const INSTANCES: [(&str, &str); 2] =
    [("i-01234567", "ip-10-0-0-1.ec2.internal"), ("i-0123456789abcdef0", "ip-10-0-0-2.ec2.internal")];
pub const LABELS: [(&str, &str); 6] = [
    ("rbac.authorization.k8s.io/aggregate-to-view", "true"),
    ("rbac.authorization.k8s.io/aggregate-to-admin", "true"),
    ("team", "a"),
    ("team", "b"),
    ("team", ""),
    ("Team", "a"),
];
/// Kinds and versions of lists, some of which no server knows.
pub const LISTS: [(&str, &str); 16] = [
    ("v1", "List"),
    ("v1", "List"),
    ("v1", "List"),
    ("v1", "List"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleList"),
    ("rbac.authorization.k8s.io/v1", "RoleBindingList"),
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRoleBindingList"),
    ("rbac.authorization.k8s.io/v1", "List"),
    ("v1", "ConfigMapList"),
    ("v1", "ClusterRoleList"),
    ("example.com/v1", "FooList"),
    ("v2", "List"),
    ("", "List"),
    ("v1", ""),
    ("apps/v1", "Deployment"),
    ("v1", "list"),
];
