//! `/api/organizations/{id}/conversation-policy`.

use super::routes::Routes;
use crate::{
    api::conversation_policy::{ChangeConversationPolicy, ReadConversationPolicy},
    domain::{accounts::Scope, conversation_policy::ConversationPolicyAnswer},
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
        },
    },
};

pub fn routes() -> Routes {
    Routes::new().on::<ReadConversationPolicy>().on::<ChangeConversationPolicy>()
}

impl Handle for ReadConversationPolicy {
    const ACCESS: Access = Access::Person(Scope::ConversationsRead);

    async fn handle(call: Call<Self>) -> Result<ConversationPolicyAnswer, ServiceError> {
        call.state.conversation_policy.read(&call.request, call.at).await
    }
}

impl Handle for ChangeConversationPolicy {
    const ACCESS: Access = Access::ManagerOfPath(Scope::OrganizationWrite);

    async fn handle(call: Call<Self>) -> Result<ConversationPolicyAnswer, ServiceError> {
        let preview = call.query.preview.unwrap_or_default();
        let (policies, base) = (&call.state.conversation_policy, call.base_version);
        policies.change(&call.request, call.at, &call.body.0, base, preview).await
    }
}
