//! What the person was told. Marking goes by the operation, or by the form below, which needs no
//! script.

use super::{codec::Answer, error::ApiError, operation::operations};
use crate::domain::notifications::{MarkAnswer, MarkRequest, NotificationPage, NotificationQuery};
use leptos::{prelude::*, server_fn::codec::Json};
use uuid::Uuid;

operations! { "Notifications";
    /// What the person was told, newest first; `nextBefore` leads to the next page. `unread` counts
    /// all of them.
    ListNotifications = GET "/api/notifications", query NotificationQuery => NotificationPage;

    /// Marks some by `ids`, or `all`, as read or unread. Unknown ones and those of others are
    /// passed over.
    MarkNotifications = PATCH "/api/notifications", body MarkRequest => MarkAnswer;
}

/// One page of the person's notifications, the newest first, for their page.
#[server(endpoint = "fn/notifications", input = Json, output = Answer)]
pub async fn load_notifications(query: NotificationQuery) -> Result<NotificationPage, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListNotifications>((), query, Nothing {}).await
}

/// The form that marks one as read, or all without an id. Goes back to the list.
#[server(prefix = "/api/fn", endpoint = "mark-notifications-read")]
pub async fn mark_by_form(id: Option<Uuid>) -> Result<(), ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    let mark = MarkRequest { all: id.is_none(), ids: id.into_iter().collect(), read: true };
    run::<MarkNotifications>((), Nothing {}, mark).await?;
    leptos_axum::redirect("/notifications");
    Ok(())
}
