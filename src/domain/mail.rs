//! How mail is doing, as administrators see it. What a mail says, or to whom a password belongs, is
//! never in here.

use crate::domain::{notifications::Category, words::words};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// Where a mail is on its way.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum MailState: "The state of mail" {
        /// Waits for its time: the next attempt, or the end of a digest's day or week.
        Queued => "queued";
        /// A server is at it.
        Sending => "sending";
        /// The mail server took it.
        Sent => "sent";
        /// Is tried again.
        Failed => "failed";
        /// Given up, until an administrator tries it again.
        Parked => "parked";
    }
}

/// How many mails are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailCounts {
    pub queued: i64,
    /// Of those queued: for a digest whose day or week has not ended.
    pub in_digests: i64,
    pub sending: i64,
    pub failed: i64,
    pub parked: i64,
    /// Taken by the mail server within the last 24 hours.
    pub sent_last_day: i64,
}

/// A mail that did not get through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailProblem {
    pub id: Uuid,
    #[schema(example = "anna@example.com")]
    pub to: String,
    pub category: Category,
    /// `failed` or `parked`.
    pub state: MailState,
    pub attempts: i32,
    /// What the mail server, or the way to it, said.
    #[schema(example = "The mail server refused it: 550 no such mailbox")]
    pub last_error: Option<String>,
    /// When it is tried again; absent for a parked one.
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// Everything that an administrator wants to know of mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailStatusAnswer {
    pub configured: bool,
    /// What has to be set before mail can be sent, a sentence each; empty when it is configured.
    pub missing: Vec<String>,
    /// Where mail is handed in, without name and password.
    #[schema(example = "smtps://mail.example.com")]
    pub server: Option<String>,
    #[schema(example = "Train <train@example.com>")]
    pub from: Option<String>,
    /// What links in mails begin with.
    #[schema(example = "https://train.example.com")]
    pub links: String,
    pub counts: MailCounts,
    /// Those that failed or were parked, the newest first, at most 100.
    pub problems: Vec<MailProblem>,
}

/// What became of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestMailAnswer {
    pub to: String,
    /// Whether the mail server took it.
    pub sent: bool,
    /// Why not.
    pub problem: Option<String>,
}

/// Which parked and failed mails to try again: some by their ids, or all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryMailRequest {
    /// At most 100; those that are not parked or failed are passed over.
    #[serde(default)]
    pub ids: Vec<Uuid>,
    /// Instead of `ids`.
    #[serde(default)]
    pub all: bool,
}

/// How many are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetryMailAnswer {
    pub retried: u64,
}
