//! `/api/conversations/{id}/revisions…`.

use super::routes::Routes;
use crate::{
    api::{
        conversations::ConversationAnswer,
        operation::Done,
        revisions::{AcceptRevision, DropRevision, ListRevisions, ProposeRevision, RevisionAnswer},
    },
    domain::{accounts::Scope, revisions::RevisionsAnswer},
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
        .on::<ListRevisions>()
        .on::<ProposeRevision>()
        .on::<AcceptRevision>()
        .on::<DropRevision>()
}

impl Handle for ListRevisions {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<RevisionsAnswer, ServiceError> {
        call.state.revisions.open(&call.request, call.at).await
    }
}

impl Handle for ProposeRevision {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<RevisionAnswer, ServiceError> {
        let Call { state, request, at, body, key, .. } = call;
        state.revisions.propose(&request, at, body, key).await
    }
}

impl Handle for AcceptRevision {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<ConversationAnswer, ServiceError> {
        let (id, revision) = call.at;
        let accepted = call.state.revisions.accept(&call.request, id, revision, call.body.version);
        Ok(ConversationAnswer { conversation: accepted.await? })
    }
}

impl Handle for DropRevision {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let (id, revision) = call.at;
        call.state.revisions.drop(&call.request, id, revision).await?;
        Ok(Done {})
    }
}
