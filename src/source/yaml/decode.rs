//! Bytes of a file to text. Must not know what the text means.

use super::error::{Error, ErrorKind};
use std::borrow::Cow;

/// How the bytes were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16 with a little-endian byte order mark.
    Utf16LittleEndian,
    /// UTF-16 with a big-endian byte order mark.
    Utf16BigEndian,
}

/// Turns the bytes of a file into text, without its byte order mark.
///
/// As kubectl does, UTF-16 is read only with a byte order mark; everything else has to be UTF-8. UTF-8 is borrowed,
/// UTF-16 is converted. Every offset that later steps report counts bytes of the text returned here, not of the file.
///
/// Errors are of kind [`ErrorKind::Encoding`], their offset counts bytes of `bytes`: invalid UTF-8 (kubectl would put
/// U+FFFD there), half a UTF-16 character, and NUL bytes, which no manifest can hold and which betray UTF-16 without
/// a mark.
pub fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), Error> {
    let (text, encoding) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (Cow::Borrowed(utf8(rest, 3)?), Encoding::Utf8),
        [0xFF, 0xFE, rest @ ..] => {
            (Cow::Owned(utf16(rest, u16::from_le_bytes)?), Encoding::Utf16LittleEndian)
        }
        [0xFE, 0xFF, rest @ ..] => (Cow::Owned(utf16(rest, u16::from_be_bytes)?), Encoding::Utf16BigEndian),
        _ => (Cow::Borrowed(utf8(bytes, 0)?), Encoding::Utf8),
    };
    if encoding != Encoding::Utf8 && memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(Error::new(ErrorKind::Encoding, 0, "the UTF-16 text holds a NUL character"));
    }
    Ok((text, encoding))
}

fn utf8(bytes: &[u8], skipped: usize) -> Result<&str, Error> {
    if let Some(at) = memchr::memchr(0, bytes) {
        let message = "a NUL byte: the file is binary, or UTF-16 without a byte order mark";
        return Err(Error::new(ErrorKind::Encoding, skipped + at, message));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or_default();
        Error::new(
            ErrorKind::Encoding,
            skipped + at,
            format!("the byte 0x{byte:02X} is not valid UTF-8 here"),
        )
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Error> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        let message = "the UTF-16 text ends in the middle of a character";
        return Err(Error::new(ErrorKind::Encoding, bytes.len() + 1, message));
    }
    let mut text = String::with_capacity(pairs.len());
    let mut at = 2;
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let Ok(character) = decoded else {
            return Err(Error::new(ErrorKind::Encoding, at, "half of a UTF-16 surrogate pair"));
        };
        at += 2 * character.len_utf16();
        text.push(character);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_dropped_and_utf16_is_converted() {
        let cases: [(&[u8], &str); 5] = [
            (b"a: 1", "a: 1"),
            (b"\xEF\xBB\xBFa: 1", "a: 1"),
            (b"\xFF\xFEa\0:\0", "a:"),
            (b"\xFE\xFF\0a\0:", "a:"),
            (b"\xFF\xFE\x3D\xD8\x00\xDE", "\u{1F600}"),
        ];
        for (bytes, text) in cases {
            assert_eq!(decode(bytes).unwrap().0, text);
        }
    }

    #[test]
    fn what_is_no_text_is_an_error_at_its_byte() {
        let cases: [(&[u8], usize); 6] = [
            (b"a: \xFF", 3),
            (b"\xEF\xBB\xBFab\xC3", 5),
            (b"a\0", 1),
            (b"\xFF\xFEa\0b", 4),
            (b"\xFF\xFE\x3D\xD8a\0", 2),
            (b"a\0:\0 \0", 1),
        ];
        for (bytes, offset) in cases {
            let error = decode(bytes).unwrap_err();
            assert_eq!((error.kind, error.offset), (ErrorKind::Encoding, offset), "{bytes:?}");
        }
    }
}
