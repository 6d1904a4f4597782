//! How the installation is doing. Nothing in here is a secret.

use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A server process of the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerView {
    pub id: Uuid,
    /// Its machine and the number of the process.
    #[schema(example = "train-1 (4711)")]
    pub name: Option<String>,
    /// Where it listens.
    #[schema(example = "0.0.0.0:3000")]
    pub address: Option<String>,
    #[schema(example = "0.1.0")]
    pub version: Option<String>,
    pub started_at: DateTime<Utc>,
    /// Its last sign of life.
    pub seen_at: DateTime<Utc>,
    /// Whether it gives signs of life.
    pub alive: bool,
    /// The server that answers.
    pub own: bool,
}

words! {
    /// Whether what is stored can be opened.
    #[derive(
        Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
    )]
    pub enum SealedState: "The state of stored keys" {
        /// With a master key that is here.
        Opens => "opens", "Can be opened";
        MasterKeyMissing => "master_key_missing", "Their master key is not here";
        /// Their master key is here, and they are not what was sealed under it.
        Damaged => "damaged", "They were altered";
    }
}

/// Stored keys and secrets that have a master key, a kind of owner and a state in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SealedGroup {
    pub state: SealedState,
    /// The fingerprint of the master key that they were sealed under.
    pub master_key: String,
    /// `person` or `organization`; `second step` for secrets of two-step verification.
    #[schema(example = "person")]
    pub owners: String,
    pub count: u64,
}

/// The master keys of the server that answers, and what they open. No key is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VaultView {
    /// Their fingerprints; the first one seals.
    pub master_keys: Vec<String>,
    /// Why there is none.
    pub problem: Option<String>,
    pub stored: Vec<SealedGroup>,
}

/// A variable of the environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentVariable {
    #[schema(example = "TRAIN_SIGN_UP")]
    pub name: String,
    pub is_set: bool,
    /// What it is set to; absent for one that is not set, and for one that may hold a secret.
    pub value: Option<String>,
}

/// The webhook that alerts are sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookView {
    pub is_set: bool,
    /// Alerts that it has not taken yet.
    pub waiting: i64,
    /// Of those: it refused, or could not be reached.
    pub failing: i64,
    pub last_sent_at: Option<DateTime<Utc>>,
}

/// What is kept for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetainedTable {
    #[schema(example = "public.generation_logs")]
    pub table: String,
    #[schema(example = "Attempts to generate")]
    pub what: String,
    #[schema(example = "730 days")]
    pub kept: String,
    /// What it is set by.
    #[schema(example = "TRAIN_LEDGER_DAYS")]
    pub variable: Option<String>,
}

/// What a look through the whole history found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    pub at: DateTime<Utc>,
    /// The administrator's e-mail address.
    #[schema(example = "anna@example.com")]
    pub by: String,
    /// Changes that were looked at, the archive included.
    pub rows: i64,
    /// What was altered or removed; 0 when the history is whole.
    pub findings: i64,
}

/// `{verification, problems}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerificationAnswer {
    pub verification: Verification,
    /// The first hundred, in a sentence each.
    pub problems: Vec<String>,
}

/// How the installation is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstallationAnswer {
    #[schema(example = "0.1.0")]
    pub version: String,
    /// Of the sources that the program was made of, where its build was told.
    pub commit: Option<String>,
    /// When the server that answers began.
    pub started_at: DateTime<Utc>,
    #[schema(example = "17.2")]
    pub postgres_version: String,
    /// The newest first.
    pub servers: Vec<ServerView>,
    pub vault: VaultView,
    pub environment: Vec<EnvironmentVariable>,
    pub webhook: WebhookView,
    pub retention: Vec<RetainedTable>,
    /// The last time that somebody looked through the history on the page.
    pub verification: Option<Verification>,
}
