//! `/api/home`.

mod reading;

pub use reading::HomeService;

use super::routes::Routes;
use crate::{
    api::home::ReadHome,
    domain::{accounts::Scope, home::HomeAnswer},
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
        },
    },
};

pub fn routes() -> Routes {
    Routes::new().on::<ReadHome>()
}

impl Handle for ReadHome {
    /// What a token needs to see any of it. Which part it is depends on the scope.
    const ACCESS: Access = Access::PersonWithOneOf(&[
        Scope::AiRead,
        Scope::ConversationsRead,
        Scope::DatabaseRead,
        Scope::AdminRead,
    ]);

    async fn handle(call: Call<Self>) -> Result<HomeAnswer, ServiceError> {
        call.state.home.read(&call.request).await
    }
}
