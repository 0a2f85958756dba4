//! Globs over names, as they are typed to choose among principals, resources, verbs and namespaces. Not for paths, and
//! no pattern of AWS or RBAC.

/// A text in which `*` stands for any characters, `/` and `:` among them, and `?` for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// Every text is a glob.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for itself only.
    pub fn is_literal(&self) -> bool {
        !self.0.contains(['*', '?'])
    }

    /// Whether the whole of a name fits, in time of at most the product of the lengths.
    pub fn matches(&self, name: &str) -> bool {
        let pattern: Vec<char> = self.0.chars().collect();
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut from) = (0, 0);
        // where the last asterisk was, and up to where it has taken the name
        let mut asterisk: Option<(usize, usize)> = None;
        while from < name.len() {
            match pattern.get(at) {
                Some('*') => {
                    asterisk = Some((at, from));
                    at += 1;
                }
                Some(&c) if c == '?' || Some(&c) == name.get(from) => {
                    at += 1;
                    from += 1;
                }
                _ => {
                    let Some((place, taken)) = asterisk else { return false };
                    asterisk = Some((place, taken + 1));
                    at = place + 1;
                    from = taken + 1;
                }
            }
        }
        pattern.iter().skip(at).all(|c| *c == '*')
    }
}

/// Whether one of the globs fits; without any, everything does.
pub fn any_fits(globs: &[Glob], name: &str) -> bool {
    globs.is_empty() || globs.iter().any(|glob| glob.matches(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits() {
        for (glob, name, fits) in [
            ("*", "", true),
            ("*", "arn:aws:iam::1:role/a/b", true),
            ("*:role/*", "arn:aws:iam::1:role/a", true),
            ("*:role/*", "arn:aws:iam::1:user/a", false),
            ("pods", "pods", true),
            ("pods", "pods/log", false),
            ("pods*", "pods/log", true),
            ("?ods", "pods", true),
            ("?ods", "ods", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("", "", true),
            ("", "x", false),
            ("*ü", "menü", true),
        ] {
            assert_eq!(Glob::new(glob).matches(name), fits, "{glob} {name}");
        }
    }

    #[test]
    fn many_asterisks_do_not_hang() {
        let glob = Glob::new("*a".repeat(200));
        assert!(!glob.matches(&"a".repeat(5000).replace('a', "ab")));
    }
}
