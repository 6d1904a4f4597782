//! For machines that watch the server: is it alive, can it work, and its numbers.

use super::{
    answer::request_id,
    dispatch::write,
    routes::{Probe, Routes},
};
use crate::{
    api::{
        error::ApiError,
        operation::Done,
        probes::{CheckLiveness, CheckReadiness, ReadMetrics},
    },
    domain::error_code::ErrorCode,
    server::{
        foundation::error::{READ_ONLY, ServiceError},
        http::state::AppState,
        postgres::{Database, migrations},
    },
};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use std::time::Duration;

pub fn routes() -> Routes {
    Routes::new().probe::<CheckLiveness>().probe::<CheckReadiness>().probe::<ReadMetrics>()
}

impl Probe for CheckLiveness {
    async fn look(_: AppState) -> Result<Response, ApiError> {
        Ok(write::<Self>(Done {}))
    }
}

impl Probe for CheckReadiness {
    async fn look(state: AppState) -> Result<Response, ApiError> {
        ready(&state).await?;
        Ok(write::<Self>(Done {}))
    }
}

impl Probe for ReadMetrics {
    async fn look(state: AppState) -> Result<Response, ApiError> {
        let pool = state.database.pool();
        let mut text = state.metrics.render((pool.size(), pool.num_idle()));
        text.push_str(&state.alerts.metrics().await);
        Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
    }
}

async fn ready(state: &AppState) -> Result<(), ApiError> {
    if state.shutdown.is_cancelled() {
        return Err(ServiceError::refused(ErrorCode::Stopping, "The server is stopping.")
            .into_api(&request_id()));
    }
    // Whoever reaches the server may ask, as often as they like: one looks for all who wait.
    let looking = async {
        let can = look(&state.database).await;
        can.map_err(|error| error.into_api(&request_id()))
    };
    let asked = state.readiness.get(Duration::ZERO, looking);
    let answer = tokio::time::timeout(Duration::from_secs(2), asked).await;
    let late = |_| Err(ServiceError::from(sqlx::Error::PoolTimedOut).into_api(&request_id()));
    answer.unwrap_or_else(late).map_err(|error| ApiError { request_id: request_id(), ..error })
}

/// Whether the database can serve requests.
async fn look(database: &Database) -> Result<(), ServiceError> {
    if !migrations::is_current(database.pool()).await? {
        let message = "The database lacks steps of the schema that this program needs. Run \
            train migrate up.";
        return Err(ServiceError::refused(ErrorCode::NotMigrated, message));
    }
    match database.can_write().await {
        Ok(true) => Ok(()),
        Ok(false) => Err(ServiceError::refused(ErrorCode::DatabaseReadOnly, READ_ONLY)),
        Err(error) if ServiceError::is_known_trouble(&error) => Err(error.into()),
        // Whatever it is, the server is not ready; it is no fault of the program.
        Err(error) => {
            tracing::error!(%error, "the database cannot be written to");
            let message = "The database answers, but cannot be written to.";
            Err(ServiceError::refused(ErrorCode::DatabaseUnavailable, message))
        }
    }
}
