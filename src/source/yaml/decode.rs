//! Bytes of a file to text. Must not know what the text means.

use super::error::{Error, ErrorKind};
use std::str::Utf8Error;

/// Bytes that are no text, and why.
#[derive(Debug)]
pub struct Undecodable {
    /// Of kind [`ErrorKind::Encoding`]; its offset counts bytes of `bytes`.
    pub error: Error,
    /// All that was given.
    pub bytes: Vec<u8>,
}

/// Turns the bytes of a file into text, without its byte order mark.
///
/// As kubectl does, UTF-16 is read only with a byte order mark; everything else has to be UTF-8, which is not copied where
/// it has no mark. Every offset that later steps report counts bytes of the text returned here, not of the file.
///
/// Errors: invalid UTF-8 (kubectl would put U+FFFD there), half a UTF-16 character, and NUL bytes, which no manifest can
/// hold and which betray UTF-16 without a mark.
pub fn decode(bytes: Vec<u8>) -> Result<String, Undecodable> {
    let converted = match &*bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => without_nul(rest)
            .and_then(|()| std::str::from_utf8(rest).map(str::to_owned).map_err(|error| invalid(rest, error)))
            .map_err(|error| Error { offset: error.offset + 3, ..error }),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            if let Err(error) = without_nul(&bytes) {
                return Err(Undecodable { error, bytes });
            }
            return String::from_utf8(bytes).map_err(|error| {
                let why = invalid(error.as_bytes(), error.utf8_error());
                Undecodable { error: why, bytes: error.into_bytes() }
            });
        }
    };
    converted.map_err(|error| Undecodable { error, bytes })
}

/// The text that [`decode`] makes of bytes, where these are it; none where they are no text, or are to be converted.
pub fn plain_text(bytes: &[u8]) -> Option<&str> {
    let has_mark = matches!(bytes, [0xEF, 0xBB, 0xBF, ..] | [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
    if has_mark { None } else { std::str::from_utf8(bytes).ok().filter(|_| without_nul(bytes).is_ok()) }
}

fn without_nul(bytes: &[u8]) -> Result<(), Error> {
    let message = "a NUL byte: the file is binary, or UTF-16 without a byte order mark";
    match memchr::memchr(0, bytes) {
        Some(at) => Err(Error::new(ErrorKind::Encoding, at, message)),
        None => Ok(()),
    }
}

fn invalid(bytes: &[u8], error: Utf8Error) -> Error {
    let at = error.valid_up_to();
    let byte = bytes.get(at).copied().unwrap_or_default();
    Error::new(ErrorKind::Encoding, at, format!("the byte 0x{byte:02X} is not valid UTF-8 here"))
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
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(Error::new(ErrorKind::Encoding, 0, "the UTF-16 text holds a NUL character"));
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
            assert_eq!(decode(bytes.to_vec()).unwrap(), text);
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
            let Undecodable { error, bytes: same } = decode(bytes.to_vec()).unwrap_err();
            assert_eq!(same, bytes);
            assert_eq!((error.kind, error.offset), (ErrorKind::Encoding, offset), "{bytes:?}");
        }
    }
}
