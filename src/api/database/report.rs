//! The monthly report.

use crate::{
    api::{codec::Answer, error::ApiError, operation::operations},
    domain::database::{DrawnReport, Report},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

operations! { "Database";
    /// Size and where it leads, what became slower, what grew, alerts and maintenance of a month,
    /// and what to do about it. Computed now.
    ReadReport = GET "/api/database/report", query ReportQuery => ReportAnswer;
}

/// Which month is reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// `2026-11`, in UTC; the current one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
}

/// `{report}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportAnswer {
    pub report: Report,
}

/// The report of a month with its pictures.
#[server(endpoint = "fn/database-report", input = Json, output = Answer)]
pub async fn load_report(month: Option<String>) -> Result<DrawnReport, ApiError> {
    use crate::server::http::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.report.drawn(&request, month.as_deref()).await.map_err(|error| request.fail(error))
}
