//! `/api/database/…`: alerts and their rules.

use super::{
    Context,
    answer::{Answer, Success},
    routes::{Routes, get},
    typed::Typed,
};
use crate::{
    domain::{
        account::Scope,
        database_health::{Alert, AlertPage, AlertQuery, AlertRequest, AlertRules},
    },
    server::{access::Access, error::ServiceError, state::AppState},
};
use axum::extract::{Query, State, rejection::QueryRejection};
use serde::Serialize;
use utoipa::ToSchema;

pub fn routes() -> Routes {
    let (reader, writer) =
        (Access::Administrator(Scope::DatabaseRead), Access::Administrator(Scope::DatabaseWrite));
    Routes::new()
        .route("/api/database/alerts", get(reader, list).patch(writer, act))
        .route("/api/database/alert-rules", get(reader, rules).put(writer, set_rules))
}

/// One alert.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneAlert {
    alert: Alert,
}

/// What is or was wrong with the database: the worst first, then the newest. For administrators.
#[utoipa::path(get, path = "/api/database/alerts", tag = "Database",
    params(
        ("state" = Option<String>, Query, description =
            "`open`, `acknowledged` or `resolved`; open and acknowledged ones when absent"),
        ("severity" = Option<String>, Query, description = "`info`, `warning` or `critical`"),
        ("kind" = Option<String>, Query, description = "`high_bloat`, `slow_query`, …"),
        ("page" = Option<i64>, Query, description = "From 1"),
        ("limit" = Option<i64>, Query, description = "1–100, 20 when absent")),
    responses((status = 200, body = AlertPage)))]
async fn list(
    State(state): State<AppState>,
    Context(request): Context,
    asked: Result<Query<AlertQuery>, QueryRejection>,
) -> Answer<AlertPage> {
    let Query(query) = asked.map_err(|error| {
        ServiceError::field("", format!("The query cannot be read: {}.", error.body_text()))
    })?;
    state.alerts.list(&request, &query).await.map(Success)
}

/// Acknowledges, resolves or mutes an alert. Resolved by hand while it is still so, it is not
/// raised again before it was gone or gets worse. For administrators.
#[utoipa::path(patch, path = "/api/database/alerts", tag = "Database", request_body = AlertRequest,
    responses(
        (status = 200, body = OneAlert),
        (status = 404),
        (status = 409, description = "`already_resolved`")))]
async fn act(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(asked): Typed<AlertRequest>,
) -> Answer<OneAlert> {
    state.alerts.act(&request, &asked).await.map(|alert| Success(OneAlert { alert }))
}

/// When alerts are raised, and where they are told. For administrators.
#[utoipa::path(get, path = "/api/database/alert-rules", tag = "Database",
    responses((status = 200, body = AlertRules)))]
async fn rules(State(state): State<AppState>, Context(request): Context) -> Answer<AlertRules> {
    state.alerts.rules(&request).await.map(Success)
}

/// Replaces the rules; kinds that are left out have their usual rule. For administrators.
#[utoipa::path(put, path = "/api/database/alert-rules", tag = "Database",
    request_body = AlertRules,
    responses(
        (status = 200, body = AlertRules),
        (status = 400, description = "With every field that is wrong"),
        (status = 409, description = "Changed since `version`; `current` has what stands")))]
async fn set_rules(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(asked): Typed<AlertRules>,
) -> Answer<AlertRules> {
    state.alerts.set_rules(&request, &asked).await.map(Success)
}
