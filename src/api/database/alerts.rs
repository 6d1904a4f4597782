//! Alerts and their rules.

use crate::{
    api::error::ApiError,
    domain::database_health::{AlertPage, AlertQuery, AlertRules},
};
use leptos::{prelude::*, server_fn::codec::Json};

/// One page of alerts.
#[server(endpoint = "fn/database-alerts", input = Json, output = Json)]
pub async fn list_alerts(query: AlertQuery) -> Result<AlertPage, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.alerts.list(&request, &query).await.map_err(|error| request.fail(error))
}

/// When alerts are raised.
#[server(endpoint = "fn/database-alert-rules", input = Json, output = Json)]
pub async fn read_alert_rules() -> Result<AlertRules, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.alerts.rules(&request).await.map_err(|error| request.fail(error))
}
