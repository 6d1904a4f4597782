//! `/api/conversation-views…`.

use super::routes::Routes;
use crate::{
    api::{
        operation::Done,
        saved_views::{
            ChangeSavedView, ListSavedViews, RemoveSavedView, SaveView, SavedViewAnswer,
        },
    },
    domain::{accounts::Scope, saved_views::SavedViewsAnswer},
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
        },
    },
};

pub fn routes() -> Routes {
    Routes::new()
        .on::<ListSavedViews>()
        .on::<SaveView>()
        .on::<ChangeSavedView>()
        .on::<RemoveSavedView>()
}

impl Handle for ListSavedViews {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<SavedViewsAnswer, ServiceError> {
        let views = call.state.saved_views.list(&call.request).await?;
        Ok(SavedViewsAnswer { views })
    }
}

impl Handle for SaveView {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<SavedViewAnswer, ServiceError> {
        let view = call.state.saved_views.save(&call.request, call.body).await?;
        Ok(SavedViewAnswer { view })
    }
}

impl Handle for ChangeSavedView {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<SavedViewAnswer, ServiceError> {
        let view = call.state.saved_views.change(&call.request, call.at, call.body).await?;
        Ok(SavedViewAnswer { view })
    }
}

impl Handle for RemoveSavedView {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        call.state.saved_views.remove(&call.request, call.at).await?;
        Ok(Done {})
    }
}
