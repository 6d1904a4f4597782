//! The operations as paths of the description.

use super::finish::paragraphs;
use crate::{
    api::operation::{Header, JSON, PartKind},
    server::http::described::Described,
};
use serde_json::{Value, json, to_value};

/// Adds operations, and the schemas of their bodies and answers.
pub(super) fn add(description: &mut Value, operations: impl Iterator<Item = Described>) {
    for operation in operations {
        for (name, schema) in &operation.schemas {
            description["components"]["schemas"][name] = to_value(schema).unwrap();
        }
        let method = operation.method.to_lowercase();
        let place = &mut description["paths"][operation.path][&method];
        assert!(place.is_null(), "{method} {} is described twice", operation.path);
        *place = path(&operation);
    }
}

fn path(operation: &Described) -> Value {
    let (summary, rest) = first_sentence(operation.summary);
    let name = operation.name;
    let mut path = json!({
        "operationId": name[..1].to_lowercase() + &name[1..],
        "tags": [operation.chapter],
        "summary": summary,
        "responses": responses(operation),
    });
    if !rest.is_empty() {
        path["description"] = rest.into();
    }
    let query = operation.query.iter().map(|parameter| to_value(parameter).unwrap());
    let names = operation.path.split(['{', '}']).skip(1).step_by(2);
    let parts = names.zip(operation.parts).map(|(name, kind)| part(name, *kind));
    let headers = operation.headers.iter().map(header);
    let parameters: Vec<_> = query.chain(headers).chain(parts).collect();
    if !parameters.is_empty() {
        path["parameters"] = parameters.into();
    }
    if let Some(body) = &operation.body {
        path["requestBody"] = json!({"required": true,
            "content": {operation.takes: {"schema": named(body)}}});
    }
    path
}

/// The first sentence of a comment, and what follows it.
fn first_sentence(lines: &[&str]) -> (String, String) {
    let text = paragraphs(&lines.join("\n"));
    let end = text.find("\n\n").unwrap_or(text.len());
    let end = text[..end].find(". ").map_or(end, |dot| dot + 1);
    (text[..end].to_owned(), text[end..].trim().to_owned())
}

fn part(name: &str, kind: PartKind) -> Value {
    let schema = match kind {
        PartKind::Uuid => json!({"type": "string", "format": "uuid"}),
        PartKind::Text => json!({"type": "string"}),
        PartKind::Number => json!({"type": "integer", "format": "int32"}),
    };
    json!({"name": name, "in": "path", "required": true, "schema": schema})
}

fn header(header: &Header) -> Value {
    let (name, kind, about) = match header {
        Header::IfMatch => (
            "If-Match",
            json!({"type": ["string", "null"]}),
            "The version that the change is based on, in quotes",
        ),
        Header::IdempotencyKey => (
            "Idempotency-Key",
            json!({"type": ["string", "null"], "format": "uuid"}),
            "The same request under the same key is done once; another one is refused with \
             `idempotency_key_reused`",
        ),
    };
    json!({"name": name, "in": "header", "required": false, "description": about, "schema": kind})
}

fn responses(operation: &Described) -> Value {
    let text = json!({"type": "string"});
    let answer = if operation.content == JSON { named(&operation.answer) } else { text.clone() };
    let success = |about: &str, content: &str, schema: &Value| {
        let content = json!({content: {"schema": schema}});
        json!({"description": about, "content": content})
    };
    let mut responses = json!({});
    responses[operation.status.to_string()] = success(operation.about, operation.content, &answer);
    if let Some(other) = operation.other {
        responses[other.status.to_string()] = success(other.description, other.content, &text);
    }
    for (status, why) in operation.refusals {
        responses[status.to_string()] = json!({"description": why});
    }
    responses
}

fn named(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}
