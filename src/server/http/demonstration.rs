//! `/api/demonstration`.

use super::routes::Routes;
use crate::{
    api::demonstration::{
        AddDemonstration, AddDemonstrationAnswer, RemoveDemonstration, RemoveDemonstrationAnswer,
    },
    domain::accounts::Scope,
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
        },
    },
};

pub fn routes() -> Routes {
    Routes::new().on::<AddDemonstration>().on::<RemoveDemonstration>()
}

impl Handle for AddDemonstration {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<AddDemonstrationAnswer, ServiceError> {
        call.state.demonstration.add(&call.request).await
    }
}

impl Handle for RemoveDemonstration {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<RemoveDemonstrationAnswer, ServiceError> {
        call.state.demonstration.remove(&call.request).await
    }
}
