//! Indented JSON with one long list in it, whose elements are written by several threads; the bytes are those of
//! [`super::escaped::to_writer_pretty`]. Must not know any document.

use std::io::Write;
use std::ops::ControlFlow;

use serde::Serialize;

use super::escaped;
use super::indented::Indented;
use crate::source::ahead::in_order;

/// Elements are shared out in so many pieces at least, where there are as many.
const PIECES: usize = 512;
/// A piece has at most so many: what is written and waits for its turn takes memory.
const MOST: usize = 64;

/// Writes a document that is given with an empty list in the place of a long one: the first under that key at that depth.
///
/// The elements of the list are made from things, each when it is written.
pub(super) fn to_writer_pretty<'t, T: Sync, D: Serialize>(
    mut out: impl Write,
    document: &impl Serialize,
    (depth, key): (usize, &str),
    things: &'t [T],
    element: impl Fn(&'t T) -> D + Sync,
) -> serde_json::Result<()> {
    let mut put = |text: &[u8]| out.write_all(text).map_err(serde_json::Error::io);
    let mut text = Vec::new();
    document.serialize(&mut Indented::new(&mut text, 0))?;
    let text = escaped::bytes(text);
    // no text of the document has a line break in it
    let list = format!("\n{:1$}\"{key}\": []", "", 2 * depth);
    let list = memchr::memmem::find(&text, list.as_bytes()).map(|at| at + list.len() - 1);
    let around = list.filter(|_| !things.is_empty()).and_then(|list| text.split_at_checked(list));
    let Some((before, behind)) = around else { return put(&text) };
    put(before)?;
    put(b"\n")?;
    let mut left = things.len();
    let pieces: Vec<&'t [T]> = things.chunks(things.len().div_ceil(PIECES).min(MOST)).collect();
    let work = |piece: &&'t [T]| {
        let text = written(piece, depth + 1, &element);
        let weight = text.as_ref().map_or(0, Vec::len);
        (text, weight)
    };
    let written = in_order(&pieces, work, |piece, text| {
        left -= piece.len();
        let written = text.and_then(|text| match text.strip_suffix(b",\n") {
            Some(last) if left == 0 => put(last),
            _ => put(&text),
        });
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    });
    if let ControlFlow::Break(error) = written {
        return Err(error);
    }
    put(format!("\n{:1$}", "", 2 * depth).as_bytes())?;
    put(behind)
}

/// The elements with a comma and a line break behind each.
fn written<'t, T, D: Serialize>(
    piece: &'t [T],
    depth: usize,
    element: impl Fn(&'t T) -> D,
) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::with_capacity(1 << 16);
    for thing in piece {
        text.resize(text.len() + 2 * depth, b' ');
        element(thing).serialize(&mut Indented::new(&mut text, depth))?;
        text.extend_from_slice(b",\n");
    }
    Ok(escaped::bytes(text))
}

#[cfg(test)]
mod tests {
    use std::io;

    use serde_json::{Value, json};

    use super::*;

    /// So many elements in a document, in both ways.
    fn both(count: usize) -> [String; 2] {
        let things: Vec<usize> = (0..count).collect();
        let deep = (0..40).fold(json!({}), |inner, level| json!([inner, level, { "a": [], "b": {} }]));
        let element = |thing: &usize| match thing % 5 {
            0 => json!({ "a": thing, "list": [1, [], {}, [null, true]], "\u{202e}": "é\n\"" }),
            1 => json!([]),
            2 => json!("]\n  \"list\": []"),
            3 => json!([thing, { "deep": deep }]),
            _ => json!({}),
        };
        let document = |list: Value| {
            let inner = json!({ "a": [], "b": "\n    \"list\": []", "list": list, "z": [1] });
            json!({ "first": { "lists": [] }, "list": {}, "runs": [inner] })
        };
        let mut whole = Vec::new();
        let elements: Vec<Value> = things.iter().map(element).collect();
        escaped::to_writer_pretty(&mut whole, &document(elements.into())).unwrap();
        let mut pieces = Vec::new();
        to_writer_pretty(&mut pieces, &document(json!([])), (3, "list"), &things, element).unwrap();
        [whole, pieces].map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn the_bytes_are_those_of_one_thread() {
        for count in [0, 1, 2, 100, 5000] {
            let [whole, pieces] = both(count);
            assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn whoever_cannot_write_stops() {
        struct Full(usize);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let things = vec!["thing"; 10_000];
        for room in [0, 20, 40, 5000, 100_000] {
            let written =
                to_writer_pretty(Full(room), &json!({ "list": [] }), (1, "list"), &things, |thing| *thing);
            assert!(written.is_err_and(|error| error.io_error_kind() == Some(io::ErrorKind::StorageFull)));
        }
    }
}
