//! Comments that silence one rule on one line.

use std::ops::Range;

use super::super::catalogue::named;
use super::super::found;
use super::super::settle::Told;
use crate::finding::{Code, Finding};
use crate::source::{Sources, Stretch};

/// `# iamrbac: ignore CODE reason`
const MARK: &str = "iamrbac: ignore";

/// A comment that silences one rule on one line.
pub(in crate::lint) struct Ignore {
    pub(in crate::lint) file: String,
    /// The line that it silences, from 1.
    pub(in crate::lint) line: usize,
    /// What stands on that line, without the comment.
    pub(in crate::lint) silenced: String,
    pub(in crate::lint) code: Code,
    pub(in crate::lint) stretch: Stretch,
    pub(in crate::lint) used: bool,
}

/// A comment that looks like one that silences.
pub(in crate::lint) struct Comment<'t> {
    range: Range<usize>,
    line: usize,
    /// What stands on the line that it is about, without the comment.
    pub(in crate::lint) silenced: &'t str,
    word: &'t str,
    reason: &'t str,
}

impl Comment<'_> {
    /// The rule that it silences, or why it silences nothing.
    pub(in crate::lint) fn code(&self) -> Result<Code, String> {
        let word = self.word;
        match named(word) {
            None => Err(format!("`{word}` is the code of no rule, so that this comment silences nothing")),
            Some(_) if self.reason.is_empty() => Err(format!(
                "no reason is given for ignoring `{word}`, so that this comment silences nothing"
            )),
            Some(rule) => Ok(rule.code),
        }
    }
}

/// All inline ignores, and what is wrong with those that are none.
pub(in crate::lint) fn ignores(sources: &Sources) -> (Vec<Ignore>, Vec<Finding>) {
    let (mut ignores, mut wrong) = (Vec::new(), Vec::new());
    for file in sources.files().filter(|file| !sources.is_virtual_file(*file)) {
        for comment in comments(sources.text(file)) {
            let stretch = Stretch { file, range: comment.range.clone(), document: 0 };
            match comment.code() {
                Ok(code) => ignores.push(of_comment(&comment, code, sources.path(file), stretch)),
                Err(why) => wrong.push(found(Code::IgnoreInvalid, stretch, why)),
            }
        }
    }
    (ignores, wrong)
}

fn of_comment(comment: &Comment<'_>, code: Code, path: &str, stretch: Stretch) -> Ignore {
    let silenced = comment.silenced.to_owned();
    Ignore { file: path.to_owned(), line: comment.line, silenced, code, stretch, used: false }
}

impl Ignore {
    /// Whether it is about the line and the rule of a finding.
    pub(in crate::lint) fn is_about(&self, told: &Told) -> bool {
        told.place.as_ref().is_some_and(|place| {
            self.line == place.line && self.code == told.finding.code && self.file == place.file
        })
    }
}

/// Whether a text may have inline ignores.
pub(in crate::lint) fn has_mark(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), MARK.as_bytes()).is_some()
}

/// The comments of a text that look like inline ignores. A comment on its own line is about the next line that is none.
pub(in crate::lint) fn comments(text: &str) -> Vec<Comment<'_>> {
    if !has_mark(text) {
        return Vec::new();
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_comment = |line: &&&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let mut start = 0;
    let mut all = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let line_start = start;
        start += line.len();
        let Some((before, after)) = line.split_once(MARK) else { continue };
        let Some(hash) = before.trim_end().strip_suffix('#') else { continue };
        let (word, reason) = after.trim().split_once(char::is_whitespace).unwrap_or((after.trim(), ""));
        let (at, silenced) = if hash.trim().is_empty() {
            let at = index + lines.iter().skip(index).take_while(is_comment).count();
            (at, lines.get(at).map_or("", |line| line.split(" #").next().unwrap_or_default()))
        } else {
            (index, hash)
        };
        all.push(Comment {
            range: line_start + hash.len()..line_start + line.trim_end().len(),
            line: at + 1,
            silenced: silenced.trim(),
            word,
            reason: reason.trim(),
        });
    }
    all
}
