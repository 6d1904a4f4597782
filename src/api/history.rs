//! The change history as pages load it.

use super::error::ApiError;
use crate::domain::history::{ChangePage, ChangeQuery};
use leptos::{prelude::*, server_fn::codec::Json};

/// One page of the changes that the signed-in person may see, newest first.
#[server(endpoint = "fn/changes", input = Json, output = Json)]
pub async fn list_changes(query: ChangeQuery) -> Result<ChangePage, ApiError> {
    use crate::server::{history, http::page_request};
    let (state, request) = page_request()?;
    history::list(&state.database, &request, &query).await.map_err(|error| request.fail(error))
}
