//! Names that somebody was to fill in: `${ACCOUNT}`, `$(NAME)`, `<ACCOUNT_ID>`, `{{ .Values.name }}`.
//! They are literal to the cluster; but what was meant could be any name that fits around them.

use crate::source::Address;

/// A name with at least one unfilled placeholder, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// The name as written.
    pub text: String,
    /// What kind of name it is.
    pub what: Named,
    /// Where it stands.
    pub address: Address,
}

/// The names in which placeholders matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// The ARN or account of a mapping.
    Mapping,
    /// The username or a group of a mapping.
    MappedName,
    /// A subject of a binding.
    Subject,
    /// What a binding refers to.
    RoleRef,
    /// The name of a role.
    Role,
}

/// The tokens of username templates, which are no placeholders.
const TOKENS: [&str; 5] =
    ["{{EC2PrivateDNSName}}", "{{AccountID}}", "{{SessionName}}", "{{SessionNameRaw}}", "{{AccessKeyID}}"];

/// The fixed texts around the placeholders of a name, in order; none if it has no placeholder.
/// The first and the last may be empty.
fn fixed_texts(name: &str) -> Option<Vec<&str>> {
    let mut texts = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(rest) = name.get(at..).filter(|rest| !rest.is_empty()) {
        match placeholder_at(rest) {
            Some(length) => {
                texts.push(name.get(from..at)?);
                at += length;
                from = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    if texts.is_empty() {
        return None;
    }
    texts.push(name.get(from..)?);
    Some(texts)
}

fn placeholder_at(text: &str) -> Option<usize> {
    if TOKENS.iter().any(|token| text.starts_with(token)) {
        return None;
    }
    [("${", "}"), ("$(", ")"), ("{{", "}}"), ("<", ">")].into_iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(open)?;
        let length = inner.find(close).filter(|&length| length > 0)?;
        Some(open.len() + length + close.len())
    })
}

/// Whether the name has an unfilled placeholder. Cheap for names that have none.
pub fn has_placeholder(name: &str) -> bool {
    name.bytes().any(|byte| matches!(byte, b'$' | b'<' | b'{')) && fixed_texts(name).is_some()
}

/// Whether the name, with its placeholders filled in some way, could be the other one. Letter case is ignored,
/// as mappings ignore it.
pub fn could_be(name: &str, other: &str) -> bool {
    let Some(texts) = fixed_texts(name) else { return false };
    let other = other.to_lowercase();
    let mut rest = other.as_str();
    let last = texts.len() - 1;
    for (position, text) in texts.iter().enumerate() {
        let text = text.to_lowercase();
        rest = match position {
            0 => match rest.strip_prefix(text.as_str()) {
                Some(rest) => rest,
                None => return false,
            },
            _ if position == last => return rest.ends_with(text.as_str()),
            _ => match rest.find(text.as_str()).and_then(|found| rest.get(found + text.len()..)) {
                Some(rest) => rest,
                None => return false,
            },
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_placeholder_could_be() {
        for (name, other, could) in [
            ("arn:aws:iam::${ACCOUNT}:role/dev", "arn:aws:iam::1:role/dev", true),
            ("arn:aws:iam::${ACCOUNT}:role/dev", "arn:aws:iam::1:role/ops", false),
            ("arn:aws:iam::<ACCOUNT_ID>:role/$(ROLE)", "arn:aws:iam::1:role/dev", true),
            ("{{ .Values.name }}-admin", "team-admin", true),
            ("{{SessionName}}", "alice", false),
            ("dev:{{ SessionName }}", "dev:alice", true),
            ("plain", "plain", false),
            ("a<b", "a<b", false),
            ("${}", "x", false),
        ] {
            assert_eq!(could_be(name, other), could, "{name} as {other}");
        }
        assert!(!has_placeholder("{{SessionName}}") && has_placeholder("x-${y}"));
    }
}
