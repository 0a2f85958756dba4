//! Characters that go-yaml refuses or reads differently from our parser. Must not know YAML's grammar.

use super::error::{Error, ErrorKind};

/// Refuses a document with a character on which the two parsers part.
///
/// go-yaml v2 (`readerc.go`) refuses control characters, U+FFFE and U+FFFF anywhere, comments included. It takes
/// U+0085, U+2028 and U+2029 for line breaks, so that half a comment may be a key; our parser does not, and a document
/// with one of them is refused rather than read wrongly. The same goes for a line that ends in two carriage returns,
/// because kubectl's line reader drops one of them before parsing, and for a byte
/// order mark at the start of any line but the first.
pub(super) fn check(text: &str, base: usize) -> Result<(), Error> {
    let bytes = text.as_bytes();
    if !bytes.iter().fold(false, |odd, byte| odd | is_odd(*byte)) {
        return Ok(());
    }
    for (at, character) in text.char_indices() {
        let code = u32::from(character);
        let reason = match character {
            '\u{85}' | '\u{2028}' | '\u{2029}' => "a line break to Kubernetes but not in YAML 1.2",
            '\0'..='\u{8}'
            | '\u{B}'
            | '\u{C}'
            | '\u{E}'..='\u{1F}'
            | '\u{7F}'..='\u{9F}'
            | '\u{FFFE}'
            | '\u{FFFF}' => "a control character, which YAML does not allow",
            '\u{FEFF}' if at > 0 && matches!(bytes.get(at - 1), Some(b'\n' | b'\r')) => {
                "a byte order mark, which may only stand at the start of a document"
            }
            '\r' if bytes.get(at + 1) == Some(&b'\r') => {
                let message = "two carriage returns in a row, which kubectl reads as one";
                return Err(Error::new(ErrorKind::Syntax, base + at, message));
            }
            _ => continue,
        };
        return Err(Error::new(ErrorKind::Syntax, base + at, format!("U+{code:04X} is {reason}")));
    }
    Ok(())
}

fn is_odd(byte: u8) -> bool {
    matches!(byte, 0..=8 | 11..=31 | 0x7F..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_foreign_line_breaks_are_refused_where_they_stand() {
        let refused = [
            "\u{7}",
            "\u{7F}",
            "\u{80}",
            "\u{85}",
            "\u{2028}",
            "\u{2029}",
            "\u{FFFE}",
            "\u{FFFF}",
            "\r\r\n",
            "\n\u{FEFF}",
        ];
        for character in refused {
            let error = check(&format!("é: {character}"), 10).unwrap_err();
            let offset = if character.starts_with('\n') { 15 } else { 14 };
            assert_eq!((error.kind, error.offset), (ErrorKind::Syntax, offset), "{character:?}");
        }
        for text in ["a: 1\r\n", "a: 1\rb: 2", "\t", "é \u{A0} \u{FEFF} \u{1F600}"] {
            assert_eq!(check(text, 0), Ok(()), "{text:?}");
        }
    }
}
