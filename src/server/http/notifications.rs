//! `/api/notifications`: what the person was told.

use super::{
    Context,
    answer::Success,
    routes::{Routes, get},
    typed::Typed,
};
use crate::{
    domain::{
        account::Scope,
        notifications::{MarkNotifications, Marked, NotificationPage, NotificationQuery},
    },
    server::{access::Access, error::ServiceError, state::AppState},
};
use axum::extract::{Query, State, rejection::QueryRejection};

pub fn routes() -> Routes {
    Routes::new().route(
        "/api/notifications",
        get(Access::Person(Scope::NotificationsRead), list)
            .patch(Access::Person(Scope::NotificationsWrite), mark),
    )
}

/// What the person was told, newest first; `nextBefore` leads to the next page. `unread` counts all
/// of them.
#[utoipa::path(get, path = "/api/notifications", tag = "Notifications",
    params(
        ("unread" = Option<bool>, Query, description = "Only those that are unread"),
        ("before" = Option<i64>, Query, description = "Only older ones than this `nextBefore`"),
        ("limit" = Option<i64>, Query, description = "1–100, 25 when absent")),
    responses((status = 200, body = NotificationPage)))]
async fn list(
    State(state): State<AppState>,
    Context(request): Context,
    asked: Result<Query<NotificationQuery>, QueryRejection>,
) -> Result<Success<NotificationPage>, ServiceError> {
    let Query(query) = asked.map_err(|error| {
        ServiceError::field("", format!("The query cannot be read: {}.", error.body_text()))
    })?;
    state.notifications.list(&request, &query).await.map(Success)
}

/// Marks some by `ids`, or `all`, as read or unread. Unknown ones and those of others are passed
/// over.
#[utoipa::path(patch, path = "/api/notifications", tag = "Notifications",
    request_body = MarkNotifications, responses((status = 200, body = Marked)))]
async fn mark(
    State(state): State<AppState>,
    Context(request): Context,
    Typed(mark): Typed<MarkNotifications>,
) -> Result<Success<Marked>, ServiceError> {
    state.notifications.mark(&request, &mark).await.map(Success)
}
