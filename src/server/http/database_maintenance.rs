//! `/api/database/…`: operations and schedules.

use super::{
    Context, Id,
    answer::{Answer, Created, Success},
    routes::{Routes, get, post, put},
    typed::Typed,
};
use crate::{
    api::database::maintenance::{OneOperation, OnePreflight},
    domain::{
        account::Scope,
        database_health::{
            OperationPage, OperationQuery, OperationRequest, Schedule, ScheduleRequest,
        },
    },
    server::{access::Access, error::ServiceError, state::AppState},
};
use axum::extract::{Query, State, rejection::QueryRejection};
use serde::Serialize;
use utoipa::ToSchema;

pub fn routes() -> Routes {
    let (reader, writer) =
        (Access::Administrator(Scope::DatabaseRead), Access::Administrator(Scope::DatabaseWrite));
    Routes::new()
        .route("/api/database/maintenance", get(reader, list).post(writer, begin))
        .route("/api/database/maintenance/preflight", post(reader, preflight))
        .route(
            "/api/database/maintenance/schedules",
            get(reader, schedules).post(writer, make_schedule),
        )
        .route(
            "/api/database/maintenance/schedules/{id}",
            put(writer, change_schedule).delete(writer, remove_schedule),
        )
        .route("/api/database/maintenance/{id}", get(reader, find))
        .route("/api/database/maintenance/{id}/cancel", post(writer, cancel))
}

/// One schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneSchedule {
    schedule: Schedule,
}

/// All schedules.
#[derive(Debug, Serialize, ToSchema)]
pub struct Schedules {
    schedules: Vec<Schedule>,
}

/// Everything to know before an operation: the exact statement, what it locks, who is in the way,
/// and whether it may begin. Changes nothing.
#[utoipa::path(post, path = "/api/database/maintenance/preflight", tag = "Database",
    request_body = OperationRequest,
    responses(
        (status = 200, body = OnePreflight),
        (status = 404, description = "No such table or index")))]
async fn preflight(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(asked): Typed<OperationRequest>,
) -> Answer<OnePreflight> {
    let preflight = state.maintenance.preflight(&request, &asked).await?;
    Ok(Success(OnePreflight { preflight }))
}

/// Queues an operation on a table, an index, or, said explicitly, the whole database. It runs
/// whether anybody watches or not.
#[utoipa::path(post, path = "/api/database/maintenance", tag = "Database",
    request_body = OperationRequest,
    responses(
        (status = 201, body = OneOperation),
        (status = 400, description = "Not a target, not supported, or not confirmed"),
        (status = 403, description = "Not an administrator, or `not_owner`"),
        (status = 404),
        (status = 409, description =
            "`working_hours`, `operation_open`, `not_enough_space`, `index_valid` or \
            `index_in_progress`")))]
async fn begin(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(asked): Typed<OperationRequest>,
) -> Result<Created<OneOperation>, ServiceError> {
    let operation = state.maintenance.begin(&request, &asked).await?;
    Ok(Created(OneOperation { operation }))
}

/// The log, the newest first, or what waits and runs.
#[utoipa::path(get, path = "/api/database/maintenance", tag = "Database",
    params(
        ("type" = Option<String>, Query, description =
            "`history` (default): all; `running`: queued and running ones"),
        ("schema" = Option<String>, Query),
        ("table" = Option<String>, Query, description = "Only of this table and its indexes"),
        ("page" = Option<i64>, Query, description = "From 1"),
        ("limit" = Option<i64>, Query, description = "1–100, 50 when absent")),
    responses((status = 200, body = OperationPage)))]
async fn list(
    State(state): State<AppState>,
    Context(request): Context,
    asked: Result<Query<OperationQuery>, QueryRejection>,
) -> Answer<OperationPage> {
    let Query(query) = asked.map_err(|error| {
        ServiceError::field("", format!("The query cannot be read: {}.", error.body_text()))
    })?;
    state.maintenance.list(&request, &query).await.map(Success)
}

/// One operation with its progress or its verified outcome.
#[utoipa::path(get, path = "/api/database/maintenance/{id}", tag = "Database",
    responses((status = 200, body = OneOperation)))]
async fn find(
    State(state): State<AppState>,
    Context(request): Context,
    Id(id): Id,
) -> Answer<OneOperation> {
    let operation = state.maintenance.find(&request, id).await?;
    Ok(Success(OneOperation { operation }))
}

/// Cancels an operation: one that waits at once, one that runs as soon as PostgreSQL stops it. One
/// that is over stays as it is.
#[utoipa::path(post, path = "/api/database/maintenance/{id}/cancel", tag = "Database",
    responses((status = 200, body = OneOperation)))]
async fn cancel(
    State(state): State<AppState>,
    Context(request): Context,
    Id(id): Id,
) -> Answer<OneOperation> {
    let operation = state.maintenance.cancel(&request, id).await?;
    Ok(Success(OneOperation { operation }))
}

/// What is done regularly, and when next.
#[utoipa::path(get, path = "/api/database/maintenance/schedules", tag = "Database",
    responses((status = 200, body = Schedules)))]
async fn schedules(State(state): State<AppState>, Context(request): Context) -> Answer<Schedules> {
    let schedules = state.maintenance.schedules(&request).await?;
    Ok(Success(Schedules { schedules }))
}

/// A new schedule, of VACUUM and ANALYZE only.
#[utoipa::path(post, path = "/api/database/maintenance/schedules", tag = "Database",
    request_body = ScheduleRequest,
    responses((status = 201, body = OneSchedule), (status = 404, description = "No such table")))]
async fn make_schedule(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(asked): Typed<ScheduleRequest>,
) -> Result<Created<OneSchedule>, ServiceError> {
    let schedule = state.maintenance.set_schedule(&request, None, &asked).await?;
    Ok(Created(OneSchedule { schedule }))
}

/// Changes a schedule as a whole.
#[utoipa::path(put, path = "/api/database/maintenance/schedules/{id}", tag = "Database",
    request_body = ScheduleRequest, responses((status = 200, body = OneSchedule)))]
async fn change_schedule(
    State(state): State<AppState>,
    Context(request): Context,
    Id(id): Id,
    Typed(asked): Typed<ScheduleRequest>,
) -> Answer<OneSchedule> {
    let schedule = state.maintenance.set_schedule(&request, Some(id), &asked).await?;
    Ok(Success(OneSchedule { schedule }))
}

/// Removes a schedule. What it has queued stays.
#[utoipa::path(delete, path = "/api/database/maintenance/schedules/{id}", tag = "Database",
    responses((status = 200, description = "Gone")))]
async fn remove_schedule(
    State(state): State<AppState>,
    Context(request): Context,
    Id(id): Id,
) -> Answer<()> {
    state.maintenance.remove_schedule(&request, id).await.map(Success)
}
