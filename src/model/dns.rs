//! The forms of names that Kubernetes takes from the domain name system.
//!
//! Upstream: Kubernetes 1.34, `apimachinery/pkg/util/validation/validation.go`.

/// Lower-case letters, digits and inner dashes, at most 63.
pub fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && has_label_form(text)
}

/// Labels (of any length) with dots between them, at most 253 characters in all.
pub fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(has_label_form)
}

fn has_label_form(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
