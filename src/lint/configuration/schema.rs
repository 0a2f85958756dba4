//! The shape of the configuration as JSON Schema, for editors and for people.

use serde_json::{Value, json};

use crate::lint::catalogue::rules;

/// The JSON Schema of the configuration.
pub fn schema() -> Value {
    let codes: Vec<&str> = rules().flat_map(|rule| [rule.code.as_str(), rule.number]).collect();
    let level = |words: &[&str], description: &str| json!({ "enum": words, "description": description });
    let severities = ["error", "warning", "note"];
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "configuration of iamrbac (.iamrbac.yaml)",
        "type": "object",
        "additionalProperties": false,
        "properties": { "lint": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "levels": {
                    "type": "object",
                    "description": "rules that are told otherwise than the catalogue says",
                    "propertyNames": { "enum": codes },
                    "additionalProperties": level(&["off", "note", "warning", "error"], "how the rule is told"),
                },
                "exclude": {
                    "type": "array",
                    "description": "globs of files whose findings are not told",
                    "items": { "type": "string" },
                },
                "expected": {
                    "type": "array",
                    "description": "findings that are expected until a day",
                    "items": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["code", "reason", "expires"],
                        "properties": {
                            "code": { "enum": codes },
                            "file": { "type": "string", "description": "a glob of files" },
                            "message": { "type": "string", "description": "a part of the message" },
                            "reason": { "type": "string", "minLength": 1 },
                            "expires": { "type": "string", "format": "date", "description": "the last day" },
                        },
                    },
                },
                "failOn": level(&severities, "from which severity on the run fails; `--fail-on` goes before it"),
                "budget": {
                    "type": "object",
                    "description": "how many findings of a severity are let pass",
                    "propertyNames": { "enum": severities },
                    "additionalProperties": { "type": "integer", "minimum": 0 },
                },
            },
        } },
    })
}
