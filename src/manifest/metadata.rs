//! `metadata`, all of it: a wrong type anywhere in it loses the object, also where nobody looks at the value.
//!
//! Upstream: Kubernetes 1.34, `apimachinery/pkg/apis/meta/v1/types.go` (the types) and
//! `apimachinery/pkg/api/validation/objectmeta.go` (what is refused).

use std::sync::Arc;

use super::reader::{Pair, Reader, text_of};
use crate::model::dns::{is_dns_label, is_dns_subdomain};
use crate::source::Step;
use crate::source::yaml::NodeId;

/// What is kept of an object's metadata.
#[derive(Debug, Default)]
pub(crate) struct Metadata<'a> {
    pub(crate) name: Arc<str>,
    pub(crate) namespace: Arc<str>,
    /// In order of the keys.
    pub(crate) labels: Vec<Pair<'a>>,
    pub(crate) auto_update_off: bool,
}

/// The fields of metadata, those first that nearly all objects have.
const FIELDS: [&str; 15] = [
    "name",
    "namespace",
    "labels",
    "annotations",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generateName",
    "selfLink",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

/// Metadata as it was decoded, with what only its checks need.
struct Decoded<'a> {
    metadata: Metadata<'a>,
    generate_name: Arc<str>,
    annotations: Vec<Pair<'a>>,
}

/// Reads and checks `metadata`, but for the name and the namespace, whose rules depend on the kind.
pub(crate) fn read<'a>(reader: &mut Reader<'a>, node: Option<NodeId>) -> Metadata<'a> {
    reader.within(Step::Field("metadata"), |reader| {
        let Decoded { metadata, generate_name, annotations } = decode(reader, node);
        check_labels(reader, &metadata.labels);
        check_annotations(reader, &annotations);
        if metadata.name.is_empty() {
            reader.problem(if generate_name.is_empty() {
                "`name` is required"
            } else {
                "`generateName` gives every creation another name, so this object cannot be followed"
            });
        }
        metadata
    })
}

/// Whether a list's `metadata` is of the types of an object's, which is all that is asked of it: kubectl takes nothing
/// from a list where it is not. Problems are left in the reader.
/// Upstream: cli-runtime 0.34.1, `pkg/resource/metadata_decoder.go`.
pub(crate) fn check_types(reader: &mut Reader<'_>, node: NodeId) {
    reader.within(Step::Field("metadata"), |reader| {
        decode(reader, Some(node));
    });
}

fn decode<'a>(reader: &mut Reader<'a>, node: Option<NodeId>) -> Decoded<'a> {
    let values = reader.object(node, FIELDS);
    let [name, namespace, labels, annotations, uid, resource_version, creation, ..] = values;
    let [.., generate_name, self_link, generation, deletion, grace, owners, finalizers, managed] = values;
    for (field, value) in [("selfLink", self_link), ("uid", uid), ("resourceVersion", resource_version)] {
        reader.check_string_in(field, value);
    }
    reader.integer_in("generation", generation);
    reader.integer_in("deletionGracePeriodSeconds", grace);
    reader.form_in("creationTimestamp", creation, "an RFC 3339 time", is_rfc3339);
    reader.form_in("deletionTimestamp", deletion, "an RFC 3339 time", is_rfc3339);
    reader.list_in("ownerReferences", owners, owner_reference);
    reader.strings_in("finalizers", finalizers);
    reader.list_in("managedFields", managed, managed_fields);
    let generate_name = reader.string_in("generateName", generate_name);
    let annotations = reader.pairs_in("annotations", annotations);
    let is_off =
        |(key, value): &Pair<'_>| *key == "rbac.authorization.kubernetes.io/autoupdate" && value == "false";
    let metadata = Metadata {
        name: reader.string_in("name", name),
        namespace: if reader.is_item {
            item_namespace(reader, namespace)
        } else {
            reader.string_in("namespace", namespace)
        },
        labels: reader.pairs_in("labels", labels),
        auto_update_off: annotations.iter().any(is_off),
    };
    Decoded { metadata, generate_name, annotations }
}

/// The namespace of a list's item: what is no text counts as none, and kubectl writes its own in its place.
/// Upstream: apimachinery 0.34.1, `pkg/apis/meta/v1/unstructured/unstructured.go`, `GetNamespace`, and cli-runtime 0.34.1,
/// `pkg/resource/visitor.go`, `SetNamespace`. A document alone is decoded before that, and refused.
fn item_namespace(reader: &mut Reader<'_>, node: Option<NodeId>) -> Arc<str> {
    let namespace = node.and_then(|node| text_of(reader.tree, node));
    reader.texts.share(&namespace.unwrap_or_default())
}

fn owner_reference(reader: &mut Reader<'_>, node: NodeId) {
    let [api_version, kind, name, uid, controller, block] =
        reader.object(Some(node), ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"]);
    for (field, value) in [("apiVersion", api_version), ("kind", kind), ("name", name), ("uid", uid)] {
        reader.string_in(field, value);
    }
    reader.boolean_in("controller", controller);
    reader.boolean_in("blockOwnerDeletion", block);
}

fn managed_fields(reader: &mut Reader<'_>, node: NodeId) {
    let [manager, operation, api_version, time, fields_type, _fields, subresource] = reader.object(
        Some(node),
        ["manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1", "subresource"],
    );
    for (field, value) in [
        ("manager", manager),
        ("operation", operation),
        ("apiVersion", api_version),
        ("fieldsType", fields_type),
        ("subresource", subresource),
    ] {
        reader.string_in(field, value);
    }
    reader.form_in("time", time, "an RFC 3339 time", is_rfc3339);
}

fn check_labels(reader: &mut Reader<'_>, labels: &[Pair<'_>]) {
    reader.within(Step::Field("labels"), |reader| {
        for (key, value) in labels {
            if !reader.texts.is_qualified_name(key) {
                reader.problem(format!("`{key}` is not a valid label key"));
            }
            if !is_label_value(value) {
                reader.problem(format!("`{value}` is not a valid label value"));
            }
        }
    });
}

/// All annotations together may have so many bytes.
const ANNOTATIONS_LIMIT: usize = 256 * 1024;

fn check_annotations(reader: &mut Reader<'_>, annotations: &[Pair<'_>]) {
    reader.within(Step::Field("annotations"), |reader| {
        for (key, _) in annotations {
            if !reader.texts.is_qualified_name(key) && !is_qualified_name(&key.to_lowercase()) {
                reader.problem(format!("`{key}` is not a valid annotation key"));
            }
        }
        let bytes: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
        if bytes > ANNOTATIONS_LIMIT {
            reader.problem("annotations must have at most 256 KiB together");
        }
    });
}

/// Checks the name of an RBAC object: any text that can be a segment of a path.
pub(crate) fn check_path_segment(reader: &mut Reader<'_>, name: &str) {
    if name == "." || name == ".." {
        reader.problem(format!("must not be `{name}`"));
    }
    for forbidden in [b'/', b'%'] {
        if name.as_bytes().contains(&forbidden) {
            reader.problem(format!("`{name}` must not contain `{}`", char::from(forbidden)));
        }
    }
}

/// Checks the namespace of a namespaced object.
pub(crate) fn check_namespace(reader: &mut Reader<'_>, namespace: &str) {
    if !is_dns_label(namespace) {
        reader.within(Step::Field("metadata"), |reader| {
            reader.within(Step::Field("namespace"), |reader| {
                reader.problem(format!(
                    "`{namespace}` is no namespace: at most 63 lower-case letters, digits and inner dashes"
                ));
            });
        });
    }
}

/// An optional DNS subdomain and a slash, then at most 63 letters, digits and inner `-_.`.
pub(crate) fn is_qualified_name(key: &str) -> bool {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    prefix.is_none_or(is_dns_subdomain) && !name.is_empty() && is_label_value(name)
}

/// Empty, or at most 63 letters, digits and inner `-_.`.
pub(crate) fn is_label_value(value: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    value.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether Go's `time.Parse` takes the text for an RFC 3339 time: fractions of any length after a point or a comma,
/// an hour of one digit, and offsets of up to 24:60 are fine; lower-case letters and impossible days are not.
pub(crate) fn is_rfc3339(text: &str) -> bool {
    parse_rfc3339(text.as_bytes()).is_some()
}

fn parse_rfc3339(text: &[u8]) -> Option<()> {
    let [year @ .., b'-', m0, m1, b'-', d0, d1, b'T'] = text.get(..11)? else { return None };
    let ((year, _), (month, _), (day, _)) =
        (digits(year, 4)?, digits(&[*m0, *m1], 2)?, digits(&[*d0, *d1], 2)?);
    let rest = text.get(11..)?;
    let (hour, rest) = digits(rest, 2).or_else(|| digits(rest, 1))?;
    let (minute, rest) = digits(rest.strip_prefix(b":")?, 2)?;
    let (second, rest) = digits(rest.strip_prefix(b":")?, 2)?;
    let fraction = rest.strip_prefix(b".").or_else(|| rest.strip_prefix(b","));
    let rest = match fraction {
        None => rest,
        Some(fraction) => {
            let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            fraction.get(length..).filter(|_| length > 0)?
        }
    };
    let zone = match rest {
        b"Z" => true,
        [b'+' | b'-', offset @ ..] => {
            let (hours, rest) = digits(offset, 2)?;
            let (minutes, rest) = digits(rest.strip_prefix(b":")?, 2)?;
            rest.is_empty() && hours <= 24 && minutes <= 60
        }
        _ => false,
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (zone && (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60).then_some(())
}

fn digits(text: &[u8], count: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let number = digits.iter().try_fold(0_u32, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
    })?;
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_go_parses_them() {
        for (text, valid) in [
            ("2025-01-02T03:04:05Z", true),
            ("2025-01-02T03:04:05.123456789+01:00", true),
            ("2025-01-02T3:04:05Z", true),
            ("2025-01-02T03:04:05,5Z", true),
            ("2024-02-29T00:00:00Z", true),
            ("2025-02-29T00:00:00Z", false),
            ("2025-01-02", false),
            ("2025-01-02t03:04:05z", false),
            ("2025-01-02T24:00:00Z", false),
            ("2025-01-02T03:04:05", false),
            ("2025-01-02T03:04:05+0100", false),
            ("", false),
        ] {
            assert_eq!(is_rfc3339(text), valid, "{text}");
        }
    }

    #[test]
    fn label_keys_and_values() {
        for (key, valid) in [
            ("a", true),
            ("rbac.authorization.k8s.io/x", true),
            ("a/b/c", false),
            ("/x", false),
            ("-a", false),
            ("", false),
        ] {
            assert_eq!(is_qualified_name(key), valid, "{key}");
        }
        assert!(
            is_label_value("")
                && is_label_value("a.b_c-1")
                && !is_label_value("a b")
                && !is_label_value("a-")
        );
    }
}
