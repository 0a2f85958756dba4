//! Names that are nearly the same: the typos that people make, told from names that merely look alike.

use std::collections::HashMap;

/// How two names differ, where one is probably a misspelling of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Near {
    /// In letter case, blanks or `-`, `_` only.
    Form,
    /// In a character or two.
    Typo,
}

/// A name to compare many others with; what can be known of it beforehand is.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    text: String,
    bare: String,
    letters: Letters,
}

impl Name {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), bare: bare(text), letters: Letters::of(text) }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the other name is probably a misspelling of this one; none for equal names and for different ones.
    ///
    /// Names are compared word by word. Words whose digits differ (`team-1`, `team-2`) are different words, and so are
    /// single letters (`team-a`, `team-b`): people count and tell apart with them.
    pub(crate) fn near(&self, other: &str) -> Option<Near> {
        if self.text == other || self.text.is_empty() || other.is_empty() {
            return None;
        }
        // an edit changes the length by one at most, and the letters that occur by two
        if self.text.len().abs_diff(other.len()) > 8 || self.letters.distance(Letters::of(other)) > 2 * EDITS
        {
            return None;
        }
        if !digits(&self.text).eq(digits(other)) {
            return None;
        }
        let other = bare(other);
        if self.bare == other {
            return Some(Near::Form);
        }
        let words = |text: &'_ str| text.split(is_separator).count();
        let edits = if words(&self.bare) == words(&other) {
            let pairs = self.bare.split(is_separator).zip(other.split(is_separator));
            let differing = pairs.filter(|(a, b)| a != b);
            differing.map(|(a, b)| edits(a, b)).sum::<Option<usize>>()
        } else {
            edits(&self.bare, &other)
        };
        edits.is_some_and(|edits| edits <= EDITS as usize).then_some(Near::Typo)
    }
}

/// Many names, for finding those that one name is near to. Names of which one is near the other have the same digits in
/// the same order, so that only such are compared.
#[derive(Debug, Default)]
pub(crate) struct Known<'n>(HashMap<String, Vec<(&'n str, Letters)>>);

impl<'n> Known<'n> {
    pub(crate) fn new(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut known = Self::default();
        for name in names {
            known.0.entry(digits(name).collect()).or_default().push((name, Letters::of(name)));
        }
        known
    }

    /// Those that are near, in the order in which they were given.
    pub(crate) fn near(&self, name: &str) -> impl Iterator<Item = &'n str> {
        let name = Name::new(name);
        let alike = self.0.get(&digits(&name.text).collect::<String>()).into_iter().flatten();
        alike
            .filter(move |(other, letters)| {
                name.letters.distance(*letters) <= 2 * EDITS && name.near(other).is_some()
            })
            .map(|(other, _)| *other)
    }
}

fn digits(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(char::is_ascii_digit)
}

/// Whether one name is probably a misspelling of the other; see [`Name::near`].
pub(crate) fn near(a: &str, b: &str) -> Option<Near> {
    Name::new(a).near(b)
}

/// More edits than this are no typo.
const EDITS: u32 = 2;

const fn is_separator(c: char) -> bool {
    matches!(c, '-' | ':' | '/' | '.' | '@')
}

/// The text without what people do not see: letter case, blanks, `_` for `-`.
fn bare(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '_' { '-' } else { c });
    kept.flat_map(char::to_lowercase).collect()
}

/// How many edits make one word of the other; none where they are too many for its length, or words of their own.
fn edits(a: &str, b: &str) -> Option<usize> {
    if !digits(a).eq(digits(b)) {
        return None;
    }
    let (length_a, length_b) = (a.chars().count(), b.chars().count());
    let allowed = match length_a.min(length_b) {
        0 | 1 => return None,
        // one letter for another makes another word of two
        2 if length_a == length_b && a.chars().rev().ne(b.chars()) => return None,
        2..=7 => 1,
        _ => EDITS as usize,
    };
    if length_a.abs_diff(length_b) > allowed {
        return None;
    }
    let edits = strsim::osa_distance(a, b);
    (edits <= allowed).then_some(edits)
}

/// Which letters occur in a text, as bits; what [`bare`] takes for the same has the same bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Letters(u64);

impl Letters {
    fn of(text: &str) -> Self {
        let bit = |byte: u8| match byte.to_ascii_lowercase() {
            b'\t' | b'\n' | b'\r' | b' ' => 0,
            b'_' => 1_u64 << b'-',
            byte if byte.is_ascii() => 1 << (byte % 64),
            // all others together: folding may change which bytes there are
            _ => 1 << 63,
        };
        Self(text.bytes().map(bit).fold(0, |all, bit| all | bit))
    }

    const fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

/// Whether a text with `*` for any run and `?` for one character fits a name, as people expect who write them where
/// they are literal. Linear in time.
pub(super) fn wildcard_fits(pattern: &str, name: &str) -> bool {
    if !pattern.contains(['*', '?']) {
        return false;
    }
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let (mut at, mut to) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while to < name.len() {
        match pattern.get(at) {
            Some('*') => {
                retry = Some((at, to));
                at += 1;
            }
            Some(&c) if c == '?' || Some(&c) == name.get(to) => {
                at += 1;
                to += 1;
            }
            _ => match &mut retry {
                Some((star, from)) => {
                    *from += 1;
                    (at, to) = (*star + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_compared_as_one_by_one() {
        let names = [
            "developers",
            "Developers",
            "develoeprs",
            "dev",
            "devs",
            "team-1",
            "team-2",
            "Team_1",
            "tema-1",
            "team-12",
            "ann@corp",
            "ann-corp",
            "cr-1a2",
            "cr-12a",
            "",
            "teama",
            "team-a",
        ];
        let known = Known::new(names);
        for name in names {
            let one_by_one: Vec<&str> =
                names.into_iter().filter(|other| near(name, other).is_some()).collect();
            assert_eq!(known.near(name).collect::<Vec<_>>(), one_by_one, "{name}");
        }
    }

    #[test]
    fn misspellings() {
        for (a, b, expected) in [
            ("developers", "Developers", Some(Near::Form)),
            ("team_a", "team-a", Some(Near::Form)),
            ("developers", "develoeprs", Some(Near::Typo)),
            ("developers", "developer", Some(Near::Typo)),
            ("dev", "devs", Some(Near::Typo)),
            ("dev", "ops", None),
            ("ab", "ac", None),
            ("team-1", "team-2", None),
            ("alice", "alice", None),
            ("ann@corp", "ann-corp", Some(Near::Typo)),
            ("team-a:dev", "team-b:dev", None),
            ("team-a", "teama", Some(Near::Typo)),
            ("eks-ci", "eks-ic", Some(Near::Typo)),
            ("eks-ci", "eks-cd", None),
            ("editor", "auditor", None),
            ("viewer", "reviewer", None),
            ("dev-1", "dve-1", Some(Near::Typo)),
            ("d\u{e9}v", "DEV", Some(Near::Typo)),
            ("arn:aws:iam::1:role/dev", "arn:aws:iam::2:role/dev", None),
            ("system:master", "system:masters", Some(Near::Typo)),
            ("developers ", "developers", Some(Near::Form)),
        ] {
            assert_eq!(near(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn wildcards() {
        assert!(wildcard_fits("arn:aws:iam::1:role/*", "arn:aws:iam::1:role/dev"));
        assert!(
            wildcard_fits("a*c?e", "abbcde") && !wildcard_fits("a*c", "abd") && !wildcard_fits("abc", "abc")
        );
    }
}
