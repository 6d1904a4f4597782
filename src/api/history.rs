//! The change history as pages load it. Rolling back goes through the HTTP route, which scripts use
//! as well.

use super::error::ApiError;
use crate::domain::history::{ChangeDetail, ChangePage, ChangeQuery, Statistics, StatisticsQuery};
use leptos::{prelude::*, server_fn::codec::Json};
use uuid::Uuid;

/// One page of the changes that the signed-in person may see, newest first.
#[server(endpoint = "fn/changes", input = Json, output = Json)]
pub async fn list_changes(query: ChangeQuery) -> Result<ChangePage, ApiError> {
    use crate::server::{history, page_request::page_request};
    let (state, request, _turn) = page_request().await?;
    history::list(&state.database, &request, &query).await.map_err(|error| request.fail(error))
}

/// One change with everything that is known of it.
#[server(endpoint = "fn/change", input = Json, output = Json)]
pub async fn read_change(id: Uuid) -> Result<ChangeDetail, ApiError> {
    use crate::server::{history, page_request::page_request};
    let (state, request, _turn) = page_request().await?;
    history::detail(&state.database, &request, id).await.map_err(|error| request.fail(error))
}

/// How much was changed in the last days.
#[server(endpoint = "fn/change-statistics", input = Json, output = Json)]
pub async fn read_statistics(query: StatisticsQuery) -> Result<Statistics, ApiError> {
    use crate::server::{history, page_request::page_request};
    let (state, request, _turn) = page_request().await?;
    history::statistics(&state.database, &request, &query)
        .await
        .map_err(|error| request.fail(error))
}
