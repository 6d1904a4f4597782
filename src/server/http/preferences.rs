//! `/api/user-preferences`. The answers are written by the service, which keeps them.

use super::{Context, dispatch, routes::Routes, settle::Settled};
use crate::{
    api::{
        error::ApiError,
        preferences::{ActOnPreferences, ChangePreferences, PreferencesAction, ReadPreferences},
    },
    domain::{accounts::Scope, preferences::save::Patch},
    server::{
        access::Access,
        error::ServiceError,
        operation::Call,
        preferences::{Entry, Intent, Save},
        state::AppState,
    },
};
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use serde_json::Value;
use std::sync::Arc;

pub fn routes() -> Routes {
    let (reader, writer) =
        (Access::Person(Scope::PreferencesRead), Access::Person(Scope::PreferencesWrite));
    Routes::new()
        .raw::<ReadPreferences, _, _>(reader, read)
        .raw::<ChangePreferences, _, _>(writer, change)
        .raw::<ActOnPreferences, _, _>(writer, act)
}

async fn read(
    State(state): State<AppState>,
    Context(request): Context,
) -> Result<Response, ServiceError> {
    state.preferences.read(&request).await.map(answered)
}

async fn change(State(state): State<AppState>, request: Request) -> Result<Response, ApiError> {
    let call = dispatch::read::<ChangePreferences>(state, request).await?;
    let Call { state, request, body, base_version, key, .. } = call;
    let (patch, errors) = Patch::read_all(&Value::Object(body.0));
    let saved = match errors.is_empty() {
        true => {
            let save = Save { intent: Intent::Patch(patch), base_version, key };
            state.preferences.save(&request, save).await
        }
        false => Err(state.preferences.refusal(&request, &patch, errors).await),
    };
    saved.map(answered).map_err(|error| request.fail(error))
}

async fn act(State(state): State<AppState>, request: Request) -> Result<Response, ApiError> {
    let call = dispatch::read::<ActOnPreferences>(state, request).await?;
    let Call { state, request, body, base_version, key, .. } = call;
    let intent = match body {
        PreferencesAction::Reset { section } => Intent::Reset(section),
        PreferencesAction::Import { preferences } => Intent::Import(preferences),
    };
    let saved = state.preferences.save(&request, Save { intent, base_version, key }).await;
    saved.map(answered).map_err(|error| request.fail(error))
}

/// The body was written when the entry was cached.
fn answered(entry: Arc<Entry>) -> Response {
    let mut response = entry.body.clone().into_response();
    // Saves come in numbers; the service has waited with the announcement itself.
    response.extensions_mut().insert(Settled);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(version) = HeaderValue::from_str(&format!("\"{}\"", entry.snapshot.version)) {
        headers.insert(header::ETAG, version);
    }
    response
}
