//! Accounts: who a person is and what they may do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an account may do in the whole installation. The first account made is the administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Admin,
    Member,
}

/// What an API token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    #[serde(rename = "preferences:read")]
    PreferencesRead,
    #[serde(rename = "preferences:write")]
    PreferencesWrite,
    #[serde(rename = "history:read")]
    HistoryRead,
    #[serde(rename = "organization:write")]
    OrganizationWrite,
}
