//! The stand-in told what to do over HTTP, for programs that do not run in its process.
//!
//! | request | does |
//! |---|---|
//! | `POST /_control/behaviours` `{"path"?, "behaviours": […], "always"?: {…}}` | appends to the path's queue, sets what comes after it |
//! | `POST /_control/keys` `{"valid": ["…"]}` | accepts these keys only; `null` accepts all |
//! | `POST /_control/gate` `{"open": 3}` | lets so many gated pieces pass |
//! | `GET /_control/requests` | what was received |
//! | `DELETE /_control` | forgets all of this |

use crate::{Received, Shared, behaviour::Behaviour};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{delete, get, post},
};
use serde::Deserialize;
use std::sync::Arc;

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

#[derive(Deserialize)]
struct Keys {
    valid: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Gate {
    open: usize,
}

pub fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_control/behaviours", post(script))
        .route("/_control/keys", post(keys))
        .route("/_control/gate", post(gate))
        .route("/_control/requests", get(requests))
        .route("/_control", delete(clear))
}

async fn script(State(shared): State<Arc<Shared>>, Json(script): Json<Script>) -> StatusCode {
    shared.script(&script.path, script.behaviours);
    if let Some(always) = script.always {
        shared.always(&script.path, always);
    }
    StatusCode::NO_CONTENT
}

async fn keys(State(shared): State<Arc<Shared>>, Json(keys): Json<Keys>) -> StatusCode {
    shared.accept_only(keys.valid);
    StatusCode::NO_CONTENT
}

async fn gate(State(shared): State<Arc<Shared>>, Json(gate): Json<Gate>) -> StatusCode {
    shared.open_gate(gate.open);
    StatusCode::NO_CONTENT
}

async fn requests(State(shared): State<Arc<Shared>>) -> Json<Vec<Received>> {
    Json(shared.requests())
}

async fn clear(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.clear();
    StatusCode::NO_CONTENT
}
