//! `/api/conversations…`.

mod comments;

use super::routes::Routes;
use crate::{
    api::conversations::{
        ArchiveConversation, ConversationAnswer, CountFacets, CountScores, EditConversation,
        ListAlike, ListConversations, ListOpenings, ListVersions, ReadConversation, ReadVersion,
        RerateConversations, UnarchiveConversation,
    },
    domain::{
        accounts::Scope,
        conversations::{
            AlikeAnswer, ConversationPage, FacetsAnswer, OpeningsAnswer, RerateAnswer,
            VersionAnswer, VersionsAnswer,
        },
        generation::scores::ScoresAnswer,
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
    Routes::new()
        .on::<ListConversations>()
        .on::<CountFacets>()
        .on::<CountScores>()
        .on::<RerateConversations>()
        .on::<ReadConversation>()
        .on::<EditConversation>()
        .on::<ListVersions>()
        .on::<ReadVersion>()
        .on::<ListAlike>()
        .on::<ListOpenings>()
        .on::<ArchiveConversation>()
        .on::<UnarchiveConversation>()
        .merge(comments::routes())
}

impl Handle for ListConversations {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<ConversationPage, ServiceError> {
        call.state.conversations.list(&call.request, &call.query).await
    }
}

impl Handle for CountFacets {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<FacetsAnswer, ServiceError> {
        call.state.conversations.facets(&call.request, &call.query).await
    }
}

impl Handle for CountScores {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<ScoresAnswer, ServiceError> {
        call.state.conversations.scores(&call.request).await
    }
}

impl Handle for RerateConversations {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<RerateAnswer, ServiceError> {
        call.state.conversations.rerate(&call.request, call.body.preview).await
    }
}

impl Handle for ReadConversation {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<ConversationAnswer, ServiceError> {
        let conversation = call.state.conversations.conversation(&call.request, &call.at).await?;
        Ok(ConversationAnswer { conversation })
    }
}

impl Handle for EditConversation {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<ConversationAnswer, ServiceError> {
        let Call { state, request, at, body, base_version, .. } = call;
        let conversation = state.conversations.edit(&request, at, base_version, body).await?;
        Ok(ConversationAnswer { conversation })
    }
}

impl Handle for ListVersions {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<VersionsAnswer, ServiceError> {
        call.state.conversations.versions(&call.request, call.at).await
    }
}

impl Handle for ReadVersion {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<VersionAnswer, ServiceError> {
        let (id, version) = call.at;
        call.state.conversations.version(&call.request, id, version).await
    }
}

impl Handle for ArchiveConversation {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<ConversationAnswer, ServiceError> {
        let conversation = call.state.conversations.archive(&call.request, call.at).await?;
        Ok(ConversationAnswer { conversation })
    }
}

impl Handle for UnarchiveConversation {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<ConversationAnswer, ServiceError> {
        let conversation = call.state.conversations.unarchive(&call.request, call.at).await?;
        Ok(ConversationAnswer { conversation })
    }
}

impl Handle for ListAlike {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<AlikeAnswer, ServiceError> {
        call.state.conversations.alike(&call.request, call.at).await
    }
}

impl Handle for ListOpenings {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<OpeningsAnswer, ServiceError> {
        call.state.conversations.common_openings(&call.request).await
    }
}
