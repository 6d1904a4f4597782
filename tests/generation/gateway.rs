//! The gateway `/v1`: what is passed on, what is refused, and what it costs.

mod governed;
mod libraries;
mod passed_on;
mod refused;
mod streams;

use super::world::{World, until};
use crate::app::{Answer, Client};
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Response};
use serde_json::{Value, json};

pub const COUNT: &str = "/v1/messages/count_tokens";
pub const MODEL: &str = "claude-sonnet-4-6";

/// What programs of the tests are called.
pub const CLIENT: &str = "Nightly script";

/// The secret of a new token of somebody.
pub async fn token(person: &Client<'_>, scopes: &[&str]) -> String {
    let made = person.post("/api/tokens", json!({"name": CLIENT, "scopes": scopes})).await;
    made.assert_ok();
    made.body["secret"].as_str().expect("it is shown once").to_owned()
}

/// A program of somebody, as the provider's own libraries ask: with nothing but their headers.
pub async fn program<'a>(world: &'a World, person: &Client<'_>) -> Client<'a> {
    let secret = token(person, &["messages:write"]).await;
    let client = world.app.program().header("x-api-key", &secret);
    client.header("anthropic-version", "2023-06-01")
}

/// A plain request.
pub fn message() -> Value {
    json!({
        "model": MODEL, "max_tokens": 1000, "messages": [{"role": "user", "content": "Hello"}],
    })
}

/// A plain request with more, or others, of its fields.
pub fn with(more: Value) -> Value {
    let mut body = message();
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    body
}

pub async fn ask(client: &Client<'_>, body: Value) -> Answer {
    client.post("/v1/messages", body).await
}

/// Sends bytes as they are.
pub async fn ask_with(client: &Client<'_>, body: impl Into<Body>) -> Answer {
    client.send(Method::POST, "/v1/messages", Some("application/json"), body.into()).await
}

/// Begins a stream.
pub async fn open(client: &Client<'_>, body: Value) -> Response<Body> {
    let body = Body::from(with_stream(body).to_string());
    client.open(Method::POST, "/v1/messages", Some("application/json"), body).await
}

/// Reads a stream to its end: its head and its text.
pub async fn stream(client: &Client<'_>, body: Value) -> (u16, HeaderMap, String) {
    let (parts, body) = open(client, body).await.into_parts();
    let bytes = to_bytes(body, 1 << 24).await.expect("it ends in order");
    (parts.status.as_u16(), parts.headers, String::from_utf8(bytes.to_vec()).expect("text"))
}

fn with_stream(mut body: Value) -> Value {
    body["stream"] = json!(true);
    body
}

/// The data of the last event of a stream.
pub fn last_event(text: &str) -> Value {
    let data = text.trim_end().rsplit_once("data: ").expect("an event").1;
    serde_json::from_str(data).expect("JSON")
}

/// That it is a failure in the provider's form.
#[track_caller]
pub fn assert_refused(answer: &Answer, status: u16, kind: &str, code: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    assert_eq!(answer.body["type"], "error", "{}", answer.text);
    assert_eq!(answer.body["error"]["type"], kind, "{}", answer.text);
    assert_eq!(answer.body["error"]["code"], code, "{}", answer.text);
    assert!(answer.body["error"]["message"].as_str().is_some_and(|it| it.len() > 10));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("request-id").len(), 32, "{:?}", answer.headers);
    assert_eq!(answer.body["request_id"], answer.header("request-id"));
    assert_eq!(answer.header("request-id"), answer.header("x-request-id"));
}

/// A row of the ledger with what only the gateway writes.
#[derive(Debug, PartialEq, sqlx::FromRow)]
pub struct Line {
    pub attempt: i32,
    pub status: String,
    pub error_code: Option<String>,
    pub estimated: bool,
    pub client: Option<String>,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cost_nano_usd: i64,
}

pub async fn ledger(world: &World) -> Vec<Line> {
    let sql = "SELECT attempt, status, error_code, estimated, client, input_tokens, output_tokens,
          cost_nano_usd
        FROM generation_logs ORDER BY id";
    let pool = world.app.database.database.pool();
    sqlx::query_as(sql).fetch_all(pool).await.expect("the ledger can be read")
}

/// The ledger as soon as it has so many rows.
pub async fn ledger_of(world: &World, rows: usize) -> Vec<Line> {
    until("the ledger is written", || async { ledger(world).await.len() >= rows }).await;
    ledger(world).await
}
