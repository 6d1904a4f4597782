//! Saved views of the table of conversations.

use super::{
    codec::Answer,
    error::ApiError,
    operation::{Done, operations},
};
use crate::domain::saved_views::{SavedView, SavedViewsAnswer};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

operations! { "Conversations";
    /// The caller's own views and those that their organization shares.
    ListSavedViews = GET "/api/conversation-views" => SavedViewsAnswer;

    /// Saves filters and order under a name. A shared one is told to nobody; members find it among
    /// theirs.
    SaveView = POST "/api/conversation-views", body SavedViewRequest => 201 SavedViewAnswer;

    /// Changes a view; for its author, and of a shared one also for owners and admins.
    ChangeSavedView = PUT "/api/conversation-views/{id}", at Uuid, body SavedViewRequest
        => SavedViewAnswer;

    /// Removes a view; for the same people.
    RemoveSavedView = DELETE "/api/conversation-views/{id}", at Uuid => Done;
}

/// A view as it is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedViewRequest {
    /// 1–80 characters; no two views of one owner have the same.
    #[schema(example = "Weak scenarios")]
    pub name: String,
    /// Filters and order as an address has them; places of pages are left out.
    #[schema(example = "tier=scenario&scoreMax=6")]
    pub query: String,
    /// Which columns it shows; absent: those that each person chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// The organization's members have it too.
    #[serde(default)]
    pub is_shared: bool,
}

/// `{view}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedViewAnswer {
    pub view: SavedView,
}

/// The views, for the table and the review.
#[server(endpoint = "fn/conversation-views", input = Json, output = Answer)]
pub async fn load_saved_views() -> Result<SavedViewsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListSavedViews>((), Nothing {}, Nothing {}).await
}
