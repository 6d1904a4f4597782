//! `/api/user-preferences`.

use super::{
    Context,
    idempotency::idempotency_key,
    json::JsonBody,
    routes::{Routes, get},
    settle::Settled,
};
use crate::{
    domain::{
        account::Scope,
        field_error::FieldError,
        preferences::{
            PreferenceOverrides, PreferencePatch, PreferencesAnswer, catalog::Section, save::Patch,
        },
    },
    server::{
        access::Access,
        error::ServiceError,
        preferences::{Entry, Intent, Save},
        state::AppState,
    },
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

const PATH: &str = "/api/user-preferences";

pub fn routes() -> Routes {
    let (reader, writer) =
        (Access::Person(Scope::PreferencesRead), Access::Person(Scope::PreferencesWrite));
    Routes::new().route(PATH, get(reader, read).patch(writer, patch).post(writer, act))
}

/// Body of `POST /api/user-preferences`.
#[derive(Debug, ToSchema)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum PreferencesAction {
    Reset {
        /// Everything when absent.
        section: Option<Section>,
    },
    /// In place of everything that the person chose.
    Import { preferences: PreferenceOverrides },
}

/// The person's effective preferences, what they chose, and where each value comes from.
#[utoipa::path(get, path = "/api/user-preferences", tag = "Preferences",
    responses(
        (status = 200, description =
            "The preferences; `ETag` is the version", body = PreferencesAnswer)))]
async fn read(
    State(state): State<AppState>,
    Context(request): Context,
) -> Result<Response, ServiceError> {
    state.preferences.read(&request).await.map(answered)
}

/// Changes some fields: the body is a JSON Merge Patch, `null` goes back to the inherited value.
#[utoipa::path(patch, path = "/api/user-preferences", tag = "Preferences",
    params(
        ("If-Match" = Option<String>, Header, description =
            "The version that the change is based on, in quotes"),
        ("Idempotency-Key" = Option<Uuid>, Header, description =
            "The same request under the same key is stored once; another one is refused with \
            `idempotency_key_reused`")),
    request_body = PreferencePatch,
    responses(
        (status = 200, body = PreferencesAnswer),
        (status = 409, description =
            "`version_conflict`: `current` holds what stands and `collisions`: path, mine, theirs; \
            `idempotency_key_reused`")))]
async fn patch(
    State(state): State<AppState>,
    Context(request): Context,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, ServiceError> {
    let (patch, errors) = Patch::read_all(&body);
    if !errors.is_empty() {
        return Err(state.preferences.refusal(&request, &patch, errors).await);
    }
    let save = save(Intent::Patch(patch), &headers, &Method::PATCH, &body)?;
    state.preferences.save(&request, save).await.map(answered)
}

/// Resets a section or everything, or replaces all own values by those of an exported file.
#[utoipa::path(post, path = "/api/user-preferences", tag = "Preferences",
    params(("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<Uuid>, Header)),
    request_body = PreferencesAction,
    responses((status = 200, body = PreferencesAnswer), (status = 409)))]
async fn act(
    State(state): State<AppState>,
    Context(request): Context,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, ServiceError> {
    let save = save(intent(&body)?, &headers, &Method::POST, &body)?;
    state.preferences.save(&request, save).await.map(answered)
}

fn intent(body: &Value) -> Result<Intent, ServiceError> {
    let object = body
        .as_object()
        .ok_or_else(|| ServiceError::field("", "The body must be a JSON object with an action."))?;
    let allowed: &[&str] = match object.get("action").and_then(Value::as_str) {
        Some("reset") => &["action", "section"],
        Some("import") => &["action", "preferences"],
        _ => {
            return Err(ServiceError::field(
                "action",
                "Invalid action: it must be \"reset\" or \"import\".",
            ));
        }
    };
    let unknown: Vec<FieldError> = object
        .keys()
        .filter(|key| !allowed.contains(&key.as_str()))
        .map(|key| FieldError::new(key.clone(), "There is no such field here."))
        .collect();
    if !unknown.is_empty() {
        return Err(ServiceError::Validation(unknown));
    }
    if allowed.contains(&"section") { reset(object) } else { import(object) }
}

fn reset(object: &Map<String, Value>) -> Result<Intent, ServiceError> {
    let section = match object.get("section") {
        None | Some(Value::Null) => None,
        Some(section) => Some(section.as_str().and_then(Section::from_slug).ok_or_else(|| {
            let slugs = Section::ALL.map(Section::slug).join(", ");
            ServiceError::field(
                "section",
                format!("section must be one of {slugs}, or absent for everything."),
            )
        })?),
    };
    Ok(Intent::Reset(section))
}

fn import(object: &Map<String, Value>) -> Result<Intent, ServiceError> {
    match object.get("preferences") {
        Some(Value::Object(preferences)) => Ok(Intent::Import(preferences.clone())),
        _ => Err(ServiceError::field(
            "preferences",
            "preferences must be an object of the values to import.",
        )),
    }
}

fn save(
    intent: Intent,
    headers: &HeaderMap,
    method: &Method,
    body: &Value,
) -> Result<Save, ServiceError> {
    let key = idempotency_key(headers, method, PATH, body)?;
    Ok(Save { intent, base_version: if_match(headers)?, key })
}

/// The version in `If-Match`: `"7"`, `7`, or `*` for any.
pub fn if_match(headers: &HeaderMap) -> Result<Option<i64>, ServiceError> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    let version = number.parse::<i64>().map_err(|_| {
        ServiceError::field("If-Match", "If-Match must be a version in quotes, such as \"7\".")
    })?;
    Ok(Some(version))
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
