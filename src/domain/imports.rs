//! Imports: conversations from files, of this program and of others. How a file is read is here;
//! the server keeps what was found in it, and makes conversations of that.

mod about;
mod elements;
mod file;
mod lines;
mod piece;
mod row;
mod sheet;
#[cfg(test)]
mod tests;
mod turns;

pub use file::FileReader;

use super::{
    conversations::ConversationContent,
    field_error::{FieldError, FieldErrors},
    words::words,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The largest file, in bytes: 2 GiB.
pub const MAX_FILE: i64 = 2 << 30;
/// The largest piece that is sent at once, in bytes.
pub const MAX_PIECE: usize = 4 << 20;
/// The largest row, in bytes.
pub const MAX_ROW: usize = 8 << 20;
/// The most conversations of one file.
pub const MOST_ROWS: i32 = 250_000;
/// How many problems are kept.
pub const MOST_PROBLEMS: i32 = 10_000;
/// The longest origin and the longest licence, in Unicode scalar values.
pub const MAX_ORIGIN: usize = 500;
pub const MAX_LICENSE: usize = 200;

words! {
    /// What a file turned out to be.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum ImportFormat: "The format" {
        Openai => "openai", "OpenAI messages (JSONL)";
        Sharegpt => "sharegpt", "ShareGPT (JSONL)";
        Alpaca => "alpaca", "Alpaca (JSONL)";
        PromptCompletion => "prompt_completion", "Prompt and completion (JSONL)";
        /// An array of any of the four kinds.
        Json => "json", "JSON";
        /// As Train writes it.
        Csv => "csv", "CSV";
    }
}

/// What is found in a file, in its order.
#[derive(Debug)]
pub enum Found {
    Row(i32, Box<FileRow>),
    /// A row that cannot be imported, and why.
    Bad(Vec<Problem>),
    /// Something that is wrong with the file, not with one row.
    Note(Problem),
}

impl ImportFormat {
    /// How a row is built, within a sentence.
    fn shape(self) -> &'static str {
        match self {
            Self::Openai => "OpenAI messages",
            Self::Sharegpt => "ShareGPT",
            Self::Alpaca => "Alpaca",
            Self::PromptCompletion => "prompt and completion",
            Self::Json => "JSON",
            Self::Csv => "CSV",
        }
    }
}

words! {
    /// Where an import stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum ImportState: "The state" {
        /// Pieces of the file are still missing.
        Uploading => "uploading", "Being sent";
        Checking => "checking", "Being checked";
        /// Looked at; nothing is imported yet.
        Checked => "checked", "Checked";
        Importing => "importing", "Being imported";
        Done => "done", "Imported";
        Failed => "failed", "Failed";
        Cancelled => "cancelled", "Dropped";
    }
}

impl ImportState {
    /// Whether a server works on it, or will.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Checking | Self::Importing)
    }
}

/// An import as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportView {
    pub id: Uuid,
    #[schema(example = "support.jsonl")]
    pub file_name: String,
    #[schema(example = 1_048_576)]
    pub size_bytes: i64,
    /// How much of the file has come: where to go on.
    #[schema(example = 524_288)]
    pub received_bytes: i64,
    pub origin: String,
    pub license: String,
    /// Absent until it was looked at.
    pub format: Option<ImportFormat>,
    pub state: ImportState,
    /// How many conversations the file has, as far as it was read.
    pub total: i64,
    /// How many of them can be imported.
    pub valid: i64,
    /// How many of those no trainer takes.
    pub untrainable: i64,
    /// How many of those are word for word here already, or twice in the file.
    pub duplicates: i64,
    pub problems: i64,
    pub imported: i64,
    /// Why it failed.
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// Something that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportProblem {
    /// Which one of the file, from 1.
    pub number: i32,
    /// From 1.
    #[schema(example = 17)]
    pub line: i32,
    #[schema(example = "Turn 3 has an unknown role, “narrator”.")]
    pub message: String,
}

/// A conversation as a file has it, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// How this row is built, whatever others of the file are.
    pub format: ImportFormat,
    pub content: ConversationContent,
    /// Its own; empty: what is said of the whole file applies.
    pub origin: String,
    pub license: String,
    /// Made up to show the program; no export takes it unless asked.
    pub is_demonstration: bool,
}

/// What is wrong in a line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: i32,
    pub message: String,
}

impl Problem {
    fn new(line: i32, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// What is said of a file before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImportRequest {
    #[schema(example = "support.jsonl")]
    pub file_name: String,
    /// 1 byte to 2 GiB.
    #[schema(example = 1_048_576)]
    pub size_bytes: i64,
    /// Where the conversations come from, in words; at most 500 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origin: String,
    /// Under which terms they may be used; at most 200 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(example = "CC-BY-4.0")]
    pub license: String,
}

impl ImportRequest {
    /// The request as it is stored: texts trimmed.
    ///
    /// # Errors
    /// Everything that is wrong, by its field.
    pub fn check(self) -> Result<Self, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let texts = [
            ("fileName", "The name of the file", &self.file_name, 255),
            ("origin", "The origin", &self.origin, MAX_ORIGIN),
            ("license", "The licence", &self.license, MAX_LICENSE),
        ];
        for (path, what, text, most) in texts {
            let length = text.trim().chars().count();
            if length > most {
                errors.add(path, format!("{what} has at most {most} characters, not {length}."));
            } else if text.trim().chars().any(char::is_control) {
                errors.add(path, format!("{what} must have no control characters."));
            }
        }
        if self.file_name.trim().is_empty() {
            errors.add("fileName", "Give the file a name.");
        }
        if self.size_bytes < 1 {
            errors.add("sizeBytes", "The file is empty. Choose another one.");
        } else if self.size_bytes > MAX_FILE {
            errors.add("sizeBytes", "A file has at most 2 GiB. Send it in parts.");
        }
        let trimmed = |text: String| text.trim().to_owned();
        let (file_name, origin) = (trimmed(self.file_name), trimmed(self.origin));
        let license = trimmed(self.license);
        errors.finish(Some(Self { file_name, size_bytes: self.size_bytes, origin, license }))
    }
}
