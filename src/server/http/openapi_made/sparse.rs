//! Fills in the schemas of what is sparse: any part of a whole, with or without `null` for what is
//! taken back.

use serde_json::{Value, json};

/// The name of the mark, the whole that it is a part of, whether `null` is allowed in it, and an
/// example.
type Sparse = (&'static str, &'static str, bool, fn() -> Value);

const SPARSE: &[Sparse] = &[
    ("PreferenceOverrides", "Preferences", false, || json!({"theme": "dark"})),
    (
        "PreferencePatch",
        "Preferences",
        true,
        || json!({"theme": "dark", "tableDensity": null, "notifications": {"email": true}}),
    ),
    ("AiOverrides", "AiConfig", false, || json!({"costBudget": {"dailyBudget": 25}})),
    ("AiPatch", "AiConfig", true, || json!({"model": {"temperature": 0.5, "topP": null}})),
    (
        "ConversationPolicyOverrides",
        "ConversationPolicy",
        false,
        || json!({"retention": {"enabled": true}}),
    ),
    (
        "ConversationPolicyPatch",
        "ConversationPolicy",
        true,
        || json!({"checks": {"email": "mask"}, "tokenTarget": null}),
    ),
    (
        "ModelCorrection",
        "Model",
        true,
        || json!({"retires": "2027-01-31", "replacement": "claude-sonnet-5"}),
    ),
];

pub(super) fn fill_in(description: &mut Value) {
    for (mark, whole, nullable, example) in SPARSE {
        let schemas = &description["components"]["schemas"];
        let (whole, about) = (&schemas[whole], schemas[mark]["description"].as_str());
        // The first sentence; the rest is about the mark.
        let about = about.and_then(|about| about.split(" A mark ").next()).unwrap_or_default();
        let mut part = part_of(whole, *nullable, schemas);
        part["description"] = about.replace("[`", "`").replace("`]", "`").into();
        part["example"] = example();
        description["components"]["schemas"][mark] = part;
    }
}

/// No field is needed. Objects inside are parts as well; what stands in a list is not.
fn part_of(whole: &Value, nullable: bool, schemas: &Value) -> Value {
    let mut part = json!({"type": "object", "properties": {}, "additionalProperties": false});
    for (name, field) in whole["properties"].as_object().expect("the whole has fields") {
        let resolved = resolve(field, schemas);
        let mut field = if resolved["properties"].is_object() {
            part_of(resolved, nullable, schemas)
        } else {
            field.clone()
        };
        if nullable {
            if field["additionalProperties"].is_object() {
                field["additionalProperties"] = or_null(field["additionalProperties"].take());
            }
            field = or_null(field);
        }
        part["properties"][name] = field;
    }
    part
}

fn resolve<'a>(schema: &'a Value, schemas: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => &schemas[name.trim_start_matches("#/components/schemas/")],
        None => schema,
    }
}

fn or_null(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}
