//! AI configuration: what applies and why, keys, the catalog of models, ceilings and spending.

use super::{
    codec::Answer,
    error::ApiError,
    operation::{Done, operations},
};
use crate::domain::{
    ai::{
        CeilingPatch, ScopeType,
        ledger::{LedgerPage, LedgerQuery},
        models::ModelCorrection,
        spending::{Spending, SpendingQuery},
        usage::{UsageAnswer, UsageQuery},
        values::RetryStrategy,
        views::{
            AiConfigurationAnswer, AiConfigurationRequest, ConfigurationAnswer, DryRunAnswer,
            ModelsAnswer, PolicyAnswer, RefreshAnswer, RemoveAiConfigurationRequest,
            RotateKeyAnswer, RotateKeyRequest, TestKeyAnswer, TestKeyRequest, ToggleRequest,
        },
    },
    chart::Chart,
    conversations::ConversationRequest,
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::Value;
use std::fmt;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

operations! { "AI configuration";
    /// What applies, where each value comes from, and what is stored for the person and their
    /// organization. Keys are masked.
    ReadAiConfiguration = GET "/api/ai-configuration", query ScopeQuery => AiConfigurationAnswer;

    /// Changes a named configuration by merge patch, or makes it.
    ChangeAiConfiguration = PATCH "/api/ai-configuration", body AiConfigurationRequest
        => ConfigurationAnswer,
        refuses { 404: "", 409: "`current` is what stands" };

    /// Switches a configuration on or off. Of the active ones, the one with the highest priority
    /// applies.
    ToggleAiConfiguration = POST "/api/ai-configuration", body ToggleRequest => ConfigurationAnswer,
        refuses { 404: "" };

    /// Removes a configuration. Its history stays.
    RemoveAiConfiguration = DELETE "/api/ai-configuration", body RemoveAiConfigurationRequest
        => ConfigurationAnswer,
        refuses { 404: "" };

    /// Stores a key for Claude as the primary one. The one before may be used for the grace, if
    /// Claude refuses the new one.
    RotateAiKey = POST "/api/ai-configuration/rotate-key", body RotateKeyRequest => RotateKeyAnswer,
        refuses { 404: "" };

    /// Asks Claude whether it takes a key, the one in the body or else the one in use. Nothing is
    /// stored.
    TestAiKey = POST "/api/ai-configuration/test-key", body TestKeyRequest => TestKeyAnswer,
        refuses { 404: "", 409: "" };

    /// Takes a key out of use for ever.
    RevokeAiKey = DELETE "/api/ai-configuration/keys/{id}", at Uuid, query ScopeQuery => Done;

    /// What every gate would say to a request now, and what it could cost. Spends nothing. An
    /// empty body stands for a usual request.
    DryRun = POST "/api/ai-configuration/dry-run", body DryRunRequest => DryRunAnswer;

    /// The models: what they cost, what they take, and when they retire.
    ListModels = GET "/api/ai-configuration/models" => ModelsAnswer;

    /// Adds or corrects a model of the catalog, for administrators: an entry that is laid over the
    /// known one; `null` takes it back.
    CorrectModel = PATCH "/api/ai-configuration/models/{model}", at String, body CorrectionRequest
        => ModelsAnswer;

    /// What Claude lists and the catalog does not know, and the other way round; for
    /// administrators, who then correct the catalog.
    RefreshModels = POST "/api/ai-configuration/models/refresh" => RefreshAnswer,
        refuses { 409: "", 502: "", 504: "" };

    /// The ceilings of the person's organization: what no configuration of its people can exceed.
    ReadAiPolicy = GET "/api/ai-policy" => PolicyAnswer,
        refuses { 404: "" };

    /// Changes ceilings by merge patch; for those who manage the organization.
    ChangeAiPolicy = PATCH "/api/ai-policy", body CeilingPatch, headers IfMatch => PolicyAnswer,
        refuses { 404: "", 409: "" };

    /// What was spent in the current window, with every budget that counts and where spending will
    /// end.
    ReadAiUsage = GET "/api/ai-usage", query UsageQuery => UsageAnswer;

    /// The ledger, newest first: one row per attempt.
    ReadAiLedger = GET "/api/ai-usage/log", query LedgerQuery => LedgerPage;
}

/// Whose configuration or key it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ScopeQuery {
    /// Whose it is; the person's when absent.
    #[serde(default)]
    pub scope: ScopeType,
}

/// Body of the correction of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionRequest {
    /// What is laid over the model of the catalog; `null` takes a correction back.
    #[schema(value_type = Option<ModelCorrection>, required)]
    pub entry: Value,
}

/// Body of the dry run: a generation, or nothing for a usual one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum DryRunRequest {
    Generation(ConversationRequest),
    Usual(UsualRequest),
}

/// `{}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UsualRequest {}

// Not derived: that would try one after the other, and could not say which field is wrong.
impl<'de> Deserialize<'de> for DryRunRequest {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Choice;

        impl<'de> Visitor<'de> for Choice {
            type Value = DryRunRequest;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            // A body is read from a value in memory, which knows how many fields it has.
            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<DryRunRequest, A::Error> {
                if fields.size_hint() == Some(0) {
                    return Ok(DryRunRequest::Usual(UsualRequest {}));
                }
                ConversationRequest::deserialize(MapAccessDeserializer::new(fields))
                    .map(DryRunRequest::Generation)
            }
        }

        reader.deserialize_map(Choice)
    }
}

/// What applies in a scope, why, and what is stored.
#[server(endpoint = "fn/ai-configuration", input = Json, output = Answer)]
pub async fn load_ai_configuration(scope: ScopeType) -> Result<AiConfigurationAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadAiConfiguration>((), ScopeQuery { scope }, Nothing {}).await
}

/// Every model that may be chosen, and those that are kept for old rows.
#[server(endpoint = "fn/ai-models", input = Json, output = Answer)]
pub async fn load_models() -> Result<ModelsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListModels>((), Nothing {}, Nothing {}).await
}

/// What was spent in a window, with every budget that counts.
#[server(endpoint = "fn/ai-usage", input = Json, output = Answer)]
pub async fn load_usage(query: UsageQuery) -> Result<UsageAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadAiUsage>((), query, Nothing {}).await
}

/// One page of the ledger.
#[server(endpoint = "fn/ai-ledger", input = Json, output = Answer)]
pub async fn load_ledger(query: LedgerQuery) -> Result<LedgerPage, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadAiLedger>((), query, Nothing {}).await
}

/// The pauses between attempts, drawn.
#[server(endpoint = "fn/ai-retry-chart", input = Json, output = Answer)]
pub async fn draw_retries(strategy: RetryStrategy) -> Result<Chart, ApiError> {
    use crate::{
        domain::accounts::Scope,
        server::{ai, http::page_request::page_request},
    };
    let (_, request, _turn) = page_request().await?;
    request.allow(Scope::AiRead).map_err(|error| request.fail(error))?;
    ai::draw_retries(&strategy).map(Chart::Plot).map_err(|error| request.fail(error))
}

/// The spending of a window, drawn.
#[server(endpoint = "fn/ai-spending", input = Json, output = Answer)]
pub async fn load_spending(query: SpendingQuery) -> Result<Spending, ApiError> {
    use crate::server::http::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.ai.spending(&request, &query).await.map_err(|error| request.fail(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_dry_run_is_of_nothing_or_of_a_whole_request() {
        let read = |body: Value| serde_json::from_value::<DryRunRequest>(body);
        let usual = DryRunRequest::Usual(UsualRequest {});
        assert_eq!(read(json!({})).unwrap(), usual);
        assert_eq!(json!(usual), json!({}));
        let body = json!({
            "tier": "template", "persona": "p", "emotion": "e", "topic": "t", "intent": "",
            "tone": "", "turns": 2, "instructions": "", "categories": []
        });
        let whole = read(body.clone()).unwrap();
        assert!(matches!(&whole, DryRunRequest::Generation(request) if request.turns == 2));
        assert_eq!(json!(whole), body);
        let missing = read(json!({"turns": 2})).unwrap_err().to_string();
        assert!(missing.contains("missing field `tier`"), "{missing}");
        let unknown = read(json!({"turn": 2})).unwrap_err().to_string();
        assert!(unknown.contains("unknown field `turn`"), "{unknown}");
    }
}
