//! The stand-in told what to do over HTTP, for programs that do not run in its process.
//!
//! | request | does |
//! |---|---|
//! | `POST /_control/behaviours` `{"path"?, "behaviours": […], "always"?: {…}}` | appends to the path's queue, sets what comes after it |
//! | `POST /_control/keys` `{"valid"?: ["…"], "workspaces"?: {"KEY": "NAME"}}` | accepts these keys only, `null` all; keys of one workspace share batches and caches |
//! | `POST /_control/gate` `{"open": 3}` | lets so many gated pieces pass |
//! | `POST /_control/models` `{"model": "…", "cache_minimum"?, "thinking"?, "thinking_tokens"?}` | gives a model other habits ([`Habits`]) |
//! | `POST /_control/clock` `{"advance_ms": 300000}` | moves its clock on |
//! | `POST /_control/batches` `{…}` | treats batches that are made from now on like this ([`BatchSettings`]) |
//! | `POST /_control/batches/end` `{"id"?, "expired"?, "rules"?, "ran_percent"?}` | ends batches ([`BatchEnd`]); answers `{"ended": ["ID"]}` |
//! | `GET /_control/batches` | every batch ([`SeenBatch`]), the oldest first |
//! | `GET /_control/batches/ID/requests?offset=0&limit=100` | its requests as they were sent, and their results |
//! | `GET /_control/bill` | what was billed ([`Bills`]) |
//! | `GET /_control/requests` | what was received |
//! | `DELETE /_control` | forgets all of this |
//!
//! A path is one that was asked for (`/v1/messages`), or a kind of request, which is asked for
//! second: `POST /v1/messages`, `POST /v1/messages/count_tokens`, `GET /v1/models`,
//! `POST /v1/messages/batches`, `GET /v1/messages/batches`, `GET /v1/messages/batches/{id}`,
//! `POST /v1/messages/batches/{id}/cancel`, `GET /v1/messages/batches/{id}/results`,
//! `DELETE /v1/messages/batches/{id}`. Without one it is `/v1/messages`.

use crate::{
    BatchEnd, BatchSettings, Bills, Habits, Received, SeenBatch, Shared, behaviour::Behaviour,
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::StatusCode,
    routing::{delete, get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc, time::Duration};

#[derive(Deserialize)]
struct Script {
    #[serde(default = "messages")]
    path: String,
    #[serde(default)]
    behaviours: Vec<Behaviour>,
    always: Option<Behaviour>,
}

fn messages() -> String {
    "/v1/messages".to_owned()
}

/// What is absent stays; `valid` may be null.
#[derive(Deserialize)]
struct Keys {
    #[serde(default, deserialize_with = "given")]
    valid: Option<Option<Vec<String>>>,
    workspaces: Option<HashMap<String, String>>,
}

/// Tells null from nothing.
fn given<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Vec<String>>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
struct Gate {
    open: usize,
}

#[derive(Deserialize)]
struct Named {
    model: String,
    #[serde(flatten)]
    habits: Value,
}

#[derive(Deserialize)]
struct Clock {
    advance_ms: u64,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    offset: usize,
    #[serde(default = "hundred")]
    limit: usize,
}

fn hundred() -> usize {
    100
}

pub fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_control/behaviours", post(script))
        .route("/_control/keys", post(keys))
        .route("/_control/gate", post(gate))
        .route("/_control/models", post(models))
        .route("/_control/clock", post(clock))
        .route("/_control/batches", post(set_batches).get(batches))
        .route("/_control/batches/end", post(end_batches))
        .route("/_control/batches/{id}/requests", get(batch_requests))
        .route("/_control/bill", get(bill))
        .route("/_control/requests", get(requests))
        .route("/_control", delete(clear))
        // Ten thousand behaviours are one script.
        .layer(DefaultBodyLimit::max(33 * 1024 * 1024))
}

async fn script(State(shared): State<Arc<Shared>>, Json(script): Json<Script>) -> StatusCode {
    shared.script(&script.path, script.behaviours);
    if let Some(always) = script.always {
        shared.always(&script.path, always);
    }
    StatusCode::NO_CONTENT
}

async fn keys(State(shared): State<Arc<Shared>>, Json(keys): Json<Keys>) -> StatusCode {
    if let Some(valid) = keys.valid {
        shared.accept_only(valid);
    }
    if let Some(workspaces) = keys.workspaces {
        shared.set_workspaces(workspaces);
    }
    StatusCode::NO_CONTENT
}

async fn gate(State(shared): State<Arc<Shared>>, Json(gate): Json<Gate>) -> StatusCode {
    shared.open_gate(gate.open);
    StatusCode::NO_CONTENT
}

async fn models(
    State(shared): State<Arc<Shared>>,
    Json(named): Json<Named>,
) -> Result<StatusCode, (StatusCode, String)> {
    let habits = serde_json::from_value::<Habits>(named.habits);
    let habits = habits.map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    shared.set_habits(&named.model, habits);
    Ok(StatusCode::NO_CONTENT)
}

async fn clock(State(shared): State<Arc<Shared>>, Json(clock): Json<Clock>) -> StatusCode {
    shared.advance(Duration::from_millis(clock.advance_ms));
    StatusCode::NO_CONTENT
}

async fn set_batches(
    State(shared): State<Arc<Shared>>,
    Json(settings): Json<BatchSettings>,
) -> StatusCode {
    shared.set_batches(settings);
    StatusCode::NO_CONTENT
}

async fn end_batches(State(shared): State<Arc<Shared>>, Json(how): Json<BatchEnd>) -> Json<Value> {
    Json(json!({ "ended": shared.end_batches(&how) }))
}

async fn batches(State(shared): State<Arc<Shared>>) -> Json<Vec<SeenBatch>> {
    Json(shared.batches())
}

async fn batch_requests(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Json<Vec<Value>>, StatusCode> {
    let requests = shared.batch_requests(&id, part.offset, part.limit);
    requests.map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn bill(State(shared): State<Arc<Shared>>) -> Json<Bills> {
    Json(shared.bills())
}

async fn requests(State(shared): State<Arc<Shared>>) -> Json<Vec<Received>> {
    Json(shared.requests())
}

async fn clear(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.clear();
    StatusCode::NO_CONTENT
}
