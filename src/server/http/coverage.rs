//! `/api/conversations/coverage` and `/api/conversations/tokens`.

use super::routes::Routes;
use crate::{
    api::coverage::{ReadCoverage, ReadTokens},
    domain::{
        accounts::Scope,
        coverage::{CoverageAnswer, TokenFitAnswer},
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
    Routes::new().on::<ReadCoverage>().on::<ReadTokens>()
}

impl Handle for ReadCoverage {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<CoverageAnswer, ServiceError> {
        call.state.coverage.matrix(&call.request, &call.query).await
    }
}

impl Handle for ReadTokens {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<TokenFitAnswer, ServiceError> {
        call.state.coverage.tokens(&call.request, &call.query).await
    }
}
