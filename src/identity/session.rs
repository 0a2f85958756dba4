//! Sets of role session names. Whoever assumes a role chooses the name, so a role without one is many callers;
//! what is asked of them is answered set by set, and sets can be narrowed (by a binding today, by a trust policy later).

use std::fmt;

use crate::model::SessionName;

/// The shortest session name that STS accepts.
pub const SHORTEST: usize = 2;
/// The longest session name that STS accepts.
pub const LONGEST: usize = 64;

/// Whether STS would accept the text as a session name: 2 to 64 of `A-Z a-z 0-9 _ + = , . @ -`.
/// Source: AWS STS API reference, `AssumeRole`, `RoleSessionName`.
pub fn is_session_name(text: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&text.len()) && text.bytes().all(is_session_byte)
}

fn is_session_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'=' | b',' | b'.' | b'@' | b'-')
}

/// Whether the authenticator takes the text for an EC2 instance id: `i-` and exactly 8 or 17 word characters.
/// Upstream: aws-iam-authenticator 0.7.18, `pkg/server/server.go`, `instanceIDPattern`.
pub fn is_instance_id(text: &str) -> bool {
    text.strip_prefix("i-").is_some_and(|rest| {
        matches!(rest.len(), 8 | 17) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// Session names that differ at most in `@` and `-`, where `{{SessionName}}` makes one of both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionPattern {
    /// The name with every `@` written as `-`.
    dashed: String,
    /// For each byte: what it may be. `b'*'` stands for "`@` or `-`".
    bytes: Vec<u8>,
}

/// Stands for `@` or `-` in a pattern; no session name contains it.
const EITHER: u8 = b'*';

impl SessionPattern {
    /// The pattern of exactly this name; none if STS would not accept it.
    pub fn exactly(name: &str) -> Option<Self> {
        is_session_name(name)
            .then(|| Self { dashed: name.replace('@', "-"), bytes: name.as_bytes().to_vec() })
    }

    /// All names that `{{SessionName}}` renders as this text; none if there is no such name.
    pub fn rendering_as(text: &str) -> Option<Self> {
        if !is_session_name(text) || text.contains('@') {
            return None;
        }
        let bytes = text.bytes().map(|byte| if byte == b'-' { EITHER } else { byte }).collect();
        Some(Self { dashed: text.to_owned(), bytes })
    }

    /// The names that are in both; none if there are none.
    pub fn and(&self, other: &Self) -> Option<Self> {
        if self.dashed != other.dashed {
            return None;
        }
        let bytes: Option<Vec<u8>> = self
            .bytes
            .iter()
            .zip(&other.bytes)
            .map(|(&a, &b)| match (a, b) {
                (EITHER, b) => Some(b),
                (a, EITHER) => Some(a),
                (a, b) => (a == b).then_some(a),
            })
            .collect();
        Some(Self { dashed: self.dashed.clone(), bytes: bytes? })
    }

    /// The one name that it stands for; none if it stands for several.
    pub fn single(&self) -> Option<SessionName> {
        (!self.bytes.contains(&EITHER)).then(|| String::from_utf8_lossy(&self.bytes).into_owned().into())
    }

    /// What `{{SessionName}}` renders for all of them.
    pub fn dashed(&self) -> &str {
        &self.dashed
    }

    /// Whether the name is among them.
    pub fn contains(&self, name: &str) -> bool {
        Self::exactly(name).is_some_and(|exact| self.and(&exact).is_some())
    }

    /// How many names it stands for, or as many as can be counted.
    fn count(&self) -> usize {
        let places = memchr::memchr_iter(EITHER, &self.bytes).count();
        1_usize.checked_shl(u32::try_from(places).unwrap_or(u32::MAX)).unwrap_or(usize::MAX)
    }

    /// Names in ascending order of how often `@` was chosen, starting with none; never empty.
    fn names(&self) -> impl Iterator<Item = String> + '_ {
        let places: Vec<usize> =
            (0..self.bytes.len()).filter(|&i| self.bytes.get(i) == Some(&EITHER)).collect();
        (0..self.count()).map(move |choice| {
            let mut bytes = self.bytes.clone();
            for (bit, &place) in places.iter().enumerate() {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = if choice >> bit.min(63) & 1 == 1 { b'@' } else { b'-' };
                }
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }
}

/// `ann[@-]corp.example`, so that both names can be read off.
impl fmt::Display for SessionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &byte in &self.bytes {
            if byte == EITHER { f.write_str("[@-]")? } else { write!(f, "{}", char::from(byte))? }
        }
        Ok(())
    }
}

/// A set of session names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionNames {
    /// The names it is confined to; none where every name that STS accepts is in it.
    within: Option<SessionPattern>,
    /// Names that are not in it, in order, each narrower than `within`.
    except: Vec<SessionPattern>,
    /// Confined to instance ids (`true`) or to everything else (`false`).
    instance_ids: Option<bool>,
}

impl SessionNames {
    /// Every name that STS accepts.
    pub const fn all() -> Self {
        Self { within: None, except: Vec::new(), instance_ids: None }
    }

    /// The names of the pattern.
    pub const fn of(pattern: SessionPattern) -> Self {
        Self { within: Some(pattern), except: Vec::new(), instance_ids: None }
    }

    /// True where nothing narrows it.
    pub fn is_all(&self) -> bool {
        *self == Self::all()
    }

    /// The pattern it is confined to, if it is confined to one.
    pub fn within(&self) -> Option<&SessionPattern> {
        self.within.as_ref()
    }

    /// The names that are left out, in order.
    pub fn except(&self) -> &[SessionPattern] {
        &self.except
    }

    /// Those that are instance ids (`true`), or those that are not.
    #[must_use]
    pub fn with_instance_ids(&self, wanted: bool) -> Option<Self> {
        if self.instance_ids.is_some_and(|known| known != wanted) {
            return None;
        }
        Self { instance_ids: Some(wanted), ..self.clone() }.if_any()
    }

    /// Those that the pattern contains too; none if there are none.
    #[must_use]
    pub fn and(&self, pattern: &SessionPattern) -> Option<Self> {
        let within = match &self.within {
            None => pattern.clone(),
            Some(within) => within.and(pattern)?,
        };
        let except = self.except.iter().filter_map(|out| out.and(&within)).collect();
        Self { within: Some(within), except, instance_ids: self.instance_ids }.tidied().if_any()
    }

    /// Those that are in both sets; none if there are none.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        let mut both = match &other.within {
            None => self.clone(),
            Some(pattern) => self.and(pattern)?,
        };
        if let Some(wanted) = other.instance_ids {
            both = both.with_instance_ids(wanted)?;
        }
        other.except.iter().try_fold(both, |set, out| set.and_not(out))
    }

    /// Those that the pattern does not contain; none if there are none.
    #[must_use]
    pub fn and_not(&self, pattern: &SessionPattern) -> Option<Self> {
        self.and_none_of([pattern.clone()])
    }

    /// Those that none of the patterns contains; none if there are none.
    #[must_use]
    pub fn and_none_of(&self, patterns: impl IntoIterator<Item = SessionPattern>) -> Option<Self> {
        let mut rest = self.clone();
        match &self.within {
            None => rest.except.extend(patterns),
            Some(within) => rest.except.extend(patterns.into_iter().filter_map(|out| within.and(&out))),
        }
        rest.tidied().if_any()
    }

    /// Whether the name is in it.
    pub fn contains(&self, name: &str) -> bool {
        is_session_name(name)
            && self.within.as_ref().is_none_or(|within| within.contains(name))
            && !self.except.iter().any(|out| out.contains(name))
            && self.instance_ids.is_none_or(|wanted| is_instance_id(name) == wanted)
    }

    /// One name of the set. Always the same one for the same set; none only if the set is empty.
    pub fn representative(&self) -> Option<SessionName> {
        let found = match &self.within {
            Some(within) if self.except.contains(within) => None,
            // the exceptions together rule out so many names at most; instance ids decide about one or two more
            Some(within) => {
                let ruled_out = self.except.iter().map(SessionPattern::count).fold(2, usize::saturating_add);
                within.names().take(ruled_out.saturating_add(1)).find(|name| self.contains(name))
            }
            None => (0..=self.except.len())
                .map(|number| match self.instance_ids {
                    Some(true) => format!("i-{number:08}"),
                    _ => format!("session-{number}"),
                })
                .find(|name| self.contains(name)),
        };
        found.map(SessionName::from)
    }

    fn tidied(mut self) -> Self {
        self.except.sort();
        self.except.dedup();
        self
    }

    fn if_any(self) -> Option<Self> {
        // a pattern is never empty
        let whole = self.except.is_empty() && self.instance_ids.is_none();
        (whole || self.representative().is_some()).then_some(self)
    }
}

/// `any session name`, `alice`, `ann[@-]corp`, `any session name but alice, bob`.
impl fmt::Display for SessionNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.within, self.instance_ids) {
            (Some(within), _) => write!(f, "{within}")?,
            (None, Some(true)) => f.write_str("any EC2 instance id")?,
            (None, Some(false)) => f.write_str("any session name that is no EC2 instance id")?,
            (None, None) => f.write_str("any session name")?,
        }
        for (position, out) in self.except.iter().enumerate() {
            write!(f, "{}{out}", if position == 0 { " but " } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendering(text: &str) -> SessionPattern {
        SessionPattern::rendering_as(text).unwrap()
    }

    #[test]
    fn a_dash_may_have_been_an_at_sign() {
        let names = rendering("ann-corp.example");
        assert!(names.contains("ann@corp.example") && names.contains("ann-corp.example"));
        assert!(!names.contains("ann.corp.example"));
        assert_eq!(names.to_string(), "ann[@-]corp.example");
        assert_eq!(SessionPattern::rendering_as("a@b"), None, "`{{SessionName}}` never renders an at sign");
        assert_eq!(SessionPattern::rendering_as("x"), None, "too short");
        assert_eq!(SessionPattern::rendering_as("a b"), None);
    }

    #[test]
    fn raw_and_dashed_must_agree() {
        let both = rendering("a-b").and(&SessionPattern::exactly("a@b").unwrap()).unwrap();
        assert_eq!(both.single(), Some("a@b".into()));
        assert_eq!(rendering("a-b").and(&rendering("a.b")), None);
    }

    #[test]
    fn names_of_a_pattern_in_order() {
        let names: Vec<String> = rendering("a-b-c").names().collect();
        assert_eq!(names, ["a-b-c", "a@b-c", "a-b@c", "a@b@c"]);
        // a pattern that stands for more names than can be tried
        let many = rendering(&"a-".repeat(32));
        let set = SessionNames::of(many.clone());
        assert_eq!((set.representative(), set.and_not(&many)), (Some("a-".repeat(32).into()), None));
    }

    #[test]
    fn sets_shrink_until_nothing_is_left() {
        assert!(SessionNames::all().contains("ana"));
        assert!(
            !SessionNames::all().contains("a") && !SessionNames::all().contains("a b"),
            "no session names"
        );
        let all = SessionNames::all();
        let rest = all.and_not(&rendering("a-b")).unwrap();
        assert!(!rest.contains("a@b") && rest.contains("alice"));
        assert_eq!(rest.and(&rendering("a-b")), None);
        let ab = SessionNames::of(rendering("a-b"));
        let one = ab.and_not(&SessionPattern::exactly("a-b").unwrap()).unwrap();
        assert_eq!(one.representative(), Some("a@b".into()));
        assert_eq!(one.and_not(&SessionPattern::exactly("a@b").unwrap()), None);
        assert_eq!(all.intersect(&rest), Some(rest.clone()));
        assert_eq!(rest.intersect(&ab), None);
    }

    #[test]
    fn instance_ids() {
        assert!(is_instance_id("i-0c6f21bf1f24f9708") && is_instance_id("i-0123456z"));
        assert!(!is_instance_id("i-aaaaa") && !is_instance_id("I-01234567"));
        assert!(is_instance_id("i-0123_567") && !is_instance_id("i-0123.567"));
        let ids = SessionNames::all().with_instance_ids(true).unwrap();
        assert!(ids.contains("i-01234567") && !ids.contains("alice"));
        assert_eq!(ids.and(&rendering("alice")), None);
        assert_eq!(ids.with_instance_ids(false), None);
    }
}
