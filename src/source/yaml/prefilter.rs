//! Decides by bytes alone that a document cannot matter. The one place that knows which words do.

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter, memchr2, memchr2_iter};
use std::sync::LazyLock;

/// Kinds that make a document relevant: what is read in full. Whatever else is to be read has to be added here.
pub const RELEVANT_KINDS: [&str; 20] = [
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "List",
    "RoleList",
    "ClusterRoleList",
    "RoleBindingList",
    "ClusterRoleBindingList",
    "AWSManagedControlPlane",
    "AWSManagedControlPlaneList",
    "AccessEntry",
    "AccessEntryList",
    "AccessPolicyAssociation",
    "AccessPolicyAssociationList",
    "Cluster",
    "ClusterConfig",
    "ClusterList",
    "IAMIdentityMapping",
    "IAMIdentityMappingList",
];

/// Kinds of which only kind and place are noted where the shape of the lines proves them; otherwise the document is
/// read in full.
pub const NOTED_KINDS: [&str; 7] = [
    "CustomResourceDefinition",
    "CustomResourceDefinitionList",
    "ServiceAccount",
    "ServiceAccountList",
    "Namespace",
    "NamespaceList",
    "ConfigMapList",
];

/// Further words that make a document relevant: the name of the ConfigMap, and the keys that a patch of it holds, these
/// in any letter case.
pub const RELEVANT_WORDS: [&str; 4] = ["aws-auth", "mapRoles", "mapUsers", "mapAccounts"];

/// Words of which one stands in every document without kind that tells of a cluster's doors, exactly so: replies of AWS,
/// templates, and the ConfigMap of the authenticator.
const DOOR_WORDS: [&str; 8] = [
    "accessEntry",
    "accessEntries",
    "associatedAccessPolic",
    ":eks:",
    "AWS::EKS::",
    "aws_eks_",
    "kubernetes_config_map",
    "aws-iam-authenticator",
];

/// The verdict on one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relevance<'t> {
    /// Read it.
    Relevant,
    /// It is an object of this kind, one of [`NOTED_KINDS`].
    Noted(&'t str),
    /// It holds no object of [`RELEVANT_KINDS`] or [`NOTED_KINDS`], no `aws-auth`, and nothing of a
    /// cluster's doors, if it parses at all. Has its kind, where that was the proof.
    Irrelevant(Option<&'t str>),
}

/// Judges one document (one chunk of a file between separators, or a whole JSON file) without parsing it.
///
/// Never calls a document irrelevant that Kubernetes would read as a relevant one. Either of two proofs is enough:
///
/// * Words: however a scalar is written, a kind in it stands in the text as a whole word, because folding and quoting
///   only replace what lies between words. What can build a word out of other bytes is a backslash escape in double
///   quotes, a `!!binary` tag, and `%` in a tag; a document with one of them is never irrelevant by words.
/// * Shape: if every line that starts at column 0 is blank, a comment, `- …` or `key:` with a plain key, and the first
///   of them with content is such a key, then the document is a block mapping with exactly these keys, save those inside
///   a quoted scalar. With exactly one `kind:` among them, whose value is one word, that is its kind: a true key
///   `kind` would be one more line, and any other spelling of it another shape. `items:` makes a list of any kind, so
///   it must not be there. go-yaml's line breaks that are none to us (a lone CR, U+0085, U+2028, U+2029) void the proof.
///
/// Errors of syntax in an irrelevant document stay unknown. A document whose kind comes out of a template is relevant.
pub fn prefilter(chunk: &str) -> Relevance<'_> {
    if opens_with_relevant_kind(chunk) {
        return Relevance::Relevant;
    }
    match kind_by_shape(chunk) {
        Some(kind) if is_relevant_kind(kind) => Relevance::Relevant,
        Some(kind) if NOTED_KINDS.contains(&kind) => Relevance::Noted(kind),
        Some(kind)
            if kind.eq_ignore_ascii_case("ConfigMap")
                && (names_aws_auth(chunk) || names_door(chunk) || hides_words(chunk)) =>
        {
            Relevance::Relevant
        }
        None if names_kind(chunk)
            || misspells_kind(chunk)
            || names_aws_auth(chunk)
            || names_door(chunk)
            || hides_words(chunk)
            || kind_is_templated(chunk) =>
        {
            Relevance::Relevant
        }
        kind => Relevance::Irrelevant(kind),
    }
}

/// Whether one of the first lines says that this is of a relevant kind: then nothing has to be proved, and to read a
/// document for nothing does no harm.
fn opens_with_relevant_kind(chunk: &str) -> bool {
    let mut lines = chunk.lines().take(4);
    let kind = lines.find_map(|line| line.strip_prefix("kind: "));
    kind.is_some_and(|kind| RELEVANT_KINDS.contains(&kind.trim_ascii()))
}

/// Whether a kind is relevant, in any letter case: a kind in the wrong one is refused, and to be told of.
fn is_relevant_kind(kind: &str) -> bool {
    RELEVANT_KINDS.iter().any(|relevant| relevant.eq_ignore_ascii_case(kind))
}

/// Whether a relevant kind in the wrong letter case stands behind a key `kind`, as far as both are written plainly.
/// Such an object is in no cluster, so that missing an odd spelling of it loses only a warning.
fn misspells_kind(chunk: &str) -> bool {
    memchr::memmem::find_iter(chunk.as_bytes(), b"kind").any(|at| {
        let rest = chunk.get(at + "kind".len()..).unwrap_or_default();
        let rest = rest.trim_start_matches(['"', '\'', ' ']);
        let Some(value) = rest.strip_prefix(':') else { return false };
        let value = value.trim_start_matches(['"', '\'', ' ']);
        let end = value.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(value.len()).min(40);
        value.get(..end).is_some_and(is_relevant_kind)
    })
}

struct Finders {
    words: [Finder<'static>; 9],
    aws_auth: Finder<'static>,
    doors: [Finder<'static>; 8],
}

/// One part of every kind; each kind is found by widening one of these to the word around it.
static FINDERS: LazyLock<Finders> = LazyLock::new(|| Finders {
    words: [
        "Role",
        "List",
        "ServiceAccount",
        "Namespace",
        "CustomResourceDefinition",
        "Cluster",
        "Access",
        "AWSManagedControlPlane",
        "IAMIdentityMapping",
    ]
    .map(Finder::new),
    aws_auth: Finder::new("aws-auth"),
    doors: DOOR_WORDS.map(Finder::new),
});

fn names_kind(chunk: &str) -> bool {
    let bytes = chunk.as_bytes();
    FINDERS.words.iter().any(|finder| {
        finder.find_iter(bytes).any(|at| {
            let word = word_around(chunk, at);
            RELEVANT_KINDS.contains(&word) || NOTED_KINDS.contains(&word)
        })
    })
}

fn names_door(chunk: &str) -> bool {
    let bytes = chunk.as_bytes();
    FINDERS.doors.iter().any(|finder| finder.find(bytes).is_some()) || names_backend_mode(bytes)
}

/// `backendMode`, the one key in any letter case that a configuration of the authenticator without mappings needs.
fn names_backend_mode(bytes: &[u8]) -> bool {
    memchr2_iter(b'k', b'K', bytes).any(|at| {
        let word = at.checked_sub(3).and_then(|start| bytes.get(start..start + "backendmode".len()));
        word.is_some_and(|word| word.eq_ignore_ascii_case(b"backendmode"))
    })
}

/// The longest run of ASCII letters and digits around `at`.
fn word_around(chunk: &str, at: usize) -> &str {
    let bytes = chunk.as_bytes();
    let (before, after) = bytes.split_at_checked(at).unwrap_or_default();
    // no kind is longer than this, and a long run would be measured again for every hit in it
    let most = 40;
    let other = |byte: &u8| !byte.is_ascii_alphanumeric();
    let back = before.iter().rev().take(most).position(other).unwrap_or(before.len().min(most));
    let ahead = after.iter().take(most).position(other).unwrap_or(after.len().min(most));
    chunk.get(at - back..at + ahead).unwrap_or_default()
}

fn names_aws_auth(chunk: &str) -> bool {
    let bytes = chunk.as_bytes();
    FINDERS.aws_auth.find(bytes).is_some()
        || memchr2_iter(b'p', b'P', bytes).any(|at| {
            let follows = |suffix: &str| {
                bytes
                    .get(at + 1..at + 1 + suffix.len())
                    .is_some_and(|found| found.eq_ignore_ascii_case(suffix.as_bytes()))
            };
            (follows("roles") || follows("users") || follows("accounts"))
                && bytes.get(at.wrapping_sub(2)..at).is_some_and(|found| found.eq_ignore_ascii_case(b"ma"))
        })
}

/// Whether something in the text can spell a word that does not stand there.
fn hides_words(chunk: &str) -> bool {
    let bytes = chunk.as_bytes();
    let escape = |at: usize| match bytes.get(at + 1) {
        Some(b'x' | b'u' | b'U' | b'\n' | b'\r') | None => true,
        Some(byte) => !byte.is_ascii(),
    };
    let tag = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len()).min(200);
        let tag = rest.get(..end).unwrap_or_default();
        end == 200 || tag.contains(&b'%') || memchr::memmem::find(tag, b"binary").is_some()
    };
    memchr_iter(b'\\', bytes).any(escape) || memchr_iter(b'!', bytes).any(tag) || memchr(0, bytes).is_some()
}

/// Whether the kind of a template cannot be known: there is a template, and no line says `kind:` with a plain word, or
/// one says it with a template.
fn kind_is_templated(chunk: &str) -> bool {
    if !chunk.contains("{{") && !chunk.contains("{%") {
        return false;
    }
    let mut known = false;
    for (at, _) in chunk.match_indices("kind") {
        let Some(value) =
            chunk.get(at + 4..).and_then(|rest| rest.trim_start_matches(['"', '\'', ' ']).strip_prefix(':'))
        else {
            continue;
        };
        let line = value.split(['\n', '\r']).next().unwrap_or_default();
        if line.contains("{{") || line.contains("{%") {
            return true;
        }
        known |= line
            .trim_matches([' ', '\t', '"', '\'', ','])
            .starts_with(|first: char| first.is_ascii_alphanumeric());
    }
    !known
}

/// The kind of a document, if the shape of its lines proves it; see [`prefilter`].
fn kind_by_shape(chunk: &str) -> Option<&str> {
    let mut kind = None;
    let mut started = false;
    let mut first_line = true;
    let mut next = Some(0);
    while let Some(start) = next {
        let rest = chunk.get(start..)?;
        let end = memchr(b'\n', rest.as_bytes());
        next = end.map(|length| start + length + 1);
        let line = end.map_or(Some(rest), |length| rest.get(..length))?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        let first = line.as_bytes().first().copied();
        let separator = first_line && line.starts_with("---");
        first_line = false;
        match first {
            None | Some(b'#') => {}
            Some(b' ' | b'\t') if started || line.trim_ascii().is_empty() => {}
            Some(b'-') if separator => {
                let tail = line.get(3..)?;
                let blank = tail.trim_matches([' ', '\t']);
                if !blank.is_empty() && (!blank.starts_with('#') || tail.starts_with('#')) {
                    return None;
                }
            }
            Some(b'-') if started && matches!(line.as_bytes().get(1), None | Some(b' ')) => {}
            Some(b'a'..=b'z' | b'A'..=b'Z') => {
                started = true;
                match top_level_field(line)? {
                    ("kind", _) if kind.is_some() => return None,
                    ("kind", value) => kind = Some(value),
                    ("items", _) => return None,
                    _ => {}
                }
            }
            _ => return None,
        }
        if started {
            next = next.and_then(|start| unindented_line(chunk.as_bytes(), start));
        }
    }
    let kind = kind?;
    let word = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (word && !has_foreign_breaks(chunk)).then_some(kind)
}

/// So many bytes are looked at in one step.
const BLOCK: usize = 64;

/// The first line from a line on that is not indented by spaces; where nothing is left, none.
fn unindented_line(bytes: &[u8], line: usize) -> Option<usize> {
    let is_end = |byte: u8, next: u8| byte == b'\n' && next != b' ';
    // of the break before the line
    let mut at = line.checked_sub(1)?;
    loop {
        let (here, behind) = (bytes.get(at..)?, bytes.get(at + 1..)?);
        let (Some(block), Some(next)) = (here.first_chunk::<BLOCK>(), behind.first_chunk::<BLOCK>()) else {
            let found = here.iter().zip(behind).position(|(byte, next)| is_end(*byte, *next));
            return Some(at + found? + 1);
        };
        let any = block.iter().zip(next).fold(false, |any, (byte, next)| any | is_end(*byte, *next));
        if any {
            let found = block.iter().zip(next).position(|(byte, next)| is_end(*byte, *next));
            return Some(at + found? + 1);
        }
        at += BLOCK;
    }
}

/// Key and value of a line `key:`, if the key is surely plain.
fn top_level_field(line: &str) -> Option<(&str, &str)> {
    let end = line
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'/' | b'-')))?;
    let value = line.get(end..)?.strip_prefix(':')?;
    if !value.is_empty() && !value.starts_with([' ', '\t']) {
        return None;
    }
    Some((line.get(..end)?, value.trim_matches([' ', '\t'])))
}

fn has_foreign_breaks(chunk: &str) -> bool {
    let bytes = chunk.as_bytes();
    // nearly all texts have neither, and without branches many bytes are looked at together
    let may_be = |byte: u8| matches!(byte, 0 | b'\r' | 0x80..);
    if !bytes.iter().fold(false, |any, byte| any | may_be(*byte)) {
        return false;
    }
    let lone_cr = memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'));
    // U+0085 is C2 85, U+2028 and U+2029 are E2 80 A8 and A9
    lone_cr
        || memchr2(0xC2, 0xE2, bytes).is_some_and(|first| {
            let rest = bytes.get(first..).unwrap_or_default();
            memchr2_iter(0xC2, 0xE2, rest)
                .any(|at| matches!(rest.get(at..), Some([0xC2, 0x85, ..] | [0xE2, 0x80, 0xA8 | 0xA9, ..])))
        })
        || memchr(0, bytes).is_some()
}
