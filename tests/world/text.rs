//! Values as text, in all the styles of YAML and JSON that people and programs use.
//!
//! The text need not mean the value: both sides read the same text, so a plain `yes` for the text "yes" is welcome.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::random::Random;

const SEPARATORS: [&str; 6] =
    ["--- \n", "--- # next\n", "---\n---\n", "# none\n---\n", "---\nnull\n---\n", "--- \t\n"];

/// A file of several documents.
pub fn documents(random: &mut Random, values: &[Value], oddities: usize) -> String {
    let mut text = String::new();
    if random.chance(oddities / 10) {
        text.push('\u{feff}');
    }
    for (position, value) in values.iter().enumerate() {
        if position > 0 || random.chance(30) {
            let odd = random.chance(oddities / 4);
            text.push_str(&if odd { random.text(&SEPARATORS) } else { "---\n".to_owned() });
        }
        text.push_str(&document(random, value, oddities));
        if random.chance(oddities / 20) {
            text.push_str(&random.text(&["...\n", "\n\n", "# end\n", "   \n", "...\n# more\n"]));
        }
    }
    if random.chance(oddities / 8) {
        text = text.replace('\n', "\r\n");
    }
    while random.chance(oddities / 20) {
        text = mutated(random, &text);
    }
    text
}

/// One document.
pub fn document(random: &mut Random, value: &Value, oddities: usize) -> String {
    if random.chance(oddities / 6) {
        return json(random, value) + "\n";
    }
    let odd = random.chance(oddities);
    let mut writer =
        Writer { random, oddities: if odd { oddities } else { 0 }, anchors: 0, text: String::new() };
    writer.block(value, 0);
    writer.text
}

/// JSON, with or without blanks, and now and then a key that comes twice.
pub fn json(random: &mut Random, value: &Value) -> String {
    let text =
        if random.chance(50) { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) }
            .unwrap();
    match random.below(20) {
        0 => text.replacen("\"kind\"", "\"kind\":\"Nothing\",\"kind\"", 1),
        1 => text.replacen("\"name\"", "\"name\":\"first\",\"name\"", 1),
        2 => text.replacen("\"rules\"", "\"rules\":[],\"rules\"", 1),
        3 => text.replacen("\"apiGroups\"", "\"apigroups\":[\"*\"],\"apiGroups\"", 1),
        _ => text,
    }
}

struct Writer<'r> {
    random: &'r mut Random,
    oddities: usize,
    anchors: usize,
    text: String,
}

impl Writer<'_> {
    fn odd(&mut self, percent: usize) -> bool {
        self.oddities > 0 && self.random.chance(percent)
    }

    fn indent(&mut self, depth: usize) {
        self.text.extend(std::iter::repeat_n(' ', depth));
    }

    fn comment(&mut self) {
        if self.odd(3) {
            self.text.push_str(&self.random.text(&[" # why", " #", "\t# tab"]));
        }
    }

    /// A value that starts on its own line.
    fn block(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Object(fields) if !fields.is_empty() => self.block_object(fields, depth),
            Value::Array(items) if !items.is_empty() => self.block_list(items, depth),
            other => {
                self.indent(depth);
                self.flow(other);
                self.text.push('\n');
            }
        }
    }

    fn block_object(&mut self, fields: &Map<String, Value>, depth: usize) {
        let mut order: Vec<(&String, &Value)> = fields.iter().collect();
        if self.odd(30) {
            self.random.shuffle(&mut order);
        }
        for (key, value) in order {
            if self.odd(3) {
                self.text.push_str("# a line of its own\n");
            }
            if self.odd(2) {
                self.indent(depth);
                let value = *self.random.pick(&["first", "[]", "~", "{}"]);
                let _ = writeln!(self.text, "{key}: {value}");
            }
            if self.odd(1) {
                self.indent(depth);
                self.text.push_str("<<: {name: merged, extra: 1}\n");
            }
            self.indent(depth);
            self.key(key);
            self.text.push(':');
            self.field(value, depth);
        }
    }

    /// What stands behind a key's colon.
    fn field(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Object(fields) if !fields.is_empty() && !self.odd(15) => {
                self.anchor();
                self.comment();
                self.text.push('\n');
                let step = if self.odd(20) { 4 } else { 2 };
                self.block_object(fields, depth + step);
            }
            Value::Array(items) if !items.is_empty() && !self.odd(30) => {
                self.anchor();
                self.comment();
                self.text.push('\n');
                let step = if self.odd(40) { 0 } else { 2 };
                self.block_list(items, depth + step);
            }
            Value::String(text) if text.contains('\n') || self.odd(3) => {
                self.text.push(' ');
                self.literal(text, depth);
            }
            other => {
                self.text.push(' ');
                self.flow(other);
                self.comment();
                self.text.push('\n');
            }
        }
    }

    fn block_list(&mut self, items: &[Value], depth: usize) {
        for item in items {
            self.indent(depth);
            self.text.push('-');
            match item {
                Value::Object(fields) if !fields.is_empty() && !self.odd(20) => {
                    self.text.push(' ');
                    let start = self.text.len();
                    self.block_object(fields, depth + 2);
                    // the first field stands beside the dash
                    let written = self.text.split_off(start);
                    let beside = written.strip_prefix(&" ".repeat(depth + 2)).unwrap_or(&written);
                    self.text.push_str(beside);
                }
                Value::Array(_) | Value::Object(_) => {
                    self.text.push(' ');
                    self.flow(item);
                    self.text.push('\n');
                }
                other => {
                    self.text.push(' ');
                    self.flow(other);
                    self.comment();
                    self.text.push('\n');
                }
            }
        }
    }

    fn anchor(&mut self) {
        if self.odd(3) {
            self.anchors += 1;
            let _ = write!(self.text, " &a{}", self.anchors);
        }
    }

    fn key(&mut self, key: &str) {
        if self.odd(4) {
            let _ = write!(self.text, "{key:?}");
        } else if key.is_empty() || key.contains(": ") {
            let _ = write!(self.text, "'{key}'");
        } else {
            self.text.push_str(key);
        }
    }

    /// A value on one line.
    fn flow(&mut self, value: &Value) {
        if self.anchors > 0 && self.odd(2) {
            let _ = write!(self.text, "*a{} ", self.random.between(1, self.anchors));
            return;
        }
        match value {
            Value::Array(items) => {
                self.text.push('[');
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        self.text.push_str(", ");
                    }
                    self.flow(item);
                }
                if self.odd(5) {
                    self.text.push(',');
                }
                self.text.push(']');
            }
            Value::Object(fields) => {
                self.text.push('{');
                for (position, (key, value)) in fields.iter().enumerate() {
                    if position > 0 {
                        self.text.push_str(", ");
                    }
                    self.key(key);
                    self.text.push_str(": ");
                    self.flow(value);
                }
                self.text.push('}');
            }
            Value::String(text) => self.scalar(text),
            Value::Null => self.text.push_str(&self.random.text(&["null", "~", "null", "Null", "NULL"])),
            other => {
                let _ = write!(self.text, "{other}");
            }
        }
    }

    fn scalar(&mut self, text: &str) {
        let plain = !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:@+=".contains(&byte))
            && !text.ends_with(':')
            && !text.starts_with(['-', ':', '@', '=']);
        match self.random.below(if self.oddities > 0 { 12 } else { 4 }) {
            _ if self.odd(3) => self.text.push_str(&self.random.text(&ODD_SCALARS)),
            0..=2 | 5..=8 if plain => self.text.push_str(text),
            3 | 4 if !text.contains('\n') => {
                let _ = write!(self.text, "'{}'", text.replace('\'', "''"));
            }
            9 if plain => {
                let tag = *self.random.pick(&["!!str ", "!!str ", "! ", "!str ", "!!str ", "!!binary "]);
                let _ = write!(self.text, "{tag}{text}");
            }
            10 if !text.contains(['\n', '"', '\\']) => {
                let escaped = text.replacen('a', &self.random.text(&["\\x61", "\\u0061", "a", "\\\n a"]), 1);
                let _ = write!(self.text, "\"{escaped}\"");
            }
            _ => {
                // JSON's quotes are YAML's as well
                self.text.push_str(&serde_json::to_string(text).unwrap());
            }
        }
    }

    /// A literal or folded block behind a key.
    fn literal(&mut self, text: &str, depth: usize) {
        let header =
            if self.oddities > 0 { *self.random.pick(&["|", "|-", "|+", "|", ">", "|2-", "|"]) } else { "|" };
        let _ = writeln!(self.text, "{header}");
        for line in text.lines() {
            if !line.is_empty() {
                self.indent(depth + 2);
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }
}

/// Scalars that mean one thing to YAML 1.1, another to 1.2, and a third to people.
const ODD_SCALARS: [&str; 44] = [
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "Yes",
    "TRUE",
    "true",
    "False",
    "~",
    "null",
    "",
    "0o17",
    "017",
    "0x1F",
    "1_000",
    "1e3",
    ".5",
    "+1",
    "-0",
    ".inf",
    ".NaN",
    "1:30",
    "2001-01-01",
    "2001-01-01T00:00:00Z",
    "0b101",
    "12e03",
    "190:20:30",
    "=",
    "<<",
    "*",
    "'*'",
    "!!str 1",
    "!!null ''",
    "!!bool yes",
    "&x y",
    "\"\\u00e9\"",
    "9223372036854775808",
    "18446744073709551616",
    "1.0",
    "0.1e1",
    "08",
    "- a",
];

/// The text with one small thing changed.
pub fn mutated(random: &mut Random, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.is_empty() {
        return random.text(&PIECES);
    }
    let at = random.below(chars.len());
    match random.below(6) {
        0 => {
            let end = (at + random.between(1, 4)).min(chars.len());
            chars.drain(at..end);
        }
        1 => {
            let other = random.below(chars.len());
            let (from, to) = (at.min(other), at.max(other).min(at.min(other) + 40));
            let again: Vec<char> = chars[from..to].to_vec();
            chars.splice(at..at, again);
        }
        2 => {
            let other = random.below(chars.len());
            chars.swap(at, other);
        }
        _ => {
            let piece: Vec<char> = random.pick(&PIECES).chars().collect();
            chars.splice(at..at, piece);
        }
    }
    chars.into_iter().collect()
}

/// Pieces that mean something to a reader of YAML or JSON.
const PIECES: [&str; 40] = [
    "\n",
    " ",
    "  ",
    "\t",
    "---\n",
    "\n---\n",
    "...\n",
    "- ",
    ": ",
    ":",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    "#",
    " #",
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "!!str ",
    "0x",
    "~",
    "null",
    "\r",
    "\r\n",
    "|\n",
    ">\n",
    "? ",
    "%YAML 1.1\n",
    "@",
    "`",
    "\\",
    "\u{feff}",
    "é",
    "{{ .Values.x }}",
    "-",
];
