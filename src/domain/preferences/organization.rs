//! What an organization sets for its members, as it crosses the wire.

use super::Overrides;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An organization's defaults: the layer below each member's own choices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationDefaultsAnswer {
    /// Sparse: what the organization sets.
    #[schema(value_type = super::PreferenceOverrides)]
    pub preferences: Overrides,
    #[schema(example = 3)]
    pub version: i64,
    pub updated_at: DateTime<Utc>,
    /// Members whose effective value a change touches, because they did not choose for themselves.
    /// 0 when only read.
    #[serde(default)]
    pub affected: i64,
}
