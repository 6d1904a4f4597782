//! Alerts and their rules.

use crate::{
    api::{codec::Answer, error::ApiError, operation::operations},
    domain::{
        chart::Range,
        database::{
            Alert, AlertKind, AlertPage, AlertQuery, AlertRequest, AlertRules, AlertTimeline,
            Severity,
        },
    },
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

operations! { "Database";
    /// What is or was wrong with the database: the worst first, then the newest. For
    /// administrators.
    ListAlerts = GET "/api/database/alerts", query AlertQuery => AlertPage;

    /// Acknowledges, resolves or mutes an alert. Resolved by hand while it is still so, it is not
    /// raised again before it was gone or gets worse. For administrators.
    ChangeAlert = PATCH "/api/database/alerts", body AlertRequest => AlertAnswer,
        refuses { 404: "No such alert", 409: "`already_resolved`" };

    /// When alerts are raised, and where they are told. For administrators.
    ReadAlertRules = GET "/api/database/alert-rules" => AlertRules;

    /// Replaces the rules; kinds that are left out have their usual rule. For administrators.
    ReplaceAlertRules = PUT "/api/database/alert-rules", body AlertRules => AlertRules,
        refuses {
            400: "With every field that is wrong",
            409: "Changed since `version`; `current` has what stands",
        };
}

/// `{alert}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertAnswer {
    pub alert: Alert,
}

/// One page of alerts.
#[server(endpoint = "fn/database-alerts", input = Json, output = Answer)]
pub async fn load_alerts(query: AlertQuery) -> Result<AlertPage, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListAlerts>((), query, Nothing {}).await
}

/// When alerts were open in a part of the history.
#[server(endpoint = "fn/database-alert-timeline", input = Json, output = Answer)]
pub async fn load_alert_timeline(
    range: Range,
    severity: Option<Severity>,
    kind: Option<AlertKind>,
) -> Result<AlertTimeline, ApiError> {
    use crate::server::http::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    let timeline = state.alerts.timeline(&request, range, severity, kind).await;
    timeline.map_err(|error| request.fail(error))
}

/// When alerts are raised.
#[server(endpoint = "fn/database-alert-rules", input = Json, output = Answer)]
pub async fn load_alert_rules() -> Result<AlertRules, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadAlertRules>((), Nothing {}, Nothing {}).await
}
