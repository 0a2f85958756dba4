//! Indented JSON as `serde_json` writes it, byte for byte: texts are looked through many bytes at a time, and a line begins
//! with one piece of blanks. Must not know any document.

use std::fmt;
use std::io::Write;

use serde::{Serialize, ser};
use serde_json::{Error, Result, Serializer};

/// Where JSON is written, and at which depth.
#[derive(Debug)]
pub(super) struct Indented<'o> {
    out: &'o mut Vec<u8>,
    depth: usize,
    /// Who takes what is written before it becomes much.
    sink: Option<Sink<'o>>,
}

struct Sink<'o>(&'o mut dyn Write);

impl fmt::Debug for Sink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}

/// So many bytes are handed on together.
const MUCH: usize = 1 << 16;

/// A comma, a line break and the blanks of deep lines.
const BREAK: &[u8] = b",\n                                                                ";

impl<'o> Indented<'o> {
    /// What is written comes behind what there is, in lines of that depth.
    pub(super) fn new(out: &'o mut Vec<u8>, depth: usize) -> Self {
        Self { out, depth, sink: None }
    }

    /// What is written goes there, in pieces of whole lines; the last of it stays.
    pub(super) fn through(out: &'o mut Vec<u8>, sink: &'o mut dyn Write) -> Self {
        Self { out, depth: 0, sink: Some(Sink(sink)) }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// A line break and blanks, behind a comma if there is to be one.
    fn next_line(&mut self, with_comma: bool) -> Result<()> {
        if self.out.len() >= MUCH
            && let Some(Sink(sink)) = &mut self.sink
        {
            sink.write_all(self.out).map_err(Error::io)?;
            self.out.clear();
        }
        let from = usize::from(!with_comma);
        if let Some(bytes) = BREAK.get(from..2 + 2 * self.depth) {
            self.out.extend_from_slice(bytes);
        } else {
            self.out.extend_from_slice(BREAK.get(from..2).unwrap_or_default());
            self.out.resize(self.out.len() + 2 * self.depth, b' ');
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<()> {
        if is_plain(text.as_bytes()) {
            self.out.reserve(text.len() + 2);
            self.put(b"\"");
            self.put(text.as_bytes());
            self.put(b"\"");
            return Ok(());
        }
        ser::Serializer::serialize_str(&mut Serializer::new(&mut *self.out), text)
    }

    fn open<'a>(&'a mut self, brackets: (u8, u8)) -> Open<'a, 'o> {
        self.out.push(brackets.0);
        self.depth += 1;
        Open { writer: self, is_empty: true, closing: brackets.1, in_variant: false }
    }

    /// Begins an object with the name of a variant as its only key.
    fn variant(&mut self, name: &str) -> Result<()> {
        let mut open = self.open(OBJECT);
        open.next()?;
        open.writer.key(name)
    }

    /// The same, with brackets under the key.
    fn open_variant<'a>(&'a mut self, name: &str, brackets: (u8, u8)) -> Result<Open<'a, 'o>> {
        self.variant(name)?;
        Ok(Open { in_variant: true, ..self.open(brackets) })
    }

    fn key(&mut self, key: &str) -> Result<()> {
        self.text(key)?;
        self.put(b": ");
        Ok(())
    }

    fn close(&mut self, is_empty: bool, closing: u8) -> Result<()> {
        self.depth -= 1;
        if !is_empty {
            self.next_line(false)?;
        }
        self.out.push(closing);
        Ok(())
    }
}

/// Whether a text needs no escape; eight bytes at a time, for most texts are short.
fn is_plain(text: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    // the high bit of each byte that is less than the limit, and maybe of some behind the first such byte
    let less = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let escaped = |word: u64| {
        less(word, 0x20)
            | less(word ^ (ONES * u64::from(b'"')), 1)
            | less(word ^ (ONES * u64::from(b'\\')), 1)
    };
    let (words, rest) = text.as_chunks::<8>();
    words.iter().all(|word| escaped(u64::from_le_bytes(*word)) == 0)
        && rest.iter().all(|byte| !matches!(byte, ..0x20 | b'"' | b'\\'))
}

const OBJECT: (u8, u8) = (b'{', b'}');
const LIST: (u8, u8) = (b'[', b']');

/// A list or an object that is not complete.
#[derive(Debug)]
pub(super) struct Open<'a, 'o> {
    writer: &'a mut Indented<'o>,
    is_empty: bool,
    closing: u8,
    /// An object with the name of a variant is around it.
    in_variant: bool,
}

impl Open<'_, '_> {
    fn next(&mut self) -> Result<()> {
        let is_first = std::mem::replace(&mut self.is_empty, false);
        self.writer.next_line(!is_first)
    }

    fn element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<()> {
        self.next()?;
        value.serialize(&mut *self.writer)
    }

    fn field<T: ?Sized + Serialize>(&mut self, key: &str, value: &T) -> Result<()> {
        self.next()?;
        self.writer.key(key)?;
        value.serialize(&mut *self.writer)
    }

    fn close(self) -> Result<()> {
        self.writer.close(self.is_empty, self.closing)?;
        if self.in_variant { self.writer.close(false, OBJECT.1) } else { Ok(()) }
    }
}

/// What takes no more than a line is written by `serde_json`.
macro_rules! as_there {
    ($($name:ident: $type:ty),*) => {
        $(fn $name(self, value: $type) -> Result<()> {
            Serializer::new(&mut *self.out).$name(value)
        })*
    };
}

impl<'a, 'o> ser::Serializer for &'a mut Indented<'o> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Open<'a, 'o>;
    type SerializeTuple = Open<'a, 'o>;
    type SerializeTupleStruct = Open<'a, 'o>;
    type SerializeTupleVariant = Open<'a, 'o>;
    type SerializeMap = Open<'a, 'o>;
    type SerializeStruct = Open<'a, 'o>;
    type SerializeStructVariant = Open<'a, 'o>;

    as_there!(
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char
    );

    fn serialize_str(self, value: &str) -> Result<()> {
        self.text(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.put(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.variant(variant)?;
        value.serialize(&mut *self)?;
        self.close(false, OBJECT.1)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'a, 'o>> {
        Ok(self.open(LIST))
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'a, 'o>> {
        Ok(self.open(LIST))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Open<'a, 'o>> {
        Ok(self.open(LIST))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a, 'o>> {
        self.open_variant(variant, LIST)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Open<'a, 'o>> {
        Ok(self.open(OBJECT))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'a, 'o>> {
        Ok(self.open(OBJECT))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a, 'o>> {
        self.open_variant(variant, OBJECT)
    }
}

/// The elements of what is in brackets.
macro_rules! elements {
    ($($of:ident $name:ident),*) => {
        $(impl ser::$of for Open<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn $name<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<()> {
                self.element(value)
            }

            fn end(self) -> Result<()> {
                self.close()
            }
        })*
    };
}

elements!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

/// The fields of what is in braces.
macro_rules! fields {
    ($($of:ident),*) => {
        $(impl ser::$of for Open<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: ?Sized + Serialize>(&mut self, key: &'static str, value: &T) -> Result<()> {
                self.field(key, value)
            }

            fn end(self) -> Result<()> {
                self.close()
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Open<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<()> {
        self.next()?;
        let start = self.writer.out.len();
        key.serialize(&mut *self.writer)?;
        match self.writer.out.get(start) {
            Some(b'"') => Ok(()),
            Some(b'{' | b'[') | None => Err(ser::Error::custom("key must be a string")),
            // numbers and the like
            Some(_) => {
                self.writer.out.insert(start, b'"');
                self.writer.out.push(b'"');
                Ok(())
            }
        }
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<()> {
        self.writer.put(b": ");
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<()> {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn written(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        value.serialize(&mut Indented::new(&mut out, 0)).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn assert_same(value: &impl Serialize) {
        assert_eq!(written(value), serde_json::to_string_pretty(value).unwrap());
    }

    #[derive(Serialize)]
    struct Unit;

    #[derive(Serialize)]
    struct Pair(u8, Option<i128>);

    #[derive(Serialize)]
    enum Variant {
        Unit,
        One(Pair),
        Two(char, f32),
        Fields { a: Vec<Variant>, b: () },
        Empty {},
    }

    #[derive(Serialize)]
    struct Flat {
        before: f64,
        #[serde(flatten)]
        fields: BTreeMap<&'static str, Variant>,
        behind: bool,
    }

    #[test]
    fn what_needs_an_escape_is_seen_wherever_it_stands() {
        for length in 0..20 {
            for at in 0..length {
                for byte in 0..=0x7f {
                    for around in ['a', ' ', '!', '~', '\u{7f}', '[', ']', '#'] {
                        let mut text = around.to_string().repeat(length).into_bytes();
                        text[at] = byte;
                        let expected = byte >= 0x20 && byte != b'"' && byte != b'\\';
                        assert_eq!(is_plain(&text), expected, "{text:?}");
                    }
                }
            }
        }
        assert!(is_plain("é\u{7f}\u{80}\u{10ffff}日本語日本語".as_bytes()));
    }

    #[test]
    fn everything_is_written_as_serde_json_does() {
        let variants = || {
            vec![
                Variant::Unit,
                Variant::One(Pair(1, Some(-5))),
                Variant::Two('"', 0.1),
                Variant::Fields { a: vec![Variant::Empty {}, Variant::Two('é', f32::NAN)], b: () },
            ]
        };
        assert_same(&variants());
        assert_same(&(Unit, "a\u{0}\u{1f}\u{7f}\\", 'x', [0u8; 0], BTreeMap::<u8, u8>::new()));
        assert_same(&BTreeMap::from([(1, vec![Some("a")]), (-20, vec![None])]));
        let fields = ["a", "b", "c", "d"].into_iter().zip(variants()).collect();
        assert_same(&Flat { before: 1e300, fields, behind: true });
        assert_same(&(u64::MAX, i64::MIN, u128::MAX, f64::INFINITY, -0.0));
        let key = BTreeMap::from([(vec![1], 1)]);
        assert!(key.serialize(&mut Indented::new(&mut Vec::new(), 0)).is_err());
        assert!(serde_json::to_string(&key).is_err());
    }

    #[test]
    fn much_is_handed_on_in_pieces() {
        /// Counts how often, and fails in the end.
        struct Pieces(Vec<u8>, usize);
        impl Write for Pieces {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.1 = self.1.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
                self.0.extend_from_slice(bytes);
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let value: Vec<BTreeMap<usize, [&str; 2]>> =
            (0..20_000).map(|number| BTreeMap::from([(number, ["a", "b\""])])).collect();
        let expected = serde_json::to_string_pretty(&value).unwrap();
        for most in [3, 1000] {
            let (mut out, mut sink) = (Vec::new(), Pieces(Vec::new(), most));
            let written = value.serialize(&mut Indented::through(&mut out, &mut sink));
            assert_eq!(written.is_ok(), most == 1000);
            sink.0.append(&mut out);
            assert!(expected.as_bytes().starts_with(sink.0.get(..3 * MUCH).unwrap()));
            assert_eq!(sink.0 == expected.as_bytes(), most == 1000);
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC*".prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_value_is_written_as_serde_json_does(value in values()) {
            prop_assert_eq!(written(&value), serde_json::to_string_pretty(&value).unwrap());
        }
    }
}
