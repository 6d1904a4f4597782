//! The models that the stand-in knows, and what each refuses.

use serde_json::{Value, json};

/// Id, name, context window, output limit, how many of temperature and top_p it takes, whether it
/// can be made to call a tool.
type Model = (&'static str, &'static str, u64, u64, usize, bool);

const MODELS: [Model; 9] = [
    ("claude-opus-5-5", "Claude Opus 5.5", 1_000_000, 128_000, 0, false),
    ("claude-sonnet-5-5", "Claude Sonnet 5.5", 1_000_000, 128_000, 0, false),
    ("claude-haiku-5-5", "Claude Haiku 5.5", 1_000_000, 128_000, 0, false),
    ("claude-opus-5", "Claude Opus 5", 1_000_000, 128_000, 0, true),
    ("claude-sonnet-5", "Claude Sonnet 5", 1_000_000, 128_000, 0, true),
    ("claude-sonnet-4-6", "Claude Sonnet 4.6", 1_000_000, 128_000, 1, true),
    ("claude-opus-4-5", "Claude Opus 4.5", 200_000, 64_000, 1, true),
    ("claude-haiku-4-5", "Claude Haiku 4.5", 200_000, 64_000, 1, true),
    ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", 200_000, 64_000, 1, true),
];

/// A page of the list. A page has at most three models, whatever was asked for, so that clients
/// have to turn pages.
pub fn page(after: Option<&str>, limit: usize) -> Value {
    let start = after
        .and_then(|after| MODELS.iter().position(|model| model.0 == after))
        .map_or(0, |place| place + 1);
    let rest = &MODELS[start..];
    let shown = &rest[..rest.len().min(limit.clamp(1, 3))];
    let data: Vec<Value> = shown
        .iter()
        .map(|(id, name, context, output, _, _)| {
            json!({ "type": "model", "id": id, "display_name": name, "created_at": "2026-01-01T00:00:00Z",
                "max_input_tokens": context, "max_tokens": output })
        })
        .collect();
    json!({
        "data": data, "has_more": shown.len() < rest.len(),
        "first_id": shown.first().map(|model| model.0), "last_id": shown.last().map(|model| model.0),
    })
}

/// What Claude refuses of a request: the status and why.
pub fn refusal(request: &Value) -> Option<(u16, String)> {
    let id = request["model"].as_str().unwrap_or_default();
    let Some((_, _, _, output, sampling, forced)) = MODELS.iter().find(|model| model.0 == id)
    else {
        return Some((404, format!("model: {id}")));
    };
    let given = ["temperature", "top_p"].iter().filter(|name| !request[**name].is_null()).count();
    let message = match &request["max_tokens"] {
        limit if limit.as_u64().is_none_or(|limit| limit == 0) => "max_tokens: must be at least 1",
        limit if limit.as_u64() > Some(*output) => "max_tokens: more than this model can generate",
        _ if request["messages"].as_array().is_none_or(Vec::is_empty) => {
            "messages: at least one message is required"
        }
        _ if given > *sampling => "temperature and top_p: this model does not take them like this",
        _ if !forced && request["tool_choice"]["type"] == "tool" => {
            "tool_choice: forced tool use is not supported"
        }
        _ => return None,
    };
    Some((400, message.to_owned()))
}
