//! `GET /api/config/change-history`.

use super::{Context, answer::Success};
use crate::{
    api::error::ApiError,
    domain::history::{ChangePage, ChangeQuery},
    server::{error::ServiceError, history, state::AppState},
};
use axum::{
    Router,
    extract::{Query, State, rejection::QueryRejection},
    routing::get,
};

pub fn routes() -> Router<AppState> {
    Router::new().route("/api/config/change-history", get(list))
}

/// The changes that the caller may see, newest first; `nextBefore` leads to the next page.
#[utoipa::path(get, path = "/api/config/change-history", tag = "History",
    params(
        ("before" = Option<i64>, Query, description = "Only changes older than this sequence number"),
        ("limit" = Option<i64>, Query, description = "1–100, 20 when absent"),
        ("path" = Option<String>, Query, description = "Only changes of this setting or group"),
        ("configType" = Option<String>, Query, description = "`user_preference` or `organization_preference_default`")),
    responses((status = 200, body = ChangePage), (status = 400, body = ApiError), (status = 401, body = ApiError)))]
async fn list(
    State(state): State<AppState>,
    Context(request): Context,
    query: Result<Query<ChangeQuery>, QueryRejection>,
) -> Result<Success<ChangePage>, ServiceError> {
    let Query(query) =
        query.map_err(|error| ServiceError::field("", format!("The query cannot be read: {}.", error.body_text())))?;
    history::list(&state.database, &request, &query).await.map(Success)
}
