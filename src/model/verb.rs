//! The verbs there are: what Kubernetes itself and kubectl ask for, and what people type for them. Rules may hold any
//! text; these lists tell a misspelling from a verb, and decide nothing.

/// What kubectl knows as verbs for resources, beside `*`. Upstream: kubectl 0.34.1, `auth/cani.go`.
pub const FOR_RESOURCES: [&str; 15] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "approve",
    "sign",
    "escalate",
    "attest",
];

/// Verbs for resources that the API server asks for and kubectl does not know: for tokens of service accounts with an
/// audience of their own, and for deleting objects that cannot be read. Upstream: Kubernetes 1.34.1.
pub const FOR_RESOURCES_BESIDES: [&str; 2] =
    ["request-serviceaccounts-token-audience", "unsafe-delete-ignore-read-errors"];

/// What kubectl knows as verbs for URLs, beside `*`: methods of HTTP. Upstream: kubectl 0.34.1, `auth/cani.go`.
pub const FOR_URLS: [&str; 7] = ["get", "put", "post", "head", "options", "delete", "patch"];

/// Whether this is a verb for resources, to the letter; `*` is none.
pub fn is_for_resources(text: &str) -> bool {
    FOR_RESOURCES.contains(&text) || FOR_RESOURCES_BESIDES.contains(&text)
}

/// The verb for resources that people mean by a method, or by a word of everyday; regardless of letter case.
pub fn meant_for_resources(typed: &str) -> Option<&'static str> {
    let meant = match typed.to_ascii_lowercase().as_str() {
        "post" => "create",
        "put" | "edit" | "write" => "update",
        "head" | "read" | "view" => "get",
        "apply" => "patch",
        "remove" => "delete",
        _ => return None,
    };
    Some(meant)
}
