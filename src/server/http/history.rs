//! `/api/config/…`: the change history, its statistics, its export, and rolling back.

use super::{
    Context, Id,
    answer::Success,
    json::JsonBody,
    routes::{Routes, get, post},
    typed,
};
use crate::{
    domain::{
        account::Scope,
        history::{
            BulkAnswer, BulkRollback, ChangeDetail, ChangePage, ChangeQuery, Rollback,
            RollbackAnswer, RollbackRequest, Statistics, StatisticsQuery,
        },
    },
    server::{
        access::Access,
        error::ServiceError,
        history::{self, Rollbacks},
        state::AppState,
    },
};
use axum::{
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use chrono::Utc;
use http::header;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

/// What a token needs to bring anything back. Which one it is depends on the change, see
/// `history::needed`.
const ROLLBACK_SCOPES: [Scope; 3] =
    [Scope::PreferencesWrite, Scope::OrganizationWrite, Scope::AiWrite];

pub fn routes() -> Routes {
    let reader = Access::Person(Scope::HistoryRead);
    Routes::new()
        .route("/api/config/change-history", get(reader, list))
        .route("/api/config/change-history/{id}", get(reader, detail))
        .route("/api/config/statistics", get(reader, statistics))
        .route("/api/config/export-csv", get(reader, export))
        .route("/api/config/rollback", post(Access::PersonWithOneOf(&ROLLBACK_SCOPES), rollback))
}

fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, ServiceError> {
    let Query(query) = query.map_err(|error| {
        ServiceError::field("", format!("The query cannot be read: {}.", error.body_text()))
    })?;
    Ok(query)
}

/// The changes that the caller may see, newest first; `nextBefore` leads to the next page. All
/// filters that are given must fit.
#[utoipa::path(get, path = "/api/config/change-history", tag = "History",
    params(
        ("before" = Option<i64>, Query, description =
            "Only changes older than this sequence number"),
        ("limit" = Option<i64>, Query, description = "1–100, 20 when absent"),
        ("scope" = Option<String>, Query, description =
            "`own` (default), `organization` for those who manage one, `all` for administrators"),
        ("path" = Option<String>, Query, description = "Only changes of this setting or group"),
        ("configType" = Option<String>, Query, description =
            "`user_preference`, `organization_preference_default`, `ai_config`, \
            `organization_policy` or `api_key`"),
        ("targetId" = Option<uuid::Uuid>, Query),
        ("actor" = Option<uuid::Uuid>, Query, description = "Who did it"),
        ("action" = Option<String>, Query, description =
            "`created`, `updated`, `deleted`, `rolled_back`, …"),
        ("from" = Option<String>, Query, description =
            "Not before this time, `2026-11-01T00:00:00Z`"),
        ("to" = Option<String>, Query, description = "Before this time"),
        ("text" = Option<String>, Query, description =
            "Part of the reason or of a changed setting's path")),
    responses((status = 200, body = ChangePage)))]
async fn list(
    State(state): State<AppState>,
    Context(request): Context,
    asked: Result<Query<ChangeQuery>, QueryRejection>,
) -> Result<Success<ChangePage>, ServiceError> {
    history::list(&state.database, &request, &query(asked)?).await.map(Success)
}

/// One change with the whole values before and after it.
#[utoipa::path(get, path = "/api/config/change-history/{id}", tag = "History",
    responses((status = 200, body = ChangeDetail)))]
async fn detail(
    State(state): State<AppState>,
    Context(request): Context,
    Id(id): Id,
) -> Result<Success<ChangeDetail>, ServiceError> {
    history::detail(&state.database, &request, id).await.map(Success)
}

/// How much was changed in the last days: by type, person and day, and the settings that changed
/// the most often.
#[utoipa::path(get, path = "/api/config/statistics", tag = "History",
    params(
        ("window" = Option<i32>, Query, description = "`7` (default) or `30` days"),
        ("scope" = Option<String>, Query)), responses((status = 200, body = Statistics)))]
async fn statistics(
    State(state): State<AppState>,
    Context(request): Context,
    asked: Result<Query<StatisticsQuery>, QueryRejection>,
) -> Result<Success<Statistics>, ServiceError> {
    history::statistics(&state.database, &request, &query(asked)?).await.map(Success)
}

/// The same changes as a file for spreadsheets, all of them, a line per changed setting. Takes the
/// filters of the list.
#[utoipa::path(get, path = "/api/config/export-csv", tag = "History",
    params(
        ("scope" = Option<String>, Query, description =
            "`own` (default), `organization` for those who manage one, `all` for administrators"),
        ("path" = Option<String>, Query, description = "Only changes of this setting or group"),
        ("configType" = Option<String>, Query, description =
            "`user_preference`, `organization_preference_default`, `ai_config`, \
            `organization_policy` or `api_key`"),
        ("targetId" = Option<uuid::Uuid>, Query),
        ("actor" = Option<uuid::Uuid>, Query, description = "Who did it"),
        ("action" = Option<String>, Query, description =
            "`created`, `updated`, `deleted`, `rolled_back`, …"),
        ("from" = Option<String>, Query, description =
            "Not before this time, `2026-11-01T00:00:00Z`"),
        ("to" = Option<String>, Query, description = "Before this time"),
        ("text" = Option<String>, Query, description =
            "Part of the reason or of a changed setting's path")),
    responses((status = 200, content_type = "text/csv", body = String)))]
async fn export(
    State(state): State<AppState>,
    Context(request): Context,
    asked: Result<Query<ChangeQuery>, QueryRejection>,
) -> Result<Response, ServiceError> {
    let lines = history::export(&state.database, &request, query(asked)?).await?;
    let file =
        format!("attachment; filename=\"train-history-{}.csv\"", Utc::now().format("%Y-%m-%d"));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, file),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

/// Either answer; they have no field in common but `applied`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum RolledBack {
    One(Box<RollbackAnswer>),
    Many(BulkAnswer),
}

/// Brings an earlier value back as a new change, or shows what that would do. `preview` first:
/// `execute` and `bulk` want the versions that it told. A target that was changed since is refused
/// with 409 and the new preview in `current`.
#[utoipa::path(post, path = "/api/config/rollback", tag = "History",
    request_body = RollbackRequest,
    responses(
        (status = 200, body = RolledBack),
        (status = 400, description = "Not valid by today's rules, or a reason is missing"),
        (status = 404),
        (status = 409)))]
async fn rollback(
    State(state): State<AppState>,
    Context(request): Context,
    JsonBody(mut body): JsonBody,
) -> Result<Success<RolledBack>, ServiceError> {
    let action = body.as_object_mut().and_then(|body| body.remove("action"));
    let rollbacks = Rollbacks::new(&state.database, &state.preferences, &state.ai);
    let one = |answer| RolledBack::One(Box::new(answer));
    // Read apart from its tag, so that an error names the field.
    let answer = match action.as_ref().and_then(Value::as_str) {
        Some("preview") => one(rollbacks.preview(&request, &read::<Rollback>(body)?).await?),
        Some("validate") => one(rollbacks.validate(&request, &read::<Rollback>(body)?).await?),
        Some("execute") => one(rollbacks.execute(&request, &read::<Rollback>(body)?).await?),
        Some("bulk") => {
            RolledBack::Many(rollbacks.bulk(&request, &read::<BulkRollback>(body)?).await?)
        }
        _ => {
            return Err(ServiceError::field(
                "action",
                "The action must be preview, validate, execute or bulk.",
            ));
        }
    };
    Ok(Success(answer))
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, ServiceError> {
    typed::read(body).map_err(|error| ServiceError::Validation(vec![error]))
}
