//! The forms of names that Kubernetes takes from the domain name system.
//!
//! Upstream: Kubernetes 1.34, `apimachinery/pkg/util/validation/validation.go`.

/// Lower-case letters, digits and inner dashes, at most 63.
pub fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && has_label_form(text)
}

/// Labels (of any length) with dots between them, at most 253 characters in all.
pub fn is_dns_subdomain(text: &str) -> bool {
    let mut before = b'.';
    let fits = |byte: u8| {
        let part = match byte {
            b'a'..=b'z' | b'0'..=b'9' => true,
            b'-' => before != b'.',
            b'.' => before != b'.' && before != b'-',
            _ => false,
        };
        before = byte;
        part
    };
    text.len() <= 253 && text.bytes().all(fits) && before != b'.' && before != b'-'
}

fn has_label_form(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subdomains_are_labels_with_dots_between() {
        for text in [
            "a", "a.b", "a-b.c1", "0", "a--b.c", "", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a-.b",
            "A", "é", "a_b",
        ] {
            assert_eq!(is_dns_subdomain(text), text.split('.').all(has_label_form), "{text}");
        }
        assert!(is_dns_subdomain(&"a".repeat(253)) && !is_dns_subdomain(&"a".repeat(254)));
    }
}
