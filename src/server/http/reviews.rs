//! `/api/reviews…`, and deciding about a conversation.

use super::routes::Routes;
use crate::{
    api::{
        conversations::ConversationAnswer,
        operation::Done,
        reviews::{
            ClaimNext, ClaimsAnswer, Decide, ListClaims, ReadReviewFigures, ReleaseClaims,
            RenewClaims, ReviewItemsAnswer, UndoDecision,
        },
    },
    domain::{accounts::Scope, reviews::ReviewFiguresAnswer},
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
        .on::<ReadReviewFigures>()
        .on::<ClaimNext>()
        .on::<RenewClaims>()
        .on::<ReleaseClaims>()
        .on::<ListClaims>()
        .on::<Decide>()
        .on::<UndoDecision>()
}

impl Handle for ReadReviewFigures {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<ReviewFiguresAnswer, ServiceError> {
        call.state.reviews.figures(&call.request).await
    }
}

impl Handle for ClaimNext {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<ReviewItemsAnswer, ServiceError> {
        call.state.reviews.claim_next(&call.request, &call.body).await
    }
}

impl Handle for RenewClaims {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<ClaimsAnswer, ServiceError> {
        call.state.reviews.renew(&call.request, &call.body).await
    }
}

impl Handle for ReleaseClaims {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        call.state.reviews.release(&call.request, &call.body).await?;
        Ok(Done {})
    }
}

impl Handle for ListClaims {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<ClaimsAnswer, ServiceError> {
        call.state.reviews.claims(&call.request).await
    }
}

impl Handle for Decide {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<ConversationAnswer, ServiceError> {
        let Call { state, request, at, body, key, .. } = call;
        let conversation = state.reviews.decide(&request, at, body, key).await?;
        Ok(ConversationAnswer { conversation })
    }
}

impl Handle for UndoDecision {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<ConversationAnswer, ServiceError> {
        let (id, review) = call.at;
        let conversation = call.state.reviews.undo(&call.request, id, review).await?;
        Ok(ConversationAnswer { conversation })
    }
}
