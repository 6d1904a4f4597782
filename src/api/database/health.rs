//! What the database does, panel by panel.

use crate::{
    api::error::ApiError,
    domain::{
        chart::Chart,
        database_health::{
            Bloat, Connections, HealthChart, IndexPage, IndexQuery, OverviewAnswer, Panel,
            QueryPage, QueryQuery, SetupReport, TablePage, TableQuery, Target,
        },
    },
};
use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Body of the routes that end something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignalRequest {
    /// `startedAt` of the session, so that a later one with the same number is left alone.
    pub started_at: DateTime<Utc>,
}

/// Body of `POST /api/database/health/explain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExplainRequest {
    /// `id` of a statement of the list.
    pub query_id: String,
}

/// Body of `POST /api/database/health/exact-bloat`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExactBloatRequest {
    pub target: Target,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExactBloatAnswer {
    pub bloat: Panel<Bloat>,
}

/// The database at a glance, and how many alerts are open. `fresh`: read anew instead of what is
/// remembered.
#[server(endpoint = "fn/database-overview", input = Json, output = Json)]
pub async fn read_overview(fresh: bool) -> Result<OverviewAnswer, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.alerts.overview(&request, fresh).await.map_err(|error| request.fail(error))
}

/// One page of tables.
#[server(endpoint = "fn/database-tables", input = Json, output = Json)]
pub async fn read_tables(query: TableQuery) -> Result<Panel<TablePage>, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.health.tables(&request, &query).await.map_err(|error| request.fail(error))
}

/// One page of indexes.
#[server(endpoint = "fn/database-indexes", input = Json, output = Json)]
pub async fn read_indexes(query: IndexQuery) -> Result<Panel<IndexPage>, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.health.indexes(&request, &query).await.map_err(|error| request.fail(error))
}

/// One page of statements.
#[server(endpoint = "fn/database-queries", input = Json, output = Json)]
pub async fn read_queries(query: QueryQuery) -> Result<Panel<QueryPage>, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.health.queries(&request, &query).await.map_err(|error| request.fail(error))
}

/// Who is connected, and who waits for whom.
#[server(endpoint = "fn/database-connections", input = Json, output = Json)]
pub async fn read_connections() -> Result<Connections, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.health.connections(&request).await.map_err(|error| request.fail(error))
}

/// What the health pages need and whether it is there.
#[server(endpoint = "fn/database-setup", input = Json, output = Json)]
pub async fn read_setup() -> Result<SetupReport, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.health.setup(&request).await.map_err(|error| request.fail(error))
}

/// History, drawn.
#[server(endpoint = "fn/database-chart", input = Json, output = Json)]
pub async fn draw_health(chart: HealthChart) -> Result<Chart, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.health.chart(&request, chart).await.map_err(|error| request.fail(error))
}
