//! Which changes to list.

use super::ConfigType;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Whose changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeScope {
    /// Of the person's own configuration, and those that they made elsewhere.
    #[default]
    Own,
    /// Of the organization that the person manages.
    Organization,
    /// Of the whole installation, for its administrators.
    All,
}

impl ChangeScope {
    /// Whether it is what a query means that does not say whose.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Filters; those that are set must all fit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ChangeQuery {
    /// Only changes older than this sequence number
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// 1–100, 20 when absent
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// `own` (default), `organization` for those who manage one, `all` for administrators
    #[serde(skip_serializing_if = "ChangeScope::is_default")]
    pub scope: ChangeScope,
    /// Only changes of this setting or group
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only changes of this type
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_type: Option<ConfigType>,
    /// Only changes of one preferences row, configuration, policy or key
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_id: Option<Uuid>,
    /// Who did it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<Uuid>,
    /// `created`, `updated`, `deleted`, `rolled_back`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Not before this time, `2026-11-01T00:00:00Z`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Before this time
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime<Utc>>,
    /// Part of the reason or of a changed setting's path
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
