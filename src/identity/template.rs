//! Username and group templates: what the authenticator puts in place of `{{SessionName}}` and its like,
//! and what stays open where it is not known.
//!
//! Upstream: aws-iam-authenticator 0.7.18, `pkg/server/server.go`, `renderTemplate`.

use std::fmt;

use super::session::{SessionNames, SessionPattern};

/// The tokens, in the order in which the authenticator replaces them.
const TOKENS: [(&str, Token); 5] = [
    ("{{EC2PrivateDNSName}}", Token::HostName),
    ("{{AccountID}}", Token::Account),
    ("{{SessionName}}", Token::Session),
    ("{{SessionNameRaw}}", Token::SessionRaw),
    ("{{AccessKeyID}}", Token::AccessKey),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    HostName,
    Account,
    Session,
    SessionRaw,
    AccessKey,
}

/// What is known of the caller for filling templates. `None` leaves a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values<'a> {
    /// The account of the caller.
    pub account: &'a str,
    /// The session name; empty for users, root and federated users.
    pub session: Option<&'a str>,
    /// The access key id.
    pub access_key: Option<&'a str>,
    /// The private DNS name of the instance that the session name names.
    pub host_name: Option<&'a str>,
}

/// Something that a template needs and that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hole {
    /// The session name, `@` as `-`.
    Session,
    /// The session name as it is.
    SessionRaw,
    /// The access key id.
    AccessKey,
    /// The host name of an EC2 instance.
    HostName,
    /// The whole name: it is somebody's, and nobody's in particular. No template has this hole.
    Anyone,
}

impl Hole {
    /// The token as it stands in templates; of a name that no template makes, what a reader is to put there.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Session => "{{SessionName}}",
            Self::SessionRaw => "{{SessionNameRaw}}",
            Self::AccessKey => "{{AccessKeyID}}",
            Self::HostName => "{{EC2PrivateDNSName}}",
            Self::Anyone => "<the caller's ARN>",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Text(String),
    Hole(Hole),
}

/// A template after filling in what is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rendered {
    /// No two texts stand side by side, and none is empty.
    parts: Vec<Part>,
}

/// What a caller must be so that an open name becomes a given one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Solution {
    /// The session names.
    pub sessions: Option<SessionPattern>,
    /// The access key id.
    pub access_key: Option<String>,
    /// The host name.
    pub host_name: Option<String>,
}

/// Whether a template asks for the host name of the caller's EC2 instance, without which it cannot be rendered.
pub fn needs_instance(template: &str) -> bool {
    template.contains("{{EC2PrivateDNSName}}")
}

/// Fills in what is known. A token can appear through an earlier replacement, as upstream.
pub fn render(template: &str, values: &Values<'_>) -> Rendered {
    let mut parts = vec![Part::Text(template.to_owned())];
    for (token, kind) in TOKENS {
        let part = match kind {
            Token::Account => Part::Text(values.account.to_owned()),
            Token::HostName => known(values.host_name, Hole::HostName),
            Token::AccessKey => known(values.access_key, Hole::AccessKey),
            Token::SessionRaw => known(values.session, Hole::SessionRaw),
            Token::Session => {
                known(values.session.map(|name| name.replace('@', "-")).as_deref(), Hole::Session)
            }
        };
        parts = replace(parts, token, &part);
    }
    parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
    Rendered { parts }
}

fn known(value: Option<&str>, hole: Hole) -> Part {
    value.map_or(Part::Hole(hole), |text| Part::Text(text.to_owned()))
}

fn replace(parts: Vec<Part>, token: &str, by: &Part) -> Vec<Part> {
    let mut done: Vec<Part> = Vec::with_capacity(parts.len());
    let mut push = |part: Part| match (done.last_mut(), part) {
        (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
        (_, part) => done.push(part),
    };
    for part in parts {
        match part {
            Part::Hole(_) => push(part),
            Part::Text(text) => {
                for (position, piece) in text.split(token).enumerate() {
                    if position > 0 {
                        push(by.clone());
                    }
                    push(Part::Text(piece.to_owned()));
                }
            }
        }
    }
    done
}

impl Rendered {
    /// A name without holes.
    pub fn text(text: &str) -> Self {
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Text(text.to_owned())] };
        Self { parts }
    }

    /// A name of which nothing is known but that it is none of those that bindings single out.
    pub fn anyone() -> Self {
        Self { parts: vec![Part::Hole(Hole::Anyone)] }
    }

    /// The name, if nothing in it is open.
    pub fn known(&self) -> Option<&str> {
        match &self.parts[..] {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with which the name starts for every caller, as far as nothing is open: what it can become starts so.
    pub fn literal_start(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            Some(Part::Hole(_)) | None => "",
        }
    }

    /// Whether the name starts with a text, for every caller; none where it does for some and not for others. What a
    /// session name cannot hold (a colon) no hole is taken for.
    pub fn starts_with(&self, prefix: &str) -> Option<bool> {
        let mut rest = prefix;
        let mut parts = self.parts.iter();
        while let Some(part) = parts.next() {
            match part {
                Part::Text(text) => match rest.strip_prefix(text.as_str()) {
                    Some(after) => rest = after,
                    None => return Some(text.starts_with(rest)),
                },
                Part::Hole(_) if rest.is_empty() => return Some(true),
                Part::Hole(_) => {
                    let holds_colon = |part: &Part| matches!(part, Part::Text(text) if text.contains(':'));
                    let never = rest.contains(':') && !parts.any(holds_colon);
                    return if never { Some(false) } else { None };
                }
            }
        }
        Some(rest.is_empty())
    }

    /// What is open, in order of appearance.
    pub fn holes(&self) -> impl Iterator<Item = Hole> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Hole(hole) => Some(*hole),
            Part::Text(_) => None,
        })
    }

    /// The name that it is for every caller of the set, with holes where callers still differ.
    #[must_use]
    pub fn within(&self, sessions: &SessionNames, access_key: Option<&str>, host_name: Option<&str>) -> Self {
        if self.known().is_some() {
            return self.clone();
        }
        let dashed = sessions.within().map(SessionPattern::dashed);
        let raw = || {
            sessions.within().and_then(SessionPattern::single).or_else(|| {
                // all but one of the pattern's names may be ruled out
                let one = sessions.within().and_then(|_| sessions.representative())?;
                sessions.and_not(&SessionPattern::exactly(one.as_str())?).is_none().then_some(one)
            })
        };
        let fill = |hole: &Hole| match hole {
            Hole::Session => known(dashed, *hole),
            Hole::SessionRaw => known(raw().as_ref().map(crate::model::SessionName::as_str), *hole),
            Hole::AccessKey => known(access_key, *hole),
            Hole::HostName => known(host_name, *hole),
            Hole::Anyone => Part::Hole(*hole),
        };
        let parts = self.parts.iter().map(|part| match part {
            Part::Hole(hole) => fill(hole),
            Part::Text(_) => part.clone(),
        });
        let merged = parts.fold(Vec::new(), |mut done: Vec<Part>, part| {
            match (done.last_mut(), part) {
                (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
                (_, part) => done.push(part),
            }
            done
        });
        Self { parts: merged }
    }

    /// Every way in which this becomes the wanted name; empty if no caller can have it.
    ///
    /// One kind of hole has one solution, since the length of its text is determined; several kinds are tried
    /// over all the lengths that a session name may have.
    pub fn solve(&self, wanted: &str) -> Vec<Solution> {
        let mut found = Vec::new();
        solve_from(&self.parts, wanted, &Bound::default(), &mut found);
        found.sort();
        found.dedup();
        found
    }
}

/// What the holes passed so far must be.
#[derive(Clone, Default)]
struct Bound<'a> {
    dashed: Option<&'a str>,
    raw: Option<&'a str>,
    access_key: Option<&'a str>,
    host_name: Option<&'a str>,
}

/// Stops after so many ways: more than two open holes without text between them are nobody's template.
const WAYS: usize = 256;

fn solve_from<'a>(parts: &[Part], wanted: &'a str, bound: &Bound<'a>, found: &mut Vec<Solution>) {
    if found.len() >= WAYS {
        return;
    }
    let Some((first, rest)) = parts.split_first() else {
        if wanted.is_empty() {
            found.extend(bound.solution());
        }
        return;
    };
    match first {
        Part::Text(text) => {
            if let Some(after) = wanted.strip_prefix(text.as_str()) {
                solve_from(rest, after, bound, found);
            }
        }
        Part::Hole(hole) => {
            let lengths = match bound.length(*hole) {
                Some(length) => length..=length,
                None if rest.is_empty() => wanted.len()..=wanted.len(),
                // no hole stands for nothing
                None => 1..=wanted.len(),
            };
            for length in lengths {
                let Some((value, after)) = wanted.split_at_checked(length) else { continue };
                if let Some(bound) = bound.with(*hole, value) {
                    solve_from(rest, after, &bound, found);
                }
            }
        }
    }
}

impl<'a> Bound<'a> {
    fn length(&self, hole: Hole) -> Option<usize> {
        match hole {
            Hole::Session | Hole::SessionRaw => self.dashed.or(self.raw).map(str::len),
            Hole::AccessKey => self.access_key.map(str::len),
            Hole::HostName => self.host_name.map(str::len),
            Hole::Anyone => None,
        }
    }

    fn with(&self, hole: Hole, value: &'a str) -> Option<Self> {
        let mut bound = self.clone();
        let slot = match hole {
            Hole::Session => &mut bound.dashed,
            Hole::SessionRaw => &mut bound.raw,
            Hole::AccessKey => &mut bound.access_key,
            Hole::HostName => &mut bound.host_name,
            // which names these are is not for a template to say
            Hole::Anyone => return None,
        };
        let fits = match hole {
            Hole::Session => SessionPattern::rendering_as(value).is_some(),
            Hole::SessionRaw => SessionPattern::exactly(value).is_some(),
            Hole::AccessKey => !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            Hole::HostName => is_host_name(value),
            Hole::Anyone => false,
        };
        let agrees = slot.is_none_or(|before| before == value);
        *slot = Some(value);
        (fits && agrees).then_some(bound)
    }

    fn solution(&self) -> Option<Solution> {
        let dashed = self.dashed.and_then(SessionPattern::rendering_as);
        let raw = self.raw.and_then(SessionPattern::exactly);
        let sessions = match (dashed, raw) {
            (Some(dashed), Some(raw)) => Some(dashed.and(&raw)?),
            (dashed, raw) => dashed.or(raw),
        };
        Some(Solution {
            sessions,
            access_key: self.access_key.map(str::to_owned),
            host_name: self.host_name.map(str::to_owned),
        })
    }
}

/// Whether EC2 could have given an instance this private DNS name.
fn is_host_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

/// The name with its holes as tokens: `dev:{{SessionName}}`.
impl fmt::Display for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Hole(hole) => f.write_str(hole.token())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_session(template: &str, session: &str) -> String {
        let values = Values {
            account: "123",
            session: Some(session),
            access_key: Some("321"),
            host_name: Some("ip-1"),
        };
        render(template, &values).to_string()
    }

    fn open(template: &str) -> Rendered {
        render(template, &Values { account: "123", session: None, access_key: None, host_name: None })
    }

    #[test]
    fn host_names() {
        let longest = "a".repeat(253);
        for name in ["ip-10-0-0-1.ec2.internal", "a", &longest] {
            assert!(is_host_name(name), "{name}");
        }
        let longer = "a".repeat(254);
        for name in ["", "a_b", "a b", "a:b", &longer] {
            assert!(!is_host_name(name), "{name}");
        }
    }

    #[test]
    fn how_an_open_name_starts() {
        for (template, prefix, starts) in [
            ("system:x", "system:", Some(true)),
            ("sys", "system:", Some(false)),
            ("eks", "system:", Some(false)),
            ("", "a", Some(false)),
            ("", "", Some(true)),
            ("{{SessionName}}", "", Some(true)),
            ("eks:{{SessionName}}", "eks:", Some(true)),
            ("eks:{{SessionName}}", "ek", Some(true)),
            ("eks:{{SessionName}}", "eks:a", None),
            ("eks:{{SessionName}}", "eks:a:", Some(false)),
            ("{{SessionName}}", "system", None),
            ("{{SessionName}}", "system:", Some(false)),
            ("{{SessionName}}:x", "system:", None),
            ("{{SessionName}}-x", "system:", Some(false)),
        ] {
            assert_eq!(open(template).starts_with(prefix), starts, "{template} {prefix}");
        }
        assert_eq!(open("").known(), Some(""));
    }

    #[test]
    fn tokens_are_exact_and_replaced_in_upstreams_order() {
        for (template, session, expected) in [
            ("a-{{AccountID}}-b", "jdoe", "a-123-b"),
            ("a-{{AccessKeyID}}-b", "jdoe", "a-321-b"),
            ("a-{{SessionName}}-b", "jdoe@example.com", "a-jdoe-example.com-b"),
            ("a-{{SessionNameRaw}}-b", "jdoe@example.com", "a-jdoe@example.com-b"),
            ("a@b-{{SessionName}}", "x@y", "a@b-x-y"),
            (
                "{{Session}} {{ SessionName }} {{sessionname}} {SessionName}",
                "s",
                "{{Session}} {{ SessionName }} {{sessionname}} {SessionName}",
            ),
            ("{{{SessionName}}}", "s", "{s}"),
            ("{{SessionName}}", "{{AccessKeyID}}", "321"),
            ("{{SessionName}}", "{{AccountID}}", "{{AccountID}}"),
            ("n:{{EC2PrivateDNSName}}", "i-1", "n:ip-1"),
            ("{{SessionName}}{{SessionName}}", "s", "ss"),
            ("", "s", ""),
        ] {
            assert_eq!(with_session(template, session), expected, "{template}");
        }
        let nested = Values { account: "", session: Some("jd"), access_key: None, host_name: None };
        assert_eq!(render("{{SessionNam{{AccountID}}e}}", &nested).known(), Some("jd"));
    }

    #[test]
    fn an_open_name_is_solved_for_the_session() {
        let solutions = |template: &str, wanted: &str| -> Vec<String> {
            let solved = open(template).solve(wanted);
            solved
                .into_iter()
                .map(|solution| solution.sessions.map_or("-".into(), |names| names.to_string()))
                .collect()
        };
        for (template, wanted, expected) in [
            ("dev:{{SessionName}}", "dev:alice", vec!["alice"]),
            ("dev:{{SessionName}}", "dev:ann-corp", vec!["ann[@-]corp"]),
            ("dev:{{SessionNameRaw}}", "dev:ann@corp", vec!["ann@corp"]),
            ("dev:{{SessionName}}", "dev:ann@corp", vec![]),
            ("dev:{{SessionName}}", "dev:a:b", vec![]),
            ("dev:{{SessionName}}", "dev:x y", vec![]),
            ("dev:{{SessionName}}", "dev:x", vec![]),
            ("dev:{{SessionName}}", "ops:alice", vec![]),
            ("{{SessionName}}-{{SessionName}}", "ab-ab", vec!["ab"]),
            ("{{SessionName}}-{{SessionName}}", "ab-cd", vec![]),
            ("{{SessionName}}:{{SessionNameRaw}}", "a-b:a@b", vec!["a@b"]),
            ("{{SessionName}}:{{SessionNameRaw}}", "a-b:a.b", vec![]),
            ("fixed", "fixed", vec!["-"]),
        ] {
            assert_eq!(solutions(template, wanted), expected, "{template} = {wanted}");
        }
    }

    #[test]
    fn two_kinds_of_holes_are_tried_at_every_length() {
        let solved = open("{{SessionName}}{{AccessKeyID}}").solve("abcd");
        assert_eq!(solved.len(), 2, "ab+cd and abc+d");
    }

    #[test]
    fn a_set_of_callers_fills_what_they_share() {
        let dashed = SessionNames::of(SessionPattern::rendering_as("a-b").unwrap());
        assert_eq!(open("{{SessionName}}").within(&dashed, None, None).known(), Some("a-b"));
        assert_eq!(open("{{SessionNameRaw}}").within(&dashed, None, None).known(), None);
        let one = dashed.and_not(&SessionPattern::exactly("a-b").unwrap()).unwrap();
        assert_eq!(open("x{{SessionNameRaw}}").within(&one, None, None).known(), Some("xa@b"));
    }
}
