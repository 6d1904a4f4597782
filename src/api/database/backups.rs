//! Backups.

use crate::{api::error::ApiError, domain::database_health::BackupList};
use leptos::{prelude::*, server_fn::codec::Json};

/// All backups, the newest first, and their schedule.
#[server(endpoint = "fn/database-backups", input = Json, output = Json)]
pub async fn list_backups() -> Result<BackupList, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.backups.list(&request).await.map_err(|error| request.fail(error))
}
