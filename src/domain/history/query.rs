//! Which changes to list.

use super::ConfigType;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
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

/// Filters; those that are set must all fit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ChangeQuery {
    /// Only changes older than this sequence number.
    pub before: Option<i64>,
    /// Rows on the page, 1–100; 20 when absent.
    pub limit: Option<i64>,
    /// Only changes of this setting, or of the group with this path.
    pub path: Option<String>,
    pub config_type: Option<ConfigType>,
    /// Only changes of one preferences row, configuration, policy or key.
    pub target_id: Option<Uuid>,
    /// Only what this account did.
    pub actor: Option<Uuid>,
    /// One of [`super::ACTIONS`].
    pub action: Option<String>,
    /// Not before this moment.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub to: Option<DateTime<Utc>>,
    /// Part of the reason or of a changed setting's path, upper or lower case.
    pub text: Option<String>,
    pub scope: ChangeScope,
}
