//! Taking changes back: what is asked, and what would happen or has happened.
//!
//! Rolling back one change brings back the *whole* value that stood before it (or at a version).
//! Rolling back many takes back what those changes changed, field by field, and leaves what others
//! changed in between.

use super::{ChangeQuery, ChangeScope, ConfigType};
use crate::domain::{
    field_error::FieldError,
    json::{read_rest, unknown_word},
    merge_patch::FieldChange,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest reason, in Unicode scalar values.
pub const LONGEST_REASON: usize = 500;
/// A change that is older than this many days is warned of.
pub const OLD_DAYS: i64 = 30;
/// A rollback of more fields than this is warned of.
pub const MANY_FIELDS: usize = 10;
/// Most changes in one bulk rollback.
pub const MOST_CHANGES: usize = 5000;

/// Body of `POST /api/config/rollback`.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum RollbackRequest {
    /// What would change now. Stores nothing.
    Preview(Rollback),
    /// Everything that `execute` checks. Stores nothing.
    Validate(Rollback),
    Execute(Rollback),
    Bulk(BulkRollback),
}

impl<'de> Deserialize<'de> for RollbackRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut body = Map::deserialize(deserializer)?;
        let action = body.remove("action");
        let rest = Value::Object(body);
        match action.as_ref().and_then(Value::as_str) {
            Some("preview") => read_rest(rest).map(Self::Preview),
            Some("validate") => read_rest(rest).map(Self::Validate),
            Some("execute") => read_rest(rest).map(Self::Execute),
            Some("bulk") => read_rest(rest).map(Self::Bulk),
            _ => Err(unknown_word("action", &["preview", "validate", "execute", "bulk"])),
        }
    }
}

/// One target back to an earlier value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rollback {
    pub change_id: Uuid,
    /// The change must be one of this target.
    pub target_id: Uuid,
    pub config_type: ConfigType,
    #[serde(default)]
    pub to_version: ToVersion,
    /// The `currentVersion` of the preview; needed to validate and to execute.
    #[serde(default)]
    pub expected_version: Option<i64>,
    /// At most 500 characters; needed for what belongs to an organization.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Which value comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum ToVersion {
    /// The value of this version of the target.
    Version(i64),
    Word(Restored),
}

/// The one word of [`ToVersion`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Restored {
    /// The value before the change.
    Before,
}

impl Default for ToVersion {
    fn default() -> Self {
        Self::Word(Restored::Before)
    }
}

/// Several changes at once: those named, or all that fit a filter. All or nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BulkRollback {
    pub change_ids: Option<Vec<Uuid>>,
    pub filter: Option<ChangeFilter>,
    /// For each target, the `currentVersion` of the preview; needed unless `preview`.
    pub expected_versions: BTreeMap<Uuid, i64>,
    pub reason: Option<String>,
    /// Only show what would change.
    pub preview: bool,
}

/// Every change of what the person may change, in a span of time. The other filters mean what they
/// mean for a list of changes; those that are set must all fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeFilter {
    /// Not before this moment.
    pub from: DateTime<Utc>,
    /// Before this moment.
    pub to: DateTime<Utc>,
    /// Whose: as the list of changes has it, as far as the person may change it. When absent, what
    /// is their own and what is of the organization that they manage.
    #[serde(default)]
    pub scope: Option<ChangeScope>,
    /// Only what this account did.
    #[serde(default)]
    pub actor: Option<Uuid>,
    #[serde(default)]
    pub config_type: Option<ConfigType>,
    #[serde(default)]
    pub target_id: Option<Uuid>,
    #[serde(default)]
    pub action: Option<String>,
    #[serde(default)]
    pub path: Option<String>,
    #[serde(default)]
    pub text: Option<String>,
}

impl ChangeFilter {
    /// The list of the same changes.
    pub fn query(&self) -> ChangeQuery {
        ChangeQuery {
            before: None,
            limit: None,
            path: self.path.clone(),
            config_type: self.config_type,
            target_id: self.target_id,
            actor: self.actor,
            action: self.action.clone(),
            from: Some(self.from),
            to: Some(self.to),
            text: self.text.clone(),
            scope: self.scope.unwrap_or_default(),
        }
    }
}

/// What a rollback would do to one target, against what stands now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    pub target_id: Uuid,
    pub config_type: ConfigType,
    pub target_name: String,
    /// Send it back as `expectedVersion`.
    pub current_version: i64,
    /// From the current value to the one that comes back; empty when nothing would change.
    pub differences: Vec<FieldChange>,
    pub warnings: Vec<Warning>,
    /// Why it cannot be done, by the paths of `differences`.
    pub errors: Vec<FieldError>,
    pub reason_required: bool,
}

/// Something to know before a rollback that does not stop it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Warning {
    /// `old`, `fields_added`, `many_fields`, `no_reason`, `target_deleted`, `will_delete`,
    /// `changed_since`.
    #[schema(example = "old")]
    pub code: String,
    pub message: String,
}

/// Answer to `preview`, `validate` and `execute`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OneRollbackAnswer {
    pub preview: Preview,
    /// Whether something was stored.
    pub applied: bool,
    /// The row of history that the rollback made; roll it back to undo the rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_id: Option<Uuid>,
    /// The target's version now.
    pub version: i64,
}

/// Answer to `bulk`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkRollbackAnswer {
    /// Each target that the changes touched, in the order of their ids; those that stand as wanted
    /// already have no differences.
    pub targets: Vec<Preview>,
    /// How many changes were chosen.
    pub changes: i64,
    /// Changes of API keys among them, which cannot be rolled back.
    pub skipped_keys: i64,
    /// Whether something was stored.
    pub applied: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn before_is_what_comes_back_when_nothing_is_said() {
        let body = json!({
            "action": "preview", "changeId": Uuid::nil(), "targetId": Uuid::nil(),
            "configType": "ai_config",
        });
        let RollbackRequest::Preview(read) = serde_json::from_value(body).unwrap() else {
            panic!("a preview")
        };
        assert_eq!(read.to_version, ToVersion::Word(Restored::Before));
        assert_eq!(serde_json::to_value(read.to_version).unwrap(), "before");
        assert_eq!(serde_json::from_value::<ToVersion>(json!(4)).unwrap(), ToVersion::Version(4));
        assert!(serde_json::from_value::<ToVersion>(json!("after")).is_err());
    }

    #[test]
    fn what_is_written_is_read_again() {
        let one = Rollback {
            change_id: Uuid::from_u128(1),
            target_id: Uuid::from_u128(2),
            config_type: ConfigType::AiConfig,
            to_version: ToVersion::Version(3),
            expected_version: None,
            reason: Some("because".into()),
        };
        let bulk = BulkRollback {
            change_ids: Some(vec![Uuid::from_u128(1)]),
            expected_versions: BTreeMap::from([(Uuid::from_u128(2), 7)]),
            ..BulkRollback::default()
        };
        for request in [
            RollbackRequest::Preview(one.clone()),
            RollbackRequest::Validate(one.clone()),
            RollbackRequest::Execute(one),
            RollbackRequest::Bulk(bulk),
        ] {
            let written = serde_json::to_value(&request).unwrap();
            assert_eq!(serde_json::from_value::<RollbackRequest>(written).unwrap(), request);
        }
    }
}
