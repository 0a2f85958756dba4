//! The text of JSON strings, as Go's decoder reads escapes. Must not know values or trees.

/// Decodes the inside of a JSON string that holds at least one backslash.
///
/// Half a surrogate pair becomes U+FFFD, as in Go's `encoding/json` (`unquote`). Errors with the place of a bad escape
/// in `raw`.
pub(super) fn unescape(raw: &str) -> Result<String, usize> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        let at = raw.len() - escape.len() - 1;
        text.push_str(plain);
        let mut characters = escape.chars();
        let character = match characters.next() {
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('b') => '\u{8}',
            Some('f') => '\u{C}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let (character, length) = unicode(escape).ok_or(at)?;
                text.push(character);
                rest = escape.get(length..).ok_or(at)?;
                continue;
            }
            _ => return Err(at),
        };
        text.push(character);
        rest = characters.as_str();
    }
    text.push_str(rest);
    Ok(text)
}

/// The character of an escape that starts at its `u`, and its length.
fn unicode(escape: &str) -> Option<(char, usize)> {
    let first = unit(escape)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 5));
    }
    let second = escape.get(5..).and_then(|rest| rest.strip_prefix('\\')).and_then(unit);
    if let Some(second @ 0xDC00..=0xDFFF) = second
        && first < 0xDC00
    {
        let character = char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
        return Some((character.unwrap_or(char::REPLACEMENT_CHARACTER), 11));
    }
    Some((char::REPLACEMENT_CHARACTER, 5))
}

fn unit(escape: &str) -> Option<u32> {
    let digits = escape.strip_prefix('u')?.get(..4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_as_go_does() {
        let cases = [
            (r#"a\"b\\c\/d"#, Ok("a\"b\\c/d")),
            (r"\b\f\n\r\t", Ok("\u{8}\u{C}\n\r\t")),
            (r"\u00e9é", Ok("éé")),
            (r"\uD83D\uDE00", Ok("\u{1F600}")),
            (r"\uD83Dx", Ok("\u{FFFD}x")),
            (r"\uDE00\uD83D", Ok("\u{FFFD}\u{FFFD}")),
            (r"\uD83D\u0041", Ok("\u{FFFD}A")),
            (r"ab\x", Err(2)),
            (r"\u12", Err(0)),
            (r"\u+123", Err(0)),
            (r"\u12é4", Err(0)),
        ];
        for (raw, expected) in cases {
            assert_eq!(unescape(raw).as_deref().map_err(|at| *at), expected, "{raw}");
        }
    }
}
