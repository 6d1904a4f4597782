//! Changes on the wire.

use super::ConfigType;
use crate::domain::merge_patch::FieldChange;
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
    pub config_type: ConfigType,
    pub target_id: Uuid,
    /// What it is called: a configuration's name, an organization's, “Preferences”, a key's masked
    /// form.
    #[schema(example = "Default")]
    pub target_name: String,
    /// Whose it is, when it is a person's.
    pub owner_user_id: Option<Uuid>,
    /// Whose it is, when it is an organization's.
    pub owner_organization_id: Option<Uuid>,
    /// The name of that person or organization today; absent when it is gone, or not for the person
    /// who asks to see.
    pub owner_name: Option<String>,
    /// `updated`, `reset`, `imported`, … ([`super::ACTIONS`]).
    pub action: String,
    pub changed_by: Option<Uuid>,
    /// The name as it was then; readable after the account is gone.
    pub changed_by_name: Option<String>,
    pub changed_at: DateTime<Utc>,
    pub changes: Vec<FieldChange>,
    pub reason: Option<String>,
    /// `page`, `api_token`, `command`, `rollback` or `system`.
    pub source: String,
    pub user_agent: Option<String>,
    /// The target's version after the change.
    pub version: i64,
    /// Whether the person who asks may roll it back.
    pub undoable: bool,
}

/// One page of history, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangePage {
    pub changes: Vec<Change>,
    /// Pass as `before` for the next, older page; absent on the last one. A page filtered by
    /// setting or text may hold fewer changes than asked for, even none, and still have an older
    /// page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<i64>,
}

/// One change with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeAnswer {
    pub change: Change,
    /// The whole value before; absent when there was none.
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub old_value: Option<serde_json::Value>,
    /// The whole value after; absent when it was deleted.
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub new_value: Option<serde_json::Value>,
    #[schema(example = "192.0.2.7")]
    pub client_ip: Option<String>,
    pub mutation_id: Option<Uuid>,
    /// The seal of the row, hexadecimal; the target's next change is chained to it.
    pub hash: String,
}
