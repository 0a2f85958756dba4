//! What a scalar means to Kubernetes: go-yaml v2's resolution of words, numbers and tags.
//! Must not know trees or documents.

use super::number::{self, Number};
use std::borrow::Cow;

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// Without quotes. Numbers, booleans and null of JSON count as plain too.
    Plain,
    /// In `'`.
    SingleQuoted,
    /// In `"`; every string of JSON.
    DoubleQuoted,
    /// A `|` block.
    Literal,
    /// A `>` block.
    Folded,
}

/// The tag in front of a scalar, as far as upstream cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tag {
    /// No tag.
    None,
    /// A lone `!`: always a string.
    NonSpecific,
    /// `!!str`
    Str,
    /// `!!int`
    Int,
    /// `!!float`
    Float,
    /// `!!bool`
    Bool,
    /// `!!null`
    Null,
    /// `!!binary`: the text is base64.
    Binary,
    /// `!!timestamp`: stays a string.
    Timestamp,
    /// `!!merge`
    Merge,
    /// Any other tag: ignored, and the scalar is a string.
    Other,
}

/// A scalar as written: its text after unquoting and folding, before any meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScalarRef<'a> {
    /// The text. Empty for a value that is absent.
    pub text: &'a str,
    /// How it was written.
    pub style: Style,
    /// Its tag.
    pub tag: Tag,
}

/// What a scalar means once it is JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolved<'a> {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that fits 64 bits with sign.
    Int(i64),
    /// An integer that fits 64 bits only without sign.
    UInt(u64),
    /// Any other number; finite, unless it comes from a key.
    Float(f64),
    /// A string; owned only for `!!binary`.
    Str(Cow<'a, str>),
}

impl<'a> ScalarRef<'a> {
    /// The meaning of this scalar by go-yaml v2.4.2, `resolve.go` and `decode.go`, decoding into an interface.
    ///
    /// Never fails on a scalar of a [`super::Tree`], whose tags have been checked; elsewhere a failing tag gives the text.
    pub fn resolve(&self) -> Resolved<'a> {
        self.try_resolve().unwrap_or(Resolved::Str(Cow::Borrowed(self.text)))
    }

    /// The text, if this scalar is a string that is written as it reads; `None` for null, booleans, numbers and
    /// `!!binary`. Cheaper than [`ScalarRef::resolve`].
    pub fn as_str(&self) -> Option<&'a str> {
        match (self.tag, self.style) {
            (Tag::None, Style::Plain) => plain_is_string(self.text).then_some(self.text),
            (Tag::None | Tag::Str | Tag::NonSpecific | Tag::Other | Tag::Merge | Tag::Timestamp, _) => {
                Some(self.text)
            }
            (Tag::Int | Tag::Float | Tag::Bool | Tag::Null | Tag::Binary, _) => None,
        }
    }

    /// The meaning, or the reason why upstream refuses the whole document.
    pub(super) fn try_resolve(&self) -> Result<Resolved<'a>, String> {
        let text = self.text;
        let string = Resolved::Str(Cow::Borrowed(text));
        match self.tag {
            Tag::None if self.style == Style::Plain => Ok(plain(text)),
            Tag::None | Tag::NonSpecific | Tag::Str | Tag::Merge | Tag::Other => Ok(string),
            Tag::Binary => base64(text).map(|bytes| Resolved::Str(Cow::Owned(go_string(&bytes)))),
            Tag::Timestamp if is_date(text) => Ok(string),
            Tag::Timestamp => Err(mismatch(text, "!!timestamp")),
            Tag::Int => match plain(text) {
                value @ (Resolved::Int(_) | Resolved::UInt(_)) => Ok(value),
                _ => Err(mismatch(text, "!!int")),
            },
            #[expect(clippy::cast_precision_loss, reason = "upstream converts the same way")]
            Tag::Float => match plain(text) {
                Resolved::Int(value) => Ok(Resolved::Float(value as f64)),
                Resolved::Float(value) => Ok(Resolved::Float(value)),
                _ => Err(mismatch(text, "!!float")),
            },
            Tag::Bool => match plain(text) {
                value @ Resolved::Bool(_) => Ok(value),
                _ => Err(mismatch(text, "!!bool")),
            },
            Tag::Null => match plain(text) {
                Resolved::Null => Ok(Resolved::Null),
                _ => Err(mismatch(text, "!!null")),
            },
        }
    }

    /// Whether go-yaml takes this scalar, as a key, for a merge (`decode.go`, `isMerge`).
    pub(super) fn is_merge(&self) -> bool {
        self.text == "<<"
            && match self.tag {
                Tag::NonSpecific | Tag::Merge => true,
                Tag::None => self.style == Style::Plain,
                _ => false,
            }
    }
}

/// Whether a plain scalar without tag is a string. Most keys and values are, and leave at the first byte.
pub(super) fn plain_is_string(text: &str) -> bool {
    match text.as_bytes() {
        [] => false,
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => matches!(plain(text), Resolved::Str(_)),
        bytes => !may_be_word(bytes) || word(text).is_none(),
    }
}

/// Whether a text may be one of the words of [`word`], by its length and its first two letters.
const fn may_be_word(bytes: &[u8]) -> bool {
    match bytes {
        [b'y' | b'Y' | b'n' | b'N' | b'~'] => true,
        [b'y' | b'Y', b'e' | b'E', ..]
        | [b'n' | b'N', b'o' | b'O' | b'u' | b'U', ..]
        | [b't' | b'T', b'r' | b'R', ..]
        | [b'f' | b'F', b'a' | b'A', ..]
        | [b'o' | b'O', b'n' | b'N' | b'f' | b'F', ..] => bytes.len() <= 5,
        _ => false,
    }
}

/// Whether a plain scalar without tag is null.
pub(super) const fn plain_is_null(bytes: &[u8]) -> bool {
    matches!(bytes, b"" | b"~" | b"null" | b"Null" | b"NULL")
}

fn plain(text: &str) -> Resolved<'_> {
    let string = Resolved::Str(Cow::Borrowed(text));
    let value = match text.as_bytes().first() {
        Some(b'0'..=b'9') => number::from_digits(text).map(Resolved::from),
        Some(b'+' | b'-') => word(text).or_else(|| number::from_digits(text).map(Resolved::from)),
        Some(b'.') => word(text).or_else(|| number::from_dot(text).map(Resolved::Float)),
        _ => word(text),
    };
    value.unwrap_or(string)
}

impl From<Number> for Resolved<'_> {
    fn from(number: Number) -> Self {
        match number {
            Number::Int(value) => Self::Int(value),
            Number::UInt(value) => Self::UInt(value),
            Number::Float(value) => Self::Float(value),
        }
    }
}

/// The words with a meaning of their own (`resolve.go`, `resolveMapList`); any other letter case is a string.
fn word(text: &str) -> Option<Resolved<'static>> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        _ => return None,
    })
}

fn mismatch(text: &str, tag: &str) -> String {
    let shown: String = text.chars().take(40).collect();
    format!("`{shown}` does not fit its tag `{tag}`")
}

/// Whether a text is a date that go-yaml surely takes as a timestamp. Narrower than upstream on purpose: this only
/// decides whether a `!!timestamp` tag is refused.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut part = |length: usize, most: u32| {
        let part = parts.next().unwrap_or_default();
        let fits = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        fits && part.parse::<u32>().is_ok_and(|value| (1..=most).contains(&value))
    };
    part(4, 9999) && part(2, 12) && part(2, 28)
}

/// Bytes as Go's JSON encoder writes them: every byte that is not valid UTF-8 becomes one U+FFFD.
fn go_string(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// Standard base64 with padding; line breaks are skipped, as Go's decoder does.
pub(super) fn base64(text: &str) -> Result<Vec<u8>, String> {
    let invalid = || "a `!!binary` value is not valid base64".to_owned();
    let mut symbols = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).peekable();
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    while symbols.peek().is_some() {
        let mut bits: u32 = 0;
        let mut padding = 0;
        for place in 0..4 {
            let value = match symbols.next() {
                Some(b'=') if place >= 2 => {
                    padding += 1;
                    0
                }
                Some(symbol) if padding == 0 => base64_value(symbol).ok_or_else(invalid)?,
                _ => return Err(invalid()),
            };
            bits = bits << 6 | value;
        }
        let [_, first, second, third] = bits.to_be_bytes();
        match padding {
            0 => bytes.extend([first, second, third]),
            1 => bytes.extend([first, second]),
            _ => bytes.push(first),
        }
        if padding > 0 && symbols.peek().is_some() {
            return Err(invalid());
        }
    }
    Ok(bytes)
}

fn base64_value(symbol: u8) -> Option<u32> {
    let value = match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(text: &str, style: Style, tag: Tag) -> ScalarRef<'_> {
        ScalarRef { text, style, tag }
    }

    #[test]
    fn plain_words_have_their_yaml_1_1_meaning_in_three_letter_cases_only() {
        for text in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            assert_eq!(plain(text), Resolved::Bool(true), "{text}");
        }
        for text in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            assert_eq!(plain(text), Resolved::Bool(false), "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Resolved::Null, "{text}");
        }
        for text in ["yEs", "oN", "tRue", "nULL", "none", "<<", "2025-01-02", "12:30", "~x", ".", "..."] {
            assert_eq!(plain(text), Resolved::Str(text.into()), "{text}");
            assert!(plain_is_string(text), "{text}");
        }
    }

    #[test]
    fn quotes_and_blocks_make_a_string_of_anything() {
        for style in [Style::SingleQuoted, Style::DoubleQuoted, Style::Literal, Style::Folded] {
            assert_eq!(scalar("1", style, Tag::None).resolve(), Resolved::Str("1".into()));
            assert_eq!(scalar("", style, Tag::None).as_str(), Some(""));
        }
    }

    #[test]
    fn tags_override_or_refuse() {
        let cases = [
            ("123", Tag::Str, Ok(Resolved::Str("123".into()))),
            ("5", Tag::NonSpecific, Ok(Resolved::Str("5".into()))),
            ("yes", Tag::Other, Ok(Resolved::Str("yes".into()))),
            ("7", Tag::Int, Ok(Resolved::Int(7))),
            ("1", Tag::Float, Ok(Resolved::Float(1.0))),
            ("yes", Tag::Bool, Ok(Resolved::Bool(true))),
            ("~", Tag::Null, Ok(Resolved::Null)),
            ("aGVs\nbG8=", Tag::Binary, Ok(Resolved::Str("hello".into()))),
            ("/w==", Tag::Binary, Ok(Resolved::Str("\u{FFFD}".into()))),
            ("2025-01-02", Tag::Timestamp, Ok(Resolved::Str("2025-01-02".into()))),
            ("1.5", Tag::Int, Err(())),
            ("", Tag::Int, Err(())),
            ("x", Tag::Bool, Err(())),
            ("x", Tag::Null, Err(())),
            ("18446744073709551615", Tag::Float, Err(())),
            ("a", Tag::Binary, Err(())),
            ("a===", Tag::Binary, Err(())),
            ("aGVsbG8=aGVs", Tag::Binary, Err(())),
            ("x", Tag::Timestamp, Err(())),
        ];
        for (text, tag, expected) in cases {
            let got = scalar(text, Style::DoubleQuoted, tag).try_resolve().map_err(|_| ());
            assert_eq!(got, expected, "{text} {tag:?}");
        }
    }

    #[test]
    fn quick_looks_agree_with_the_words() {
        let letters = ["", "a", "e", "f", "i", "l", "n", "o", "r", "s", "t", "u", "y", "~", ".", "1"];
        let cases: [fn(&str) -> String; 3] = [str::to_lowercase, str::to_uppercase, |text| {
            let (first, rest) = text.split_at(text.len().min(1));
            first.to_uppercase() + rest
        }];
        let of_two = letters.iter().flat_map(|a| letters.iter().map(move |b| format!("{a}{b}")));
        let words =
            "null true false yes no on off name namespace noun trace fast only offer yet nul".split(' ');
        let texts = of_two.chain(words.map(str::to_owned));
        for text in texts.flat_map(|text| cases.map(|change| change(&text))) {
            let resolved = plain(&text);
            assert_eq!(plain_is_string(&text), matches!(resolved, Resolved::Str(_)), "{text}");
            assert_eq!(plain_is_null(text.as_bytes()), resolved == Resolved::Null, "{text}");
        }
    }
}
