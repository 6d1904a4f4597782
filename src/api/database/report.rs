//! The monthly report.

use crate::{
    api::error::ApiError,
    domain::database_health::{Report, ReportPlot},
};
use leptos::{prelude::*, server_fn::codec::Json};

/// The report of a month, `2026-11`; of the current one when absent.
#[server(endpoint = "fn/database-report", input = Json, output = Json)]
pub async fn read_report(month: Option<String>) -> Result<Report, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.report.report(&request, month.as_deref()).await.map_err(|error| request.fail(error))
}

/// Its plots.
#[server(endpoint = "fn/database-report-plots", input = Json, output = Json)]
pub async fn draw_report(month: Option<String>) -> Result<Vec<ReportPlot>, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.report.plots(&request, month.as_deref()).await.map_err(|error| request.fail(error))
}
