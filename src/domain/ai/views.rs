//! AI configurations and keys as they cross the wire. None of the answers ever holds a key.

use super::{AiConfig, AiPatch, Ceilings, Effective, Explain, Overrides, ScopeType};
use crate::domain::{
    accounts::SecretText,
    ai::models::{Catalog, Retirement},
    error_code::ErrorCode,
    money::Money,
    words::words,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// One stored configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigurationView {
    pub id: Uuid,
    pub scope: ScopeType,
    #[schema(example = "Default")]
    pub config_name: String,
    /// Sparse: what this configuration sets.
    #[schema(value_type = super::AiOverrides)]
    pub configuration: Overrides,
    /// Of the active ones of a scope, the one with the highest priority applies.
    pub is_active: bool,
    pub priority: i32,
    #[schema(example = 3)]
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What applies, with its explanation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveView {
    pub config: AiConfig,
    /// For each field by its dotted path.
    pub explain: BTreeMap<String, Explain>,
    /// Set when the model is retired or soon will be.
    pub retirement: Option<Retirement>,
}

impl From<Effective> for EffectiveView {
    fn from(effective: Effective) -> Self {
        Self {
            config: effective.config,
            explain: effective.explain,
            retirement: effective.retirement,
        }
    }
}

/// Answer to `GET /api/ai-configuration`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiConfigurationAnswer {
    pub effective: AiConfig,
    /// For each field by its dotted path.
    pub explain: BTreeMap<String, Explain>,
    pub retirement: Option<Retirement>,
    pub user_configurations: Vec<ConfigurationView>,
    pub organization_configurations: Vec<ConfigurationView>,
    /// What the organization allows at most.
    #[schema(value_type = super::CeilingValues)]
    pub ceilings: Ceilings,
    /// Masked.
    pub keys: Vec<KeyView>,
    /// The key of the server's environment, masked; used where neither person nor organization
    /// stored one.
    pub environment_key: Option<String>,
    /// The scope that `effective` and `explain` are of.
    pub scope: ScopeType,
    /// The person's organization, if there is one.
    pub organization_id: Option<Uuid>,
    /// Whether the person may change the organization's configuration.
    pub manages_organization: bool,
}

/// Answer to a change of one configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigurationAnswer {
    /// Absent when it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<ConfigurationView>,
    pub effective: AiConfig,
    pub explain: BTreeMap<String, Explain>,
}

words! {
    /// Whether a key is used, waits for its end, or is out of use.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum KeyState: "The state of a key" {
        /// In use; at most one per owner and name.
        Primary => "primary";
        /// The one before, used within its grace when Claude refuses the primary one.
        Secondary => "secondary";
        /// Gone: its ciphertext was removed.
        Revoked => "revoked";
    }
}

/// A key as it may be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    pub id: Uuid,
    pub scope: ScopeType,
    #[schema(example = "sk-ant-…a1b2")]
    pub masked: String,
    #[schema(example = 2)]
    pub version: i64,
    pub state: KeyState,
    pub created_at: DateTime<Utc>,
    /// Until when a secondary key may still be used.
    pub grace_until: Option<DateTime<Utc>>,
    /// Whole days since it was stored.
    pub age_days: i64,
    /// The rotation schedule says that it is time for another.
    pub rotation_due: bool,
    /// The server has the master key that it was stored under; otherwise it has to be stored again.
    pub readable: bool,
}

/// Body of `PATCH /api/ai-configuration`: makes the configuration when there is none of that name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AiConfigurationRequest {
    pub config_name: String,
    /// JSON merge patch; `null` takes a value back.
    pub updates: AiPatch,
    #[serde(default)]
    pub scope: ScopeType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The version that the change is based on; 409 when it is no longer current.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// Body of `POST /api/ai-configuration`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ToggleRequest {
    pub config_id: Uuid,
    pub is_active: bool,
}

/// Body of `DELETE /api/ai-configuration`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveAiConfigurationRequest {
    pub config_name: String,
    #[serde(default)]
    pub scope: ScopeType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Body of `POST /api/ai-configuration/rotate-key`. The key comes in and never goes out: no answer
/// has a place for it, and what a log would show of this hides it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateKeyRequest {
    #[schema(value_type = String, format = Password)]
    pub new_primary_key: SecretText,
    /// How long the previous key may still be used, 0 to 720 hours; 24 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_hours: Option<u32>,
    #[serde(default)]
    pub scope: ScopeType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Body of `POST /api/ai-configuration/test-key`: a key before it is stored, or, without one, the
/// stored key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestKeyRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password)]
    pub key: Option<SecretText>,
    #[serde(default)]
    pub scope: ScopeType,
}

impl RotateKeyRequest {
    /// Hours.
    pub const DEFAULT_GRACE: u32 = 24;
    /// Hours: 30 days.
    pub const MAX_GRACE: u32 = 720;
}

/// Answer to a rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotateKeyAnswer {
    #[schema(example = 2)]
    pub key_version: i64,
    #[schema(example = "sk-ant-…a1b2")]
    pub masked: String,
}

/// Answer to `GET` and `PATCH /api/ai-policy`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyAnswer {
    #[schema(value_type = super::CeilingValues)]
    pub ceilings: Ceilings,
    #[schema(example = 2)]
    pub version: i64,
}

/// Answer to a test of a key. A key that Claude refuses is an answer, not a failure of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestKeyAnswer {
    pub works: bool,
    /// Absent when it works.
    pub code: Option<ErrorCode>,
    /// What Claude said, in a sentence.
    pub message: String,
}

/// Answer to `GET /api/ai-configuration/models`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelsAnswer {
    pub catalog: Catalog,
}

/// Answer to `POST /api/ai-configuration/models/refresh`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefreshAnswer {
    /// Models that Claude lists and the catalog does not know. Prices are not listed: an
    /// administrator adds them.
    pub unknown: Vec<ListedModel>,
    /// Models of the catalog, not retired, that Claude does not list.
    pub unlisted: Vec<String>,
}

/// A model as Claude lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedModel {
    #[schema(example = "claude-sonnet-5")]
    pub id: String,
    pub name: String,
}

/// What a request passes before it is sent, in this order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    Configuration,
    Model,
    Key,
    Budget,
    Rate,
    Concurrency,
}

/// What one gate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateVerdict {
    pub gate: Gate,
    pub passes: bool,
    /// Absent when it passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// One sentence: how things stand, and what to do.
    pub message: String,
    /// How long until it would pass, in milliseconds, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<i64>,
    /// What is left, in words: `Daily budget: $12.30 left of $100.00 today`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headroom: Option<String>,
}

/// Answer to `POST /api/ai-configuration/dry-run`: nothing was spent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DryRunAnswer {
    /// Whether a request would be sent now.
    pub admitted: bool,
    pub gates: Vec<GateVerdict>,
    pub model: String,
    pub estimated_input_tokens: u64,
    pub max_tokens: u32,
    /// The most that the request could cost, in nano-US-dollars; absent for a model without a
    /// price.
    pub worst_case: Option<Money>,
    /// Set when the model is retired or soon will be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retirement: Option<Retirement>,
}
