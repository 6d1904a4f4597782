//! `/api/notifications`: what the person was told.

use super::routes::Routes;
use crate::{
    api::notifications::{ListNotifications, MarkNotifications},
    domain::{
        accounts::Scope,
        notifications::{MarkAnswer, NotificationPage},
    },
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
        },
    },
};

pub fn routes() -> Routes {
    Routes::new().on::<ListNotifications>().on::<MarkNotifications>()
}

impl Handle for ListNotifications {
    const ACCESS: Access = Access::Person(Scope::NotificationsRead);

    async fn handle(call: Call<Self>) -> Result<NotificationPage, ServiceError> {
        call.state.notifications.list(&call.request, &call.query).await
    }
}

impl Handle for MarkNotifications {
    const ACCESS: Access = Access::Person(Scope::NotificationsWrite);

    async fn handle(call: Call<Self>) -> Result<MarkAnswer, ServiceError> {
        call.state.notifications.mark(&call.request, &call.body).await
    }
}
