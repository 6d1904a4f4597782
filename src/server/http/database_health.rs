//! `/api/database/…`: the health of the database.

use super::{
    Context,
    answer::Success,
    routes::{Routes, get, post},
    typed::Typed,
};
use crate::{
    api::database::health::{ExactBloatAnswer, ExactBloatRequest, ExplainRequest, SignalRequest},
    domain::{
        account::Scope,
        database_health::{
            Connections, Explanation, IndexPage, IndexQuery, OverviewAnswer, Panel, QueryPage,
            QueryQuery, SetupReport, SignalAnswer, TablePage, TableQuery,
        },
    },
    server::{
        access::Access, context::RequestContext, database::apart, error::ServiceError,
        health::Signal, state::AppState,
    },
};
use axum::extract::{
    Path, Query, State,
    rejection::{PathRejection, QueryRejection},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

pub fn routes() -> Routes {
    let (reader, writer) =
        (Access::Administrator(Scope::DatabaseRead), Access::Administrator(Scope::DatabaseWrite));
    Routes::new()
        .route("/api/database/health", get(reader, health))
        .route("/api/database/health/exact-bloat", post(writer, exact_bloat))
        .route("/api/database/health/explain", post(reader, explain))
        .route("/api/database/connections/{pid}/cancel", post(writer, cancel))
        .route("/api/database/connections/{pid}/terminate", post(writer, terminate))
        .route("/api/database/setup", get(reader, setup))
}

/// Query of `GET /api/database/health`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Asked {
    r#type: Option<String>,
    fresh: bool,
    search: Option<String>,
    problem: Option<String>,
    slow: bool,
    sort: Option<String>,
    reverse: bool,
    page: Option<i64>,
    limit: Option<i64>,
}

/// The parts that were asked for.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    overview: Option<OverviewAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tables: Option<Panel<TablePage>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    indexes: Option<Panel<IndexPage>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queries: Option<Panel<QueryPage>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<Connections>,
}

fn word<T: DeserializeOwned>(field: &str, word: Option<&str>) -> Result<Option<T>, ServiceError> {
    let read = |word: &str| serde_json::from_value(Value::String(word.to_owned()));
    word.map(read).transpose().map_err(|_| {
        ServiceError::field(field, format!("This is not a {field} that this list has."))
    })
}

impl Asked {
    fn tables(&self) -> Result<TableQuery, ServiceError> {
        let (problem, sort) =
            (word("problem", self.problem.as_deref())?, word("sort", self.sort.as_deref())?);
        let (search, reverse, page, limit) =
            (self.search.clone(), self.reverse, self.page, self.limit);
        Ok(TableQuery {
            search,
            problem,
            sort: sort.unwrap_or_default(),
            reverse,
            page,
            limit,
            fresh: self.fresh,
        })
    }

    fn indexes(&self) -> Result<IndexQuery, ServiceError> {
        let (problem, sort) =
            (word("problem", self.problem.as_deref())?, word("sort", self.sort.as_deref())?);
        let (search, reverse, page, limit) =
            (self.search.clone(), self.reverse, self.page, self.limit);
        Ok(IndexQuery {
            search,
            problem,
            sort: sort.unwrap_or_default(),
            reverse,
            page,
            limit,
            fresh: self.fresh,
        })
    }

    fn queries(&self) -> Result<QueryQuery, ServiceError> {
        let sort = word("sort", self.sort.as_deref())?.unwrap_or_default();
        let (search, reverse, page, limit) =
            (self.search.clone(), self.reverse, self.page, self.limit);
        Ok(QueryQuery { search, slow: self.slow, sort, reverse, page, limit })
    }
}

/// What the database does; every value with `asOf` and `quality`, or `unavailable` and why. `full`
/// takes no filters.
#[utoipa::path(get, path = "/api/database/health", tag = "Database",
    params(
        ("type" = Option<String>, Query, description =
            "`full` (default), `overview`, `tables`, `indexes`, `queries` or `connections`"),
        ("fresh" = Option<bool>, Query, description =
            "Read now: the overview instead of within the last five seconds, the lists of tables \
            and indexes instead of within the last five minutes"),
        ("search" = Option<String>, Query, description = "Part of the name or of the statement"),
        ("problem" = Option<String>, Query, description =
            "Tables: `bloat`, `vacuumDue`, `analyzeDue`; indexes: `unused`, `duplicate`, \
            `invalid`, `bloat`"),
        ("slow" = Option<bool>, Query, description = "Slow statements only"),
        ("sort" = Option<String>, Query, description = "A column of the list, the largest first"),
        ("reverse" = Option<bool>, Query, description = "The other way round"),
        ("page" = Option<i64>, Query, description = "From 1"),
        ("limit" = Option<i64>, Query, description = "1–100, 20 when absent")),
    responses((status = 200, body = HealthAnswer)))]
async fn health(
    State(state): State<AppState>,
    Context(request): Context,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Success<HealthAnswer>, ServiceError> {
    let Query(asked) = asked.map_err(|error| {
        ServiceError::field("", format!("The query cannot be read: {}.", error.body_text()))
    })?;
    let (health, alerts) = (&state.health, &state.alerts);
    let answer = match asked.r#type.as_deref() {
        None | Some("full") => {
            let limit = asked.limit;
            let (tables, indexes, queries) = (
                TableQuery { limit, fresh: asked.fresh, ..TableQuery::default() },
                IndexQuery { limit, fresh: asked.fresh, ..IndexQuery::default() },
                QueryQuery { limit, ..QueryQuery::default() },
            );
            let (overview, tables, indexes, queries, connections) = tokio::try_join!(
                apart(alerts.overview(&request, asked.fresh)),
                apart(health.tables(&request, &tables)),
                apart(health.indexes(&request, &indexes)),
                apart(health.queries(&request, &queries)),
                apart(health.connections(&request)),
            )?;
            HealthAnswer {
                overview: Some(overview),
                tables: Some(tables),
                indexes: Some(indexes),
                queries: Some(queries),
                connections: Some(connections),
            }
        }
        Some("overview") => HealthAnswer {
            overview: Some(alerts.overview(&request, asked.fresh).await?),
            ..HealthAnswer::default()
        },
        Some("tables") => HealthAnswer {
            tables: Some(health.tables(&request, &asked.tables()?).await?),
            ..HealthAnswer::default()
        },
        Some("indexes") => HealthAnswer {
            indexes: Some(health.indexes(&request, &asked.indexes()?).await?),
            ..HealthAnswer::default()
        },
        Some("queries") => HealthAnswer {
            queries: Some(health.queries(&request, &asked.queries()?).await?),
            ..HealthAnswer::default()
        },
        Some("connections") => HealthAnswer {
            connections: Some(health.connections(&request).await?),
            ..HealthAnswer::default()
        },
        Some(_) => {
            let sentence =
                "The type must be full, overview, tables, indexes, queries or connections.";
            return Err(ServiceError::field("type", sentence));
        }
    };
    Ok(Success(answer))
}

/// Measures the bloat of one table or index, which reads it.
#[utoipa::path(post, path = "/api/database/health/exact-bloat", tag = "Database",
    request_body = ExactBloatRequest,
    responses((status = 200, body = ExactBloatAnswer), (status = 404)))]
async fn exact_bloat(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(ExactBloatRequest { target }): Typed<ExactBloatRequest>,
) -> Result<Success<ExactBloatAnswer>, ServiceError> {
    state
        .health
        .exact_bloat(&request, &target)
        .await
        .map(|bloat| Success(ExactBloatAnswer { bloat }))
}

/// The plan of a statement of the list, for parameters of any value. The statement is not executed.
#[utoipa::path(post, path = "/api/database/health/explain", tag = "Database",
    request_body = ExplainRequest, responses((status = 200, body = Explanation), (status = 404)))]
async fn explain(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(ExplainRequest { query_id }): Typed<ExplainRequest>,
) -> Result<Success<Explanation>, ServiceError> {
    state.health.explain(&request, &query_id).await.map(Success)
}

/// Ends the statement that a session runs.
#[utoipa::path(post, path = "/api/database/connections/{pid}/cancel", tag = "Database",
    request_body = SignalRequest, params(("pid" = i32, Path)),
    responses((status = 200, body = SignalAnswer)))]
async fn cancel(
    State(state): State<AppState>,
    Context(request): Context,
    pid: Result<Path<i32>, PathRejection>,
    Typed(body): Typed<SignalRequest>,
) -> Result<Success<SignalAnswer>, ServiceError> {
    signal(&state, &request, pid, &body, Signal::Cancel).await
}

/// Ends a session; what it has not committed is rolled back.
#[utoipa::path(post, path = "/api/database/connections/{pid}/terminate", tag = "Database",
    request_body = SignalRequest, params(("pid" = i32, Path)),
    responses((status = 200, body = SignalAnswer)))]
async fn terminate(
    State(state): State<AppState>,
    Context(request): Context,
    pid: Result<Path<i32>, PathRejection>,
    Typed(body): Typed<SignalRequest>,
) -> Result<Success<SignalAnswer>, ServiceError> {
    signal(&state, &request, pid, &body, Signal::Terminate).await
}

async fn signal(
    state: &AppState,
    request: &RequestContext,
    pid: Result<Path<i32>, PathRejection>,
    body: &SignalRequest,
    signal: Signal,
) -> Result<Success<SignalAnswer>, ServiceError> {
    let Path(pid) = pid.map_err(|_| ServiceError::NotFound("This session"))?;
    state.health.signal(request, pid, body.started_at, signal).await.map(Success)
}

/// Which extensions and rights the health of the database needs, whether they are there, and the
/// way to them.
#[utoipa::path(get, path = "/api/database/setup", tag = "Database",
    responses((status = 200, body = SetupReport)))]
async fn setup(
    State(state): State<AppState>,
    Context(request): Context,
) -> Result<Success<SetupReport>, ServiceError> {
    state.health.setup(&request).await.map(Success)
}
