//! Names that are nearly the same: the typos that people make, told from names that merely look alike.

/// How two names differ, where one is probably a misspelling of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Near {
    /// In letter case, blanks or `-`, `_` only.
    Form,
    /// In a character or two.
    Typo,
}

/// Whether one name is probably a misspelling of the other; none for equal names and for different ones.
///
/// Names whose only difference is in digits (`team-1`, `team-2`) are different names.
pub(super) fn near(a: &str, b: &str) -> Option<Near> {
    if a == b || a.is_empty() || b.is_empty() {
        return None;
    }
    let bare = |text: &str| -> String {
        let kept = text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '_' { '-' } else { c });
        kept.flat_map(char::to_lowercase).collect()
    };
    let (bare_a, bare_b) = (bare(a), bare(b));
    if bare_a == bare_b {
        return Some(Near::Form);
    }
    if without_digits(&bare_a) == without_digits(&bare_b) {
        return None;
    }
    let shorter = bare_a.chars().count().min(bare_b.chars().count());
    let allowed = match shorter {
        0..=2 => return None,
        3..=5 => 1,
        _ => 2,
    };
    (strsim::osa_distance(&bare_a, &bare_b) <= allowed).then_some(Near::Typo)
}

fn without_digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
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
