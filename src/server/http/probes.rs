//! For machines that watch the server: is it alive, can it work, and its numbers.

use super::answer::{Answer, Success};
use crate::{
    api::error::ApiError,
    server::{database::migrations, error::ServiceError, state::AppState},
};
use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use std::time::Duration;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// The process runs.
///
/// Says nothing of the database: restarting the server would not bring that back.
#[utoipa::path(get, path = "/healthz", tag = "Health", responses((status = 200, description = "`success`")))]
async fn alive() -> Success<()> {
    Success(())
}

/// Requests can be served: the database answers within two seconds and has every step of the schema that this program knows, and the
/// server is not stopping.
#[utoipa::path(get, path = "/readyz", tag = "Health", responses((status = 200, description = "`success`"),
    (status = 503, description = "`database_unavailable`, `not_migrated` or `stopping`", body = ApiError)))]
async fn ready(State(state): State<AppState>) -> Answer<()> {
    if state.shutdown.has_begun() {
        let message = "The server is stopping.".into();
        return Err(ServiceError::Refused { status: 503, code: "stopping", message });
    }
    let asked = migrations::is_current(state.database.pool());
    match tokio::time::timeout(Duration::from_secs(2), asked).await {
        Ok(Ok(true)) => Ok(Success(())),
        Ok(Ok(false)) => {
            let message =
                "The database lacks steps of the schema that this program needs. Run train migrate up.".into();
            Err(ServiceError::Refused { status: 503, code: "not_migrated", message })
        }
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
    }
}

/// Counters and gauges of this process since its start, and some of the database as of the last look at its health.
#[utoipa::path(get, path = "/metrics", tag = "Health", responses((status = 200, description = "Prometheus text", content_type = "text/plain")))]
async fn metrics(State(state): State<AppState>) -> Result<impl IntoResponse, ApiError> {
    let pool = state.database.pool();
    let mut text = state.metrics.render((pool.size(), pool.num_idle()));
    text.push_str(&state.alerts.metrics().await);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text))
}
