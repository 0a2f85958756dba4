//! The rules as data, each in a file of its own that is called as its code. What a rule means stands there and nowhere
//! else: lists, explanations, SARIF, the configuration's schema and the tests read it.
//!
//! A new rule is a file in the directory of its family, its line in the family's list, and the check that tells its code.

mod access;
mod input;
mod mapping;
mod objects;
mod silence;

use std::fmt;
use std::sync::LazyLock;

use crate::finding::{Code, Severity};

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// The fact that it tells.
    pub code: Code,
    /// Its short number, which is never given to another rule.
    pub number: &'static str,
    /// What it looks at.
    pub family: Family,
    /// How much it matters, where nothing else is said.
    pub severity: Severity,
    /// How sure a finding is.
    pub confidence: Confidence,
    /// The rule in a few words.
    pub summary: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// Where upstream says so.
    pub source: &'static str,
    /// The text that is underlined where it fires on the bad example, as far as its first line goes.
    pub underlined: &'static str,
    /// A manifest on which it fires.
    pub bad: &'static str,
    /// The same without what is wrong.
    pub good: &'static str,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Whether the text can be read at all.
    Input,
    /// The `aws-auth` ConfigMap, and how its names meet those of bindings.
    Mapping,
    /// Roles and bindings as objects.
    Objects,
    /// Access that a principal holds.
    Access,
    /// What is meant to silence the linter.
    Silence,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It follows from what was read.
    Certain,
    /// It follows, unless something that manifests do not show makes it right.
    Likely,
    /// It is worth a look.
    Possible,
}

impl Confidence {
    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}

impl Family {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Mapping => "aws-auth and mappings",
            Self::Objects => "roles and bindings",
            Self::Access => "risky access",
            Self::Silence => "exceptions",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// All rules, in order of their numbers.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [input::RULES, mapping::RULES, objects::RULES, access::RULES, silence::RULES]
        .into_iter()
        .flatten()
        .copied()
}

/// The rule of a code; none for facts that only answers to questions tell.
pub fn rule_of(code: Code) -> Option<&'static Rule> {
    static BY_CODE: LazyLock<Vec<Option<&'static Rule>>> =
        LazyLock::new(|| Code::ALL.iter().map(|code| rules().find(|rule| rule.code == *code)).collect());
    // the codes are numbered in the order in which they are declared
    BY_CODE.get(code as usize).copied().flatten()
}

/// The rule that a person names, by code or by number, in any letter case.
pub fn named(text: &str) -> Option<&'static Rule> {
    rules()
        .find(|rule| rule.code.as_str().eq_ignore_ascii_case(text) || rule.number.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_in_order() {
        let numbers: Vec<&str> = rules().map(|rule| rule.number).collect();
        assert!(numbers.is_sorted_by(|a, b| a.get(1..) < b.get(1..)), "{numbers:?}");
        let mut codes: Vec<Code> = rules().map(|rule| rule.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), numbers.len());
    }

    #[test]
    fn every_rule_says_all_that_a_person_needs() {
        for rule in rules() {
            for text in [rule.summary, rule.why, rule.remedy, rule.source] {
                assert!(text.len() > 10 && !text.ends_with('.'), "{}: {text}", rule.code);
            }
            assert!(rule.bad != rule.good, "{}", rule.code);
        }
    }

    #[test]
    fn rules_are_found_by_code_and_by_number() {
        let rule = rules().next().unwrap();
        assert_eq!(named(&rule.number.to_lowercase()).map(|rule| rule.code), Some(rule.code));
        assert_eq!(named(rule.code.as_str()).map(|found| found.number), Some(rule.number));
        assert!(named("nothing").is_none());
        for &code in Code::ALL {
            assert_eq!(
                rule_of(code).map(|rule| rule.number),
                rules().find(|rule| rule.code == code).map(|rule| rule.number)
            );
        }
    }
}
