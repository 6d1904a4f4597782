//! Exports: files of conversations that trainers take. How a conversation is written is here; the
//! server freezes which ones, and sends the file.

mod csv;
mod fields;
mod file;
mod fit;
mod json;
mod markdown;
mod record;
mod texts;

pub use file::FileWriter;
pub use fit::{fit, longest};
pub use markdown::push_inline;
pub use record::{Approval, Facts, Record, Split};
pub use texts::{described, trimmed};

use super::{
    conversations::FindingKind,
    field_error::{FieldError, FieldErrors},
    preferences::values::ExportFormat,
    words::words,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The most conversations that one export takes one by one, without filters.
pub const MOST_NAMED: usize = 30_000;
/// For how long a file can be fetched, in hours.
pub const HOURS: i32 = 24;
/// The smallest and the largest target of [`TokenFit`], in tokens.
pub const TARGETS: std::ops::RangeInclusive<u32> = 256..=1_000_000;

words! {
    /// How a line of JSONL is built.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum JsonlKind: "The kind" {
        /// `{"messages": [{"role", "content"}, …]}`.
        #[default]
        Openai => "openai", "OpenAI messages";
        /// `{"conversations": [{"from", "value"}, …]}`, from `human` or `gpt`.
        Sharegpt => "sharegpt", "ShareGPT";
        /// `{"instruction", "input", "output", "system", "history"}`.
        Alpaca => "alpaca", "Alpaca";
        /// `{"prompt": […], "completion": […]}`: all turns but the last, and the last.
        PromptCompletion => "prompt_completion", "Prompt and completion";
    }
}

words! {
    /// Why an export leaves a conversation out.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    #[derive(PartialOrd, Ord)]
    pub enum LeftOut: "The reason" {
        /// Made by `train demo`.
        Demonstration => "demonstration", "demonstration data";
        Archived => "archived", "archived";
        /// A person rejected it, whatever its score is.
        Rejected => "rejected", "rejected by a person";
        /// No trainer takes it.
        Untrainable => "untrainable", "not taken by trainers";
        /// Its score is below the person's minimum.
        BelowMinimum => "below_minimum", "below the minimum score";
        /// It has more tokens than the target, or nothing is left of it when it is cut.
        TooLong => "too_long", "longer than the token target";
        /// The format cannot say it: a prompt with an answer needs at least two turns.
        Inexpressible => "inexpressible", "not expressible in this format";
        /// Of a version of a data set: nearly the same as examples of two parts.
        WouldLeak => "would_leak", "alike to examples of another part";
        /// Removed for good since it was frozen, or not the caller's to read.
        Gone => "gone", "gone";
    }
}

impl LeftOut {
    /// What is taken when it is asked for by name.
    pub const ON_REQUEST: [Self; 5] = [
        Self::Demonstration,
        Self::Archived,
        Self::Rejected,
        Self::Untrainable,
        Self::BelowMinimum,
    ];
}

words! {
    /// What becomes of conversations that have more tokens than the target.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum TokenRule: "The rule" {
        LeaveOut => "leave_out", "Leave them out";
        /// Behind the last answer of the assistant that still fits.
        Cut => "cut", "Cut them between turns";
    }
}

/// How long a conversation may be, in estimated tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenFit {
    /// 256–1 000 000.
    #[schema(example = 4096)]
    pub target: u32,
    pub rule: TokenRule,
}

/// How conversations are written. What is absent in a request is what the person's preferences say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportOptions {
    pub format: ExportFormat,
    /// Of `jsonl`; others have no kinds.
    pub kind: JsonlKind,
    /// Whether anything but the turns is written. The next four say what.
    pub metadata: bool,
    /// Persona, emotion, topic, intent, tone, tier, tags, origin and licence.
    pub descriptions: bool,
    pub quality_scores: bool,
    pub timestamps: bool,
    /// Status, who approved it and what reviewers decided.
    pub approval_history: bool,
    /// Packed with gzip.
    pub gzip: bool,
    /// One zip with the file or, of a version, one for each part, and with the card, the manifest
    /// and ready configurations of trainers.
    pub bundle: bool,
    /// Taken all the same.
    pub include: Vec<LeftOut>,
    pub token_fit: Option<TokenFit>,
    /// The lowest score that was taken, 0–10: that of the caller's thresholds then, or of the
    /// version; absent: any.
    #[serde(default)]
    #[schema(example = 6.0)]
    pub minimum_score: Option<f64>,
    /// What content checks found is written as “(… removed)”.
    pub masked: Vec<FindingKind>,
}

impl ExportOptions {
    /// The end of the file's name: `.jsonl.gz`.
    pub fn extension(&self) -> &'static str {
        match (self.bundle, self.format, self.gzip) {
            (true, ..) => ".zip",
            (_, ExportFormat::Json, false) => ".json",
            (_, ExportFormat::Json, true) => ".json.gz",
            (_, ExportFormat::Jsonl, false) => ".jsonl",
            (_, ExportFormat::Jsonl, true) => ".jsonl.gz",
            (_, ExportFormat::Csv, false) => ".csv",
            (_, ExportFormat::Csv, true) => ".csv.gz",
            (_, ExportFormat::Markdown, false) => ".md",
            (_, ExportFormat::Markdown, true) => ".md.gz",
        }
    }

    /// The type of the file's content.
    pub fn content_type(&self) -> &'static str {
        match (self.bundle, self.gzip, self.format) {
            (true, ..) => "application/zip",
            (_, true, _) => "application/gzip",
            (_, _, ExportFormat::Json) => "application/json",
            (_, _, ExportFormat::Jsonl) => "application/jsonl",
            (_, _, ExportFormat::Csv) => "text/csv; charset=utf-8",
            (_, _, ExportFormat::Markdown) => "text/markdown; charset=utf-8",
        }
    }
}

/// What a request may say of [`ExportOptions`]. What is absent is what the caller's preferences
/// say; a list that is absent is empty, and whether a file is packed depends on how many
/// conversations it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ExportWishes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<ExportFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<JsonlKind>,
    /// False: nothing but the turns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub descriptions: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality_scores: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamps: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_history: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gzip: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle: Option<bool>,
    /// What is left out otherwise and is to be taken: `demonstration`, `archived`, `rejected`,
    /// `untrainable`, `below_minimum`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<LeftOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_fit: Option<TokenFit>,
}

impl ExportWishes {
    /// # Errors
    /// Everything that is wrong, by its field.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        if self.kind.is_some() && self.format.is_some_and(|own| own != ExportFormat::Jsonl) {
            errors.add("kind", "Only JSONL has kinds.");
        }
        if let Some(other) = self.include.iter().find(|own| !LeftOut::ON_REQUEST.contains(own)) {
            errors.add("include", format!("What is {} cannot be included.", other.label()));
        }
        if self.token_fit.is_some_and(|fit| !TARGETS.contains(&fit.target)) {
            errors.add("tokenFit.target", "Choose from 256 to 1,000,000 tokens.");
        }
        errors.finish(Some(()))
    }
}

words! {
    /// Where an export stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum ExportState: "The state" {
        Queued => "queued", "Waiting";
        /// What is written already can be fetched.
        Running => "running", "Running";
        Done => "done", "Done";
        Failed => "failed", "Failed";
        Cancelled => "cancelled", "Stopped";
        /// Its file is gone; the log stays.
        Expired => "expired", "File removed";
    }
}

impl ExportState {
    /// Whether a server works on it, or will.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// How many were left out, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftOutCount {
    pub reason: LeftOut,
    #[schema(example = 12)]
    pub count: i64,
}

/// How many conversations have something that content checks warn of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportWarning {
    pub kind: FindingKind,
    #[schema(example = 3)]
    pub count: i64,
}

/// What an export would have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportPreview {
    /// How many conversations were chosen.
    #[schema(example = 1240)]
    pub chosen: i64,
    /// How many of them the file would have.
    #[schema(example = 1187)]
    pub taken: i64,
    pub left_out: Vec<LeftOutCount>,
    pub warnings: Vec<ExportWarning>,
    /// How many conversations of a version were deleted and are not removed for good yet: the file
    /// would have them.
    #[serde(default)]
    #[schema(example = 0)]
    pub deleted: i64,
    /// When the first of these is removed for good, and no file of the version can be made any
    /// more.
    #[serde(default)]
    pub writable_until: Option<DateTime<Utc>>,
    /// The options as they would apply.
    pub options: ExportOptions,
    /// The token target of the organization's policy, to begin with.
    pub token_target: Option<u32>,
}

/// An export as the log has it: the manifest of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportView {
    pub id: Uuid,
    pub options: ExportOptions,
    #[schema(example = "train-2026-05-04-1187.jsonl.gz")]
    pub file_name: String,
    pub state: ExportState,
    /// The filters, as an address has them; absent: conversations one by one, or a version.
    pub query: Option<String>,
    /// The version of a data set that it writes.
    pub version_id: Option<Uuid>,
    /// The data set of that version; absent when that is gone.
    pub data_set_id: Option<Uuid>,
    /// Which version of it, from 1; absent when that is gone.
    #[schema(example = 3)]
    pub version_number: Option<i32>,
    /// `Support answers, version 3`; absent when that is gone.
    pub version_name: Option<String>,
    /// How many conversations were frozen for it.
    #[schema(example = 1187)]
    pub total: i64,
    /// How many of them the file has so far.
    #[schema(example = 1187)]
    pub written: i64,
    /// How many of those that were chosen it has not, and why.
    pub left_out: Vec<LeftOutCount>,
    pub warnings: Vec<ExportWarning>,
    /// Of the whole file; absent until it is done.
    pub size_bytes: Option<i64>,
    /// Of the whole file, 64 hexadecimal digits; absent until it is done.
    pub sha256: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// The caller may fetch the file.
    pub can_download: bool,
    /// Absent when the account is gone.
    pub created_by: Option<Uuid>,
    pub author_name: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// When the file is removed; absent while it is written.
    pub expires_at: Option<DateTime<Utc>>,
}

impl ExportView {
    /// How much of it is done, in percent.
    pub fn percent(&self) -> u8 {
        let done = (self.written * 100).checked_div(self.total).unwrap_or(100).clamp(0, 100);
        match self.state {
            ExportState::Done | ExportState::Expired => 100,
            _ => u8::try_from(done).unwrap_or(100),
        }
    }
}

#[cfg(test)]
pub mod fixtures;
