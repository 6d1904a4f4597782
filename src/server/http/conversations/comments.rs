//! Comments about conversations.

use crate::{
    api::{
        conversations::comments::{
            ChangeComment, CommentAnswer, KeepCommentDraft, ListComments, PostComment,
            RemoveComment,
        },
        operation::Done,
    },
    domain::{accounts::Scope, conversations::CommentsAnswer},
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
            routes::Routes,
        },
    },
};

pub fn routes() -> Routes {
    Routes::new()
        .on::<ListComments>()
        .on::<PostComment>()
        .on::<ChangeComment>()
        .on::<RemoveComment>()
        .on::<KeepCommentDraft>()
}

impl Handle for ListComments {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<CommentsAnswer, ServiceError> {
        call.state.conversations.comments(&call.request, call.at).await
    }
}

impl Handle for PostComment {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<CommentAnswer, ServiceError> {
        let Call { state, request, at, body, key, .. } = call;
        let comment = state.conversations.post_comment(&request, at, body, key).await?;
        Ok(CommentAnswer { comment })
    }
}

impl Handle for ChangeComment {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<CommentAnswer, ServiceError> {
        let Call { state, request, at: (id, comment), body, .. } = call;
        let comment = state.conversations.change_comment(&request, id, comment, body).await?;
        Ok(CommentAnswer { comment })
    }
}

impl Handle for RemoveComment {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let (id, comment) = call.at;
        call.state.conversations.remove_comment(&call.request, id, comment).await?;
        Ok(Done {})
    }
}

impl Handle for KeepCommentDraft {
    const ACCESS: Access = Access::Person(Scope::ConversationsWrite);

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        call.state.conversations.keep_draft(&call.request, call.at, call.body).await?;
        Ok(Done {})
    }
}
