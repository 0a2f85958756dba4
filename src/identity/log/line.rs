//! One line of logrus, as text or as JSON, into its fields.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Groups;

/// The fields of a line.
#[derive(Debug, Default)]
pub(super) struct Fields {
    texts: BTreeMap<String, String>,
    groups: Option<Groups>,
}

impl Fields {
    /// The text of a field; the empty text where it is there without one.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// The groups, if they are there in a form that is known.
    pub(super) fn groups(&self) -> Option<Groups> {
        self.groups.clone()
    }
}

/// The fields of a line, whatever stands before them.
pub(super) fn fields(line: &str) -> Fields {
    if let Some(start) =
        line.find('{').filter(|&start| !line.get(..start).is_some_and(|before| before.contains('=')))
        && let Ok(value) = serde_json::from_str::<Value>(line.get(start..).unwrap_or_default().trim_end())
    {
        return of_json(&value);
    }
    let starts = ["time=", "level=", "msg="];
    let Some(start) = starts.iter().filter_map(|word| line.find(word)).min() else {
        return Fields::default();
    };
    of_text(line.get(start..).unwrap_or_default())
}

/// The fields of an object.
pub(super) fn of_json(value: &Value) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in value.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("groups", Value::Array(list)) => {
                let names: Option<Vec<String>> =
                    list.iter().map(|name| name.as_str().map(str::to_owned)).collect();
                fields.groups = names.map(Groups::List);
                fields.texts.insert(name.clone(), String::new());
            }
            // Go writes a list that was never made as null
            ("groups", Value::Null) => fields.groups = Some(Groups::List(Vec::new())),
            (_, Value::String(text)) => {
                fields.texts.insert(name.clone(), text.clone());
            }
            (_, Value::Null) => {}
            (_, other) => {
                fields.texts.insert(name.clone(), other.to_string());
            }
        }
    }
    fields
}

/// `key=value key="quoted value" key=`, up to what is none of these.
fn of_text(line: &str) -> Fields {
    let mut fields = Fields::default();
    let mut rest = line.trim();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_start();
        if name.is_empty() || name.contains([' ', '"']) {
            break;
        }
        let (value, further) = if let Some(quoted) = after.strip_prefix('"') {
            let Some(read) = unquoted(quoted) else { break };
            read
        } else {
            let (value, further) = after.split_once(' ').unwrap_or((after, ""));
            (value.to_owned(), further)
        };
        if name == "groups" {
            let inner = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
            fields.groups = inner.map(|inner| Groups::Joined(inner.to_owned()));
        }
        fields.texts.insert(name.to_owned(), value);
        rest = further.trim_start();
    }
    fields
}

/// A text in Go's quotes, without the first, and what follows it; none where it has no end.
/// Upstream: Go 1.26, `strconv.Quote`.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some((out, chars.as_str())),
            '\\' => {
                let escape = chars.next()?;
                let digits = match escape {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    other => {
                        out.push(match other {
                            'n' => '\n',
                            't' => '\t',
                            'r' => '\r',
                            'a' => '\u{7}',
                            'b' => '\u{8}',
                            'f' => '\u{c}',
                            'v' => '\u{b}',
                            same => same,
                        });
                        continue;
                    }
                };
                let number: String = chars.by_ref().take(digits).collect();
                let number = u32::from_str_radix(&number, 16).ok()?;
                out.push(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes() {
        assert_eq!(unquoted("a\\\"b\\\\\\n\\u00e9\" rest"), Some(("a\"b\\\n\u{e9}".to_owned(), " rest")));
        for text in ["", "a", "a\\", "\\u12", "\\xzz\""] {
            assert_eq!(unquoted(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_of_json_behind_a_prefix() {
        let line = "2026 stream {\"msg\":\"access granted\",\"groups\":[\"a b\",\"\"],\"username\":\"u\",\"n\":1,\"arn\":null}";
        let fields = fields(line);
        assert_eq!(
            (fields.text("msg"), fields.text("n"), fields.text("arn")),
            (Some("access granted"), Some("1"), None)
        );
        assert_eq!(fields.groups(), Some(Groups::List(vec!["a b".to_owned(), String::new()])));
    }
}
