//! Holds what the routes really answer against `docs/openapi.json`: status, type of content and
//! body of every answer, and the body and query of every request that succeeds. The client of the
//! tests calls this, so every test of a route is one of its description.
//!
//! A field that the description does not have is a fault, on both ways.

use http::{HeaderMap, Method, StatusCode, header};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock, Mutex},
};

pub static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../docs/openapi.json")).expect("it is JSON")
});
/// The same components, in which nothing has fields that are not described.
static COMPONENTS: LazyLock<Value> = LazyLock::new(|| {
    let mut components = DESCRIPTION["components"].clone();
    for schema in components["schemas"].as_object_mut().expect("schemas").values_mut() {
        close_within(schema);
    }
    components
});
static VALIDATORS: LazyLock<Mutex<BTreeMap<String, Arc<Validator>>>> =
    LazyLock::new(Mutex::default);
/// The operations that have answered with success in this process.
static SUCCEEDED: LazyLock<Mutex<BTreeSet<String>>> = LazyLock::new(Mutex::default);

/// Method and path of every operation, as `GET /api/tokens`.
pub fn operations() -> impl Iterator<Item = (String, &'static Value)> {
    let paths = DESCRIPTION["paths"].as_object().expect("paths").iter();
    paths.flat_map(|(path, operations)| {
        let operations = operations.as_object().expect("operations").iter();
        operations.map(move |(method, operation)| {
            (format!("{} {path}", method.to_uppercase()), operation)
        })
    })
}

/// Those that have not answered with success yet.
pub fn never_succeeded() -> Vec<String> {
    let succeeded = SUCCEEDED.lock().unwrap();
    operations().map(|(name, _)| name).filter(|name| !succeeded.contains(name)).collect()
}

/// Status and type of content.
#[track_caller]
pub fn hold_head(method: &Method, target: &str, status: StatusCode, headers: &HeaderMap) {
    let Some((name, operation)) = find(method, target) else { return };
    let Some(operation) = operation else {
        let refused = matches!(status.as_u16(), 400 | 401 | 403 | 404 | 405 | 413 | 429 | 503);
        assert!(refused, "{name} is not described, and answers {status}");
        return;
    };
    let Some(response) = response(operation, status) else {
        panic!("{name} answers {status}, which docs/openapi.json does not say");
    };
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let kinds: Vec<_> = response["content"].as_object().expect("content").keys().collect();
    assert!(kinds.iter().any(|known| *known == kind), "{name} answers {kind:?}, not {kinds:?}");
    if status.is_success() {
        let query = target.split_once('?').map(|(_, query)| query).unwrap_or_default();
        hold_query(&name, operation, query);
        SUCCEEDED.lock().unwrap().insert(name);
    }
}

/// The body of an answer in JSON.
#[track_caller]
pub fn hold_body(method: &Method, target: &str, status: StatusCode, body: &Value) {
    let Some((name, operation)) = find(method, target) else { return };
    let schema = match operation {
        Some(operation) => {
            let Some(response) = response(operation, status) else { return };
            response["content"]["application/json"]["schema"].clone()
        }
        None => json!({"$ref": "#/components/schemas/ApiError"}),
    };
    if !schema.is_null() && !body.is_null() {
        hold(&format!("{name} {status}"), schema, body);
    }
}

/// The body of a request that succeeded.
#[track_caller]
pub fn hold_request(method: &Method, target: &str, body: &Value) {
    let Some((name, Some(operation))) = find(method, target) else { return };
    let schema = operation["requestBody"]["content"]["application/json"]["schema"].clone();
    if schema.is_null() {
        // Nothing is read; a client may send an empty body all the same.
        let empty = body.is_null() || *body == json!({});
        assert!(empty, "{name} takes a body, which docs/openapi.json does not say");
        return;
    }
    hold(&format!("{name} takes"), schema, body);
}

/// Every parameter of a query that was accepted is described, and as what it is.
#[track_caller]
fn hold_query(name: &str, operation: &Value, query: &str) {
    let known = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (parameter, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        // Of the page that listens, not of the interface.
        if name == "GET /api/events" && parameter == "account" {
            continue;
        }
        let is_it = |known: &&Value| known["in"] == "query" && known["name"] == parameter;
        let Some(known) = known.iter().find(is_it) else {
            panic!("{name} takes the parameter {parameter}, which docs/openapi.json does not say");
        };
        let schema = known["schema"].clone();
        let text = schema["type"] == "string" || schema["type"][0] == "string";
        let value = match serde_json::from_str(value) {
            Ok(value) if !text => value,
            _ => Value::String(value.to_owned()),
        };
        hold(&format!("{name}?{parameter}"), schema, &value);
    }
}

#[track_caller]
fn hold(what: &str, schema: Value, value: &Value) {
    if let Err(errors) = check(what, schema, value) {
        panic!("docs/openapi.json is not what happens. {what}:\n{errors}\n{value:#}");
    }
}

/// Whether a value is what a schema of the description says; otherwise all that is wrong.
pub fn check(what: &str, schema: Value, value: &Value) -> Result<(), String> {
    let known = VALIDATORS.lock().unwrap().get(what).cloned();
    let validator = known.unwrap_or_else(|| {
        let validator = Arc::new(validator(schema));
        VALIDATORS.lock().unwrap().insert(what.to_owned(), Arc::clone(&validator));
        validator
    });
    let errors: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

fn validator(mut schema: Value) -> Validator {
    close(&mut schema);
    schema["components"] = COMPONENTS.clone();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap_or_else(|error| panic!("{schema:#}: {error}"))
}

/// The operation of the longest fixed path, or `None` where the path is known but not the method.
/// Nothing at all for what is no part of the interface.
fn find(method: &Method, target: &str) -> Option<(String, Option<&'static Value>)> {
    let path = target.split('?').next().unwrap_or_default();
    let method = method.as_str();
    if matches!(method, "HEAD" | "OPTIONS") || path.starts_with("/api/fn/") {
        return None;
    }
    let templates = DESCRIPTION["paths"].as_object().expect("paths").keys();
    let template = templates
        .filter(|template| fits(template, path))
        .min_by_key(|template| template.matches('{').count());
    match template {
        Some(template) => {
            let operation = &DESCRIPTION["paths"][template][method.to_lowercase()];
            Some((format!("{method} {template}"), Some(operation).filter(|it| !it.is_null())))
        }
        None => path.starts_with("/api/").then(|| (format!("{method} {path}"), None)),
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(known), Some(part)) if known == part => {}
            (Some(known), Some(part)) if known.starts_with('{') && !part.is_empty() => {}
            _ => return false,
        }
    }
}

/// With its reference followed.
fn response(operation: &'static Value, status: StatusCode) -> Option<&'static Value> {
    let response = &operation["responses"][status.as_str()];
    match response["$ref"].as_str() {
        Some(reference) => DESCRIPTION.pointer(reference.trim_start_matches('#')),
        None => Some(response).filter(|response| !response.is_null()),
    }
}

/// A value of this schema has no other fields than those that are described, in whichever part of
/// the schema.
fn close(schema: &mut Value) {
    const PARTS: [&str; 5] = ["$ref", "allOf", "anyOf", "oneOf", "properties"];
    if let Some(object) = schema.as_object_mut()
        && PARTS.iter().any(|part| object.contains_key(*part))
        && !object.contains_key("additionalProperties")
    {
        object.insert("unevaluatedProperties".into(), false.into());
    }
    close_within(schema);
}

/// The same for the values inside. The parts of a choice are closed by the whole.
fn close_within(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    let within = |object: &mut Map<String, Value>, name: &str, each: fn(&mut Value)| match object
        .get_mut(name)
    {
        Some(Value::Object(fields)) if name == "properties" => fields.values_mut().for_each(each),
        Some(Value::Array(parts)) => parts.iter_mut().for_each(each),
        Some(schema @ Value::Object(_)) => each(schema),
        _ => {}
    };
    for name in ["properties", "items", "prefixItems", "additionalProperties"] {
        within(object, name, close);
    }
    for name in ["allOf", "anyOf", "oneOf"] {
        within(object, name, close_within);
    }
}
