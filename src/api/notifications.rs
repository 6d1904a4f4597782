//! Notifications as pages load them. Marking goes through the HTTP route, which scripts use as
//! well, or through the form below, which needs no script.

use super::error::ApiError;
use crate::domain::notifications::{NotificationPage, NotificationQuery};
use leptos::{prelude::*, server_fn::codec::Json};
use uuid::Uuid;

/// One page of the person's notifications, the newest first.
#[server(endpoint = "fn/notifications", input = Json, output = Json)]
pub async fn list_notifications(query: NotificationQuery) -> Result<NotificationPage, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.notifications.list(&request, &query).await.map_err(|error| request.fail(error))
}

/// Marks one as read, or all without an id, and goes back to the list.
#[server(prefix = "/api/fn", endpoint = "mark-notifications-read")]
pub async fn mark_notifications_read(id: Option<Uuid>) -> Result<(), ApiError> {
    use crate::{domain::notifications::MarkNotifications, server::page_request::page_request};
    let (state, request, _turn) = page_request().await?;
    let mark = MarkNotifications { all: id.is_none(), ids: id.into_iter().collect(), read: true };
    state.notifications.mark(&request, &mark).await.map_err(|error| request.fail(error))?;
    leptos_axum::redirect("/notifications");
    Ok(())
}
