//! What the database does, panel by panel.
//!
//! A script reads any panel by one operation; a page loads each by a function of its own, whose
//! query has the types of that one list.

use crate::{
    api::{codec::Answer, error::ApiError, operation::operations},
    domain::{
        chart::{Chart, Range},
        database::{
            Bloat, Connections, ExplainAnswer, HealthChart, IndexPage, IndexQuery, OverviewAnswer,
            Panel, QueryPage, QueryQuery, SetupAnswer, SignalAnswer, StatementHistory, TablePage,
            TableQuery, Target,
        },
    },
};
use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use std::ops::Not;
use utoipa::{IntoParams, ToSchema};

operations! { "Database";
    /// What the database does; every value with `asOf` and `quality`, or `unavailable` and why.
    /// `full` takes no filters.
    ReadHealth = GET "/api/database/health", query HealthQuery => HealthAnswer;

    /// Measures the bloat of one table or index, which reads it.
    MeasureBloat = POST "/api/database/health/exact-bloat", body ExactBloatRequest
        => ExactBloatAnswer,
        refuses { 404: "No such table or index" };

    /// The plan of a statement of the list, for parameters of any value. The statement is not
    /// executed.
    ExplainStatement = POST "/api/database/health/explain", body ExplainRequest => ExplainAnswer,
        refuses { 404: "No such statement" };

    /// Ends the statement that a session runs.
    CancelStatement = POST "/api/database/connections/{pid}/cancel", at i32, body SignalRequest
        => SignalAnswer;

    /// Ends a session; what it has not committed is rolled back.
    TerminateSession = POST "/api/database/connections/{pid}/terminate", at i32, body SignalRequest
        => SignalAnswer;

    /// Which extensions and rights the health of the database needs, whether they are there, and
    /// the way to them.
    ReadSetup = GET "/api/database/setup" => SetupAnswer;
}

/// What of the health is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum HealthPart {
    /// All of them, each with its first page.
    #[default]
    Full,
    Overview,
    Tables,
    Indexes,
    Queries,
    Connections,
}

/// What can be wrong with what is listed; each list has some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum HealthProblem {
    Bloat,
    VacuumDue,
    AnalyzeDue,
    Unused,
    Duplicate,
    Invalid,
}

/// What a list is sorted by; each has some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum HealthSort {
    Size,
    Name,
    Table,
    Rows,
    DeadRows,
    DeadRatio,
    Scans,
    Bloat,
    LastVacuum,
    LastAnalyze,
    TotalTime,
    MeanTime,
    MaxTime,
    Calls,
}

/// Query of the health. `problem` and `sort` are words of the list that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HealthQuery {
    /// `full` when absent.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub part: Option<HealthPart>,
    /// Read now: the overview instead of within the last five seconds, the lists of tables and
    /// indexes instead of within the last five minutes.
    #[serde(skip_serializing_if = "Not::not")]
    pub fresh: bool,
    /// Part of the name or of the statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Tables: `bloat`, `vacuumDue`, `analyzeDue`; indexes: `unused`, `duplicate`, `invalid`,
    /// `bloat`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub problem: Option<HealthProblem>,
    /// Slow statements only.
    #[serde(skip_serializing_if = "Not::not")]
    pub slow: bool,
    /// Train's own statements too: reading these figures, maintenance, steps of the schema.
    #[serde(skip_serializing_if = "Not::not")]
    pub own: bool,
    /// A column of the list, the largest first. Tables: `size`, `name`, `rows`, `deadRows`,
    /// `deadRatio`, `bloat`, `lastVacuum`, `lastAnalyze`; indexes: `size`, `name`, `table`,
    /// `scans`, `bloat`; statements: `totalTime`, `meanTime`, `maxTime`, `calls`, `rows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub sort: Option<HealthSort>,
    /// The other way round.
    #[serde(skip_serializing_if = "Not::not")]
    pub reverse: bool,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1–100, 20 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// The parts that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overview: Option<OverviewAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tables: Option<Panel<TablePage>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indexes: Option<Panel<IndexPage>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queries: Option<Panel<QueryPage>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<Connections>,
}

/// Body of cancelling and terminating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignalRequest {
    /// `startedAt` of the session, so that a later one with the same number is left alone.
    pub started_at: DateTime<Utc>,
}

/// Which statement is explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExplainRequest {
    /// `id` of a statement of the list.
    pub query_id: String,
}

/// What is measured.
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
#[server(endpoint = "fn/database-overview", input = Json, output = Answer)]
pub async fn load_overview(fresh: bool) -> Result<OverviewAnswer, ApiError> {
    use crate::server::http::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.alerts.overview(&request, fresh).await.map_err(|error| request.fail(error))
}

/// One page of tables.
#[server(endpoint = "fn/database-tables", input = Json, output = Answer)]
pub async fn load_tables(query: TableQuery) -> Result<Panel<TablePage>, ApiError> {
    use crate::server::http::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.health.tables(&request, &query).await.map_err(|error| request.fail(error))
}

/// One page of indexes.
#[server(endpoint = "fn/database-indexes", input = Json, output = Answer)]
pub async fn load_indexes(query: IndexQuery) -> Result<Panel<IndexPage>, ApiError> {
    use crate::server::http::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.health.indexes(&request, &query).await.map_err(|error| request.fail(error))
}

/// One page of statements.
#[server(endpoint = "fn/database-queries", input = Json, output = Answer)]
pub async fn load_queries(query: QueryQuery) -> Result<Panel<QueryPage>, ApiError> {
    use crate::server::http::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.health.queries(&request, &query).await.map_err(|error| request.fail(error))
}

/// Who is connected, and who waits for whom.
#[server(endpoint = "fn/database-connections", input = Json, output = Answer)]
pub async fn load_connections() -> Result<Connections, ApiError> {
    use crate::server::http::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.alerts.connections(&request).await.map_err(|error| request.fail(error))
}

/// What the health pages need and whether it is there.
#[server(endpoint = "fn/database-setup", input = Json, output = Answer)]
pub async fn load_setup() -> Result<SetupAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadSetup>((), Nothing {}, Nothing {}).await
}

/// A part of the history, drawn.
#[server(endpoint = "fn/database-chart", input = Json, output = Answer)]
pub async fn draw_health(chart: HealthChart, range: Range) -> Result<Chart, ApiError> {
    use crate::server::http::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    let plot = state.health.chart(&request, chart, range).await;
    plot.map(Chart::Plot).map_err(|error| request.fail(error))
}

/// What one statement did over a part of the history, drawn.
#[server(endpoint = "fn/database-statement", input = Json, output = Answer)]
pub async fn load_statement(id: String, range: Range) -> Result<StatementHistory, ApiError> {
    use crate::server::http::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.health.statement(&request, &id, range).await.map_err(|error| request.fail(error))
}
