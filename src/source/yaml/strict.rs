//! Places where go-yaml v2 (YAML 1.1) refuses or reads otherwise what our parser (YAML 1.2) accepts. Each of them is
//! refused: a document is read as Kubernetes reads it or not at all. Must not know the parser's types.

use super::tree::{Mark, Node, Shape, Tree};
use std::ops::Range;

/// go-yaml takes only ASCII letters, digits, `_` and `-` in the name of an anchor, and only certain characters behind.
pub(super) fn anchor_name(name: &str, after: Option<u8>) -> Result<(), String> {
    let fits = !name.is_empty() && name.bytes().all(is_word_byte);
    let ends = after.is_none_or(|byte| byte.is_ascii_whitespace() || b"?:,]}%@`".contains(&byte));
    if fits && ends {
        Ok(())
    } else {
        Err(format!("Kubernetes takes only letters, digits, `_` and `-` in the anchor `{name}`"))
    }
}

/// go-yaml wants a blank behind a tag and knows fewer characters in it.
pub(super) fn tag(source: &str, after: Option<u8>) -> Result<(), String> {
    let known = |byte: u8| is_word_byte(byte) || b";/?:@&=+$,.!~*'()[]%<>".contains(&byte);
    if !source.bytes().all(known) {
        return Err(format!("a character that Kubernetes does not take in the tag `{source}`"));
    }
    if after.is_some_and(|byte| !byte.is_ascii_whitespace()) {
        return Err(format!("no blank after the tag `{source}`"));
    }
    Ok(())
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// In a flow collection go-yaml ends a plain scalar at `?` and keeps a `:` that stands before a bracket or comma.
pub(super) fn flow_plain(source: &str, after: &[u8]) -> Result<(), String> {
    if source.contains('?') || source.starts_with(':') {
        return Err("a `?` or leading `:` without quotes inside brackets".to_owned());
    }
    if let [b':', b',' | b'[' | b']' | b'{' | b'}', ..] = after {
        return Err("a `:` right before a bracket or comma, which Kubernetes takes for text".to_owned());
    }
    Ok(())
}

/// go-yaml ends a simple key with its line, in flow collections too: neither the key nor the blanks up to its `:` may
/// hold a line break.
pub(super) fn one_line_key(source: &str, after: &str) -> Result<(), String> {
    let mut rest = after.trim_start();
    while rest.starts_with('#') {
        rest = rest.trim_start_matches(|character| !matches!(character, '\n' | '\r')).trim_start();
    }
    let blanks = after.len() - rest.len();
    let gap = after.get(..blanks).unwrap_or_default();
    if rest.starts_with(':') && (has_break(source) || has_break(gap)) {
        return Err("a key inside brackets that goes over more than one line".to_owned());
    }
    Ok(())
}

/// Whether a text holds a line break.
pub(super) fn has_break(text: &str) -> bool {
    memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some()
}

/// Of the escapes in double quotes, go-yaml does not know `\/` and refuses surrogates, paired or not.
pub(super) fn escapes(source: &str) -> Result<(), String> {
    let mut rest = source;
    while let Some((_, escape)) = rest.split_once('\\') {
        let mut characters = escape.chars();
        match characters.next() {
            Some('/') => return Err("the escape `\\/`, which Kubernetes does not know in YAML".to_owned()),
            Some('u')
                if matches!(
                    escape.as_bytes().get(1..3),
                    Some([b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F'])
                ) =>
            {
                return Err("an escaped surrogate, which Kubernetes takes only in JSON".to_owned());
            }
            _ => rest = characters.as_str(),
        }
    }
    Ok(())
}

/// go-yaml refuses a tab in the indentation of the further lines of a plain scalar, wherever the scalar is indented
/// deeper than the tab; here, wherever it is.
pub(super) fn plain_lines(source: &str) -> Result<(), String> {
    let tab = |line: &str| line.trim_start_matches(' ').starts_with('\t');
    if source.split(['\n', '\r']).skip(1).any(tab) {
        return Err("a tab in the indentation of a text of more than one line".to_owned());
    }
    Ok(())
}

/// go-yaml wants a block scalar indented by one column at least, and no tab in its indentation.
///
/// `before` is the text up to the first character of `source` that is not blank.
pub(super) fn block_lines(before: &str, source: &str) -> Result<(), String> {
    let blanks = before.trim_end_matches([' ', '\t', '\n', '\r']);
    let header = before.get(blanks.len()..).unwrap_or_default();
    let indent = header.rsplit(['\n', '\r']).next().unwrap_or_default().len();
    if indent == 0 && !source.trim_ascii().is_empty() {
        return Err("a block of text that is not indented".to_owned());
    }
    let tab = |line: &str| {
        let rest = line.trim_start_matches(' ');
        rest.starts_with('\t') && line.len() - rest.len() < indent
    };
    let first =
        header.split(['\n', '\r']).skip(1).any(|line| line.contains('\t')) || source.starts_with('\t');
    if first || source.split(['\n', '\r']).skip(1).any(tab) {
        return Err("a tab in the indentation of a block of text".to_owned());
    }
    Ok(())
}

/// Whether go-yaml gives a block scalar at the end of a text no final line break, where our parser does: the last line
/// of the text has content and no break.
pub(super) fn ends_without_break(text: &str, cooked: &str) -> bool {
    let last = text.rsplit(['\n', '\r']).next().unwrap_or_default();
    !last.trim_matches(' ').is_empty() || !last.is_empty() && cooked.trim_end_matches('\n').ends_with(' ')
}

/// Whether a block scalar at the end of a file keeps its last line breaks (`|+`) and the file ends in blanks without a
/// break: kubectl's reader adds one, and that makes one more line.
pub(super) fn keeps_unended_blanks(text: &str, before: &str) -> bool {
    let last = text.rsplit(['\n', '\r']).next().unwrap_or_default();
    let header = before.trim_end().rsplit(['\n', '\r']).next().unwrap_or_default();
    !last.is_empty() && last.trim_matches([' ', '\t']).is_empty() && header.contains('+')
}

/// Whether a document starts, after blanks and comments, with its own end `...`, where go-yaml finds no content.
pub(super) fn starts_with_end(chunk: &str) -> bool {
    is_marker(after_comments(chunk), "...")
}

/// What comes behind a document's value without a `...` or `---` between them.
///
/// go-yaml gives back the document and is silent about the rest, but it does scan the rest of the line, for a colon there
/// would make the value a key, and one token beyond it. `Some(Ok(rest))` is a rest where these tokens surely scan,
/// `Some(Err(rest))` one where they may not.
pub(super) fn unended<'t>(before: &str, behind: &'t str) -> Option<Result<&'t str, &'t str>> {
    let rest = after_comments(behind);
    if rest.is_empty() || is_marker(rest, "...") || is_marker(rest, "---") {
        return None;
    }
    let is_new_line =
        before.rsplit(['\n', '\r']).next().is_some_and(|line| line.trim_start_matches(' ').is_empty());
    let line = if is_new_line { Some(Scanned::Line(behind)) } else { rest_of_line(behind) };
    let scans = match line {
        Some(Scanned::All) => true,
        Some(Scanned::Line(next)) => next_token_scans(after_comments(next)),
        None => false,
    };
    Some(if scans { Ok(rest) } else { Err(rest) })
}

/// How far go-yaml looks, from the end of a value on.
enum Scanned<'t> {
    /// To the end of the line, behind which this stands.
    Line(&'t str),
    /// As far as it ever does.
    All,
}

/// The tokens on the line of the value's end, if they are brackets, commas, and a plain scalar that no colon follows.
fn rest_of_line(mut rest: &str) -> Option<Scanned<'_>> {
    loop {
        rest = rest.trim_start_matches(' ').trim_start_matches([']', '}', ',']);
        if rest.is_empty() || rest.starts_with(['#', '\n', '\r']) {
            return Some(Scanned::Line(rest.trim_start_matches(|c| !matches!(c, '\n' | '\r'))));
        }
        if rest.starts_with(' ') {
            continue;
        }
        let line = rest.split(['\n', '\r']).next().unwrap_or_default();
        // the scalar goes on in the lines that follow; behind it the line is another
        return (starts_plain(rest) && !line.contains([':', '#', '\t'])).then_some(Scanned::All);
    }
}

/// Whether the first token of a line behind the value surely scans. A plain scalar may be a key there, so that go-yaml goes on
/// to its colon, or to the end of its line.
fn next_token_scans(rest: &str) -> bool {
    let line = rest.split(['\n', '\r']).next().unwrap_or_default();
    let key = line.split(": ").next().unwrap_or_default();
    let key = key.strip_suffix(':').unwrap_or(key);
    rest.is_empty()
        || rest.starts_with([']', '}', ','])
        || is_marker(rest, "-")
        || starts_plain(rest) && !key.contains([':', '#', '\t'])
}

/// Whether a plain scalar surely starts here.
fn starts_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '.'))
        && !text.starts_with("...")
}

fn is_marker(text: &str, marker: &str) -> bool {
    text.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']))
}

fn after_comments(text: &str) -> &str {
    let blank = |character: char| matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{FEFF}');
    let mut rest = text.trim_start_matches(blank);
    while rest.starts_with('#') {
        rest =
            rest.trim_start_matches(|character| !matches!(character, '\n' | '\r')).trim_start_matches(blank);
    }
    rest
}

/// The first tab where go-yaml takes none: in the indentation of a line, or between an indicator and its value. Tabs
/// inside scalars and brackets are left to the parser.
pub(super) fn misplaced_tab(text: &str, chunk: Range<usize>, tree: Option<&Tree<'_>>) -> Option<usize> {
    let is_token = |node: &&Node| match node.shape {
        Shape::Scalar(_) | Shape::Alias => true,
        Shape::Sequence | Shape::Mapping => node.mark == Mark::Flow,
    };
    let mut tokens = tree
        .map(|tree| tree.nodes.as_slice())
        .unwrap_or_default()
        .iter()
        .filter(is_token)
        .map(|node| (node.start as usize, node.end as usize))
        .peekable();
    let mut covered = chunk.start;
    let bytes = text.as_bytes().get(chunk.clone()).unwrap_or_default();
    for tab in memchr::memchr_iter(b'\t', bytes).map(|at| at + chunk.start) {
        while let Some((_, end)) = tokens.next_if(|(start, _)| *start <= tab) {
            covered = covered.max(end);
        }
        if tab < covered {
            continue;
        }
        let since = text.get(covered..tab).unwrap_or_default();
        let line = since.rsplit(['\n', '\r']).next().unwrap_or_default();
        let at_line_start = text
            .as_bytes()
            .get(..covered)
            .and_then(<[u8]>::last)
            .is_none_or(|byte| matches!(byte, b'\n' | b'\r'));
        let from_line_start = covered == chunk.start || at_line_start || line.len() < since.len();
        let before = line.trim_end_matches([' ', '\t']);
        let indicator = before
            .strip_suffix(['-', '?'])
            .is_some_and(|rest| rest.is_empty() || rest.ends_with([' ', '\t']));
        let leading = from_line_start && (before.is_empty() || before.trim_start() == ":");
        if !line.contains('#') && (indicator || leading) {
            return Some(tab);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_and_tags_are_as_narrow_as_upstream() {
        assert!(anchor_name("a-B_9", Some(b' ')).is_ok() && anchor_name("a", None).is_ok());
        assert!(anchor_name("a.b", Some(b' ')).is_err() && anchor_name("a", Some(b'"')).is_err());
        assert!(tag("!!str", Some(b'\n')).is_ok() && tag("!<tag:x,2000:y>", None).is_ok());
        assert!(tag("!a#b", Some(b' ')).is_err() && tag("!!str", Some(b',')).is_err());
    }

    #[test]
    fn plain_text_in_brackets_ends_where_upstream_ends_it() {
        assert!(flow_plain("a:b", b", c]").is_ok() && flow_plain("k", b": v]").is_ok());
        assert!(flow_plain("a?b", b"]").is_err() && flow_plain(":a", b"]").is_err());
        assert!(flow_plain("k", b":]").is_err() && flow_plain("k", b":, x]").is_err());
    }

    #[test]
    fn keys_in_brackets_stay_on_one_line() {
        assert!(one_line_key("a", ": b").is_ok() && one_line_key("a\n b", ", c").is_ok());
        for (source, after) in [("a\nb", ": c"), ("a", "\n: c"), ("a", " # x\n : c")] {
            assert!(one_line_key(source, after).is_err(), "{source:?} {after:?}");
        }
    }

    #[test]
    fn escapes_upstream_does_not_know_are_refused() {
        assert!(escapes(r"\\ud83d \u00e9 \n \\/").is_ok());
        for source in [r"\/", r"\uD83D\uDE00", r"\\\udc00"] {
            assert!(escapes(source).is_err(), "{source}");
        }
    }
}
