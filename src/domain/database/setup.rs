//! The setup doctor: what the health pages need, whether it is there, and the exact fix.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SetupState {
    Ready,
    /// Works, but less well than it could.
    Limited,
    Missing,
}

/// One extension, setting or right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupCheck {
    /// "pg_stat_statements", "Right to read all statistics".
    pub name: String,
    pub state: SetupState,
    /// What is there: available, created, preloaded, readable.
    pub finding: String,
    /// What it is needed for.
    pub purpose: String,
    /// A statement or a line of the configuration; `null` when it is ready.
    pub fix: Option<String>,
}

/// All of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupAnswer {
    /// The role that reads and maintains.
    pub role: String,
    pub checks: Vec<SetupCheck>,
}
