//! AI configuration as its page loads it. Changes go through the HTTP routes, which scripts use as
//! well.

use super::error::ApiError;
use crate::domain::{
    ai_config::{
        ScopeType,
        ledger::{LedgerPage, LedgerQuery},
        usage::{UsageAnswer, UsageQuery},
        values::RetryStrategy,
        views::{AiConfigurationAnswer, ModelsAnswer},
    },
    chart::Chart,
};
use leptos::{prelude::*, server_fn::codec::Json};

/// What applies in a scope, why, and what is stored.
#[server(endpoint = "fn/ai-configuration", input = Json, output = Json)]
pub async fn read_ai_configuration(scope: ScopeType) -> Result<AiConfigurationAnswer, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.ai.read(&request, scope).await.map_err(|error| request.fail(error))
}

/// Every model that may be chosen, and those that are kept for old rows.
#[server(endpoint = "fn/ai-models", input = Json, output = Json)]
pub async fn read_models() -> Result<ModelsAnswer, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.ai.model_list(&request).await.map_err(|error| request.fail(error))
}

/// What was spent in a window, with every budget that counts.
#[server(endpoint = "fn/ai-usage", input = Json, output = Json)]
pub async fn read_usage(query: UsageQuery) -> Result<UsageAnswer, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.ai.usage(&request, &query).await.map_err(|error| request.fail(error))
}

/// One page of the ledger.
#[server(endpoint = "fn/ai-ledger", input = Json, output = Json)]
pub async fn read_ledger(query: LedgerQuery) -> Result<LedgerPage, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.ai.ledger(&request, &query).await.map_err(|error| request.fail(error))
}

/// The pauses between attempts, drawn.
#[server(endpoint = "fn/ai-retry-chart", input = Json, output = Json)]
pub async fn draw_retries(strategy: RetryStrategy) -> Result<Chart, ApiError> {
    use crate::{
        domain::account::Scope,
        server::{charts, page_request::page_request},
    };
    let (_, request, _turn) = page_request().await?;
    request.allow(Scope::AiRead).map_err(|error| request.fail(error))?;
    charts::retries(&strategy).map_err(|error| request.fail(error))
}

/// Spending over time or by model, drawn.
#[server(endpoint = "fn/ai-spending-chart", input = Json, output = Json)]
pub async fn draw_spending(query: UsageQuery) -> Result<Chart, ApiError> {
    use crate::server::{charts, page_request::page_request};
    let (state, request, _turn) = page_request().await?;
    let usage = state.ai.usage(&request, &query).await.map_err(|error| request.fail(error))?;
    charts::spending(&usage).map_err(|error| request.fail(error))
}
