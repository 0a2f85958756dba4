//! The ways in which people get objects wrong, applied at a random place.

use serde_json::{Map, Value, json};

use super::random::Random;

/// Makes one mistake somewhere in the value.
pub fn spoil(random: &mut Random, value: &mut Value) {
    let deeper = match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => false,
    };
    if deeper && random.chance(75) {
        let inner = match value {
            Value::Array(items) => {
                let position = random.below(items.len());
                &mut items[position]
            }
            Value::Object(fields) => {
                let position = random.below(fields.len());
                fields.values_mut().nth(position).unwrap()
            }
            _ => return,
        };
        return spoil(random, inner);
    }
    match value {
        Value::Object(fields) if !fields.is_empty() => spoil_object(random, fields),
        Value::Array(items) if !items.is_empty() => {
            let position = random.below(items.len());
            match random.below(5) {
                0 => *value = items[position].clone(),
                1 => {
                    let again = items[position].clone();
                    items.push(again);
                }
                2 => {
                    items.remove(position);
                }
                3 => {
                    let inner = items[position].clone();
                    items[position] = json!([inner]);
                }
                _ => items.insert(position, wrong(random, &Value::Null)),
            }
        }
        _ => *value = wrong(random, value),
    }
}

fn spoil_object(random: &mut Random, fields: &mut Map<String, Value>) {
    let position = random.below(fields.len());
    let key = fields.keys().nth(position).unwrap().clone();
    let old = fields[&key].clone();
    match random.below(6) {
        0 => {
            fields.remove(&key);
        }
        1 => {
            fields.remove(&key);
            fields.insert(recased(random, &key), old);
        }
        2 => {
            fields.insert(recased(random, &key), wrong(random, &old));
        }
        3 => {
            fields.insert(random.text(&["extra", "name", "namespace", "kind", "items", "null", "yes"]), old);
        }
        _ => {
            fields.insert(key, wrong(random, &old));
        }
    }
}

fn recased(random: &mut Random, text: &str) -> String {
    match random.below(5) {
        0 => text.to_lowercase(),
        1 => text.to_uppercase(),
        2 => text.trim_end_matches('s').to_owned(),
        3 => format!("{text}s"),
        _ => {
            let mut chars = text.chars();
            let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
            first + chars.as_str()
        }
    }
}

/// Something else in place of a value.
fn wrong(random: &mut Random, value: &Value) -> Value {
    if let (Some(text), true) = (value.as_str(), random.chance(60)) {
        return match random.below(8) {
            0 => text.to_lowercase().into(),
            1 => text.to_uppercase().into(),
            2 => format!("{text} ").into(),
            3 => format!(" {text}").into(),
            4 => format!("{text}/").into(),
            5 => text.replace('/', ".").into(),
            6 => text.trim_end_matches(|last: char| last.is_ascii_alphanumeric()).into(),
            _ => json!([text]),
        };
    }
    match random.below(12) {
        0 | 1 => Value::Null,
        2 => true.into(),
        3 => 1.into(),
        4 => json!([]),
        5 => json!({}),
        6 => "".into(),
        7 => 1.5.into(),
        8 => json!([value]),
        9 => json!({"name": value}),
        10 => random.text(&["*", "a/b", "..", "%", "Role", "Group", "list", "~", "e\u{301}"]).into(),
        _ => (-7).into(),
    }
}
