//! Maintenance: operations, their log, and schedules.

use crate::{
    api::{
        codec::Answer,
        error::ApiError,
        operation::{Done, operations},
    },
    domain::database::{
        Operation, OperationPage, OperationQuery, OperationRequest, Preflight, Schedule,
        ScheduleRequest,
    },
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

operations! { "Database";
    /// The log, the newest first, or what waits and runs.
    ListOperations = GET "/api/database/maintenance", query OperationQuery => OperationPage;

    /// Queues an operation on a table, an index, or, said explicitly, the whole database. It runs
    /// whether anybody watches or not.
    BeginOperation = POST "/api/database/maintenance", body OperationRequest => 201 OperationAnswer,
        refuses {
            400: "Not a target, not supported, or not confirmed",
            403: "Not an administrator, or `not_owner`",
            404: "No such table or index",
            409: "`working_hours`, `operation_open`, `not_enough_space`, `index_valid` or \
                `index_in_progress`",
        };

    /// Everything to know before an operation: the exact statement, what it locks, who is in the
    /// way, and whether it may begin. Changes nothing.
    CheckOperation = POST "/api/database/maintenance/preflight", body OperationRequest
        => PreflightAnswer,
        refuses { 404: "No such table or index" };

    /// What is done regularly, and when next.
    ListSchedules = GET "/api/database/maintenance/schedules" => SchedulesAnswer;

    /// A new schedule, of VACUUM and ANALYZE only.
    MakeSchedule = POST "/api/database/maintenance/schedules", body ScheduleRequest
        => 201 ScheduleAnswer,
        refuses { 404: "No such table" };

    /// Changes a schedule as a whole.
    ChangeSchedule = PUT "/api/database/maintenance/schedules/{id}", at Uuid, body ScheduleRequest
        => ScheduleAnswer;

    /// Removes a schedule. What it has queued stays.
    RemoveSchedule = DELETE "/api/database/maintenance/schedules/{id}", at Uuid => Done;

    /// One operation with its progress or its verified outcome.
    ReadOperation = GET "/api/database/maintenance/{id}", at Uuid => OperationAnswer;

    /// Cancels an operation: one that waits at once, one that runs as soon as PostgreSQL stops it.
    /// One that is over stays as it is.
    CancelOperation = POST "/api/database/maintenance/{id}/cancel", at Uuid => OperationAnswer;
}

/// `{operation}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OperationAnswer {
    pub operation: Operation,
}

/// `{preflight}`: what to know before an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreflightAnswer {
    pub preflight: Preflight,
}

/// `{schedule}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleAnswer {
    pub schedule: Schedule,
}

/// `{schedules}`: all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SchedulesAnswer {
    pub schedules: Vec<Schedule>,
}

/// One page of the log, or what runs now.
#[server(endpoint = "fn/database-operations", input = Json, output = Answer)]
pub async fn load_operations(query: OperationQuery) -> Result<OperationPage, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListOperations>((), query, Nothing {}).await
}

/// Routine maintenance.
#[server(endpoint = "fn/database-schedules", input = Json, output = Answer)]
pub async fn load_schedules() -> Result<SchedulesAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListSchedules>((), Nothing {}, Nothing {}).await
}
