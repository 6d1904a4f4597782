//! What all operations have in common: names of their own, the identifiers in their paths,
//! `success` beside every payload, and the failures that can meet each of them.

use crate::api::{operation::Operation, probes::ReadDescription};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A failure that is the same everywhere: its status, its name among the components, and when it
/// comes.
pub(super) const FAILURES: &[(u16, &str, &str)] = &[
    (
        400,
        "NotAllowed",
        "`malformed_json`, `malformed`, `credential_in_text` or `validation_failed`: every field \
         that is wrong is named",
    ),
    (
        401,
        "NotSignedIn",
        "`not_signed_in`, `wrong_credentials`, `invalid_token` or `other_account`",
    ),
    (403, "Forbidden", "`forbidden`, `scope_missing`, `session_needed`, or `cross_site`"),
    (404, "NotFound", "`not_found`: does not exist, or is somebody else's; `no_organization`"),
    (408, "TooSlow", "`request_timeout`: the body did not come in time"),
    (409, "Conflict", "The code says with what; `current` holds what stands, where something does"),
    (410, "Gone", "`export_expired`: it was there, and is not any more"),
    (413, "TooLarge", "`too_large`: the body"),
    (415, "NotJson", "`unsupported_media_type`: the body is not `application/json`"),
    (416, "OutOfRange", "`range_not_satisfiable`: the file ends before what is asked for"),
    (429, "TooMany", "`too_many_at_once` and others; `Retry-After` says when to try again"),
    (
        500,
        "Internal",
        "`internal`: our fault; the cause is in the server's log under the request id",
    ),
    (502, "ProviderFailed", "Claude failed; the code says how"),
    (503, "Unavailable", "`database_unavailable` and others, with `Retry-After`"),
    (504, "ProviderTooSlow", "Claude took too long"),
];

const ERROR: &str = "#/components/schemas/ApiError";
const SCHEMAS: &str = "#/components/schemas/";

pub(super) fn finish(description: &mut Value) {
    let answers = answers(description);
    let elsewhere = references_elsewhere(description);
    let mut components = description["components"].take();
    merge_all_of(&mut components["schemas"]);
    let mut wrapped = Vec::new();
    for name in &answers {
        if let Some(other) = add_success(&mut components["schemas"], name, &elsewhere) {
            wrapped.push((name.clone(), other));
        }
    }
    components["schemas"]["Done"] = done();
    components["responses"] = failures();
    description["components"] = components;
    for (path, operations) in object(&mut description["paths"]) {
        for (method, operation) in object(operations) {
            say_success(operation, path, &wrapped);
            add_failures(operation, path, method);
        }
    }
    drop_unused(description);
    join_lines(description);
}

/// What types are composed of is collected with them, whether something refers to it or not.
fn drop_unused(description: &mut Value) {
    loop {
        let mut referred = BTreeSet::new();
        gather(description, &mut referred);
        let mut dropped = false;
        for kind in ["schemas", "responses"] {
            let prefix = format!("#/components/{kind}/");
            object(&mut description["components"][kind]).retain(|name, _| {
                let used = referred.contains(&format!("{prefix}{name}"));
                dropped |= !used;
                used
            });
        }
        if !dropped {
            return;
        }
    }
}

/// Every reference inside.
fn gather(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                references.insert(reference.to_owned());
            }
            object.values().for_each(|value| gather(value, references));
        }
        Value::Array(list) => list.iter().for_each(|value| gather(value, references)),
        _ => {}
    }
}

/// The lines of a paragraph of a comment are one: where they break says nothing.
fn join_lines(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = paragraphs(text);
            }
            object.values_mut().for_each(join_lines);
        }
        Value::Array(list) => list.iter_mut().for_each(join_lines),
        _ => {}
    }
}

/// Each paragraph on one line, an empty line between them.
pub(super) fn paragraphs(text: &str) -> String {
    let joined = |paragraph: &str| {
        paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
    };
    let paragraphs: Vec<_> = text.split("\n\n").map(joined).collect();
    paragraphs.join("\n\n").trim().to_owned()
}

fn done() -> Value {
    let mut done = json!({"type": "object", "description": "Done; there is nothing more to say.",
        "required": [], "properties": {}});
    put_success(&mut done);
    done
}

fn put_success(schema: &mut Value) {
    schema["properties"]["success"] =
        json!({"type": "boolean", "const": true, "description": "Beside every payload."});
    let required = array(&mut schema["required"]);
    if !required.iter().any(|name| name == "success") {
        required.insert(0, "success".into());
    }
}

/// An answer without a body of its own is `{"success": true}`; one whose type is used elsewhere too
/// has its own schema.
fn say_success(operation: &mut Value, path: &str, wrapped: &[(String, String)]) {
    for (status, response) in object(&mut operation["responses"]) {
        if !status.starts_with('2') {
            continue;
        }
        if response["content"].is_null() {
            response["content"] = content(&format!("{SCHEMAS}Done"));
        }
        if is_silent(response) {
            response["description"] = "Success".into();
        }
        let schema = &mut response["content"]["application/json"]["schema"];
        for (name, other) in wrapped {
            if *schema == json!({"$ref": format!("{SCHEMAS}{name}")}) {
                *schema = json!({"$ref": format!("{SCHEMAS}{other}")});
            }
        }
        if schema.is_null() {
            object(&mut response["content"]).remove("application/json");
        }
        assert!(!object(&mut response["content"]).is_empty(), "{path} answers something");
    }
}

/// It has no word of explanation.
fn is_silent(response: &Value) -> bool {
    response["description"].as_str().unwrap_or_default().is_empty()
}

fn content(reference: &str) -> Value {
    json!({"application/json": {"schema": {"$ref": reference}}})
}

fn failures() -> Value {
    let response = |(status, name, description): &(u16, &str, &str)| {
        let mut response = json!({"description": description, "content": content(ERROR)});
        let header = |of: &str| json!({"description": of, "schema": {"type": "string"}});
        if *status == 401 {
            response["headers"] = json!({"WWW-Authenticate": header("`Bearer`")});
        }
        ((*name).to_owned(), response)
    };
    Value::Object(FAILURES.iter().map(response).collect())
}

/// Those that can meet the operation, and those that its declaration names.
fn add_failures(operation: &mut Value, path: &str, method: &str) {
    let has_body = !operation["requestBody"].is_null();
    let given = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let scoped = given.iter().any(|parameter| parameter["name"] == "scope");
    let routed = path.starts_with("/api/");
    let meets = |status: u16| match status {
        // 400 also for an address with a key or token in it.
        400 | 401 | 403 | 429 | 503 => routed,
        // An organization that a scope needs may not be there either.
        404 => path.contains('{') || scoped,
        413 => method != "get",
        408 | 415 => has_body,
        500 => true,
        _ => false,
    };
    let responses = object(&mut operation["responses"]);
    for (status, name, description) in FAILURES {
        let common = json!({"$ref": format!("#/components/responses/{name}")});
        match responses.get_mut(&status.to_string()) {
            None if meets(*status) => drop(responses.insert(status.to_string(), common)),
            None => {}
            Some(own) if is_silent(own) => *own = common,
            Some(own) => {
                assert!(own["description"] != *description, "{path} says what all say");
                own["content"] = content(ERROR);
            }
        }
    }
}

/// The schemas that successful answers in JSON have.
fn answers(description: &mut Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (path, operations) in object(&mut description["paths"]) {
        // The description does not describe itself.
        if path == ReadDescription::PATH {
            continue;
        }
        for (method, operation) in object(operations) {
            for (status, response) in object(&mut operation["responses"]) {
                let schema = &response["content"]["application/json"]["schema"];
                match schema["$ref"].as_str() {
                    Some(name) if status.starts_with('2') => {
                        names.insert(name.trim_start_matches(SCHEMAS).to_owned());
                    }
                    None if !schema.is_null() => {
                        panic!("{method} {path} answers {status} without a type of its own")
                    }
                    _ => {}
                }
            }
        }
    }
    names
}

/// The schemas that something else refers to than a successful answer as a whole.
fn references_elsewhere(description: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    gather(&description["components"], &mut names);
    for operations in description["paths"].as_object().into_iter().flat_map(Map::values) {
        for operation in operations.as_object().into_iter().flat_map(Map::values) {
            gather(&operation["requestBody"], &mut names);
        }
    }
    names.iter().map(|name| name.trim_start_matches(SCHEMAS).to_owned()).collect()
}

/// `success` into a schema of answers. A schema that is used elsewhere stays as it is, and its copy
/// is named.
fn add_success(schemas: &mut Value, name: &str, elsewhere: &BTreeSet<String>) -> Option<String> {
    // A choice is an answer by each of its branches; nothing else refers to them.
    let branches = schemas[name]["oneOf"].as_array().cloned().unwrap_or_default();
    for branch in &branches {
        let branch = branch["$ref"].as_str().expect("each choice has a name");
        put_success(&mut schemas[branch.trim_start_matches(SCHEMAS)]);
    }
    if !branches.is_empty() || !schemas[name]["properties"]["success"].is_null() {
        return None;
    }
    if !elsewhere.contains(name) {
        put_success(&mut schemas[name]);
        return None;
    }
    let other = format!("{name}Answer");
    let mut copy = schemas[name].clone();
    put_success(&mut copy);
    assert!(schemas[&other].is_null(), "{other} is taken");
    schemas[&other] = copy;
    Some(other)
}

/// Objects that are put together of several become one: a part that allows no other fields would
/// refuse those of its neighbours.
fn merge_all_of(schemas: &mut Value) {
    let known = schemas.clone();
    for schema in object(schemas).values_mut() {
        merge(schema, &known);
    }
}

fn merge(schema: &mut Value, known: &Value) {
    match schema {
        Value::Object(object) => object.values_mut().for_each(|value| merge(value, known)),
        Value::Array(list) => list.iter_mut().for_each(|value| merge(value, known)),
        _ => {}
    }
    let Some(parts) = schema.get("allOf").and_then(Value::as_array).cloned() else { return };
    let mut whole = schema.clone();
    object(&mut whole).remove("allOf");
    whole["type"] = "object".into();
    for part in parts {
        let name = part["$ref"].as_str().map(|name| name.trim_start_matches(SCHEMAS));
        let part = name.map_or(&part, |name| &known[name]);
        let Some(fields) = part["properties"].as_object() else { return };
        for (name, field) in fields {
            whole["properties"][name] = field.clone();
        }
        array(&mut whole["required"])
            .extend(part["required"].as_array().cloned().unwrap_or_default());
        for name in ["additionalProperties", "description"] {
            if whole[name].is_null() && !part[name].is_null() {
                whole[name] = part[name].clone();
            }
        }
    }
    object(&mut whole).retain(|_, value| !value.is_null());
    *schema = whole;
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("an object")
}

fn array(value: &mut Value) -> &mut Vec<Value> {
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    value.as_array_mut().expect("a list")
}
