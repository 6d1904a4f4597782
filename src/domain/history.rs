//! History: one configuration change as people read it.

use super::merge_patch::FieldChange;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One row of the change history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    pub id: Uuid,
    /// Counts up over the whole installation; the cursor for the next page.
    pub sequence: i64,
    /// `user_preference`, `organization_preference_default`, …
    pub config_type: String,
    pub target_id: Uuid,
    /// `updated`, `reset`, `imported`, …
    pub action: String,
    pub changed_by: Option<Uuid>,
    /// The name as it was then; readable after the account is gone.
    pub changed_by_name: Option<String>,
    pub changed_at: DateTime<Utc>,
    pub changes: Vec<FieldChange>,
    pub reason: Option<String>,
    /// `page`, `api_token`, `command` or `system`.
    pub source: String,
    pub user_agent: Option<String>,
    /// The target's version after the change.
    pub version: i64,
}

/// One page of history, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangePage {
    pub changes: Vec<Change>,
    /// Pass as `before` for the next, older page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<i64>,
}

/// Which changes to list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeQuery {
    /// Only changes older than this sequence number.
    pub before: Option<i64>,
    /// Rows on the page, 1–100; 20 when absent.
    pub limit: Option<i64>,
    /// Only changes of this setting, or of the group with this path.
    pub path: Option<String>,
    /// `user_preference`, `organization_preference_default`, …
    pub config_type: Option<String>,
}
