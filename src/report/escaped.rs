//! JSON and YAML in which no character acts on a terminal or hides the order of others: such a character of a text is
//! written as an escape, so that nothing is lost. Must not know any document.

use std::io::{self, Write};

use serde::Serialize;

use super::indented::Indented;
use super::text::is_hidden;

/// Writes JSON on one line.
pub fn to_writer(out: impl Write, document: &impl Serialize) -> serde_json::Result<()> {
    serde_json::to_writer(Escaping(out), document)
}

/// Writes indented JSON.
pub fn to_writer_pretty(out: impl Write, document: &impl Serialize) -> serde_json::Result<()> {
    let mut out = Escaping(out);
    let mut last = Vec::new();
    document.serialize(&mut Indented::through(&mut last, &mut out))?;
    out.write_all(&last).and_then(|()| out.flush()).map_err(serde_json::Error::io)
}

/// JSON on one line.
pub fn to_string(document: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(document).map(|text| escaped(&text).unwrap_or(text))
}

/// Indented JSON.
pub fn to_string_pretty(document: &impl Serialize) -> serde_json::Result<String> {
    let mut text = Vec::new();
    document.serialize(&mut Indented::new(&mut text, 0))?;
    String::from_utf8(bytes(text)).map_err(serde::ser::Error::custom)
}

/// YAML; in its form of JSON where a text needs escapes, which no other form has for every text.
pub fn to_yaml(document: &impl Serialize) -> Result<String, serde_yaml::Error> {
    let text = serde_yaml::to_string(document)?;
    match escaped(&text).map(|_| to_string_pretty(document)) {
        Some(Ok(json)) => Ok(json + "\n"),
        _ => Ok(text),
    }
}

/// The same bytes of JSON with escapes.
pub(super) fn bytes(json: Vec<u8>) -> Vec<u8> {
    match escaped_bytes(&json) {
        Some(text) => text.into_bytes(),
        None => json,
    }
}

/// The same for bytes; none for bytes that need none.
fn escaped_bytes(bytes: &[u8]) -> Option<String> {
    // all that is escaped is beyond ASCII, or its last character; without branches, so that many bytes are looked at
    // together
    let escapes = bytes.iter().copied().fold(0, u8::max) >= 0x7f;
    escapes.then(|| std::str::from_utf8(bytes).ok().and_then(escaped)).flatten()
}

/// The text with escapes; none if it needs none. Outside of strings JSON has no such characters.
fn escaped(text: &str) -> Option<String> {
    if !text.contains(acts) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if acts(letter) {
            let mut units = [0; 2];
            out.extend(letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(letter);
        }
    }
    Some(out)
}

fn acts(letter: char) -> bool {
    letter >= '\u{7f}' && is_hidden(letter)
}

/// Escapes what passes through. Whoever writes JSON writes whole characters at a time.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match escaped_bytes(bytes) {
            Some(text) => self.0.write_all(text.as_bytes()),
            None => self.0.write_all(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_nothing_acts() {
        let text = "a\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{2066}\u{200b}\u{feff}é\u{1f600}\n\t\"\\";
        let mut written = Vec::new();
        to_writer_pretty(&mut written, &[text]).unwrap();
        let yaml = to_yaml(&[text]).unwrap();
        let forms = [
            to_string(&[text]).unwrap(),
            to_string_pretty(&[text]).unwrap(),
            String::from_utf8(written).unwrap(),
            yaml,
        ];
        for form in forms {
            assert!(!form.contains(|letter| letter != '\n' && is_hidden(letter)), "{form:?}");
            let read: [String; 1] = serde_json::from_str(&form).unwrap();
            assert_eq!(read, [text]);
            let read: [String; 1] = serde_yaml::from_str(&form).unwrap();
            assert_eq!(read, [text]);
        }
        assert_eq!(to_yaml(&["é"]).unwrap(), "- é\n");
    }
}
