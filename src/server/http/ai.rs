//! `/api/ai-configuration…`, `/api/ai-policy` and `/api/ai-usage`.

use super::routes::Routes;
use crate::{
    api::{
        ai::{
            ChangeAiConfiguration, ChangeAiPolicy, CorrectModel, DryRun, DryRunRequest, ListModels,
            ReadAiConfiguration, ReadAiLedger, ReadAiPolicy, ReadAiUsage, RefreshModels,
            RemoveAiConfiguration, RevokeAiKey, RotateAiKey, TestAiKey, ToggleAiConfiguration,
        },
        operation::Done,
    },
    domain::{
        accounts::Scope,
        ai::{
            ledger::LedgerPage,
            usage::UsageAnswer,
            views::{
                AiConfigurationAnswer, ConfigurationAnswer, DryRunAnswer, ModelsAnswer,
                PolicyAnswer, RefreshAnswer, RotateKeyAnswer, TestKeyAnswer,
            },
        },
        conversations::{ConversationRequest, NewConversation, Tier},
    },
    server::{
        ai::Changed,
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
        },
    },
};

pub fn routes() -> Routes {
    Routes::new()
        .on::<ReadAiConfiguration>()
        .on::<ChangeAiConfiguration>()
        .on::<ToggleAiConfiguration>()
        .on::<RemoveAiConfiguration>()
        .on::<RotateAiKey>()
        .on::<TestAiKey>()
        .on::<RevokeAiKey>()
        .on::<DryRun>()
        .on::<ListModels>()
        .on::<CorrectModel>()
        .on::<RefreshModels>()
        .on::<ReadAiPolicy>()
        .on::<ChangeAiPolicy>()
        .on::<ReadAiUsage>()
        .on::<ReadAiLedger>()
}

const READER: Access = Access::Person(Scope::AiRead);
const WRITER: Access = Access::Person(Scope::AiWrite);

impl Handle for ReadAiConfiguration {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<AiConfigurationAnswer, ServiceError> {
        call.state.ai.read(&call.request, call.query.scope).await
    }
}

impl Handle for ChangeAiConfiguration {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<ConfigurationAnswer, ServiceError> {
        let Changed { answer, budgets_of } = call.state.ai.patch(&call.request, &call.body).await?;
        call.state.generation.tell_of_lowered(&call.request, budgets_of);
        Ok(answer)
    }
}

impl Handle for ToggleAiConfiguration {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<ConfigurationAnswer, ServiceError> {
        let Changed { answer, budgets_of } =
            call.state.ai.toggle(&call.request, &call.body).await?;
        call.state.generation.tell_of_lowered(&call.request, budgets_of);
        Ok(answer)
    }
}

impl Handle for RemoveAiConfiguration {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<ConfigurationAnswer, ServiceError> {
        let Changed { answer, budgets_of } =
            call.state.ai.delete(&call.request, &call.body).await?;
        call.state.generation.tell_of_lowered(&call.request, budgets_of);
        Ok(answer)
    }
}

impl Handle for RotateAiKey {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<RotateKeyAnswer, ServiceError> {
        call.state.ai.rotate_key(&call.request, &call.body).await
    }
}

impl Handle for TestAiKey {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<TestKeyAnswer, ServiceError> {
        call.state.ai.test_key(&call.request, &call.body).await
    }
}

impl Handle for RevokeAiKey {
    const ACCESS: Access = WRITER;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        call.state.ai.revoke_key(&call.request, call.query.scope, call.at).await?;
        Ok(Done {})
    }
}

impl Handle for DryRun {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<DryRunAnswer, ServiceError> {
        let asked = match call.body {
            DryRunRequest::Generation(asked) => asked,
            DryRunRequest::Usual(_) => usual(),
        };
        let new = NewConversation::parse(&asked).map_err(ServiceError::Validation)?;
        call.state.generation.dry_run(&call.request, new).await
    }
}

/// A request of the usual size.
fn usual() -> ConversationRequest {
    ConversationRequest {
        tier: Tier::Template,
        persona: "A customer".into(),
        emotion: "curious".into(),
        topic: "A question about a product".into(),
        intent: String::new(),
        tone: String::new(),
        turns: 10,
        instructions: String::new(),
        categories: Vec::new(),
    }
}

impl Handle for ListModels {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<ModelsAnswer, ServiceError> {
        call.state.ai.model_list(&call.request).await
    }
}

impl Handle for CorrectModel {
    const ACCESS: Access = Access::AdministratorInPerson;

    async fn handle(call: Call<Self>) -> Result<ModelsAnswer, ServiceError> {
        let models = &call.state.ai.models;
        let catalog = models.correct(&call.request, &call.at, &call.body.entry).await?;
        Ok(ModelsAnswer { catalog: catalog.as_ref().clone() })
    }
}

impl Handle for RefreshModels {
    const ACCESS: Access = Access::AdministratorInPerson;

    async fn handle(call: Call<Self>) -> Result<RefreshAnswer, ServiceError> {
        call.state.ai.refresh_models(&call.request).await
    }
}

impl Handle for ReadAiPolicy {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<PolicyAnswer, ServiceError> {
        call.state.ai.policy(&call.request).await
    }
}

impl Handle for ChangeAiPolicy {
    const ACCESS: Access = Access::Manager(Scope::AiWrite);

    async fn handle(call: Call<Self>) -> Result<PolicyAnswer, ServiceError> {
        let Call { state, request, body, .. } = &call;
        let changed = state.ai.change_policy(request, body, call.base_version).await?;
        state.generation.tell_of_lowered(request, changed.budgets_of);
        Ok(changed.answer)
    }
}

impl Handle for ReadAiUsage {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<UsageAnswer, ServiceError> {
        call.state.ai.usage(&call.request, &call.query).await
    }
}

impl Handle for ReadAiLedger {
    const ACCESS: Access = READER;

    async fn handle(call: Call<Self>) -> Result<LedgerPage, ServiceError> {
        call.state.ai.ledger(&call.request, &call.query).await
    }
}
