//! Operations and schedules.

use crate::{
    api::error::ApiError,
    domain::database_health::{Operation, OperationPage, OperationQuery, Preflight, Schedule},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OneOperation {
    pub operation: Operation,
}

/// What to know before an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OnePreflight {
    pub preflight: Preflight,
}

/// One page of the log, or what runs now.
#[server(endpoint = "fn/database-operations", input = Json, output = Json)]
pub async fn list_operations(query: OperationQuery) -> Result<OperationPage, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.maintenance.list(&request, &query).await.map_err(|error| request.fail(error))
}

/// Routine maintenance.
#[server(endpoint = "fn/database-schedules", input = Json, output = Json)]
pub async fn list_schedules() -> Result<Vec<Schedule>, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.maintenance.schedules(&request).await.map_err(|error| request.fail(error))
}
