//! How much is changed, by what and whom.

use super::{ChangeScope, ConfigType};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct StatisticsQuery {
    /// `7` (default) or `30` days, today included
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<i32>,
    /// `own` (default), `organization` for those who manage one, `all` for administrators
    #[serde(skip_serializing_if = "ChangeScope::is_default")]
    pub scope: ChangeScope,
}

/// Changes of the last days, in the calendar of the person who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatisticsAnswer {
    /// The most first.
    pub by_type: Vec<TypeCount>,
    /// The ten who changed the most.
    pub by_person: Vec<PersonCount>,
    /// Every day of the window in order, also those without changes.
    pub by_day: Vec<DayCount>,
    /// The ten settings that changed the most often.
    pub top_fields: Vec<FieldCount>,
    pub total: i64,
    /// Days.
    #[schema(example = 7)]
    pub window: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TypeCount {
    pub config_type: ConfigType,
    pub count: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonCount {
    /// Absent for the system.
    pub id: Option<Uuid>,
    /// The newest name that history knows.
    pub name: Option<String>,
    pub count: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DayCount {
    pub day: NaiveDate,
    pub count: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldCount {
    pub config_type: ConfigType,
    #[schema(example = "tableDensity")]
    pub path: String,
    pub count: i64,
}
