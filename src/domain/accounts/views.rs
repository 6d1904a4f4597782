//! Accounts as their owners and managers see them. None of these ever holds a password, a token or
//! a hash.

use super::{Role, Scope};
use crate::domain::organizations::Membership;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A person as the pages and scripts know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicUser {
    pub id: Uuid,
    #[schema(example = "anna@example.com")]
    pub email: String,
    #[schema(example = "Anna Long")]
    pub display_name: String,
    pub role: Role,
    /// The organization that the person belongs to, if any.
    pub organization: Option<Membership>,
    /// IANA name.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
}

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    pub id: Uuid,
    /// The session that asks.
    pub current: bool,
    pub created_at: DateTime<Utc>,
    /// To a few minutes.
    pub last_seen: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// Where it was used last.
    #[schema(example = "192.0.2.7")]
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// An API token without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenView {
    pub id: Uuid,
    #[schema(example = "Nightly export")]
    pub name: String,
    /// The last four characters, to tell tokens apart.
    #[schema(example = "9f3c")]
    pub last_four: String,
    pub scopes: Vec<Scope>,
    pub created_at: DateTime<Utc>,
    /// `null`: does not expire.
    pub expires_at: Option<DateTime<Utc>>,
    /// To a minute; `null`: never used.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Two-step verification of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorView {
    /// Since when signing in asks for a code; `null`: it does not.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Recovery codes that still work.
    pub recovery_codes: i64,
}

/// A passkey without its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyView {
    pub id: Uuid,
    #[schema(example = "Phone")]
    pub name: String,
    pub created_at: DateTime<Utc>,
    /// `null`: never used.
    pub last_used_at: Option<DateTime<Utc>>,
}
