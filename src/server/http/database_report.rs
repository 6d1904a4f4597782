//! `/api/database/report`: how the database did in a month.

use super::{
    Context,
    answer::Success,
    routes::{Routes, get},
};
use crate::{
    domain::{account::Scope, database_health::Report},
    server::{access::Access, error::ServiceError, state::AppState},
};
use axum::extract::{Query, State, rejection::QueryRejection};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub fn routes() -> Routes {
    Routes::new()
        .route("/api/database/report", get(Access::Administrator(Scope::DatabaseRead), read))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    month: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReportAnswer {
    pub report: Report,
}

/// Size and where it leads, what became slower, what grew, alerts and maintenance of a month, and
/// what to do about it. Computed now.
#[utoipa::path(get, path = "/api/database/report", tag = "Database",
    params(
        ("month" = Option<String>, Query, description =
            "`2026-11`, in UTC; the current one when absent")),
    responses((status = 200, body = ReportAnswer)))]
async fn read(
    State(state): State<AppState>,
    Context(request): Context,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Success<ReportAnswer>, ServiceError> {
    let Ok(Query(asked)) = asked else {
        return Err(ServiceError::field(
            "month",
            "The only parameter is month, as in ?month=2026-11.",
        ));
    };
    let report = state.report.report(&request, asked.month.as_deref()).await?;
    Ok(Success(ReportAnswer { report }))
}
